//! [`Decimal`]: a number of a plan, exact at 1e-8.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use types::num::{Money, NumError, ONE_E8, Price, Qty, parse_e8};

/// A number of a plan, written as a text: `"-0.5"`. Exact at 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(i64);

impl Decimal {
    /// Returns it as a quantity.
    #[must_use]
    pub const fn qty(self) -> Qty {
        Qty::from_raw(self.0)
    }

    /// Returns it as a price.
    #[must_use]
    pub const fn price(self) -> Price {
        Price::from_raw(self.0)
    }

    /// Returns it as an amount of money.
    #[must_use]
    pub fn money(self) -> Money {
        Money::from_raw(i128::from(self.0) * i128::from(ONE_E8))
    }

    /// Returns whether it is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Returns the number with the other sign.
    #[must_use]
    pub const fn negative(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl FromStr for Decimal {
    type Err = NumError;

    fn from_str(text: &str) -> Result<Self, NumError> {
        parse_e8(text.as_bytes()).map(Self)
    }
}

impl TryFrom<String> for Decimal {
    type Error = NumError;

    fn try_from(text: String) -> Result<Self, NumError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.to_string()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Qty::from_raw(self.0).fmt(f)
    }
}
