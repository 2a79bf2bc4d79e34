//! Fall of marked equity from its highs, net of flows.

use serde::{Deserialize, Serialize};
use types::defects::{Defect, planted};
use types::entry::ModeCause;
use types::market::TsNanos;
use types::num::{Money, ONE_E8, Ratio};

use crate::config::DrawdownConfig;

/// Which drawdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrawdownLimit {
    /// From the highest since 00:00 UTC.
    Daily,
    /// From the highest since the 1st.
    Monthly,
    /// From the highest since the last release.
    Peak,
}

impl DrawdownLimit {
    /// Returns the cause under which SAFE_MODE is asked for.
    #[must_use]
    pub const fn cause(self) -> ModeCause {
        match self {
            Self::Daily => ModeCause::DailyDrawdown,
            Self::Monthly => ModeCause::MonthlyDrawdown,
            Self::Peak => ModeCause::PeakDrawdown,
        }
    }
}

/// A drawdown at or past its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Which.
    pub limit: DrawdownLimit,
    /// The fall as a share of the high, rounded down.
    pub seen: Ratio,
    /// The line.
    pub line: Ratio,
}

/// Drawdowns now and at worst, as shares of the highs, rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawdownReading {
    /// From the highest since 00:00 UTC.
    pub daily: Ratio,
    /// From the highest since the 1st.
    pub monthly: Ratio,
    /// From the highest since the last release.
    pub peak: Ratio,
    /// From the highest ever.
    pub ever: Ratio,
    /// The worst fall from the highest ever.
    pub worst: Ratio,
}

/// The highs of marked equity.
///
/// A flow scales each high by equity after it / equity before it, which is the same as measuring
/// on a time-weighted index: money that comes or goes is no gain and no loss.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawdownGuard {
    last: Option<Mark>,
    day_high: Money,
    month_high: Money,
    peak: Money,
    ever: Money,
    worst: Ratio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    at: TsNanos,
    equity: Money,
    flows: Money,
}

impl DrawdownGuard {
    /// Folds marked equity. `flows` is the sum of all deposits minus withdrawals so far.
    pub fn on_mark(&mut self, at: TsNanos, equity: Money, flows: Money) {
        let Some(last) = self.last.replace(Mark { at, equity, flows }) else {
            self.start(equity);
            return;
        };
        let flow = if planted(Defect::WithdrawalIsLoss) { Money::ZERO } else { flows - last.flows };
        let before = equity - flow;
        self.open_periods(last, at, before);
        for high in self.highs() {
            *high = (*high).max(before);
        }
        // Divided only where the worst is passed: most marks are no new low.
        if reached(self.ever, before, self.worst) {
            self.worst = fall(self.ever, before);
        }
        if !flow.is_zero() {
            for high in self.highs() {
                *high = scaled(*high, equity, before).unwrap_or(equity);
            }
        }
    }

    /// Folds a release: the peak that counts is the equity now. Reports keep the highest ever.
    pub fn on_release(&mut self) {
        if let Some(last) = self.last {
            self.peak = last.equity;
        }
    }

    /// Returns the drawdowns of the last mark.
    #[must_use]
    pub fn reading(&self) -> DrawdownReading {
        let Some(last) = self.last else {
            return DrawdownReading::default();
        };
        DrawdownReading {
            daily: fall(self.day_high, last.equity),
            monthly: fall(self.month_high, last.equity),
            peak: fall(self.peak, last.equity),
            ever: fall(self.ever, last.equity),
            worst: self.worst,
        }
    }

    /// Returns the highest equity ever, flows scaled out.
    #[must_use]
    pub const fn true_peak(&self) -> Money {
        self.ever
    }

    /// Returns the drawdown at its limit, the one that holds longest first.
    #[must_use]
    pub fn trip(&self, config: &DrawdownConfig) -> Option<Trip> {
        let equity = self.last?.equity;
        [
            (DrawdownLimit::Monthly, self.month_high, config.monthly.get()),
            (DrawdownLimit::Peak, self.peak, config.peak.get()),
            (DrawdownLimit::Daily, self.day_high, config.daily.get()),
        ]
        .into_iter()
        .find(|(_, high, line)| reached(*high, equity, *line))
        .map(|(limit, high, line)| Trip { limit, seen: fall(high, equity), line })
    }

    fn start(&mut self, equity: Money) {
        for high in self.highs() {
            *high = equity;
        }
    }

    fn highs(&mut self) -> [&mut Money; 4] {
        [&mut self.day_high, &mut self.month_high, &mut self.peak, &mut self.ever]
    }

    /// A period that opened between two marks opened at the last equity known.
    fn open_periods(&mut self, last: Mark, at: TsNanos, now: Money) {
        let opening = if at == at.start_of_day() { now } else { last.equity };
        if at.day() != last.at.day() {
            self.day_high = opening;
        }
        if at.month() != last.at.month() {
            // Only a mark at 00:00 of the 1st is the month's opening.
            self.month_high = if at.civil().2 == 1 { opening } else { last.equity };
        }
    }
}

/// Returns (high - equity) / high rounded down, 0 at or above the high.
fn fall(high: Money, equity: Money) -> Ratio {
    (high - equity).share_of(high).filter(|fall| fall.is_positive()).unwrap_or(Ratio::ZERO)
}

