//! The suite that every venue passes: [`run`], against a [`Venue`](crate::Venue) and its [`OtherSide`].
//!
//! A driver trades a short story through the adapter, as the rules of execution demand: an order is
//! sent once, an unknown outcome is looked up while its exposure stays reserved, and only what is
//! proven never to have been accepted is forgotten. Then the venue's own ledger is read, and both
//! histories must agree: no order lost, none doubled, the same fills, the same balances.

mod driver;
mod other_side;
mod settle;
mod story;
mod watch;

pub use driver::{Belief, Driver, Intent};
pub use other_side::{Ledger, LedgerFill, LedgerOrder, OtherSide};
pub use story::{Expect, Plan, run};
pub use watch::StreamPromise;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Orders sent, those of lists included.
    pub orders: usize,
    /// Of them, accepted by the venue.
    pub accepted: usize,
    /// Outcomes that were unknown at first.
    pub unknown: usize,
    /// Of them, found to have been accepted.
    pub found: usize,
    /// Of them, proven never to have been accepted.
    pub absent: usize,
    /// Fills.
    pub fills: usize,
    /// Messages of the user data stream that repeated one before.
    pub repeated: usize,
    /// Faults that fired, by the venue's own record: kind and count.
    pub faults: Vec<(String, u64)>,
    /// Everything that is not as it must be; empty is a pass.
    pub findings: Vec<String>,
}
