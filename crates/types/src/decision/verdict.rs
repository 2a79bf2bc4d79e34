//! The risk manager's answer: every rule with its numbers, and the approved size.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::num::Qty;

/// What a rule's numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Quote currency.
    Quote,
    /// A share of 1, shown in percent.
    Share,
    /// A plain number.
    Count,
    /// A multiple of the initial risk.
    R,
    /// A price.
    Price,
    /// Seconds.
    Seconds,
    /// Multiples of the average true range.
    Atr,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $unit:ident;)+) => {
        /// A risk rule. Its code is what a refusal shows; `docs/refusals.md` explains each.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Rule {
            $($(#[$doc])* $name,)+
        }

        impl Rule {
            /// Every rule, in the order of a verdict.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the number that stands in the journal.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)+ }
            }

            /// Returns the code a refusal shows.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Returns the unit of its numbers.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }
        }
    };
}

rules! {
    /// Only what lowers exposure is allowed.
    SafeMode = 1, "SAFE_MODE", Count;
    /// No new entries while the loss budget is spent.
    LossBudget = 2, "LOSS_BUDGET_SPENT", Quote;
    /// A symbol pauses after losses in a row.
    Cooldown = 3, "COOLDOWN", Seconds;
    /// Data older than twice its timeframe.
    DataAge = 4, "DATA_STALE", Seconds;
    /// Venue slower than its limit.
    VenueLatency = 5, "VENUE_SLOW", Seconds;
    /// The stop is on the losing side of the entry.
    StopSide = 6, "STOP_WRONG_SIDE", Price;
    /// The first stop is not too far from the entry.
    StopDistance = 7, "STOP_TOO_FAR", Share;
    /// The stop is not too near to the market, in ATR.
    StopNearAtr = 8, "STOP_TOO_NEAR_ATR", Atr;
    /// The stop is not too near to the market, in ticks.
    StopNearTicks = 9, "STOP_TOO_NEAR_TICKS", Count;
    /// Prices on the venue's ticks.
    Tick = 28, "OFF_TICK", Price;
    /// Price on arrival not too far from mark.
    PriceCollar = 10, "PRICE_COLLAR", Share;
    /// Price inside the venue's percent-price band.
    PriceBand = 11, "PRICE_BAND", Price;
    /// Most positions at once.
    Positions = 12, "POSITIONS_ABOVE_LIMIT", Count;
    /// Most orders the venue keeps open for a symbol.
    OrderCount = 13, "ORDERS_ABOVE_LIMIT", Count;
    /// Most orders per second.
    OrderRate = 14, "ORDER_RATE_ABOVE_LIMIT", Count;
    /// No order of ours on the other side that this one could meet.
    SelfTrade = 15, "SELF_TRADE", Count;
    /// Risk to the stop, slippage and fees added.
    RiskPerTrade = 16, "RISK_PER_TRADE", Quote;
    /// Sum of open risk.
    OpenRisk = 17, "OPEN_RISK_ABOVE_LIMIT", Quote;
    /// Notional of one symbol.
    SymbolNotional = 18, "NOTIONAL_ABOVE_LIMIT", Quote;
    /// Notional of all symbols.
    GrossNotional = 19, "GROSS_ABOVE_LIMIT", Quote;
    /// Cash that pays for it.
    Cash = 20, "CASH", Quote;
    /// Exposure of this and all strongly correlated symbols.
    Cluster = 21, "CLUSTER_ABOVE_LIMIT", Quote;
    /// Forecast volatility of the portfolio, per year.
    PortfolioVolatility = 22, "VOLATILITY_ABOVE_LIMIT", Share;
    /// Leverage of the position.
    Leverage = 23, "LEVERAGE_ABOVE_LIMIT", Count;
    /// Liquidation far enough behind the stop.
    LiquidationDistance = 24, "LIQUIDATION_TOO_NEAR", Price;
    /// Margin in use.
    Margin = 25, "MARGIN_ABOVE_LIMIT", Share;
    /// The largest order the venue takes.
    MaxOrder = 27, "ABOVE_MAX_ORDER", Count;
    /// The smallest order the venue takes whose exit stays sellable.
    MinOrder = 26, "BELOW_MIN_ORDER", Quote;
}

/// What a rule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Inside its line.
    Passed,
    /// The size was cut to what fits.
    Reduced,
    /// No.
    Refused,
    /// Its input cannot exist in this mode.
    NotApplicable,
}

