//! What goes into the hub and what comes out: [`Input`], [`Output`], and their parts.

use types::bar::Bar;
use types::entry::{Entry, Part, Report};
use types::feed::{LinkEvent, Query, QueryFailure, SourceId, Stream};
use types::ids::{Seq, SymbolId};
use types::limits::{Limit, Throttle, Used};
use types::market::TsNanos;
use types::venue::{Account, Listing, OrderReport, UserEvent};

use super::event::Event;
use super::operator::{OperatorRequest, Reply, ReplyTicket};
use super::status::Component;
use crate::budget::{Class, Ticket};
use crate::gateway;

/// What the hub is told. All times are the venue's market time.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A connection of market data said something.
    Link {
        /// Whose.
        source: SourceId,
        /// The number its `Connect` came with.
        number: u64,
        /// What.
        event: LinkEvent,
    },
    /// The stream of the account's own events stands; what it missed is reconciled. Told again after each reconnect.
    UserStreamUp,
    /// The stream of the account's own events is gone; the runtime makes it anew.
    UserStreamDown {
        /// In words.
        why: String,
    },
    /// Something on the stream of the account's own events.
    User(UserEvent),
    /// An exchange in this process says something next, and this is when it happened.
    Walking(TsNanos),
    /// An exchange in this process has told all that happened until then.
    Walked(TsNanos),
    /// What a venue in this process says of an order, or of a liquidation.
    Report(Report),
    /// A call was answered, or will not be. Of an order: hand on what its answer says about the order with
    /// [`Input::Order`] first.
    Answered {
        /// Which.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
        /// The venue's own counts, if it told them.
        used: Vec<Used>,
        /// The venue said "stop".
        throttle: Option<Throttle>,
    },
    /// What an answer of the venue says of an order.
    Order(Box<OrderReport>),
    /// Every entry up to this place is on disk (or, with the journal dead, in the emergency record).
    Durable(Seq),
    /// The disk being full, every entry up to this place that the journal has no room for is on disk in the emergency
    /// record; the journal takes it later, in the same place.
    Kept(Seq),
    /// The journal cannot be written any more.
    JournalFailed {
        /// In words.
        why: String,
    },
    /// The journal wrote an entry of its own in the next place.
    Skipped(Seq),
    /// An operator wants something.
    Operator {
        /// For the replies.
        ticket: ReplyTicket,
        /// Who.
        name: String,
        /// What.
        request: OperatorRequest,
    },
    /// A component of the system was checked by the runtime.
    Health {
        /// Which.
        component: Component,
        /// `None`: it works; else in words what does not.
        trouble: Option<String>,
        /// How long the check took, nanoseconds of wall time.
        latency_nanos: i64,
    },
    /// A part of the runtime has stopped by itself: its task or thread is over. The hub says when it is to be made anew.
    Ended {
        /// Which.
        part: Part,
        /// In words.
        why: String,
    },
    /// A part that was made anew runs.
    Runs {
        /// Which.
        part: Part,
    },
    /// A component was started anew as often as may be, and is down (spec: "Errors, recovery, watchdog", class system).
    GivenUp {
        /// Which.
        component: Component,
        /// In words.
        why: String,
    },
    /// How many inputs wait.
    QueueDepth(usize),
    /// The journal's disk is full: nothing that is appended is on disk until there is room.
    JournalFull {
        /// Bytes that wait to be written; `None`: there is room again.
        waiting: Option<u64>,
    },
    /// Little room is left on the disk.
    DiskLow {
        /// Bytes that are left; `None`: there are enough again.
        free_bytes: Option<u64>,
        /// Bytes that are wanted.
        wanted_bytes: u64,
    },
    /// What an earlier life did without the journal stands in it now.
    EmergencyAdopted {
        /// How many entries.
        entries: u64,
    },
    /// The machine's clock was set, or jumped: the venue's is measured anew.
    ClockJumped {
        /// By how much, nanoseconds of wall time; forward is above 0.
        by_nanos: i64,
    },
    /// A release was rolled back in an emergency: nothing is entered until a person has looked.
    RolledBack,
    /// A new configuration cannot be followed; the old one is in force. Over with the next one that is taken.
    ConfigRefused {
        /// In words.
        why: String,
    },
    /// A new configuration is taken, or the one in force was read again.
    ConfigTaken,
    /// Nothing but time.
    Wake,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append this entry to the journal; it is folded already. Many may share a commit.
    Append(Entry),
    /// Write this entry to the emergency record, the journal being dead; say [`Input::Durable`] once it is on disk.
    Emergency(Entry),
    /// Ask or tell the venue; what must be durable before is.
    Call {
        /// For the answer.
        ticket: Ticket,
        /// What it is for.
        class: Class,
        /// What.
        call: Call,
    },
    /// A connection of market data.
    Link(LinkCommand),
    /// An exchange in this process may trade along these bars: no other will come that closes until then. Say
    /// [`Input::Walking`] before each word of it and [`Input::Walked`] at the end; let it say a word when [`Hub::is_at_rest`].
    ///
    /// [`Hub::is_at_rest`]: super::Hub::is_at_rest
    Walk {
        /// When they close.
        until: TsNanos,
        /// One of each symbol that has one.
        bars: Vec<(SymbolId, Bar)>,
    },
    /// An answer to an operator; several may come, the last is final.
    Reply {
        /// To what.
        ticket: ReplyTicket,
        /// The answer.
        reply: Reply,
    },
    /// Make a part of the runtime anew: let go of what there is of it and begin it again. What the part rests on comes before it.
    Restart {
        /// Which. Of the venue it is the connections that requests go over.
        part: Part,
        /// After so long, nanoseconds of wall time.
        wait_nanos: i64,
    },
    /// Something that people may want to know.
    Tell(Event),
    /// The system has ended, and nothing more comes: in order, if nothing is [`undone`](super::Hub::undone).
    Stopped,
}

/// One call of the venue's request interface.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// About orders of ours.
    Order(gateway::Request),
    /// About the account or the venue.
    Account(AccountQuestion),
    /// Market data.
    Market {
        /// Whom.
        source: SourceId,
        /// What.
        query: Query,
    },
}

/// The answer to a [`Call`], of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Call::Order`].
    Order(gateway::Answer),
    /// To [`Call::Account`].
    Account(AccountAnswer),
    /// To [`Call::Market`].
    Market {
        /// When the question was really sent, market time.
        sent: TsNanos,
        /// The answer.
        result: Result<types::feed::Answer, QueryFailure>,
    },
}

/// A question that changes nothing and needs a key, or is about the venue as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountQuestion {
    /// Balances and fees.
    Account,
    /// Every open order of the account.
    OpenOrders,
    /// The rules of the configured symbols, and the venue's limits.
    Listings,
}

/// The answer to an [`AccountQuestion`].
#[derive(Clone, Debug, PartialEq)]
pub enum AccountAnswer {
    /// Balances and fees.
    Account(Account),
    /// Every open order of the account.
    OpenOrders(Vec<OrderReport>),
    /// The rules of the symbols the venue lists (one that is missing is not listed), and the venue's limits.
    Listings {
        /// By symbol.
        listings: Vec<Listing>,
        /// What the venue lets us ask in a time.
        limits: Vec<Limit>,
    },
    /// It could not be had, in words.
    Failed(String),
    /// The venue refuses our key, in its words.
    KeyRefused(String),
}

/// What is to be done with a connection of market data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkCommand {
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
}
