//! [`Capabilities`]: what a venue declares about itself. Callers act on this, never on a venue's name.

use std::time::Duration;

use types::instrument::Market;
use types::limits::{Cost, Limit};
use types::market::TsNanos;
use types::order::TimeInForce;
use types::venue::{NewOrder, OrderKindName};

use crate::outcome::Refused;
use crate::venue::Stamp;

/// A time in force without its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TifName {
    /// Until cancelled.
    Gtc,
    /// What does not trade on arrival expires.
    Ioc,
    /// Trades whole on arrival or expires whole.
    Fok,
    /// Until a moment.
    Gtd,
}

impl TifName {
    /// Returns the name of a time in force.
    #[must_use]
    pub const fn of(tif: TimeInForce) -> Self {
        match tif {
            TimeInForce::Gtc => Self::Gtc,
            TimeInForce::Ioc => Self::Ioc,
            TimeInForce::Fok => Self::Fok,
            TimeInForce::Gtd(_) => Self::Gtd,
        }
    }
}

/// One row of the table that maps our orders to the venue's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Our kind.
    pub kind: OrderKindName,
    /// The venue's word for it.
    pub sent_as: &'static str,
    /// The times in force it can have.
    pub tifs: &'static [TifName],
}

/// What can be done to a working order without losing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amend {
    /// Nothing: cancel, then place.
    None,
    /// Cancel and place in one request; the new order queues again.
    CancelReplace,
    /// Price and quantity.
    Full,
}

/// Lists of orders that a venue takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListKind {
    /// One cancels the other.
    Oco,
    /// One triggers the other.
    Oto,
    /// One triggers a pair of which one cancels the other.
    Otoco,
}

/// How long a client order id names one order. What a caller may do after an unknown outcome hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// While its order is open: the same id is accepted again once it has ended, and a repeated
    /// request may execute twice.
    OpenOnly,
    /// As long as the session.
    Session,
    /// That long after it was used.
    Window(Duration),
    /// For ever: a repeated request is rejected, or answered as the first.
    Forever,
    /// Never: the venue takes no ids, so nothing may be repeated at all.
    None,
}

impl Uniqueness {
    /// Returns whether the same request, sent again within `age` of the first, can never become a
    /// second order.
    #[must_use]
    pub fn makes_repeating_safe(self, age: Duration) -> bool {
        match self {
            Self::OpenOnly | Self::Session | Self::None => false,
            Self::Window(window) => age < window,
            Self::Forever => true,
        }
    }
}

/// What a client order id may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIdRules {
    /// Most characters.
    pub len_max: usize,
    /// Characters beside A-Z, a-z and 0-9.
    pub also_allowed: &'static str,
    /// How long it names one order.
    pub unique: Uniqueness,
}

impl ClientIdRules {
    /// Checks an id.
    ///
    /// # Errors
    /// [`Refused::Value`] if it is too long, empty or holds other characters.
    pub fn check(&self, id: &str) -> Result<(), Refused> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || self.also_allowed.contains(c);
        if id.is_empty() || id.len() > self.len_max || !id.chars().all(allowed) {
            return Err(Refused::Value {
                what: "client order id",
                seen: format!("`{id}`"),
                wanted: format!(
                    "1 to {} characters of A-Z, a-z, 0-9 or `{}`",
                    self.len_max, self.also_allowed
                ),
            });
        }
        Ok(())
    }
}

/// How long a signed request stays good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvWindow {
    /// What we use.
    pub default: Duration,
    /// The longest the venue takes.
    pub max: Duration,
    /// How far ahead of the venue's clock a timestamp may be.
    pub ahead_max: Duration,
}

/// When a request whose outcome is unknown can no longer take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certainty {
    /// What the venue may still take after the window of the request has closed.
    pub engine: Duration,
    /// How late a look-up may see what the engine did.
    pub visibility: Duration,
}

