//! An order as the venue holds it.

use types::ids::OrderId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::filters::limit_of;

/// How an order trades now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    /// Sleeps until the price falls to the level.
    AwaitsFall(Price),
    /// Sleeps until the price rises to the level.
    AwaitsRise(Price),
    /// Trades at whatever price there is.
    Market,
    /// Has just arrived with a worst price: takes, or rests, or expires.
    Arriving(Price),
    /// Rests at a price.
    Resting(Price),
}

/// An open order.
#[derive(Clone, Debug)]
pub(super) struct Working {
    pub(super) id: OrderId,
    pub(super) request: OrderRequest,
    /// What can still trade.
    pub(super) left: Qty,
    /// Quote currency set aside for it.
    pub(super) locked: Money,
    /// Its partner in an order list: when one trades or triggers, the other expires.
    pub(super) partner: Option<OrderId>,
    /// The partner that has ended; said with the next report of this order, so that nobody sees a
    /// stop go before the fill that made it needless.
    pub(super) departed: Option<OrderId>,
    /// Whether its trigger was touched.
    triggered: bool,
    /// Whether it stands in the book.
    pub(super) resting: bool,
    /// Whether it came to rest on the present bar: then no open has jumped over it.
    pub(super) fresh: bool,
    /// The price it would have traded at without latency; it never gets a better one.
    pub(super) undelayed: Option<Price>,
    /// Trades at this price instead of the market's: `GapFill::Trigger`.
    pub(super) forced: Option<Price>,
    /// Sleeps until the next bar: `stop_on_entry_bar` = false.
    pub(super) next_bar: bool,
}

impl Working {
    /// Returns an order that has just been accepted.
    pub(super) fn new(id: OrderId, request: OrderRequest, locked: Money) -> Self {
        let resting = matches!(request.kind, OrderKind::LimitMaker { .. });
        Self {
            id,
            request,
            left: request.qty,
            locked,
            partner: None,
            departed: None,
            triggered: false,
            resting,
            fresh: false,
            undelayed: None,
            forced: None,
            next_bar: false,
        }
    }

    /// Returns how it trades now.
    pub(super) fn stance(&self) -> Stance {
        match self.request.kind {
            OrderKind::Market => Stance::Market,
            OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } if self.triggered => {
                Stance::Market
            }
            OrderKind::StopMarket { trigger } => self.losing(trigger),
            OrderKind::TakeProfit { trigger } => self.winning(trigger),
            OrderKind::StopLimit { trigger, .. } if !self.triggered => self.losing(trigger),
            OrderKind::Limit { price }
            | OrderKind::LimitMaker { price }
            | OrderKind::StopLimit { price, .. } => {
                if self.resting {
                    Stance::Resting(price)
                } else {
                    Stance::Arriving(price)
                }
            }
        }
    }

    fn losing(&self, trigger: Price) -> Stance {
        match self.request.side {
            Side::Buy => Stance::AwaitsRise(trigger),
            Side::Sell => Stance::AwaitsFall(trigger),
        }
    }

    fn winning(&self, trigger: Price) -> Stance {
        match self.request.side {
            Side::Buy => Stance::AwaitsFall(trigger),
            Side::Sell => Stance::AwaitsRise(trigger),
        }
    }

    /// Lets it stand in the book from this point of the bar on.
    pub(super) fn rest(&mut self) {
        (self.resting, self.fresh) = (true, true);
    }

    /// Begins a bar.
    pub(super) fn wake(&mut self) {
        (self.next_bar, self.fresh, self.forced) = (false, false, None);
    }

    /// Marks its trigger as touched.
    pub(super) fn trigger(&mut self) {
        self.triggered = true;
    }

    /// Returns whether it protects: a stop that was not touched.
    pub(super) fn is_stop(&self) -> bool {
        matches!(self.request.kind, OrderKind::StopMarket { .. } | OrderKind::StopLimit { .. })
    }

    /// Returns the worst price it takes.
    pub(super) fn bound(&self) -> Option<Price> {
        limit_of(self.request.kind)
    }

    /// Returns whether what does not trade at once expires.
    pub(super) fn is_immediate(&self) -> bool {
        match self.request.tif {
            TimeInForce::Ioc | TimeInForce::Fok => true,
            TimeInForce::Gtc | TimeInForce::Gtd(_) => false,
        }
    }

    /// Returns whether its time was over before `now`.
    pub(super) fn is_void(&self, now: TsNanos) -> bool {
        match self.request.tif {
            TimeInForce::Gtd(until) => now > until,
            TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => false,
        }
    }

    /// Returns whether nothing within a bar's range can concern it.
    pub(super) fn sleeps_through(&self, low: Price, high: Price, tick: Price) -> bool {
        match self.stance() {
            Stance::AwaitsFall(level) => low > level,
            Stance::AwaitsRise(level) => high < level,
            Stance::Market | Stance::Arriving(_) => false,
            Stance::Resting(price) => match self.request.side {
                Side::Buy => low > price - tick,
                Side::Sell => high < price + tick,
            },
        }
    }

    /// Takes a fill off what is left and off what is set aside.
    pub(super) fn take(&mut self, qty: Qty) {
        let left = self.left - qty;
        self.locked = self.locked.portion(left, self.left);
        self.left = left;
    }
}
