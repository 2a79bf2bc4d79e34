//! Names of segment files.

use std::fmt;
use std::str::FromStr;

use crate::words::{Seq, Term};

/// Name of a segment: `<term, 8 hex digits>-<first seq, 16 hex digits>.seg`.
///
/// Ordered as the segments follow each other. A term has at least 8 digits, more if it needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentName {
    /// Term of its writer.
    pub term: Term,
    /// Place of the first entry that it holds or will hold.
    pub first: Seq,
}

impl SegmentName {
    /// Returns the path below the journal's folder.
    #[must_use]
    pub fn path(&self) -> String {
        format!("segments/{self}")
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:016x}.seg", self.term.0, self.first.0)
    }
}

/// A file name that no segment has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saw the name {0:?}, wanted <term, 8 hex>-<first seq, 16 hex>.seg")]
pub struct NameError(String);

impl FromStr for SegmentName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<SegmentName, NameError> {
        let parsed = || {
            let (term, first) = text.strip_suffix(".seg")?.split_once('-')?;
            let term = Term(u64::from_str_radix(term, 16).ok()?);
            let first = Seq(u64::from_str_radix(first, 16).ok()?);
            let name = SegmentName { term, first };
            // One name, one spelling.
            (name.to_string() == text && term.0 > 0 && first.0 > 0).then_some(name)
        };
        parsed().ok_or_else(|| NameError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let name = SegmentName { term: Term(3), first: Seq(0xabc) };
        assert_eq!(name.to_string(), "00000003-0000000000000abc.seg");
        assert_eq!(name.to_string().parse(), Ok(name));
        for wrong in [
            "",
            "00000003-0000000000000ABC.seg",
            "3-abc.seg",
            "00000000-0000000000000001.seg",
            "00000001-0000000000000000.seg",
            "00000003-0000000000000abc.seg.new",
            "+0000003-0000000000000abc.seg",
        ] {
            assert!(wrong.parse::<SegmentName>().is_err(), "{wrong}");
        }
    }
}
