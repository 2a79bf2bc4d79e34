//! Isotonic regression: the best fit that does not fall with the score.

use serde::{Deserialize, Serialize};

use super::curve::Point;

/// A step function that does not fall.
///
/// Pool adjacent violators: Ayer, Brunk, Ewing, Reid and Silverman, *An Empirical Distribution
/// Function for Sampling with Incomplete Information* (1955).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Isotonic {
    /// Lowest score of each step with its value, rising.
    steps: Vec<(f64, f64)>,
}

#[derive(Clone, Copy)]
struct Block {
    from: f64,
    weight: f64,
    sum: f64,
}

impl Isotonic {
    /// Fits points in rising order of score.
    pub(super) fn fit(points: &[Point]) -> Self {
        let mut blocks: Vec<Block> = Vec::with_capacity(points.len());
        for point in points {
            let mut block =
                Block { from: point.score, weight: point.weight, sum: point.weight * point.label };
            while let Some(last) = blocks.pop_if(|last| {
                // Means compared without dividing.
                last.sum * block.weight >= block.sum * last.weight
            }) {
                block = Block {
                    from: last.from,
                    weight: last.weight + block.weight,
                    sum: last.sum + block.sum,
                };
            }
            blocks.push(block);
        }
        Self { steps: blocks.iter().map(|block| (block.from, block.sum / block.weight)).collect() }
    }

    /// Returns the value of the step a score lies on: between two steps the lower one, below all
    /// the first. `None` without points.
    pub(super) fn at(&self, score: f64) -> Option<f64> {
        let on = self.steps.partition_point(|(from, _)| *from <= score);
        self.steps.get(on.saturating_sub(1)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::num::{max, min};

    fn points(values: &[(f64, f64)]) -> Vec<Point> {
        let at = |i: usize| 40.0 + analysis::num::count(i);
        values
            .iter()
            .enumerate()
            .map(|(i, (w, y))| Point { score: at(i), weight: *w, label: *y })
            .collect()
    }

    /// The max-min formula: fit(i) = max over a <= i of min over b >= i of mean(a..=b)
    /// (Robertson, Wright and Dykstra, *Order Restricted Statistical Inference*, 1988, theorem 1.4.4).
    fn naive(points: &[Point], i: usize) -> f64 {
        let mean = |a: usize, b: usize| {
            let (w, s) = points[a..=b]
                .iter()
                .fold((0.0, 0.0), |(w, s), p| (w + p.weight, s + p.weight * p.label));
            s / w
        };
        let lowest = |a: usize| (i..points.len()).map(|b| mean(a, b)).fold(f64::INFINITY, min);
        (0..=i).map(lowest).fold(f64::NEG_INFINITY, max)
    }

    #[test]
    fn by_hand() {
        let fit = Isotonic::fit(&points(&[(1.0, 0.1), (1.0, 0.5), (3.0, 0.3), (1.0, 0.9)]));
        // The second and third pool to (0.5 + 0.9) / 4 = 0.35.
        for (score, wanted) in
            [(40.0, 0.1), (41.0, 0.35), (42.9, 0.35), (43.0, 0.9), (99.0, 0.9), (10.0, 0.1)]
        {
            let seen = fit.at(score).unwrap();
            assert!((seen - wanted).abs() < 1e-12, "{score}: {seen}");
        }
        assert_eq!(Isotonic::fit(&[]).at(50.0), None);
    }

    #[test]
    fn the_fit_is_that_of_the_naive_formula() {
        let mut state = 7_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
        };
        for round in 0..300 {
            let n = 1 + round % 20;
            let values: Vec<_> =
                (0..n).map(|_| (0.01 + draw(), (draw() * 8.0).round() / 8.0)).collect();
            let points = points(&values);
            let fit = Isotonic::fit(&points);
            for (i, point) in points.iter().enumerate() {
                let (seen, wanted) = (fit.at(point.score).unwrap(), naive(&points, i));
                assert!((seen - wanted).abs() < 1e-9, "{values:?} at {i}: {seen} {wanted}");
            }
        }
    }
}
