//! sim

pub mod backtest;
pub mod data;
pub mod exchange;
pub mod instruments;
pub mod market;
pub mod performance;
