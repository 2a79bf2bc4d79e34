//! The simulated exchange as a server.

pub mod api;
pub mod core;
pub mod data;
pub mod faults;
pub mod interval;
pub mod keys;
pub mod limits;
pub mod market;
pub mod text;
