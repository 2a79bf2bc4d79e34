//! Binance's messages, field by field as its documentation prints them, and bytes that are none.

mod fixtures;
mod hostile;
mod market;
mod orders;
mod symbols;
mod users;
