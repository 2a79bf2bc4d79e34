//! Records: what follows the head of a segment.

use super::bytes::{Bytes, WrongSize};
use crate::tree::Hash;
use crate::words::{Draft, Entry, JournalId, PAYLOAD_BYTES_MAX, Seq, Term};

/// Length and checksum, before each body.
pub const FRAME_BYTES: usize = 8;

/// Type, seq, kind and schema, before each payload.
const ENTRY_HEAD_BYTES: usize = 1 + 8 + 2 + 2;

/// What an entry takes beside its payload.
pub const ENTRY_FRAME_BYTES: usize = FRAME_BYTES + ENTRY_HEAD_BYTES;

/// Largest body: an entry with the largest payload.
pub const BODY_BYTES_MAX: usize = ENTRY_HEAD_BYTES + PAYLOAD_BYTES_MAX;

/// Size of a commit with its frame.
pub const COMMIT_RECORD_BYTES: usize = FRAME_BYTES + COMMIT_BODY_BYTES;

/// Size of a seal with its frame.
pub const SEAL_RECORD_BYTES: usize = FRAME_BYTES + 1 + 8 * 4 + 1 + 32 + 16;

/// Most leaves that one record holds: 2 MiB of hashes.
pub const LEAVES_MAX: usize = 1 << 16;

/// Longest checkpoint. One with a dozen witnesses has 2 KiB.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

const COMMIT_BODY_BYTES: usize = 1 + 8 * 5 + 32 + 16;

const ENTRY: u8 = 1;
const COMMIT: u8 = 2;
const CHECKPOINT: u8 = 3;
const SEAL: u8 = 4;
const LEAVES: u8 = 5;

/// What stands in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// An entry.
    Entry(Entry<'a>),
    /// The end of a commit: all before it is whole.
    Commit(Commit),
    /// A signed note about the tree at the commit before it.
    Checkpoint(&'a [u8]),
    /// The end of a term.
    Seal(Seal),
    /// Leaves of entries that retention dropped.
    Leaves(Leaves<'a>),
}

/// The end of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Term of its writer.
    pub term: Term,
    /// The last entry, and so the size of the tree.
    pub seq: Seq,
    /// The size known to be on disk when this was written.
    pub durable: Seq,
    /// Where this record begins in its file.
    pub offset: u64,
    /// The bytes of this file that were known to be on disk when this was written.
    pub durable_offset: u64,
    /// Root of the tree of size `seq`.
    pub root: Hash,
    /// Which journal it belongs to.
    pub id: JournalId,
}

/// The end of a term. Only zeros may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The term that ends.
    pub term: Term,
    /// Its last entry, and so the size of the tree.
    pub seq: Seq,
    /// Where this record begins in its file.
    pub offset: u64,
    /// How many bytes of a torn tail lay from `offset` on; 0 without one.
    pub cut_bytes: u64,
    /// Why they were torn off: a [`CutReason`](super::CutReason) as a number; 0 without a torn tail.
    pub cut_reason: u8,
    /// Root of the tree of size `seq`.
    pub root: Hash,
    /// Which journal it belongs to.
    pub id: JournalId,
}

/// Leaf hashes in place of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaves<'a> {
    /// Place of the first.
    pub first: Seq,
    /// One hash for each entry from `first` on.
    pub hashes: &'a [[u8; 32]],
}

impl Leaves<'_> {
    /// Returns the place of the last entry that they stand for.
    ///
    /// # Panics
    /// If it is beyond 2^64 - 1, which [`parse_record`] does not accept.
    #[must_use]
    pub fn last(&self) -> Seq {
        let behind =
            u64::try_from(self.hashes.len()).ok().and_then(|count| self.first.0.checked_add(count));
        Seq(behind.expect("a journal holds fewer than 2^64 entries").saturating_sub(1))
    }
}

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// A record, and its size with its frame.
    Record(Record<'a>, usize),
    /// Eight zeros: nothing was written from here on.
    End,
}

/// Bytes that are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes end inside of the record, or before its frame is whole.
    #[error("saw {saw} bytes, wanted {wanted} for the record that begins here")]
    Short {
        /// How many there are.
        saw: usize,
        /// How many the record, or its frame, has.
        wanted: usize,
    },
    /// No record has this length.
    #[error("saw a record of {0} bytes, wanted 1 to {max}", max = BODY_BYTES_MAX)]
    Length(u32),
    /// The checksum does not fit.
    #[error("saw the checksum {saw:08x}, wanted {wanted:08x}")]
    Crc {
        /// The one that stands there.
        saw: u32,
        /// The one of the bytes.
        wanted: u32,
    },
    /// There is no such record.
    #[error("saw a record of type {0}, wanted 1 to 5")]
    Type(u8),
    /// The body does not have the form of its type.
    #[error("saw a {0} record of another form than its type has")]
    Form(&'static str),
}

