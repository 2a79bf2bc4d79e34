//! [`DrawdownGuard`], [`LossBudget`], [`Cooldown`], [`SafeMode`]: state that stops entries.
//!
//! Pure folds over (time, equity, flows). They say what they see; the hub alone writes SAFE_MODE.

mod cooldown;
mod drawdown;
mod loss_budget;
mod safe_mode;

pub use cooldown::Cooldown;
pub use drawdown::{DrawdownGuard, DrawdownLimit, DrawdownReading, Trip};
pub use loss_budget::{LossBudget, LossReading};
pub use safe_mode::{Latch, Level, NotYet, SafeMode};
