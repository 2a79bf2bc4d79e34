//! Numbers and times as people read them; what is undefined is shown as a dash.

use types::market::TsNanos;

/// Shown for what is undefined.
pub(crate) const UNDEFINED: &str = "–";

/// Shows an amount with two decimals and thousands set apart: `-12,345.60`.
pub(crate) fn money(amount: f64) -> String {
    number(amount, 2)
}

/// Shows an amount with its sign: `+12.00`.
pub(crate) fn signed_money(amount: f64) -> String {
    with_sign(amount, number(amount, 2))
}

/// Shows a share in percent with one decimal: `12.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0, 1))
}

/// Shows a share in percent with its sign: `+12.3 %`.
pub(crate) fn signed_percent(share: f64) -> String {
    with_sign(share, percent(share))
}

/// Shows a price with as many decimals as it needs for five digits.
pub(crate) fn price(price: f64) -> String {
    let decimals = match price.abs() {
        p if p >= 1_000.0 => 1,
        p if p >= 10.0 => 2,
        p if p >= 1.0 => 4,
        _ => 6,
    };
    number(price, decimals)
}

/// Shows a round number beside an axis: no zeros at its end, thousands as `k`.
pub(crate) fn axis(value: f64) -> String {
    let (value, unit) = match value.abs() {
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = number(value, 6);
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Shows a whole number with thousands set apart.
pub(crate) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// Shows what may be undefined.
pub(crate) fn option<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), show)
}

/// Shows a number with so many decimals and thousands set apart.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (sign, digits) = match text.strip_prefix('-') {
        // A rounded zero has no sign.
        Some(digits) if digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", text.as_str()),
    };
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
        None => format!("{sign}{}", grouped(digits)),
    }
}

/// Shows the UTC day of a moment: `2024-02-29`.
pub(crate) fn date(at: TsNanos) -> String {
    let (year, month, day) = at.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// Shows a moment to the minute: `2024-02-29 16:00`.
pub(crate) fn minute(at: TsNanos) -> String {
    at.to_string().replace('T', " ").chars().take(16).collect()
}

fn with_sign(value: f64, text: String) -> String {
    if value > 0.0 { format!("+{text}") } else { text }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!(money(1_234_567.891), "1,234,567.89");
        assert_eq!(money(-999.995), "-1,000.00");
        assert_eq!(money(-0.001), "0.00");
        assert_eq!(signed_money(12.0), "+12.00");
        assert_eq!(signed_percent(-0.123_4), "-12.3 %");
        assert_eq!(count(100), "100");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(price(0.061_23), "0.061230");
        assert_eq!(option(None, money), "–");
        let shown = [0.0, 0.25, 5_000.0, 12_500.0, -2e6].map(axis);
        assert_eq!(shown, ["0", "0.25", "5,000", "12.5k", "-2M"]);
    }

    #[test]
    fn moments_are_shown_in_utc() {
        let at = TsNanos::from_nanos(1_709_222_400_000_000_000);
        assert_eq!((date(at).as_str(), minute(at).as_str()), ("2024-02-29", "2024-02-29 16:00"));
    }
}
