//! The compact range: all of a tree that is needed to grow it.

use super::hash::{EMPTY_ROOT, Hash, node_hash};

/// The hashes of the largest whole subtrees that together cover the leaves so far.
///
/// One hash for each bit that is set in the size, the largest subtree first. O(log n) memory; a push
/// costs one node hash on average.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactRange {
    size: u64,
    peaks: Vec<Hash>,
}

/// Bytes or hashes that are no compact range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The bytes are not a size and whole hashes.
    #[error("saw {0} bytes, wanted 8 and a multiple of 32")]
    Bytes(usize),
    /// There must be one hash for each bit that is set in the size.
    #[error("saw {saw} hashes for a tree of {size} leaves, wanted {wanted}", wanted = size.count_ones())]
    Peaks {
        /// The size.
        size: u64,
        /// How many hashes there are.
        saw: usize,
    },
}

impl CompactRange {
    /// Returns the empty range.
    #[must_use]
    pub const fn new() -> CompactRange {
        CompactRange { size: 0, peaks: Vec::new() }
    }

    /// Makes the range of `size` leaves from its hashes, the largest subtree first.
    ///
    /// # Errors
    /// [`RangeError::Peaks`] if there is not one hash for each bit that is set in `size`.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<CompactRange, RangeError> {
        if usize::try_from(size.count_ones()) == Ok(peaks.len()) {
            Ok(CompactRange { size, peaks })
        } else {
            Err(RangeError::Peaks { size, saw: peaks.len() })
        }
    }

    /// Returns the number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the hashes, the largest subtree first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf by its hash.
    ///
    /// # Panics
    /// After 2^64 - 1 leaves, which no journal holds.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_, _| ());
    }

    /// Adds a leaf, and gives each subtree above it that becomes whole to `note`: its level, its hash.
    ///
    /// # Panics
    /// As [`CompactRange::push`].
    pub fn push_noting(&mut self, leaf: Hash, mut note: impl FnMut(u32, Hash)) {
        let mut node = leaf;
        // Each trailing one of the size is a subtree that the leaf makes whole with its twin.
        for level in 1..=self.size.trailing_ones() {
            let twin = self.peaks.pop().expect("each bit that is set has its hash");
            node = node_hash(&twin, &node);
            note(level, node);
        }
        self.peaks.push(node);
        self.size = self.size.checked_add(1).expect("a journal holds fewer than 2^64 entries");
    }

    /// Returns the root of the tree of these leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let (last, larger) = match self.peaks.split_last() {
            Some((last, larger)) => (*last, larger),
            None => return EMPTY_ROOT,
        };
        larger.iter().rev().fold(last, |right, left| node_hash(left, &right))
    }

    /// Returns the bytes: the size (u64, little-endian), then the hashes, the largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_le_bytes().to_vec();
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(&peak.0));
        bytes
    }

    /// Reads the bytes of [`CompactRange::to_bytes`].
    ///
    /// # Errors
    /// If there are too few or too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<CompactRange, RangeError> {
        let wrong = RangeError::Bytes(bytes.len());
        let (size, rest) = bytes.split_first_chunk().ok_or(wrong)?;
        let (peaks, odd) = rest.as_chunks();
        if !odd.is_empty() {
            return Err(wrong);
        }
        let peaks = peaks.iter().map(|peak| Hash(*peak)).collect();
        CompactRange::from_peaks(u64::from_le_bytes(*size), peaks)
    }
}
