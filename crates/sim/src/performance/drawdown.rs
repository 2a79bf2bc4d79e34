//! The fall from the highest equity so far: [`DrawdownMeter`].

use serde::Serialize;
use types::market::TsNanos;

/// The deepest fall from a peak, and the longest time below one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drawdown {
    /// Depth as a share of the peak, 0 to 1 (above 1 if more than everything was lost).
    pub share: f64,
    /// Depth in quote currency at that moment.
    pub amount: f64,
    /// When the peak before the deepest fall was reached.
    #[serde(serialize_with = "super::points::text")]
    pub peak_at: TsNanos,
    /// When the deepest point was reached.
    #[serde(serialize_with = "super::points::text")]
    pub trough_at: TsNanos,
    /// Longest time from a peak until equity was back at it, or until the end, in days.
    pub longest_days: f64,
}

/// Watches equity at every instant, so that a fall within a day counts too. O(1) per instant.
///
/// Equity that reaches its peak again is recovered; it need not exceed it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrawdownMeter {
    /// Highest equity so far and when it was last reached.
    peak: Option<(f64, TsNanos)>,
    under_water: bool,
    share: f64,
    amount: f64,
    peak_at: TsNanos,
    trough_at: TsNanos,
    longest_nanos: i64,
}

impl DrawdownMeter {
    /// Returns a meter that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes equity at a moment; moments come in order.
    pub fn on_equity(&mut self, at: TsNanos, equity: f64) {
        let Some((peak, since)) = self.peak else {
            self.peak = Some((equity, at));
            (self.peak_at, self.trough_at) = (at, at);
            return;
        };
        let below = equity < peak;
        // The instant of recovery still ends a stretch below the peak.
        if (below || self.under_water) && at.since(since) > self.longest_nanos {
            self.longest_nanos = at.since(since);
        }
        self.under_water = below;
        if below {
            self.on_fall(at, equity, peak, since);
        } else {
            self.peak = Some((equity, at));
        }
    }

    fn on_fall(&mut self, at: TsNanos, equity: f64, peak: f64, since: TsNanos) {
        let share = (peak - equity) / peak;
        if peak > 0.0 && share > self.share {
            (self.share, self.amount) = (share, peak - equity);
            (self.peak_at, self.trough_at) = (since, at);
        }
    }

    /// Returns what was seen so far; `None` before the first equity.
    #[must_use]
    pub fn drawdown(&self) -> Option<Drawdown> {
        self.peak.map(|_| Drawdown {
            share: self.share,
            amount: self.amount,
            peak_at: self.peak_at,
            trough_at: self.trough_at,
            longest_days: days(self.longest_nanos),
        })
    }
}

/// Returns nanoseconds as days.
#[must_use]
pub(super) fn days(nanos: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a length of time to be shown")]
    let nanos = nanos as f64;
    nanos / 86_400e9
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000_000;

    fn meter(equities: &[f64]) -> Drawdown {
        let mut meter = DrawdownMeter::new();
        let mut at = TsNanos::EPOCH;
        for equity in equities {
            meter.on_equity(at, *equity);
            at = at.plus(DAY);
        }
        meter.drawdown().unwrap()
    }

    #[test]
    fn the_deepest_fall_and_the_longest_stretch_need_not_be_the_same() {
        // 100 -> 80 (20 %) is over within 2 days; 200 -> 190 (5 %) lasts 4.
        let seen = meter(&[100.0, 80.0, 100.0, 200.0, 190.0, 195.0, 199.0, 200.0]);
        assert_eq!((seen.share, seen.amount), (0.2, 20.0));
        assert_eq!((seen.peak_at, seen.trough_at), (TsNanos::EPOCH, TsNanos::EPOCH.plus(DAY)));
        assert_eq!((seen.share, seen.longest_days), (0.2, 4.0));
    }

    #[test]
    fn a_stretch_below_the_peak_at_the_end_counts() {
        let seen = meter(&[100.0, 110.0, 99.0, 105.0]);
        assert_eq!((seen.share, seen.longest_days), (0.1, 2.0));
    }

    #[test]
    fn equity_that_never_falls_has_no_drawdown() {
        let seen = meter(&[100.0, 100.0, 110.0, 120.0]);
        assert_eq!((seen.share, seen.amount, seen.longest_days), (0.0, 0.0, 0.0));
        assert_eq!(DrawdownMeter::new().drawdown(), None);
    }

    #[test]
    fn losing_more_than_everything_is_more_than_the_whole() {
        let seen = meter(&[100.0, -50.0]);
        assert_eq!((seen.share, seen.amount), (1.5, 150.0));
    }
}
