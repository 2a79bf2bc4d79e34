//! Trades and bars for the tests of this module.

use sim::exchange::book::{AccountId, Trade, TradeId, VenueOrderId};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

use super::KlinePiece;

/// The symbol of all of them.
pub(super) const SYMBOL: SymbolId = SymbolId(0);

fn e8(units: i64) -> i64 {
    units * 100_000_000
}

/// Returns a trade from number, millisecond, price, quantity, taker order; a buyer took it.
pub(super) fn trade((id, millis, price, qty, taker): (u64, i64, i64, i64, u64)) -> Trade {
    Trade {
        id: TradeId(id),
        at: TsNanos::from_millis(millis).unwrap(),
        symbol: SYMBOL,
        price: Price::from_raw(e8(price)),
        qty: Qty::from_raw(e8(qty)),
        buyer_order: VenueOrderId(taker),
        seller_order: VenueOrderId(1_000 + id),
        buyer: AccountId(0),
        seller: AccountId(1),
        buyer_is_maker: false,
    }
}

/// Returns a bar of one trade from its opening millisecond, prices and volume.
pub(super) fn piece(millis: i64, [open, high, low, close]: [i64; 4], volume: i64) -> KlinePiece {
    let price = |units| Price::from_raw(e8(units));
    let volume = Money::from_units(volume);
    KlinePiece {
        at: TsNanos::from_millis(millis).unwrap(),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        volume,
        quote: volume,
        trades: 1,
        taker_volume: Money::ZERO,
        taker_quote: Money::ZERO,
        ids: None,
    }
}
