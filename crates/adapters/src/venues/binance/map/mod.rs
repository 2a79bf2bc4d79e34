//! The venue's structures into our words, and our orders into its parameters.

mod account;
mod listing;
mod market;
mod order;
mod reject;
mod request;
mod user;

use types::ids::{Asset, Symbol};
use types::market::TsNanos;

use crate::error::DecodeError;

pub(super) use account::{account, key_rights, my_trade, usage};
pub(super) use listing::listings;
pub(super) use market::{
    agg_trade, bar_update, bars, depth_diff, depth_snapshot, depth_top, quote, trade, trades,
};
pub(super) use order::{cancel_replace, list_report, order_report};
pub(super) use reject::{is_unsure, rejection};
pub(super) use request::{Params, list_params, list_path, order_params, percent_encode};
pub(super) use user::user_event;

/// Reads a moment in milliseconds.
fn moment(field: &'static str, millis: i64) -> Result<TsNanos, DecodeError> {
    TsNanos::from_millis(millis)
        .map_err(|error| DecodeError::Value { field, why: error.to_string() })
}

/// Reads a symbol.
fn symbol(raw: &str) -> Result<Symbol, DecodeError> {
    Symbol::new(raw).map_err(|error| DecodeError::Value { field: "symbol", why: error.to_string() })
}

/// Reads an asset.
fn asset(raw: &str) -> Result<Asset, DecodeError> {
    Asset::new(raw).map_err(|error| DecodeError::Value { field: "asset", why: error.to_string() })
}
