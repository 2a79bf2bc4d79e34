//! exchange
mod account;
mod conventions;
mod costs;
mod filters;
mod invariants;
mod margin;
mod matching;
mod path;
mod placing;
mod slot;
mod units;
mod venue;
mod walk;
mod working;

pub use conventions::{Conventions, EntryFill, GapFill};
pub use costs::CostModel;
pub use invariants::BrokenInvariant;
pub use slot::BarInput;
pub(crate) use units::parse_ratio;
pub use venue::{Exchange, ExchangeError, ExchangeStats, FundingPaid, Step};
