//! Makes a journal, or opens one: recovers, seals the term before, begins the next.

use std::io;
use std::sync::Arc;

use super::adopt::{Adopt, AdoptError};
use super::beside::sign;
use super::file::{FileJournal, State};
use super::segment::{Segment, WriteError};
use super::stage::{Stage, check_drafts};
use crate::cache::TreeCache;
use crate::disk::{Access, Disk, DiskFile, LOOKS_MAX, unsteady};
use crate::format::{
    Commit, Cut, CutReason, Forked, HEADER_BYTES, Header, Own, Seal, SegmentName, leaf_data,
    put_checkpoint, put_commit, put_entry, put_seal,
};
use crate::heads::{self, Heads, Seen};
use crate::keys::{KeyError, KeyStore};
use crate::note::VerifyingKey;
use crate::recovery::{
    Damage, RecoverError, Recovered, Torn, Wrong, header_of, recover, segment_names,
};
use crate::snapshot;
use crate::tree::{CompactRange, EMPTY_ROOT, leaf_hash};
use crate::window::as_u64;
use crate::words::{Draft, Head, JournalId, Seq, Term};

/// How a journal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a commit waits until it is on disk. Without it, which is meant for backtests, only the close does.
    pub sync: bool,
    /// Room reserved for a segment, in bytes. A commit larger than that has a segment of its own.
    pub segment_bytes: u64,
    /// A checkpoint is written at the latest after so many entries.
    pub checkpoint_every: u64,
    /// The name to go on under if the journal turns out forked; drawn from the system if `None`.
    pub fork_id: Option<JournalId>,
}

impl Default for Options {
    fn default() -> Options {
        Options { sync: true, segment_bytes: 64 << 20, checkpoint_every: 65_536, fork_id: None }
    }
}

/// What was found when the journal was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// A torn tail was cut off; nothing in it had been acknowledged. It is an entry now.
    pub cut: Option<Cut>,
    /// The journal was copied, restored or cut and has a new name. It is an entry now. Reconcile before acting.
    pub forked: Option<Forked>,
}

