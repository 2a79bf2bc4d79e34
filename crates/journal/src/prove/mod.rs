//! Proofs that an entry is in a journal: [`Prover`] makes them, [`Proof`] is one and verifies without the journal.

mod proof;
mod prover;
mod seek;

pub use proof::{Proof, ProofTextError, Proven};
pub use prover::{ProveError, Prover};
