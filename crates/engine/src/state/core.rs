//! What every policy can read: configuration, instruments, portfolio, mode, guards.

use analysis::indicators::Atr;
use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::entry::{Mode, SystemMode};
use types::ids::{JournalId, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::Money;

use crate::border;
use crate::config::{EngineConfig, PolicyName};
use crate::covariance::Covariance;
use crate::policies::Policies;
use crate::portfolio::Portfolio;
use crate::state::Guarding;

/// What every policy can read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Core {
    pub(crate) journal: JournalId,
    pub(crate) seed: u64,
    pub(crate) config: EngineConfig,
    pub(crate) instruments: Vec<Instrument>,
    /// Symbols in the order of their names: how ties are broken.
    pub(crate) by_name: Vec<SymbolId>,
    pub(crate) now: TsNanos,
    pub(crate) mode: Mode,
    pub(crate) portfolio: Portfolio,
    pub(crate) guards: Guarding,
    pub(crate) covariance: Covariance,
    /// Whether a bar of the symbol closed at the instant that is being collected. One that comes later than
    /// its instant is learned from and decided on no more.
    pub(crate) closed: Vec<bool>,
    /// The instant closed last.
    pub(crate) instant: TsNanos,
    /// Whether bars of an instant have come that is not closed yet.
    pub(crate) collecting: bool,
    /// Symbols whose mark price the venue publishes.
    pub(crate) marked: Vec<bool>,
    pub(crate) equity: Money,
    /// When drawdowns were looked at last, and when they are to be before the next close.
    pub(crate) checked: TsNanos,
    pub(crate) next_check: Option<TsNanos>,
    /// ATR of the decision timeframe: volatility until enough daily returns are known.
    pub(crate) ranges: Vec<Atr>,
    /// Close of the newest bar of the shortest timeframe in use.
    pub(crate) newest: Vec<Option<TsNanos>>,
}

/// Minutes of a year of 365 days.
const MINUTES_PER_YEAR: i32 = 365 * 1_440;

impl Core {
    /// Returns the configuration in force.
    #[must_use]
    pub const fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// Returns the instrument table.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Returns the instrument of a symbol.
    #[must_use]
    pub fn instrument(&self, symbol: SymbolId) -> &Instrument {
        &self.instruments[symbol.index()]
    }

    /// Returns the time of the newest entry.
    #[must_use]
    pub const fn now(&self) -> TsNanos {
        self.now
    }

    /// Returns the mode in force.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Folds the range of a decision-timeframe bar: ATR / price, annualised by the root of time.
    pub(crate) fn on_range(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        let bar = border::bar(bar);
        let Some(atr) = self.ranges[symbol.index()].update(&bar) else { return };
        let minutes = i32::try_from(timeframe.minutes()).expect("a day has 1,440 minutes");
        let bars_per_year = f64::from(MINUTES_PER_YEAR) / f64::from(minutes);
        self.covariance.on_atr(symbol, atr / bar.close * bars_per_year.sqrt());
    }

    pub(crate) fn on_newest(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        if self.config.timeframes_in_use().first() == Some(&timeframe) {
            self.newest[symbol.index()] = Some(bar.close_time(timeframe));
        }
    }

    /// Returns how old the newest bar of the shortest timeframe in use is, in nanoseconds.
    #[must_use]
    pub fn bar_age(&self, symbol: SymbolId) -> Option<(i64, Timeframe)> {
        let timeframe = self.config.timeframes_in_use().first()?;
        Some((self.now.since(self.newest[symbol.index()]?), *timeframe))
    }

    pub(crate) fn marked_by_venue(&self, symbol: SymbolId) -> bool {
        self.marked[symbol.index()]
    }

    /// Returns whether drawdowns and losses are watched. The reference rule and the yardstick
    /// `trend` trade without guards.
    #[must_use]
    pub const fn is_guarded(&self) -> bool {
        matches!(self.config.policy, PolicyName::Confluence | PolicyName::Null)
    }

    /// Returns whether entries are allowed by the mode.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.mode.mode == SystemMode::Running
    }

    /// Returns what is owned.
    #[must_use]
    pub const fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Returns whether what is held can be sold. A remainder below the venue's smallest order is
    /// dust: it has no stop, no exit is asked for, and it does not stand in the way of an entry.
    #[must_use]
    pub fn can_leave(&self, symbol: SymbolId) -> bool {
        let instrument = self.instrument(symbol);
        let qty = self.portfolio.books().position(symbol).qty().abs().floor_to(instrument.lot);
        let large = match (self.config.market, self.portfolio.mark(symbol)) {
            (Market::Spot, Some(mark)) => mark.notional(qty) >= instrument.min_notional,
            (Market::Spot, None) | (Market::Perp, _) => true,
        };
        large && qty.is_positive() && qty >= instrument.min_qty
    }

    /// Returns the loss budget, drawdown and cooldown state.
    #[must_use]
    pub const fn guards(&self) -> &Guarding {
        &self.guards
    }

    /// Returns the covariance of daily returns.
    #[must_use]
    pub const fn covariance(&self) -> &Covariance {
        &self.covariance
    }

    /// Returns equity at the newest instant.
    #[must_use]
    pub const fn equity(&self) -> Money {
        self.equity
    }
}

/// The engine: a fold of entries. `Default` is the engine before its first entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub(crate) core: Core,
    pub(crate) policy: Policies,
}
