//! Errors of questions: [`VenueError`]. What may change something has an [`Outcome`](crate::Outcome) instead.

use types::feed::QueryFailure;
use types::limits::{LimitKind, Throttle};

use crate::outcome::{NotSent, Rejection};

/// A message that could not be read. It is counted and reported, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It has not the form that the venue documents.
    #[error("{what} cannot be read: {why}, seen `{sample}`")]
    Form {
        /// What was expected.
        what: &'static str,
        /// What is wrong with it.
        why: String,
        /// How it begins.
        sample: String,
    },
    /// A word that the venue does not document.
    #[error("{field} is `{raw}`, wanted one of {wanted}")]
    UnknownWord {
        /// Where it stands.
        field: &'static str,
        /// The word.
        raw: String,
        /// The words that are documented.
        wanted: &'static str,
    },
    /// A value that is outside of what numbers here hold, or contradicts another one.
    #[error("{field}: {why}")]
    Value {
        /// Where it stands.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Too much was asked of a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the venue wants fewer requests: {}", self.in_words())]
pub struct Throttled(pub Throttle);

impl Throttled {
    /// Says what to stay away from, and how long.
    fn in_words(self) -> String {
        let what = match self.0.kind {
            None => "it bars our address",
            Some(LimitKind::Weight) => "weight used up",
            Some(LimitKind::Orders) => "order count used up",
            Some(LimitKind::RawRequests) => "request count used up",
        };
        match self.0.retry_after_nanos {
            Some(nanos) => format!("{what}, wait {} s", nanos / 1_000_000_000),
            None => format!("{what}, it does not say how long"),
        }
    }
}

/// A question that was not answered.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// It did not leave.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The venue said no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The venue wants fewer requests.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// No answer, a broken connection, or an error inside the venue: asking again is harmless.
    #[error("no answer: {0}")]
    Unanswered(String),
    /// There is an answer that cannot be read.
    #[error(transparent)]
    Unreadable(#[from] DecodeError),
}

impl VenueError {
    /// Returns the words in which a question's failure enters the hub.
    #[must_use]
    pub fn to_failure(&self) -> QueryFailure {
        match self {
            Self::Rejected(_) | Self::NotSent(NotSent::Refused(_)) => {
                QueryFailure::Rejected(self.to_string())
            }
            Self::Unreadable(_) => QueryFailure::Malformed(self.to_string()),
            Self::NotSent(NotSent::NoConnection { .. })
            | Self::Throttled(_)
            | Self::Unanswered(_) => QueryFailure::Unavailable(self.to_string()),
        }
    }
}
