//! Money as people write it in a file: [`Amount`] (`"1000"`, `1000`), and [`Capital`], which may be a share as well.

use std::fmt;

use engine::config::units::Share;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::num::Money;

/// An amount above zero with at most 8 decimals, in quote currency: `"1000"`, `"12.50"`, or a whole number without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(Money);

/// A text that is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount above 0 with at most 8 decimals, such as \"1000\" or \"12.50\"")]
pub(crate) struct AmountError(String);

impl Amount {
    /// Returns that amount, if it is above zero.
    pub(crate) fn new(money: Money) -> Result<Self, AmountError> {
        if money.is_positive() { Ok(Self(money)) } else { Err(AmountError(money.to_string())) }
    }

    /// Reads an amount.
    pub(crate) fn parse(text: &str) -> Result<Self, AmountError> {
        let wrong = || AmountError(text.to_owned());
        Self::new(text.parse().map_err(|_| wrong())?).map_err(|_| wrong())
    }

    /// Returns the money.
    pub(crate) const fn get(self) -> Money {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What Plimsoll may use of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capital {
    /// So much, in quote currency.
    Amount(Amount),
    /// A share of what the account holds in quote currency at the first start: `"50%"`.
    Share(Share),
}

impl Capital {
    /// Reads `"1000"` or `"50%"`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.ends_with('%') || text.ends_with("bps") {
            return text.parse().map(Self::Share).map_err(|error| format!("{error}"));
        }
        let wrong = |_| {
            format!("`{text}` is neither an amount such as \"1000\" nor a share such as \"50%\"")
        };
        Amount::parse(text).map(Self::Amount).map_err(wrong)
    }

    /// Returns the amount; `None` for a share, which only an account can turn into one.
    pub(crate) const fn amount(self) -> Option<Money> {
        match self {
            Self::Amount(amount) => Some(amount.get()),
            Self::Share(_) => None,
        }
    }

    /// Returns how much of an account with so much quote currency may be used.
    pub(crate) fn of(self, account: Money) -> Money {
        match self {
            Self::Amount(amount) => amount.get().min(account),
            Self::Share(share) => account.scaled_down(share.get()),
        }
    }
}

impl fmt::Display for Capital {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Share(share) => share.fmt(f),
        }
    }
}

/// A whole number or a text.
struct WholeOrText;

impl Visitor<'_> for WholeOrText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount as text or as a whole number, such as \"12.50\" or 1000")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&from.deserialize_any(WholeOrText)?).map_err(D::Error::custom)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Capital {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&from.deserialize_any(WholeOrText)?).map_err(D::Error::custom)
    }
}

impl Serialize for Capital {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_text_or_whole_numbers_above_zero() {
        #[derive(Deserialize)]
        struct One {
            a: Amount,
        }
        let read = |text: &str| toml::from_str::<One>(text).map(|one| one.a.to_string());
        assert_eq!(read("a = \"12.50\"").unwrap(), "12.5");
        assert_eq!(read("a = 1000").unwrap(), "1000");
        for bad in ["a = 0", "a = \"-1\"", "a = \"1,000\"", "a = 12.5", "a = \"0.000000001\""] {
            let told = read(bad).unwrap_err().to_string();
            assert!(told.contains("12.50"), "{bad}: {told}");
        }
    }

    #[test]
    fn capital_is_an_amount_or_a_share() {
        let of = |text: &str| Capital::parse(text).unwrap().of(Money::from_units(900)).to_string();
        assert_eq!(["500", "1000", "50%"].map(of), ["500", "900", "450"]);
        for bad in ["", "half", "50 percent", "-5", "x%"] {
            assert!(Capital::parse(bad).is_err(), "{bad}");
        }
    }
}
