//! The crowd: everybody else on a synthetic exchange. [`Script`] turns bars, trades or quotes into
//! what happens when, [`Crowd`] carries it out on an order book.
//!
//! # What follows the data
//!
//! While nobody else trades, bars built from the crowd's trades equal the bars of the source: open,
//! high, low and close to the tick (a price between two ticks is taken at the nearest), volume to
//! the lot (never less than one lot for each price that has to be visited). A bar without volume has
//! no trade. A missing bar is silence, and from [`CrowdConfig::halt_after`] on a halt: nothing is
//! quoted where the source knows no price.
//!
//! # What is made up
//!
//! When within a bar the extremes come, the way between them, how many trades there are and of
//! which size, the depth of the book. All of it is a function of seed, symbol and time. Who trades
//! with the crowd moves the book: what was taken is missing until it is filled up beat by beat, and
//! an order in the way of the price is met by everyone who comes past it, behind those who were
//! there before.

mod acting;
mod config;
mod ladder;
mod path;
mod play;
mod script;
mod step;
mod ticks;

pub use config::{CrowdConfig, Grid};
pub use play::{Crowd, CrowdBook, OrderKey};
pub use script::{Script, ScriptError};
pub use step::{Print, Step, StepKind};
