//! What a pattern may look at: [`View`].

use serde::{Deserialize, Serialize};
use types::market::Direction;

use super::swings::{Swing, Swings};
use crate::bar::Bar;
use crate::params::PatternParams;
use crate::ring::Ring;

/// Oscillators at one bar, exactly odd under mirrored prices; `None` until warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Oscillation {
    pub(crate) rsi: Option<f64>,
    pub(crate) macd: Option<f64>,
}

/// The closed bars of one timeframe and what was worked out about them. The newest is part of it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) params: &'a PatternParams,
    /// The newest closed bar.
    pub(crate) bar: &'a Bar,
    /// Closed bars, the newest included.
    pub(crate) bars: &'a Ring<Bar>,
    /// Number of the newest bar, counted from 0.
    pub(crate) now: u64,
    /// The ATR, `None` while it says nothing: then no distance can be judged.
    pub(crate) unit: Option<f64>,
    /// Volume in means of the bars before this one, `None` where unknown.
    pub(crate) volume_ratio: Option<f64>,
    /// Extrema that make levels, lines and structure.
    pub(crate) swings: &'a Swings,
    /// Extrema that make divergences.
    pub(crate) near_swings: &'a Swings,
    /// Oscillators of the newest bars.
    pub(crate) oscillations: &'a Ring<Oscillation>,
}

impl View<'_> {
    /// Returns the bar that many places before the newest.
    pub(crate) fn back(&self, age: usize) -> Option<&Bar> {
        self.bars.back(age)
    }

    /// Returns the age in bars of an extremum.
    pub(crate) fn age(&self, swing: &Swing) -> usize {
        usize::try_from(self.now - swing.index).unwrap_or(usize::MAX)
    }
}

/// Both directions, in the order in which patterns are looked for.
pub(super) const BOTH: [Direction; 2] = [Direction::Long, Direction::Short];
