//! What goes into a feed and what comes out: [`Input`], [`Command`], [`Report`], [`NoEntry`].

use serde::Serialize;
use types::bar::Bar;
use types::feed::{Answer, LinkEvent, PublicTrade, Query, QueryFailure, Quote, SourceId, Stream};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

/// Names a question; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct QueryId(pub u64);

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A connection said something.
    Link {
        /// Whose.
        source: SourceId,
        /// The number its `Connect` came with.
        number: u64,
        /// What.
        event: LinkEvent,
    },
    /// A question was answered, or will not be.
    Answered {
        /// Which.
        id: QueryId,
        /// When the question was really sent, by our clock; it may have waited for the venue's limits.
        sent: TsNanos,
        /// The answer.
        result: Result<Answer, QueryFailure>,
    },
    /// A deadline has come.
    Timer,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Connect to a source's streams; what the connection says carries this number.
    Connect {
        /// Where to.
        source: SourceId,
        /// The connection's number.
        number: u64,
    },
    /// Give a connection up.
    Disconnect {
        /// Whose.
        source: SourceId,
        /// The connection's number.
        number: u64,
    },
    /// Subscribe.
    Subscribe {
        /// Where.
        source: SourceId,
        /// To what.
        streams: Vec<Stream>,
    },
    /// Ask.
    Ask {
        /// The question's name.
        id: QueryId,
        /// Whom.
        source: SourceId,
        /// What.
        query: Query,
    },
    /// Market data in order, each once.
    Deliver(Delivery),
    /// Something an operator may want to know.
    Report(Report),
}

/// Market data and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The source.
    pub source: SourceId,
    /// It was asked for; the stream had left it out.
    pub filled: bool,
    /// What.
    pub item: Item,
}

/// Market data.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A closed bar; follows the one before it.
    Bar {
        /// Whose.
        symbol: Symbol,
        /// Its length.
        timeframe: Timeframe,
        /// The bar.
        bar: Bar,
    },
    /// Best bid and ask.
    Quote(Quote),
    /// A trade; follows the one before it.
    Trade(PublicTrade),
    /// The book changed; [`Feed::book`](super::Feed::book) has it.
    Book {
        /// Whose.
        symbol: Symbol,
        /// Number of the last change in it.
        last_id: u64,
    },
}

/// Why no position may be opened on a symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum NoEntry {
    /// No source has been good yet.
    NoSource,
    /// The source in use is not connected, or a stream has not been heard since.
    NotFresh {
        /// Which.
        source: SourceId,
    },
    /// The distance of the source's clock is not known yet.
    ClockUnknown,
    /// The source's clock is too far from ours.
    Skewed {
        /// Theirs minus ours, nanoseconds.
        offset_nanos: i64,
        /// Largest distance allowed, nanoseconds.
        max_nanos: i64,
    },
    /// Other sources contradict the one in use.
    Outlying,
    /// Something lacks and is being asked for.
    Filling {
        /// Where.
        stream: String,
    },
    /// Fewer closed bars than a scan needs.
    WarmingUp {
        /// Of which length.
        timeframe: Timeframe,
        /// Bars there are.
        have: u64,
        /// Bars needed.
        want: u32,
    },
    /// The last bar closed too long ago.
    BarOld {
        /// Of which length.
        timeframe: Timeframe,
        /// How long ago it closed, nanoseconds.
        age_nanos: i64,
        /// How long ago at most, nanoseconds.
        max_nanos: i64,
    },
    /// The last quote came too long ago, or none came.
    QuoteOld {
        /// How long ago; `None` if none came, nanoseconds.
        age_nanos: Option<i64>,
        /// How long ago at most, nanoseconds.
        max_nanos: i64,
    },
    /// The quality of the source is too low.
    Quality {
        /// Its score.
        score: f64,
        /// Wanted at least.
        min: f64,
    },
    /// Too much of what the source sends cannot be read.
    ParseRate {
        /// The share that can be read.
        rate: f64,
        /// Wanted at least.
        min: f64,
    },
    /// A bar lacks that came on another timeframe longer ago than is allowed.
    OutOfStep,
    /// Bars of a longer timeframe are not what the shorter ones add up to.
    Contradicted {
        /// The longer timeframe.
        timeframe: Timeframe,
    },
}

impl NoEntry {
    /// Returns the stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSource => "NO_SOURCE",
            Self::NotFresh { .. } => "SOURCE_NOT_FRESH",
            Self::ClockUnknown => "CLOCK_UNKNOWN",
            Self::Skewed { .. } => "CLOCK_SKEWED",
            Self::Outlying => "SOURCE_OUTLYING",
            Self::Filling { .. } => "FILLING",
            Self::WarmingUp { .. } => "WARMING_UP",
            Self::BarOld { .. } => "BAR_OLD",
            Self::QuoteOld { .. } => "QUOTE_OLD",
            Self::Quality { .. } => "QUALITY_LOW",
            Self::ParseRate { .. } => "PARSE_RATE_LOW",
            Self::OutOfStep => "OUT_OF_STEP",
            Self::Contradicted { .. } => "CONTRADICTED",
        }
    }
}

