//! Several timeframes in one signed sum, and its score: [`combine`].

use serde::{Deserialize, Serialize};
use types::market::{Contribution, Direction, Regime, Score, Timeframe};

use crate::components::Components;
use crate::num;
use crate::params::{ConfluenceParams, Params};
use crate::regime::RegimeReading;

/// What one timeframe adds to a sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeframeSum {
    /// The timeframe.
    pub timeframe: Timeframe,
    /// Its share in the sum, 0 to 1, after regime and volatility.
    pub weight: f64,
    /// What it says by itself, within [-1, 1], rounded to 1e-9.
    pub sum: f64,
}

/// The weighted sum of all timeframes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// The sum, within [-1, 1], bullish above 0, rounded to 1e-9.
    pub s: f64,
    /// Each timeframe's part, in the order given.
    pub by_timeframe: Vec<TimeframeSum>,
    /// Every component of every timeframe, without points yet.
    pub terms: Vec<Contribution>,
}

/// A score with its direction and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confluence {
    /// Where the sum points; `None` at 0.
    pub direction: Option<Direction>,
    /// The score, 0 without a direction.
    pub score: Score,
    /// The sum, rounded to 1e-9.
    pub s: f64,
    /// Every component of every timeframe; the points add up to the score.
    pub contributions: Vec<Contribution>,
}

impl Sum {
    /// Returns what a timeframe says by itself, `None` if it is not in use.
    #[must_use]
    pub fn of(&self, timeframe: Timeframe) -> Option<f64> {
        self.by_timeframe.iter().find(|part| part.timeframe == timeframe).map(|part| part.sum)
    }

    /// Returns where the sum points.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        Direction::of(self.s)
    }
}

/// Returns the weighted sum of the timeframes in use.
///
/// Weights depend on the regime and volatility of the decision timeframe and add up to 1 over the
/// `views` given; no view, or none that weighs anything, gives 0.
#[must_use]
pub fn combine(
    params: &Params,
    decision_regime: &RegimeReading,
    views: &[(Timeframe, &Components)],
) -> Sum {
    let raw = |timeframe| raw_weight(params, decision_regime, timeframe);
    let all: f64 = views.iter().map(|(timeframe, _)| raw(*timeframe)).sum();
    let mut sum = Sum {
        s: 0.0,
        by_timeframe: Vec::with_capacity(views.len()),
        terms: Vec::with_capacity(views.len() * 4),
    };
    for (timeframe, components) in views {
        let weight = if all > 0.0 { raw(*timeframe) / all } else { 0.0 };
        let own = components.sum(&params.components);
        sum.by_timeframe.push(TimeframeSum { timeframe: *timeframe, weight, sum: own });
        for (component, value, share) in components.weighted(&params.components) {
            let weight = weight * share;
            let timeframe = *timeframe;
            sum.terms.push(Contribution { timeframe, component, value, weight, points: 0.0 });
        }
    }
    sum.s = num::round_to_1e9(num::clip1(total(&sum.terms)));
    sum
}

/// Returns the terms with the points of a score shared out in proportion.
pub(crate) fn contributions(terms: &[Contribution], score: Score) -> Vec<Contribution> {
    let total = total(terms);
    let points = |term: &Contribution| {
        if score.get() > 0.0 {
            num::plain(score.get() * (term.value * term.weight / total))
        } else {
            0.0
        }
    };
    terms.iter().map(|term| Contribution { points: points(term), ..*term }).collect()
}

fn total(terms: &[Contribution]) -> f64 {
    terms.iter().map(|term| term.value * term.weight).sum()
}

fn raw_weight(params: &Params, regime: &RegimeReading, timeframe: Timeframe) -> f64 {
    let p: &ConfluenceParams = &params.confluence;
    let slow = timeframe >= Timeframe::H4;
    let trending = match regime.regime {
        Regime::Bull | Regime::Bear if slow => p.trending_slow,
        Regime::Bull | Regime::Bear => p.trending_fast,
        Regime::Sideways => 1.0,
    };
    let volatility = regime.volatility_percentile;
    let factor = |favoured: bool| if favoured { p.volatility_favoured } else { p.volatility_other };
    let volatile = if volatility > params.regime.volatility_high {
        factor(!slow)
    } else if volatility < params.regime.volatility_low {
        factor(slow)
    } else {
        1.0
    };
    p.timeframes.of(timeframe) * trending * volatile
}
