//! The engine protocol: entry in, decisions out.

use crate::decision::Decision;
use crate::entry::Entry;
use crate::market::TsNanos;

/// A pure, deterministic state machine with no clock, no I/O and no randomness of its own.
///
/// For entry n the caller calls `evolve(n)`, then `decide(n)`; the decisions are appended behind n
/// and folded with `evolve` before n + 1 is given to anybody (lockstep).
pub trait Engine {
    /// Folds an entry.
    fn evolve(&mut self, entry: &Entry);

    /// Appends what the engine wants at this entry, which was folded before, to `out`.
    fn decide(&self, entry: &Entry, out: &mut Vec<Decision>);

    /// Returns when the engine wants to be woken by a `Timer` entry.
    fn next_deadline(&self) -> Option<TsNanos>;
}
