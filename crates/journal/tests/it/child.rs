//! The process that is killed, starved and lied to: this very binary, started again with an order.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use journal::disk::{Disk, RealDisk};
use journal::tree::Hash;
use journal::{AppendError, FileJournal};

use crate::disks::{Act, Moment, Watched, Watcher};
use crate::script::{Ledger, Outcome};
use crate::support::{self, Wrong};

/// Holds the order; without it the child has nothing to do.
const ORDER: &str = "PLIMSOLL_JOURNAL_ORDER";

/// A child that nobody kills ends after so many attempts, and its campaign fails.
const ATTEMPTS_MAX: u64 = 3000;

/// A process with an order appends so often between openings.
const ATTEMPTS_PER_OPENING: u64 = 9;

/// Attempts of a child whose system calls fail: some openings, some rotations.
const ATTEMPTS_UNDER_FAULTS: u64 = 40;

/// Room that is made when the file system is full, and room left to close and open again.
const BALLAST_BYTES: usize = 128 << 10;
const KEPT_BYTES: usize = 64 << 10;

/// A place where a process stops and waits for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeWrite,
    BetweenWriteAndSync,
    AfterSync,
    RotationMade,
    RotationNamed,
    SealWritten,
    SealSynced,
    SnapshotWritten,
    SnapshotNamed,
}

impl Point {
    pub(crate) const ALL: [Point; 9] = [
        Point::BeforeWrite,
        Point::BetweenWriteAndSync,
        Point::AfterSync,
        Point::RotationMade,
        Point::RotationNamed,
        Point::SealWritten,
        Point::SealSynced,
        Point::SnapshotWritten,
        Point::SnapshotNamed,
    ];

    /// Place in [`Point::ALL`] of the point with a commit written and not on disk.
    pub(crate) const UNFLUSHED: usize = 1;

    pub(crate) fn name(self) -> &'static str {
        match self {
            Point::BeforeWrite => "before the write of a commit",
            Point::BetweenWriteAndSync => "between write and fsync of a commit",
            Point::AfterSync => "after fsync, before the acknowledgement",
            Point::RotationMade => "in rotation, the segment made",
            Point::RotationNamed => "in rotation, the segment named",
            Point::SealWritten => "in the seal, before its fsync",
            Point::SealSynced => "in the seal, after its fsync",
            Point::SnapshotWritten => "before the rename of a snapshot",
            Point::SnapshotNamed => "after the rename of a snapshot",
        }
    }

    fn is_here(self, phase: Phase, moment: Moment, act: Act, path: &str) -> bool {
        let at = |phases: Phase, folder: &str, wanted: (Moment, Act)| {
            phase == phases && path.starts_with(folder) && (moment, act) == wanted
        };
        let segments = "segments/";
        let snapshots = "snapshots/";
        match self {
            Point::BeforeWrite => at(Phase::Append, segments, (Moment::Before, Act::Write)),
            Point::BetweenWriteAndSync => at(Phase::Append, segments, (Moment::Before, Act::Sync)),
            Point::AfterSync => at(Phase::Append, segments, (Moment::After, Act::Sync)),
            Point::RotationMade => at(Phase::Append, segments, (Moment::After, Act::Create)),
            Point::RotationNamed => at(Phase::Append, segments, (Moment::After, Act::Rename)),
            Point::SealWritten => at(Phase::Open, segments, (Moment::Before, Act::Sync)),
            Point::SealSynced => at(Phase::Open, segments, (Moment::After, Act::Sync)),
            Point::SnapshotWritten => at(Phase::Snapshot, snapshots, (Moment::Before, Act::Rename)),
            Point::SnapshotNamed => at(Phase::Snapshot, snapshots, (Moment::After, Act::Rename)),
        }
    }
}

/// What a process is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    Open,
    Append,
    Snapshot,
    Close,
}

impl Phase {
    const ALL: [Phase; 4] = [Phase::Open, Phase::Append, Phase::Snapshot, Phase::Close];
}

/// What a process is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Append until the end, and stop at this place when it is reached for the nth time.
    Run(Option<(Point, u64)>),
    /// Append for a while, system calls failing.
    Suffer,
    /// Fill the file system that the folder is alone on.
    Fill,
}

/// The whole order.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) task: Task,
    /// The last attempt's number so far.
    pub(crate) behind: u64,
}

