//! What a venue says about a symbol: steps, minima, fees, margin.

use serde::{Deserialize, Serialize};

use crate::ids::{Asset, Symbol};
use crate::num::{Money, Price, Qty, Ratio};

/// What kind of account holds positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Market {
    /// Long only, leverage 1; a position is a balance of the base asset.
    Spot,
    /// One net position per symbol, isolated margin, funding.
    Perp,
}

impl Market {
    /// Returns the word used in output and configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Perp => "perp",
        }
    }
}

/// In which asset a fee is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeeAsset {
    /// In what the order receives: base for a buy, quote for a sale.
    Received,
    /// Always in quote.
    Quote,
}

/// The rules of one symbol at its venue.
///
/// Filters as in Binance's API documentation, page *Filters* (PRICE_FILTER, LOT_SIZE,
/// NOTIONAL, PERCENT_PRICE_BY_SIDE, MAX_NUM_ORDERS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// The venue's name for it.
    pub symbol: Symbol,
    /// What is bought and sold.
    pub base: Asset,
    /// What it is paid in.
    pub quote: Asset,
    /// Spot or perpetual.
    pub market: Market,
    /// Smallest step of a price.
    pub tick: Price,
    /// Smallest step of a quantity.
    pub lot: Qty,
    /// Smallest quantity of an order.
    pub min_qty: Qty,
    /// Largest quantity of an order.
    pub max_qty: Qty,
    /// Smallest price x quantity of an order.
    pub min_notional: Money,
    /// Lowest allowed order price as a share of the last price; zero switches the band off.
    pub price_band_down: Ratio,
    /// Highest allowed order price as a share of the last price; zero switches the band off.
    pub price_band_up: Ratio,
    /// Most orders that may be open at once.
    pub max_orders: u32,
    /// Fee of an order that rests.
    pub maker_fee: Ratio,
    /// Fee of an order that trades on arrival.
    pub taker_fee: Ratio,
    /// Where fees are taken.
    pub fee_asset: FeeAsset,
    /// Perpetual: maintenance margin as a share of notional at mark.
    pub maintenance_margin: Ratio,
    /// Perpetual: fee on a position closed by the venue.
    pub liquidation_fee: Ratio,
}

impl Instrument {
    /// Returns the instrument of a symbol nothing is known about: steps of 1e-8, no minima, 10 bps.
    #[must_use]
    pub fn unknown(symbol: Symbol, base: Asset, quote: Asset, market: Market) -> Self {
        Self {
            symbol,
            base,
            quote,
            market,
            tick: Price::STEP,
            lot: Qty::STEP,
            min_qty: Qty::STEP,
            max_qty: Qty::MAX,
            min_notional: Money::ZERO,
            price_band_down: Ratio::ZERO,
            price_band_up: Ratio::ZERO,
            max_orders: 200,
            maker_fee: Ratio::from_bps(10),
            taker_fee: Ratio::from_bps(10),
            fee_asset: FeeAsset::Quote,
            maintenance_margin: Ratio::from_bps(50),
            liquidation_fee: Ratio::from_bps(125),
        }
    }
}
