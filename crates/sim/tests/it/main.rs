//! Tests of the crate's doors, one binary.

mod accounts;
mod book_story;
mod crowd;
mod data;
mod data_hostile;
mod data_real;
mod determinism;
mod exchange_costs;
mod exchange_filters;
mod exchange_funding;
mod exchange_perp;
mod exchange_properties;
mod exchange_story;
mod exchange_walk;
mod invariants;
mod lookahead;
mod market;
mod perpetual;
mod portfolio;
mod reference;
mod replay;
mod support;
mod traps;
mod worlds;
