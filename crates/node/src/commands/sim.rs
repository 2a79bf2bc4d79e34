//! `sim`: seeded worlds: the hub, its journal, a venue and everything that goes wrong between them, on one thread.

#[cfg(any(feature = "mutants", debug_assertions))]
mod mutants;
mod scope;
mod shrink;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sim::world::{Batch, Lines, Outcome as Played, Plan, Verdict, run as play};

use crate::cli::{SimCommand, SimReplayArgs, SimRunArgs};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::machine::COMMIT;
use crate::out::Out;
use crate::progress::Progress;

/// Findings of a seed that are shown.
const SHOWN: usize = 5;

/// Runs the command.
pub(crate) fn run(command: &SimCommand, out: Out) -> Outcome {
    if matches!(command, SimCommand::Replay(_) | SimCommand::Shrink(_) | SimCommand::Scope(_)) {
        plant_by_hand()?;
    }
    match command {
        SimCommand::Run(args) => many(args, out),
        SimCommand::Replay(args) => replay(args, out),
        SimCommand::Shrink(args) => shrink::run(args, out),
        SimCommand::Scope(args) => scope::run(args, out),
        #[cfg(any(feature = "mutants", debug_assertions))]
        SimCommand::Mutants(args) => mutants::run(args, out),
        #[cfg(not(any(feature = "mutants", debug_assertions)))]
        SimCommand::Mutants(_) => Err(Failure::usage(
            "saw a build without defects to plant, wanted one with the feature `mutants`: make mutants",
        )),
    }
}

/// Plants the defect that the environment names, on this thread, if the build has defects to plant.
fn plant_by_hand() -> Result<(), Failure> {
    #[cfg(any(feature = "mutants", debug_assertions))]
    mutants::plant_by_hand()?;
    Ok(())
}

/// What many seeds gave.
#[derive(Serialize)]
struct Answer<'a> {
    commit: &'static str,
    verdict: &'static str,
    #[serde(flatten)]
    batch: &'a Batch,
    seconds: f64,
    /// Market time over processor time, of one core.
    times_real_time: f64,
}

#[expect(clippy::disallowed_methods, reason = "how long it took is shown")]
fn many(args: &SimRunArgs, out: Out) -> Outcome {
    let jobs = jobs(args.seeds.jobs);
    let started = Instant::now();
    let batch = play_all(args, jobs)?;
    let seconds = started.elapsed().as_secs_f64();
    for failed in &batch.failed {
        write_plan(&args.plans, &Plan::draw(failed.seed, args.seeds.days))?;
    }
    let said = batch.verdict();
    let verdict = said.word();
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    let times_real_time =
        batch.simulated_days as f64 * 86_400.0 / (seconds * jobs.min(cores()) as f64).max(0.001);
    out.json(&Answer { commit: COMMIT, verdict, batch: &batch, seconds, times_real_time })?;
    say(args, &batch, out)?;
    out.line(format_args!(
        "{verdict}: {} seeds, {} simulated days in {seconds:.1} s, {times_real_time:.0} times real time a core",
        batch.seeds, batch.simulated_days
    ))?;
    Ok(match said {
        Verdict::Pass => Exit::Ok,
        Verdict::Fail => Exit::No,
        Verdict::Invalid => Exit::Thin,
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Returns how many seeds are played at once.
fn jobs(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(cores).max(1)
}

/// Plays all seeds, several at once. What each gives depends on its seed alone.
fn play_all(args: &SimRunArgs, jobs: usize) -> Result<Batch, Failure> {
    let next = AtomicU64::new(0);
    let (tell, told) = mpsc::channel::<Played>();
    let mut progress = Progress::new("seeds");
    let mut batch = Batch::default();
    #[expect(clippy::disallowed_methods, reason = "a seed a core; each world is one thread")]
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (next, tell) = (&next, tell.clone());
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= args.seeds.count {
                        return;
                    }
                    let plan = Plan::draw(args.seeds.from + number, args.seeds.days);
                    let played = play(&plan, None).expect("a plan that was drawn can be played");
                    // Whoever listens does so until the last one.
                    let _ = tell.send(played);
                }
            });
        }
        drop(tell);
        for played in told {
            batch.add(&played);
            progress.set(batch.seeds, args.seeds.count);
        }
    });
    Ok(batch.finish())
}

