//! Pure decisions: [`State`] with `evolve`, `decide`, `next_deadline`. Knows no clock, file, venue
//! or hard limit.

pub mod border;
pub mod calibration;
pub mod config;
pub mod covariance;
pub mod draw;
pub mod guards;
mod policies;
mod portfolio;
pub mod risk;
mod state;

pub use policies::{Confluence, EmaCross, Null, Policies, ScanStats, Trend};
pub use portfolio::{Holding, Plan, Portfolio, Settled};
pub use state::{Core, Guarding, State};
