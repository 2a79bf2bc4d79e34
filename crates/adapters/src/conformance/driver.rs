//! [`Driver`]: sends each order once and finds out what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use types::feed::{Answer, Query};
use types::ids::{ClientOrderId, JournalId, Leg, OrderId, Seq, Symbol};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{ListReport, NewOrder, OrderKey, OrderList, OrderReport};

use super::{OtherSide, Verdict};
use crate::clock::{ClockOffset, ClockSample};
use crate::error::{Throttled, VenueError};
use crate::outcome::{Outcome, RejectKind, Rejection};
use crate::venue::{Half, Replaced, Stamp, Venue};

/// Between two look-ups.
const PAUSE: Duration = Duration::from_millis(40);

/// Look-ups that are tried before a run gives up: a minute.
const LOOK_UPS_MAX: u32 = 1_500;

/// Window of signed requests: that of a simulated exchange.
const WINDOW: Duration = Duration::from_secs(1);

/// What is known of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belief {
    /// It left, and nobody knows; its exposure is reserved.
    Unknown,
    /// The venue accepted it.
    Accepted(Box<OrderReport>),
    /// It was never accepted, for this reason.
    Never(String),
}

/// An order that was to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The order; of a list's leg only its name, side, quantity and worst price count.
    pub order: NewOrder,
    /// What is known of it.
    pub belief: Belief,
}

/// Sends orders, each once.
pub struct Driver<'v> {
    pub(super) venue: &'v dyn Venue,
    pub(super) other: &'v dyn OtherSide,
    clock: ClockOffset,
    journal: JournalId,
    commands: u64,
    pub(super) intents: BTreeMap<String, Intent>,
    pub(super) verdict: Verdict,
}

impl<'v> Driver<'v> {
    /// Returns a driver that has sent nothing. `run` makes its names differ from those of other runs.
    #[must_use]
    pub fn new(venue: &'v dyn Venue, other: &'v dyn OtherSide, run: [u8; 16]) -> Self {
        Self {
            venue,
            other,
            clock: ClockOffset::new(1_000_000),
            journal: JournalId(run),
            commands: 0,
            intents: BTreeMap::new(),
            verdict: Verdict::default(),
        }
    }

    /// Notes what is not as it must be.
    pub fn finding(&mut self, text: impl Into<String>) {
        self.verdict.findings.push(text.into());
    }

    /// Returns the venue's time, as far as it is known.
    #[must_use]
    pub fn venue_time(&self) -> TsNanos {
        let now = self.other.now();
        self.clock.skew().map_or(now, |skew| skew.venue_time(now))
    }

    /// Asks the venue's clock until it answers, and starts the measurement anew.
    pub async fn set_clock(&mut self) {
        self.clock = ClockOffset::new(1_000_000);
        for _ in 0..LOOK_UPS_MAX {
            let sent = self.other.now();
            match self.venue.ask(&Query::Time).await {
                Ok(Answer::Time(venue)) => {
                    let received = self.other.now();
                    if let Err(error) = self.clock.on_sample(ClockSample { sent, received, venue })
                    {
                        self.finding(error.to_string());
                    }
                    return;
                }
                Ok(other) => return self.finding(format!("asked the time, was told {other:?}")),
                Err(error) => pause(&error).await,
            }
        }
        self.finding("the venue never told its time");
    }

    /// Returns the moment for a request.
    pub fn stamp(&self) -> Stamp {
        Stamp::new(self.venue_time(), WINDOW, self.venue.capabilities())
            .expect("a second is within every venue's window")
    }

    /// Returns a name that no order had before.
    pub fn name(&mut self) -> ClientOrderId {
        self.commands += 1;
        ClientOrderId::of(
            self.journal,
            "conformance",
            OrderId::first(Seq(self.commands), Leg::Main),
        )
    }

