//! The binary from outside: answers, exit codes, messages.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../../../adapters/tests/it/archive/server.rs"]
#[expect(dead_code, reason = "the tests of adapters use the faults that these do not")]
mod archive_server;
mod backtest;
mod backup;
mod clients;
mod config;
mod control;
mod data;
mod demo;
mod export;
mod fetch;
mod generated;
mod help;
mod histories;
mod indicators;
mod init;
mod journal;
mod judges;
mod keys;
mod parity;
mod permit;
mod processes;
mod run;
mod run_kill;
mod run_live;
mod run_notify;
mod run_paper;
mod run_sources;
#[cfg(target_os = "linux")]
mod run_takeover;
mod scenarios;
#[expect(dead_code, reason = "the unit tests of the ladder tell more than these do")]
mod served;
mod sim;
mod support;
mod venue;
mod venue_conformance;
mod venue_kill;
