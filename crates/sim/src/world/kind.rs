//! [`Kind`]: what can go wrong, each class with its numbers.

use serde::{Deserialize, Serialize};

/// All of what passes, out of a million.
const WHOLE: u32 = 1_000_000;

/// What an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// No entries, until somebody resumes.
    Pause,
    /// SAFE_MODE.
    SafeMode,
    /// The kill switch.
    Kill,
    /// Everything closed.
    Flatten,
    /// Hard limits at half of what they were.
    LowerLimits,
    /// The hard limit of exposure at half of what is held.
    LowerBelow,
    /// Hard limits at twice what they were: asked for, and granted behind a second person or a delay.
    RaiseLimits,
    /// An orderly stop, and a start.
    Restart,
    /// Planned work.
    Maintenance,
    /// The venue's keys are read anew.
    RotateKeys,
}

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Wherever it is.
    Anywhere,
    /// When the next command to place an order stands in the journal's queue, not on disk.
    CommandUnwritten,
    /// When the next command to place is on disk and its request has not left.
    CommandWritten,
    /// When the next request that places an order has left.
    RequestSent,
    /// When the next fill was heard and not written.
    FillHeard,
}

/// A stretch of time in which something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// For how long, milliseconds.
    pub for_ms: u64,
}

/// A stretch of time in which something strikes a share of what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// For how long, milliseconds.
    pub for_ms: u64,
    /// How much of it, out of a million.
    pub share: u32,
}

