//! Binance's messages, field by field as its documentation prints them, and bytes that are none.

mod archive;
mod conformance;
mod fixtures;
mod hostile;
mod loopback;
mod market;
mod orders;
mod symbols;
mod users;
