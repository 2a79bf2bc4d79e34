//! Real processes of a test's own: a venue with its ledger and faults, hubs attached to it, and what both say.

mod hub;
mod loopback;
mod record;
mod relay;
#[cfg(target_os = "linux")]
mod stopped;
mod venue;

pub(crate) use hub::{Hub, HubWanted};
pub(crate) use record::{Order, Record};
pub(crate) use relay::Relay;
pub(crate) use venue::{Venue, VenueWanted};

/// A configuration under which there are always orders: entries are drawn by lot at each close, positions are left soon.
pub(crate) const LOT: &str = include_str!("lot.toml");

/// The account that every hub of these tests trades for.
pub(crate) const KEY: &str = "hub";
/// Its secret, of a venue that ends with the test.
pub(crate) const SECRET: &str = "h0b";
