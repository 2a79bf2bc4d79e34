//! The hash tree (RFC 6962): roots and proofs.

/// A SHA-256 hash: of a leaf, a node, or a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);
