//! The hash tree (RFC 6962): roots and proofs.
//!
//! Pure: nothing here reads a file. A tree is addressed by its whole subtrees; [`Nodes`] gives their
//! hashes, from memory or from the files below `tree/`.

mod hash;
mod proof;
mod range;
#[cfg(test)]
mod tests;

pub use hash::{EMPTY_ROOT, Hash, HashError, leaf_hash, node_hash};
pub use proof::{
    Consistency, Inclusion, Nodes, ProofError, compact_range, prove_consistency, prove_inclusion,
    subtree,
};
pub use range::{CompactRange, RangeError};