    /// Returns an order with a new name.
    pub fn order(&mut self, symbol: &Symbol, side: Side, kind: OrderKind, qty: Qty) -> NewOrder {
        let tif = match kind {
            OrderKind::Market => TimeInForce::Ioc,
            OrderKind::Limit { .. }
            | OrderKind::StopMarket { .. }
            | OrderKind::StopLimit { .. }
            | OrderKind::TakeProfit { .. }
            | OrderKind::LimitMaker { .. } => TimeInForce::Gtc,
        };
        let client_order_id = self.name();
        let symbol = symbol.clone();
        NewOrder { symbol, client_order_id, side, kind, qty, tif, reduce_only: false }
    }

    /// Returns price x quantity of everything that is or may be open, worst price each.
    #[must_use]
    pub fn reserved(&self) -> Money {
        let open = |intent: &&Intent| match &intent.belief {
            Belief::Unknown => true,
            Belief::Accepted(report) => report.progress.status.is_open(),
            Belief::Never(_) => false,
        };
        self.intents.values().filter(open).map(|intent| notional(&intent.order)).sum()
    }

    /// Places an order and returns what is known of it in the end.
    pub async fn place(&mut self, order: NewOrder) -> Belief {
        let name = self.begin(&order);
        let stamp = self.stamp();
        let belief = match self.venue.place(&order, stamp).await {
            Outcome::Done(report) => Belief::Accepted(Box::new(report)),
            Outcome::Rejected(no) => self.rejected(&order, no, stamp).await,
            Outcome::Throttled(throttled) => {
                wait(throttled).await;
                Belief::Never(throttled.to_string())
            }
            Outcome::NotSent(why) => Belief::Never(why.to_string()),
            Outcome::Unknown(_) => self.resolve(&order, stamp).await,
        };
        self.learn(&name, belief)
    }

    /// Places a list and returns whether the venue accepted it.
    pub async fn place_list(&mut self, list: &OrderList, legs: &[NewOrder]) -> bool {
        let names: Vec<String> = legs.iter().map(|leg| self.begin(leg)).collect();
        let stamp = self.stamp();
        let never = |why: String| Belief::Never(why);
        let outcome = self.venue.place_list(list, stamp).await;
        let beliefs: Vec<Belief> = match outcome {
            Outcome::Done(report) => self.legs_of(&report, legs).await,
            Outcome::Rejected(no) => {
                self.mind_the_clock(&no).await;
                legs.iter().map(|_| never(no.to_string())).collect()
            }
            Outcome::Throttled(throttled) => {
                wait(throttled).await;
                legs.iter().map(|_| never(throttled.to_string())).collect()
            }
            Outcome::NotSent(why) => legs.iter().map(|_| never(why.to_string())).collect(),
            Outcome::Unknown(_) => {
                let mut beliefs = Vec::new();
                for leg in legs {
                    beliefs.push(self.resolve(leg, stamp).await);
                }
                beliefs
            }
        };
        let mut all = true;
        for (name, belief) in names.iter().zip(beliefs) {
            all &= matches!(self.learn(name, belief), Belief::Accepted(_));
        }
        all
    }

    /// Cancels an order; whatever comes of it, the order's state is known afterwards.
    pub async fn cancel(&mut self, order: &NewOrder) {
        let key = OrderKey::from(&order.client_order_id);
        for _ in 0..LOOK_UPS_MAX {
            match self.venue.cancel(&order.symbol, &key, self.stamp()).await {
                Outcome::Done(report) => {
                    self.learn(order.client_order_id.as_str(), Belief::Accepted(Box::new(report)));
                    return;
                }
                Outcome::Rejected(no) if no.kind == RejectKind::UnknownOrder => break,
                Outcome::Rejected(no) => self.mind_the_clock(&no).await,
                Outcome::Throttled(throttled) => wait(throttled).await,
                Outcome::NotSent(_) | Outcome::Unknown(_) => {}
            }
            // A second cancellation of one order is harmless, unlike a second order.
            match self.refresh(order).await {
                Belief::Accepted(report) if report.progress.status.is_open() => {}
                Belief::Accepted(_) | Belief::Never(_) | Belief::Unknown => return,
            }
        }
        self.refresh(order).await;
    }

