//! [`Fields`]: the fields of a line as numbers, read in one pass over its bytes.

use memchr::{memchr, memchr_iter};
use types::market::TsNanos;
use types::num::{NumError, parse_e8};

/// Digits that 64 bits hold whatever they are.
const DIGITS: usize = 18;
/// Whole numbers up to here are exact as `f64`.
const EXACT: u64 = 1 << 53;
/// Milliseconds end here (the year 5138), microseconds begin (1973).
const MICROS_FROM: u64 = 100_000_000_000_000;
/// Microseconds end here; nothing else is known.
const MICROS_TO: u64 = 100_000_000_000_000_000;
/// Powers of ten that bring a number of up to 8 decimals to 1e-8.
const TO_E8: [i64; 9] = [100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
/// Powers of ten, all exact as `f64`.
const TENS: [f64; DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// The unit of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
}

/// How many digits before the point are to be expected: of a price fewer than eight, of a time more.
#[derive(Clone, Copy)]
enum Whole {
    Short,
    Long,
}

/// A field of digits with at most one point.
struct Plain<'a> {
    digits: u64,
    decimals: usize,
    /// What follows the field's comma; `None` if it was the last.
    rest: Option<&'a [u8]>,
}

/// The fields of a line, first to last.
pub(super) struct Fields<'a> {
    line: &'a [u8],
    /// The fields that are left.
    rest: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(line: &'a [u8]) -> Self {
        Self { line, rest: Some(line) }
    }

    /// Returns the number of fields of the whole line.
    pub(super) fn count(&self) -> usize {
        memchr_iter(b',', self.line).count() + 1
    }

    /// Returns the number of fields that are left.
    #[inline]
    pub(super) fn left(&self) -> usize {
        self.rest.map_or(0, |rest| memchr_iter(b',', rest).count() + 1)
    }

    /// Returns the next field as it is; an empty one if none is left.
    pub(super) fn text(&mut self) -> &'a [u8] {
        let rest = self.rest.unwrap_or_default();
        let end = memchr(b',', rest);
        self.rest = end.map(|comma| &rest[comma + 1..]);
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Reads the next field as a whole count of 1e-8, exactly.
    #[inline]
    pub(super) fn e8(&mut self) -> Result<i64, NumError> {
        if let Some(plain) = self.plain(Whole::Short)
            && let Some(scale) = TO_E8.get(plain.decimals)
            && let Ok(digits) = i64::try_from(plain.digits)
            && let Some(value) = digits.checked_mul(*scale)
        {
            self.rest = plain.rest;
            return Ok(value);
        }
        number(self.text())
    }

    /// Reads the next field as a time in milliseconds or microseconds; which, its magnitude says,
    /// row by row: the spot archives changed from one to the other at 2025-01-01. The error is the
    /// text.
    #[inline]
    pub(super) fn time(&mut self) -> Result<(TsNanos, Unit), &'a [u8]> {
        if let Some(plain) = self.plain(Whole::Long)
            && plain.decimals == 0
            && let Some(time) = moment(plain.digits)
        {
            self.rest = plain.rest;
            return Ok(time);
        }
        Err(self.text())
    }

    /// Reads the next field as a number that may be absent.
    ///
    /// A whole number below 2^53 over a power of ten up to 1e22 is the nearest `f64` (Clinger, *How
    /// to read floating point numbers accurately*, 1990); what is longer goes the long way.
    #[inline]
    pub(super) fn float(&mut self) -> Result<Option<f64>, NumError> {
        if let Some(plain) = self.plain(Whole::Short)
            && plain.digits < EXACT
        {
            self.rest = plain.rest;
            #[expect(clippy::cast_precision_loss, reason = "below 2^53 it is exact")]
            return Ok(Some(plain.digits as f64 / TENS[plain.decimals]));
        }
        let text = self.text();
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.iter().all(|byte| byte.is_ascii_digit() || b".-+eE".contains(byte));
        match fast_float2::parse::<f64, _>(text) {
            Ok(value) if number => Ok(Some(value)),
            Ok(_) | Err(_) => Err(NumError::NotANumber(String::from_utf8_lossy(text).into_owned())),
        }
    }

    /// Reads ahead over the next field, if it is digits with at most one point and short enough for
    /// 64 bits.
    #[inline]
    fn plain(&self, whole: Whole) -> Option<Plain<'a>> {
        let field = self.rest?;
        let (mut value, mut tail) = match whole {
            Whole::Short => digits(field, 0),
            Whole::Long => many_digits(field, 0),
        };
        let mut count = field.len() - tail.len();
        let mut decimals = 0;
        if let [b'.', fraction @ ..] = tail {
            (value, tail) = many_digits(fraction, value);
            decimals = fraction.len() - tail.len();
            count += decimals;
        }
        let rest = match tail {
            [] => None,
            [b',', rest @ ..] => Some(rest),
            _ => return None,
        };
        (count > 0 && count <= DIGITS).then_some(Plain { digits: value, decimals, rest })
    }
}

