//! A sum's rank among earlier ones: [`ScoreHistory`].

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::market::{Score, Timeframe, TsNanos};

use crate::confluence::{Confluence, Sum, contributions};
use crate::num;
use crate::params::ConfluenceParams;

/// The sums at one symbol's earlier decision closes, by magnitude, within the days that count.
///
/// Magnitudes are whole multiples of 1e-9, so that ranks are exact. O(log n) to rank, O(n) moves of
/// eight bytes to insert; n is the number of decision closes in the days that count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreHistory {
    params: ConfluenceParams,
    in_time: VecDeque<(TsNanos, i64)>,
    by_size: Vec<i64>,
}

impl ScoreHistory {
    /// Returns a history without sums.
    #[must_use]
    pub const fn new(params: &ConfluenceParams) -> Self {
        Self { params: *params, in_time: VecDeque::new(), by_size: Vec::new() }
    }

    /// Returns how many sums it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_size.len()
    }

    /// Returns whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_size.is_empty()
    }

    /// Returns the score of a magnitude (in 1e-9) among the sums held.
    fn rank(&self, size: i64) -> Score {
        let share = if self.len() < self.params.history_needed.get() {
            #[expect(clippy::cast_precision_loss, reason = "at most 1e9")]
            let magnitude = size as f64 / 1e9;
            num::min(1.0, magnitude / self.params.warm_up_full)
        } else {
            let smaller = self.by_size.partition_point(|earlier| *earlier < size);
            num::count(smaller) / num::count(self.len())
        };
        Score::new(100.0 * share).expect("a share is within 0 and 1")
    }

    fn forget_before(&mut self, t: TsNanos) {
        while let Some((_, size)) = self.in_time.pop_front_if(|(at, _)| *at < t) {
            let place = self.by_size.partition_point(|held| *held < size);
            self.by_size.remove(place);
        }
    }

    fn record(&mut self, t: TsNanos, size: i64) {
        self.in_time.push_back((t, size));
        let place = self.by_size.partition_point(|held| *held < size);
        self.by_size.insert(place, size);
    }
}

/// Returns the score of a sum at a decision close and adds the sum to the history.
///
/// The score is 100 x the share of the earlier sums with a strictly smaller magnitude; until there
/// are enough, 100 x min(1, |S| / 0.6). Closes come in order of time, each once.
pub fn score(history: &mut ScoreHistory, t: TsNanos, sum: &Sum) -> Confluence {
    let days = i64::from(u32::from(history.params.history_days));
    history.forget_before(t.plus(-days * Timeframe::D1.nanos()));
    let direction = sum.direction();
    let size = num::units_of_1e9(num::abs(sum.s));
    let score = direction.map_or(Score::ZERO, |_| history.rank(size));
    history.record(t, size);
    Confluence { direction, score, s: sum.s, contributions: contributions(&sum.terms, score) }
}
