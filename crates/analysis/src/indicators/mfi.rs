//! Money flow index: [`Mfi`].

use serde::{Deserialize, Serialize};

use super::values::Oscillator;
use crate::bar::Bar;
use crate::num;
use crate::params::Period;
use crate::ring::Ring;

/// Typical prices nearer to each other than this share are equal: sums of the same decimals in
/// another order differ in the last bit, one part in 2^52 = 2e-16 of each of three additions.
const ROUNDING: f64 = 1e-15;

/// Money flow index (Quong and Soudack, *Stocks & Commodities*, March 1989).
///
/// Input: closed bars. Output: 0 to 100; `None` until `period` + 1 bars with volume were seen, and
/// again after a bar without one. Flow is typical price x volume; equal typical prices count on
/// neither side; without any flow the value is 0 by convention.
/// The tilt takes volume alone as flow: a mirrored price would weigh it differently.
/// O(period) per bar and memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mfi {
    previous: Option<f64>,
    /// Typical price x volume, negative when the price fell, 0 when it stayed.
    money: Ring<f64>,
    /// Volume, signed in the same way.
    volume: Ring<f64>,
}

impl Mfi {
    /// Returns an index that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        let ring = Ring::new(period.get());
        Self { previous: None, money: ring.clone(), volume: ring }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<Oscillator> {
        let Some(volume) = bar.volume else {
            self.previous = None;
            self.money.clear();
            self.volume.clear();
            return None;
        };
        let typical = bar.typical();
        let moved = typical - self.previous.replace(typical)?;
        let least = ROUNDING * typical;
        let signed = if moved > least {
            volume
        } else if moved < -least {
            -volume
        } else {
            0.0
        };
        self.money.push(typical * signed);
        self.volume.push(signed);
        if !self.money.is_full() {
            return None;
        }
        let (up, down) = parts(&self.money);
        let value = if up + down > 0.0 { 100.0 * (up / (up + down)) } else { 0.0 };
        let (up, down) = parts(&self.volume);
        let tilt = if up + down > 0.0 { (up - down) / (up + down) } else { 0.0 };
        Some(Oscillator { value, tilt })
    }
}

/// Returns the sums of the rising and of the falling flows, both positive.
#[inline]
fn parts(flows: &Ring<f64>) -> (f64, f64) {
    let flows = flows.unordered();
    let up = num::sum_by(flows, |flow| num::max(flow, 0.0));
    let down = num::sum_by(flows, |flow| num::max(-flow, 0.0));
    (up, down)
}
