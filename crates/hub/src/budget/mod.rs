//! A venue's limits, shared out: who may send now, who waits, who gives up.
//!
//! A request is asked for, granted when it fits, and settled when its answer is there or given up for lost. What
//! was granted counts from the moment it is granted until one whole interval after it is settled. A venue counts
//! a request when it arrives, which lies between the two; so whatever the delay, and wherever the venue's own
//! intervals begin, no interval of the venue holds more than its limit.

mod class;
mod config;
mod gate;
mod spending;
mod window;

pub use class::{Ceilings, CeilingsError, Class};
pub use config::{BudgetConfig, BudgetConfigError};
pub use spending::{Ask, Budget, Command, GaveUp, Input, Ticket};