impl Certainty {
    /// Returns the venue's time from which a look-up that finds nothing proves that nothing was
    /// accepted.
    #[must_use]
    pub fn after(&self, stamp: Stamp) -> TsNanos {
        let wait = stamp.recv_window() + self.engine + self.visibility;
        stamp.timestamp().plus(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// Whether orders die with the connection, or with our silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadManSwitch {
    /// They stay. Only stops that rest at the venue protect.
    None,
    /// They are cancelled when no sign of life came for that long.
    Timer {
        /// Shortest time.
        min: Duration,
        /// Longest time.
        max: Duration,
    },
    /// They are cancelled when the connection is lost.
    OnDisconnect,
}

/// A request, for what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    /// The venue's clock.
    Time,
    /// All symbols with their rules.
    Listings,
    /// Bars of one symbol.
    Bars,
    /// The book of one symbol, so many levels deep.
    Depth(u16),
    /// Past trades of one symbol.
    Trades,
    /// An order.
    Place,
    /// A list of so many orders.
    PlaceList(u32),
    /// A cancellation.
    Cancel,
    /// A cancellation and an order in one.
    CancelReplace,
    /// One order.
    LookUp,
    /// One list.
    LookUpList,
    /// Open orders of one symbol.
    OpenOrders,
    /// Open orders of all symbols.
    AllOpenOrders,
    /// Our fills of one symbol.
    Fills,
    /// The account with its balances.
    Account,
    /// How much of the order limits is used.
    OrderUsage,
    /// What the key may do.
    KeyRights,
    /// A stream of messages about the account.
    UserStream,
}

/// What a venue can do, and what may be expected of it.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// What people call it. Shown, and never compared.
    pub venue: &'static str,
    /// Spot or perpetual.
    pub market: Market,
    /// The orders it takes: ours, its word, the times in force. What is not here is refused.
    pub orders: &'static [OrderRow],
    /// Whether it keeps the promise of a reduce-only order by itself.
    pub reduce_only: bool,
    /// What can be done to a working order.
    pub amend: Amend,
    /// The lists it takes.
    pub lists: &'static [ListKind],
    /// Whether orders outlive us.
    pub dead_man_switch: DeadManSwitch,
    /// What client order ids may look like, and how long they name one order.
    pub client_ids: ClientIdRules,
    /// How long a signed request stays good.
    pub recv_window: RecvWindow,
    /// When an unknown outcome becomes certain.
    pub certainty: Certainty,
    /// Least distance of a trigger from the last price, in ticks; 0: only the side is checked.
    pub stop_distance_ticks_min: u32,
    /// Its limits, until its own list of them has been read.
    pub limits: Vec<Limit>,
    /// What a request takes from the limits.
    pub cost: fn(RequestKind) -> Cost,
    /// Most streams on one connection.
    pub streams_per_connection: usize,
    /// How long a connection lives at most.
    pub connection_life: Duration,
    /// How long its rules of symbols may be used before they are read again.
    pub listings_life: Duration,
}

impl Capabilities {
    /// Returns the row of an order's kind.
    #[must_use]
    pub fn row(&self, kind: OrderKindName) -> Option<&'static OrderRow> {
        self.orders.iter().find(|row| row.kind == kind)
    }

    /// Checks that an order can be expressed at this venue, whatever the symbol allows.
    ///
    /// # Errors
    /// [`Refused`], which names what is not offered and what there is instead.
    pub fn check(&self, order: &NewOrder) -> Result<&'static OrderRow, Refused> {
        let refuse = |what: String, why| Refused::NotOffered { what, venue: self.venue, why };
        let kind = OrderKindName::of(order.kind);
        let row = self.row(kind).ok_or_else(|| {
            refuse(format!("a {} order", kind.name()), "it does not take this kind of order")
        })?;
        let tif = TifName::of(order.tif);
        if !row.tifs.contains(&tif) {
            let what = format!("a {} order {:?}", kind.name(), order.tif);
            return Err(refuse(what, tif_refusal(tif)));
        }
        if order.reduce_only && !self.reduce_only && order.side == types::side::Side::Buy {
            return Err(refuse(
                "a reduce-only buy".to_owned(),
                "a spot account holds no short that a buy could reduce",
            ));
        }
        if !order.qty.is_positive() {
            return Err(Refused::Value {
                what: "quantity",
                seen: order.qty.to_string(),
                wanted: "above 0".to_owned(),
            });
        }
        self.client_ids.check(order.client_order_id.as_str())?;
        Ok(row)
    }
}

/// Says what to do instead of a time in force that is not offered for a kind.
const fn tif_refusal(tif: TifName) -> &'static str {
    match tif {
        TifName::Gtd => {
            "it has no orders until a moment: send it until cancelled, and cancel it then"
        }
        TifName::Gtc => "this kind ends on arrival: send it immediate-or-cancel",
        TifName::Ioc | TifName::Fok => "this kind rests: send it until cancelled",
    }
}
