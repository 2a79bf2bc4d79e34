//! The crate from outside: golden values, properties, no look-ahead.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]
#![expect(clippy::print_stdout, reason = "tests say what they compared or skipped")]

mod batch;
mod golden;
mod lookahead;
mod market;
mod mirror;
mod scoring;
mod support;
