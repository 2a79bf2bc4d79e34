//! Arithmetic on `f64` with one answer on every machine and in every profile: [`clip`], [`tanh`].
//!
//! Comparisons instead of `f64::max` and `f64::min` (whose answer for zeros of different sign
//! differs between builds), and `libm` at a pinned version instead of the platform's functions.

/// Returns the greater of two numbers; the first if neither is greater.
#[must_use]
pub const fn max(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// Returns the smaller of two numbers; the first if neither is smaller.
#[must_use]
pub const fn min(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// Returns `x` held within `low..=high`.
#[must_use]
pub const fn clip(x: f64, low: f64, high: f64) -> f64 {
    min(max(x, low), high)
}

/// Returns `x` held within -1 and 1.
#[must_use]
pub const fn clip1(x: f64) -> f64 {
    clip(x, -1.0, 1.0)
}

/// Returns the distance from zero.
#[must_use]
pub const fn abs(x: f64) -> f64 {
    x.abs()
}

/// Returns +1, -1 or 0 (for both zeros).
#[must_use]
pub const fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// Returns the hyperbolic tangent; exactly odd.
#[must_use]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Returns the natural logarithm.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Returns e to the power of `x`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Returns `x` to the power of `y`.
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Returns the square root. IEEE 754 asks for the exactly rounded one, so every machine agrees.
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Returns the sine.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Returns the cosine.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Returns the greatest whole number not above `x`.
#[must_use]
pub fn floor(x: f64) -> f64 {
    libm::floor(x)
}

/// Returns the nearest whole number, halves away from zero; exactly odd.
#[must_use]
pub fn round(x: f64) -> f64 {
    libm::round(x)
}

/// Returns `x` with -0.0 mapped to 0.0, so that equal numbers have equal bits.
#[must_use]
pub const fn plain(x: f64) -> f64 {
    x + 0.0
}

/// Returns `x` rounded to the nearest multiple of 1e-9, halves away from zero, never -0.0.
///
/// Exactly odd. Meant for numbers of magnitude below 4,000,000, where multiples of 1e-9 can be
/// told apart.
#[must_use]
pub fn round_to_1e9(x: f64) -> f64 {
    plain(round(x * 1e9) / 1e9)
}

/// Returns `x` in whole multiples of 1e-9, held at the ends of `i64`; 0 for what is no number.
#[must_use]
pub fn units_of_1e9(x: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is whole, and the cast holds at the ends"
    )]
    let units = round(x * 1e9) as i64;
    units
}

/// Returns a count as a number; exact below 2^53.
#[must_use]
pub const fn count(n: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
    let number = n as f64;
    number
}

/// Returns the sum, added in four lanes: the same order for the same length, and short chains.
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    lanes(values, 0.0, |a, b| a + b, |a, b| a + b)
}

/// Returns the sum of a function of each value, added as by [`sum`].
#[must_use]
pub fn sum_by(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    lanes(values, 0.0, |all, value| all + of(value), |a, b| a + b)
}

/// Returns the greatest of the values, or negative infinity when there is none.
#[must_use]
pub fn max_of(values: &[f64]) -> f64 {
    lanes(values, f64::NEG_INFINITY, max, max)
}

/// Returns the smallest of the values, or infinity when there is none.
#[must_use]
pub fn min_of(values: &[f64]) -> f64 {
    lanes(values, f64::INFINITY, min, min)
}

fn lanes(
    values: &[f64],
    start: f64,
    take: impl Fn(f64, f64) -> f64,
    join: impl Fn(f64, f64) -> f64,
) -> f64 {
    let mut lane = [start; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for [a, b, c, d] in fours {
        lane = [take(lane[0], *a), take(lane[1], *b), take(lane[2], *c), take(lane[3], *d)];
    }
    let all = join(join(lane[0], lane[1]), join(lane[2], lane[3]));
    rest.iter().fold(all, |all, value| take(all, *value))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "the same numbers come out")]
    use super::*;

    #[test]
    fn the_sign_of_zero_never_shows() {
        assert_eq!(plain(-0.0).to_bits(), 0);
        assert_eq!(round_to_1e9(-1e-12).to_bits(), 0);
        assert_eq!(max(0.0, -0.0).to_bits(), 0);
        assert_eq!(sign(-0.0).to_bits(), 0);
    }

    #[test]
    fn rounding_is_odd_and_halves_go_away_from_zero() {
        assert_eq!(units_of_1e9(1.5e-9), 2);
        assert_eq!(units_of_1e9(-1.5e-9), -2);
        for x in [0.123_456_789_49, 0.3, 1.0 / 3.0, 0.999_999_999_6] {
            assert_eq!(round_to_1e9(-x).to_bits(), (-round_to_1e9(x)).to_bits());
            assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
        }
    }

    #[test]
    fn folds_take_every_value_once() {
        for n in 0..23_usize {
            let values: Vec<f64> = (0..n).map(|i| count(i * 7 % 23)).collect();
            assert!(abs(sum(&values) - values.iter().sum::<f64>()) < 1e-12);
            let sorted = {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                sorted
            };
            assert_eq!(sorted.first().copied().unwrap_or(f64::INFINITY), min_of(&values));
            assert_eq!(sorted.last().copied().unwrap_or(f64::NEG_INFINITY), max_of(&values));
        }
    }
}
