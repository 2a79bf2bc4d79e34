//! [`Modes`]: what the system as a whole may do, by one guarded table; SAFE_MODE with its latch.

mod latch;
mod sustained;
mod table;

pub use latch::Latch;
pub use sustained::{Condition, Sustained};
pub use table::{ModeEvent, ModeRefusal, Modes};
