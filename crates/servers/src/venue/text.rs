//! How numbers are written: eight decimals, as the exchange writes them.

use types::num::{Money, ONE_E8, Price, Qty};

/// Writes a count of 1e-8 with all of its eight decimals: `0.00240000`.
#[must_use]
pub fn e8(raw: i64) -> String {
    wide(i128::from(raw))
}

/// Writes a price.
#[must_use]
pub fn price(price: Price) -> String {
    e8(price.raw())
}

/// Writes a quantity.
#[must_use]
pub fn qty(qty: Qty) -> String {
    e8(qty.raw())
}

/// Writes an amount of quote currency: eight decimals, what is finer is cut.
#[must_use]
pub fn money(money: Money) -> String {
    wide(money.raw() / i128::from(ONE_E8))
}

fn wide(raw: i128) -> String {
    let one = u128::from(ONE_E8.unsigned_abs());
    let magnitude = raw.unsigned_abs();
    let sign = if raw < 0 { "-" } else { "" };
    format!("{sign}{}.{:08}", magnitude / one, magnitude % one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_eight_decimals() {
        for (raw, text) in [
            (0, "0.00000000"),
            (1, "0.00000001"),
            (-1, "-0.00000001"),
            (240_000, "0.00240000"),
            (400_000_000_000, "4000.00000000"),
            (i64::MIN, "-92233720368.54775808"),
        ] {
            assert_eq!(e8(raw), text);
        }
        assert_eq!(money(Money::from_raw(48_000_012_000_000_019)), "4.80000120");
    }
}
