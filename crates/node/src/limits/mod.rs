//! Hard limits of a run: read from a file, signed where real money moves, or derived from the capital.
//!
//! They go to the gateway alone. No slot is given them, and no engine's configuration names them.

mod derived;
mod file;
mod load;
#[cfg(test)]
mod tests;

pub(crate) use derived::derived;
pub(crate) use file::{LimitsFile, LimitsFileError};
pub(crate) use load::{LimitsError, Origin, RunLimits, SignedLimits, for_run};
