//! `sim mutants`: the test of the tester. Defects are planted one at a time, and seeds are played until a judge finds each.

use std::ops::Range;
use std::panic;
use std::thread;
use std::time::Instant;

use serde::Serialize;
use sim::world::{Plan, Violation, run as play};
use types::defects::{Defect, plant};

use crate::cli::SimMutantsArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::machine::COMMIT;
use crate::out::Out;
use crate::progress::Progress;

/// What became of one defect.
#[derive(Debug, Serialize)]
struct Mutant {
    name: &'static str,
    does: &'static str,
    caught: bool,
    /// The first seed whose world does not hold with it, and holds without it.
    seed: Option<u64>,
    /// The rule that says so, and what it saw.
    rule: Option<String>,
    seen: Option<String>,
    /// Seeds that were played.
    seeds: u64,
}

/// What became of all of them.
#[derive(Debug, Serialize)]
struct Answer {
    commit: &'static str,
    verdict: &'static str,
    total: usize,
    caught: usize,
    mutants: Vec<Mutant>,
    seconds: f64,
}

/// Runs the command.
#[expect(clippy::disallowed_methods, reason = "how long it took is shown")]
pub(super) fn run(args: &SimMutantsArgs, out: Out) -> Outcome {
    let wanted = wanted(args)?;
    let started = Instant::now();
    // That an assertion stops a world is a way to be caught, and no news for the screen.
    panic::set_hook(Box::new(|_| {}));
    let mut progress = Progress::new("defects");
    let mut mutants = Vec::new();
    for defect in &wanted {
        let mutant = hunt(args, *defect);
        let fate = match (&mutant.rule, mutant.seed) {
            (Some(rule), Some(seed)) => format!("seed {seed}, {rule}"),
            _ => format!("NOT CAUGHT by {} seeds", mutant.seeds),
        };
        out.line(format_args!("{:28} {fate}", mutant.name))?;
        mutants.push(mutant);
        progress.set(mutants.len() as u64, wanted.len() as u64);
    }
    let _ = panic::take_hook();
    let (total, caught) = (mutants.len(), mutants.iter().filter(|m| m.caught).count());
    let verdict = if caught == total { "PASS" } else { "FAIL" };
    let seconds = started.elapsed().as_secs_f64();
    out.json(&Answer { commit: COMMIT, verdict, total, caught, mutants, seconds })?;
    out.line(format_args!("{verdict}: {caught} of {total} defects caught in {seconds:.0} s"))?;
    Ok(if caught == total { Exit::Ok } else { Exit::No })
}

/// Returns the defects that are named, or all.
fn wanted(args: &SimMutantsArgs) -> Result<Vec<Defect>, Failure> {
    let find = |word: &String| {
        let found = Defect::ALL.iter().copied().find(|defect| defect.word() == word);
        let known = || Defect::ALL.iter().map(|d| d.word()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| {
            Failure::usage(format_args!("saw the defect `{word}`, wanted one of {}", known()))
        })
    };
    let named: Vec<Defect> = args.only.iter().map(find).collect::<Result<_, _>>()?;
    Ok(if named.is_empty() { Defect::ALL.to_vec() } else { named })
}

/// Plays seeds with a defect until one does not hold that holds without it.
fn hunt(args: &SimMutantsArgs, defect: Defect) -> Mutant {
    let jobs = super::jobs(args.jobs) as u64;
    let (name, does) = (defect.word(), defect.does().trim());
    let mut mutant =
        Mutant { name, does, caught: false, seed: None, rule: None, seen: None, seeds: 0 };
    while mutant.seeds < args.seeds && !mutant.caught {
        let first = args.from + mutant.seeds;
        let count = jobs.min(args.seeds - mutant.seeds);
        plant(Some(defect));
        let played = play_each(first..first + count, args.days);
        plant(None);
        mutant.seeds += count;
        for (seed, violation) in played {
            let Some(Violation { rule, what }) = violation else { continue };
            // What does not hold without the defect either says nothing of it.
            if play_one(seed, args.days).is_none() {
                mutant.caught = true;
                (mutant.seed, mutant.rule, mutant.seen) = (Some(seed), Some(rule), Some(what));
                break;
            }
        }
    }
    mutant
}

/// Plays seeds side by side; returns the first thing that does not hold in each.
#[expect(clippy::disallowed_methods, reason = "a seed a core; each world is one thread")]
fn play_each(seeds: Range<u64>, days: u32) -> Vec<(u64, Option<Violation>)> {
    thread::scope(|scope| {
        let played: Vec<_> =
            seeds.map(|seed| (seed, scope.spawn(move || play_one(seed, days)))).collect();
        let told = |(seed, played): (u64, thread::ScopedJoinHandle<'_, _>)| {
            (seed, played.join().expect("a world that panics is an outcome"))
        };
        played.into_iter().map(told).collect()
    })
}

fn play_one(seed: u64, days: u32) -> Option<Violation> {
    let played = play(&Plan::draw(seed, days), None).expect("it was drawn");
    played.violations.into_iter().next()
}
