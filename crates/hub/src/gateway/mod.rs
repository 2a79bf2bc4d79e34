//! [`Gateway`]: order life from a decision to a terminal state, protection of positions, hard limits.

mod answering;
mod entering;
mod flight;
#[expect(clippy::module_inception, reason = "the door of the folder carries its name")]
mod gateway;
mod group;
mod guard;
mod hearing;
pub mod limits;
mod live;
mod planning;
mod protecting;
mod quiet;
mod range;
mod reports;
mod retry;
mod settings;
mod state;
mod terms;
mod unprotected;
mod views;
mod withdrawing;
mod words;

pub use gateway::{Counts, Gateway};
pub use settings::{Capabilities, CidUniqueness, EntryStyle, Settings};
pub(crate) use state::{EMERGENCY, State};
pub use unprotected::Unprotected;
pub use views::{OrderView, PositionView};
pub use words::{Answer, Input, LookUp, Named, Outcome, Output, Placing, Request, Ticket};

#[cfg(test)]
mod tests;
