//! `sim scope`: small scripts, exhaustively: one thing goes wrong at each place of them in turn.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sim::world::{Broken, Line, Walked, run as play, script};

use super::SHOWN;
use crate::cli::SimScopeArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::machine::COMMIT;
use crate::out::Out;
use crate::progress::Progress;

/// The orders of steps are one line dealt out to so many, so that cores share them.
const HANDS: u64 = 64;

/// What the scripts gave.
#[derive(Serialize)]
struct Answer {
    commit: &'static str,
    verdict: &'static str,
    runs: u64,
    violations: usize,
    lines: Vec<Walked>,
    seconds: f64,
}

#[expect(clippy::disallowed_methods, reason = "how long it took is shown")]
pub(super) fn run(args: &SimScopeArgs, out: Out) -> Outcome {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let whole = play(&script(), None).context("the script")?;
    let lines = walk_all(args, args.jobs.unwrap_or(cores).max(1));
    let seconds = started.elapsed().as_secs_f64();
    let runs = lines.iter().map(|line| line.runs).sum();
    let broken: Vec<&Broken> = lines.iter().flat_map(|line| &line.failed).collect();
    for broken in &broken {
        write_plan(&args.plans, broken)?;
    }
    // A line that meets nothing shows nothing, and a script that trades nothing no more.
    let empty = lines.iter().any(|line| line.runs == 0) || whole.counts.fills == 0;
    let verdict = match (broken.is_empty() && whole.violations.is_empty(), empty) {
        (false, _) => "FAIL",
        (true, true) => "INVALID",
        (true, false) => "PASS",
    };
    for line in &lines {
        out.line(format_args!(
            "{:24} {:6} worlds of {:6} places",
            line.line, line.runs, line.places
        ))?;
    }
    for broken in broken.iter().take(SHOWN) {
        out.line(format_args!("\n{} at {} of commit {COMMIT}", broken.line, broken.place))?;
        for violation in broken.violations.iter().take(SHOWN) {
            out.line(format_args!("  {}: {}", violation.rule, violation.what))?;
        }
        let path = plan_path(&args.plans, broken);
        out.line(format_args!("  again   plimsoll sim replay --plan {} --trace", path.display()))?;
    }
    out.line(format_args!(
        "{verdict}: {runs} worlds, {} do not hold, in {seconds:.1} s",
        broken.len()
    ))?;
    let violations = broken.len();
    out.json(&Answer { commit: COMMIT, verdict, runs, violations, lines, seconds })?;
    Ok(match verdict {
        "PASS" => Exit::Ok,
        "FAIL" => Exit::No,
        _ => Exit::Thin,
    })
}

/// Walks all lines, several at once; those of one name are one in the answer.
fn walk_all(args: &SimScopeArgs, jobs: usize) -> Vec<Walked> {
    let lines = Line::all(args.every, args.every, HANDS);
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel::<Walked>();
    let mut progress = Progress::new("lines");
    let mut walked: BTreeMap<String, Walked> = BTreeMap::new();
    let mut done = 0;
    #[expect(clippy::disallowed_methods, reason = "a line a core; each world is one thread")]
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (next, tell, lines) = (&next, tell.clone(), &lines);
            scope.spawn(move || {
                while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Whoever listens does so until the last one.
                    let _ = tell.send(line.walk(|_| ()));
                }
            });
        }
        drop(tell);
        for part in told {
            done += 1;
            progress.set(done, lines.len() as u64);
            match walked.get_mut(&part.line) {
                Some(line) => line.add(part),
                None => drop(walked.insert(part.line.clone(), part)),
            }
        }
    });
    walked.into_values().collect()
}

fn plan_path(folder: &Path, broken: &Broken) -> PathBuf {
    folder.join(format!("scope-{}-{}.toml", broken.line, broken.place))
}

fn write_plan(folder: &Path, broken: &Broken) -> Result<(), Failure> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = plan_path(folder, broken);
    fs::write(&path, broken.plan.to_toml()).with_context(|| path.display().to_string())?;
    Ok(())
}
