//! The patterns in force, aged bar by bar: [`Board`].

use serde::{Deserialize, Serialize};
use types::market::{Direction, PatternId, PatternKind, Timeframe, TsNanos};

use super::DETECTORS;
use super::view::View;
use crate::num;
use crate::params::PatternParams;

/// A pattern in force.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Kind, direction and timeframe: what statistics gather under.
    pub id: PatternId,
    /// How sure it was when seen, 0.3 to 1.
    pub confidence: f64,
    /// The confidence today: it halves every few bars.
    pub weight: f64,
    /// Open time of the first bar it rests on.
    pub first: TsNanos,
    /// Open time of the bar at whose close it was seen.
    pub last: TsNanos,
    /// The price it is about, for those that are about one.
    pub level: Option<f64>,
    /// Bars closed since it was seen, 0 at the bar that shows it.
    pub age_bars: u32,
}

impl Pattern {
    /// Returns the weight, negative for a bearish pattern, 0 for a neutral one.
    #[must_use]
    pub fn signed_weight(&self) -> f64 {
        self.id.direction.map_or(0.0, |direction| direction.sign() * self.weight)
    }
}

/// A pattern at the bar that shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) kind: PatternKind,
    pub(super) direction: Option<Direction>,
    pub(super) confidence: f64,
    pub(super) first: TsNanos,
    pub(super) level: Option<f64>,
}

/// The patterns in force on one timeframe: one per identity, the newest sighting of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Board {
    timeframe: Timeframe,
    min_confidence: f64,
    /// Share of the confidence left at each age in bars, up to the oldest.
    decay: Vec<f64>,
    /// In the order of their identities.
    patterns: Vec<Pattern>,
}

impl Board {
    pub(crate) fn new(timeframe: Timeframe, params: &PatternParams) -> Self {
        let half_life = params.half_life.as_f64();
        let left = |age| num::pow(0.5, num::count(age) / half_life);
        Self {
            timeframe,
            min_confidence: params.min_confidence,
            decay: (0..=params.max_age.get()).map(left).collect(),
            patterns: Vec::with_capacity(2 * PatternKind::ALL.len()),
        }
    }

    /// Ages what is in force by the bar that closed, then adds what that bar shows.
    pub(crate) fn on_bar(&mut self, view: &View<'_>) {
        let decay = &self.decay;
        self.patterns.retain_mut(|pattern| {
            pattern.age_bars += 1;
            let left = usize::try_from(pattern.age_bars).ok().and_then(|age| decay.get(age));
            pattern.weight = pattern.confidence * left.copied().unwrap_or(0.0);
            left.is_some()
        });
        // A bar in which nothing moved shows nothing.
        if view.bar.range() > 0.0 {
            for detect in DETECTORS {
                detect(view, &mut |found| self.show(found, view.bar.open_time));
            }
        }
    }

    pub(crate) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Returns the sum of the signed weights. Bulls and bears are added apart, so that a mirrored
    /// market adds the same numbers in the same order.
    pub(crate) fn signed_sum(&self) -> f64 {
        let (mut bulls, mut bears) = (0.0, 0.0);
        for pattern in &self.patterns {
            match pattern.id.direction {
                Some(Direction::Long) => bulls += pattern.weight,
                Some(Direction::Short) => bears += pattern.weight,
                None => {}
            }
        }
        bulls - bears
    }

    fn show(&mut self, found: Found, last: TsNanos) {
        if found.confidence < self.min_confidence {
            return;
        }
        let Found { kind, direction, confidence, first, level } = found;
        let id = PatternId { kind, direction, timeframe: self.timeframe };
        let pattern =
            Pattern { id, confidence, weight: confidence, first, last, level, age_bars: 0 };
        match self.patterns.binary_search_by_key(&id, |held| held.id) {
            Ok(place) => self.patterns[place] = pattern,
            Err(place) => self.patterns.insert(place, pattern),
        }
    }
}