impl Order<'_> {
    fn text(&self) -> String {
        let task = match self.task {
            Task::Run(None) => "run".to_owned(),
            Task::Run(Some((point, nth))) => {
                let at = Point::ALL.iter().position(|other| *other == point).unwrap();
                format!("stop {at} {nth}")
            }
            Task::Suffer => "suffer".to_owned(),
            Task::Fill => "fill".to_owned(),
        };
        format!("{}\n{task}\n{}", self.folder.display(), self.behind)
    }

    /// Returns the command that starts this binary with the order; `before` stands in front of it.
    pub(crate) fn command(&self, before: &[&str]) -> Command {
        let binary = std::env::current_exe().unwrap();
        let mut words = before.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        words.push(binary.to_str().unwrap().to_owned());
        let test = "child::a_process_with_an_order_carries_it_out";
        words.extend([test, "--exact", "--nocapture", "--test-threads=1"].map(str::to_owned));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env(ORDER, self.text());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// What a process tells whoever started it, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Began(u64),
    Ended(u64, Outcome),
    Snapshot(u64),
    Act { before: bool, act: String, segment: bool },
    Phase(Phase),
    Stopped,
    Verdict(String),
}

impl Told {
    fn text(&self) -> String {
        match self {
            Told::Began(attempt) => format!("began {attempt}"),
            Told::Ended(attempt, Outcome::Acknowledged { seq, root }) => {
                format!("acknowledged {attempt} {seq} {}", hex(root))
            }
            Told::Snapshot(seq) => format!("snapshot {seq}"),
            Told::Ended(attempt, Outcome::Refused) => format!("refused {attempt}"),
            Told::Ended(attempt, Outcome::Unknown) => format!("unknown {attempt}"),
            Told::Act { before, act, segment } => format!("act {before} {act} {segment}"),
            Told::Phase(phase) => format!("phase {}", *phase as u8),
            Told::Stopped => "stopped".to_owned(),
            Told::Verdict(text) => format!("verdict {text}"),
        }
    }

    /// Reads a line; `None` if it is none of ours. The first one stands behind what the test runner says.
    pub(crate) fn parse(line: &str) -> Option<Told> {
        let (_, line) = line.split_once("@ ")?;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| words.get(at)?.parse().ok();
        let ended = |outcome| Some(Told::Ended(number(0)?, outcome));
        match word {
            "began" => Some(Told::Began(number(0)?)),
            "acknowledged" => {
                ended(Outcome::Acknowledged { seq: number(1)?, root: unhex(words.get(2)?)? })
            }
            "snapshot" => Some(Told::Snapshot(number(0)?)),
            "refused" => ended(Outcome::Refused),
            "unknown" => ended(Outcome::Unknown),
            "act" => Some(Told::Act {
                before: words.first()? == &"true",
                act: (*words.get(1)?).to_owned(),
                segment: words.get(2)? == &"true",
            }),
            "phase" => Some(Told::Phase(Phase::ALL[words.first()?.parse::<usize>().ok()?])),
            "stopped" => Some(Told::Stopped),
            "verdict" => Some(Told::Verdict(rest.to_owned())),
            _ => None,
        }
    }
}

fn hex(hash: &Hash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Hash> {
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..32).map(byte).collect::<Option<_>>()?;
    Some(Hash(bytes.try_into().ok()?))
}

/// Without an order it appends a little to a folder of its own, as the processes do.
#[test]
fn a_process_with_an_order_carries_it_out() {
    #[expect(clippy::disallowed_methods, reason = "an order to another process has to travel")]
    let order = std::env::var(ORDER);
    let Ok(text) = order else {
        let own = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::default();
        suffer(own.path(), &mut ledger, &|_| {});
        assert_eq!(ledger.acknowledged(), 36);
        judge(own.path(), &ledger).unwrap();
        return;
    };
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap();
    let folder = PathBuf::from(next());
    let task: Vec<&str> = next().split(' ').collect();
    let mut ledger = Ledger::behind(next().parse().unwrap());
    match task[..] {
        ["run"] => run(&folder, None, &mut ledger),
        ["stop", at, nth] => {
            let point = Point::ALL[at.parse::<usize>().unwrap()];
            run(&folder, Some((point, nth.parse().unwrap())), &mut ledger);
        }
        ["suffer"] => suffer(&folder, &mut ledger, &tell),
        ["fill"] => fill(&folder, &mut ledger),
        _ => panic!("saw the order {text:?}"),
    }
}

/// Returns the disks of the journal and of its keys.
pub(crate) fn disks(folder: &Path) -> (RealDisk, RealDisk) {
    (RealDisk::new(folder.join("journal")), RealDisk::new(folder.join("keys")))
}

/// Judges the journal in a folder: opened again, it holds what the ledger says, and verifies.
pub(crate) fn judge(folder: &Path, ledger: &Ledger) -> Result<String, Wrong> {
    let (inside, outside) = disks(folder);
    support::judge(&(Arc::new(inside) as _), &(Arc::new(outside) as _), ledger)
}

/// Says a line to whoever started the process, whole, so that its end cannot cut it.
#[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
fn tell(told: Told) {
    std::io::stdout().write_all(format!("@ {}\n", told.text()).as_bytes()).unwrap();
}

