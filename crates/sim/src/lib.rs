//! sim

pub mod exchange;
pub mod instruments;
pub mod performance;
