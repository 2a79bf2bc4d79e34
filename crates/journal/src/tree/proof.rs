//! Proofs that a leaf is in a tree, and that a tree is the beginning of another.
//!
//! Making them follows the definitions of RFC 6962, sections 2.1.1 and 2.1.2; checking them follows
//! the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which are written independently of those.

use super::hash::{EMPTY_ROOT, Hash, node_hash};
use super::range::CompactRange;

/// Longest path in a tree of fewer than 2^64 leaves.
const PATH_MAX: usize = 64;

/// Where the hashes of whole subtrees come from.
pub trait Nodes {
    /// What goes wrong.
    type Error;

    /// Returns the hash of the whole subtree of `2^level` leaves that begins at leaf
    /// `index * 2^level`.
    ///
    /// # Errors
    /// If the hash cannot be read.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// A proof that a leaf stands at a place of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Index of the leaf, from 0.
    pub index: u64,
    /// Number of leaves of the tree.
    pub size: u64,
    /// Hashes of the sibling subtrees, from the leaf upwards.
    pub path: Vec<Hash>,
}

/// A proof that a tree is the beginning of a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// Number of leaves of the smaller tree.
    pub old: u64,
    /// Number of leaves of the larger tree.
    pub new: u64,
    /// The hashes.
    pub path: Vec<Hash>,
}

/// A proof that does not hold, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf or the smaller tree lies outside of the tree.
    #[error("saw {part} of a tree of {size}, wanted less or, for a smaller tree, at most as much")]
    Outside {
        /// Index of the leaf, or size of the smaller tree.
        part: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The proof has too many hashes or too few.
    #[error("saw a path of {0} hashes, wanted another number for a tree of this size")]
    Length(usize),
    /// The proof leads to another root.
    #[error("saw a proof that leads to the root {saw}, wanted {wanted}")]
    Root {
        /// The root that the proof leads to.
        saw: Hash,
        /// The root that was given.
        wanted: Hash,
    },
}

/// Makes the proof that leaf `index` is in the tree of the first `size` leaves.
///
/// Reads at most 2 log2(size) hashes. `None` if there is no such leaf.
///
/// # Errors
/// As `nodes`.
pub fn prove_inclusion<N: Nodes>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Option<Inclusion>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let mut path = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(subtree(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(subtree(nodes, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(Some(Inclusion { index, size, path }))
}

/// Makes the proof that the tree of the first `old` leaves is the beginning of that of the first `new`.
///
/// `None` if `old` is larger than `new`. Between equal trees, and from the empty one, the proof is empty.
///
/// # Errors
/// As `nodes`.
pub fn prove_consistency<N: Nodes>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Option<Consistency>, N::Error> {
    if old > new {
        return Ok(None);
    }
    let mut path = Vec::new();
    let (mut from, mut to) = (0, new);
    // SUBPROOF(m, D[n], b): `b` is true as long as the old tree's root stands for what is left.
    let mut whole = true;
    while old > from && old < to {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(subtree(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(subtree(nodes, from, middle)?);
            from = middle;
            whole = false;
        }
    }
    if old == to && !whole {
        path.push(subtree(nodes, from, to)?);
    }
    path.reverse();
    Ok(Some(Consistency { old, new, path }))
}

/// Returns the root of the leaves `from..to` as a tree of their own (MTH of RFC 6962).
///
/// `from` must be a multiple of the smallest power of two that is at least `to - from`, as it is for
/// each subtree of a tree.
///
/// # Errors
/// As `nodes`.
pub fn subtree<N: Nodes>(nodes: &mut N, from: u64, to: u64) -> Result<Hash, N::Error> {
    let mut at = from;
    let mut peaks = Vec::new();
    while at < to {
        let level = (to - at).ilog2();
        peaks.push(nodes.node(level, at >> level)?);
        at += 1 << level;
    }
    let right = peaks.pop();
    let join = |right, left: &Hash| node_hash(left, &right);
    Ok(right.map_or(EMPTY_ROOT, |right| peaks.iter().rev().fold(right, join)))
}

/// Reads the compact range of the first `size` leaves: with it a tree that lies in files can grow on.
///
/// # Errors
/// As `nodes`.
pub fn compact_range<N: Nodes>(nodes: &mut N, size: u64) -> Result<CompactRange, N::Error> {
    let mut at = 0;
    let mut peaks = Vec::new();
    while at < size {
        let level = (size - at).ilog2();
        peaks.push(nodes.node(level, at >> level)?);
        at += 1 << level;
    }
    Ok(CompactRange::from_peaks(size, peaks).expect("one hash for each bit of the size"))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

impl Inclusion {
    /// Checks that a leaf of this hash is in the tree of this root.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        let Inclusion { index, size, ref path } = *self;
        if index >= size {
            return Err(ProofError::Outside { part: index, size });
        }
        let length = || ProofError::Length(path.len());
        if path.len() > PATH_MAX {
            return Err(length());
        }
        let (mut place, mut last, mut node) = (index, size - 1, *leaf);
        for sibling in path {
            if last == 0 {
                return Err(length());
            }
            if place & 1 == 1 || place == last {
                node = node_hash(sibling, &node);
                while place & 1 == 0 && place != 0 {
                    (place, last) = (place >> 1, last >> 1);
                }
            } else {
                node = node_hash(&node, sibling);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        if last != 0 {
            return Err(length());
        }
        same(node, *root)
    }
}

impl Consistency {
    /// Checks that the tree of `old_root` is the beginning of that of `new_root`.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        let Consistency { old, new, ref path } = *self;
        let length = || ProofError::Length(path.len());
        if old > new {
            return Err(ProofError::Outside { part: old, size: new });
        }
        if path.len() > PATH_MAX + 1 {
            return Err(length());
        }
        if old == 0 || old == new {
            let wanted = if old == 0 { EMPTY_ROOT } else { *new_root };
            same(*old_root, wanted)?;
            return if path.is_empty() { Ok(()) } else { Err(length()) };
        }
        // A smaller tree that is a whole subtree is its own first hash.
        let mut hashes = path.iter();
        let first =
            if old.is_power_of_two() { old_root } else { hashes.next().ok_or_else(length)? };
        let (mut place, mut last) = (old - 1, new - 1);
        while place & 1 == 1 {
            (place, last) = (place >> 1, last >> 1);
        }
        let (mut older, mut newer) = (*first, *first);
        for sibling in hashes {
            if last == 0 {
                return Err(length());
            }
            if place & 1 == 1 || place == last {
                older = node_hash(sibling, &older);
                newer = node_hash(sibling, &newer);
                while place & 1 == 0 && place != 0 {
                    (place, last) = (place >> 1, last >> 1);
                }
            } else {
                newer = node_hash(&newer, sibling);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        if last != 0 {
            return Err(length());
        }
        same(older, *old_root)?;
        same(newer, *new_root)
    }
}

fn same(saw: Hash, wanted: Hash) -> Result<(), ProofError> {
    if saw == wanted { Ok(()) } else { Err(ProofError::Root { saw, wanted }) }
}
