//! [`Plan`]: faults as a file or the control port writes them.

use serde::{Deserialize, Serialize};
use types::ids::{Asset, Symbol};

use super::decimal::Decimal;
use super::span::Span;
use super::verdict::Api;

/// Faults, and the seed of what is left to chance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Seed of probabilities and jitter; without one, the venue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The faults. Where several strike at once, delays add up and the first of the file answers.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

/// A plan that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The text is no plan.
    #[error("{file}: {why}")]
    Text {
        /// Where it came from.
        file: String,
        /// What the reader of TOML says, with line and column.
        why: String,
    },
    /// A value that makes no sense.
    #[error("fault `{name}`: {key} is {seen}, wanted {wanted}")]
    Value {
        /// Whose.
        name: String,
        /// The key.
        key: &'static str,
        /// What it says.
        seen: String,
        /// What it could say.
        wanted: &'static str,
    },
    /// Two faults of one name.
    #[error("two faults are named `{0}`, wanted a name for each")]
    Twice(String),
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Under which name it stands in the ledger.
    pub name: String,
    /// What happens.
    pub what: What,
    /// Where it can happen; everywhere it makes sense, if nothing is said.
    #[serde(default)]
    pub on: On,
    /// When it happens; always, if nothing is said.
    #[serde(default)]
    pub when: When,
}

/// Where a fault can happen. What is not said, is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct On {
    /// By which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Method and path (`POST /api/v3/order`), WebSocket method (`order.place`), stream (`btcusdt@trade`) or user event
    /// (`executionReport`). A `*` at the end stands for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The symbol that a request names or a stream is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Symbol>,
    /// The API key of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// When a fault happens. All that is said must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Not before so much market time has passed since the start, or since it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Span>,
    /// No longer than this, from `after` on.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Span>,
    /// Not before the so many-th time that it could, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// From then on at each so many-th time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// With this probability each time, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// At most so often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// Which error a server answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerError {
    /// -1000.
    Unknown,
    /// -1001.
    Disconnected,
    /// -1006: whether it was carried out is unknown.
    UnexpectedResponse,
    /// -1007: whether it was carried out is unknown.
    Timeout,
    /// -1008: too many others; it was not carried out.
    Busy,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A request is answered later: by `delay` and up to `jitter` more.
    Latency {
        /// At least.
        delay: Span,
        /// And up to so much more.
        #[serde(default)]
        jitter: Span,
    },
    /// A request is answered with a 5xx.
    Error {
        /// Which.
        error: ServerError,
        /// Whether it is carried out all the same.
        #[serde(default)]
        executed: bool,
    },
    /// A request is answered with 429.
    RateLimited {
        /// What `Retry-After` says.
        retry_after: Span,
    },
    /// A request is answered with 418.
    Banned {
        /// What `Retry-After` says.
        retry_after: Span,
    },
    /// The system status says maintenance; every other request is answered with 503.
    Maintenance {},
    /// A request is carried out, its answer never leaves.
    ReplyLost {},
    /// A request is not carried out, and no answer leaves.
    RejectLost {},
    /// A balance is told wrongly: by so much more, or less.
    WrongBalance {
        /// Of which asset.
        asset: Asset,
        /// A decimal number with its sign.
        by: Decimal,
    },
    /// An event leaves later, those behind it do not wait.
    Late {
        /// At least.
        delay: Span,
        /// And up to so much more.
        #[serde(default)]
        jitter: Span,
    },
    /// An event leaves twice, the second time later by `delay`.
    Duplicate {
        /// How much later.
        #[serde(default)]
        delay: Span,
    },
    /// An event leaves after the next one.
    Reorder {},
    /// An event never leaves: a gap in its sequence.
    Gap {},
    /// A socket is open and answers pings, its streams say nothing.
    Silent {},
    /// A socket is open and nothing comes out of it.
    HalfOpen {},
    /// The server's time is off.
    ClockSkew {
        /// By so much; below zero it is behind.
        by: Span,
    },
    /// Money comes in.
    Deposit {
        /// Which asset.
        asset: Asset,
        /// How much.
        amount: Decimal,
    },
    /// Money goes out, as far as it is free.
    Withdrawal {
        /// Which asset.
        asset: Asset,
        /// How much.
        amount: Decimal,
    },
    /// The rules of a symbol change; what is not said stays.
    Filters {
        /// Smallest step of a price.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tick: Option<Decimal>,
        /// Smallest step of a quantity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<Decimal>,
        /// Smallest quantity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_qty: Option<Decimal>,
        /// Smallest price x quantity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_notional: Option<Decimal>,
    },
    /// A symbol is halted, for as long as `when` says.
    Halt {},
    /// A symbol is taken off the list: its orders are cancelled, it does not come back.
    Delist {},
}

