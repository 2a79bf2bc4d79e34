//! [`Store`]: the journal on a disk that loses, tears and fills up, written as the runtime's pen writes it.

use std::collections::{BTreeMap, VecDeque};
use std::hash::Hasher as _;
use std::sync::Arc;

use engine::State;
use hub::system::Hub;
use journal::disk::{Disk, Fault, Image, TestDisk, Times};
use journal::keys::KeyStore;
use journal::{
    Adopt, AppendError, Draft, FileJournal, Item, Journal as _, KIND_OWN_MIN, OpenError, Options,
    Reader,
};
use types::defects::{Defect, planted};
use types::entry::{Entry, SCHEMA};
use types::ids::JournalId;

use super::aim::Medium;
use super::decoded::Decoded;
use super::dice::Dice;
use super::second::Lengths;

/// Small segments, so that a day rotates some times.
const SEGMENT_BYTES: u64 = 1 << 20;
/// The last few records have so many bytes.
const TAIL_BYTES: u64 = 300;
/// What a disk writes whole, or elsewhere.
const SECTOR: usize = 512;

/// How a process ended, as its disk sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Death {
    /// The process alone.
    Killed,
    /// The machine.
    PowerCut,
}

/// What became of a commit.
#[derive(Debug)]
pub(super) enum Committed {
    /// All up to this place are on disk.
    Durable(u64),
    /// There is no room; it is kept.
    Full,
    /// The writer can not go on.
    Failed(String),
}

/// What an opening found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// It says that a tail was cut off, or that the journal is not what it was.
    pub(super) cut: bool,
    /// The first entry that was on disk once and is not there as it was.
    pub(super) lost: Option<u64>,
}

/// An entry that is not known to be on disk.
#[derive(Debug)]
struct Pending {
    seq: u64,
    kind: u16,
    bytes: Vec<u8>,
}

impl Pending {
    fn of(entry: &Entry) -> Self {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        Self { seq: entry.seq.0, kind: kind_of(entry), bytes }
    }

    fn draft(&self) -> Draft<'_> {
        let schema = u16::try_from(SCHEMA).expect("versions are small numbers");
        Draft { kind: self.kind, schema, payload: &self.bytes }
    }
}

/// A journal that somebody has open, with what is not written yet.
pub(super) struct Pen {
    journal: Option<FileJournal>,
    pending: VecDeque<Pending>,
    term: Option<SegmentTerm>,
}

/// The first part of a segment's name: the term, in digits of one width.
type SegmentTerm = String;

impl Pen {
    /// Takes an entry to be written.
    pub(super) fn append(&mut self, entry: &Entry) {
        self.pending.push_back(Pending::of(entry));
    }

    /// Writes what waits; says whether there was anything.
    pub(super) fn write(&mut self) -> Result<bool, String> {
        let Some(first) = self.pending.front() else { return Ok(false) };
        let before = journal::Seq(first.seq - 1);
        let drafts: Vec<Draft<'_>> = self.pending.iter().map(Pending::draft).collect();
        let journal = self.journal.as_mut().ok_or("there is no journal")?;
        journal.append(before, &drafts).map(|_| true).map_err(|error| error.to_string())
    }
}

/// Returns the hubs that do not know the entry of a place.
fn behind(hubs: &mut [Hub<State>], seq: u64) -> impl Iterator<Item = &mut Hub<State>> {
    hubs.iter_mut().filter(move |hub| hub.last().0 < seq)
}

