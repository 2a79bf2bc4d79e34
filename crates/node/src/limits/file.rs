//! [`LimitsFile`]: hard limits as people write them, in plain money.

use std::fmt;

use engine::config::units::Share;
use serde::{Deserialize, Serialize};
use types::hard_limits::HardLimits;
use types::ids::Symbol;
use types::num::{Money, Ratio};

use crate::run_config::Amount;

/// Hard limits as they stand in a file. All of them are wanted: a line that is left out is no limit, and nobody would see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsFile {
    /// Rises by at least 1 with each change, so that an older file cannot come back.
    pub(crate) version: u64,
    /// Largest notional of one order, quote currency.
    pub(crate) order_notional: Amount,
    /// Largest notional of all positions and open orders, quote currency.
    pub(crate) gross_exposure: Amount,
    /// Most orders open at once; a position with stop and target has two.
    pub(crate) open_orders: u32,
    /// Most orders within one second.
    pub(crate) order_rate: u32,
    /// Largest distance of a price at which an order can trade on arrival from the mark.
    pub(crate) price_collar: Share,
    /// Loss of the UTC day at which no entry passes: a share of the equity at its start, or an amount of `capital`.
    pub(crate) daily_loss: DailyLoss,
    /// What an amount of `daily_loss` is a share of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) capital: Option<Amount>,
    /// What may be traded.
    pub(crate) symbols: Vec<Symbol>,
}

/// The loss of a day: `"5%"`, or `"50"` in quote currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "toml::Value", into = "String")]
pub(crate) enum DailyLoss {
    /// So much of the capital.
    Amount(Amount),
    /// A share of the equity at the day's start.
    Share(Share),
}

/// A file of limits that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitsFileError {
    /// Not TOML, an unknown key, one that is absent or of the wrong kind.
    #[error("{0}")]
    Parse(String),
    /// A value that cannot be a limit.
    #[error("{key} is {seen}, wanted {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        seen: String,
        /// What would do.
        wanted: &'static str,
    },
}

impl LimitsFile {
    /// Reads a file's text and returns the limits in force under it.
    ///
    /// # Errors
    /// [`LimitsFileError`] with the key, what was seen and what was wanted.
    pub(crate) fn limits_of(text: &str) -> Result<HardLimits, LimitsFileError> {
        let file: Self = toml::from_str(text)
            .map_err(|error: toml::de::Error| LimitsFileError::Parse(error.to_string()))?;
        file.limits()
    }

    /// Returns the limits in force under it.
    ///
    /// # Errors
    /// As [`LimitsFile::limits_of`].
    pub(crate) fn limits(&self) -> Result<HardLimits, LimitsFileError> {
        let value = |key, seen: &dyn fmt::Display, wanted| {
            Err(LimitsFileError::Value { key, seen: seen.to_string(), wanted })
        };
        if self.version == 0 {
            return value("version", &0, "1 or more");
        }
        if self.order_notional > self.gross_exposure {
            return value("order_notional", &self.order_notional, "at most gross_exposure");
        }
        if self.open_orders == 0 || self.open_orders > 1_000 {
            return value("open_orders", &self.open_orders, "1 to 1,000");
        }
        if self.order_rate == 0 || self.order_rate > 50 {
            return value("order_rate", &self.order_rate, "1 to 50 orders in a second");
        }
        if self.price_collar.get() <= Ratio::ZERO || self.price_collar > Share::percent(10) {
            return value("price_collar", &self.price_collar, "more than 0% and at most 10%");
        }
        let daily_loss = match (self.daily_loss, self.capital) {
            (DailyLoss::Share(share), _) => share.get(),
            (DailyLoss::Amount(loss), Some(capital)) => share_of(loss.get(), capital.get()),
            (DailyLoss::Amount(loss), None) => {
                return value(
                    "daily_loss",
                    &loss,
                    "a share such as \"5%\", or the key capital beside it",
                );
            }
        };
        if daily_loss <= Ratio::ZERO || daily_loss >= Ratio::ONE {
            return value(
                "daily_loss",
                &self.daily_loss,
                "more than nothing and less than all of it",
            );
        }
        let mut symbols = self.symbols.clone();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.is_empty() || symbols.len() != self.symbols.len() {
            let seen = format!("{} names, {} different", self.symbols.len(), symbols.len());
            return value("symbols", &seen, "at least one, each once");
        }
        Ok(HardLimits {
            version: self.version,
            order_notional: self.order_notional.get(),
            gross_exposure: self.gross_exposure.get(),
            open_orders: self.open_orders,
            orders_per_second: self.order_rate,
            price_collar: self.price_collar.get(),
            daily_loss,
            symbols,
        })
    }
}

/// Part over whole, rounded down: a limit is never more than what was written. Above 1 it is shown as what it is.
fn share_of(part: Money, whole: Money) -> Ratio {
    part.share_of(whole).unwrap_or(Ratio::MAX)
}

impl fmt::Display for DailyLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Share(share) => share.fmt(f),
        }
    }
}

impl TryFrom<toml::Value> for DailyLoss {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let wanted = "wanted an amount such as \"50\" or a share such as \"5%\"";
        let text = match &value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => return Err(format!("daily_loss is {value}, {wanted}")),
        };
        let told = |_| format!("daily_loss is `{text}`, {wanted}");
        if text.ends_with('%') || text.ends_with("bps") {
            return text.parse().map(Self::Share).map_err(|_| told(()));
        }
        Amount::parse(&text).map(Self::Amount).map_err(|_| told(()))
    }
}

impl From<DailyLoss> for String {
    fn from(loss: DailyLoss) -> Self {
        loss.to_string()
    }
}
