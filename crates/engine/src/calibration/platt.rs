//! Platt's sigmoid with a slope that does not fall.

use analysis::num::{abs, exp, ln, max};
use serde::{Deserialize, Serialize};

use super::curve::Point;

/// Newton steps at most; a fit takes 4 to 8.
const STEPS_MAX: u32 = 50;

/// p = 1 / (1 + exp(-(a + b x))), b >= 0; x = (score - 70) / 10.
///
/// J. Platt, *Probabilistic Outputs for Support Vector Machines* (1999); Newton's method with
/// halved steps after Lin, Lin and Weng, *A note on Platt's probabilistic outputs* (2007).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Platt {
    a: f64,
    b: f64,
}

impl Platt {
    /// Fits by weighted maximum likelihood; labels may be fractions. The mean label must lie
    /// strictly between 0 and 1, which the prior sees to.
    pub(super) fn fit(points: &[Point]) -> Self {
        let weight = points.iter().map(|point| point.weight).sum::<f64>();
        let mean = points.iter().map(|point| point.weight * point.label).sum::<f64>() / weight;
        let flat = Self { a: ln(mean / (1.0 - mean)), b: 0.0 };
        let mut fit = flat;
        for _ in 0..STEPS_MAX {
            let Some(next) = fit.step(points) else { break };
            fit = next;
        }
        // The loss is convex: where the best slope is below 0, the best allowed one is 0.
        if fit.b > 0.0 { fit } else { flat }
    }

    /// Returns the probability of a score.
    pub(super) fn at(&self, score: f64) -> f64 {
        sigmoid(self.a + self.b * unit(score))
    }

    /// One Newton step that lowers the loss, `None` when there is none to take.
    fn step(&self, points: &[Point]) -> Option<Self> {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        let mut weight = 0.0;
        for point in points {
            weight += point.weight;
            let x = unit(point.score);
            let p = sigmoid(self.a + self.b * x);
            let g = point.weight * (p - point.label);
            let h = point.weight * p * (1.0 - p);
            ga += g;
            gb += g * x;
            haa += h;
            hab += h * x;
            hbb += h * x * x;
        }
        let det = haa * hbb - hab * hab;
        if det <= 0.0 || abs(ga) + abs(gb) < 1e-12 {
            return None;
        }
        let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
        // What the step would gain, twice (the Newton decrement), is below the loss's own rounding.
        if ga * da + gb * db < 1e-13 * weight {
            return None;
        }
        let loss = self.loss(points);
        let mut part = 1.0;
        while part > 1e-10 {
            let next = Self { a: self.a - part * da, b: self.b - part * db };
            if next.loss(points) < loss {
                return Some(next);
            }
            part *= 0.5;
        }
        None
    }

    /// Negative log-likelihood: sum of w (ln(1 + e^z) - y z).
    pub(super) fn loss(&self, points: &[Point]) -> f64 {
        let terms = points.iter().map(|point| {
            let z = self.a + self.b * unit(point.score);
            point.weight * (max(z, 0.0) + ln(1.0 + exp(-abs(z))) - point.label * z)
        });
        terms.sum()
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z))
}

const fn unit(score: f64) -> f64 {
    (score - 70.0) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(score: f64, weight: f64, label: f64) -> Point {
        Point { score, weight, label }
    }

    /// The best of a grid, refined around the best so far until it is fine enough.
    fn grid(points: &[Point]) -> Platt {
        let (mut best, mut width) = (Platt { a: 0.0, b: 2.0 }, 4.0);
        for _ in 0..40 {
            let around = best;
            for i in -10..=10 {
                for j in -10..=10 {
                    let candidate = Platt {
                        a: around.a + width * f64::from(i) / 10.0,
                        b: max(0.0, around.b + width * f64::from(j) / 10.0),
                    };
                    if candidate.loss(points) < best.loss(points) {
                        best = candidate;
                    }
                }
            }
            width *= 0.6;
        }
        best
    }

    #[test]
    fn the_fit_is_the_best_of_a_grid() {
        let rising = [point(45.5, 80.0, 0.31), point(62.5, 50.0, 0.42), point(88.0, 30.0, 0.66)];
        let falling = [point(45.5, 80.0, 0.61), point(62.5, 50.0, 0.42), point(88.0, 30.0, 0.26)];
        let steep = [point(55.0, 500.0, 0.05), point(70.0, 500.0, 0.5), point(95.0, 500.0, 0.99)];
        for points in [&rising, &falling, &steep] {
            let (fit, wanted) = (Platt::fit(points), grid(points));
            for score in [40.0, 50.0, 60.0, 75.0, 100.0] {
                let (seen, wanted) = (fit.at(score), wanted.at(score));
                assert!((seen - wanted).abs() < 1e-5, "{score}: {seen} {wanted}");
            }
            assert!(fit.loss(points) <= wanted.loss(points) + 1e-9);
        }
        let flat = Platt::fit(&falling);
        assert!(flat.b <= 0.0 && (flat.at(40.0) - flat.at(100.0)).abs() < 1e-15);
    }

    #[test]
    fn one_score_alone_gives_its_mean() {
        let fit = Platt::fit(&[point(70.5, 10.0, 0.3), point(70.5, 10.0, 0.5)]);
        assert!((fit.at(70.5) - 0.4).abs() < 1e-9);
    }
}
