//! What the hub is told before it begins: [`HubConfig`], [`Times`], [`Costs`], [`Speed`].

use types::entry::Stage;
use types::hard_limits::HardLimits;
use types::ids::{Asset, JournalId};
use types::limits::Cost;
use types::market::Timeframe;
use types::num::Money;

use crate::budget::BudgetConfig;
use crate::feed::FeedConfig;
use crate::gateway::Settings;
use crate::permits::Profile;

const SECOND: i64 = 1_000_000_000;

/// How fast the venue's market time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u32);

impl Speed {
    /// A real venue: a second is a second.
    pub const REAL: Self = Self(1);
    /// A venue that waits for us: its time stands still while we work, and then jumps. Waits that belong to wall
    /// time are an hour for each second, so that no jump between two bars ends one.
    pub const PACED: Self = Self(3_600);

    /// Returns a speed of so many market seconds a second, at least 1.
    #[must_use]
    pub fn times(factor: u32) -> Self {
        Self(factor.max(1))
    }

    /// Returns by what a wait of wall time is multiplied.
    #[must_use]
    pub const fn factor(self) -> i64 {
        self.0 as i64
    }

    /// Returns a wait of wall time in market time, nanoseconds.
    #[must_use]
    pub const fn of(self, wall_nanos: i64) -> i64 {
        wall_nanos.saturating_mul(self.factor())
    }
}

/// The hub's own waits, nanoseconds of wall time; multiplied by the venue's speed in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long bars of an instant are waited for after its close. 2 s.
    pub bar_grace: i64,
    /// The least time between two marks of a symbol in the journal. 1 s.
    pub mark_every: i64,
    /// Time between two heartbeats in the journal. 10 s.
    pub heartbeat: i64,
    /// Time between two reconciliations. 60 s.
    pub reconcile_every: i64,
    /// Wait before a difference is looked at again, or a question is asked again. 1 s.
    pub reconcile_again: i64,
    /// Time between two looks at the venue's rules. 60 s.
    pub listings_every: i64,
    /// How long a question about the account may wait before it counts as unanswered. 10 s.
    pub question: i64,
    /// How long an operator waits for the venue's confirmation at most. 25 s.
    pub operator: i64,
    /// How long a stop waits for entry orders to be cancelled. 5 s.
    pub stop: i64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            bar_grace: 2 * SECOND,
            mark_every: SECOND,
            heartbeat: 10 * SECOND,
            reconcile_every: 60 * SECOND,
            reconcile_again: SECOND,
            listings_every: 60 * SECOND,
            question: 10 * SECOND,
            operator: 25 * SECOND,
            stop: 5 * SECOND,
        }
    }
}

impl Times {
    /// Returns the waits in the market time of a venue.
    #[must_use]
    pub const fn at_speed(&self, speed: Speed) -> Self {
        Self {
            bar_grace: speed.of(self.bar_grace),
            mark_every: speed.of(self.mark_every),
            heartbeat: speed.of(self.heartbeat),
            reconcile_every: speed.of(self.reconcile_every),
            reconcile_again: speed.of(self.reconcile_again),
            listings_every: speed.of(self.listings_every),
            question: speed.of(self.question),
            operator: speed.of(self.operator),
            stop: speed.of(self.stop),
        }
    }
}

/// What each call costs at the venue; the adapter declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Placing one order.
    pub place: Cost,
    /// Placing a list of two.
    pub place_list: Cost,
    /// Cancelling an order or a list.
    pub cancel: Cost,
    /// Cancelling one order and placing another.
    pub replace: Cost,
    /// Looking an order up.
    pub look_up: Cost,
    /// Fills of an order.
    pub fills: Cost,
    /// The account.
    pub account: Cost,
    /// All open orders.
    pub open_orders: Cost,
    /// The rules of the symbols.
    pub listings: Cost,
    /// The venue's clock.
    pub time: Cost,
    /// A page of bars.
    pub bars: Cost,
    /// A page of trades.
    pub trades: Cost,
    /// A book.
    pub depth: Cost,
}

