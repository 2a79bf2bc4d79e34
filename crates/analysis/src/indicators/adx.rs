//! Average directional index: [`Adx`].

use serde::{Deserialize, Serialize};

use super::atr::true_range;
use crate::bar::Bar;
use crate::num;
use crate::params::Period;

/// Directional movement and its average (Wilder, *New Concepts in Technical Trading Systems*, 1978).
///
/// Input: closed bars. Output: 0 to 100; the indicators `None` until `period` + 1 bars, the average
/// until 2 x `period` bars were seen. Sums are smoothed as Wilder's, s - s/period + new, seeded with
/// `period` - 1 movements; the average is seeded with the mean of `period` indices. A bar without
/// true range in all the sum leaves the average as it is. O(1) per bar, O(1) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adx {
    period: u32,
    /// 1 / period.
    share: f64,
    previous: Option<Bar>,
    moves: u32,
    range: f64,
    plus: f64,
    minus: f64,
    /// The sum of the seed until it is complete, then the average.
    average: f64,
}

/// Directional movement after a bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dmi {
    /// Positive directional indicator, 0 to 100.
    pub plus_di: f64,
    /// Negative directional indicator, 0 to 100.
    pub minus_di: f64,
    /// Average directional index, 0 to 100; `None` until warm.
    pub adx: Option<f64>,
}

impl Adx {
    /// Returns an index that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self {
            period: period.into(),
            share: 1.0 / period.as_f64(),
            previous: None,
            moves: 0,
            range: 0.0,
            plus: 0.0,
            minus: 0.0,
            average: 0.0,
        }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<Dmi> {
        let previous = self.previous.replace(*bar)?;
        let (plus, minus) = movement(bar, &previous);
        let range = true_range(bar, previous.close);
        let keep = if self.moves + 1 < self.period { 1.0 } else { 1.0 - self.share };
        self.range = self.range * keep + range;
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
        self.moves = (self.moves + 1).min(2 * self.period);
        if self.moves < self.period {
            return None;
        }
        let percent = if self.range > 0.0 { 100.0 / self.range } else { 0.0 };
        let (plus_di, minus_di) = (self.plus * percent, self.minus * percent);
        Some(Dmi { plus_di, minus_di, adx: self.averaged(plus_di, minus_di) })
    }

    fn averaged(&mut self, plus_di: f64, minus_di: f64) -> Option<f64> {
        let both = plus_di + minus_di;
        let index = (both > 0.0).then(|| 100.0 * (num::abs(plus_di - minus_di) / both));
        let seeding = self.moves < 2 * self.period;
        match index {
            Some(index) if seeding => self.average += index,
            Some(index) => self.average += (index - self.average) * self.share,
            None => {}
        }
        if self.moves + 1 == 2 * self.period {
            self.average *= self.share;
        }
        (self.moves + 1 >= 2 * self.period).then_some(self.average)
    }
}

fn movement(bar: &Bar, previous: &Bar) -> (f64, f64) {
    let up = bar.high - previous.high;
    let down = previous.low - bar.low;
    if up > down && up > 0.0 {
        (up, 0.0)
    } else if down > up && down > 0.0 {
        (0.0, down)
    } else {
        (0.0, 0.0)
    }
}
