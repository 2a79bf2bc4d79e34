//! Volume-weighted average price of the day: [`Vwap`].

use serde::{Deserialize, Serialize};

use crate::bar::Bar;

/// Volume-weighted average price since 00:00 UTC, or since the first bar seen on that day.
///
/// Input: closed bars. Output: in price; `None` while the volume of the day is 0, and from a bar
/// of unknown volume to the end of its day. The bar's price is the typical one. O(1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vwap {
    day: Option<i64>,
    money: f64,
    volume: f64,
    unknown: bool,
}

impl Vwap {
    /// Returns an average that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<f64> {
        let day = bar.open_time.day();
        if self.day != Some(day) {
            *self = Self { day: Some(day), ..Self::default() };
        }
        match bar.volume {
            Some(volume) => {
                self.money += bar.typical() * volume;
                self.volume += volume;
            }
            None => self.unknown = true,
        }
        (self.volume > 0.0 && !self.unknown).then(|| self.money / self.volume)
    }
}
