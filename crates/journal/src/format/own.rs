//! The journal's own entries: leaves like all others, written by the journal itself.

use super::bytes::{Bytes, WrongSize};
use crate::words::{JournalId, KIND_OWN_MIN, Seq, Term};

/// The version their payloads are written in.
const SCHEMA: u16 = 1;

const CUT: u16 = KIND_OWN_MIN + 1;
const FORKED: u16 = KIND_OWN_MIN + 2;
const KEY_ROTATED: u16 = KIND_OWN_MIN + 3;

/// First bytes of what both keys sign when a key is replaced.
const ROTATION: &[u8; 28] = b"plimsoll journal key rotated";

/// An entry that the journal wrote itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// A torn tail was cut off.
    Cut(Cut),
    /// The journal was copied, restored or cut, and goes on under a new name.
    Forked(Forked),
    /// Another key signs from the next checkpoint on.
    KeyRotated(KeyRotated),
}

/// A torn tail that was cut off at opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Term of the segment.
    pub term: Term,
    /// First place of the segment; with the term, its name.
    pub first: Seq,
    /// Where in the file the torn tail began.
    pub from_offset: u64,
    /// How many bytes lay there.
    pub bytes: u64,
    /// The last entry that was whole.
    pub last: Seq,
    /// Why the bytes were not kept.
    pub reason: CutReason,
}

/// Why bytes were not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutReason {
    /// A record is not whole: it was being written when the writer stopped.
    Torn,
    /// All records are whole, and no commit follows them.
    Uncommitted,
    /// Records are whole and their order, place or root does not fit: they reached the disk in part.
    Mixed,
}

impl CutReason {
    /// Returns the number that stands for it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            CutReason::Torn => 1,
            CutReason::Uncommitted => 2,
            CutReason::Mixed => 3,
        }
    }

    /// Returns the reason that a number stands for.
    #[must_use]
    pub const fn of_number(number: u8) -> Option<CutReason> {
        match number {
            1 => Some(CutReason::Torn),
            2 => Some(CutReason::Uncommitted),
            3 => Some(CutReason::Mixed),
            _ => None,
        }
    }
}

/// The journal goes on under a new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forked {
    /// Its name until here.
    pub from: JournalId,
    /// The last entry under that name.
    pub seq: Seq,
    /// Its name from here on.
    pub id: JournalId,
}

/// Another key signs from the next checkpoint on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// The key until here.
    pub old: [u8; 32],
    /// The key from here on.
    pub new: [u8; 32],
    /// Signature of [`KeyRotated::message`] by the old key.
    pub by_old: [u8; 64],
    /// Signature of the same by the new key.
    pub by_new: [u8; 64],
}

impl KeyRotated {
    /// Returns what both keys sign: it holds for one place of one journal only.
    #[must_use]
    pub fn message(id: JournalId, seq: Seq, old: &[u8; 32], new: &[u8; 32]) -> Vec<u8> {
        [&ROTATION[..], &id.0, &seq.0.to_le_bytes(), old, new].concat()
    }
}

/// An own entry that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// No such kind is written by this version.
    #[error("saw kind {0:#06x} of the journal's own, wanted 0xff01, 0xff02 or 0xff03")]
    Kind(u16),
    /// No such version is written by this version.
    #[error("saw schema {0} of the journal's own kind, wanted 1")]
    Schema(u16),
    /// The payload does not have the form of its kind.
    #[error("saw a payload of another form than kind {0:#06x} has")]
    Form(u16),
}

impl Own {
    /// Returns the kind of the entry.
    #[must_use]
    pub const fn kind(&self) -> u16 {
        match self {
            Own::Cut(_) => CUT,
            Own::Forked(_) => FORKED,
            Own::KeyRotated(_) => KEY_ROTATED,
        }
    }

    /// Returns the schema of the entry.
    #[must_use]
    pub const fn schema(&self) -> u16 {
        SCHEMA
    }

