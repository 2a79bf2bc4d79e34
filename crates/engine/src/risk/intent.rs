//! What a policy wants.

use types::decision::Protective;
use types::ids::SymbolId;
use types::instrument::Instrument;
use types::market::Direction;
use types::num::{Price, Ratio};

use super::Rates;
use crate::calibration::Estimate;

/// An entry a policy wants. Exits need no verdict: they only lower exposure.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// The symbol.
    pub symbol: SymbolId,
    /// Its rules at the venue.
    pub instrument: &'a Instrument,
    /// Long or short.
    pub direction: Direction,
    /// The worst price it may trade at: what it is sized and judged at.
    pub worst: Price,
    /// The price used for valuation.
    pub mark: Option<Price>,
    /// Where the position will be given up.
    pub stop: Option<Protective>,
    /// Where its profit will be taken.
    pub target: Option<Protective>,
    /// ATR of the shortest timeframe in use, in quote per unit of base.
    pub atr_shortest: Option<f64>,
    /// Expected slippage and fee of a taker order, as shares of its notional.
    pub rates: Rates,
    /// What calibration makes of the score; `None` for a policy without a score: `m` is 1.
    pub estimate: Option<Estimate>,
    /// Expected cost of the round trip, in R.
    pub cost: f64,
    /// Factor that advice puts on the size: 0, 0.5 or 1.
    pub advice: Ratio,
    /// Switches that change the size.
    pub flags: SizeFlags,
}

/// Switches that change the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeFlags {
    /// Off: `m` is 1.
    pub adaptive_position_sizing: bool,
    /// On: half size.
    pub conservative_mode: bool,
}
