//! [`State`]: the engine, folded from entries.

mod checks;
mod core;
mod decide;
mod evolve;
mod guarding;

pub use self::core::{Core, State};
pub use self::guarding::Guarding;