impl What {
    /// Returns the word of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Error { .. } => "error",
            Self::RateLimited { .. } => "rate_limited",
            Self::Banned { .. } => "banned",
            Self::Maintenance {} => "maintenance",
            Self::ReplyLost {} => "reply_lost",
            Self::RejectLost {} => "reject_lost",
            Self::WrongBalance { .. } => "wrong_balance",
            Self::Late { .. } => "late",
            Self::Duplicate { .. } => "duplicate",
            Self::Reorder {} => "reorder",
            Self::Gap {} => "gap",
            Self::Silent {} => "silent",
            Self::HalfOpen {} => "half_open",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Deposit { .. } => "deposit",
            Self::Withdrawal { .. } => "withdrawal",
            Self::Filters { .. } => "filters",
            Self::Halt {} => "halt",
            Self::Delist {} => "delist",
        }
    }

    /// Returns whether it happens by itself at its time, asked by nobody.
    #[must_use]
    pub const fn is_of_the_world(&self) -> bool {
        matches!(
            self,
            Self::ClockSkew { .. }
                | Self::Deposit { .. }
                | Self::Withdrawal { .. }
                | Self::Filters { .. }
                | Self::Halt {}
                | Self::Delist {}
        )
    }
}

impl Plan {
    /// Reads a plan from TOML; `file` names it in errors.
    ///
    /// # Errors
    /// `PlanError`.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, PlanError> {
        let plan: Self = toml::from_str(text)
            .map_err(|error| PlanError::Text { file: file.to_owned(), why: error.to_string() })?;
        plan.validate()?;
        Ok(plan)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// `PlanError` of the first that makes no sense.
    pub fn validate(&self) -> Result<(), PlanError> {
        let mut names: Vec<&str> = self.faults.iter().map(|fault| fault.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(PlanError::Twice(twice[0].to_owned()));
        }
        self.faults.iter().try_for_each(Fault::validate)
    }
}

impl Fault {
    /// Checks every value.
    ///
    /// # Errors
    /// `PlanError::Value` of the first that makes no sense.
    pub fn validate(&self) -> Result<(), PlanError> {
        let refuse = |key, seen: String, wanted| {
            Err(PlanError::Value { name: self.name.clone(), key, seen, wanted })
        };
        if self.name.is_empty() {
            return refuse("name", "empty".to_owned(), "a name");
        }
        let When { after, lasting, nth, every, probability, times } = self.when;
        if let Some(p) = probability.filter(|p| !(0.0..=1.0).contains(p)) {
            return refuse("when.probability", p.to_string(), "0 to 1");
        }
        for (key, span) in [("when.after", after), ("when.for", lasting)] {
            if let Some(span) = span.filter(|span| span.nanos() < 0) {
                return refuse(key, span.to_string(), "0ms or more");
            }
        }
        for (key, count) in [("when.nth", nth), ("when.every", every), ("when.times", times)] {
            if count == Some(0) {
                return refuse(key, "0".to_owned(), "1 or more");
            }
        }
        self.validate_what()
    }

    fn validate_what(&self) -> Result<(), PlanError> {
        let refuse = |key, seen: &str, wanted| {
            let (name, seen) = (self.name.clone(), seen.to_owned());
            Err(PlanError::Value { name, key, seen, wanted })
        };
        let by_itself = self.what.is_of_the_world();
        if by_itself && (self.on.api.is_some() || self.on.endpoint.is_some()) {
            return refuse("on", self.what.kind(), "a symbol or an account: it happens by itself");
        }
        let asked = self.when.nth.or(self.when.every).is_some() || self.when.probability.is_some();
        if by_itself && asked {
            return refuse("when", self.what.kind(), "after and for: it happens by itself, once");
        }
        match &self.what {
            What::Deposit { amount, .. } | What::Withdrawal { amount, .. }
                if !amount.is_positive() =>
            {
                refuse("what.amount", &amount.to_string(), "above 0")
            }
            What::Deposit { .. } | What::Withdrawal { .. } if self.on.account.is_none() => {
                refuse("on.account", "absent", "the API key of the account")
            }
            What::Filters { .. } | What::Halt {} | What::Delist {} if self.on.symbol.is_none() => {
                refuse("on.symbol", "absent", "a symbol")
            }
            What::Latency { delay, jitter } | What::Late { delay, jitter }
                if delay.nanos() < 0 || jitter.nanos() < 0 =>
            {
                refuse("what.delay", &delay.to_string(), "0ms or more")
            }
            What::Latency { .. }
            | What::Error { .. }
            | What::RateLimited { .. }
            | What::Banned { .. }
            | What::Maintenance {}
            | What::ReplyLost {}
            | What::RejectLost {}
            | What::WrongBalance { .. }
            | What::Late { .. }
            | What::Duplicate { .. }
            | What::Reorder {}
            | What::Gap {}
            | What::Silent {}
            | What::HalfOpen {}
            | What::ClockSkew { .. }
            | What::Deposit { .. }
            | What::Withdrawal { .. }
            | What::Filters { .. }
            | What::Halt {}
            | What::Delist {} => Ok(()),
        }
    }
}