/// Why a journal could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There are segments already.
    #[error("there is a journal in the folder: open it, or choose another folder")]
    Exists,
    /// There are no segments.
    #[error("there is no journal in the folder")]
    NoJournal,
    /// Something that was on disk does not hold. Nothing was written.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The key store has another key than the journal is signed with, or cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Entries that were kept elsewhere do not fit. Nothing was written.
    #[error("entries kept elsewhere do not fit to the journal")]
    Adopt(#[from] AdoptError),
    /// The disk failed, or is full.
    #[error("the disk failed at {0}")]
    Disk(&'static str, #[source] io::Error),
}

fn disk(operation: &'static str) -> impl FnOnce(io::Error) -> OpenError {
    move |error| OpenError::Disk(operation, error)
}

impl From<RecoverError> for OpenError {
    fn from(error: RecoverError) -> OpenError {
        match error {
            RecoverError::NoJournal => OpenError::NoJournal,
            RecoverError::Damage(damage) => OpenError::Damage(damage),
            RecoverError::Disk(error) => OpenError::Disk("reading", error),
        }
    }
}

impl From<WriteError> for OpenError {
    fn from(error: WriteError) -> OpenError {
        match error {
            WriteError::Full(error) => OpenError::Disk("reserving room", error),
            WriteError::Failed(operation, error) => OpenError::Disk(operation, error),
        }
    }
}

impl FileJournal {
    /// Makes a journal in a folder without one. Beside the keys is noted, from now on, where it ends.
    ///
    /// # Errors
    /// [`OpenError::Exists`] if there is one; what disk and keys say.
    pub fn create(
        folder: Arc<dyn Disk>,
        keys: KeyStore,
        id: JournalId,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        folder.make_dir("segments").map_err(disk("making the folder"))?;
        let lock = lock(&*folder)?;
        match segment_names(&*folder) {
            Ok((names, _)) if names.is_empty() => {}
            Ok(_) => return Err(OpenError::Exists),
            Err(error) => return Err(error.into()),
        }
        clear(&*folder)?;
        let head = Head { id, term: Term::FIRST, seq: Seq::NONE, root: EMPTY_ROOT };
        let cache = open_cache(&folder, &[], &head)?;
        begin(
            Begin { folder, cache, lock, keys, options, tree: CompactRange::new(), head },
            &[],
            None,
            None,
        )
    }

    /// Opens a journal for writing: recovers, ends the term before and begins the next one.
    ///
    /// # Errors
    /// [`OpenError::NoJournal`] if there is none; [`OpenError::Damage`] with its place; what disk and keys say.
    pub fn open(
        folder: Arc<dyn Disk>,
        keys: KeyStore,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        FileJournal::open_adopting(folder, keys, options, &Adopt::NOTHING)
    }

    /// As [`FileJournal::open`], and takes in what the writer before kept elsewhere when its disk had failed: it is on disk
    /// when this returns. Saying it again changes nothing, so a stop in between does no harm.
    ///
    /// # Errors
    /// As there, and [`OpenError::Adopt`].
    pub fn open_adopting(
        folder: Arc<dyn Disk>,
        mut keys: KeyStore,
        options: Options,
        adopt: &Adopt<'_>,
    ) -> Result<FileJournal, OpenError> {
        // Without segments there is nothing to lock.
        let _ = segment_names(&*folder)?;
        let lock = lock(&*folder)?;
        clear(&*folder)?;
        let (names, _) = segment_names(&*folder)?;
        let last = *names.last().ok_or(OpenError::NoJournal)?;
        let file = folder.open(&last.path(), Access::Read).map_err(disk("reading"))?;
        let id = header_of(&*file, last)?.id;
        let seen = heads::read(&**keys.disk(), id).map_err(disk("reading the heads"))?;
        let found = find_end(&*folder, &names, seen.map(|seen| seen.head.seq))?;
        let place = folder.identity().map_err(disk("looking at the folder"))?;
        let forked =
            !seen.is_some_and(|seen| seen.place == place && found.watched == Some(seen.head.root));
        let adopted = adopt.missing(&folder, found.committed.seq, forked)?;
        let torn = found.torn.is_some() || found.sealed.is_some_and(|seal| seal.cut_bytes > 0);
        if torn && check_drafts(adopted).is_err() {
            return Err(AdoptError::TooMany.into());
        }
        if !forked {
            settle(&mut keys, &found)?;
        }
        let seal = end_term(&*folder, &found)?;
        let id = match (forked, options.fork_id) {
            (false, _) => found.id,
            (true, Some(id)) => id,
            (true, None) => draw_id()?,
        };
        let cut = cut_of(found.segment, &seal);
        let forked = forked.then_some(Forked { from: found.id, seq: found.committed.seq, id });
        let tree = found.committed.tree;
        let seq = found.committed.seq;
        let head = Head { id, term: found.term.next(), seq, root: tree.root() };
        let cache = open_cache(&folder, &names, &head)?;
        let begin_with = Begin { folder, cache, lock, keys, options, tree, head };
        begin(begin_with, adopted, cut, forked)
    }
}

/// What a look at the journal's end says that one look is not believed.
#[derive(PartialEq)]
enum Amiss {
    Torn(Seq, Torn),
    Damage(Damage),
}

/// Finds the journal's end. What is torn, or damaged, has to be so at two looks in a row: a read that was wrong cuts nothing off.
fn find_end(
    folder: &dyn Disk,
    names: &[SegmentName],
    seen: Option<Seq>,
) -> Result<Recovered, OpenError> {
    let mut before = None;
    for looks in 0..LOOKS_MAX {
        let found = look_for_end(folder, names, seen, looks > 0);
        let amiss = match &found {
            Ok(Recovered { torn: Some(torn), committed, .. }) => Amiss::Torn(committed.seq, *torn),
            Err(OpenError::Damage(damage)) => Amiss::Damage(damage.clone()),
            Ok(_) | Err(_) => return found,
        };
        if before.as_ref() == Some(&amiss) {
            return found;
        }
        before = Some(amiss);
    }
    Err(OpenError::Disk("reading", unsteady()))
}

/// Looks for the end from the newest snapshot that the heads file has seen, or else from the first entry.
fn look_for_end(
    folder: &dyn Disk,
    names: &[SegmentName],
    seen: Option<Seq>,
    again: bool,
) -> Result<Recovered, OpenError> {
    let snapshot = match seen {
        Some(seen) => snapshot::newest(folder, seen).map_err(disk("reading snapshots"))?.snapshot,
        None => None,
    };
    if let Some(snapshot) = snapshot {
        let start = snapshot.seq();
        match recover(folder, names, Some(snapshot.range), seen, again) {
            Ok(found) if found.committed.seq >= start => return Ok(found),
            // A snapshot is derived: what it contradicts, or seems to, is looked at from the first entry on.
            Ok(_) | Err(RecoverError::Damage(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(recover(folder, names, None, seen, again)?)
}

/// Makes the hashes for proofs of all segments there are, before a new one begins.
fn open_cache(
    folder: &Arc<dyn Disk>,
    names: &[SegmentName],
    head: &Head,
) -> Result<TreeCache, OpenError> {
    let opened = TreeCache::open(folder, names, head.seq, head.root);
    let synced = opened.and_then(|mut cache| cache.sync().map(|()| cache));
    synced.map_err(disk("making the hashes for proofs"))
}

/// Finishes a rotation of the key that a stop interrupted.
fn settle(keys: &mut KeyStore, found: &Recovered) -> Result<(), OpenError> {
    let wrong = Wrong::Follows("public key");
    let in_force = VerifyingKey::from_bytes(&found.key).map_err(|_| Damage {
        file: found.segment.path(),
        offset: 0,
        seq: found.segment.first,
        wrong,
    })?;
    Ok(keys.settle(&in_force)?)
}

fn draw_id() -> Result<JournalId, OpenError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)
        .map_err(|error| OpenError::Disk("drawing a name", io::Error::other(error)))?;
    Ok(JournalId(id))
}

/// Opens the lock file, makes it if it is absent, and takes the lock.
fn lock(folder: &dyn Disk) -> Result<Box<dyn DiskFile>, OpenError> {
    let opened = match folder.open("lock", Access::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match folder.create("lock") {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder.open("lock", Access::Write)
            }
            created => created,
        },
        opened => opened,
    };
    let file = opened.map_err(disk("opening the lock"))?;
    file.lock().map_err(disk("taking the lock"))?;
    Ok(file)
}

/// Removes what was being made when a writer stopped.
fn clear(folder: &dyn Disk) -> Result<(), OpenError> {
    let (_, unmade) = segment_names(folder)?;
    unmade
        .iter()
        .try_for_each(|path| folder.remove(path))
        .map_err(disk("removing an unmade segment"))?;
    snapshot::clear(folder).map_err(disk("removing an unfinished snapshot"))
}

/// Makes all that was found durable, seals it if nobody did, and cuts off what is torn.
fn end_term(folder: &dyn Disk, found: &Recovered) -> Result<Seal, OpenError> {
    let committed = &found.committed;
    let mut segment =
        Segment::open(folder, found.segment, committed.end).map_err(disk("opening a segment"))?;
    let rewritten = segment.rewrite(committed.durable_offset);
    rewritten.map_err(disk("writing the tail again"))?;
    let seal = found.sealed.unwrap_or(Seal {
        term: found.term,
        seq: committed.seq,
        offset: committed.end,
        cut_bytes: found.torn.map_or(0, |torn| torn.bytes),
        cut_reason: found.torn.map_or(0, |torn| torn.reason.number()),
        root: committed.tree.root(),
        id: found.id,
    });
    if found.sealed.is_none() {
        let mut record = Vec::new();
        put_seal(&mut record, &seal);
        segment.write(&record)?;
        segment.advance(record.len(), false);
    }
    // The seal says what is cut off: it is on disk before that is gone.
    segment.sync()?;
    segment.trim()?;
    segment.sync()?;
    folder.sync_dir("segments").map_err(disk("fsync of the folder"))?;
    Ok(seal)
}

/// Returns the entry that a seal over a torn tail asks for.
fn cut_of(segment: SegmentName, seal: &Seal) -> Option<Cut> {
    (seal.cut_bytes > 0).then(|| Cut {
        term: segment.term,
        first: segment.first,
        from_offset: seal.offset,
        bytes: seal.cut_bytes,
        last: seal.seq,
        reason: CutReason::of_number(seal.cut_reason).unwrap_or(CutReason::Torn),
    })
}

/// All that a term begins with.
struct Begin {
    folder: Arc<dyn Disk>,
    cache: TreeCache,
    lock: Box<dyn DiskFile>,
    keys: KeyStore,
    options: Options,
    tree: CompactRange,
    head: Head,
}

/// Bytes of adopted entries behind which a commit is written: a reader holds one commit in memory.
const ADOPTED_BYTES: usize = 16 << 20;

/// Begins a term: its first segment holds what was adopted, then what the journal itself has to say.
fn begin(
    with: Begin,
    adopted: &[Draft<'_>],
    cut: Option<Cut>,
    forked: Option<Forked>,
) -> Result<FileJournal, OpenError> {
    let Begin { folder, mut cache, lock, keys, options, mut tree, mut head } = with;
    let header = Header {
        thinned: false,
        id: head.id,
        term: head.term,
        first: head.seq.next(),
        previous_root: head.root,
        public_key: keys.public().to_bytes(),
    };
    let durable = head.seq;
    let mut records = Vec::new();
    let mut committed = (durable, 0);
    let commit = |records: &mut Vec<u8>, head: &Head| {
        let Head { id, term, seq, root } = *head;
        let durable_offset = as_u64(HEADER_BYTES);
        let offset = durable_offset + as_u64(records.len());
        put_commit(records, &Commit { term, seq, durable, offset, durable_offset, root, id });
    };
    let own = [cut.map(Own::Cut), forked.map(Own::Forked)].into_iter().flatten();
    let own: Vec<_> = own.map(|own| (own.kind(), own.schema(), own.payload())).collect();
    let says = !own.is_empty();
    let own =
        own.iter().map(|(kind, schema, payload)| Draft { kind: *kind, schema: *schema, payload });
    for draft in adopted.iter().copied().chain(own) {
        head.seq = head.seq.next();
        let start = records.len();
        put_entry(&mut records, head.seq, &draft);
        let leaf = leaf_hash(leaf_data(&records[start..]));
        tree.push(leaf);
        cache.append(&[leaf]);
        // What the journal itself has to say stands in the first commit.
        if !says && records.len() - committed.1 > ADOPTED_BYTES {
            head.root = tree.root();
            commit(&mut records, &head);
            committed = (head.seq, records.len());
        }
    }
    if head.seq > committed.0 {
        head.root = tree.root();
        commit(&mut records, &head);
    }
    let note = (head.seq > Seq::NONE).then(|| sign(&keys, &head));
    if let Some(note) = &note {
        put_checkpoint(&mut records, note.as_bytes());
    }
    let place = folder.identity().map_err(disk("looking at the folder"))?;
    let note_head =
        || Heads::start(keys.disk(), &Seen { head, place }).map_err(disk("noting the head"));
    // A new name is noted before there is a segment of it: one that was never noted counts as a copy.
    let new_name = head.term == Term::FIRST || forked.is_some();
    let noted = if new_name { Some(note_head()?) } else { None };
    let segment = Segment::create(&*folder, &header, &records, options.segment_bytes, true)?;
    folder.sync_dir("").map_err(disk("fsync of the folder"))?;
    let heads = match noted {
        Some(heads) => heads,
        None => note_head()?,
    };
    let mut journal = FileJournal {
        disk: folder,
        lock,
        heads,
        keys,
        place,
        options,
        opening: Opening { cut, forked },
        segment,
        head,
        cache,
        stage: Stage::default(),
        tree,
        buffer: Vec::new(),
        durable: head.seq,
        vouched: note.is_some().then_some(head.seq),
        unsynced: Vec::new(),
        state: State::Writing,
    };
    if let Some(note) = note {
        journal.publish(&note);
    }
    journal.lock.unlock().map_err(disk("releasing the lock"))?;
    Ok(journal)
}
