//! The venue over real sockets, against the exchange's documentation.
#![expect(clippy::unwrap_used, reason = "a test reports by panicking, also in its helpers")]

mod account;
mod errors;
mod faulty;
mod general;
mod hostile;
mod limits;
mod lists;
mod market_data;
mod orders;
mod security;
mod streams;
mod support;
mod world;
mod wsapi;
