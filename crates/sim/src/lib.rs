//! [`Exchange`](exchange::Exchange), the market generator and backtests: everything that stands in for
//! the world.
//!
//! The room promises not to know a socket, a clock or a thread: time is the data's.

pub mod backtest;
pub mod data;
pub mod desk;
pub mod exchange;
pub mod instruments;
pub mod market;
pub mod performance;
pub mod world;
