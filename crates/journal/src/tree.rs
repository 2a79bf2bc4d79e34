//! The hash tree (RFC 6962): roots and proofs.
