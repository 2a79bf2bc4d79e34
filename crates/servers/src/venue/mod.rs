//! The simulated exchange as a server: [`Venue`].

pub mod api;
mod config;
pub mod control;
pub mod core;
pub mod data;
pub mod faults;
pub mod interval;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod market;
mod rest;
pub mod socket;
mod start;
pub mod streams;
pub mod text;
pub mod user;
pub mod wsapi;

pub use config::{Quiet, VenueConfig};
pub use market::ListedSymbol;
pub use start::{Venue, VenueError};
