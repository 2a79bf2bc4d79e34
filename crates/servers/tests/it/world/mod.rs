//! A venue without sockets: its market, its faults, its ledger.

mod kill;
mod ledger;
mod market;
mod support;
