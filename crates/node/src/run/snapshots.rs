//! Snapshots of a run: what hub and screen know at a place of the journal, so that a start folds what follows and no more.
//!
//! They lie in the journal's folder, where `audit verify` holds them against its tree, and are derived: without them the whole
//! journal is folded. One is used by the build that took it alone.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use engine::State as Engine;
use hub::system::{Hub, HubConfig, engine_of_snapshot};
use journal::disk::Disk;
use journal::snapshot::{self, Snapshot};
use journal::tree::CompactRange;
use journal::{FileJournal, Head, Item, Journal as _, KIND_OWN_MIN, Seq};
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::entry::Entry;
use types::market::TsNanos;

use super::fail::FailPoints;
use super::life::Paper;
use super::phases::Phases;
use super::screen::Screen;
use super::speed;
use crate::exit::{Failure, Kind as _};
use crate::machine::COMMIT;
use crate::setup::JournalFolder;
use crate::show;

/// A snapshot is due after so many entries: some hundredths of a second to fold.
const ENTRIES: u64 = 20_000;
/// Or after so long, if anything is new.
const EVERY: Duration = Duration::from_mins(10);
/// So many are kept: the newest, and one before it to fall back on.
const KEPT: usize = 2;

/// What a snapshot holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// The build that took it.
    build: String,
    hub: Vec<u8>,
    screen: Vec<u8>,
    phases: Vec<u8>,
    /// The desk of a paper account.
    paper: Option<Vec<u8>>,
}

/// What a journal was folded into: what snapshots are taken of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folded<'a> {
    pub(crate) hub: &'a Hub<Engine>,
    pub(crate) screen: &'a Screen,
    pub(crate) phases: &'a Phases,
    /// The desk of a paper account, where one is traded.
    pub(crate) paper: Option<&'a Paper>,
}

/// Returns what tells builds apart: the commit, and for one with changes of its own the program's file.
fn build() -> String {
    let known = !COMMIT.ends_with("-dirty") && COMMIT != "unknown";
    let file = if known { None } else { std::env::current_exe().and_then(std::fs::metadata).ok() };
    let file = file.map(|file| (file.len(), file.modified().ok()));
    format!("{} {COMMIT} {file:?}", env!("CARGO_PKG_VERSION"))
}

fn state(of: Folded<'_>) -> anyhow::Result<Vec<u8>> {
    let stored = Stored {
        build: build(),
        hub: of.hub.snapshot()?,
        screen: of.screen.stored()?,
        phases: of.phases.stored()?,
        paper: of.paper.map(Paper::stored).transpose()?,
    };
    Ok(postcard::to_stdvec(&stored)?)
}

/// Returns the engine of a run's snapshot and the place it had come to; `None` if the state is not a run's, or of another build.
pub(crate) fn engine_of(state: &[u8]) -> Option<(u64, Engine)> {
    let stored: Stored = postcard::from_bytes(state).ok()?;
    let (seq, engine) = engine_of_snapshot(&stored.hub).ok().filter(|_| stored.build == build())?;
    Some((seq.0, engine))
}

/// Takes snapshots now and then.
#[derive(Debug)]
pub(crate) struct Snapshots {
    folder: JournalFolder,
    /// Journal, term.
    head: Head,
    /// The place of the last one, and when it was taken.
    last: (u64, Instant),
    writing: Option<tokio::task::JoinHandle<io::Result<()>>>,
    fail: FailPoints,
}

impl Snapshots {
    /// Begins at the place of the snapshot that a start used, 0 without one.
    pub(crate) fn new(folder: JournalFolder, head: Head, last: u64, fail: FailPoints) -> Self {
        Self { folder, head, last: (last, speed::now()), writing: None, fail }
    }

    /// Returns whether one is due at a place, and the one before is written.
    pub(crate) fn is_due(&self, seq: u64) -> bool {
        let (last, at) = self.last;
        let new = seq.saturating_sub(last);
        let due = new >= ENTRIES || new > 0 && at.elapsed() >= EVERY;
        due && self.writing.as_ref().is_none_or(tokio::task::JoinHandle::is_finished)
    }

