//! [`Outcome`]: what became of a request that may change something at a venue.

use std::time::Duration;

use crate::error::{DecodeError, Throttled};

/// What became of a request that may change something at a venue.
///
/// It is no `Result`: there is no `?` that could carry an unknown outcome past the place that must
/// look it up. Whoever places an order matches all five.
#[must_use = "an order whose outcome is dropped is an order nobody knows about"]
#[derive(Debug)]
pub enum Outcome<T> {
    /// The venue did it and said so.
    Done(T),
    /// The venue said no: nothing changed.
    Rejected(Rejection),
    /// The venue did not look at it, because too much was asked of it: nothing changed.
    Throttled(Throttled),
    /// It did not leave, or nothing of it did: nothing changed.
    NotSent(NotSent),
    /// It left, and it may or may not have been done. Look it up; do not send it again.
    Unknown(UnknownOutcome),
}

impl<T> Outcome<T> {
    /// Returns whether the venue's state is as it was before the request.
    #[must_use]
    pub const fn changed_nothing(&self) -> bool {
        match self {
            Self::Rejected(_) | Self::Throttled(_) | Self::NotSent(_) => true,
            Self::Done(_) | Self::Unknown(_) => false,
        }
    }

    /// Returns the outcome with another answer in it.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(with(value)),
            Self::Rejected(rejection) => Outcome::Rejected(rejection),
            Self::Throttled(throttled) => Outcome::Throttled(throttled),
            Self::NotSent(why) => Outcome::NotSent(why),
            Self::Unknown(why) => Outcome::Unknown(why),
        }
    }
}

/// A venue's "no", with its own code and words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rejected by the venue with code {code}: {message}")]
pub struct Rejection {
    /// The venue's code.
    pub code: i64,
    /// Its words.
    pub message: String,
    /// What it means, where a caller acts on it.
    pub kind: RejectKind,
}

/// What a rejection means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RejectKind {
    /// Not enough to pay with.
    InsufficientBalance,
    /// A filter of the symbol or the venue, by the venue's name. The cached rules may be old: refresh them.
    Filter(String),
    /// The client order id belongs to an open order: the order may have been accepted before.
    DuplicateClientOrderId,
    /// There is no such order, or it is no longer open.
    UnknownOrder,
    /// A post-only order would have traded at once.
    WouldTrade,
    /// The trigger is on the wrong side of the price.
    WouldTrigger,
    /// The symbol does not trade now, or no longer.
    MarketClosed,
    /// The symbol does not exist.
    UnknownSymbol,
    /// The timestamp was outside of what the venue accepts: the clock is off, or the request was late.
    Timestamp,
    /// The key, its signature, its rights or the address it came from.
    Credentials,
    /// Something else.
    Other,
}

/// Why a request did not leave.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// A rule of ours said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No connection came about, so not one byte was sent.
    #[error("no connection to {host}: {why}")]
    NoConnection {
        /// The other side.
        host: String,
        /// What the system said.
        why: String,
    },
}

/// Why we send nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The venue has no such order.
    #[error("{what} cannot be sent to {venue}: {why}")]
    NotOffered {
        /// What was asked for.
        what: String,
        /// The venue.
        venue: &'static str,
        /// What it lacks, and what there is instead.
        why: &'static str,
    },
    /// A value that the venue's format does not hold.
    #[error("{what} is {seen}, wanted {wanted}")]
    Value {
        /// Which value.
        what: &'static str,
        /// What it is.
        seen: String,
        /// What would do.
        wanted: String,
    },
    /// There is no key to sign with.
    #[error("no key for {venue}: market data needs none, everything else does")]
    NoKey {
        /// The venue.
        venue: &'static str,
    },
}

/// Why nobody knows what became of a request.
#[derive(Debug, thiserror::Error)]
pub enum UnknownOutcome {
    /// No answer in time.
    #[error("no answer from {host} within {waited:?}")]
    TimedOut {
        /// The other side.
        host: String,
        /// How long we waited.
        waited: Duration,
    },
    /// The connection broke after the request, or a part of it, had left.
    #[error("the connection to {host} broke before the answer: {why}")]
    ConnectionLost {
        /// The other side.
        host: String,
        /// What the system said.
        why: String,
    },
    /// The venue itself does not know, or its servers failed on the way.
    #[error("the venue answered with status {status}, code {code:?}: {message}")]
    VenueUnsure {
        /// HTTP status.
        status: u16,
        /// The venue's code, if it sent one.
        code: Option<i64>,
        /// Its words.
        message: String,
    },
    /// There is an answer that cannot be read.
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[from] DecodeError),
}