/// Returns a digest that tells entries apart; nobody forges them here.
fn digest_of(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn kind_of(entry: &Entry) -> u16 {
    u16::try_from(entry.body.kind()).expect("kinds are small numbers")
}

/// Returns an error with its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The journal and its disk.
#[derive(Debug)]
pub(super) struct Store {
    disk: TestDisk,
    /// Where the keys are.
    outside: TestDisk,
    id: JournalId,
    /// What the journal's key is made of: it lies in its files, and damage to them is told by their bytes.
    key: [u8; 32],
    journal: Option<FileJournal>,
    pending: VecDeque<Pending>,
    /// How many of them are in the commit that is under way.
    handed: usize,
    full: bool,
    /// A digest of each entry that is on disk, by place.
    durable: BTreeMap<u64, u64>,
    /// What starts have read so far.
    decoded: Decoded,
    /// What lay on the disks before something on them was damaged: a copy of them.
    copy: Option<(Image, Image)>,
    dice: Dice,
    /// How often it was opened.
    openings: u64,
    /// An operation of the disk that is to go wrong.
    aim: Option<(Medium, u64, Fault, Times)>,
}

impl Store {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "store", 0);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&dice.word().to_le_bytes());
        id[8..].copy_from_slice(&dice.word().to_le_bytes());
        let mut keys = Dice::new(seed, "key", 0);
        let mut key = [0; 32];
        key.chunks_mut(8).for_each(|part| part.copy_from_slice(&keys.word().to_le_bytes()));
        Self {
            disk: TestDisk::new(dice.word()),
            outside: TestDisk::new(dice.word()),
            id: JournalId(id),
            key,
            journal: None,
            pending: VecDeque::new(),
            handed: 0,
            full: false,
            durable: BTreeMap::new(),
            decoded: Decoded::default(),
            copy: None,
            dice,
            openings: 0,
            aim: None,
        }
    }

    /// Returns the journal's identity.
    pub(super) const fn id(&self) -> JournalId {
        self.id
    }

    /// Returns the disk, to be read.
    pub(super) fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(self.disk.clone())
    }

    /// Takes the pen, adopts what a hub without a journal wrote elsewhere, and folds what is stored into hubs, into each what it
    /// does not know; says what it found.
    ///
    /// # Errors
    /// In words: damage, entries that do not fit, or what the disk says.
    pub(super) fn open(
        &mut self,
        hubs: &mut [Hub<State>],
        elsewhere: &[Entry],
    ) -> Result<Opened, String> {
        self.pending.clear();
        (self.handed, self.full) = (0, false);
        if self.is_struck() {
            self.copy();
        }
        let options = Options {
            segment_bytes: SEGMENT_BYTES,
            sync: !planted(Defect::SyncSkipped),
            fork_id: Some(self.fork_id()),
            ..Options::default()
        };
        let outside: Arc<dyn Disk> = Arc::new(self.outside.clone());
        outside.make_dir("").map_err(|error| error.to_string())?;
        let keys = || {
            let opened = KeyStore::open_simulated(Arc::clone(&outside), "keys", &self.key);
            opened.map_err(|error| error.to_string())
        };
        let kept: Vec<Pending> = elsewhere.iter().map(Pending::of).collect();
        let drafts: Vec<Draft<'_>> = kept.iter().map(Pending::draft).collect();
        let first = journal::Seq(kept.first().map_or(1, |first| first.seq));
        let adopt = Adopt { first, entries: &drafts };
        let journal = match FileJournal::open_adopting(self.disk(), keys()?, options, &adopt) {
            Err(OpenError::NoJournal) if kept.is_empty() => {
                let id = journal::JournalId(self.id.0);
                FileJournal::create(self.disk(), keys()?, id, options)
            }
            opened => opened,
        };
        let journal = journal.map_err(|error| in_words(&error))?;
        let opening = journal.opening();
        let cut = opening.cut.is_some() || opening.forked.is_some();
        let head = journal.head().seq;
        self.journal = Some(journal);
        let forgotten = if planted(Defect::TailForgotten) { self.last_entry()? } else { None };
        let mut whole = self.durable.iter().peekable();
        let mut lost = None;
        let mut reader =
            Reader::open(self.disk(), journal::Seq(1)).map_err(|error| error.to_string())?;
        while let Some(item) = reader.next().map_err(|error| error.to_string())? {
            let stored = match item {
                Item::Entry(stored) => stored,
                Item::Dropped { first, .. } => return Err(format!("entry {first} was dropped")),
            };
            let (place, digest) = (stored.seq.0, digest_of(stored.payload));
            if let Some((seq, wanted)) = whole.next_if(|(seq, _)| **seq <= place)
                && (*seq, *wanted) != (place, digest)
            {
                lost = lost.or(Some(*seq));
            }
            if stored.kind >= KIND_OWN_MIN || forgotten == Some(stored.seq) {
                behind(hubs, place).for_each(Hub::restore_own);
                continue;
            }
            let entry = self.decoded.entry((place, digest), stored.payload)?;
            behind(hubs, place).for_each(|hub| hub.restore(entry));
        }
        if reader.committed() < head {
            return Err(format!(
                "the disk failed: read up to {}, wanted {head}",
                reader.committed()
            ));
        }
        let lost = lost.or(whole.next().map(|(seq, _)| *seq));
        Ok(Opened { cut, lost })
    }

    /// Returns the name that the journal gets if it is not what it was when it was closed: another one each time.
    fn fork_id(&mut self) -> journal::JournalId {
        self.openings += 1;
        let mut id = [0xF0; 16];
        id[..8].copy_from_slice(&self.openings.to_le_bytes());
        journal::JournalId(id)
    }

    /// Returns the last entry that is a hub's.
    fn last_entry(&self) -> Result<Option<journal::Seq>, String> {
        let mut last = None;
        let mut reader =
            Reader::open(self.disk(), journal::Seq(1)).map_err(|error| error.to_string())?;
        while let Some(item) = reader.next().map_err(|error| error.to_string())? {
            if let Item::Entry(entry) = item
                && entry.kind < KIND_OWN_MIN
            {
                last = Some(entry.seq);
            }
        }
        Ok(last)
    }

    /// Takes an entry, encoded; it is written with the next commit.
    pub(super) fn append(&mut self, entry: &Entry, bytes: Vec<u8>) {
        self.pending.push_back(Pending { seq: entry.seq.0, kind: kind_of(entry), bytes });
    }

    /// Begins a commit of all that waits, if none is under way; says whether it did.
    pub(super) fn begin_commit(&mut self) -> bool {
        if self.handed > 0 || self.full || self.pending.is_empty() || self.journal.is_none() {
            return false;
        }
        self.handed = self.pending.len();
        true
    }

    /// Ends the commit that is under way.
    pub(super) fn commit(&mut self) -> Committed {
        let done = self.write();
        match done {
            Ok(seq) => {
                let written = self.pending.drain(..self.handed);
                let digests = written.map(|entry| (entry.seq, digest_of(&entry.bytes)));
                self.durable.extend(digests);
                self.handed = 0;
                Committed::Durable(seq)
            }
            Err(AppendError::Full(_)) => {
                (self.handed, self.full) = (0, true);
                Committed::Full
            }
            Err(error) => {
                self.journal = None;
                self.handed = 0;
                Committed::Failed(error.to_string())
            }
        }
    }

    fn write(&mut self) -> Result<u64, AppendError> {
        let journal = self.journal.as_mut().expect("a commit is under way");
        let drafts: Vec<Draft<'_>> =
            self.pending.range(..self.handed).map(Pending::draft).collect();
        let before = self.pending[0].seq - 1;
        Ok(journal.append(journal::Seq(before), &drafts)?.seq.0)
    }

    /// Returns the entries behind a place that wait to be written.
    pub(super) fn unwritten(&self, behind: u64) -> Vec<Entry> {
        let waits = self.pending.iter().filter(|pending| pending.seq > behind);
        let decode =
            |pending: &Pending| Entry::decode(&pending.bytes).expect("it was encoded here");
        waits.map(decode).collect()
    }

    /// Returns how many bytes wait to be written.
    pub(super) fn waiting(&self) -> u64 {
        self.pending.iter().map(|entry| entry.bytes.len() as u64).sum()
    }

    /// Tries again what did not fit.
    pub(super) const fn try_again(&mut self) {
        self.full = false;
    }

    /// The process ends: what was under way is on disk, or not, or torn.
    pub(super) fn die(&mut self, death: Death) {
        let under_way = self.handed > 0 && self.journal.is_some();
        let mut crashes = death == Death::PowerCut;
        match (under_way, self.dice.below(3)) {
            (true, 0) => {
                // Whole, and nobody was told.
                let _ = self.write();
            }
            (true, 1) => {
                let operation = self.disk.operations() + 1 + self.dice.below(3);
                self.disk.fail_at(operation, Fault::PowerCut, Times::Once);
                let _ = self.write();
                self.disk.heal();
                self.plan_aim();
                crashes = true;
            }
            (true | false, _) => {}
        }
        self.journal = None;
        self.pending.clear();
        (self.handed, self.full) = (0, false);
        if crashes {
            self.disk.crash(self.dice.word());
            self.outside.crash(self.dice.word());
        }
    }

    /// Puts the pen down without closing the journal: who has it sleeps. Its lock is freed, as whoever takes over does.
    pub(super) fn put_down(&mut self) -> Pen {
        let pending = std::mem::take(&mut self.pending);
        (self.handed, self.full) = (0, false);
        let pen = Pen { journal: self.journal.take(), pending, term: self.term() };
        self.disk.remove("lock").expect("a journal that is open has a lock");
        pen
    }

    /// Returns whether somebody has begun a later term than that of a pen.
    pub(super) fn is_behind(&self, pen: &Pen) -> bool {
        self.term() != pen.term
    }

    fn term(&self) -> Option<SegmentTerm> {
        let files = self.disk.files();
        let names = files.iter().filter_map(|path| path.strip_prefix("segments/"));
        names
            .filter(|name| name.ends_with(".seg"))
            .filter_map(|name| name.split('-').next())
            .max()
            .map(str::to_owned)
    }

    /// Returns the length of each file of the journal.
    pub(super) fn lengths(&self) -> Lengths {
        let files = self.disk.files().into_iter();
        let length = |path: String| {
            let bytes = self.disk.read_file(&path).map_or(0, |bytes| bytes.len());
            (path, bytes)
        };
        files.filter(|path| path.starts_with("segments/")).map(length).collect()
    }

    /// Leaves the disk no room, or gives it room.
    pub(super) fn set_full(&mut self, full: bool) {
        if full {
            let next = self.disk.operations() + 1;
            self.disk.fail_at(next, Fault::NoSpace, Times::Always);
        } else {
            self.disk.heal();
        }
    }

    /// Lets the next sync fail.
    pub(super) fn fail_sync(&mut self) {
        let next = self.disk.operations() + 2;
        self.disk.fail_at(next, Fault::InputOutput, Times::Once);
    }

    /// Lets an operation of the next opening fail.
    pub(super) fn fail_opening(&mut self, operation: u64) {
        let next = self.disk.operations() + operation;
        self.disk.fail_at(next, Fault::InputOutput, Times::Once);
    }

    /// Flips bits of the journal's files, anywhere in them, and keeps a copy of what was there.
    pub(super) fn flip_bits(&mut self, bits: u8) {
        self.copy();
        for _ in 0..bits {
            let Some((path, bytes)) = self.any_file() else { return };
            let bit = self.dice.below(bytes.len() as u64 * 8);
            let tail = self.dice.chance(300_000).then(|| self.tail()).flatten();
            let (path, bit) = tail.unwrap_or((path, bit));
            self.disk.flip_bit(&path, bit).expect("it has such a bit");
        }
    }

    /// Returns a bit of the last few records.
    fn tail(&mut self) -> Option<(String, u64)> {
        let files = self.disk.files();
        let last = files.iter().rfind(|path| path.starts_with("segments/"))?;
        let bytes = self.disk.read_file(last).expect("it is there");
        let end = bytes.iter().rposition(|byte| *byte != 0)? as u64;
        Some((last.clone(), (end - self.dice.below(end.min(TAIL_BYTES))) * 8))
    }

    /// A sector of a file is written to another place of a file, and a copy kept of what was there.
    pub(super) fn write_astray(&mut self) {
        self.copy();
        let (Some((_, from)), Some((path, mut to))) = (self.any_file(), self.any_file()) else {
            return;
        };
        let (source, target) = (self.sector(&from), self.sector(&to));
        let length = SECTOR.min(from.len() - source).min(to.len() - target);
        to[target..target + length].copy_from_slice(&from[source..source + length]);
        self.disk.write_file(&path, &to).expect("it is there");
    }

    fn copy(&mut self) {
        if self.copy.is_none() {
            self.copy = Some((self.disk.image(), self.outside.image()));
        }
    }

    /// Returns one of the journal's segments that holds something.
    fn any_file(&mut self) -> Option<(String, Vec<u8>)> {
        let mut files = self.disk.files();
        files.retain(|path| path.starts_with("segments/"));
        if files.is_empty() {
            return None;
        }
        let path = self.dice.one_of(&files).clone();
        let bytes = self.disk.read_file(&path).expect("it is there");
        Some((path, bytes))
    }

    fn sector(&mut self, bytes: &[u8]) -> usize {
        let sectors = bytes.len().div_ceil(SECTOR) as u64;
        usize::try_from(self.dice.below(sectors)).unwrap_or(0) * SECTOR
    }

    /// Returns whether a write went wrong that said it went well, since the last opening that was whole.
    pub(super) fn is_struck(&self) -> bool {
        self.disk.is_damaged() || self.outside.is_damaged()
    }

    /// Returns whether words name a file that is not one of the segments.
    pub(super) fn names_other_file(&self, words: &str) -> bool {
        let files = self.disk.files().into_iter().chain(self.outside.files());
        let others = files.filter(|path| !path.starts_with("segments/"));
        others.into_iter().any(|path| words.contains(&path))
    }

    /// Returns whether something on the disk was damaged since the last opening that was whole.
    pub(super) const fn is_damaged(&self) -> bool {
        self.copy.is_some()
    }

    /// What was damaged did not matter; it is put right where it lies.
    pub(super) fn is_whole(&mut self) {
        self.copy = None;
        self.disk.mend();
        self.outside.mend();
    }

    /// Somebody puts the copy in the place of what was damaged.
    pub(super) fn repair(&mut self) {
        self.journal = None;
        if let Some((disk, outside)) = self.copy.take() {
            self.disk.restore(&disk);
            self.outside.restore(&outside);
            self.disk.mend();
            self.outside.mend();
        }
    }

    /// Lets an operation of a disk go wrong, or each from that one on.
    pub(super) fn aim(&mut self, of: Medium, operation: u64, fault: Fault, times: Times) {
        self.aim = Some((of, operation, fault, times));
        self.plan_aim();
    }

    const fn medium(&self, of: Medium) -> &TestDisk {
        match of {
            Medium::Journal => &self.disk,
            Medium::Keys => &self.outside,
        }
    }

    /// Plans what the aim has left to do.
    fn plan_aim(&self) {
        let Some((of, operation, fault, times)) = self.aim else { return };
        if times == Times::Always || self.struck().is_none() {
            self.medium(of).fail_at(operation, fault, times);
        }
    }

    /// Returns the operation that the aim struck first.
    pub(super) fn struck(&self) -> Option<u64> {
        let (of, operation, ..) = self.aim?;
        self.medium(of).first_struck().filter(|struck| *struck >= operation)
    }

    /// Returns whether the machine has lost its power.
    pub(super) fn is_off(&self) -> bool {
        self.disk.is_off() || self.outside.is_off()
    }

    /// Takes back what was to go wrong.
    pub(super) fn heal(&mut self) {
        self.disk.heal();
        self.outside.heal();
    }

    /// Ends cleanly.
    pub(super) fn close(&mut self) -> Result<(), String> {
        while self.begin_commit() {
            if let Committed::Failed(why) = self.commit() {
                return Err(why);
            }
        }
        match self.journal.take() {
            Some(journal) => journal.close().map(drop).map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_on_disk_follows_from_the_seed() {
        let files = |seed| -> BTreeMap<String, Vec<u8>> {
            let mut store = Store::new(seed);
            store.open(&mut [], &[]).unwrap();
            store.close().unwrap();
            let disk = &store.disk;
            disk.files()
                .into_iter()
                .map(|path| (path.clone(), disk.read_file(&path).unwrap()))
                .collect()
        };
        let one = files(1);
        assert!(one.keys().any(|path| path.starts_with("segments/")), "{:?}", one.keys());
        assert_eq!(one, files(1));
        assert_ne!(one, files(2));
    }
}
