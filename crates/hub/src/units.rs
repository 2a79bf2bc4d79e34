//! Numbers of one kind as another: times as an incident carries them, places as symbols.

use types::ids::SymbolId;
use types::num::Money;

/// Returns nanoseconds as seconds, to the millisecond: what an incident or a refusal says of a time.
pub(crate) const fn seconds(nanos: i64) -> Money {
    // A thousandth is 1e13 of the 1e-16 that money counts.
    Money::from_raw((nanos / 1_000_000) as i128 * 10_000_000_000_000)
}

/// Returns the identities of so many symbols, in the order of the instrument table.
///
/// # Panics
/// If there are more than 65,536.
pub(crate) fn symbol_ids(count: usize) -> impl Iterator<Item = SymbolId> + Clone {
    (0..count).map(|place| SymbolId(u16::try_from(place).expect("symbol ids are 16 bits")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_seconds() {
        for (nanos, told) in [(0, "0"), (90_000_000_000, "90"), (-1_234_999_999, "-1.234")] {
            assert_eq!(seconds(nanos).to_string(), told);
        }
    }
}
