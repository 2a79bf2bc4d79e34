//! `sim scope`: small scripts, exhaustively: one thing goes wrong at each place of them in turn.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Worlds that do not hold.
    violations: usize,
    lines: Vec<Walked>,
    /// What lacks for it to say something: nothing if it does.
    invalid: Vec<String>,
    seconds: f64,
}

#[expect(clippy::disallowed_methods, reason = "how long it took is shown")]
pub(super) fn run(args: &SimScopeArgs, out: Out) -> Outcome {
    let started = Instant::now();
    let wanted = wanted(args)?;
    let (plain, fills) = plain();
    let mut lines = vec![plain];
    for broken in &lines[0].failed {
        tell(args, broken, out)?;
    }
    lines.extend(walk_all(args, &wanted, out)?);
    let seconds = started.elapsed().as_secs_f64();
    let runs = lines.iter().map(|line| line.runs).sum();
    let broken: usize = lines.iter().map(|line| line.failed.len()).sum();
    // A line that meets nothing shows nothing, and a script that trades nothing no more.
    let empty = lines.iter().filter(|line| line.runs == 0);
    let empty = empty.map(|line| format!("nothing of the line {} was met", line.line));
    let idle = (fills == 0).then(|| "the script trades nothing".to_owned());
    let invalid: Vec<String> = empty.chain(idle).collect();
    let (verdict, exit) = match (broken, invalid.is_empty()) {
        (0, true) => ("PASS", Exit::Ok),
        (0, false) => ("INVALID", Exit::Thin),
        _ => ("FAIL", Exit::No),
    };
    for line in &lines {
        out.line(format_args!(
            "{:26} {:6} worlds of {:6} places{}",
            line.line,
            line.runs,
            line.places,
            failed(line.failed.len())
        ))?;
    }
    for lacks in &invalid {
        out.line(format_args!("INVALID: {lacks}"))?;
    }
    out.line(format_args!("{verdict}: {runs} worlds, {broken} do not hold, in {seconds:.1} s"))?;
    let violations = broken;
    out.json(&Answer { commit: COMMIT, verdict, runs, violations, lines, invalid, seconds })?;
    Ok(exit)
}

fn failed(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {count} do not hold") }
}

/// Plays the script with nothing that goes wrong; returns what came of it, and how many fills there were.
fn plain() -> (Walked, u64) {
    let plan = script();
    let played = play(&plan, None).expect("a script can be played");
    let (line, violations) = ("script".to_owned(), played.violations);
    let broken = Broken { line: line.clone(), place: 0, plan, violations };
    let failed = Some(broken).filter(|broken| !broken.violations.is_empty()).into_iter().collect();
    (Walked { line, runs: 1, places: 1, steps: (0, 0), failed }, played.counts.fills)
}

/// Returns the lines that are named, or all.
fn wanted(args: &SimScopeArgs) -> Result<Vec<Line>, Failure> {
    let mut lines = Line::all(args.every, args.every, HANDS);
    let names: BTreeSet<String> = lines.iter().map(Line::name).collect();
    if let Some(unknown) = args.only.iter().find(|name| !names.contains(*name)) {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format_args!(
            "saw the line `{unknown}`, wanted one of {names}"
        )));
    }
    lines.retain(|line| args.only.is_empty() || args.only.contains(&line.name()));
    Ok(lines)
}

/// Tells of a world that does not hold, and leaves its plan behind.
fn tell(args: &SimScopeArgs, broken: &Broken, out: Out) -> Result<(), Failure> {
    write_plan(&args.plans, broken)?;
    out.line(format_args!("{} at {} of commit {COMMIT}", broken.line, broken.place))?;
    for violation in broken.violations.iter().take(SHOWN) {
        out.line(format_args!("  {}: {}", violation.rule, violation.what))?;
    }
    let path = plan_path(&args.plans, broken);
    out.line(format_args!("  again   plimsoll sim replay --plan {} --trace\n", path.display()))?;
    Ok(())
}

/// Walks lines, several at once; those of one name are one in the answer. What does not hold is told as it is seen.
fn walk_all(args: &SimScopeArgs, lines: &[Line], out: Out) -> Result<Vec<Walked>, Failure> {
    let jobs = super::jobs(args.jobs);
    let next = AtomicUsize::new(0);
    let (tell_part, told) = mpsc::channel::<Walked>();
    let mut progress = Progress::new("lines");
    let mut walked: BTreeMap<String, Walked> = BTreeMap::new();
    let mut done = 0;
    #[expect(clippy::disallowed_methods, reason = "a line a core; each world is one thread")]
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (next, tell_part) = (&next, tell_part.clone());
            scope.spawn(move || {
                super::plant_by_hand().expect("the thread before has read its name");
                while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Whoever listens does so until the last one, or until it cannot write.
                    if tell_part.send(line.walk(|_| ())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell_part);
        for part in told {
            done += 1;
            progress.set(done, lines.len() as u64);
            for broken in &part.failed {
                tell(args, broken, out)?;
            }
            match walked.get_mut(&part.line) {
                Some(line) => line.add(part),
                None => drop(walked.insert(part.line.clone(), part)),
            }
        }
        Ok::<(), Failure>(())
    })?;
    Ok(walked.into_values().collect())
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
