//! [`State`]: the engine, folded from entries.

mod core;
mod decide;
mod evolve;
mod guarding;

pub use self::core::{Core, State};
pub use self::guarding::Guarding;
