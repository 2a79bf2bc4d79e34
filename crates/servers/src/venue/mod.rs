//! The simulated exchange as a server.

pub mod api;
pub mod interval;
pub mod keys;
pub mod market;
pub mod text;
