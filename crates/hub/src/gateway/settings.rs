//! What a venue can do, and the gateway's own times: declared, never guessed.

use types::market::Timeframe;
use types::num::Ratio;
use types::venue::OrderKindName;

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;

/// Among which orders a venue takes a client order id once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CidUniqueness {
    /// Among open orders: a second order with the id of one that has filled is executed again.
    OpenOnly,
    /// Within a time after the first, nanoseconds.
    Window(i64),
    /// For ever.
    Forever,
    /// It takes none: an order whose answer is lost cannot be found again.
    None,
}

/// What a venue can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Among which orders a client order id is unique.
    pub cid_uniqueness: CidUniqueness,
    /// How long after it was written a request can still be accepted, nanoseconds: `recvWindow` plus the
    /// time-out of the venue's engine.
    pub accepted_within: i64,
    /// How long after its acceptance a look-up finds an order at the latest, nanoseconds.
    pub visible_within: i64,
    /// The kinds of orders it takes, where no listing says otherwise.
    pub kinds: Vec<OrderKindName>,
    /// Whether it takes lists of which one order cancels the other.
    pub oco: bool,
    /// Whether an order is replaced by another in one request.
    pub replace: bool,
    /// Whether a list takes part in that: as what is cancelled, or as what is placed.
    pub replace_lists: bool,
}

impl Capabilities {
    /// Returns a venue in this process: certain at once, every kind, everything in one piece.
    #[must_use]
    pub fn in_process() -> Self {
        Self {
            cid_uniqueness: CidUniqueness::OpenOnly,
            accepted_within: 0,
            visible_within: 0,
            kinds: OrderKindName::ALL.to_vec(),
            oco: true,
            replace: true,
            replace_lists: true,
        }
    }

    /// Returns Binance spot as its public documentation has it: ids unique among open orders, replacement
    /// of single orders only. A request cannot be accepted later than `recvWindow` (2 s here) and the
    /// engine's time-out (10 s) after its timestamp; look-ups are read from memory and may lag a second.
    #[must_use]
    pub fn binance_spot() -> Self {
        Self {
            cid_uniqueness: CidUniqueness::OpenOnly,
            accepted_within: 12 * SECOND,
            visible_within: SECOND,
            kinds: OrderKindName::ALL.to_vec(),
            oco: true,
            replace: true,
            replace_lists: false,
        }
    }

    /// Returns how long after a request was written "not found" proves that it was never accepted.
    #[must_use]
    pub const fn horizon(&self) -> i64 {
        self.accepted_within.saturating_add(self.visible_within)
    }
}

/// How an entry is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStyle {
    /// At once, bounded by the decision's worst price: what does not trade on arrival expires.
    Bounded,
    /// Rests at the best price of its own side, moved twice, given up when its patience ends.
    Touch,
}

/// The gateway's own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name of the account; part of every client order id.
    pub account: String,
    /// What the venue can do.
    pub venue: Capabilities,
    /// How entries are placed.
    pub entry: EntryStyle,
    /// How long an entry at the touch is tried, nanoseconds; it is re-priced after each third of it.
    pub patience: i64,
    /// How old a quote may be, nanoseconds.
    pub quote_age: i64,
    /// How long an answer is waited for before the outcome is unknown, nanoseconds.
    pub answer_within: i64,
    /// How long a triggered stop-limit may stay unfilled before it is chased, nanoseconds.
    pub chase_after: i64,
    /// Least distance of a stop-limit's limit from its trigger, a share of it.
    pub stop_limit_offset: Ratio,
    /// Whose bars the average true range is of.
    pub range_timeframe: Timeframe,
    /// How long after a protective order failed for good it is tried again, nanoseconds; `None`: with the
    /// next fill or decision only, as a backtest does.
    pub protect_again: Option<i64>,
    /// By what the waits between tries are multiplied: how fast the venue's time passes.
    pub pace: i64,
    /// By how much below the market what is held is sold in an emergency, at most; `None`: it is left to its stops.
    pub flatten_on_emergency: Option<Ratio>,
    /// Whether entries need hard limits in force. A backtest has none: it shows what the rules of risk do.
    pub limits_required: bool,
}

impl Settings {
    /// Returns the rules of a backtest: entries at once, a venue in this process.
    #[must_use]
    pub fn backtest() -> Self {
        Self {
            entry: EntryStyle::Bounded,
            answer_within: i64::MAX,
            protect_again: None,
            limits_required: false,
            ..Self::live("backtest", Capabilities::in_process())
        }
    }

    /// Returns the rules of a paper account on the bar walk: those of a backtest, inside hard limits.
    #[must_use]
    pub fn paper(account: &str) -> Self {
        Self { account: account.to_owned(), limits_required: true, ..Self::backtest() }
    }

    /// Returns the rules of an account at a venue (spec: "Execution").
    #[must_use]
    pub fn live(account: &str, venue: Capabilities) -> Self {
        Self {
            account: account.to_owned(),
            venue,
            entry: EntryStyle::Touch,
            patience: 60 * SECOND,
            quote_age: 10 * SECOND,
            answer_within: 5 * SECOND,
            chase_after: 2 * SECOND,
            stop_limit_offset: Ratio::from_bps(100),
            range_timeframe: Timeframe::H4,
            protect_again: Some(5 * SECOND),
            pace: 1,
            flatten_on_emergency: None,
            limits_required: true,
        }
    }

    /// Returns the rules at a venue whose market time passes so many times as fast: waits for answers and between tries
    /// are wall time, the patience of an entry is market time.
    #[must_use]
    pub fn at_pace(&self, pace: i64) -> Self {
        let by = |nanos: i64| nanos.saturating_mul(pace);
        let venue = Capabilities {
            accepted_within: by(self.venue.accepted_within),
            visible_within: by(self.venue.visible_within),
            ..self.venue.clone()
        };
        Self {
            venue,
            quote_age: by(self.quote_age),
            answer_within: by(self.answer_within),
            chase_after: by(self.chase_after),
            protect_again: self.protect_again.map(by),
            pace: by(self.pace),
            ..self.clone()
        }
    }
}
