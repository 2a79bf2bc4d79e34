//! [`MarketFeed`] and [`UserFeed`]: one connection each, as a bounded queue of what it said.
//!
//! A feed never reconnects: when to, with which gap to fill first, is the feed session's decision in
//! `hub`. Dropping a feed closes its connection.

use tokio::sync::mpsc;
use types::feed::LinkEvent;
use types::venue::UserEvent;

use crate::error::DecodeError;

/// Most messages that wait for their reader. A reader that is slower than its venue makes the
/// connection stall, and the venue ends it: nothing is dropped silently.
pub(crate) const QUEUE_MAX: usize = 4_096;

/// What a connection with messages about the account said.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountEvent {
    /// The venue confirmed the subscription: from here on nothing is missed until `Closed`.
    Subscribed,
    /// A message. The same again, or an older one after a newer, happens.
    User(UserEvent),
    /// Bytes that could not be read. Something happened that nobody knows: reconcile.
    Malformed(DecodeError),
    /// The connection ended. What happens until the next one is to be asked for.
    Closed {
        /// In words.
        why: String,
    },
}

/// A connection with market data.
#[derive(Debug)]
pub struct MarketFeed {
    events: mpsc::Receiver<LinkEvent>,
}

impl MarketFeed {
    /// Returns a feed that reads from a queue; the adapter's task holds the other end.
    #[must_use]
    pub const fn new(events: mpsc::Receiver<LinkEvent>) -> Self {
        Self { events }
    }

    /// Returns the next event; `None` after the connection has ended and said why.
    pub async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }
}

/// A connection with messages about the account.
#[derive(Debug)]
pub struct UserFeed {
    events: mpsc::Receiver<AccountEvent>,
}

impl UserFeed {
    /// Returns a feed that reads from a queue; the adapter's task holds the other end.
    #[must_use]
    pub const fn new(events: mpsc::Receiver<AccountEvent>) -> Self {
        Self { events }
    }

    /// Returns the next event; `None` after the connection has ended and said why.
    pub async fn next(&mut self) -> Option<AccountEvent> {
        self.events.recv().await
    }
}
