//! [`CrowdConfig`]: how busy and how deep; [`Grid`]: prices in ticks and quantities in lots.

use serde::{Deserialize, Serialize};
use types::market::Timeframe;
use types::num::{Price, Qty};

/// How busy the crowd is and how deep its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrowdConfig {
    /// The same seed makes the same crowd.
    pub seed: u64,
    /// Trades of an ordinary minute of a bar [1-6000]. Recorded trades are taken as they are.
    pub trades_per_minute: u32,
    /// Moments of a minute at which quotes move and gaps are filled up [0-6000].
    pub beats_per_minute: u32,
    /// Best ask less best bid, in hundredths of a basis point [1-10000]; one tick at least. Quotes
    /// bring their own.
    pub spread_centibps: u32,
    /// Levels of each side near the touch, one basis point apart, and as many again, ten apart
    /// [1-500].
    pub levels: u32,
    /// Silence of the source from which on the symbol is halted, in minutes; a missing bar that is
    /// shorter is silence.
    pub halt_after_minutes: u32,
}

impl Default for CrowdConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            trades_per_minute: 24,
            beats_per_minute: 60,
            spread_centibps: 20,
            levels: 20,
            halt_after_minutes: 15,
        }
    }
}

impl CrowdConfig {
    /// Returns the silence from which on the symbol is halted, in nanoseconds.
    #[must_use]
    pub fn halt_after(&self) -> i64 {
        i64::from(self.halt_after_minutes).saturating_mul(Timeframe::M1.nanos())
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// A sentence naming the key, what was seen and what was wanted.
    pub fn validate(&self) -> Result<(), String> {
        let within = |key: &str, seen: u32, low: u32, high: u32| {
            if (low..=high).contains(&seen) {
                Ok(())
            } else {
                Err(format!("{key} is {seen}, wanted {low} to {high}"))
            }
        };
        within("trades_per_minute", self.trades_per_minute, 1, 6_000)?;
        within("beats_per_minute", self.beats_per_minute, 0, 6_000)?;
        within("spread_centibps", self.spread_centibps, 1, 10_000)?;
        within("levels", self.levels, 1, 500)?;
        within("halt_after_minutes", self.halt_after_minutes, 1, 525_600)
    }
}

/// Prices in whole ticks, quantities in whole lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    tick: Price,
    lot: Qty,
}

impl Grid {
    /// A grid of a tick and a lot, both above zero; `None` otherwise.
    #[must_use]
    pub fn new(tick: Price, lot: Qty) -> Option<Self> {
        (tick.is_positive() && lot.is_positive()).then_some(Self { tick, lot })
    }

    /// Returns the nearest whole number of ticks, at least 1. A half is rounded up.
    #[must_use]
    pub fn ticks(&self, price: Price) -> i64 {
        let tick = self.tick.raw();
        (price.raw().saturating_add(tick / 2) / tick).max(1)
    }

    /// Returns the price of whole ticks.
    #[must_use]
    pub fn price(&self, ticks: i64) -> Price {
        Price::from_raw(ticks.saturating_mul(self.tick.raw()))
    }

    /// Returns the quantity of whole lots.
    #[must_use]
    pub fn qty(&self, lots: i64) -> Qty {
        Qty::from_raw(lots.saturating_mul(self.lot.raw()))
    }

    /// Returns the whole lots of a quantity, rounded down.
    #[must_use]
    pub fn lots(&self, qty: Qty) -> i64 {
        qty.raw() / self.lot.raw()
    }

    /// Returns the nearest whole number of lots of a volume in base units; at most a quarter of the
    /// range, so that sums fit.
    #[must_use]
    pub fn lots_of_volume(&self, volume: f64) -> i64 {
        #[expect(clippy::cast_precision_loss, reason = "a lot is far below 2^53 steps")]
        let lots = volume * 1e8 / self.lot.raw() as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a cast holds it within 64 bits")]
        let lots = lots.round() as i64;
        lots.clamp(0, i64::MAX / 4 / self.lot.raw())
    }
}
