//! The words of the room: places, terms, names, entries, the head.

use std::fmt;
use std::str::FromStr;

use crate::tree::Hash;

/// Largest payload of an entry, in bytes. What is larger lies beside the journal by its hash.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// Kinds from here on are the journal's own; an append refuses them.
pub const KIND_OWN_MIN: u16 = 0xFF00;

/// Place of an entry; the first is 1.
///
/// As the size of a tree it is the place of its last entry, and [`Seq::NONE`] is the empty tree's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry: the size of the empty journal.
    pub const NONE: Seq = Seq(0);

    /// Returns the place behind this one.
    ///
    /// # Panics
    /// After 2^64 - 1 entries, which no journal holds.
    #[must_use]
    pub const fn next(self) -> Seq {
        Seq(self.0.checked_add(1).expect("a journal holds fewer than 2^64 entries"))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a writer; each opening for writing takes the next, and the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u64);

impl Term {
    /// The term of the first writer.
    pub const FIRST: Term = Term(1);

    /// Returns the term of the next writer.
    ///
    /// # Panics
    /// After 2^64 - 1 writers, which no journal has.
    #[must_use]
    pub const fn next(self) -> Term {
        Term(self.0.checked_add(1).expect("a journal has fewer than 2^64 writers"))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Name of a journal: 16 bytes, written as 32 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalId(pub [u8; 16]);

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JournalId({self})")
    }
}

/// A text that is not a journal's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saw {0:?}, wanted 32 lowercase hexadecimal digits")]
pub struct JournalIdError(String);

impl FromStr for JournalId {
    type Err = JournalIdError;

    fn from_str(text: &str) -> Result<JournalId, JournalIdError> {
        let wrong = || JournalIdError(text.to_owned());
        if text.len() != 32 || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(wrong());
        }
        let bits = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
        Ok(JournalId(bits.to_be_bytes()))
    }
}

/// An entry to be appended; the journal gives it its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// What kind of entry it is, below [`KIND_OWN_MIN`].
    pub kind: u16,
    /// The version its payload is written in.
    pub schema: u16,
    /// Its bytes, at most [`PAYLOAD_BYTES_MAX`].
    pub payload: &'a [u8],
}

/// An entry in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its place.
    pub seq: Seq,
    /// What kind of entry it is.
    pub kind: u16,
    /// The version its payload is written in.
    pub schema: u16,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// Where a journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which journal.
    pub id: JournalId,
    /// The writer's term.
    pub term: Term,
    /// The last entry, and so the size of the tree.
    pub seq: Seq,
    /// The root of the tree of that size.
    pub root: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_and_read_in_one_form_only() {
        let id = JournalId(*b"\x00\x01\x02\xff\x10\x20\x30\x40\x50\x60\x70\x80\x90\xa0\xb0\xc0");
        assert_eq!(id.to_string(), "000102ff102030405060708090a0b0c0");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in
            ["", "000102ff", "000102FF102030405060708090a0b0c0", "+00102ff102030405060708090a0b0c0"]
        {
            assert!(wrong.parse::<JournalId>().is_err(), "{wrong}");
        }
    }
}
