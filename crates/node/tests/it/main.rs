//! The binary from outside: answers, exit codes, messages.

#![expect(clippy::unwrap_used, reason = "tests")]

mod backtest;
mod config;
mod data;
mod export;
mod generated;
mod help;
mod indicators;
mod journal;
mod support;