    /// Cancels a list by its name; the states of its orders are known afterwards.
    pub async fn cancel_list(&mut self, list: &OrderList, legs: &[NewOrder]) {
        let outcome = self
            .venue
            .cancel_list(list.symbol(), list.client_list_id().as_str(), self.stamp())
            .await;
        let done = match outcome {
            Outcome::Done(_) => true,
            Outcome::Rejected(no) => {
                self.mind_the_clock(&no).await;
                false
            }
            Outcome::Throttled(throttled) => {
                wait(throttled).await;
                false
            }
            Outcome::NotSent(_) | Outcome::Unknown(_) => false,
        };
        for leg in legs {
            if done {
                self.refresh(leg).await
            } else {
                self.cancel_if_open(leg).await
            };
        }
    }

    async fn cancel_if_open(&mut self, order: &NewOrder) -> Belief {
        if let Belief::Accepted(report) = self.refresh(order).await
            && report.progress.status.is_open()
        {
            self.cancel(order).await;
        }
        self.intents[order.client_order_id.as_str()].belief.clone()
    }

    /// Replaces an order by another; both are known afterwards.
    pub async fn replace(&mut self, old: &NewOrder, new: NewOrder) -> Belief {
        let name = self.begin(&new);
        let stamp = self.stamp();
        let key = OrderKey::from(&old.client_order_id);
        let belief = match self.venue.cancel_replace(&key, &new, stamp).await {
            Outcome::Done(Replaced { cancelled, placed }) => {
                if let Half::Done(report) = cancelled {
                    self.learn(old.client_order_id.as_str(), Belief::Accepted(report));
                }
                match placed {
                    Half::Done(report) => Belief::Accepted(report),
                    Half::Rejected(no) => self.rejected(&new, no, stamp).await,
                    Half::NotTried => Belief::Never("the other could not be cancelled".to_owned()),
                }
            }
            Outcome::Rejected(no) => self.rejected(&new, no, stamp).await,
            Outcome::Throttled(throttled) => {
                wait(throttled).await;
                Belief::Never(throttled.to_string())
            }
            Outcome::NotSent(why) => Belief::Never(why.to_string()),
            Outcome::Unknown(_) => self.resolve(&new, stamp).await,
        };
        self.refresh(old).await;
        self.learn(&name, belief)
    }

    /// Asks for an order's state until the venue answers.
    pub async fn refresh(&mut self, order: &NewOrder) -> Belief {
        let name = order.client_order_id.as_str();
        if matches!(self.intents.get(name).map(|intent| &intent.belief), Some(Belief::Never(_))) {
            return self.intents[name].belief.clone();
        }
        let key = OrderKey::from(&order.client_order_id);
        for _ in 0..LOOK_UPS_MAX {
            match self.venue.look_up(&order.symbol, &key, self.stamp()).await {
                Ok(Some(report)) => return self.learn(name, Belief::Accepted(Box::new(report))),
                Ok(None) => {
                    self.finding(format!("{name} was accepted, and the venue knows no such order"));
                    break;
                }
                Err(error) => self.answer_later(&error).await,
            }
        }
        self.intents[name].belief.clone()
    }