/// Reads what stands at the beginning of the bytes.
///
/// # Errors
/// What does not hold. [`RecordError::Short`] says how many bytes to come back with.
pub fn parse_record(bytes: &[u8]) -> Result<Parsed<'_>, RecordError> {
    let Some((frame, rest)) = bytes.split_first_chunk::<FRAME_BYTES>() else {
        return Err(RecordError::Short { saw: bytes.len(), wanted: FRAME_BYTES });
    };
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *frame;
    let (len, saw) = (u32::from_le_bytes([l0, l1, l2, l3]), u32::from_le_bytes([c0, c1, c2, c3]));
    if len == 0 && saw == 0 {
        return Ok(Parsed::End);
    }
    let size = usize::try_from(len).unwrap_or(usize::MAX);
    if size == 0 || size > BODY_BYTES_MAX {
        return Err(RecordError::Length(len));
    }
    let wanted = FRAME_BYTES + size;
    let body = rest.get(..size).ok_or(RecordError::Short { saw: bytes.len(), wanted })?;
    let sum = checksum(len, body);
    if sum != saw {
        return Err(RecordError::Crc { saw, wanted: sum });
    }
    Ok(Parsed::Record(parse_body(body)?, wanted))
}

/// Reads what [`parse_record`] has accepted before, without adding up its checksum again.
///
/// # Errors
/// As [`parse_record`], but for the checksum.
pub(crate) fn parse_checked(bytes: &[u8]) -> Result<Parsed<'_>, RecordError> {
    let short = RecordError::Short { saw: bytes.len(), wanted: FRAME_BYTES };
    let len = bytes.first_chunk().map(|len| u32::from_le_bytes(*len)).ok_or(short)?;
    let size = usize::try_from(len).map_err(|_| RecordError::Length(len))?;
    let wanted = FRAME_BYTES + size;
    let short = RecordError::Short { saw: bytes.len(), wanted };
    let body = bytes.get(FRAME_BYTES..wanted).ok_or(short)?;
    Ok(Parsed::Record(parse_body(body)?, wanted))
}

/// Over the length as it is stored, then the body.
fn checksum(len: u32, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&len.to_le_bytes()), body)
}

fn parse_body(body: &[u8]) -> Result<Record<'_>, RecordError> {
    let (kind, rest) = body.split_first().ok_or(RecordError::Length(0))?;
    let form = |what| move |_: WrongSize| RecordError::Form(what);
    match *kind {
        ENTRY => parse_entry(Bytes(rest)).map(Record::Entry).map_err(form("entry")),
        COMMIT => parse_commit(Bytes(rest)).map(Record::Commit).map_err(form("commit")),
        CHECKPOINT if rest.len() <= NOTE_BYTES_MAX => Ok(Record::Checkpoint(rest)),
        CHECKPOINT => Err(RecordError::Form("checkpoint")),
        SEAL => parse_seal(Bytes(rest)).map(Record::Seal).map_err(form("seal")),
        LEAVES => parse_leaves(Bytes(rest)).map(Record::Leaves).map_err(form("leaves")),
        other => Err(RecordError::Type(other)),
    }
}

