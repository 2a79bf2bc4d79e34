//! From numbers to places: [`Scale`].

use analysis::num;

/// Maps numbers to places along one side of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    log: bool,
}

impl Scale {
    /// Returns a scale from `low..high` to `start..end`; a scale of zero width is widened.
    pub(crate) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        let pad = if high > low { 0.0 } else { num::max(num::abs(low) * 0.01, 1e-9) };
        Self { low: low - pad, high: high + pad, start, end, log: false }
    }

    /// Returns a scale on which equal growth is equal distance, where all numbers are above 0 and
    /// the largest is more than four times the smallest; a linear one otherwise.
    pub(crate) fn growth(extent: (f64, f64), range: (f64, f64)) -> Self {
        let linear = Self::new(extent, range);
        Self { log: linear.low > 0.0 && linear.high > 4.0 * linear.low, ..linear }
    }

    /// Returns the place of a number.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            num::ln(num::max(value, self.low) / self.low) / num::ln(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.start + share * (self.end - self.start)
    }

    /// Returns round numbers within the scale, about `wanted` of them.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<f64> {
        if self.log { self.log_ticks(wanted) } else { self.linear_ticks(wanted) }
    }

    fn linear_ticks(&self, wanted: usize) -> Vec<f64> {
        let step = round_step((self.high - self.low) / num::count(wanted.max(1)));
        let mut ticks = Vec::new();
        let mut n = -num::floor(-self.low / step);
        while n * step <= self.high && ticks.len() < 50 {
            ticks.push(n * step);
            n += 1.0;
        }
        ticks
    }

    /// 1, 2 and 5 times the powers of ten, thinned to what fits.
    fn log_ticks(&self, wanted: usize) -> Vec<f64> {
        let mut all = Vec::new();
        let mut decade = num::pow(10.0, num::floor(num::ln(self.low) / num::ln(10.0)));
        while decade <= self.high && all.len() < 100 {
            all.extend([1.0, 2.0, 5.0].map(|m| m * decade));
            decade *= 10.0;
        }
        all.retain(|tick| *tick >= self.low && *tick <= self.high);
        let every = all.len().div_ceil(wanted.max(1)).max(1);
        all.into_iter().step_by(every).collect()
    }
}

/// Returns 1, 2 or 5 times a power of ten, the first that is not far below the step.
fn round_step(step: f64) -> f64 {
    let power = num::pow(10.0, num::floor(num::ln(num::max(step, 1e-12)) / num::ln(10.0)));
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= step * 0.75);
    factor.unwrap_or(10.0) * power
}

/// Returns the smallest and the largest of some numbers; 0 and 1 without any.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold(start, |(low, high), value| (num::min(low, value), num::max(high, value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::new((0.0, 103.0), (0.0, 100.0));
        assert_eq!(scale.ticks(5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let scale = Scale::new((-37.0, -1.0), (0.0, 100.0));
        assert_eq!(scale.ticks(4), [-30.0, -20.0, -10.0]);
        let scale = Scale::growth((800.0, 52_000.0), (0.0, 1.0));
        assert!(scale.log);
        assert_eq!(scale.ticks(9), [1e3, 2e3, 5e3, 1e4, 2e4, 5e4]);
    }

    #[test]
    fn the_ends_map_to_the_ends() {
        for scale in [Scale::new((2.0, 4.0), (10.0, 0.0)), Scale::growth((1.0, 9.0), (10.0, 0.0))] {
            let low = if scale.log { 1.0 } else { 2.0 };
            assert!((scale.at(low) - 10.0).abs() < 1e-9);
        }
        assert!(Scale::new((5.0, 5.0), (0.0, 1.0)).at(5.0).is_finite());
        assert_eq!(extent([]), (0.0, 1.0));
    }
}
