//! Lines and bands: [`line()`], [`band()`].

use std::fmt::Write as _;

use types::market::TsNanos;

use super::canvas::Canvas;

/// A series with how it is drawn.
pub(crate) struct Line<'a> {
    pub(crate) points: &'a [(TsNanos, f64)],
    /// CSS class.
    pub(crate) class: &'a str,
}

/// Places along the x axis that a series is thinned to; each keeps its extremes.
const COLUMNS: usize = 400;

/// Returns the path of a series, thinned so that no extreme is lost.
pub(crate) fn line(canvas: &Canvas, series: &Line<'_>) -> String {
    let mut path = String::new();
    for (n, (at, value)) in thinned(series.points).into_iter().enumerate() {
        let (x, y) = (canvas.time(at), canvas.y.at(value));
        let verb = if n == 0 { 'M' } else { 'L' };
        write!(path, "{verb}{x:.1} {y:.1}").expect("a string takes every text");
    }
    format!("<path class=\"line {}\" d=\"{path}\"/>", series.class)
}

/// Returns the area between two series.
pub(crate) fn band(
    canvas: &Canvas,
    low: &[(TsNanos, f64)],
    high: &[(TsNanos, f64)],
    class: &str,
) -> String {
    let mut path = String::new();
    let back = strided(low).into_iter().rev();
    for (n, (at, value)) in strided(high).into_iter().chain(back).enumerate() {
        let (x, y) = (canvas.time(at), canvas.y.at(value));
        let verb = if n == 0 { 'M' } else { 'L' };
        write!(path, "{verb}{x:.1} {y:.1}").expect("a string takes every text");
    }
    format!("<path class=\"area {class}\" d=\"{path}Z\"/>")
}

/// Of each bucket the first, lowest, highest and last point, in order of time.
fn thinned(points: &[(TsNanos, f64)]) -> Vec<(TsNanos, f64)> {
    let size = points.len().div_ceil(COLUMNS).max(1);
    if size == 1 {
        return points.to_vec();
    }
    let mut kept = Vec::new();
    for bucket in points.chunks(size) {
        let by_value = |a: &&(TsNanos, f64), b: &&(TsNanos, f64)| a.1.total_cmp(&b.1);
        let mut of_bucket: Vec<(TsNanos, f64)> = [
            bucket.first(),
            bucket.iter().min_by(by_value),
            bucket.iter().max_by(by_value),
            bucket.last(),
        ]
        .into_iter()
        .flatten()
        .copied()
        .collect();
        of_bucket.sort_by_key(|(at, _)| *at);
        of_bucket.dedup_by_key(|(at, _)| *at);
        kept.append(&mut of_bucket);
    }
    kept
}

/// Evenly chosen points, the last among them: bands are smooth already.
fn strided(points: &[(TsNanos, f64)]) -> Vec<(TsNanos, f64)> {
    let size = points.len().div_ceil(COLUMNS).max(1);
    let mut kept: Vec<_> = points.iter().step_by(size).copied().collect();
    if let Some(last) = points.last()
        && kept.last().is_some_and(|(at, _)| at != &last.0)
    {
        kept.push(*last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_of_one_day_is_not_thinned_away() {
        let mut points: Vec<_> = (0..10_000).map(|n| (TsNanos::from_nanos(n), 100.0)).collect();
        points[7_777].1 = 1.0;
        let kept = thinned(&points);
        assert!(kept.len() <= 4 * COLUMNS, "{}", kept.len());
        assert!(kept.contains(&(TsNanos::from_nanos(7_777), 1.0)));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[9_999]));
    }
}
