//! The border between decimals and `f64`: the one place where they meet.
//!
//! Out of money is a nearest `f64`, for statistics and for people to read. Into money the rounding
//! is named, and what does not fit (NaN among it) is `None`.

use analysis::num::floor;
use types::num::{Money, Price, Qty, Ratio};

/// Steps of 1e-8 in one.
const E8: f64 = 1e8;
/// Steps of 1e-16 in one.
const E16: f64 = 1e16;
/// 2^32.
const TWO_32: f64 = 4_294_967_296.0;
/// 2^63, the first number beyond `i64`.
const I64_END: f64 = TWO_32 * TWO_32 / 2.0;

/// Returns a price as `f64`.
#[must_use]
pub const fn price(price: Price) -> f64 {
    e8(price.raw())
}

/// Returns a quantity as `f64`.
#[must_use]
pub const fn qty(qty: Qty) -> f64 {
    e8(qty.raw())
}

/// Returns a ratio as `f64`.
#[must_use]
pub const fn ratio(ratio: Ratio) -> f64 {
    e8(ratio.raw())
}

/// Returns an amount as `f64`.
#[must_use]
pub const fn money(money: Money) -> f64 {
    wide(money.raw()) / E16
}

/// Returns a part of a whole as `f64`, 0 for a whole of zero.
#[must_use]
pub const fn share(part: Money, whole: Money) -> f64 {
    if whole.is_zero() { 0.0 } else { wide(part.raw()) / wide(whole.raw()) }
}

/// Returns the price rounded down at 1e-8.
#[must_use]
pub fn price_down(x: f64) -> Option<Price> {
    raw_down(x).map(Price::from_raw)
}

/// Returns the price rounded up at 1e-8.
#[must_use]
pub fn price_up(x: f64) -> Option<Price> {
    raw_down(-x).map(|raw| Price::from_raw(-raw))
}

/// Returns the price rounded to the nearest 1e-8, halves upwards.
#[must_use]
pub fn price_nearest(x: f64) -> Option<Price> {
    raw_down(x + 0.5 / E8).map(Price::from_raw)
}

/// Returns a bar as analysis takes it.
#[must_use]
pub const fn bar(bar: &types::bar::Bar) -> analysis::Bar {
    analysis::Bar {
        open_time: bar.open_time,
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
        volume: bar.volume,
    }
}

/// Returns the quantity rounded down at 1e-8.
#[must_use]
pub fn qty_down(x: f64) -> Option<Qty> {
    raw_down(x).map(Qty::from_raw)
}

/// Returns the ratio rounded down at 1e-8.
#[must_use]
pub fn ratio_down(x: f64) -> Option<Ratio> {
    raw_down(x).map(Ratio::from_raw)
}

/// Returns the ratio rounded up at 1e-8.
#[must_use]
pub fn ratio_up(x: f64) -> Option<Ratio> {
    raw_down(-x).map(|raw| Ratio::from_raw(-raw))
}

/// The two halves as numbers, added: within one unit in the last place of the nearest, and three
/// times as fast as the compiler's conversion, which a verdict makes a hundred times.
const fn wide(raw: i128) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the high and the low half"
    )]
    let (high, low) = ((raw >> 64) as i64, raw as u64);
    high as f64 * (TWO_32 * TWO_32) + low as f64
}

const fn e8(raw: i64) -> f64 {
    raw as f64 / E8
}

fn raw_down(x: f64) -> Option<i64> {
    let steps = floor(x * E8);
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range of i64")]
    (steps > -I64_END && steps < I64_END).then_some(steps as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_where_its_name_says() {
        assert_eq!(price_down(0.123_456_789), Some(Price::from_raw(12_345_678)));
        assert_eq!(price_up(0.123_456_789), Some(Price::from_raw(12_345_679)));
        assert_eq!(ratio_down(-0.123_456_789), Some(Ratio::from_raw(-12_345_679)));
        assert_eq!(ratio_up(-0.123_456_789), Some(Ratio::from_raw(-12_345_678)));
        assert_eq!(qty_down(3.0), Some(Qty::from_raw(300_000_000)));
    }

    #[test]
    fn what_does_not_fit_is_none() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e11, -1e11] {
            assert_eq!((price_down(x), price_up(x)), (None, None), "{x}");
        }
    }

    #[test]
    fn money_leaves_as_the_nearest_number() {
        assert!((money(Money::from_units(12)) - 12.0).abs() < 1e-12);
        for units in [0, 1, 921, 922, 923, 1_844, 1_845, 1_000_000, 9_000_000_000] {
            for amount in [Money::from_units(units), -Money::from_units(units)] {
                let (seen, wanted) = (money(amount), amount.raw() as f64 / E16);
                assert!((seen - wanted).abs() <= wanted.abs() * 3e-16, "{amount}: {seen}");
            }
        }
        assert!((price(Price::from_raw(1)) - 1e-8).abs() < 1e-20);
        assert!((share(Money::from_units(1), Money::from_units(4)) - 0.25).abs() < 1e-15);
    }
}
