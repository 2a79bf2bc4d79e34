//! Numbers and moments as they stand in rows.

use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};

/// Steps of 1e-8 in one.
const E8: f64 = 1e8;
/// Steps of 1e-16 in one.
const E16: f64 = 1e16;

/// Returns the nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "rows hold the nearest f64; the journal is exact")]
pub(crate) fn price(price: Price) -> f64 {
    price.raw() as f64 / E8
}

/// Returns the nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "rows hold the nearest f64; the journal is exact")]
pub(crate) fn qty(qty: Qty) -> f64 {
    qty.raw() as f64 / E8
}

/// Returns the nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "rows hold the nearest f64; the journal is exact")]
pub(crate) fn ratio(ratio: Ratio) -> f64 {
    ratio.raw() as f64 / E8
}

/// Returns the nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "rows hold the nearest f64; the journal is exact")]
pub(crate) fn money(money: Money) -> f64 {
    money.raw() as f64 / E16
}

/// Returns RFC 3339 in UTC, always with nine decimals, so that texts sort as the moments do.
pub(crate) fn moment(at: TsNanos) -> String {
    let text = at.to_string();
    let whole = text.strip_suffix('Z').unwrap_or(&text);
    match whole.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<9}Z"),
        None => format!("{whole}.000000000Z"),
    }
}

/// Returns the UTC day as `2024-01-31`.
pub(crate) fn day(at: TsNanos) -> String {
    let mut text = at.to_string();
    text.truncate("2024-01-31".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_texts() {
        let moments = [0, 1, 1_000_000, 999_999_999, 1_000_000_000, 86_400_000_000_000];
        let texts: Vec<_> = moments.iter().map(|at| moment(TsNanos::from_nanos(*at))).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[1], "1970-01-01T00:00:00.000000001Z");
        assert_eq!(day(TsNanos::from_nanos(86_400_000_000_000)), "1970-01-02");
    }

    #[test]
    fn amounts_print_as_they_were_written() {
        for text in ["0.00000001", "12345.6789", "90000000.12345678"] {
            assert_eq!(price(text.parse().unwrap()).to_string(), text);
        }
        assert_eq!(money("-0.1".parse().unwrap()).to_string(), "-0.1");
    }
}
