//! [`Refusal`]: the gateway's "no" to an order that it was asked to place, with the numbers on both sides.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::num::Money;

/// What the numbers of a refusal mean. All are carried as [`Money`], in 1e-16 of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Quote currency.
    Quote,
    /// A share of 1, shown in percent.
    Share,
    /// A plain number.
    Count,
    /// A price.
    Price,
    /// A quantity.
    Qty,
    /// Seconds.
    Seconds,
    /// No number says more than the code.
    None,
}

impl Figure {
    /// Shows a number with its unit, as far as that has a sign.
    #[must_use]
    pub fn show(self, value: Money) -> String {
        match self {
            Self::Quote | Self::Count | Self::Price | Self::Qty | Self::None => value.to_string(),
            Self::Share => format!("{} %", Money::from_raw(value.raw().saturating_mul(100))),
            Self::Seconds => format!("{value} s"),
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $figure:ident;)+) => {
        /// Why the gateway said no. `docs/refusals.md` explains each code.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum RefusalCode {
            $($(#[$doc])* $name,)+
        }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the number that stands in the journal.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)+ }
            }

            /// Returns the code that is shown.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Returns what its numbers mean.
            #[must_use]
            pub const fn figure(self) -> Figure {
                match self { $(Self::$name => Figure::$figure,)+ }
            }
        }
    };
}

codes! {
    /// No hard limits are in force.
    NoLimits = 100, "NO_HARD_LIMITS", None;
    /// The kill switch is on.
    Killed = 101, "KILLED", None;
    /// The system mode allows no entry.
    Mode = 102, "MODE_FORBIDS", None;
    /// The symbol is quarantined until its incident is over.
    Quarantined = 103, "SYMBOL_QUARANTINED", None;
    /// The symbol is not on the list.
    SymbolNotListed = 104, "SYMBOL_NOT_LISTED", None;
    /// The venue does not trade the symbol now.
    NotTrading = 105, "SYMBOL_NOT_TRADING", None;
    /// A price that a hard limit needs is missing or too old.
    NotEvaluable = 106, "LIMIT_NOT_EVALUABLE", Seconds;
    /// Notional of one order.
    OrderNotional = 110, "HARD_ORDER_NOTIONAL", Quote;
    /// Notional of all positions and open orders, filled in the worst order.
    GrossExposure = 111, "HARD_GROSS_EXPOSURE", Quote;
    /// Orders open at once.
    OpenOrders = 112, "HARD_OPEN_ORDERS", Count;
    /// Orders within a second.
    OrderRate = 113, "HARD_ORDER_RATE", Count;
    /// Distance of the price at which it can trade on arrival from the mark.
    PriceCollar = 114, "HARD_PRICE_COLLAR", Share;
    /// Loss of the day.
    DailyLoss = 115, "HARD_DAILY_LOSS", Share;
    /// The venue has no order that does this.
    OrderType = 120, "ORDER_TYPE_UNSUPPORTED", None;
    /// Smaller than the venue takes.
    TooSmall = 121, "BELOW_VENUE_MINIMUM", Qty;
    /// Nothing is held that could be sold.
    NothingHeld = 122, "NOTHING_HELD", Qty;
    /// The stop would move away from profit.
    StopAway = 123, "STOP_AWAY_FROM_PROFIT", Price;
    /// The decision is void: its time is over.
    Expired = 124, "DECISION_EXPIRED", Seconds;
    /// The decision had no command when the system ended: it is not caught up on.
    Restarted = 125, "DECISION_BEFORE_RESTART", None;
    /// The symbol has an entry under way already.
    Entering = 126, "ENTRY_UNDER_WAY", Count;
    /// Its stop or target has begun to trade while the entry was still working, or what it bought is being sold.
    StoppedOut = 127, "STOPPED_OUT", None;
    /// What it was decided on is too old to act on.
    DataOld = 128, "DATA_TOO_OLD", Seconds;
    /// The journal cannot be written: nothing that raises exposure is sent.
    NotDurable = 129, "JOURNAL_NOT_WRITTEN", None;
    /// An operator has paused entries.
    Paused = 130, "PAUSED", None;
    /// The system is being wound down.
    WindingDown = 131, "WINDING_DOWN", None;
    /// Market data is not good enough, or the venue does not answer.
    Feed = 132, "MARKET_DATA_NOT_GOOD", None;
}

/// A "no" of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// What was asked for, in the code's unit.
    pub seen: Money,
    /// The line, in the code's unit.
    pub limit: Money,
}

impl Refusal {
    /// Returns a refusal whose code says everything.
    #[must_use]
    pub const fn word(code: RefusalCode) -> Self {
        Self { code, seen: Money::ZERO, limit: Money::ZERO }
    }

    /// Returns a refusal with its numbers.
    #[must_use]
    pub const fn new(code: RefusalCode, seen: Money, limit: Money) -> Self {
        Self { code, seen, limit }
    }

    /// Returns a refusal of counts.
    #[must_use]
    pub fn count(code: RefusalCode, seen: usize, limit: usize) -> Self {
        let units = |n: usize| Money::from_units(i64::try_from(n).unwrap_or(i64::MAX));
        Self { code, seen: units(seen), limit: units(limit) }
    }
}

impl fmt::Display for Refusal {
    /// Shows `CODE: seen=…, limit=…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = self.code.figure();
        match figure {
            Figure::None => f.write_str(self.code.code()),
            Figure::Quote
            | Figure::Share
            | Figure::Count
            | Figure::Price
            | Figure::Qty
            | Figure::Seconds => {
                let (seen, limit) = (figure.show(self.seen), figure.show(self.limit));
                write!(f, "{}: seen={seen}, limit={limit}", self.code.code())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_both_numbers_in_its_unit() {
        for (refusal, text) in [
            (Refusal::word(RefusalCode::Killed), "KILLED"),
            (
                Refusal::count(RefusalCode::OpenOrders, 13, 12),
                "HARD_OPEN_ORDERS: seen=13, limit=12",
            ),
            (
                Refusal::new(
                    RefusalCode::OrderNotional,
                    Money::from_units(12_400),
                    Money::from_units(10_000),
                ),
                "HARD_ORDER_NOTIONAL: seen=12400, limit=10000",
            ),
            (
                Refusal::new(
                    RefusalCode::PriceCollar,
                    Money::from_raw(crate::num::ONE_E16 / 40),
                    Money::from_raw(crate::num::ONE_E16 / 50),
                ),
                "HARD_PRICE_COLLAR: seen=2.5 %, limit=2 %",
            ),
        ] {
            assert_eq!(refusal.to_string(), text);
        }
    }

    #[test]
    fn numbers_and_codes_are_given_once() {
        for (place, code) in RefusalCode::ALL.iter().enumerate() {
            let others = &RefusalCode::ALL[..place];
            assert!(others.iter().all(|o| o.number() != code.number() && o.code() != code.code()));
        }
    }
}
