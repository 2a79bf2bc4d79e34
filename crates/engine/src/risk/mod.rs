//! [`verdict`]: a pure function from account, limits and intent to an approved size (spec §8).
//!
//! Each rule is a file here (the small ones about one order share `gates` and
//! `orders`) and a row in [`RULES`]. A verdict lists every rule with its numbers. Reads the
//! account as if every working entry were filled, or not, whichever is worse (load line).

mod cluster;
mod exposure;
mod facts;
mod finding;
mod gates;
mod intent;
mod leverage;
mod notional;
mod open_risk;
mod orders;
mod per_trade;
mod scene;
mod sizes;
mod stop_move;
mod stops;
mod verdict;
mod view;
mod volatility;

pub use exposure::{Exposure, Rates, WorkingEntry};
pub use intent::{Intent, SizeFlags};
pub use leverage::margin_in_use;
pub use scene::Scene;
pub(crate) use sizes::smallest as smallest_order;
pub use stop_move::{Kept, StopMove, check_stop_move};
pub use verdict::{RULES, verdict};
pub use view::{DataAge, Input, RiskView};
pub use volatility::{MarginalRisk, marginal_risk};

#[cfg(test)]
mod property;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