/// A stretch of time in which a share of what passes is delayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// For how long, milliseconds.
    pub for_ms: u64,
    /// How much of it, out of a million.
    pub share: u32,
    /// By how much, milliseconds.
    pub by_ms: u64,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Requests do not arrive; nobody says so.
    RequestsLost(Share),
    /// Requests are carried out and never answered.
    RepliesLost(Share),
    /// Requests are long on their way.
    RequestsLate(Late),
    /// The venue takes requests and carries them out later.
    EngineSlow(Late),
    /// Answers are long on their way.
    RepliesLate(Late),
    /// Nothing can be reached at all, streams neither.
    VenueAway(Span),
    /// The venue answers "too many requests".
    Throttled(Span),
    /// The venue answers orders with an error that says nothing of their outcome, and questions about them with none that helps; half
    /// of the orders were carried out.
    OutcomesUnknown(Share),
    /// A look-up does not see what was accepted within the last second.
    LookUpsLag(Span),
    /// Placements are rejected.
    PlacementsRejected(Share),
    /// Somebody trades the least there is, or a third, with an entry as soon as it rests, and with an order just before it is
    /// cancelled.
    SmallTrades(Share),
    /// The account's stream is cut; what happens meanwhile is told to nobody.
    UserStreamCut(Span),
    /// Events of the account come twice.
    UserEventsTwice(Share),
    /// Events of the account come late, in their order.
    UserEventsLate(Late),
    /// The connection of market data is cut.
    FeedCut(Span),
    /// The connection of market data stands and says nothing.
    FeedSilent(Span),
    /// Closed bars are left out by the stream.
    BarsLost(Share),
    /// Market data comes late.
    FeedLate(Late),
    /// No quotes.
    QuotesStop(Span),
    /// Quotes whose sides have crossed.
    QuotesCrossed(Share),
    /// A symbol does not trade.
    Halt {
        /// For how long, milliseconds.
        for_ms: u64,
        /// Which, by number.
        symbol: u8,
    },
    /// The steps of a symbol's quantity change.
    LotChanged {
        /// Which, by number.
        symbol: u8,
    },
    /// The process is killed.
    Killed {
        /// How long until the next life, milliseconds.
        down_ms: u64,
        /// Where.
        point: Point,
    },
    /// The process is stopped, another one takes over, and then it goes on.
    TakenOver {
        /// For how long it is stopped, milliseconds.
        for_ms: u64,
        /// Behind the next request that places: that one leaves when it goes on.
        at_send: bool,
    },
    /// The machine loses its power: what was not synced is lost, kept, torn or without what was before it.
    PowerCut {
        /// How long until the next life, milliseconds.
        down_ms: u64,
    },
    /// The disk has no room.
    DiskFull(Span),
    /// A write or sync of the journal fails: the hub goes on without it, until somebody starts it anew.
    SyncFails {
        /// For how long it goes on, milliseconds.
        goes_on_ms: u64,
    },
    /// Syncs are slow.
    DiskSlow(Late),
    /// Bits of the journal's files flip while no process runs.
    BitsFlip {
        /// How long until the next life, milliseconds.
        down_ms: u64,
        /// How many.
        bits: u8,
    },
    /// A sector of the journal was written to the place of another one.
    WriteAstray {
        /// How long until the next life, milliseconds.
        down_ms: u64,
    },
    /// The disk fails once while the journal is opened.
    OpeningFails {
        /// How long until the next life, milliseconds.
        down_ms: u64,
        /// At which of the opening's operations.
        operation: u8,
    },
    /// The machine's clock is off.
    ClockOff {
        /// For how long, milliseconds.
        for_ms: u64,
        /// By how much, milliseconds.
        by_ms: i64,
    },
    /// The machine's clock goes wrong, parts of a million.
    ClockDrifts {
        /// For how long, milliseconds; then it is put right.
        for_ms: u64,
        /// How fast.
        ppm: i32,
    },
    /// The machine's clock on the wall is wrong by a lot; what measures lengths of time is not.
    ClockJumps {
        /// For how long, milliseconds; then it is put right.
        for_ms: u64,
        /// By how much, milliseconds.
        by_ms: i64,
    },
    /// The machine loses its power and comes up with a clock that is wrong by a lot, until that is set.
    ClockWrong {
        /// For how long, milliseconds.
        for_ms: u64,
        /// How long until the next life, milliseconds.
        down_ms: u64,
        /// By how much, milliseconds.
        by_ms: i64,
    },
    /// More inputs wait than the hub can take.
    Overloaded(Span),
    /// A new configuration is refused, until somebody mends it.
    ConfigRefused(Span),
    /// An operator acts.
    Operator {
        /// What.
        act: Act,
    },
    /// Money comes in, in whole units of the settlement asset.
    Deposit {
        /// How much.
        units: u32,
    },
    /// Money goes out, as far as it is free.
    Withdrawal {
        /// How much.
        units: u32,
    },
    /// Somebody else places an order on the account.
    ForeignOrder {
        /// Which, by number.
        symbol: u8,
    },
    /// Somebody else trades on the account at the market: buys, or takes our orders off the book and sells what they were to sell.
    ForeignTrade {
        /// Which, by number.
        symbol: u8,
        /// For how much, in whole units of the settlement asset.
        units: u32,
        /// It is sold.
        sells: bool,
    },
    /// Coins come in from outside.
    CoinsIn {
        /// Which, by number.
        symbol: u8,
        /// What they are worth, in whole units of the settlement asset.
        units: u32,
    },
    /// A symbol is gone from the venue, for good.
    Delisted {
        /// Which, by number.
        symbol: u8,
    },
}

impl Kind {
    /// The word of every class.
    pub const CLASSES: &[&str] = &[
        "requests_lost",
        "replies_lost",
        "requests_late",
        "engine_slow",
        "replies_late",
        "venue_away",
        "throttled",
        "outcomes_unknown",
        "look_ups_lag",
        "placements_rejected",
        "user_stream_cut",
        "user_events_twice",
        "user_events_late",
        "feed_cut",
        "feed_silent",
        "bars_lost",
        "feed_late",
        "quotes_stop",
        "quotes_crossed",
        "halt",
        "lot_changed",
        "killed",
        "power_cut",
        "disk_full",
        "sync_fails",
        "disk_slow",
        "clock_off",
        "clock_drifts",
        "clock_jumps",
        "overloaded",
        "config_refused",
        "operator",
        "deposit",
        "withdrawal",
        "foreign_order",
        "coins_in",
        "delisted",
        "bits_flip",
        "write_astray",
        "opening_fails",
        "small_trades",
        "taken_over",
        "clock_wrong",
        "foreign_trade",
    ];

