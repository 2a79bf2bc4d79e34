//! Returns of days and months from equity points.

use serde::Serialize;

use super::points::EquityPoint;

/// Return of one UTC month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MonthlyReturn {
    /// The year.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u8,
    /// Equity at its end over equity at the end of the month before, less 1; `None` where the
    /// latter is not above 0.
    pub share: Option<f64>,
}

/// Returns equity over the equity of the point before, less 1, for each pair of points.
///
/// A pair whose first point is not above 0 has no return and is left out.
#[must_use]
pub fn daily_returns(points: &[EquityPoint]) -> Vec<f64> {
    points.windows(2).filter_map(|pair| growth(pair[0].equity, pair[1].equity)).collect()
}

/// Returns the return of each UTC month that holds a point, in order.
///
/// The first point is the starting capital and belongs to the base of its month. A point at
/// 00:00 is the close of the day before and belongs to that day's month.
#[must_use]
pub fn monthly_returns(points: &[EquityPoint]) -> Vec<MonthlyReturn> {
    let Some((first, rest)) = points.split_first() else { return Vec::new() };
    let mut months: Vec<(i64, f64)> = Vec::new();
    for point in rest {
        let month = point.ts.plus(-1).month();
        match months.last_mut() {
            Some((last, equity)) if *last == month => *equity = point.equity,
            Some(_) | None => months.push((month, point.equity)),
        }
    }
    let mut base = first.equity;
    months
        .into_iter()
        .map(|(number, equity)| {
            let share = growth(base, equity);
            base = equity;
            let month = u8::try_from(number.rem_euclid(12) + 1).expect("12 months to a year");
            MonthlyReturn { year: number.div_euclid(12), month, share }
        })
        .collect()
}

fn growth(from: f64, to: f64) -> Option<f64> {
    (from > 0.0).then(|| to / from - 1.0)
}

#[cfg(test)]
mod tests {
    use types::market::TsNanos;

    use super::*;

    const DAY: i64 = 86_400_000_000_000;
    /// 2024-01-30T00:00:00Z.
    const JAN_30: i64 = 1_706_572_800_000_000_000;

    fn points(equities: &[f64]) -> Vec<EquityPoint> {
        let at = |day: usize| TsNanos::from_nanos(JAN_30 + DAY * i64::try_from(day).unwrap());
        let point = |(day, equity): (usize, &f64)| EquityPoint {
            ts: at(day),
            equity: *equity,
            exposure: 0.0,
        };
        equities.iter().enumerate().map(point).collect()
    }

    #[test]
    fn midnight_closes_the_day_before() {
        // Capital at the start of the 30th; closes of the 30th, 31st, 1st and 2nd.
        let months = monthly_returns(&points(&[100.0, 110.0, 120.0, 90.0, 60.0]));
        let of = |year, month, share| MonthlyReturn { year, month, share: Some(share) };
        assert_eq!(months, [of(2024, 1, 120.0 / 100.0 - 1.0), of(2024, 2, -0.5)]);
    }

    #[test]
    fn nothing_grows_from_nothing() {
        assert_eq!(daily_returns(&points(&[100.0, 50.0, 0.0, 10.0])), [-0.5, -1.0]);
        assert!(monthly_returns(&[]).is_empty());
        let broke = monthly_returns(&points(&[0.0, 10.0]));
        assert_eq!(broke[0].share, None);
    }
}
