//! Fixed-point numbers: [`Price`] and [`Qty`] in 1e-8, [`Money`] in 1e-16, [`Ratio`] in 1e-8.
//!
//! Price x quantity is exact. Rounding is always named: fees and rates round against us, everything
//! else either fits or is an error.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One whole unit in the raw form of `Price`, `Qty` and `Ratio`.
pub const ONE_E8: i64 = 100_000_000;
/// One whole unit in the raw form of `Money`.
pub const ONE_E16: i128 = 10_000_000_000_000_000;
/// Decimals of `Price`, `Qty` and `Ratio`.
const DECIMALS: i32 = 8;

/// A text that is no number of this system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumError {
    /// Not a decimal number.
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    /// More decimals than are kept.
    #[error("`{0}` has more than 8 decimals, the finest step here is 0.00000001")]
    TooFine(String),
    /// Outside the range of the type.
    #[error("`{0}` does not fit: the largest number here is 92233720368.54775807")]
    TooLarge(String),
}

/// A text that is no amount of an asset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number.
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    /// More decimals than are kept.
    #[error("`{0}` has more than 16 decimals, the finest step of an amount is 1e-16")]
    TooFine(String),
    /// Outside the range of the type.
    #[error("`{0}` does not fit: an amount here stays below 1.7e22")]
    TooLarge(String),
}

/// Reads a decimal number (`-12.5`, `1e-05`) as a whole count of 1e-8, exactly.
///
/// # Errors
/// `NumError` if the text is no number, needs more than 8 decimals or does not fit in 64 bits.
pub fn parse_e8(text: &[u8]) -> Result<i64, NumError> {
    parse_plain(text).or_else(|| parse_any(text)).ok_or_else(|| explain(text))
}

/// The common form, digits with at most one point: no exponent, no more than 18 digits.
fn parse_plain(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    let mut decimals: Option<u32> = None;
    let mut count = 0;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                count += 1;
                if count > 18 {
                    return None;
                }
                value = value * 10 + i64::from(byte - b'0');
                decimals = decimals.map(|n| n + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    if count == 0 {
        return None;
    }
    let missing = 8_u32.checked_sub(decimals.unwrap_or(0))?;
    let value = value.checked_mul(10_i64.pow(missing))?;
    Some(if negative { -value } else { value })
}

/// Any decimal form, by way of an exact 128-bit mantissa.
fn parse_any(text: &[u8]) -> Option<i64> {
    let (mantissa, exponent) = split_number(text)?;
    let shift = exponent.checked_add(DECIMALS)?;
    let value = if mantissa == 0 {
        0
    } else if shift >= 0 {
        mantissa.checked_mul(10_i128.checked_pow(shift.unsigned_abs())?)?
    } else {
        let divisor = 10_i128.checked_pow(shift.unsigned_abs())?;
        if mantissa % divisor != 0 {
            return None;
        }
        mantissa / divisor
    };
    i64::try_from(value).ok()
}

/// Reads a decimal number as a whole count of 1e-16, exactly: amounts that an asset's balance can
/// reach and a price cannot.
fn parse_e16(text: &[u8]) -> Option<i128> {
    let (mantissa, exponent) = split_number(text)?;
    if mantissa == 0 {
        return Some(0);
    }
    let shift = exponent.checked_add(2 * DECIMALS)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        mantissa.checked_mul(power)
    } else {
        (mantissa % power == 0).then(|| mantissa / power)
    }
}

/// Splits a decimal text into mantissa and power of ten.
fn split_number(text: &[u8]) -> Option<(i128, i32)> {
    let text = std::str::from_utf8(text).ok()?;
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    Some((if negative { -mantissa } else { mantissa }, exponent))
}

/// Says what is wrong with a text that could not be read.
fn explain(text: &[u8]) -> NumError {
    let shown = String::from_utf8_lossy(text).into_owned();
    match split_number(text) {
        None => NumError::NotANumber(shown),
        Some((mantissa, exponent)) => {
            let shift = exponent.saturating_add(DECIMALS);
            let fits = shift >= 0
                || 10_i128.checked_pow(shift.unsigned_abs()).is_some_and(|d| mantissa % d == 0);
            if fits { NumError::TooLarge(shown) } else { NumError::TooFine(shown) }
        }
    }
}

