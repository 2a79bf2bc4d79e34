//! [`RunConfig`]: the one file that says what `plimsoll run` may do: whose money moves, how much of it, where, and on whose word.
//!
//! The sections of a backtest stand in it unchanged; `[run]`, `[venue]`, `[key]` and `[live]` say what a backtest has no
//! use for. No secret stands in it: `[key]` names where one lies.

mod amount;
mod nearest;
mod problems;
mod read;
mod secret;
mod sections;
#[cfg(test)]
mod tests;

pub(crate) use amount::{Amount, Capital};
pub(crate) use read::{RunConfig, is_run_config};
pub(crate) use secret::SecretSource;
pub(crate) use sections::{
    KeyKind, KeySection, LiveSection, Mode, ProfileName, RunSection, VenueSection,
};
