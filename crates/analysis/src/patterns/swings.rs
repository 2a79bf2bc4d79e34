//! Highs and lows that stand out: [`Swings`].

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::market::TsNanos;

use crate::bar::Bar;
use crate::params::Period;
use crate::ring::Ring;

/// An extremum: its price is beyond those of the bars on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Swing {
    /// Number of its bar, counted from 0.
    pub(crate) index: u64,
    /// Open time of its bar.
    pub(crate) time: TsNanos,
    /// High or low of its bar.
    pub(crate) price: f64,
}

/// The extrema within a window, oldest first. An extremum is known `reach` bars after its bar.
///
/// Of neighbours at one price the first counts, so a flat stretch is one touch and not many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Swings {
    reach: usize,
    window: u64,
    pub(super) highs: VecDeque<Swing>,
    pub(super) lows: VecDeque<Swing>,
}

impl Swings {
    pub(crate) fn new(reach: Period, window: Period) -> Self {
        Self {
            reach: reach.get(),
            window: u64::from(u32::from(window)),
            highs: VecDeque::new(),
            lows: VecDeque::new(),
        }
    }

    /// Takes the closed bars, the newest of which has the number `now`.
    pub(crate) fn on_bar(&mut self, bars: &Ring<Bar>, now: u64) {
        for swings in [&mut self.highs, &mut self.lows] {
            while swings.front().is_some_and(|swing| now - swing.index >= self.window) {
                swings.pop_front();
            }
        }
        let (Some(middle), Some(_)) = (bars.back(self.reach), bars.back(2 * self.reach)) else {
            return;
        };
        let index = now - self.reach as u64;
        let swing = |price| Swing { index, time: middle.open_time, price };
        let later = || (0..self.reach).filter_map(|age| bars.back(age));
        let earlier = || (self.reach + 1..=2 * self.reach).filter_map(|age| bars.back(age));
        if later().all(|bar| bar.high <= middle.high) && earlier().all(|bar| bar.high < middle.high)
        {
            self.highs.push_back(swing(middle.high));
        }
        if later().all(|bar| bar.low >= middle.low) && earlier().all(|bar| bar.low > middle.low) {
            self.lows.push_back(swing(middle.low));
        }
    }

    /// Returns the two newest extrema, the older one first.
    pub(super) fn last_two(swings: &VecDeque<Swing>) -> Option<(&Swing, &Swing)> {
        Some((swings.get(swings.len().checked_sub(2)?)?, swings.back()?))
    }
}