    /// Takes one: everything up to the end of `range` is folded and on disk. It is written by a thread of its own.
    ///
    /// # Errors
    /// If the hub is in the middle of something.
    pub(crate) fn take(&mut self, of: Folded<'_>, range: &CompactRange) -> anyhow::Result<()> {
        self.last = (range.size(), speed::now());
        let (snapshot, disk) = (self.of(state(of)?, range), self.folder.disk());
        let fail = self.fail.clone();
        self.writing = Some(tokio::task::spawn_blocking(move || write(&*disk, &snapshot, &fail)));
        Ok(())
    }

    /// Waits for one that is being written, and takes the last one, of a journal that has ended in order.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) async fn close(self, of: Folded<'_>, range: &CompactRange) -> anyhow::Result<()> {
        let snapshot = self.of(state(of)?, range);
        if let Some(writing) = self.writing {
            // One that was not written is missed by nobody: the next one is here.
            let _ = writing.await;
        }
        Ok(write(&*self.folder.disk(), &snapshot, &self.fail)?)
    }

    fn of(&self, state: Vec<u8>, range: &CompactRange) -> Snapshot {
        let Head { id, term, .. } = self.head;
        Snapshot { id, term, range: range.clone(), hashes: Vec::new(), state }
    }
}

fn write(disk: &dyn Disk, snapshot: &Snapshot, fail: &FailPoints) -> io::Result<()> {
    snapshot::write_noting(disk, snapshot, || fail.pass("in_snapshot"))?;
    snapshot::prune(disk, KEPT)
}

/// What a start knows from its journal.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) hub: Hub<Engine>,
    /// The place of the snapshot that was used.
    pub(crate) snapshot: Option<u64>,
    /// Entries that were folded behind it.
    pub(crate) folded: u64,
    /// Snapshots that were not used, newest first, each with its reason.
    pub(crate) passed_over: Vec<String>,
}

impl Restored {
    /// Says what the start was made from.
    pub(crate) fn tell(&self, screen: &Screen, now: TsNanos) {
        let Self { snapshot, folded, passed_over, .. } = self;
        if snapshot.is_none() && *folded == 0 {
            return;
        }
        let from = snapshot.map_or_else(
            || "no snapshot could be used".to_owned(),
            |seq| format!("a snapshot of {}", show::count(seq)),
        );
        let mut words = format!("journal     {from}, {} entries folded", show::count(*folded));
        for why in passed_over {
            words.push_str("\n            passed over: ");
            words.push_str(why);
        }
        let fields = json!({ "snapshot": snapshot, "folded": folded, "passed_over": passed_over });
        screen.say("restored", now, fields, words);
    }
}

/// What a start folds into, and what it is made from.
pub(crate) struct Wanted<'a> {
    pub(crate) folder: &'a JournalFolder,
    pub(crate) config: &'a HubConfig,
    pub(crate) screen: &'a mut Screen,
    pub(crate) phases: &'a mut Phases,
    /// The desk of a paper account, where one is traded.
    pub(crate) paper: Option<&'a mut Paper>,
}

/// Folds the journal: from the newest snapshot that fits, else from its first entry.
///
/// # Errors
/// If an entry cannot be read, or is needed and was dropped.
pub(crate) fn restore(wanted: Wanted<'_>, journal: &mut FileJournal) -> Result<Restored, Failure> {
    let Wanted { folder, config, screen, phases, mut paper } = wanted;
    let mut passed_over = Vec::new();
    let mut found = None;
    let disk = folder.disk();
    let there = snapshot::list(&*disk).with_context(|| folder.shown())?;
    for seq in there.into_iter().rev() {
        match fitting(&*disk, seq, journal, (config, paper.as_deref_mut())) {
            Ok(fits) => {
                found = Some((seq, fits));
                break;
            }
            Err(why) => passed_over.push(format!("snapshot {seq}: {why}")),
        }
    }
    let (hub, snapshot) = match found {
        Some((seq, (hub, stored))) => {
            // Both have the form of this build, or the hub's part had none.
            screen.restore_stored(&stored.screen)?;
            phases.restore_stored(&stored.phases)?;
            (hub, Some(seq.0))
        }
        None => (Hub::new(config.clone(), Engine::default()).config()?, None),
    };
    let mut restored = Restored { hub, snapshot, folded: 0, passed_over };
    fold(folder, &mut restored, (screen, phases), paper)?;
    let (last, head) = (restored.hub.last().0, journal.head().seq.0);
    if last < head {
        // The opening has read it whole: what cannot be read now is not the end.
        return Err(Failure::data(format_args!(
            "entries {} to {head} of {} could not be read: look at the disk, its cable and its controller, and start again",
            last + 1,
            folder.shown()
        )));
    }
    Ok(restored)
}

