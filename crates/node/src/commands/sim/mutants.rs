//! `sim mutants`: the test of the tester. Defects are planted one at a time, and worlds are played until a judge finds each: first the
//! one in which it was found before, then seed after seed.

use std::fs;
use std::ops::Range;
use std::panic;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sim::world::{Caught, HEAD, Plan, Violation, run as play};
use types::defects::{Defect, plant};

use crate::cli::SimMutantsArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::machine::COMMIT;
use crate::out::Out;
use crate::progress::Progress;

/// Minutes of a day that are tried before a whole one, when a world is recorded.
const PARTS: [u32; 6] = [30, 60, 120, 240, 480, 960];
/// Minutes of a day.
const DAY: u32 = 1_440;

/// What became of one defect.
#[derive(Debug, Serialize)]
struct Mutant {
    name: &'static str,
    does: &'static str,
    caught: bool,
    /// The first seed whose world does not hold with it, and holds without it.
    seed: Option<u64>,
    /// Minutes of faults of that world.
    minutes: Option<u32>,
    /// The rule that says so, and what it saw.
    rule: Option<String>,
    seen: Option<String>,
    /// Worlds that were played with it.
    seeds: u64,
}

impl Mutant {
    fn of(defect: Defect) -> Self {
        let (name, does) = (defect.word(), defect.does().trim());
        let (seed, minutes, rule, seen) = (None, None, None, None);
        Self { name, does, caught: false, seed, minutes, rule, seen, seeds: 0 }
    }

    fn is_caught(&mut self, seed: u64, minutes: u32, violation: Violation) {
        let Violation { rule, what } = violation;
        self.caught = true;
        (self.seed, self.minutes) = (Some(seed), Some(minutes));
        (self.rule, self.seen) = (Some(rule), Some(what));
    }

    fn fate(&self) -> String {
        match (&self.rule, self.seed, self.minutes) {
            (Some(rule), Some(seed), Some(minutes)) => {
                format!("seed {seed}, {minutes} minutes, {rule}")
            }
            _ => format!("NOT CAUGHT by {} worlds", self.seeds),
        }
    }
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
    let mut wanted = wanted(args)?;
    let known = known(args)?;
    if args.recorded {
        wanted.retain(|defect| known.iter().any(|caught| caught.defect == *defect));
    }
    let started = Instant::now();
    // That an assertion stops a world is a way to be caught, and no news for the screen.
    panic::set_hook(Box::new(|_| {}));
    let mut progress = Progress::new("defects");
    let mut mutants = Vec::new();
    for (defect, again) in wanted.iter().zip(play_again(args, &wanted, &known)) {
        let hunts = !again.caught && !args.recorded;
        let mutant = if hunts { hunt(args, *defect) } else { again };
        out.line(format_args!("{:28} {}", mutant.name, mutant.fate()))?;
        mutants.push(mutant);
        progress.set(mutants.len() as u64, wanted.len() as u64);
    }
    let _ = panic::take_hook();
    if let Some(path) = &args.record {
        record(path, known, &wanted, &mutants)?;
    }
    let (total, caught) = (mutants.len(), mutants.iter().filter(|m| m.caught).count());
    let verdict = if caught == total { "PASS" } else { "FAIL" };
    let seconds = started.elapsed().as_secs_f64();
    out.json(&Answer { commit: COMMIT, verdict, total, caught, mutants, seconds })?;
    out.line(format_args!("{verdict}: {caught} of {total} defects caught in {seconds:.0} s"))?;
    Ok(if caught == total { Exit::Ok } else { Exit::No })
}

/// Names the defect that `replay`, `shrink` and `scope` play with, each on its threads, so that what it breaks can be looked at.
const BY_HAND: &str = "PLIMSOLL_DEFECT";

/// Plants the defect that the environment names.
#[expect(clippy::disallowed_methods, reason = "of builds that nobody trades with")]
pub(super) fn plant_by_hand() -> Result<(), Failure> {
    if let Ok(word) = std::env::var(BY_HAND) {
        plant(Some(find(&word)?));
    }
    Ok(())
}

fn find(word: &str) -> Result<Defect, Failure> {
    let found = Defect::ALL.iter().copied().find(|defect| defect.word() == word);
    let known = || Defect::ALL.iter().map(|d| d.word()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| {
        Failure::usage(format_args!("saw the defect `{word}`, wanted one of {}", known()))
    })
}

/// Returns the defects that are named, or all.
fn wanted(args: &SimMutantsArgs) -> Result<Vec<Defect>, Failure> {
    let named: Vec<Defect> = args.only.iter().map(|word| find(word)).collect::<Result<_, _>>()?;
    Ok(if named.is_empty() { Defect::ALL.to_vec() } else { named })
}

