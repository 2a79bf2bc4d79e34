//! Throws bytes at the doors of the Binance adapter. Errors are fine, a panic is a defect.

use adapters::venues::binance::decode::{self, StreamNames};
use types::feed::{Channel, Stream};
use types::ids::Symbol;
use types::market::Timeframe;

/// At the market streams.
pub(crate) fn stream(bytes: &[u8]) {
    let symbol = Symbol::new("BNBBTC").expect("a symbol");
    let channels = [
        Channel::Bars(Timeframe::M1),
        Channel::Quotes,
        Channel::Trades,
        Channel::AggTrades,
        Channel::Depth,
        Channel::DepthTop,
    ];
    let streams = channels.map(|channel| Stream::new(symbol.clone(), channel));
    if let Err(error) = decode::stream(bytes, &StreamNames::new(&streams)) {
        readable(&error.to_string());
    }
}

/// At the messages about the account.
pub(crate) fn account(bytes: &[u8]) {
    if let Err(error) = decode::account_message(bytes) {
        readable(&error.to_string());
    }
}

/// At the answers about the market.
pub(crate) fn market(bytes: &[u8]) {
    let symbol = Symbol::new("BNBBTC").expect("a symbol");
    let _ = decode::server_time(bytes);
    let _ = decode::listings(bytes);
    let _ = decode::bars(bytes, Timeframe::M1);
    let _ = decode::depth(bytes);
    if let Err(error) = decode::trades(bytes, &symbol) {
        readable(&error.to_string());
    }
}

/// At the answers about orders and the account.
pub(crate) fn private(bytes: &[u8]) {
    let _ = decode::orders(bytes);
    let _ = decode::order_list(bytes);
    let _ = decode::replaced(bytes);
    let _ = decode::half_replaced(bytes);
    let _ = decode::fills(bytes);
    let _ = decode::account(bytes);
    let _ = decode::order_usage(bytes);
    let _ = decode::key_rights(bytes);
    let _ = decode::error(bytes);
    if let Err(error) = decode::order(bytes) {
        readable(&error.to_string());
    }
}

/// A message of ours is one line of bounded length, whatever was in the bytes.
fn readable(message: &str) {
    assert!(message.chars().count() < 2_000, "{} characters", message.chars().count());
    assert!(!message.contains('\n'), "{message:?}");
}
