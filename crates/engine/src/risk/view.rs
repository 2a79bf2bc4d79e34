//! The account as risk sees it.

use types::entry::SystemMode;
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Price};

use super::Exposure;
use crate::covariance::Covariance;
use crate::guards::{Level, LossReading};

/// Something a rule needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<T> {
    /// It is there.
    Known(T),
    /// It should be there and is not: the rule refuses.
    Missing,
    /// It cannot exist in this mode: the rule is listed as not applicable.
    NotApplicable,
}

/// How old the newest bar of a timeframe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataAge {
    /// Nanoseconds since it closed.
    pub age: i64,
    /// Length of the timeframe in nanoseconds.
    pub timeframe: i64,
}

/// The account at the moment of an intent. Plain data; cheap to build.
#[derive(Clone, Copy, Debug)]
pub struct RiskView<'a> {
    /// Now, in market time.
    pub now: TsNanos,
    /// Spot or perpetual.
    pub market: Market,
    /// Mode of the system.
    pub mode: SystemMode,
    /// Level of protection.
    pub level: Level,
    /// Cash plus positions at mark, inside the capital that may be used.
    pub equity: Money,
    /// Cash in quote; what working entries may still take is taken off here, not before.
    pub cash: Money,
    /// The loss budget; `None` refuses.
    pub loss: Option<LossReading>,
    /// Every symbol with a position or a working entry, the intent's own among them, once each.
    /// Dust is left out.
    pub exposures: &'a [Exposure],
    /// How symbols move together.
    pub covariance: &'a Covariance,
    /// End of the pause of the intent's symbol.
    pub cooldown_until: Option<TsNanos>,
    /// Age of the newest bar of the shortest timeframe in use.
    pub bar_age: Input<DataAge>,
    /// Age of the newest quote, in nanoseconds.
    pub quote_age: Input<i64>,
    /// Latency of the venue, in nanoseconds.
    pub venue_latency: Input<i64>,
    /// Orders of ours open on the symbol, protective ones included.
    pub orders_open: u32,
    /// How many orders an entry brings with it: itself and its protective ones.
    pub orders_needed: u32,
    /// Orders of ours sent within the last second.
    pub orders_last_second: u32,
    /// The best price of our resting orders on the other side of this symbol's book: the lowest of
    /// our sales for a purchase, the highest of our purchases for a sale.
    pub opposite: Option<Price>,
    /// Perpetual: the leverage set at the venue for the symbol.
    pub leverage: Input<u32>,
}
