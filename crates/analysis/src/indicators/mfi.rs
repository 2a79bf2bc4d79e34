//! Money flow index: [`Mfi`].

use serde::{Deserialize, Serialize};

use super::values::Oscillator;
use crate::bar::Bar;
use crate::params::Period;
use crate::sliding::{Sliding, Sum};

/// Typical prices nearer to each other than this share are equal: sums of the same decimals in
/// another order differ in the last bit, one part in 2^52 = 2e-16 of each of three additions.
const ROUNDING: f64 = 1e-15;

/// Money flow index (Quong and Soudack, *Stocks & Commodities*, March 1989).
///
/// Input: closed bars. Output: 0 to 100; `None` until `period` + 1 bars with volume were seen, and
/// again after a bar without one. Flow is typical price x volume; equal typical prices count on
/// neither side; without any flow the value is 0 by convention.
/// The tilt takes volume alone as flow: a mirrored price would weigh it differently.
/// O(1) per bar, O(period) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mfi {
    previous: Option<f64>,
    /// Rising and falling flow of money, rising and falling volume.
    flows: Sliding<Sum, 4>,
}

impl Mfi {
    /// Returns an index that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self { previous: None, flows: Sliding::new(period) }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<Oscillator> {
        let Some(volume) = bar.volume else {
            self.previous = None;
            self.flows.clear();
            return None;
        };
        let typical = bar.typical();
        let moved = typical - self.previous.replace(typical)?;
        let least = ROUNDING * typical;
        let up = if moved > least { volume } else { 0.0 };
        let down = if moved < -least { volume } else { 0.0 };
        let flows = self.flows.push([typical * up, typical * down, up, down]);
        let [up_money, down_money, up, down] = flows?;
        let (value, _) = share(up_money, down_money);
        let (_, tilt) = share(up, down);
        Some(Oscillator { value: 100.0 * value, tilt })
    }
}

/// Returns the rising part of all flow, 0 to 1, and its surplus over the falling part, -1 to 1.
#[inline]
fn share(up: f64, down: f64) -> (f64, f64) {
    let all = up + down;
    if all > 0.0 { (up / all, (up - down) / all) } else { (0.0, 0.0) }
}