/// Writes a raw count of 10^-`decimals` without trailing zeros.
fn write_decimal(f: &mut fmt::Formatter<'_>, raw: i128, decimals: usize) -> fmt::Result {
    let digits = format!("{:0width$}", raw.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    f.pad_integral(raw >= 0, "", &text)
}

macro_rules! e8_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// One whole unit.
            pub const ONE: Self = Self(ONE_E8);
            /// The smallest step, 0.00000001.
            pub const STEP: Self = Self(1);
            /// The largest number.
            pub const MAX: Self = Self(i64::MAX);

            /// Returns the number of that many steps of 1e-8.
            #[must_use]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// Returns the number of steps of 1e-8.
            #[must_use]
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// Returns whether it is above zero.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Returns whether it is zero.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// Returns the sum, `None` if it does not fit.
            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }

            /// Returns the difference, `None` if it does not fit.
            #[must_use]
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            /// Returns the largest multiple of `step` that is not above this number; a step of
            /// zero or less leaves it as it is.
            #[must_use]
            pub const fn floor_to(self, step: Self) -> Self {
                if step.0 <= 0 { self } else { Self(self.0 - self.0.rem_euclid(step.0)) }
            }

            /// Returns the smallest multiple of `step` that is not below this number (held at
            /// the largest multiple that fits); a step of zero or less leaves it as it is.
            #[must_use]
            pub const fn ceil_to(self, step: Self) -> Self {
                let floor = self.floor_to(step);
                if floor.0 == self.0 {
                    return self;
                }
                match floor.0.checked_add(step.0) {
                    Some(raw) => Self(raw),
                    None => floor,
                }
            }

            /// Returns the number times a ratio, rounded down.
            ///
            /// # Panics
            /// If the product does not fit: a ratio here is a share or a small multiple.
            #[must_use]
            pub fn scaled_down(self, by: Ratio) -> Self {
                Self(scale(self.0, by, false))
            }

            /// Returns the number times a ratio, rounded up.
            ///
            /// # Panics
            /// If the product does not fit: a ratio here is a share or a small multiple.
            #[must_use]
            pub fn scaled_up(self, by: Ratio) -> Self {
                Self(scale(self.0, by, true))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_decimal(f, i128::from(self.0), 8)
            }
        }

        impl FromStr for $name {
            type Err = NumError;
            fn from_str(text: &str) -> Result<Self, NumError> {
                parse_e8(text.as_bytes()).map(Self)
            }
        }
    };
}

/// Multiplies by a ratio and rounds.
fn scale(raw: i64, by: Ratio, up: bool) -> i64 {
    let product = i128::from(raw) * i128::from(by.0);
    let one = i128::from(ONE_E8);
    let floor = product.div_euclid(one);
    let rounded = if up && product.rem_euclid(one) != 0 { floor + 1 } else { floor };
    i64::try_from(rounded).expect("a share of a number fits where the number does")
}

e8_number! {
    /// A price, or the distance between two, in quote currency per unit of base, in 1e-8.
    Price
}

e8_number! {
    /// A quantity of the base asset in 1e-8. A position's is signed, an order's above zero.
    Qty
}

e8_number! {
    /// A share or factor in 1e-8: 0.01 is one percent, 0.0001 one basis point.
    Ratio
}

impl Ratio {
    /// Returns that many basis points (0.01 %).
    #[must_use]
    pub const fn from_bps(bps: i64) -> Self {
        Self(bps * (ONE_E8 / 10_000))
    }

    /// Returns the product, rounded down.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self(scale(self.0, other, false))
    }
}

impl Price {
    /// Returns price x quantity, exactly.
    #[must_use]
    pub fn notional(self, qty: Qty) -> Money {
        Money(i128::from(self.0) * i128::from(qty.0))
    }
}