/// Returns what was recorded: in the file that is to be written, or with this build.
fn known(args: &SimMutantsArgs) -> Result<Vec<Caught>, Failure> {
    match &args.record {
        Some(path) if path.exists() => {
            let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let read = Caught::read(&text).map_err(anyhow::Error::msg);
            read.with_context(|| path.display().to_string()).config()
        }
        Some(_) | None => Ok(Caught::recorded()),
    }
}

/// Plays the world that was recorded of each defect, several at once.
#[expect(clippy::disallowed_methods, reason = "a world a core; each is one thread")]
fn play_again(args: &SimMutantsArgs, wanted: &[Defect], known: &[Caught]) -> Vec<Mutant> {
    let afresh = args.afresh || args.seeds.days != 1;
    let next = Mutex::new(wanted.iter().enumerate());
    let played = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..super::jobs(args.seeds.jobs) {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().expect("no thread panics").next();
                    let Some((place, defect)) = taken else { return };
                    let mut mutant = Mutant::of(*defect);
                    let world = known.iter().find(|caught| caught.defect == *defect && !afresh);
                    if let Some(world) = world {
                        mutant.seeds = 1;
                        if let Some(violation) = catches(*defect, &world.plan()) {
                            mutant.is_caught(world.seed, world.minutes, violation);
                        }
                    }
                    played.lock().expect("no thread panics").push((place, mutant));
                }
            });
        }
    });
    let mut played = played.into_inner().expect("no thread panics");
    played.sort_by_key(|(place, _)| *place);
    played.into_iter().map(|(_, mutant)| mutant).collect()
}

/// Plays seeds with a defect until one does not hold that holds without it.
fn hunt(args: &SimMutantsArgs, defect: Defect) -> Mutant {
    let jobs = super::jobs(args.seeds.jobs) as u64;
    let mut mutant = Mutant::of(defect);
    while mutant.seeds < args.seeds.count && !mutant.caught {
        let first = args.seeds.from + mutant.seeds;
        let count = jobs.min(args.seeds.count - mutant.seeds);
        let found = play_each(defect, first..first + count, args.seeds.days);
        mutant.seeds += count;
        if let Some((seed, violation)) = found {
            mutant.is_caught(seed, DAY.saturating_mul(args.seeds.days), violation);
            if args.record.is_some() && args.seeds.days == 1 {
                shorten(defect, seed, &mut mutant);
            }
        }
    }
    mutant
}

/// Takes as little of a day as is enough.
fn shorten(defect: Defect, seed: u64, mutant: &mut Mutant) {
    let part = |minutes: &u32| {
        catches(defect, &Plan::draw(seed, 1).cut(*minutes)).map(|violation| (*minutes, violation))
    };
    if let Some((minutes, violation)) = PARTS.iter().find_map(part) {
        mutant.is_caught(seed, minutes, violation);
    }
}

/// Plays seeds side by side; returns the first that does not hold with a defect and holds without.
#[expect(clippy::disallowed_methods, reason = "a seed a core; each world is one thread")]
fn play_each(defect: Defect, seeds: Range<u64>, days: u32) -> Option<(u64, Violation)> {
    let played = thread::scope(|scope| {
        let hunted = |seed| catches(defect, &Plan::draw(seed, days)).map(|found| (seed, found));
        let played: Vec<_> = seeds.map(|seed| scope.spawn(move || hunted(seed))).collect();
        let ended = played.into_iter().map(thread::ScopedJoinHandle::join);
        ended.collect::<Vec<_>>()
    });
    played.into_iter().find_map(|found| found.expect("a world that panics is an outcome"))
}

/// Returns what a world shows of a defect: nothing, if it does not hold without it either.
fn catches(defect: Defect, plan: &Plan) -> Option<Violation> {
    let violation = play_one(Some(defect), plan)?;
    play_one(None, plan).is_none().then_some(violation)
}

fn play_one(defect: Option<Defect>, plan: &Plan) -> Option<Violation> {
    plant(defect);
    let played = play(plan, None).expect("it was drawn");
    plant(None);
    played.violations.into_iter().next()
}

/// Writes what is known now: those that were not played keep their worlds.
fn record(
    path: &Path,
    known: Vec<Caught>,
    wanted: &[Defect],
    mutants: &[Mutant],
) -> Result<(), Failure> {
    let of = |(defect, mutant): (&Defect, &Mutant)| {
        let rule = mutant.rule.clone()?;
        Some(Caught { defect: *defect, seed: mutant.seed?, minutes: mutant.minutes?, rule })
    };
    let kept = known.into_iter().filter(|caught| !wanted.contains(&caught.defect));
    let mut all: Vec<Caught> = kept.chain(wanted.iter().zip(mutants).filter_map(of)).collect();
    all.sort_by_key(|caught| caught.defect);
    let lines: String = all.iter().map(|caught| format!("{caught}\n")).collect();
    fs::write(path, format!("{HEAD}{lines}")).with_context(|| path.display().to_string())?;
    Ok(())
}
