//! Binance spot: [`BinanceSpot`]. Written from the exchange's public API documentation.

mod answer;
mod capabilities;
mod config;
pub mod decode;
mod map;
mod rest;
mod sign;
mod stream;
mod user;
mod wire;
mod words;

pub use config::{BinanceConfig, EndpointError, Endpoints, is_this_machine};
pub use rest::BinanceSpot;
