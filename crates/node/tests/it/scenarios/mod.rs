//! Bugs that real systems had, played to a hub and a venue that are real processes. `docs/testing.md` has the whole list;
//! what is not here is a story of the gateway (`crates/hub/src/gateway/tests/scenarios.rs`), where it is proven better.

mod disk;
mod drawdown;
mod markets;
mod money;
mod orders;
mod outages;
mod parts;
mod permits;
mod reports;
mod restarts;
mod rotation;
mod scene;
mod steering;