impl Default for Costs {
    /// Returns the weights of Binance spot's public documentation for REST, with open orders of all symbols.
    fn default() -> Self {
        let order = |weight, orders| Cost { weight, orders, requests: 1 };
        Self {
            place: order(1, 1),
            place_list: order(1, 2),
            cancel: Cost::weight(1),
            replace: order(1, 1),
            look_up: Cost::weight(4),
            fills: Cost::weight(5),
            account: Cost::weight(20),
            open_orders: Cost::weight(80),
            listings: Cost::weight(20),
            time: Cost::weight(1),
            bars: Cost::weight(2),
            trades: Cost::weight(25),
            depth: Cost::weight(50),
        }
    }
}

impl Costs {
    /// Returns those of an exchange in this process: its orders cost nothing at the venue whose data it trades along.
    #[must_use]
    pub fn in_process() -> Self {
        let none = Cost { weight: 0, orders: 0, requests: 0 };
        Self {
            place: none,
            place_list: none,
            cancel: none,
            replace: none,
            look_up: none,
            fills: none,
            ..Self::default()
        }
    }
}

/// Who holds the account that is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// A venue: the account is asked for and reconciled.
    Venue,
    /// An exchange in this process (paper): our books are the account, its reports come as
    /// [`Input::Report`](super::Input::Report).
    InProcess {
        /// Length of the public bars that it trades along; they are watched beside the timeframes in use and handed over as
        /// [`Output::Walk`](super::Output::Walk).
        walks: Timeframe,
    },
}

impl Custody {
    /// Returns whether the account is in this process.
    #[must_use]
    pub const fn is_in_process(self) -> bool {
        match self {
            Self::Venue => false,
            Self::InProcess { .. } => true,
        }
    }
}

/// What the hub is told before it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct HubConfig {
    /// Identity of a journal that begins.
    pub journal: JournalId,
    /// Seed of a journal that begins.
    pub seed: u64,
    /// Configuration of the engine, as validated TOML.
    pub engine: String,
    /// Whose money moves, where, on which rung, as the journal is told it; none: it is not told.
    pub stage: Option<Stage>,
    /// What is traded, with the timeframes in use, and how market data is watched.
    pub feed: FeedConfig,
    /// In what capital is counted.
    pub settlement: Asset,
    /// How much of the settlement asset may be used; what is there beyond it is not ours.
    pub capital: Money,
    /// Who holds the account.
    pub custody: Custody,
    /// The gateway's rules.
    pub gateway: Settings,
    /// The venue's limits.
    pub budget: BudgetConfig,
    /// What calls cost.
    pub costs: Costs,
    /// Hard limits of the signed file, or of the simulated venue; none: nothing may raise exposure.
    pub limits: Option<HardLimits>,
    /// Who watches whom.
    pub profile: Profile,
    /// Length of SAFE_MODE's latch after a drawdown, nanoseconds of market time. 24 h.
    pub safe_mode_cooldown: i64,
    /// The hub's own waits.
    pub times: Times,
    /// Inputs waiting from which on the hub counts as overloaded. 10,000.
    pub queue_high: usize,
    /// How fast the venue's time passes.
    pub speed: Speed,
}

impl HubConfig {
    /// Returns what the feed watches: the timeframes in use, and the bars that an exchange in this process trades along.
    pub(super) fn watched(&self) -> FeedConfig {
        let mut feed = self.feed.clone();
        if let Custody::InProcess { walks } = self.custody {
            for symbol in &mut feed.symbols {
                symbol.timeframes.insert(walks);
            }
        }
        feed
    }
}

/// A configuration that the hub cannot begin with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HubConfigError {
    /// Nothing is traded.
    #[error("no symbol is configured, wanted at least one")]
    NoSymbols,
    /// Capital of nothing.
    #[error("capital is {0}, wanted above 0")]
    Capital(Money),
    /// Market data cannot be watched so.
    #[error(transparent)]
    Feed(#[from] crate::feed::FeedConfigError),
    /// The venue's limits cannot be kept.
    #[error(transparent)]
    Budget(#[from] crate::budget::BudgetConfigError),
}