    /// Returns the word of its class.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::RequestsLost(_) => "requests_lost",
            Self::RepliesLost(_) => "replies_lost",
            Self::RequestsLate(_) => "requests_late",
            Self::EngineSlow(_) => "engine_slow",
            Self::RepliesLate(_) => "replies_late",
            Self::VenueAway(_) => "venue_away",
            Self::Throttled(_) => "throttled",
            Self::OutcomesUnknown(_) => "outcomes_unknown",
            Self::LookUpsLag(_) => "look_ups_lag",
            Self::PlacementsRejected(_) => "placements_rejected",
            Self::SmallTrades(_) => "small_trades",
            Self::UserStreamCut(_) => "user_stream_cut",
            Self::UserEventsTwice(_) => "user_events_twice",
            Self::UserEventsLate(_) => "user_events_late",
            Self::FeedCut(_) => "feed_cut",
            Self::FeedSilent(_) => "feed_silent",
            Self::BarsLost(_) => "bars_lost",
            Self::FeedLate(_) => "feed_late",
            Self::QuotesStop(_) => "quotes_stop",
            Self::QuotesCrossed(_) => "quotes_crossed",
            Self::Halt { .. } => "halt",
            Self::LotChanged { .. } => "lot_changed",
            Self::Killed { .. } => "killed",
            Self::PowerCut { .. } => "power_cut",
            Self::TakenOver { .. } => "taken_over",
            Self::DiskFull(_) => "disk_full",
            Self::SyncFails { .. } => "sync_fails",
            Self::DiskSlow(_) => "disk_slow",
            Self::BitsFlip { .. } => "bits_flip",
            Self::WriteAstray { .. } => "write_astray",
            Self::OpeningFails { .. } => "opening_fails",
            Self::ClockOff { .. } => "clock_off",
            Self::ClockDrifts { .. } => "clock_drifts",
            Self::ClockJumps { .. } => "clock_jumps",
            Self::ClockWrong { .. } => "clock_wrong",
            Self::Overloaded(_) => "overloaded",
            Self::ConfigRefused(_) => "config_refused",
            Self::Operator { .. } => "operator",
            Self::Deposit { .. } => "deposit",
            Self::Withdrawal { .. } => "withdrawal",
            Self::ForeignOrder { .. } => "foreign_order",
            Self::ForeignTrade { .. } => "foreign_trade",
            Self::CoinsIn { .. } => "coins_in",
            Self::Delisted { .. } => "delisted",
        }
    }

    /// Returns how long it lasts, milliseconds; `None` for what happens at once.
    #[must_use]
    pub const fn lasts_ms(&self) -> Option<u64> {
        self.figures().0
    }

    /// Returns how much of what passes it strikes, out of a million.
    pub(super) const fn share(&self) -> u32 {
        self.figures().1
    }

    /// Returns by how much it delays, milliseconds; `None` if it does not.
    pub(super) const fn delays_ms(&self) -> Option<u64> {
        self.figures().2
    }

    /// How long it lasts, milliseconds; how much it strikes, out of a million; by how much it delays, milliseconds.
    const fn figures(&self) -> (Option<u64>, u32, Option<u64>) {
        match self {
            Self::RequestsLost(Share { for_ms, share })
            | Self::RepliesLost(Share { for_ms, share })
            | Self::OutcomesUnknown(Share { for_ms, share })
            | Self::PlacementsRejected(Share { for_ms, share })
            | Self::SmallTrades(Share { for_ms, share })
            | Self::UserEventsTwice(Share { for_ms, share })
            | Self::BarsLost(Share { for_ms, share })
            | Self::QuotesCrossed(Share { for_ms, share }) => (Some(*for_ms), *share, None),
            Self::RequestsLate(Late { for_ms, share, by_ms })
            | Self::EngineSlow(Late { for_ms, share, by_ms })
            | Self::RepliesLate(Late { for_ms, share, by_ms })
            | Self::UserEventsLate(Late { for_ms, share, by_ms })
            | Self::FeedLate(Late { for_ms, share, by_ms })
            | Self::DiskSlow(Late { for_ms, share, by_ms }) => {
                (Some(*for_ms), *share, Some(*by_ms))
            }
            Self::VenueAway(Span { for_ms })
            | Self::Throttled(Span { for_ms })
            | Self::LookUpsLag(Span { for_ms })
            | Self::UserStreamCut(Span { for_ms })
            | Self::FeedCut(Span { for_ms })
            | Self::FeedSilent(Span { for_ms })
            | Self::QuotesStop(Span { for_ms })
            | Self::DiskFull(Span { for_ms })
            | Self::Overloaded(Span { for_ms })
            | Self::ConfigRefused(Span { for_ms })
            | Self::ClockJumps { for_ms, .. }
            | Self::ClockWrong { for_ms, .. }
            | Self::ClockOff { for_ms, .. }
            | Self::ClockDrifts { for_ms, .. }
            | Self::Halt { for_ms, .. } => (Some(*for_ms), WHOLE, None),
            Self::LotChanged { .. }
            | Self::Killed { .. }
            | Self::PowerCut { .. }
            | Self::TakenOver { .. }
            | Self::SyncFails { .. }
            | Self::BitsFlip { .. }
            | Self::WriteAstray { .. }
            | Self::OpeningFails { .. }
            | Self::Operator { .. }
            | Self::Deposit { .. }
            | Self::Withdrawal { .. }
            | Self::ForeignOrder { .. }
            | Self::ForeignTrade { .. }
            | Self::CoinsIn { .. }
            | Self::Delisted { .. } => (None, WHOLE, None),
        }
    }

    /// Returns whether it keeps us from hearing of the venue or being heard there, in time: what the venue's own record
    /// tells as a fault.
    #[must_use]
    pub const fn parts_us(&self) -> bool {
        match self {
            Self::RequestsLost(_)
            | Self::RepliesLost(_)
            | Self::RequestsLate(_)
            | Self::EngineSlow(_)
            | Self::RepliesLate(_)
            | Self::VenueAway(_)
            | Self::Throttled(_)
            | Self::OutcomesUnknown(_)
            | Self::LookUpsLag(_)
            | Self::PlacementsRejected(_)
            | Self::UserStreamCut(_)
            | Self::UserEventsLate(_)
            | Self::DiskSlow(_) => true,
            // What protects waits for no room on the disk.
            Self::DiskFull(_)
            | Self::SmallTrades(_)
            | Self::UserEventsTwice(_)
            | Self::FeedCut(_)
            | Self::FeedSilent(_)
            | Self::BarsLost(_)
            | Self::FeedLate(_)
            | Self::QuotesStop(_)
            | Self::QuotesCrossed(_)
            | Self::Halt { .. }
            | Self::LotChanged { .. }
            | Self::Killed { .. }
            | Self::PowerCut { .. }
            | Self::TakenOver { .. }
            | Self::SyncFails { .. }
            | Self::BitsFlip { .. }
            | Self::WriteAstray { .. }
            | Self::OpeningFails { .. }
            | Self::ClockOff { .. }
            | Self::ClockDrifts { .. }
            | Self::ClockJumps { .. }
            | Self::ClockWrong { .. }
            | Self::Overloaded(_)
            | Self::ConfigRefused(_)
            | Self::Operator { .. }
            | Self::Deposit { .. }
            | Self::Withdrawal { .. }
            | Self::ForeignOrder { .. }
            | Self::ForeignTrade { .. }
            | Self::CoinsIn { .. }
            | Self::Delisted { .. } => false,
        }
    }
}
