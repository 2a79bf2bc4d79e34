//! Who answers what.

pub(super) mod account;
pub(super) mod amending;
pub(super) mod cancelling;
pub(super) mod exchange_info;
pub(super) mod general;
pub(super) mod history;
mod legs;
pub(super) mod lists;
pub(super) mod market_data;
pub(super) mod orders;
mod reading;
mod rejected;
pub(super) mod replacing;
pub(super) mod tickers;