/// Reads the snapshot of a place, if it is this journal's and this build's.
///
/// # Errors
/// In words, if it cannot be used.
fn fitting(
    disk: &dyn Disk,
    seq: Seq,
    journal: &mut FileJournal,
    (config, paper): (&HubConfig, Option<&mut Paper>),
) -> Result<(Hub<Engine>, Stored), String> {
    let head = journal.head();
    if seq > head.seq {
        return Err(format!("the journal ends at {} before it", head.seq));
    }
    let snapshot = snapshot::read(disk, seq).map_err(|error| error.to_string())?;
    if snapshot.id != head.id {
        return Err("it is of another journal, or of one that was copied since".to_owned());
    }
    let root = journal.root_at(seq).map_err(|error| error.to_string())?;
    if root != snapshot.range.root() {
        return Err("the journal's entries up to there are not those it was taken of".to_owned());
    }
    let stored: Stored = postcard::from_bytes(&snapshot.state)
        .map_err(|_| "it is not a run's, or of another build".to_owned())?;
    if stored.build != build() {
        return Err(format!("it is of another build, {}", stored.build));
    }
    let hub = Hub::of_snapshot(config.clone(), &stored.hub).map_err(|error| error.to_string())?;
    if hub.last().0 != seq.0 {
        return Err(format!("it holds the state of entry {}", hub.last().0));
    }
    match (paper, &stored.paper) {
        (Some(paper), Some(stored)) => {
            paper.restore_stored(stored).map_err(|error| error.to_string())?;
        }
        (None, None) => {}
        (Some(_), None) => return Err("it holds no paper account, and paper is traded".to_owned()),
        (None, Some(_)) => return Err("it holds a paper account, and none is traded".to_owned()),
    }
    Ok((hub, stored))
}

/// Folds what follows.
fn fold(
    folder: &JournalFolder,
    restored: &mut Restored,
    (screen, phases): (&mut Screen, &mut Phases),
    mut paper: Option<&mut Paper>,
) -> Result<(), Failure> {
    let hub = &mut restored.hub;
    let mut reader = folder.read(Seq(hub.last().0 + 1))?;
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        match item {
            Item::Entry(entry) if entry.kind >= KIND_OWN_MIN => hub.restore_own(),
            Item::Entry(stored) => {
                let entry = Entry::decode(stored.payload);
                let entry =
                    entry.with_context(|| format!("entry {} of {}", stored.seq.0, folder.shown()));
                let entry = entry.data()?;
                hub.restore(&entry);
                if let Some(paper) = &mut paper {
                    paper.on_entry(&entry).data()?;
                }
                phases.on_entry(entry.ts);
                if let Some(trade) = screen.restore(&entry) {
                    phases.on_trade(&trade);
                }
            }
            Item::Dropped { first, last } => {
                return Err(Failure::data(format_args!(
                    "entries {} to {} of {} were dropped by retention, and no snapshot behind them can be used: a run needs all \
                     of them",
                    first.0,
                    last.0,
                    folder.shown()
                )));
            }
        }
        restored.folded += 1;
    }
    Ok(())
}

/// Folds the whole journal beside what was restored and says whether both are the same, for tests.
///
/// # Errors
/// If they are not, or the journal cannot be folded.
pub(crate) fn hold_against_the_whole(
    folder: &JournalFolder,
    config: &HubConfig,
    restored: Folded<'_>,
) -> Result<(), Failure> {
    let hub = Hub::new(config.clone(), Engine::default()).config()?;
    let mut whole = Restored { hub, snapshot: None, folded: 0, passed_over: Vec::new() };
    let (mut screen, mut phases) = (restored.screen.anew(), restored.phases.anew());
    let mut paper = restored.paper.map(Paper::anew);
    fold(folder, &mut whole, (&mut screen, &mut phases), paper.as_mut())?;
    let whole = Folded { hub: &whole.hub, screen: &screen, phases: &phases, paper: paper.as_ref() };
    if state(whole)? != state(restored)? {
        return Err(Failure::data(
            "a snapshot and what follows give another state than the journal",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
