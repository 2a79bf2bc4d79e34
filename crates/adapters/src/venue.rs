//! [`Venue`]: one exchange, as the rest of Plimsoll sees it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use types::feed::{Answer, Query, Stream};
use types::ids::Symbol;
use types::limits::{Limit, Used};
use types::market::TsNanos;
use types::venue::{
    Account, ListReport, Listing, NewOrder, OrderKey, OrderList, OrderReport, VenueFill,
    VenueOrderId,
};

use crate::capabilities::Capabilities;
use crate::error::VenueError;
use crate::feed::{MarketFeed, UserFeed};
use crate::outcome::{Outcome, Refused, Rejection};
use crate::rights::KeyRights;

/// Whose money moves. Every status shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Real money.
    Live,
    /// The venue's own test network.
    Testnet,
    /// The simulated exchange.
    Simulated,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Live => "LIVE",
            Self::Testnet => "TESTNET",
            Self::Simulated => "SIMULATED",
        })
    }
}

/// What is shown of a connection to a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueStatus {
    /// What people call the venue.
    pub venue: &'static str,
    /// Whose money moves.
    pub environment: Environment,
    /// Where requests go, without path or query.
    pub endpoint: String,
    /// Whether there is a key, so that more than market data can be asked for.
    pub has_key: bool,
}

impl fmt::Display for VenueStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.has_key { "with key" } else { "market data only" };
        write!(f, "{} {} at {}, {key}", self.environment, self.venue, self.endpoint)
    }
}

/// The moment a signed request carries, and how long it stays good after it.
///
/// It is an argument because of the order of things in a hand-over (design: "Two hand-overs"): whoever
/// holds the pen takes the moment first, then checks the seal, and only then lets the adapter sign with
/// that moment and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    timestamp: TsNanos,
    recv_window: Duration,
}

impl Stamp {
    /// Returns a stamp of the venue's time.
    ///
    /// # Errors
    /// [`Refused::Value`] if the window is empty or longer than the venue takes.
    pub fn new(
        timestamp: TsNanos,
        recv_window: Duration,
        capabilities: &Capabilities,
    ) -> Result<Self, Refused> {
        let max = capabilities.recv_window.max;
        if recv_window < Duration::from_millis(1) || recv_window > max {
            return Err(Refused::Value {
                what: "recv_window",
                seen: format!("{recv_window:?}"),
                wanted: format!("1ms to {max:?}"),
            });
        }
        Ok(Self { timestamp, recv_window })
    }

    /// Returns the moment, by the venue's clock.
    #[must_use]
    pub const fn timestamp(self) -> TsNanos {
        self.timestamp
    }

    /// Returns how long the request stays good.
    #[must_use]
    pub const fn recv_window(self) -> Duration {
        self.recv_window
    }
}

/// From where on fills are read, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FillsFrom {
    /// From that trade on.
    Trade(u64),
    /// From that moment on.
    Time(TsNanos),
    /// All of one order.
    Order(VenueOrderId),
}

/// What became of one half of a cancel-replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Half<T> {
    /// It was done.
    Done(T),
    /// The venue said no.
    Rejected(Rejection),
    /// It was not tried, because the other half failed.
    NotTried,
}

/// What became of a cancel-replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The order that was to go.
    pub cancelled: Half<Box<OrderReport>>,
    /// The order that was to come.
    pub placed: Half<Box<OrderReport>>,
}

/// One exchange.
///
/// Object-safe, because which venue it is stands in the configuration; the box around each future is
/// nothing beside a round trip. Nothing here retries, reconnects, waits for a limit or reads a clock:
/// all of that is the caller's, who knows what else is going on.
///
/// Questions return `Result`. What may change something returns [`Outcome`], which says whether the
/// outcome is known.
#[async_trait]
pub trait Venue: Send + Sync {
    /// Returns what the venue declares about itself.
    fn capabilities(&self) -> &Capabilities;

    /// Returns what is shown of this connection.
    fn status(&self) -> VenueStatus;

    /// Returns the venue's own counts from its last answers.
    fn usage(&self) -> Vec<Used>;

    /// Forgets every connection that is kept for requests: the next one makes its own. What is under way goes on.
    fn reset(&self);

    /// Answers a question about market data. It needs no key.
    async fn ask(&self, query: &Query) -> Result<Answer, VenueError>;

    /// Returns the rules of symbols, of all if none are named, and the venue's limits.
    async fn listings(&self, symbols: &[Symbol]) -> Result<Listings, VenueError>;

    /// Opens one connection with market data; it ends with the feed, or by itself.
    async fn stream(&self, streams: &[Stream]) -> Result<MarketFeed, VenueError>;

    /// Places an order, once.
    async fn place(&self, order: &NewOrder, stamp: Stamp) -> Outcome<OrderReport>;

    /// Places a list of orders, once.
    async fn place_list(&self, list: &OrderList, stamp: Stamp) -> Outcome<ListReport>;

    /// Cancels an order.
    async fn cancel(&self, symbol: &Symbol, order: &OrderKey, stamp: Stamp)
    -> Outcome<OrderReport>;

    /// Cancels a list, named as we named it.
    async fn cancel_list(
        &self,
        symbol: &Symbol,
        client_list_id: &str,
        stamp: Stamp,
    ) -> Outcome<ListReport>;

    /// Cancels an order and places another of the same symbol, which is not tried if the first
    /// cannot be cancelled.
    async fn cancel_replace(
        &self,
        old: &OrderKey,
        new: &NewOrder,
        stamp: Stamp,
    ) -> Outcome<Replaced>;

    /// Looks an order up; `None` if the venue knows none of that name, which proves something only
    /// after [`Certainty::after`](crate::capabilities::Certainty::after).
    async fn look_up(
        &self,
        symbol: &Symbol,
        order: &OrderKey,
        stamp: Stamp,
    ) -> Result<Option<OrderReport>, VenueError>;

    /// Looks a list up by our name of it.
    async fn look_up_list(
        &self,
        client_list_id: &str,
        stamp: Stamp,
    ) -> Result<Option<ListReport>, VenueError>;

    /// Returns open orders, ours and foreign ones, of all symbols if none is named.
    async fn open_orders(
        &self,
        symbol: Option<&Symbol>,
        stamp: Stamp,
    ) -> Result<Vec<OrderReport>, VenueError>;

    /// Returns fills, oldest first, at most 1,000.
    async fn fills(
        &self,
        symbol: &Symbol,
        from: &FillsFrom,
        stamp: Stamp,
    ) -> Result<Vec<VenueFill>, VenueError>;

    /// Returns balances, fees and whether the account may trade.
    async fn account(&self, stamp: Stamp) -> Result<Account, VenueError>;

    /// Returns how much of the order limits is used.
    async fn order_usage(&self, stamp: Stamp) -> Result<Vec<Used>, VenueError>;

    /// Returns what the key may do.
    async fn key_rights(&self, stamp: Stamp) -> Result<KeyRights, VenueError>;

    /// Opens a connection with messages about the account.
    async fn user_stream(&self, stamp: Stamp) -> Result<UserFeed, VenueError>;
}

/// What a venue lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Listings {
    /// Symbols that can be used here.
    pub listings: Vec<Listing>,
    /// Symbols that cannot, with the reason: a tick or lot finer than 1e-8, a name of other characters.
    pub unusable: Vec<(String, String)>,
    /// The venue's limits.
    pub limits: Vec<Limit>,
}
