//! A feed against a venue that drops, doubles, delays, reorders, falls silent and hangs up.

mod flaky;
mod network;
mod stories;
mod venue;
