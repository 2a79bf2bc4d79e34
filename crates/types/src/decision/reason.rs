//! Why something was decided.

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::market::{Contribution, Direction, PatternId, Regime, Score};

macro_rules! reason_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal;)+) => {
        /// The one word for why: stable, numbered, never reused.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum ReasonCode {
            $($(#[$doc])* $name,)+
        }

        impl ReasonCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the number that stands in the journal.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)+ }
            }

            /// Returns the word for machines and people.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

reason_codes! {
    /// Fewer closed bars than the warm-up needs.
    NotWarm = 1, "NOT_WARM";
    /// No bar of this symbol closed at this instant.
    NoBar = 2, "NO_BAR";
    /// Not a close at which this policy looks for a signal, and none is live.
    NoDecisionClose = 3, "NO_DECISION_CLOSE";
    /// The sum of all timeframes is zero.
    NoDirection = 4, "NO_DIRECTION";
    /// Bearish on a spot account.
    ShortNotOnSpot = 5, "SHORT_NOT_ON_SPOT";
    /// The score is below the threshold.
    BelowThreshold = 6, "BELOW_THRESHOLD";
    /// The daily sum has the opposite sign.
    DailyOpposite = 7, "DAILY_OPPOSITE";
    /// A signal waits: the shortest timeframe is opposite.
    WaitShortOpposite = 8, "WAIT_SHORT_OPPOSITE";
    /// A signal waits: price is too far from where it was born.
    WaitPriceAway = 9, "WAIT_PRICE_AWAY";
    /// A signal ended unused.
    SignalExpired = 10, "SIGNAL_EXPIRED";
    /// The calibrated edge does not pay the costs.
    EdgeTest = 11, "EDGE_TEST";
    /// The expected costs are too large a part of the risk.
    CostTest = 12, "COST_TEST";
    /// A risk rule said no.
    Refused = 13, "REFUSED";
    /// A position is held and nothing about it changes.
    Holding = 14, "HOLDING";
    /// The rule of this policy does not fire.
    NoSignal = 15, "NO_SIGNAL";
    /// An order of this symbol is still working.
    OrderWorking = 16, "ORDER_WORKING";
    /// Volatility in the top tenth and `high_risk_trades` is off.
    HighVolatility = 17, "HIGH_VOLATILITY";
    /// The price did not move since the bars began: nothing to size by.
    NoRange = 18, "NO_RANGE";
    /// A position is opened on a signal.
    Enter = 30, "ENTER";
    /// A position is brought to its target size.
    Rebalance = 31, "REBALANCE";
    /// A bearish signal ends a long position (or the other way round).
    ExitOpposite = 40, "EXIT_OPPOSITE";
    /// The position did not get anywhere in its time.
    ExitTimeStop = 41, "EXIT_TIME_STOP";
    /// The rule of this policy says out.
    ExitRule = 42, "EXIT_RULE";
    /// Close, because the stop could not be moved to where it has to be.
    ExitStopPassed = 43, "EXIT_STOP_PASSED";
    /// The data ended.
    ExitEndOfData = 44, "EXIT_END_OF_DATA";
    /// The stop goes to entry plus costs.
    StopBreakeven = 50, "STOP_BREAKEVEN";
    /// The stop follows the price.
    StopTrail = 51, "STOP_TRAIL";
    /// A drawdown limit was reached.
    Drawdown = 60, "DRAWDOWN";
}

/// What the score was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreReason {
    /// Long or short; `None` when the sum is zero.
    pub direction: Option<Direction>,
    /// 0 to 100.
    pub score: Score,
    /// The signed sum, within [-1, 1], rounded to 1e-9.
    pub sum: f64,
    /// The regime on the decision timeframe.
    pub regime: Regime,
    /// Its trend, rounded to 1e-9.
    pub trend: f64,
    /// Percentile of volatility, 0 to 1.
    pub volatility: f64,
    /// What adds up to the score.
    pub contributions: Vec<Contribution>,
    /// The patterns seen, with their signed and aged confidence.
    pub patterns: Vec<(PatternId, f64)>,
}

/// What calibration makes of the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Odds {
    /// Probability that stands for the expected R.
    pub p: f64,
    /// Effective outcomes it rests on.
    pub outcomes: f64,
    /// Target over stop.
    pub target_ratio: f64,
    /// Expected costs of the round trip in R.
    pub cost: f64,
    /// p T - (1 - p) - cost, in R.
    pub edge: f64,
    /// Whether fewer than the needed outcomes exist.
    pub uncalibrated: bool,
}

/// All of why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The one word.
    pub code: ReasonCode,
    /// The number seen, where one decided.
    pub seen: Option<f64>,
    /// The number it was compared with.
    pub limit: Option<f64>,
    /// What was seen in the market.
    pub score: Option<Box<ScoreReason>>,
    /// What calibration makes of it.
    pub odds: Option<Box<Odds>>,
    /// What risk said.
    pub verdict: Option<Box<Verdict>>,
}

impl Reason {
    /// Returns a reason of one word.
    #[must_use]
    pub const fn word(code: ReasonCode) -> Self {
        Self { code, seen: None, limit: None, score: None, odds: None, verdict: None }
    }

    /// Returns a reason with the number seen and the one it was compared with.
    #[must_use]
    pub fn compared(code: ReasonCode, seen: f64, limit: f64) -> Self {
        Self { seen: Some(seen), limit: Some(limit), ..Self::word(code) }
    }
}
