//! Loss of the UTC day and of the last 24 hours against a budget.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::market::TsNanos;
use types::num::{Money, Ratio};

use crate::config::LossBudgetConfig;

/// Length of a bucket, 15 minutes: marks closer together than this share one.
const BUCKET: i64 = 15 * 60 * 1_000_000_000;
/// Buckets in 24 hours.
const BUCKETS: i64 = 96;

/// P&L so far, as far back as 24 hours.
///
/// P&L is marked equity minus flows. What it was 24 hours ago is the highest of its 15-minute
/// bucket, so a finer stream of marks never hides a loss. At most 98 buckets are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossBudget {
    buckets: VecDeque<Bucket>,
    day: Option<Day>,
    last: Option<(Money, Money)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    number: i64,
    high: Money,
    last: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    number: i64,
    opening: Money,
}

/// The loss budget at the last mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReading {
    /// The larger of the loss of the UTC day and that of the last 24 hours; 0 or above.
    pub loss: Money,
    /// The budget: a share of equity.
    pub budget: Money,
    /// Factor of the size: 1, or less once a large part of the budget is lost.
    pub factor: Ratio,
}

impl LossReading {
    /// Returns what may still be lost; 0 when the budget is spent.
    #[must_use]
    pub fn left(&self) -> Money {
        (self.budget - self.loss).max(Money::ZERO)
    }

    /// Returns whether the budget is spent.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.loss >= self.budget
    }
}

impl LossBudget {
    /// Folds marked equity. `flows` is the sum of all deposits minus withdrawals so far.
    pub fn on_mark(&mut self, at: TsNanos, equity: Money, flows: Money) {
        let pnl = equity - flows;
        let before = self.last.map_or(pnl, |(equity, flows)| equity - flows);
        self.last = Some((equity, flows));
        if self.day.is_none_or(|day| day.number != at.day()) {
            // Without a mark at 00:00 the day opened at the last P&L known.
            let opening = if at == at.start_of_day() { pnl } else { before };
            self.day = Some(Day { number: at.day(), opening });
        }
        let number = at.as_nanos().div_euclid(BUCKET);
        match self.buckets.back_mut() {
            Some(bucket) if bucket.number == number => {
                bucket.high = bucket.high.max(pnl);
                bucket.last = pnl;
            }
            _ => self.buckets.push_back(Bucket { number, high: pnl, last: pnl }),
        }
        // The newest bucket at or before 24 hours ago stays: it says what P&L was then.
        while self.buckets.get(1).is_some_and(|next| next.number <= number - BUCKETS) {
            self.buckets.pop_front();
        }
    }

    /// Returns loss and budget at the last mark, `None` before the first.
    #[must_use]
    pub fn reading(&self, config: &LossBudgetConfig) -> Option<LossReading> {
        let (equity, flows) = self.last?;
        let pnl = equity - flows;
        let rolling = self.a_day_ago().map_or(Money::ZERO, |then| then - pnl);
        let daily = self.day.map_or(Money::ZERO, |day| day.opening - pnl);
        let loss = rolling.max(daily).max(Money::ZERO);
        let budget = equity.max(Money::ZERO).scaled_down(config.max.get());
        let warned = loss >= budget.scaled_down(config.warn.get());
        let factor = if warned { config.factor.get() } else { Ratio::ONE };
        Some(LossReading { loss, budget, factor })
    }

    /// P&L 24 hours ago, or at the first mark when that is later.
    fn a_day_ago(&self) -> Option<Money> {
        let newest = self.buckets.back()?.number;
        let oldest = self.buckets.front()?;
        let cut = newest - BUCKETS;
        // Without a mark in that very bucket the last one before it stands.
        Some(if oldest.number < cut { oldest.last } else { oldest.high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    fn check(steps: &[((i64, i64, i64), &str)]) {
        let config = LossBudgetConfig::default();
        let mut budget = LossBudget::default();
        for ((minute, equity, flows), wanted) in steps {
            let at = TsNanos::from_nanos(minute * MINUTE);
            budget.on_mark(at, Money::from_units(*equity), Money::from_units(*flows));
            let reading = budget.reading(&config).unwrap();
            let seen = match (reading.is_spent(), reading.factor == Ratio::ONE) {
                (true, _) => "spent",
                (false, false) => "cut",
                (false, true) => "open",
            };
            assert_eq!(seen, *wanted, "minute {minute}: {reading:?}");
            assert!(budget.buckets.len() <= 98);
        }
    }

    #[test]
    fn eighty_percent_cuts_and_all_of_it_stops() {
        // 3 % of the equity that is left: 0.03 E = L at E = 100,000 / 1.03 = 97,087.4.
        check(&[
            ((0, 100_000, 0), "open"),
            ((15, 97_657, 0), "open"),
            ((30, 97_656, 0), "cut"),
            ((45, 97_088, 0), "cut"),
            ((60, 97_087, 0), "spent"),
            ((75, 97_700, 0), "open"),
        ]);
    }

    #[test]
    fn midnight_alone_does_not_renew_it_the_last_24_hours_count_too() {
        const DAY: i64 = 1_440;
        check(&[
            ((12 * 60, 100_000, 0), "open"),
            ((13 * 60, 97_000, 0), "spent"),
            ((DAY, 97_000, 0), "spent"),
            ((DAY + 12 * 60 - 15, 97_000, 0), "spent"),
            // 24 hours after 12:00 the loss of 12:00 to 13:00 still lies inside.
            ((DAY + 12 * 60, 97_000, 0), "spent"),
            ((DAY + 13 * 60 - 15, 97_000, 0), "spent"),
            ((DAY + 13 * 60, 97_000, 0), "open"),
        ]);
    }

    #[test]
    fn a_day_of_small_losses_counts_from_its_opening() {
        const DAY: i64 = 1_440;
        check(&[
            ((0, 90_000, 0), "open"),
            ((DAY, 100_000, 0), "open"),
            // 23:45 of a day that opened at 100,000; 24 hours ago it was 90,000.
            ((2 * DAY - 15, 97_000, 0), "spent"),
        ]);
    }

    #[test]
    fn marks_within_one_bucket_count_by_their_highest() {
        const DAY: i64 = 1_440;
        check(&[
            ((60, 90_000, 0), "open"),
            ((61, 100_000, 0), "open"),
            ((62, 97_000, 0), "spent"),
            ((DAY + 74, 97_000, 0), "spent"),
            ((DAY + 75, 97_000, 0), "open"),
        ]);
    }

    #[test]
    fn flows_are_no_loss() {
        check(&[((0, 100_000, 0), "open"), ((15, 50_000, -50_000), "open")]);
        check(&[((0, 50_000, 0), "open"), ((15, 97_000, 50_000), "spent")]);
    }
}
