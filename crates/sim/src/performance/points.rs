//! What is measured: [`EquityPoint`] and [`TradeRecord`].

use serde::{Serialize, Serializer};
use types::decision::ReasonCode;
use types::ids::Symbol;
use types::market::{Direction, PatternId, Regime, TsNanos};

/// Equity at one moment; a series has one per UTC day, oldest first, and starts with the capital.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EquityPoint {
    /// When.
    #[serde(serialize_with = "text")]
    pub ts: TsNanos,
    /// Cash and positions at mark, in quote currency.
    pub equity: f64,
    /// Sum of absolute notionals held, as a share of equity.
    pub exposure: f64,
}

/// What ended a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitReason {
    /// The protective stop.
    Stop,
    /// The profit target.
    Target,
    /// The venue closed it for want of margin.
    Liquidation,
    /// A decision, for this reason.
    Decision(ReasonCode),
}

impl ExitReason {
    /// Returns the word for machines and people.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Target => "TARGET",
            Self::Liquidation => "LIQUIDATION",
            Self::Decision(code) => code.code(),
        }
    }
}

impl Serialize for ExitReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A trade from entry to exit. Amounts in quote currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TradeRecord {
    /// What was traded.
    pub symbol: Symbol,
    /// Long or short.
    pub direction: Direction,
    /// The first fill.
    #[serde(serialize_with = "text")]
    pub opened_at: TsNanos,
    /// The last fill.
    #[serde(serialize_with = "text")]
    pub closed_at: TsNanos,
    /// Quantity in units of base.
    pub qty: f64,
    /// Average price of the opening fills.
    pub entry: f64,
    /// Average price of the closing fills.
    pub exit: f64,
    /// After fees and funding.
    pub pnl: f64,
    /// Fees paid.
    pub fees: f64,
    /// Funding received (+) or paid (-).
    pub funding: f64,
    /// Fills against the price at decision; + is worse. Already in the prices, so also in `pnl`.
    pub slippage: f64,
    /// P&L as a multiple of the loss at the first stop; `None` for a trade without one.
    pub r: Option<f64>,
    /// What ended it.
    pub exit_reason: ExitReason,
    /// Score at entry, 0 to 100; `None` for rules without one.
    pub score: Option<f64>,
    /// Regime at entry.
    pub regime: Option<Regime>,
    /// Patterns seen at entry.
    #[serde(serialize_with = "texts")]
    pub patterns: Vec<PatternId>,
}

/// A moment as RFC 3339: whole numbers of nanoseconds do not survive readers that know only `f64`.
pub(super) fn text<S: Serializer>(at: &TsNanos, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field's own type")]
fn texts<S: Serializer>(patterns: &Vec<PatternId>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(patterns.iter().map(ToString::to_string))
}
