//! What goes into the gateway and what comes out of it.

use types::entry::{Body, Entry, Report, Source};
use types::ids::{ClientOrderId, OrderId, Seq, SymbolId};
use types::num::Price;
use types::order::OrderRequest;
use types::venue::{Listing, OrderReport, VenueFill};

use super::limits::Approved;

/// What the gateway is told.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// An entry of the journal: one that was asked for with [`Output::Append`], or another's.
    Entry(&'a Entry),
    /// Everything up to this place is on disk.
    Durable(Seq),
    /// The next place of the journal holds an entry of its own, which says nothing to the gateway.
    Skipped(Seq),
    /// Whether nothing may be opened on a symbol for want of good market data or of a venue that answers.
    Block {
        /// Which.
        symbol: SymbolId,
        /// Whether.
        on: bool,
    },
    /// The journal cannot be written any more.
    JournalFailed,
    /// Whether the journal's disk has no room. Nothing is opened while it has none.
    JournalFull {
        /// Whether.
        on: bool,
    },
    /// The entries so far were of an earlier life: what was under way then is in doubt now.
    Restored {
        /// For so long nothing has been sent since that life had ended, nanoseconds.
        quiet: i64,
    },
    /// The answer to a request.
    Answer(Ticket, Answer),
    /// What the venue says of an order, by itself or in an answer.
    Order(&'a OrderReport),
    /// The venue does not list an open order of ours: ask for it by its name.
    Missing(OrderId),
    /// What a venue in this process says.
    Report(Report),
    /// The best prices.
    Quote {
        /// Whose.
        symbol: SymbolId,
        /// Best price of a buyer.
        bid: Price,
        /// Best price of a seller.
        ask: Price,
    },
    /// What the venue trades under a symbol.
    Listing {
        /// Whose.
        symbol: SymbolId,
        /// The rules; `None`: the venue does not list it any more.
        listing: Option<&'a Listing>,
    },
    /// Nothing but time.
    Wake,
}

/// Number of a request, unique in one life of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of a request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The venue did it.
    Accepted,
    /// The venue said no, in its words.
    Rejected(String),
    /// It may have been done: no answer, a broken connection, an error that leaves it open.
    Unknown,
    /// Nothing left for the venue, or the venue says that it did not look at it (a rate limit).
    NotSent,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a placement or a cancellation.
    Done(Outcome),
    /// To a replacement: both halves.
    Replaced {
        /// The cancellation.
        cancel: Outcome,
        /// The placement; not sent where the cancellation failed.
        place: Outcome,
    },
    /// To a look-up.
    LookUp(LookUp),
    /// To a question for fills; `None` where they could not be had.
    Fills(Option<Vec<VenueFill>>),
}

impl Answer {
    /// Returns whether the venue said no, to what may have been a placement.
    #[must_use]
    pub const fn is_placing_rejected(&self) -> bool {
        match self {
            Self::Done(outcome) | Self::Replaced { place: outcome, .. } => {
                matches!(outcome, Outcome::Rejected(_))
            }
            Self::LookUp(_) | Self::Fills(_) => false,
        }
    }
}

/// What a look-up gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The venue knows the order.
    Found(Box<OrderReport>),
    /// The venue says that it does not know it.
    NotFound,
    /// The venue could not be asked. This says nothing about the order.
    Failed,
}

/// What the gateway wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append this as entry `seq` and hand it back with [`Input::Entry`] before anything else.
    Append {
        /// The place it must get.
        seq: Seq,
        /// Who it comes from.
        source: Source,
        /// What it says.
        body: Body,
    },
    /// Send this to the venue. Its command is on disk.
    Send {
        /// Number for the answer.
        ticket: Ticket,
        /// What to send.
        request: Request,
    },
}

/// A request to a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Place one order, or a stop and a target of which one can trade.
    Place(Vec<Placing>),
    /// Cancel an order, and with it the other one of its list.
    Cancel(Named),
    /// Cancel an order (with its list) and, only if that succeeds, place what takes its stead.
    Replace {
        /// What ends.
        cancel: Named,
        /// What begins.
        place: Vec<Placing>,
    },
    /// Ask what became of an order.
    LookUp(Named),
    /// Ask for the fills of an order.
    Fills(Named),
}

/// An order of ours by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Our identity of it.
    pub order: OrderId,
    /// The name the venue knows.
    pub client_id: ClientOrderId,
    /// What it trades.
    pub symbol: SymbolId,
}

/// An order to be placed. Only the gateway can make one: it was approved, and its command is an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    pub(super) named: Named,
    pub(super) approved: Approved,
}

impl Placing {
    /// Returns its names.
    #[must_use]
    pub const fn named(&self) -> &Named {
        &self.named
    }

    /// Returns what is to be placed.
    #[must_use]
    pub const fn request(&self) -> &OrderRequest {
        self.approved.request()
    }
}
