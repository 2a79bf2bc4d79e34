//! On-balance volume: [`Obv`].

use serde::{Deserialize, Serialize};

use crate::bar::Bar;

/// On-balance volume (Granville, *New Key to Stock Market Profits*, 1963).
///
/// Input: closed bars. Output: in units of base, from the volume of the first bar; `None` at a bar
/// of unknown volume, after which it starts again. O(1) per bar, O(1) memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Obv {
    last: Option<(f64, f64)>,
}

impl Obv {
    /// Returns a balance that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<f64> {
        let balance = bar.volume.map(|volume| match self.last {
            Some((close, balance)) if bar.close > close => balance + volume,
            Some((close, balance)) if bar.close < close => balance - volume,
            Some((_, balance)) => balance,
            None => volume,
        });
        self.last = balance.map(|balance| (bar.close, balance));
        balance
    }
}
