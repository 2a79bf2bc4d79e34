//! Faults on demand: [`Plan`] says which, where, when; [`Faults`] is asked at each place where one can strike.
//!
//! A plan is data. Whether a fault fires is a function of the plan, its seed and the order of what was asked. All that fires
//! is handed to the ledger, so that a test can prove that it did.

mod decimal;
mod handle;
mod machine;
mod plan;
mod span;
#[cfg(test)]
mod tests;
mod trigger;
mod verdict;
mod world;

pub use decimal::Decimal;
pub use handle::{Faults, Witness};
pub use machine::{Fired, Status};
pub use plan::{Fault, On, Plan, PlanError, ServerError, What, When};
pub use span::Span;
pub use verdict::{Api, EventFault, Outcome, RequestFault, Shift, Site, SocketFault};
pub use world::{Change, Due};
