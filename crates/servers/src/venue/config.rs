//! [`VenueConfig`]: what a venue is made of.

use std::net::SocketAddr;
use std::sync::Arc;

use sim::exchange::book::VenueLimits;
use types::market::TsNanos;

use super::core::{Driver, Recorder};
use super::faults::Faults;
use super::keys::AccountConfig;
use super::ledger::Kept;
use super::limits::Limits;
use super::market::{Clock, ListedSymbol};

/// What a venue is made of.
pub struct VenueConfig {
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Its symbols, each with its history.
    pub symbols: Vec<ListedSymbol>,
    /// The filters of the venue as a whole.
    pub venue_limits: VenueLimits,
    /// Who may trade.
    pub accounts: Vec<AccountConfig>,
    /// How much may be asked.
    pub limits: Limits,
    /// Its time.
    pub clock: Arc<Clock>,
    /// What moves its market.
    pub driver: Box<dyn Driver>,
    /// What keeps its record.
    pub recorder: Option<Box<dyn Recorder>>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// What the ledger of an earlier run kept: the venue goes on from there.
    pub kept: Option<Kept>,
}

/// A market in which nothing happens but what clients do.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Driver for Quiet {
    fn next(&self) -> Option<TsNanos> {
        None
    }

    fn advance(&mut self, _to: TsNanos, _core: &mut super::core::Core) {}
}