impl Qty {
    /// Returns the quantity without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

/// An amount of an asset in 1e-16. Signed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns the amount of that many steps of 1e-16.
    #[must_use]
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }

    /// Returns a whole number of units.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units as i128 * ONE_E16)
    }

    /// Returns the number of steps of 1e-16.
    #[must_use]
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// Returns whether it is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Reads an amount with at most 16 decimals, exactly and over the whole range, as venues write
    /// balances.
    ///
    /// # Errors
    /// `AmountError` if the text is no number, needs more decimals or does not fit.
    pub fn parse(text: &[u8]) -> Result<Self, AmountError> {
        parse_e16(text).map(Self).ok_or_else(|| {
            let shown = String::from_utf8_lossy(text).into_owned();
            match split_number(text) {
                None => AmountError::NotANumber(shown),
                Some((_, exponent)) if exponent < -2 * DECIMALS => AmountError::TooFine(shown),
                Some(_) => AmountError::TooLarge(shown),
            }
        })
    }

    /// Returns whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Returns whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns the amount without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Returns the amount times a ratio, rounded up at 1e-8: how a fee is charged.
    #[must_use]
    pub fn fee(self, rate: Ratio) -> Self {
        let step = i128::from(ONE_E8) * i128::from(ONE_E8);
        let product = self.0 * i128::from(rate.0);
        let floor = product.div_euclid(step);
        let up = if product.rem_euclid(step) == 0 { floor } else { floor + 1 };
        Self(up * i128::from(ONE_E8))
    }

    /// Returns the amount times a ratio, rounded down at 1e-16.
    #[must_use]
    pub fn scaled_down(self, by: Ratio) -> Self {
        Self((self.0 * i128::from(by.0)).div_euclid(i128::from(ONE_E8)))
    }

    /// Returns the largest quantity whose notional at the price is not above this amount; zero if
    /// the amount is negative or the price is not above zero.
    #[must_use]
    pub fn qty_at(self, price: Price) -> Qty {
        if self.0 <= 0 || price.0 <= 0 {
            return Qty::ZERO;
        }
        Qty(i64::try_from(self.0 / i128::from(price.0)).unwrap_or(i64::MAX))
    }

    /// Returns amount / quantity rounded down at 1e-8, `None` for a quantity of zero.
    #[must_use]
    pub fn per(self, qty: Qty) -> Option<Price> {
        if qty.0 == 0 {
            return None;
        }
        i64::try_from(self.0.div_euclid(i128::from(qty.0))).ok().map(Price)
    }

    /// Returns this amount as a share of `whole` rounded down, `None` if `whole` is not above zero
    /// or the share does not fit.
    #[must_use]
    pub fn share_of(self, whole: Self) -> Option<Ratio> {
        if whole.0 <= 0 {
            return None;
        }
        i64::try_from((self.0 * i128::from(ONE_E8)).div_euclid(whole.0)).ok().map(Ratio)
    }

    /// Returns part / whole of the amount, rounded down at 1e-16; zero for a whole of zero.
    #[must_use]
    pub fn portion(self, part: Qty, whole: Qty) -> Self {
        if whole.0 == 0 {
            return Self::ZERO;
        }
        let (part, whole) = (i128::from(part.0), i128::from(whole.0));
        // amount = quotient x whole + remainder, so neither product can leave 128 bits.
        let quotient = self.0.div_euclid(whole);
        let remainder = self.0.rem_euclid(whole);
        Self(quotient * part + (remainder * part).div_euclid(whole))
    }

    /// Returns the quantity as an amount of its asset.
    #[must_use]
    pub fn of_qty(qty: Qty) -> Self {
        Self(i128::from(qty.0) * i128::from(ONE_E8))
    }

    /// Returns the amount as a quantity, rounded down at 1e-8; `None` if it does not fit.
    #[must_use]
    pub fn to_qty(self) -> Option<Qty> {
        i64::try_from(self.0.div_euclid(i128::from(ONE_E8))).ok().map(Qty)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.0, 16)
    }
}