    /// Returns the payload of the entry.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Own::Cut(Cut { term, first, from_offset, bytes, last, reason }) => {
                let numbers = [term.0, first.0, *from_offset, *bytes, last.0];
                let mut payload = numbers.map(u64::to_le_bytes).concat();
                payload.push(reason.number());
                payload
            }
            Own::Forked(Forked { from, seq, id }) => {
                [&from.0[..], &seq.0.to_le_bytes(), &id.0].concat()
            }
            Own::KeyRotated(KeyRotated { old, new, by_old, by_new }) => {
                [&old[..], new, by_old, by_new].concat()
            }
        }
    }

    /// Reads an entry of the journal's own; `None` if the kind is below [`KIND_OWN_MIN`].
    ///
    /// # Errors
    /// What of it this version does not write.
    pub fn parse(kind: u16, schema: u16, payload: &[u8]) -> Result<Option<Own>, OwnError> {
        if kind < KIND_OWN_MIN {
            return Ok(None);
        }
        let read: fn(Bytes<'_>) -> Result<Own, WrongSize> = match kind {
            CUT => cut,
            FORKED => forked,
            KEY_ROTATED => key_rotated,
            _ => return Err(OwnError::Kind(kind)),
        };
        if schema != SCHEMA {
            return Err(OwnError::Schema(schema));
        }
        read(Bytes(payload)).map(Some).map_err(|WrongSize| OwnError::Form(kind))
    }
}

fn cut(mut rest: Bytes<'_>) -> Result<Own, WrongSize> {
    let cut = Cut {
        term: Term(rest.u64()?),
        first: Seq(rest.u64()?),
        from_offset: rest.u64()?,
        bytes: rest.u64()?,
        last: Seq(rest.u64()?),
        reason: CutReason::of_number(rest.u8()?).ok_or(WrongSize)?,
    };
    rest.end().map(|()| Own::Cut(cut))
}

fn forked(mut rest: Bytes<'_>) -> Result<Own, WrongSize> {
    let forked = Forked {
        from: JournalId(rest.array()?),
        seq: Seq(rest.u64()?),
        id: JournalId(rest.array()?),
    };
    rest.end().map(|()| Own::Forked(forked))
}

fn key_rotated(mut rest: Bytes<'_>) -> Result<Own, WrongSize> {
    let rotated = KeyRotated {
        old: rest.array()?,
        new: rest.array()?,
        by_old: rest.array()?,
        by_new: rest.array()?,
    };
    rest.end().map(|()| Own::KeyRotated(rotated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each() -> [(Own, u16, usize); 3] {
        let cut = Cut {
            term: Term(2),
            first: Seq(300),
            from_offset: 4096,
            bytes: 77,
            last: Seq(310),
            reason: CutReason::Mixed,
        };
        let forked = Forked { from: JournalId([1; 16]), seq: Seq(310), id: JournalId([2; 16]) };
        let (by_old, by_new) = ([3; 64], [4; 64]);
        let rotated = KeyRotated { old: [1; 32], new: [2; 32], by_old, by_new };
        [
            (Own::Cut(cut), 0xFF01, 41),
            (Own::Forked(forked), 0xFF02, 40),
            (Own::KeyRotated(rotated), 0xFF03, 192),
        ]
    }

    #[test]
    fn own_entries_come_back_as_they_were() {
        for (own, kind, bytes) in each() {
            let payload = own.payload();
            assert_eq!((own.kind(), payload.len()), (kind, bytes));
            assert_eq!(Own::parse(kind, 1, &payload), Ok(Some(own)));
            for len in 0..bytes {
                assert_eq!(Own::parse(kind, 1, &payload[..len]), Err(OwnError::Form(kind)));
            }
            assert_eq!(Own::parse(kind, 2, &payload), Err(OwnError::Schema(2)));
        }
    }

    #[test]
    fn the_kinds_below_are_not_ours_and_those_above_not_yet() {
        assert_eq!(Own::parse(0xFEFF, 1, b""), Ok(None));
        assert_eq!(Own::parse(0xFF00, 1, b""), Err(OwnError::Kind(0xFF00)));
        assert_eq!(Own::parse(0xFF04, 1, b""), Err(OwnError::Kind(0xFF04)));
    }

    #[test]
    fn both_keys_sign_one_place_of_one_journal() {
        let message = KeyRotated::message(JournalId([1; 16]), Seq(9), &[2; 32], &[3; 32]);
        assert_eq!(message.len(), 28 + 16 + 8 + 32 + 32);
        assert!(message.starts_with(b"plimsoll journal key rotated\x01"));
    }
}