/// One rule with the numbers on both sides, in the rule's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which rule.
    pub rule: Rule,
    /// What it said.
    pub outcome: Outcome,
    /// What was asked for.
    pub seen: f64,
    /// The line.
    pub limit: f64,
}

impl fmt::Display for Check {
    /// Shows a refusal as `CODE: seen=…, limit=…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: f64| match self.rule.unit() {
            Unit::Quote => format!("{value:.2}"),
            Unit::Share => format!("{:.3} %", value * 100.0),
            Unit::Count => format!("{value}"),
            Unit::R => format!("{value:.3} R"),
            Unit::Price => format!("{value}"),
            Unit::Seconds => format!("{value:.0} s"),
            Unit::Atr => format!("{value:.3} ATR"),
        };
        write!(f, "{}: seen={}, limit={}", self.rule.code(), show(self.seen), show(self.limit))
    }
}

/// The answer to one intent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Approved quantity; zero is an answer.
    pub qty: Qty,
    /// Risk of the approved quantity in quote: to the stop, with slippage and fees.
    pub risk: f64,
    /// The factors that made the size, by name: calibration, volatility, loss budget, flags.
    pub factors: [f64; 4],
    /// The rule that bound the size or refused, if any.
    pub binding: Option<Rule>,
    /// Every rule.
    pub checks: Vec<Check>,
}

impl Verdict {
    /// Names of the factors, in order.
    pub const FACTORS: [&str; 4] = ["calibration", "volatility", "loss_budget", "flags"];

    /// Returns whether an order may be placed.
    #[must_use]
    pub const fn is_approved(&self) -> bool {
        self.qty.is_positive()
    }

    /// Returns the check that refused, if one did.
    #[must_use]
    pub fn refusal(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.outcome == Outcome::Refused)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn check(rule: Rule, outcome: Outcome, seen: f64, limit: f64) -> Check {
        Check { rule, outcome, seen, limit }
    }

    #[test]
    fn a_check_shows_both_numbers_in_the_unit_of_its_rule() {
        for (rule, seen, limit, text) in [
            (Rule::RiskPerTrade, 12.344, 10.0, "RISK_PER_TRADE: seen=12.34, limit=10.00"),
            (Rule::StopDistance, 0.0625, 0.05, "STOP_TOO_FAR: seen=6.250 %, limit=5.000 %"),
            (Rule::Positions, 7.0, 6.0, "POSITIONS_ABOVE_LIMIT: seen=7, limit=6"),
            (Rule::Tick, 100.5, 100.0, "OFF_TICK: seen=100.5, limit=100"),
            (Rule::DataAge, 1_801.2, 1_800.0, "DATA_STALE: seen=1801 s, limit=1800 s"),
            (Rule::StopNearAtr, 0.25, 0.5, "STOP_TOO_NEAR_ATR: seen=0.250 ATR, limit=0.500 ATR"),
        ] {
            assert_eq!(check(rule, Outcome::Refused, seen, limit).to_string(), text);
        }
    }

    /// The number is in journals, the code in refusals that people read: neither may stand for two rules.
    #[test]
    fn every_rule_has_a_number_and_a_code_of_its_own() {
        let numbers: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        let codes: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        assert_eq!((numbers.len(), codes.len()), (Rule::ALL.len(), Rule::ALL.len()));
    }

    #[test]
    fn the_first_refusal_is_the_one_that_is_told() {
        let verdict = |qty, outcomes: &[(Rule, Outcome)]| Verdict {
            qty: Qty::from_raw(qty),
            risk: 0.0,
            factors: [1.0; 4],
            binding: None,
            checks: outcomes.iter().map(|(rule, said)| check(*rule, *said, 1.0, 1.0)).collect(),
        };
        let approved = verdict(1, &[(Rule::Tick, Outcome::Passed), (Rule::Cash, Outcome::Reduced)]);
        assert!(approved.is_approved() && approved.refusal().is_none());
        let refused = verdict(
            0,
            &[
                (Rule::Tick, Outcome::Passed),
                (Rule::Cash, Outcome::Refused),
                (Rule::MinOrder, Outcome::Refused),
            ],
        );
        assert_eq!(refused.refusal().map(|check| check.rule), Some(Rule::Cash));
        assert!(!refused.is_approved());
    }
}
