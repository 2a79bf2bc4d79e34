//! [`Context`]: what a handler works with: the venue, the parameters, who asks.

use serde::Serialize;
use sim::exchange::book::{AccountId, MatchingEngine, SymbolStatus};
use types::ids::{Symbol, SymbolId};
use types::market::TsNanos;

use super::{ApiError, Params};
use crate::venue::core::Core;
use crate::venue::faults::Shift;
use crate::venue::keys::Caller;

/// In what the answer counts time; the header `X-MBX-TIME-UNIT` chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds.
    #[default]
    Milli,
    /// Microseconds.
    Micro,
}

impl TimeUnit {
    /// Reads the header or the parameter `timeUnit`.
    ///
    /// # Errors
    /// -1194 for another word.
    pub fn named(text: &str) -> Result<Self, ApiError> {
        match text {
            "MILLISECOND" | "millisecond" => Ok(Self::Milli),
            "MICROSECOND" | "microsecond" => Ok(Self::Micro),
            _ => Err(ApiError::bad_request(
                -1194,
                "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
            )),
        }
    }

    /// Returns a moment in this unit.
    #[must_use]
    pub const fn of(self, at: TsNanos) -> i64 {
        match self {
            Self::Milli => at.as_millis(),
            Self::Micro => at.as_nanos().div_euclid(1_000),
        }
    }

    /// Returns the last moment before another, in this unit: how bars and days tell their end.
    #[must_use]
    pub const fn before(self, at: TsNanos) -> i64 {
        self.of(at) - 1
    }
}

/// What a handler works with.
pub struct Context<'a> {
    /// The venue, held still.
    pub core: &'a mut Core,
    /// What was sent.
    pub params: &'a Params,
    /// Who asks; public requests have nobody.
    pub caller: Option<Caller>,
    /// In what the answer counts time.
    pub unit: TimeUnit,
    /// What the venue's clock shows, a skew included; orders are matched at `core.now()`.
    pub server_time: TsNanos,
    /// Balances that the answer is to tell wrongly.
    pub wrong_balances: &'a [Shift],
    /// Whether the system status says maintenance.
    pub maintenance: bool,
}

impl Context<'_> {
    /// Returns the account that asks.
    ///
    /// # Panics
    /// If the endpoint is a public one.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.caller.expect("a signed endpoint has a caller").account
    }

    /// Returns the matching engine, to read.
    #[must_use]
    pub fn engine(&self) -> &MatchingEngine {
        self.core.engine()
    }

    /// Reads the parameter `symbol`, which has to be there.
    ///
    /// # Errors
    /// -1102 without it, -1121 for an unknown one.
    pub fn symbol(&self) -> Result<SymbolId, ApiError> {
        match self.optional_symbol()? {
            Some(symbol) => Ok(symbol),
            None => Err(ApiError::mandatory("symbol")),
        }
    }

    /// Reads the parameter `symbol`.
    ///
    /// # Errors
    /// -1121 for an unknown one.
    pub fn optional_symbol(&self) -> Result<Option<SymbolId>, ApiError> {
        match self.params.symbol("symbol")? {
            None => Ok(None),
            Some(name) => self.find(name).map(Some),
        }
    }

    /// Finds a symbol by its name.
    ///
    /// # Errors
    /// -1121 for an unknown one.
    pub fn find(&self, name: &str) -> Result<SymbolId, ApiError> {
        let symbol = Symbol::new(name).ok().and_then(|name| self.engine().symbol(&name));
        symbol.ok_or_else(ApiError::invalid_symbol)
    }

    /// Returns the name of a symbol.
    ///
    /// # Panics
    /// If the venue has no such symbol.
    #[must_use]
    pub fn name(&self, symbol: SymbolId) -> &str {
        let rules = self.engine().rules(symbol).expect("symbols of the venue have rules");
        rules.instrument.symbol.as_str()
    }

    /// Returns all symbols that are not delisted.
    #[must_use]
    pub fn listed(&self) -> Vec<SymbolId> {
        let all = (0..=u16::MAX).map(SymbolId).take(self.engine().symbols());
        let gone = Some(SymbolStatus::Delisted);
        all.filter(|symbol| self.engine().status(*symbol) != gone).collect()
    }

    /// Reads a moment, in milliseconds or microseconds.
    ///
    /// # Errors
    /// -1100 and -1108 for what is no number.
    pub fn moment(&self, name: &str) -> Result<Option<TsNanos>, ApiError> {
        // As milliseconds this would be the year 33658.
        const MICROS_FROM: i64 = 1_000_000_000_000_000;
        let Some(raw) = self.params.whole(name)? else { return Ok(None) };
        let moment =
            if raw >= MICROS_FROM { TsNanos::from_micros(raw) } else { TsNanos::from_millis(raw) };
        moment.map(Some).map_err(|_| ApiError::overflow(name))
    }

    /// Reads `startTime` and `endTime`.
    ///
    /// # Errors
    /// -1127 if more than `hours` lie between them; as [`Self::moment`].
    pub fn span(&self, hours: Option<u32>) -> Result<(Option<TsNanos>, Option<TsNanos>), ApiError> {
        let (since, until) = (self.moment("startTime")?, self.moment("endTime")?);
        if let (Some(since), Some(until), Some(hours)) = (since, until, hours)
            && until.since(since) > i64::from(hours) * 3_600_000_000_000
        {
            return Err(ApiError::more_than_hours(hours));
        }
        Ok((since, until))
    }
}

/// Writes an answer.
pub(super) fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("texts, numbers and lists of them can be written")
}