/// What an operator may want to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A connection ended or could not be made.
    Closed {
        /// Whose.
        source: SourceId,
        /// In words.
        why: String,
        /// When the next try is made.
        retry_at: TsNanos,
    },
    /// A stream was silent for too long; its connection is made anew.
    Stale {
        /// Whose.
        source: SourceId,
        /// Which.
        stream: Stream,
        /// For how long, nanoseconds.
        silent_nanos: i64,
    },
    /// A venue would not subscribe.
    Refused {
        /// Whose.
        source: SourceId,
        /// To what.
        stream: Stream,
        /// The venue's words.
        why: String,
    },
    /// The first of a run of messages that cannot be used.
    Unusable {
        /// Whose.
        source: SourceId,
        /// Where, if that could be told.
        stream: Option<Stream>,
        /// What is wrong.
        why: String,
    },
    /// A symbol is taken from another source.
    SourceChanged {
        /// Which.
        symbol: Symbol,
        /// From where; `None` at the start.
        from: Option<SourceId>,
        /// Where to.
        to: SourceId,
    },
    /// A stream left something out.
    Gap {
        /// Whose.
        source: SourceId,
        /// Which.
        stream: Stream,
        /// How many.
        missing: u64,
    },
    /// All that lacked is there.
    Filled {
        /// Where from.
        source: SourceId,
        /// Which.
        stream: Stream,
        /// How many were asked for.
        brought: u64,
    },
    /// The source has nothing where something should be; its place was passed over, nothing was put there.
    Hole {
        /// Whose.
        source: SourceId,
        /// Which.
        stream: Stream,
        /// How many.
        missing: u64,
    },
    /// A question was not answered; it is asked again.
    Unanswered {
        /// Whose.
        source: SourceId,
        /// What was asked.
        query: String,
        /// Why.
        why: QueryFailure,
    },
    /// A book begins anew.
    Resync {
        /// Whose.
        source: SourceId,
        /// Which.
        symbol: Symbol,
        /// In words.
        why: &'static str,
    },
    /// A source's clock went past the distance allowed, or came back.
    Skew {
        /// Whose.
        source: SourceId,
        /// Theirs minus ours, nanoseconds.
        offset_nanos: i64,
        /// It is past it now.
        past: bool,
    },
    /// Bars that closed at one moment came too far apart, or one still lacks.
    OutOfStep {
        /// Whose.
        symbol: Symbol,
        /// The timeframe that came late or lacks.
        timeframe: Timeframe,
        /// How far behind the first, nanoseconds.
        spread_nanos: i64,
    },
    /// A price far from the one before it.
    Outlier {
        /// Whose.
        source: SourceId,
        /// Which.
        stream: Stream,
    },
    /// The first of a run of quotes whose bid is not below the ask.
    Crossed {
        /// Whose.
        source: SourceId,
        /// Which.
        symbol: Symbol,
    },
    /// Other sources contradict a source.
    Outlying {
        /// Whose.
        source: SourceId,
        /// Which.
        symbol: Symbol,
    },
    /// A bar that is not what shorter ones add up to, or that differs from what the stream had said before.
    Contradiction {
        /// Whose.
        source: SourceId,
        /// Which.
        stream: Stream,
        /// What was delivered.
        bar: Bar,
        /// What contradicts it.
        other: Bar,
    },
    /// What keeps positions from being opened on a symbol changed; empty: nothing does.
    Entries {
        /// Which.
        symbol: Symbol,
        /// All reasons.
        reasons: Vec<NoEntry>,
    },
}

impl Report {
    /// Returns whether it is an incident (class: data) rather than a note.
    #[must_use]
    pub const fn is_incident(&self) -> bool {
        match self {
            Self::Stale { .. }
            | Self::Refused { .. }
            | Self::Hole { .. }
            | Self::Skew { past: true, .. }
            | Self::OutOfStep { .. }
            | Self::Outlying { .. }
            | Self::Contradiction { .. } => true,
            Self::Closed { .. }
            | Self::Unusable { .. }
            | Self::SourceChanged { .. }
            | Self::Gap { .. }
            | Self::Filled { .. }
            | Self::Unanswered { .. }
            | Self::Resync { .. }
            | Self::Skew { past: false, .. }
            | Self::Outlier { .. }
            | Self::Crossed { .. }
            | Self::Entries { .. } => false,
        }
    }
}
