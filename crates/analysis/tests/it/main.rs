//! The crate from outside: golden values, properties, no look-ahead.

mod batch;
mod golden;
mod lookahead;
mod market;
mod mirror;
