//! A fault at every single operation of the disk, one run each, until a run meets none.

use std::sync::Arc;

use journal::FileJournal;
use journal::disk::{Disk, Fault, TestDisk, Times};

use crate::disks::Below;
use crate::script::{Ledger, Outcome};
use crate::support::{self, Wrong};

/// Openings of the script, and attempts in each: at 8 KiB a segment some rotations.
const OPENINGS: u64 = 3;
const ATTEMPTS: u64 = 7;

/// A journal and its keys on one disk, so that one count of operations covers both.
pub(crate) struct Machine {
    pub(crate) disk: TestDisk,
    inside: Arc<dyn Disk>,
    outside: Arc<dyn Disk>,
}

/// How far a script came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    refused: u64,
    /// A writer failed while it appended.
    writer_failed: bool,
    /// A writer failed, or an opening or a closing did.
    pub(crate) failed: bool,
}

impl Machine {
    pub(crate) fn new(seed: u64) -> Machine {
        let disk = TestDisk::new(seed);
        let below = |folder| Arc::new(Below::new(Arc::new(disk.clone()), folder)) as Arc<dyn Disk>;
        Machine { inside: below("journal"), outside: below("keys"), disk }
    }

    fn open(&self) -> Result<FileJournal, String> {
        support::open(&self.inside, &self.outside)
    }

    /// Opens, appends, rotates, takes snapshots and checkpoints, closes; stops at the first failure.
    pub(crate) fn script(&self, ledger: &mut Ledger) -> Run {
        let mut run = Run::default();
        for opening in 0..OPENINGS {
            let Ok(mut journal) = self.open() else { return Run { failed: true, ..run } };
            for at in 0..ATTEMPTS {
                match attempt(&mut journal, ledger) {
                    Outcome::Acknowledged { .. } => {}
                    Outcome::Refused => run.refused += 1,
                    Outcome::Unknown => {
                        let again = attempt(&mut journal, ledger);
                        assert_eq!(again, Outcome::Unknown, "what failed has failed for good");
                        return Run { writer_failed: true, failed: true, ..run };
                    }
                }
                // A refusal or failure of these two is no attempt: the next append tells.
                if at == 2 {
                    support::checkpoint(&mut journal);
                }
                if at == 4 {
                    let written = support::snapshot(&self.inside, &journal);
                    ledger.snapshot = written.unwrap_or(ledger.snapshot);
                }
            }
            // One term ends without being closed, as a killed process leaves it.
            if opening != 1 && support::close(journal).is_err() {
                return Run { failed: true, ..run };
            }
        }
        run
    }

    pub(crate) fn judge(&self, ledger: &Ledger) -> Result<String, Wrong> {
        support::judge(&self.inside, &self.outside, ledger)
    }
}

fn attempt(journal: &mut FileJournal, ledger: &mut Ledger) -> Outcome {
    let attempt = ledger.next();
    let outcome = support::append(journal, attempt);
    ledger.tell(attempt, outcome);
    outcome
}

/// What follows the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The machine loses its power.
    Crash,
    /// The process is started again, and appends; then the machine loses its power.
    RestartThenCrash,
}

