//! Money flow index: [`Mfi`].

use serde::{Deserialize, Serialize};

use super::values::Oscillator;
use crate::bar::Bar;
use crate::num;
use crate::params::Period;
use crate::ring::Ring;

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
    up_money: Ring<f64>,
    down_money: Ring<f64>,
    up_volume: Ring<f64>,
    down_volume: Ring<f64>,
}

impl Mfi {
    /// Returns an index that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        let ring = Ring::new(period.get());
        Self {
            previous: None,
            up_money: ring.clone(),
            down_money: ring.clone(),
            up_volume: ring.clone(),
            down_volume: ring,
        }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<Oscillator> {
        let Some(volume) = bar.volume else {
            self.restart();
            return None;
        };
        let typical = bar.typical();
        let previous = self.previous.replace(typical)?;
        let up = if typical > previous { volume } else { 0.0 };
        let down = if typical < previous { volume } else { 0.0 };
        self.up_money.push(typical * up);
        self.down_money.push(typical * down);
        self.up_volume.push(up);
        self.down_volume.push(down);
        if !self.up_money.is_full() {
            return None;
        }
        let (up_money, down_money) = (total(&self.up_money), total(&self.down_money));
        let (up, down) = (total(&self.up_volume), total(&self.down_volume));
        let money = up_money + down_money;
        let value = if money > 0.0 { 100.0 * (up_money / money) } else { 0.0 };
        let tilt = if up + down > 0.0 { (up - down) / (up + down) } else { 0.0 };
        Some(Oscillator { value, tilt })
    }

    fn restart(&mut self) {
        self.previous = None;
        for ring in
            [&mut self.up_money, &mut self.down_money, &mut self.up_volume, &mut self.down_volume]
        {
            ring.clear();
        }
    }
}

#[inline]
fn total(ring: &Ring<f64>) -> f64 {
    num::sum(ring.unordered())
}
