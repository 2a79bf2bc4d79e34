//! [`GeneratorConfig`]: what market to make.

use serde::{Deserialize, Serialize};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

use crate::data::DataError;

/// A century: beyond it, times near the end of their range.
const DAYS_MAX: u32 = 36_525;
/// Prices and ticks of well-known symbols, in 1e-8: the ticks are the venues' of 2024.
const KNOWN: [(&str, i64, i64); 10] = [
    ("BTCUSDT", 4_000_000_000_000, 1_000_000),
    ("ETHUSDT", 250_000_000_000, 1_000_000),
    ("SOLUSDT", 10_000_000_000, 1_000_000),
    ("LTCUSDT", 7_000_000_000, 1_000_000),
    ("XRPUSDT", 50_000_000, 1_000),
    ("ADAUSDT", 40_000_000, 1_000),
    ("TRXUSDT", 10_000_000, 1_000),
    ("EURUSD", 110_000_000, 1_000),
    ("GBPUSD", 130_000_000, 1_000),
    ("SPY", 40_000_000_000, 1_000_000),
];

/// When the market is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Always, at a volatility of 60 % a year.
    #[default]
    Always,
    /// From Sunday 22:00 to Friday 22:00 UTC, at a volatility of 9 % a year.
    Fx,
}

impl Calendar {
    /// Returns whether the minute that opens then is traded.
    #[must_use]
    pub const fn is_open(self, at: TsNanos) -> bool {
        match self {
            Self::Always => true,
            Self::Fx => {
                // 1970-01-01 was a Thursday: Friday 22:00 is minute 2,760 of such a week.
                let minute = at.as_nanos().div_euclid(Timeframe::M1.nanos());
                let of_week = minute.rem_euclid(7 * 1_440);
                !(of_week >= 1_440 + 22 * 60 && of_week < 3 * 1_440 + 22 * 60)
            }
        }
    }

    /// Returns the volatility of a year, as a share.
    pub(super) const fn volatility(self) -> f64 {
        match self {
            Self::Always => 0.6,
            Self::Fx => 0.09,
        }
    }

    /// Returns the traded minutes of a year.
    pub(super) const fn minutes_per_year(self) -> f64 {
        match self {
            Self::Always => 525_960.0,
            Self::Fx => 525_960.0 * 5.0 / 7.0,
        }
    }
}

/// What the market shows. Each feature has its own draws: switching one off leaves the others as
/// they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Features {
    /// Trends up and down of weeks, and ranges between them.
    pub regimes: bool,
    /// Innovations of Student's t with 4 degrees of freedom instead of normal ones.
    pub fat_tails: bool,
    /// Quiet and wild times.
    pub volatility_clusters: bool,
    /// Opens away from the close before, 20 a year and symbol.
    pub gaps: bool,
    /// Falls of minutes that come back, 3 a year and symbol.
    pub flash_crashes: bool,
    /// Stretches without bars on all symbols, 4 a year.
    pub halts: bool,
    /// Hours with next to no volume, 12 a year and symbol.
    pub thin_book: bool,
    /// Falls of hours on all symbols at once, 2 a year.
    pub correlated_crashes: bool,
}

impl Features {
    /// Everything.
    pub const ALL: Self = Self {
        regimes: true,
        fat_tails: true,
        volatility_clusters: true,
        gaps: true,
        flash_crashes: true,
        halts: true,
        thin_book: true,
        correlated_crashes: true,
    };
    /// Nothing: correlated random walks with normal steps.
    pub const NONE: Self = Self {
        regimes: false,
        fat_tails: false,
        volatility_clusters: false,
        gaps: false,
        flash_crashes: false,
        halts: false,
        thin_book: false,
        correlated_crashes: false,
    };
}

impl Default for Features {
    fn default() -> Self {
        Self::ALL
    }
}

/// Whose the trends of a symbol are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trends {
    /// The whole market's: weeks long, at twice the volatility of a year. As of coins.
    #[default]
    Common,
    /// Its own: two days on average, ten times as steep, and its price follows no other. A market in which something
    /// happens every day: to show how the system acts, never to judge what it earns.
    Own,
    /// Its own, half a day on average, in a volatility that changes little: for people who look on.
    Lively,
}

/// What is traded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Its name.
    pub symbol: Symbol,
    /// Its first price.
    pub price: Price,
    /// The step of its prices.
    pub tick: Price,
    /// Whose its trends are.
    #[serde(default)]
    pub trends: Trends,
}

impl Listing {
    /// Returns a listing at a price and tick that are usual for a well-known symbol, else at 100 in
    /// steps of 0.01.
    #[must_use]
    pub fn of(symbol: Symbol) -> Self {
        let known = KNOWN.iter().find(|(name, _, _)| *name == symbol.as_str());
        let (price, tick) = known.map_or((10_000_000_000, 1_000_000), |known| (known.1, known.2));
        let (price, tick) = (Price::from_raw(price), Price::from_raw(tick));
        Self { symbol, price, tick, trends: Trends::Common }
    }
}

/// What market to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorConfig {
    /// The same seed makes the same bars, bit for bit, on every platform.
    pub seed: u64,
    /// What is traded. A symbol's bars don't depend on which others are made.
    pub listings: Vec<Listing>,
    /// Open time of the first bar; on the grid of the timeframe.
    pub start: TsNanos,
    /// How long, in days of 24 hours [1-36525].
    pub days: u32,
    /// Length of a bar. Longer bars are aggregated from minutes.
    pub timeframe: Timeframe,
    /// When the market is open.
    pub calendar: Calendar,
    /// What the market shows.
    pub features: Features,
}

impl GeneratorConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// `Generator` naming the key, what was seen and what was wanted; `SymbolTwice`.
    pub fn validate(&self) -> Result<(), DataError> {
        let refuse = |key, seen: String, wanted| Err(DataError::Generator { key, seen, wanted });
        if self.listings.is_empty() {
            return refuse("listings", "empty".to_owned(), "at least one symbol");
        }
        if self.days == 0 || self.days > DAYS_MAX {
            return refuse("days", self.days.to_string(), "1 to 36525");
        }
        if !self.timeframe.closes_at(self.start) {
            return refuse("start", self.start.to_string(), "a moment on the timeframe's grid");
        }
        let mut names: Vec<&Symbol> = self.listings.iter().map(|each| &each.symbol).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DataError::SymbolTwice(twice[0].clone()));
        }
        for Listing { price, tick, .. } in &self.listings {
            if !tick.is_positive() {
                return refuse("tick", tick.to_string(), "above 0");
            }
            // A hundred ticks leave room to fall, a hundredth of the range room to rise.
            let (low, high) = (tick.raw().saturating_mul(100), i64::MAX / 10_000);
            if price.raw() < low || price.raw() > high {
                return refuse("price", price.to_string(), "100 ticks to 9,223,372");
            }
        }
        Ok(())
    }
}
