//! [`Generator`]: a seeded market for people without data. Everything it makes is marked simulated.
//!
//! Facts of markets that it shows, each with a test: regimes, fat tails, volatility clusters, price
//! gaps, flash crashes, halts, thin books, week-end gaps, crashes of all symbols at once. It is made
//! to exercise a system, not to judge a strategy: what earns here says nothing about what earns.

mod character;
mod common;
mod config;
pub mod crowd;
mod draws;
mod generator;
mod path;
mod shock;

pub use config::{Calendar, Features, GeneratorConfig, Listing, Trends};
pub use generator::Generator;
