//! `[risk.stop]`, `[risk.orders]`, `[risk.feed]`: what a single order must satisfy.

use serde::{Deserialize, Serialize};

use super::super::units::{Share, Span};

/// Where a stop may lie and how it may move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopRules {
    /// Largest distance of the first stop, as a share of the entry price. Default `"20%"`.
    /// Range 1 % to 50 %.
    pub distance: Share,
    /// Smallest distance of a new stop from the market, in ATR of the shortest timeframe in use.
    /// Default 1. Range 0 to 10.
    pub market_atr: f64,
    /// The same in ticks. Default 3. Range 1 to 1,000.
    pub market_ticks: u32,
    /// Smallest move of a stop, in ATR of the decision timeframe. Default 0.25. Range 0 to 5.
    pub step_atr: f64,
}

impl Default for StopRules {
    fn default() -> Self {
        Self { distance: Share::percent(20), market_atr: 1.0, market_ticks: 3, step_atr: 0.25 }
    }
}

/// What an order may look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderRules {
    /// How far beyond the mark an order may trade on arrival. Default `"2%"`. Range 0.1 % to 10 %.
    pub collar: Share,
    /// Cushion on the venue's smallest notional, so that the exit stays sellable. Default `"125%"`.
    /// Range 100 % to 300 %.
    pub min_notional: Share,
    /// Most orders sent within one second. Default 10: Binance takes 100 in 10 seconds. Range 1 to 50.
    pub per_second: u32,
}

impl Default for OrderRules {
    fn default() -> Self {
        Self { collar: Share::percent(2), min_notional: Share::percent(125), per_second: 10 }
    }
}

/// How old data and how slow a venue may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedRules {
    /// Oldest bar an entry may rest on, in lengths of its timeframe. Default 2. Range 1 to 10.
    pub age_bars: u32,
    /// Oldest quote an entry may rest on. Default `"10s"`. Range 1s to 60s.
    pub quote_age: Span,
    /// Slowest venue that is sent an entry. Default `"2s"`. Range 100ms to 10s.
    pub latency: Span,
}

impl Default for FeedRules {
    fn default() -> Self {
        Self { age_bars: 2, quote_age: Span::seconds(10), latency: Span::seconds(2) }
    }
}