fn say(args: &SimRunArgs, batch: &Batch, out: Out) -> std::io::Result<()> {
    let list = |counts: &BTreeMap<&'static str, u64>| {
        counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
    };
    out.line(format_args!(
        "entries {}, orders {}, fills {}, lives of the hub {}, longest healing {:.1} s",
        batch.entries,
        batch.orders,
        batch.fills,
        batch.lives,
        std::time::Duration::from_millis(batch.healed_ms_max).as_secs_f64()
    ))?;
    out.line(format_args!("a simulated day: {}", list(&batch.a_day)))?;
    out.line(format_args!("faults: {}", list(&batch.faults_injected)))?;
    out.line(format_args!("strikes: {}", list(&batch.strikes)))?;
    out.line(format_args!("rare situations: {}", list(&batch.marks_hit)))?;
    if !batch.marks_missed.is_empty() {
        out.line(format_args!("not reached: {}", batch.marks_missed.join(", ")))?;
    }
    for lacks in &batch.invalid {
        out.line(format_args!("INVALID: {lacks}"))?;
    }
    for failed in &batch.failed {
        let seed = failed.seed;
        out.line(format_args!("\nseed {seed} of commit {COMMIT}"))?;
        for violation in failed.violations.iter().take(SHOWN) {
            out.line(format_args!("  {}: {}", violation.rule, violation.what))?;
        }
        out.line(format_args!("  plan    {}", plan_path(&args.plans, seed).display()))?;
        let days = args.seeds.days;
        out.line(format_args!(
            "  again   plimsoll sim replay --seed {seed} --days {days} --trace"
        ))?;
        out.line(format_args!("  smaller plimsoll sim shrink --seed {seed} --days {days}"))?;
    }
    Ok(())
}

fn plan_path(folder: &Path, seed: u64) -> std::path::PathBuf {
    folder.join(format!("seed-{seed}.toml"))
}

fn write_plan(folder: &Path, plan: &Plan) -> Result<(), Failure> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = plan_path(folder, plan.seed);
    fs::write(&path, plan.to_toml()).with_context(|| path.display().to_string())?;
    Ok(())
}

fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Plan::from_toml(&text).with_context(|| path.display().to_string()).config()
}

/// Returns the plan that is named, by its file or by the seed it is drawn from.
fn wanted(plan: Option<&Path>, seed: Option<u64>, days: u32) -> Result<Plan, Failure> {
    match (plan, seed) {
        (Some(path), _) => read_plan(path),
        (None, Some(seed)) => Ok(Plan::draw(seed, days)),
        (None, None) => Err(Failure::usage("neither --seed nor --plan")),
    }
}

fn replay(args: &SimReplayArgs, out: Out) -> Outcome {
    let plan = wanted(args.plan.as_deref(), args.seed, args.days)?;
    let trace: Lines = args.trace.then(|| {
        // A reader that has gone away is told nothing more; the world goes on to its verdict.
        let line = move |line: &str| drop(out.line(line));
        Box::new(line) as Box<dyn FnMut(&str)>
    });
    let played = play(&plan, trace).context("the plan").config()?;
    out.json(&played)?;
    for (rule, verdict) in &played.verdicts {
        out.line(format_args!("{rule:24} {verdict}"))?;
    }
    for violation in &played.violations {
        out.line(format_args!("{}: {}", violation.rule, violation.what))?;
    }
    let held =
        if played.violations.is_empty() { "everything holds" } else { "something does not hold" };
    out.line(format_args!(
        "{held}; trace {} of {} lines, {} entries, {} orders, {} faults",
        played.trace_hash,
        played.trace_lines,
        played.counts.entries,
        played.counts.orders,
        played.counts.faults_in_all()
    ))?;
    Ok(if played.violations.is_empty() { Exit::Ok } else { Exit::No })
}