fn run(folder: &Path, stop: Option<(Point, u64)>, ledger: &mut Ledger) {
    let phase = Arc::new(AtomicU8::new(Phase::Open as u8));
    let (inside, outside) = disks(folder);
    let inside = Watched::new(inside, watcher(Arc::clone(&phase), stop));
    let (inside, outside): (Arc<dyn Disk>, Arc<dyn Disk>) = (Arc::new(inside), Arc::new(outside));
    let enter = |next: Phase| {
        tell(Told::Phase(next));
        phase.store(next as u8, Ordering::SeqCst);
    };
    for _ in 0..ATTEMPTS_MAX / ATTEMPTS_PER_OPENING {
        enter(Phase::Open);
        let mut journal = support::open(&inside, &outside).unwrap();
        for at in 0..ATTEMPTS_PER_OPENING {
            enter(Phase::Append);
            let ended = attempt(&mut journal, ledger, &tell);
            assert!(matches!(ended, Outcome::Acknowledged { .. }), "{ended:?}");
            if at % 4 == 3 {
                enter(Phase::Snapshot);
                tell(Told::Snapshot(support::snapshot(&inside, &journal).unwrap()));
            }
        }
        enter(Phase::Close);
        support::close(journal).unwrap();
    }
}

/// Tells of each change, and stops for good where it was told to.
fn watcher(phase: Arc<AtomicU8>, stop: Option<(Point, u64)>) -> Watcher {
    let reached = AtomicU64::new(0);
    Arc::new(move |moment, act, path| {
        let before = moment == Moment::Before;
        let segment = path.starts_with("segments/");
        tell(Told::Act { before, act: format!("{act:?}"), segment });
        let Some((point, nth)) = stop else { return };
        let phase = Phase::ALL[usize::from(phase.load(Ordering::SeqCst))];
        let here = point.is_here(phase, moment, act, path);
        if here && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            tell(Told::Stopped);
            loop {
                std::thread::park();
            }
        }
    })
}

fn attempt(journal: &mut FileJournal, ledger: &mut Ledger, tell: &dyn Fn(Told)) -> Outcome {
    let attempt = ledger.next();
    tell(Told::Began(attempt));
    let outcome = support::append(journal, attempt);
    ledger.tell(attempt, outcome);
    tell(Told::Ended(attempt, outcome));
    outcome
}

/// Appends while the system fails; a refusal is not the end, a failure is.
fn suffer(folder: &Path, ledger: &mut Ledger, tell: &dyn Fn(Told)) {
    let (inside, outside) = disks(folder);
    let (inside, outside): (Arc<dyn Disk>, Arc<dyn Disk>) = (Arc::new(inside), Arc::new(outside));
    for _ in 0..ATTEMPTS_UNDER_FAULTS / ATTEMPTS_PER_OPENING {
        let mut journal = match support::open(&inside, &outside) {
            Ok(journal) => journal,
            // When there is room again it opens.
            Err(error) if error.contains("StorageFull") => continue,
            Err(error) => return tell(Told::Verdict(format!("not opened: {error}"))),
        };
        for _ in 0..ATTEMPTS_PER_OPENING {
            if attempt(&mut journal, ledger, tell) == Outcome::Unknown {
                let again = attempt(&mut journal, ledger, tell);
                assert_eq!(again, Outcome::Unknown, "a writer that failed has failed for good");
                return tell(Told::Verdict("failed for good".to_owned()));
            }
        }
        match support::close(journal) {
            // It need not be closed to be opened again.
            Ok(()) | Err(AppendError::Full(_)) => {}
            Err(error) => return tell(Told::Verdict(format!("not closed: {error}"))),
        }
    }
    tell(Told::Verdict("done".to_owned()));
}

/// Fills a file system twice, with room made between.
fn fill(folder: &Path, ledger: &mut Ledger) {
    let (inside, outside) = disks(folder);
    let (inside, outside): (Arc<dyn Disk>, Arc<dyn Disk>) = (Arc::new(inside), Arc::new(outside));
    let ballast = folder.join("ballast");
    let kept = folder.join("kept");
    std::fs::write(&ballast, vec![1; BALLAST_BYTES]).unwrap();
    std::fs::write(&kept, vec![1; KEPT_BYTES]).unwrap();
    let mut journal = support::open(&inside, &outside).unwrap();
    let mut until_full = |journal: &mut FileJournal| {
        let before = ledger.acknowledged();
        for _ in 0..ATTEMPTS_MAX {
            match attempt(journal, ledger, &|_| {}) {
                Outcome::Acknowledged { .. } => {}
                Outcome::Refused => return ledger.acknowledged() - before,
                Outcome::Unknown => panic!("a full disk is a refusal"),
            }
        }
        panic!("the file system takes more than it has");
    };
    let first = until_full(&mut journal);
    std::fs::remove_file(&ballast).unwrap();
    let second = until_full(&mut journal);
    assert!(first > 20 && second > 20, "{first} {second}");
    drop(journal);
    std::fs::remove_file(&kept).unwrap();
    let kept = judge(folder, ledger).unwrap();
    tell(Told::Verdict(format!("full after {first}, and after {second} more; {kept}")));
}
