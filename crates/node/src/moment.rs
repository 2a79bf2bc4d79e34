//! Moments on the command line: a UTC day or RFC 3339.

use jiff::Timestamp;
use jiff::civil::Date;
use types::market::TsNanos;

/// Reads `2024-01-31` (00:00 UTC) or `2024-01-31T16:00:00Z`, with any offset.
///
/// # Errors
/// What was seen and what was wanted, in words.
pub(crate) fn parse(text: &str) -> Result<TsNanos, String> {
    let wanted = "wanted a UTC day such as 2024-01-31 or a moment such as 2024-01-31T16:00:00Z";
    let instant = if text.len() <= 10 {
        format!("{}T00:00:00Z", text.parse::<Date>().map_err(|_| wanted.to_owned())?)
            .parse::<Timestamp>()
    } else {
        text.parse::<Timestamp>()
    };
    let nanos = instant.map_err(|_| wanted.to_owned())?.as_nanosecond();
    i64::try_from(nanos).map(TsNanos::from_nanos).map_err(|_| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read() {
        for (text, shown) in [
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-02-29T16:00:00Z", "2024-02-29T16:00:00Z"),
            ("2024-02-29T16:00:00+01:00", "2024-02-29T15:00:00Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown);
        }
        for bad in
            ["", "2024", "2024-13-01", "2023-02-29", "yesterday", "2024-02-29T16:00", "9999-01-01"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