impl FromStr for Money {
    type Err = NumError;
    /// Reads a decimal with at most 8 decimals, as people write amounts.
    fn from_str(text: &str) -> Result<Self, NumError> {
        parse_e8(text.as_bytes()).map(|raw| Self(i128::from(raw) * i128::from(ONE_E8)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_and_their_numbers() {
        for (text, raw) in [
            ("0", 0),
            ("1", ONE_E8),
            ("-0.5", -50_000_000),
            (".5", 50_000_000),
            ("3832.6286242", 383_262_862_420),
            ("68021.69000000", 6_802_169_000_000),
            ("1e-05", 1_000),
            ("6.17E-06", 617),
            ("0.000000010000000000000", 1),
            ("92233720368.54775807", i64::MAX),
        ] {
            assert_eq!(parse_e8(text.as_bytes()), Ok(raw), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_number_here() {
        let check = |text: &str| parse_e8(text.as_bytes());
        for text in ["", "-", ".", "1.2.3", "abc", "1e", "NaN", "inf", "1,5", " 1"] {
            assert_eq!(check(text), Err(NumError::NotANumber(text.to_owned())), "{text}");
        }
        assert_eq!(check("0.000000001"), Err(NumError::TooFine("0.000000001".to_owned())));
        assert_eq!(check("1e11"), Err(NumError::TooLarge("1e11".to_owned())));
        let long = "9785819333758563000";
        assert_eq!(check(long), Err(NumError::TooLarge(long.to_owned())));
        assert!(check("1e999999999").is_err() && check("1e-999999999").is_err());
    }

    #[test]
    fn amounts_reach_further_than_prices() {
        let check = |text: &str| Money::parse(text.as_bytes());
        for (text, raw) in [
            ("0.00000000", 0),
            ("1000000000000.12345678", 10_000_000_000_001_234_567_800_000_000),
            ("-0.0000000000000001", -1),
            ("1e12", 10_000_000_000_000_000_000_000_000_000),
        ] {
            assert_eq!(check(text), Ok(Money::from_raw(raw)), "{text}");
        }
        let fine = "0.00000000000000001";
        assert_eq!(check(fine), Err(AmountError::TooFine(fine.to_owned())));
        assert_eq!(check("1e23"), Err(AmountError::TooLarge("1e23".to_owned())));
        for text in ["", "-", "1,5", "NaN", "1e999999999999"] {
            assert_eq!(check(text), Err(AmountError::NotANumber(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_fee_rounds_up_at_1e_8() {
        let notional = Price::from_raw(333).notional(Qty::from_raw(ONE_E8));
        assert_eq!(notional.fee(Ratio::from_bps(10)).to_string(), "0.00000001");
        assert_eq!(Money::ZERO.fee(Ratio::from_bps(10)), Money::ZERO);
        assert_eq!(Money::from_units(1_000).fee(Ratio::from_bps(10)), Money::from_units(1));
    }

    #[test]
    fn rounding_to_a_step() {
        let tick = Price::from_raw(1_000);
        assert_eq!(Price::from_raw(1_999).floor_to(tick), Price::from_raw(1_000));
        assert_eq!(Price::from_raw(1_001).ceil_to(tick), Price::from_raw(2_000));
        assert_eq!(Price::from_raw(2_000).ceil_to(tick), Price::from_raw(2_000));
        assert_eq!(Price::from_raw(1_999).floor_to(Price::ZERO), Price::from_raw(1_999));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn text_round_trips(raw in any::<i64>()) {
            let price = Price::from_raw(raw);
            prop_assert_eq!(price.to_string().parse(), Ok(price));
        }

        #[test]
        fn parsing_never_panics(text in "[-+]?[0-9]{0,24}[.]?[0-9eE]{0,12}") {
            let _ = parse_e8(text.as_bytes());
        }

        #[test]
        fn portions_of_an_amount_leave_no_gap(
            raw in -1_000_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000_000,
            whole in 1_i64..1_000_000_000_000,
            share in 0.0_f64..1.0,
        ) {
            #[expect(clippy::cast_possible_truncation, reason = "a share of the whole fits")]
            let part = (whole as f64 * share) as i64;
            let amount = Money::from_raw(raw);
            let first = amount.portion(Qty::from_raw(part), Qty::from_raw(whole));
            let second = amount.portion(Qty::from_raw(whole - part), Qty::from_raw(whole));
            let gap = amount - first - second;
            prop_assert!((0..=1).contains(&gap.raw()), "{}", gap.raw());
        }
    }
}