/// Returns whether the fall is at or past the line, exactly.
fn reached(high: Money, equity: Money, line: Ratio) -> bool {
    high.is_positive()
        && (high - equity).raw() * i128::from(ONE_E8) >= high.raw() * i128::from(line.raw())
}

/// Returns amount x part / whole rounded up. Part and whole lose low bits until the product fits: at least 40
/// significant bits stay for any amount below 2^87 (15 billion units).
fn scaled(amount: Money, part: Money, whole: Money) -> Option<Money> {
    if !part.is_positive() || !whole.is_positive() {
        return None;
    }
    let (mut part, mut whole) = (part.raw(), whole.raw());
    loop {
        if let Some(product) = amount.raw().checked_mul(part).filter(|p| *p < i128::MAX / 2) {
            // Up: rounding must not hide a drawdown.
            return (whole > 0).then(|| Money::from_raw((product + whole - 1) / whole));
        }
        part >>= 1;
        whole >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    /// Hours after 2024-01-30T00:00 UTC.
    fn hour(h: i64) -> TsNanos {
        TsNanos::from_nanos(1_706_572_800_000_000_000 + h * HOUR)
    }

    fn cents(cents: i64) -> Money {
        Money::from_units(cents).scaled_down(Ratio::from_bps(100))
    }

    /// (hour, equity in cents, flows in cents), what trips.
    type Step = ((i64, i64, i64), Option<DrawdownLimit>);

    fn check(steps: &[Step]) {
        let config = DrawdownConfig::default();
        let mut guard = DrawdownGuard::default();
        for ((h, equity, flows), trip) in steps {
            guard.on_mark(hour(*h), cents(*equity), cents(*flows));
            let seen = guard.trip(&config).map(|trip| trip.limit);
            assert_eq!(seen, *trip, "hour {h}: {:?}", guard.reading());
        }
    }

    use DrawdownLimit::{Daily, Monthly, Peak};

    #[test]
    fn the_daily_line_is_eight_percent_below_the_highest_since_midnight() {
        check(&[
            ((0, 10_000, 0), None),
            ((1, 12_500, 0), None),
            ((2, 11_501, 0), None),
            ((3, 11_500, 0), Some(Daily)),
            ((4, 11_499, 0), Some(Daily)),
            // Midnight: the day's high is the equity at 00:00.
            ((24, 11_400, 0), None),
            ((25, 10_489, 0), None),
            ((26, 10_488, 0), Some(Daily)),
        ]);
    }

    #[test]
    fn a_day_without_a_mark_at_midnight_opens_at_the_last_equity() {
        check(&[((0, 10_000, 0), None), ((25, 9_201, 0), None), ((26, 9_200, 0), Some(Daily))]);
        check(&[((0, 10_000, 0), None), ((24, 9_200, 0), None), ((25, 9_000, 0), None)]);
    }

    #[test]
    fn the_monthly_line_starts_on_the_first_and_wins_over_the_daily() {
        check(&[
            ((0, 10_000, 0), None),
            ((24, 9_300, 0), None),
            // 2024-02-01T00:00: 13 % below January's high is not February's matter.
            ((48, 8_700, 0), None),
            ((72, 8_100, 0), None),
            ((96, 7_550, 0), None),
            ((120, 7_501, 0), None),
            ((121, 7_500, 0), Some(Peak)),
        ]);
        check(&[
            ((48, 10_000, 0), None),
            ((72, 9_300, 0), None),
            ((96, 8_600, 0), None),
            ((120, 8_001, 0), None),
            ((121, 8_000, 0), Some(Monthly)),
            ((122, 7_000, 0), Some(Monthly)),
        ]);
    }

    #[test]
    fn a_release_resets_the_peak_and_the_report_keeps_the_true_one() {
        let config = DrawdownConfig::default();
        let mut guard = DrawdownGuard::default();
        for (day, equity) in [(2, 10_000), (20, 9_300), (40, 8_600), (60, 7_500)] {
            guard.on_mark(hour(day * 24), cents(equity), Money::ZERO);
        }
        assert_eq!(guard.trip(&config).map(|trip| trip.limit), Some(Peak));
        guard.on_release();
        assert_eq!(guard.trip(&config), None);
        guard.on_mark(hour(61 * 24), cents(7_600), Money::ZERO);
        let reading = guard.reading();
        assert_eq!((reading.peak, reading.ever), (Ratio::ZERO, Ratio::from_bps(2_400)));
        assert_eq!(reading.worst, Ratio::from_bps(2_500));
        assert_eq!(guard.true_peak(), cents(10_000));
    }

    #[test]
    fn money_that_comes_or_goes_is_no_gain_and_no_loss() {
        check(&[
            ((0, 10_000, 0), None),
            // Half is taken out: no drawdown.
            ((1, 5_000, -5_000), None),
            ((2, 4_601, -5_000), None),
            ((3, 4_600, -5_000), Some(Daily)),
            // A deposit does not hide the loss: 46 becomes 146 of a high of 158.69...
            ((4, 14_600, 5_000), Some(Daily)),
            ((5, 14_601, 5_000), None),
        ]);
    }
}