/// Runs the script with a fault at operation 1, 2, ... until none strikes, and judges what is left each time.
///
/// Returns how many runs there were, and how often they were refused or failed.
fn each_operation(fault: Fault, times: Times, after: After, seeds: u64) -> (u64, u64, u64) {
    let (mut runs, mut refused, mut failed) = (0, 0, 0);
    for k in 1.. {
        let mut struck = false;
        for seed in 0..seeds {
            let machine = Machine::new(seed);
            let mut ledger = Ledger::default();
            machine.disk.fail_at(k, fault, times);
            let run = machine.script(&mut ledger);
            struck |= machine.disk.struck() > 0;
            machine.disk.heal();
            let fate =
                format!("{fault:?} {times:?} at operation {k}, seed {seed}, {after:?}: {run:?}");
            if after == After::RestartThenCrash && fault != Fault::PowerCut {
                let mut journal = machine.open().unwrap_or_else(|error| panic!("{fate}: {error}"));
                for _ in 0..2 {
                    let outcome = attempt(&mut journal, &mut ledger);
                    assert!(matches!(outcome, Outcome::Acknowledged { .. }), "{fate}: {outcome:?}");
                }
            }
            machine.disk.crash(k << 8 | seed);
            machine.judge(&ledger).unwrap_or_else(|wrong| panic!("{fate}: {wrong}"));
            // It goes on, and holds what it held.
            let mut journal = machine.open().unwrap();
            let outcome = attempt(&mut journal, &mut ledger);
            assert!(matches!(outcome, Outcome::Acknowledged { .. }), "{fate}: {outcome:?}");
            support::close(journal).unwrap();
            machine.judge(&ledger).unwrap_or_else(|wrong| panic!("{fate}, later: {wrong}"));
            runs += 1;
            let refusable = fault == Fault::NoSpace && run.writer_failed;
            assert!(!refusable, "a full disk is a refusal: {fate}");
            refused += u64::from(run.refused > 0);
            failed += u64::from(run.failed);
            assert!(machine.disk.struck() > 0 || !run.failed, "it failed by itself: {fate}");
        }
        if !struck {
            break;
        }
    }
    assert!(runs > 100 * seeds, "the script has more operations than {runs}");
    (runs, refused, failed)
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_acknowledged() {
    let seeds = support::rounds("PLIMSOLL_CRASH_SEEDS", 4);
    let (runs, _, failed) = each_operation(Fault::PowerCut, Times::Once, After::Crash, seeds);
    // The last operation of all notes the head once more, and close does not say how that went.
    assert_eq!(failed, runs - 2 * seeds, "every run but the last ones loses its power");
}

#[test]
fn an_error_at_any_operation_loses_nothing_acknowledged() {
    for times in [Times::Once, Times::Always] {
        for after in [After::Crash, After::RestartThenCrash] {
            let (_, refused, failed) = each_operation(Fault::InputOutput, times, after, 2);
            assert!(refused == 0 && failed > 100, "{refused} {failed}");
        }
    }
}

#[test]
fn a_full_disk_at_any_operation_refuses_loses_nothing_and_recovers() {
    for times in [Times::Once, Times::Always] {
        for after in [After::Crash, After::RestartThenCrash] {
            let (_, refused, _) = each_operation(Fault::NoSpace, times, after, 2);
            assert!(refused > 20, "{refused}");
        }
    }
}

#[test]
fn a_short_write_at_any_operation_is_written_to_its_end() {
    let (_, refused, failed) = each_operation(Fault::ShortWrite, Times::Once, After::Crash, 2);
    assert_eq!((refused, failed), (0, 0));
}

#[test]
fn a_short_read_at_any_operation_is_read_to_its_end() {
    for times in [Times::Once, Times::Always] {
        let (_, refused, failed) = each_operation(Fault::ShortRead, times, After::Crash, 2);
        assert_eq!((refused, failed), (0, 0));
    }
}

#[test]
fn a_bit_that_one_read_at_any_operation_gets_wrong_is_of_no_matter() {
    let (_, refused, failed) = each_operation(Fault::FlippedRead, Times::Once, After::Crash, 4);
    assert_eq!((refused, failed), (0, 0));
}

#[test]
fn bits_that_all_reads_from_any_operation_on_get_wrong_lose_nothing_acknowledged() {
    for after in [After::Crash, After::RestartThenCrash] {
        let (_, refused, failed) = each_operation(Fault::FlippedRead, Times::Always, after, 2);
        assert!(refused == 0 && failed > 100, "{refused} {failed}");
    }
}

#[test]
fn a_disk_that_fills_up_refuses_until_there_is_room() {
    for capacity in (20..120).map(|step| step * 1024) {
        let machine = Machine::new(capacity);
        let mut ledger = Ledger::default();
        let mut journal = machine.open().unwrap();
        machine.disk.set_capacity(Some(capacity));
        let outcomes: Vec<_> = (0..120).map(|_| attempt(&mut journal, &mut ledger)).collect();
        assert!(!outcomes.contains(&Outcome::Unknown), "a full disk is a refusal");
        assert!(outcomes.contains(&Outcome::Refused), "{} bytes do not fill", machine.disk.used());
        machine.disk.set_capacity(None);
        let outcome = attempt(&mut journal, &mut ledger);
        assert!(matches!(outcome, Outcome::Acknowledged { .. }), "{outcome:?}");
        machine.disk.crash(capacity);
        machine.judge(&ledger).unwrap();
    }
}
