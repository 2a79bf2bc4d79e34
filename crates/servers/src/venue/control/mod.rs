//! The control port: HTTP and JSON on an address of its own, for who plays with the venue, not for who trades on it.
//!
//! It paces a market of speed `max`, adds and removes faults, changes balances, rules and rights, says what fired, and ends
//! the venue. It has no keys: bind it to loopback.

mod answer;
mod handlers;
mod state;

pub use state::{Control, FiredList, routes, serve};
