//! Text forms of a share in configuration and instrument files: `"10%"`, `"0.5%"`, `"25bps"`.

use crate::num::{NumError, Ratio, parse_e8};

/// Percent and basis points, and how many of them make 1.
const UNITS: [(&str, i64); 2] = [("%", 100), ("bps", 10_000)];

/// A tenth of a percent, in 1e-8.
const TENTH: u64 = 100_000;

/// A text that is no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Neither percent nor basis points.
    #[error("`{0}` has no unit, wanted for example \"2bps\" or \"10%\"")]
    NoUnit(String),
    /// What stands before the unit is no number.
    #[error(transparent)]
    Number(#[from] NumError),
    /// Not a multiple of the smallest share.
    #[error("`{0}` is finer than 0.00000001")]
    TooFine(String),
}

/// Reads a share: a number in percent or basis points (0.01 %), a space between the two allowed.
///
/// # Errors
/// `ShareError` if the unit is missing, the number is none, or the share is finer than 1e-8.
pub fn parse_share(text: &str) -> Result<Ratio, ShareError> {
    let (number, parts) = UNITS
        .iter()
        .find_map(|(unit, parts)| text.strip_suffix(unit).map(|number| (number, *parts)))
        .ok_or_else(|| ShareError::NoUnit(text.to_owned()))?;
    let raw = parse_e8(number.trim_end().as_bytes())?;
    if raw % parts == 0 {
        Ok(Ratio::from_raw(raw / parts))
    } else {
        Err(ShareError::TooFine(text.to_owned()))
    }
}

/// Writes a share so that [`parse_share`] reads the same: in percent from 0.1 % up (`"10%"`,
/// `"0.25%"`), in basis points below (`"9bps"`, `"0.5bps"`), where the decimals of a percentage
/// are hard to read.
#[must_use]
pub fn show_share(share: Ratio) -> String {
    let raw = share.raw();
    let (parts, unit) =
        if raw != 0 && raw.unsigned_abs() < TENTH { (10_000, "bps") } else { (100, "%") };
    // Only what no text can say, beyond 922,337,203 times the whole, is cut.
    format!("{}{unit}", Ratio::from_raw(raw.saturating_mul(parts)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_is_shown_as_people_write_it() {
        for (text, raw, shown) in [
            ("10%", 10_000_000, "10%"),
            ("1000bps", 10_000_000, "10%"),
            ("300 %", 300_000_000, "300%"),
            ("0.5%", 500_000, "0.5%"),
            ("10bps", 100_000, "0.1%"),
            ("9.99bps", 99_900, "9.99bps"),
            ("201bps", 2_010_000, "2.01%"),
            ("25bps", 250_000, "0.25%"),
            ("1bps", 10_000, "1bps"),
            ("0.5bps", 5_000, "0.5bps"),
            ("0.000001%", 1, "0.0001bps"),
            ("0bps", 0, "0%"),
            ("-2bps", -20_000, "-2bps"),
        ] {
            assert_eq!(parse_share(text), Ok(Ratio::from_raw(raw)), "{text}");
            assert_eq!(show_share(Ratio::from_raw(raw)), shown, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_share_says_why() {
        for (text, wanted) in [
            ("3", "`3` has no unit, wanted for example \"2bps\" or \"10%\""),
            ("3 percent", "`3 percent` has no unit, wanted for example \"2bps\" or \"10%\""),
            ("0.00001bps", "`0.00001bps` is finer than 0.00000001"),
        ] {
            assert_eq!(parse_share(text).unwrap_err().to_string(), wanted);
        }
        for text in ["", "%", "bps", "x%", " 3%"] {
            assert!(parse_share(text).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_is_shown_is_read_again(raw in -i64::MAX / 100..=i64::MAX / 100, few in 0..7_u32) {
            let share = Ratio::from_raw(raw / 10_i64.pow(2 * few));
            prop_assert_eq!(parse_share(&show_share(share)), Ok(share));
        }
    }
}
