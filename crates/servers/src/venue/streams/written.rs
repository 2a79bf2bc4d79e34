//! How numbers and times are written in messages: without a heap, since there are many.

use serde::{Serialize, Serializer};
use types::num::{Money, ONE_E8, Price, Qty};

/// A number in 1e-8, written as a text with eight decimals: `"0.00240000"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct E8(pub i128);

impl From<Price> for E8 {
    fn from(price: Price) -> Self {
        Self(price.raw().into())
    }
}

impl From<Qty> for E8 {
    fn from(qty: Qty) -> Self {
        Self(qty.raw().into())
    }
}

impl From<Money> for E8 {
    /// What is finer than eight decimals is cut.
    fn from(money: Money) -> Self {
        Self(money.raw() / i128::from(ONE_E8))
    }
}

impl Serialize for E8 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // 39 digits of an i128, a point and a sign.
        let mut text = [b'0'; 41];
        let mut rest = self.0.unsigned_abs();
        let mut at = text.len();
        // Eight decimals, the point and one digit at least.
        while rest > 0 || at > text.len() - 10 {
            at -= 1;
            if at == text.len() - 9 {
                text[at] = b'.';
                continue;
            }
            text[at] = b'0' + u8::try_from(rest % 10).expect("a digit is below ten");
            rest /= 10;
        }
        if self.0 < 0 {
            at -= 1;
            text[at] = b'-';
        }
        serializer.serialize_str(std::str::from_utf8(&text[at..]).expect("digits are ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::venue::text;

    proptest! {
        #[test]
        fn a_number_is_written_as_rest_writes_it(raw in any::<i64>()) {
            let written = serde_json::to_string(&E8(raw.into())).unwrap();
            prop_assert_eq!(written, format!("\"{}\"", text::e8(raw)));
        }

        #[test]
        fn large_sums_are_written_too(raw in any::<i128>()) {
            let written = serde_json::to_string(&E8(raw)).unwrap();
            let digits: String = written.chars().filter(|c| *c != '"' && *c != '.').collect();
            prop_assert_eq!(digits.parse::<i128>().unwrap(), raw);
        }
    }
}