fn parse_entry(mut rest: Bytes<'_>) -> Result<Entry<'_>, WrongSize> {
    let (seq, kind, schema) = (Seq(rest.u64()?), rest.u16()?, rest.u16()?);
    // Seqs are counted on from here.
    if seq.0 == u64::MAX {
        return Err(WrongSize);
    }
    Ok(Entry { seq, kind, schema, payload: rest.0 })
}

fn parse_commit(mut rest: Bytes<'_>) -> Result<Commit, WrongSize> {
    let commit = Commit {
        term: Term(rest.u64()?),
        seq: Seq(rest.u64()?),
        durable: Seq(rest.u64()?),
        offset: rest.u64()?,
        durable_offset: rest.u64()?,
        root: Hash(rest.array()?),
        id: JournalId(rest.array()?),
    };
    rest.end().map(|()| commit)
}

fn parse_seal(mut rest: Bytes<'_>) -> Result<Seal, WrongSize> {
    let seal = Seal {
        term: Term(rest.u64()?),
        seq: Seq(rest.u64()?),
        offset: rest.u64()?,
        cut_bytes: rest.u64()?,
        cut_reason: rest.u8()?,
        root: Hash(rest.array()?),
        id: JournalId(rest.array()?),
    };
    rest.end().map(|()| seal)
}

fn parse_leaves(mut rest: Bytes<'_>) -> Result<Leaves<'_>, WrongSize> {
    let first = Seq(rest.u64()?);
    let count = usize::try_from(rest.u32()?).map_err(|_| WrongSize)?;
    let (hashes, odd) = rest.0.as_chunks();
    if hashes.len() != count
        || !odd.is_empty()
        || !(1..=LEAVES_MAX).contains(&count)
        || first.0.checked_add(u64::try_from(count).map_err(|_| WrongSize)?).is_none()
    {
        return Err(WrongSize);
    }
    Ok(Leaves { first, hashes })
}

/// Returns the leaf data of an entry record: seq, kind, schema, payload as they are stored.
///
/// `record` is the whole record with its frame, as [`parse_record`] accepted it.
#[must_use]
pub fn leaf_data(record: &[u8]) -> &[u8] {
    record.get(FRAME_BYTES + 1..).unwrap_or_default()
}

/// Appends an entry record.
///
/// # Panics
/// If the payload is larger than [`PAYLOAD_BYTES_MAX`].
pub fn put_entry(out: &mut Vec<u8>, seq: Seq, draft: &Draft<'_>) {
    assert!(draft.payload.len() <= PAYLOAD_BYTES_MAX, "a payload is at most 16 MiB");
    put(out, ENTRY, |out| {
        out.extend_from_slice(&seq.0.to_le_bytes());
        out.extend_from_slice(&draft.kind.to_le_bytes());
        out.extend_from_slice(&draft.schema.to_le_bytes());
        out.extend_from_slice(draft.payload);
    });
}

/// Appends a commit record.
pub fn put_commit(out: &mut Vec<u8>, commit: &Commit) {
    put(out, COMMIT, |out| {
        let Commit { term, seq, durable, offset, durable_offset, root, id } = commit;
        for number in [term.0, seq.0, durable.0, *offset, *durable_offset] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&root.0);
        out.extend_from_slice(&id.0);
    });
}

/// Appends a checkpoint record.
///
/// # Panics
/// If the note is longer than [`NOTE_BYTES_MAX`].
pub fn put_checkpoint(out: &mut Vec<u8>, note: &[u8]) {
    assert!(note.len() <= NOTE_BYTES_MAX, "a checkpoint is at most 64 KiB");
    put(out, CHECKPOINT, |out| out.extend_from_slice(note));
}

/// Appends a seal record.
pub fn put_seal(out: &mut Vec<u8>, seal: &Seal) {
    put(out, SEAL, |out| {
        let Seal { term, seq, offset, cut_bytes, cut_reason, root, id } = seal;
        for number in [term.0, seq.0, *offset, *cut_bytes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.push(*cut_reason);
        out.extend_from_slice(&root.0);
        out.extend_from_slice(&id.0);
    });
}

/// Appends a record of leaves.
///
/// # Panics
/// If there are none, or more than [`LEAVES_MAX`].
pub fn put_leaves(out: &mut Vec<u8>, leaves: &Leaves<'_>) {
    assert!((1..=LEAVES_MAX).contains(&leaves.hashes.len()), "a record holds 1 to 65,536 leaves");
    let count = u32::try_from(leaves.hashes.len()).expect("65,536 fits");
    put(out, LEAVES, |out| {
        out.extend_from_slice(&leaves.first.0.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(leaves.hashes.as_flattened());
    });
}

fn put(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_BYTES]);
    out.push(kind);
    body(out);
    let (frame, body) = out[start..].split_at_mut(FRAME_BYTES);
    let len = u32::try_from(body.len()).expect("a body is at most 16 MiB and 13 bytes");
    frame[..4].copy_from_slice(&len.to_le_bytes());
    frame[4..].copy_from_slice(&checksum(len, body).to_le_bytes());
}

/// Looks behind damage for a whole commit of this journal that stands where it says it stands.
///
/// `bytes` begin at `offset` of the file. Returns the first such commit with
/// `durable_offset > at_least`: proof that what lies at `at_least` was on disk once.
#[must_use]
pub fn find_commit(bytes: &[u8], offset: u64, id: JournalId, at_least: u64) -> Option<Commit> {
    const LEN: [u8; 4] = [89, 0, 0, 0];
    const { assert!(COMMIT_BODY_BYTES == 89) };
    let at = |place: usize| u64::try_from(place).ok().and_then(|place| offset.checked_add(place));
    bytes.windows(COMMIT_RECORD_BYTES).enumerate().find_map(|(place, window)| {
        if !window.starts_with(&LEN) || !window.ends_with(&id.0) {
            return None;
        }
        match parse_record(window) {
            Ok(Parsed::Record(Record::Commit(commit), _))
                if Some(commit.offset) == at(place) && commit.durable_offset > at_least =>
            {
                Some(commit)
            }
            Ok(_) | Err(_) => None,
        }
    })
}

#[cfg(test)]
mod tests;
