//! sim

pub mod performance;
