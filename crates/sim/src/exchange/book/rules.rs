//! What a symbol asks of orders beyond its instrument, and whether it trades.

use serde::{Deserialize, Serialize};
use types::instrument::Instrument;
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;

use super::request::Stp;

/// Whether a symbol trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolStatus {
    /// Orders are taken and matched.
    Trading,
    /// No new orders; open ones rest, unmatched, and can be cancelled.
    Halt,
    /// As `Halt`, planned.
    Break,
    /// Gone: open orders have expired, nothing is taken any more.
    Delisted,
}

/// Least, most and step of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotRule {
    /// Smallest quantity.
    pub min: Qty,
    /// Largest quantity.
    pub max: Qty,
    /// Step; zero switches it off.
    pub step: Qty,
}

/// How far an order's price may be from the average price, as shares of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBand {
    /// No band.
    Off,
    /// One band for both sides: PERCENT_PRICE.
    Same {
        /// Highest share.
        up: Ratio,
        /// Lowest share.
        down: Ratio,
    },
    /// A band for each side: PERCENT_PRICE_BY_SIDE.
    BySide {
        /// Highest share of a buy.
        bid_up: Ratio,
        /// Lowest share of a buy.
        bid_down: Ratio,
        /// Highest share of a sale.
        ask_up: Ratio,
        /// Lowest share of a sale.
        ask_down: Ratio,
    },
}

impl PriceBand {
    /// Returns lowest and highest share of a side.
    pub(super) const fn of(self, side: Side) -> Option<(Ratio, Ratio)> {
        match (self, side) {
            (Self::Off, _) => None,
            (Self::Same { up, down }, _) => Some((down, up)),
            (Self::BySide { bid_up, bid_down, .. }, Side::Buy) => Some((bid_down, bid_up)),
            (Self::BySide { ask_up, ask_down, .. }, Side::Sell) => Some((ask_down, ask_up)),
        }
    }
}

/// The rules of a symbol: its instrument, and the filters the instrument has no word for (Binance,
/// *Filters*). `None` is a filter that the symbol does not declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolRules {
    /// Steps, minima, fees.
    pub instrument: Instrument,
    /// PRICE_FILTER `minPrice`.
    pub min_price: Option<Price>,
    /// PRICE_FILTER `maxPrice`.
    pub max_price: Option<Price>,
    /// MARKET_LOT_SIZE: on top of LOT_SIZE, for market orders.
    pub market_lot: Option<LotRule>,
    /// NOTIONAL `applyMinToMarket` (MIN_NOTIONAL `applyToMarket`).
    pub min_notional_at_market: bool,
    /// NOTIONAL `maxNotional`.
    pub max_notional: Option<Money>,
    /// NOTIONAL `applyMaxToMarket`.
    pub max_notional_at_market: bool,
    /// `avgPriceMins` of all filters and of the average price, in minutes; 0 is the last price.
    pub average_minutes: u16,
    /// PERCENT_PRICE or PERCENT_PRICE_BY_SIDE.
    pub price_band: PriceBand,
    /// MAX_NUM_ALGO_ORDERS: stop-loss and take-profit orders open at once.
    pub max_algo_orders: Option<u32>,
    /// MAX_NUM_ORDER_LISTS.
    pub max_order_lists: Option<u32>,
    /// MAX_NUM_ORDER_AMENDS.
    pub max_amends: Option<u32>,
    /// MAX_POSITION, in base.
    pub max_position: Option<Qty>,
    /// Self-trade prevention of orders that name none.
    pub default_stp: Stp,
    /// What orders may name.
    pub allowed_stp: Vec<Stp>,
}

impl SymbolRules {
    /// Returns the rules of an instrument: its price band on both sides, NOTIONAL for market orders
    /// too, averages over five minutes, every self-trade prevention with `ExpireMaker` as default,
    /// no other filter.
    #[must_use]
    pub fn of(instrument: Instrument) -> Self {
        let (up, down) = (instrument.price_band_up, instrument.price_band_down);
        let price_band = if up.is_zero() && down.is_zero() {
            PriceBand::Off
        } else {
            PriceBand::BySide { bid_up: up, bid_down: down, ask_up: up, ask_down: down }
        };
        Self {
            instrument,
            min_price: None,
            max_price: None,
            market_lot: None,
            min_notional_at_market: true,
            max_notional: None,
            max_notional_at_market: false,
            average_minutes: 5,
            price_band,
            max_algo_orders: None,
            max_order_lists: None,
            max_amends: None,
            max_position: None,
            default_stp: Stp::ExpireMaker,
            allowed_stp: Stp::ALL.to_vec(),
        }
    }
}
