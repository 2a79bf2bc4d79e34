//! `kill -9` of a process that appends: at random moments, and at places named in advance.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ChildStdout;

use crate::child::{self, Order, Point, Task, Told};
use crate::script::{Ledger, Outcome};
use crate::support;

/// Rounds that a change has to survive; `PLIMSOLL_KILLS` asks for more.
const ROUNDS: u64 = 240;

/// A journal is killed so often before the next one begins: long enough for many terms, short
/// enough that reading it all after each kill stays quick.
const ROUNDS_PER_JOURNAL: u64 = 12;

/// A campaign is worth nothing unless so many of a hundred kills met a commit that was not flushed.
const MET_PERCENT_MIN: u64 = 30;

/// What one kill met.
struct Round {
    /// What the process was about, in words.
    in_flight: String,
    /// Whether bytes of a commit were written and not yet synced, or about to be.
    unflushed: bool,
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let mut dice = support::Dice::new(3);
    let mut met = 0;
    let mut reached = [0_u64; Point::ALL.len()];
    let rounds = support::rounds("PLIMSOLL_KILLS", ROUNDS);
    let mut folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::default();
    for number in 0..rounds {
        if number % ROUNDS_PER_JOURNAL == 0 {
            folder = tempfile::tempdir().unwrap();
            ledger = Ledger::default();
        }
        // Every second kill comes at random; the others take the points in turn, and every third of
        // them the one that matters most.
        let turn = usize::try_from(number / 2).unwrap();
        let others = turn - turn.div_ceil(3);
        let at = if turn % 3 == 0 { Point::UNFLUSHED } else { others % Point::ALL.len() };
        let point = (number % 2 == 1).then(|| Point::ALL[at]);
        let round = kill(folder.path(), point, &mut ledger, &mut dice);
        met += u64::from(round.unflushed);
        if let Some(point) = point {
            assert!(round.in_flight.contains(point.name()), "{}", round.in_flight);
            reached[at] += 1;
        }
        let kept = child::judge(folder.path(), &ledger);
        let kept = kept.unwrap_or_else(|wrong| {
            folder.disable_cleanup(true);
            panic!("round {number}, {}: {wrong}\n{}", round.in_flight, folder.path().display())
        });
        println!("kill {number}: {}; {kept}", round.in_flight);
    }
    println!("{met} of {rounds} kills met an unflushed commit; points reached {reached:?}");
    assert!(reached.iter().all(|reached| *reached > 0), "a point was never reached");
    assert!(
        met * 100 >= rounds * MET_PERCENT_MIN,
        "INVALID: {met} of {rounds} kills met an unflushed commit, wanted {MET_PERCENT_MIN} %"
    );
}

/// Starts a process on the folder, kills it, and writes down what it had been told.
fn kill(
    folder: &Path,
    point: Option<Point>,
    ledger: &mut Ledger,
    dice: &mut support::Dice,
) -> Round {
    let task = Task::Run(point.map(|point| (point, 1 + dice.below(4))));
    let order = Order { folder, task, behind: ledger.last() };
    let mut process = order.command(&[]).spawn().unwrap();
    let mut lines = Lines::of(process.stdout.take().unwrap(), point);
    // The process runs ahead of what is read here, so the kill comes where chance puts it.
    let patience = 40 + dice.below(400);
    let mut read = 0;
    while let Some(told) = lines.next(ledger) {
        read += 1;
        if told == Told::Stopped || (point.is_none() && read >= patience) {
            break;
        }
    }
    process.kill().unwrap();
    while lines.next(ledger).is_some() {}
    let status = process.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "{status}");
    lines.round()
}

/// What a process says, and what follows from it.
struct Lines {
    reader: BufReader<ChildStdout>,
    point: Option<Point>,
    stopped: bool,
    appending: Option<u64>,
    doing: String,
    unflushed: bool,
}

impl Lines {
    fn of(out: ChildStdout, point: Option<Point>) -> Lines {
        Lines {
            reader: BufReader::new(out),
            point,
            stopped: false,
            appending: None,
            doing: String::new(),
            unflushed: false,
        }
    }

    /// Reads on to the next line that the process meant for us.
    fn next(&mut self, ledger: &mut Ledger) -> Option<Told> {
        loop {
            let mut text = String::new();
            let count = self.reader.read_line(&mut text).unwrap();
            if count == 0 || !text.ends_with('\n') {
                return None;
            }
            if let Some(told) = Told::parse(text.trim_end()) {
                self.note(&told, ledger);
                return Some(told);
            }
        }
    }

    fn note(&mut self, told: &Told, ledger: &mut Ledger) {
        match told {
            Told::Began(attempt) => {
                ledger.tell(*attempt, Outcome::Unknown);
                self.appending = Some(*attempt);
            }
            Told::Ended(attempt, outcome) => {
                ledger.tell(*attempt, *outcome);
                self.appending = None;
            }
            Told::Snapshot(seq) => ledger.snapshot = *seq,
            Told::Act { before, act, segment } => {
                self.doing = format!("{} {act}", if *before { "before" } else { "after" });
                if *segment {
                    self.unflushed = match act.as_str() {
                        "Write" => true,
                        "Sync" => *before && self.unflushed,
                        _ => self.unflushed,
                    };
                }
            }
            Told::Stopped => self.stopped = true,
            Told::Phase(phase) => self.doing = format!("{phase:?}"),
            Told::Verdict(_) => {}
        }
    }

    fn round(&self) -> Round {
        let place = self.point.filter(|_| self.stopped).map_or("at random", Point::name);
        let attempt = self.appending.map_or("no attempt".to_owned(), |n| format!("attempt {n}"));
        let flushed = if self.unflushed { "unflushed" } else { "flushed" };
        Round {
            in_flight: format!("{place}, {attempt} in flight, {}, {flushed}", self.doing),
            unflushed: self.unflushed,
        }
    }
}
