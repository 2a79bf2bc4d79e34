//! Moving average convergence divergence: [`Macd`].

use serde::{Deserialize, Serialize};

use super::ema::Ema;
use crate::params::Period;

/// Moving average convergence divergence (Appel).
///
/// Input: one value per closed bar. Output: same unit; `None` until `slow` + `signal` - 1 values
/// were seen. As in TA-Lib both averages are first defined on the same bar: the fast one is seeded
/// with the `fast` values that end there, not with the very first. O(1) per bar, O(1) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
    /// Values still to pass before the fast average starts.
    wait: u32,
}

/// The MACD after a bar, in the unit of its input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MacdReading {
    /// Fast average - slow average.
    pub line: f64,
    /// Average of the line.
    pub signal: f64,
    /// Line - signal.
    pub histogram: f64,
}

impl Macd {
    /// Returns a MACD that has seen nothing.
    #[must_use]
    pub fn new(fast: Period, slow: Period, signal: Period) -> Self {
        let wait = u32::from(slow).saturating_sub(u32::from(fast));
        Self { fast: Ema::new(fast), slow: Ema::new(slow), signal: Ema::new(signal), wait }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<MacdReading> {
        let slow = self.slow.update(value);
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        let line = self.fast.update(value)? - slow?;
        let signal = self.signal.update(line)?;
        Some(MacdReading { line, signal, histogram: line - signal })
    }
}