/// Returns the moment of a number and its unit, `None` if it is beyond both.
#[inline]
fn moment(number: u64) -> Option<(TsNanos, Unit)> {
    let value = i64::try_from(number).ok()?;
    if number < MICROS_FROM {
        TsNanos::from_millis(value).ok().map(|time| (time, Unit::Millis))
    } else if number < MICROS_TO {
        TsNanos::from_micros(value).ok().map(|time| (time, Unit::Micros))
    } else {
        None
    }
}

/// Reads digits behind those of `value`; returns the number and what follows. What has more digits
/// than fit wraps: the caller counts them.
#[inline]
fn digits(bytes: &[u8], value: u64) -> (u64, &[u8]) {
    let (mut value, mut end) = (value, bytes.len());
    for (place, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit >= 10 {
            end = place;
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (value, &bytes[end..])
}

/// As [`digits`], where eight at once are likely.
#[inline]
fn many_digits(bytes: &[u8], value: u64) -> (u64, &[u8]) {
    match eight_digits(bytes) {
        Some(eight) => digits(&bytes[8..], value.wrapping_mul(100_000_000).wrapping_add(eight)),
        None => digits(bytes, value),
    }
}

/// Returns the number of eight digits at the front, in three multiplications (Lemire, *Quickly
/// parsing eight digits*, 2018): pairs, then fours, then all.
#[inline]
fn eight_digits(bytes: &[u8]) -> Option<u64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let word = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    // Six above `9` is the next sixteen, so the high halves of both are 3 for digits alone.
    let high = (word & HIGH) | ((word.wrapping_add(0x0606_0606_0606_0606) & HIGH) >> 4);
    if high != 0x3333_3333_3333_3333 {
        return None;
    }
    let ones = word - ZEROS;
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8);
    let left = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let right = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(left.wrapping_add(right) >> 32)
}

/// Reads an exact number of any length. One of more than 18 digits is led by zeros, so that it is
/// read in 128 bits from its first digit on: its leading 19 may not fit in 64.
pub(super) fn number(text: &[u8]) -> Result<i64, NumError> {
    if text.len() <= DIGITS || text.starts_with(b"+") {
        return parse_e8(text);
    }
    let (sign, digits) = text.split_at(usize::from(text.starts_with(b"-")));
    parse_e8(&[sign, &[b'0'; DIGITS], digits].concat()).map_err(|error| {
        let seen = String::from_utf8_lossy(text).into_owned();
        match error {
            NumError::NotANumber(_) => NumError::NotANumber(seen),
            NumError::TooFine(_) => NumError::TooFine(seen),
            NumError::TooLarge(_) => NumError::TooLarge(seen),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn microseconds_are_told_by_magnitude() {
        let time = |text: &'static str| Fields::new(text.as_bytes()).time();
        let millis = time("1735689599000").unwrap();
        let micros = time("1735689600000000").unwrap();
        assert_eq!((millis.1, micros.1), (Unit::Millis, Unit::Micros));
        assert_eq!(micros.0.since(millis.0), 1_000_000_000);
        let beyond = ["1730073600000000000", "99999999999999", "99999999999999999999"];
        for text in ["", "-1", "1e12", "1.5", "1 "].into_iter().chain(beyond) {
            assert_eq!(time(text), Err(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn numbers_longer_than_64_bits_are_read_exactly() {
        assert_eq!(number(b"92233720368.54775807000000000000"), Ok(i64::MAX));
        assert_eq!(number(b"-99999999.9900000000000000000"), Ok(-9_999_999_999_000_000));
        let long = "9785819333758563000000000000000";
        assert_eq!(number(long.as_bytes()), Err(NumError::TooLarge(long.to_owned())));
        let fine = "9999999999.9999999999";
        assert_eq!(number(fine.as_bytes()), Err(NumError::TooFine(fine.to_owned())));
        assert!(number(b"9999999999999999999x").is_err());
    }

    #[test]
    fn fields_come_in_turn_and_run_out() {
        let mut fields = Fields::new(b"1.5,,x,7");
        assert_eq!((fields.count(), fields.left()), (4, 4));
        assert_eq!(fields.e8(), Ok(150_000_000));
        assert_eq!(fields.float(), Ok(None));
        assert_eq!((fields.text(), fields.left()), (&b"x"[..], 1));
        assert_eq!(fields.float(), Ok(Some(7.0)));
        assert_eq!((fields.left(), fields.text()), (0, &b""[..]));
        assert!(fields.e8().is_err() && fields.time().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// The short way and the long way read the same, and end at the same place.
        #[test]
        fn the_short_way_is_the_long_way(
            text in prop_oneof!["[-+0-9.eE]{0,22}", "[0-9]{1,11}\\.[0-9]{0,10}", "[0-9]{1,20}"],
        ) {
            let line = format!("{text},rest");
            let mut fields = Fields::new(line.as_bytes());
            prop_assert_eq!(fields.e8(), number(text.as_bytes()));
            prop_assert_eq!(fields.text(), b"rest");
            let mut fields = Fields::new(line.as_bytes());
            let wanted: Option<f64> = text.parse().ok();
            let seen = fields.float();
            prop_assert_eq!(fields.text(), b"rest");
            prop_assert_eq!(seen.ok().flatten().map(f64::to_bits), wanted.map(f64::to_bits));
        }
    }
}
