//! [`RunResult`]: what a run did, for people, reports and gates.

use std::collections::BTreeMap;

use engine::calibration::{Method, Reliability};
use serde::Serialize;
use types::canon::Hash;
use types::decision::{Decision, ReasonCode, Rule};
use types::entry::ModeCause;
use types::ids::{Seq, Symbol};
use types::market::{Timeframe, TsNanos};

use crate::exchange::Statistics;
use crate::performance::{Drawdown, EquityPoint, TradeRecord};

/// How often a rule said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Inside its line.
    pub passed: u64,
    /// Cut the size.
    pub reduced: u64,
    /// Said no.
    pub refused: u64,
    /// Its input cannot exist in this mode.
    pub not_applicable: u64,
}

/// A gate between a decision close and an order, in the order they are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Every timeframe has seen enough bars.
    Warm,
    /// The sum points somewhere.
    Direction,
    /// The score reaches the threshold.
    Threshold,
    /// The account can trade the direction.
    Tradable,
    /// The day is not against it.
    Daily,
    /// The shortest timeframe is not against it.
    Short,
    /// Price is still near the signal.
    Reach,
    /// Volatility is not in its top tenth.
    Volatility,
    /// Costs are a small part of the risk.
    Costs,
    /// The calibrated edge pays the costs.
    Edge,
    /// Every risk rule.
    Risk,
}

impl Gate {
    /// Every gate, in order.
    pub const ALL: [Self; 11] = [
        Self::Warm,
        Self::Direction,
        Self::Threshold,
        Self::Tradable,
        Self::Daily,
        Self::Short,
        Self::Reach,
        Self::Volatility,
        Self::Costs,
        Self::Edge,
        Self::Risk,
    ];

    /// Returns the reason that a refusal by this gate carries.
    #[must_use]
    pub const fn refusal(self) -> ReasonCode {
        match self {
            Self::Warm => ReasonCode::NotWarm,
            Self::Direction => ReasonCode::NoDirection,
            Self::Threshold => ReasonCode::BelowThreshold,
            Self::Tradable => ReasonCode::ShortNotOnSpot,
            Self::Daily => ReasonCode::DailyOpposite,
            Self::Short => ReasonCode::WaitShortOpposite,
            Self::Reach => ReasonCode::WaitPriceAway,
            Self::Volatility => ReasonCode::HighVolatility,
            Self::Costs => ReasonCode::CostTest,
            Self::Edge => ReasonCode::EdgeTest,
            Self::Risk => ReasonCode::Refused,
        }
    }

    /// Calls back for each gate that a decision with this reason had passed before it ended.
    pub(super) fn passed_by(code: ReasonCode, mut passed: impl FnMut(Self)) {
        let end = Self::ALL.iter().position(|gate| gate.refusal() == code);
        let end = match (end, code) {
            (Some(end), _) => end,
            (None, ReasonCode::Enter) => Self::ALL.len(),
            (None, _) => return,
        };
        Self::ALL.iter().take(end).for_each(|gate| passed(*gate));
    }
}

/// A decision that asked for something, with its reasons.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionRecord {
    /// When.
    pub at: TsNanos,
    /// Its place.
    pub seq: Seq,
    /// What and why.
    pub decision: Decision,
}

/// A stretch of SAFE_MODE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SafeModeRecord {
    /// When it was entered.
    pub from: TsNanos,
    /// Why.
    pub cause: ModeCause,
    /// When it was released; `None` if it was not.
    pub until: Option<TsNanos>,
}

/// Calibration at the end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationResult {
    /// How scores become probabilities.
    pub method: Method,
    /// Effective outcomes.
    pub outcomes: f64,
    /// Said against seen.
    pub reliability: Reliability,
}

/// What became of one symbol.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolResult {
    /// The symbol.
    pub symbol: Symbol,
    /// Whether the instrument list knows it.
    pub known: bool,
    /// Native bars read.
    pub bars: u64,
    /// Decision closes at which it could have been traded.
    pub closes: u32,
    /// Entries decided.
    pub entries: u32,
    /// Quantity left that cannot be sold.
    pub dust: f64,
    /// P&L after fees and funding, open position included.
    pub pnl: f64,
}

/// What one run of one policy did.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// The policy.
    pub policy: String,
    /// Spot or perpetual.
    pub market: String,
    /// Seed of every draw.
    pub seed: u64,
    /// Length of the bars read.
    pub native: Timeframe,
    /// Timeframes scanned.
    pub timeframes: Vec<Timeframe>,
    /// Open time of the first bar.
    pub first: TsNanos,
    /// Close time of the last bar.
    pub last: TsNanos,
    /// By symbol, in the order of names.
    pub symbols: Vec<SymbolResult>,
    /// Native bars read.
    pub bars: u64,
    /// Entries sequenced.
    pub entries: u64,
    /// Decisions, every "no trade" among them.
    pub decisions: u64,
    /// Fills.
    pub fills: u64,
    /// Orders the exchange did not accept.
    pub rejections: u64,
    /// The first few of them, in its words.
    pub rejected: Vec<String>,
    /// What the gateway said no to, by reason.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Starting cash.
    pub capital: f64,
    /// Cash and positions at the end.
    pub final_equity: f64,
    /// The same to the last unit.
    pub final_equity_exact: String,
    /// The deepest fall of marked equity; `None` before the first instant.
    pub drawdown: Option<Drawdown>,
    /// One point per day.
    pub equity: Vec<EquityPoint>,
    /// Trades from entry to exit.
    pub trades: Vec<TradeRecord>,
    /// How often each reason ended a decision.
    pub reasons: BTreeMap<ReasonCode, u64>,
    /// How often each risk rule said what.
    pub rules: BTreeMap<&'static str, RuleCount>,
    /// How often each gate was passed.
    pub gates: BTreeMap<Gate, u64>,
    /// Decisions that asked for something, the newest.
    pub actions: Vec<DecisionRecord>,
    /// Stretches of SAFE_MODE.
    pub safe_mode: Vec<SafeModeRecord>,
    /// What scores were worth; `None` for policies without them.
    pub calibration: Option<CalibrationResult>,
    /// What the exchange counted.
    pub exchange: Statistics,
    /// Departures from honest conventions, in words.
    pub conventions: Vec<&'static str>,
    /// SHA-256 over all decisions with their reasons.
    #[serde(serialize_with = "hex")]
    pub decisions_hash: Hash,
    /// SHA-256 over the engine's state and all entries.
    #[serde(serialize_with = "hex")]
    pub state_hash: Hash,
    /// SHA-256 over the books.
    #[serde(serialize_with = "hex")]
    pub books_hash: Hash,
}

impl RunResult {
    /// Returns how often a rule refused.
    #[must_use]
    pub fn refused(&self, rule: Rule) -> u64 {
        self.rules.get(rule.code()).map_or(0, |count| count.refused)
    }
}

fn hex<S: serde::Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}