    /// Looks an order up until it is found, or until finding nothing is proof.
    async fn resolve(&mut self, order: &NewOrder, stamp: Stamp) -> Belief {
        self.verdict.unknown += 1;
        let certain = self.venue.capabilities().certainty.after(stamp);
        let key = OrderKey::from(&order.client_order_id);
        for _ in 0..LOOK_UPS_MAX {
            if self.reserved() < notional(order) {
                self.finding(format!("{key:?} may be open, and is not reserved"));
            }
            let asked_at = self.venue_time();
            match self.venue.look_up(&order.symbol, &key, self.stamp()).await {
                Ok(Some(report)) => {
                    self.verdict.found += 1;
                    return Belief::Accepted(Box::new(report));
                }
                Ok(None) if asked_at > certain => {
                    self.verdict.absent += 1;
                    return Belief::Never("looked up after it could be accepted".to_owned());
                }
                Ok(None) => tokio::time::sleep(PAUSE).await,
                Err(error) => self.answer_later(&error).await,
            }
        }
        self.finding(format!("{key:?} stayed unknown"));
        Belief::Unknown
    }

    /// Reads a rejection: most mean that nothing happened, one that it happened before.
    async fn rejected(&mut self, order: &NewOrder, no: Rejection, stamp: Stamp) -> Belief {
        self.mind_the_clock(&no).await;
        if no.kind == RejectKind::DuplicateClientOrderId {
            return self.resolve(order, stamp).await;
        }
        Belief::Never(no.to_string())
    }

    /// Measures the clock again when the venue complains of it.
    async fn mind_the_clock(&mut self, no: &Rejection) {
        if no.kind == RejectKind::Timestamp {
            self.set_clock().await;
        }
    }

    /// Waits before a question is asked again.
    async fn answer_later(&mut self, error: &VenueError) {
        if let VenueError::Rejected(no) = error {
            self.mind_the_clock(no).await;
        }
        pause(error).await;
    }

    /// Reads the reports of a list, of those that it did not bring by look-up.
    async fn legs_of(&mut self, report: &ListReport, legs: &[NewOrder]) -> Vec<Belief> {
        let mut beliefs = Vec::new();
        for leg in legs {
            let name = leg.client_order_id.as_str();
            let seen = report.reports.iter().find(|order| order.client_order_id == name).cloned();
            beliefs.push(match seen {
                Some(order) => Belief::Accepted(Box::new(order)),
                None => {
                    self.finding(format!("a list was accepted, and says nothing of {name}"));
                    Belief::Unknown
                }
            });
        }
        beliefs
    }

    /// Notes an order before it is sent. Each name is sent once.
    fn begin(&mut self, order: &NewOrder) -> String {
        let name = order.client_order_id.as_str().to_owned();
        let intent = Intent { order: order.clone(), belief: Belief::Unknown };
        if self.intents.insert(name.clone(), intent).is_some() {
            self.finding(format!("{name} was sent twice"));
        }
        self.verdict.orders += 1;
        name
    }

    /// Notes what is known now.
    fn learn(&mut self, name: &str, belief: Belief) -> Belief {
        let intent = self.intents.get_mut(name).expect("it was noted before it was sent");
        intent.belief = belief.clone();
        belief
    }
}

/// Returns price x quantity at the worst price that an order names.
fn notional(order: &NewOrder) -> Money {
    let price = match order.kind {
        OrderKind::Market => Price::STEP,
        OrderKind::Limit { price }
        | OrderKind::StopLimit { price, .. }
        | OrderKind::LimitMaker { price } => price,
        OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => trigger,
    };
    price.notional(order.qty)
}

/// Stays away for as long as the venue wants, five seconds at most: no test bans longer.
async fn wait(Throttled(throttle): Throttled) {
    let nanos = throttle.retry_after_nanos.unwrap_or(1_000_000_000).clamp(0, 5_000_000_000);
    tokio::time::sleep(Duration::from_nanos(nanos.unsigned_abs())).await;
}

/// Waits before a question that failed is asked again.
async fn pause(error: &VenueError) {
    match error {
        VenueError::Throttled(throttled) => wait(*throttled).await,
        VenueError::NotSent(_)
        | VenueError::Rejected(_)
        | VenueError::Unanswered(_)
        | VenueError::Unreadable(_) => tokio::time::sleep(PAUSE).await,
    }
}
