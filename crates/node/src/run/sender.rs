//! [`Sender`]: the gateway's requests to the venue, one task each, and what became of them.

use std::sync::Arc;
use std::time::Duration;

use adapters::{FillsFrom, Half, NotSent, Outcome, Refused, RejectKind, Stamp, Venue, VenueError};
use hub::gateway::{Answer, LookUp, Named, Outcome as Known, Placing, Request};
use types::feed::SourceId;
use types::ids::{ClientOrderId, JournalId, OrderId, Symbol, SymbolId};
use types::instrument::Instrument;
use types::limits::Throttle;
use types::num::Ratio;
use types::order::{OrderKind, TimeInForce};
use types::venue::{ExitPair, NewOrder, OrderKey, OrderList, OrderReport, StopExit, TargetExit};

use super::account::throttle;
use super::fail::FailPoints;
use super::pen::Fence;
use super::speed::MarketClock;

/// What came of a request: the answer for the gateway, and what the venue said of orders in it.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) answer: Answer,
    pub(crate) reports: Vec<OrderReport>,
    /// Why it was not done, in words.
    pub(crate) why: Option<String>,
    /// The venue wants fewer requests.
    pub(crate) throttle: Option<Throttle>,
}

impl Came {
    fn of(answer: Answer) -> Self {
        Self { answer, reports: Vec::new(), why: None, throttle: None }
    }

    fn failed(answer: Answer, error: &VenueError) -> Self {
        Self { why: Some(error.to_string()), throttle: throttle(error), ..Self::of(answer) }
    }
}

/// Fees of the configuration, which stand in the place of the venue's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fees {
    pub(crate) maker: Option<Ratio>,
    pub(crate) taker: Option<Ratio>,
}

impl Fees {
    /// Puts them into an instrument, as a backtest does.
    pub(crate) fn apply(self, instrument: &mut Instrument) {
        instrument.maker_fee = self.maker.unwrap_or(instrument.maker_fee);
        instrument.taker_fee = self.taker.unwrap_or(instrument.taker_fee);
    }
}

/// What has no answer after so long has left, and nobody knows whether it was done.
const ANSWERED_AT_ONCE: Duration = Duration::from_millis(1);

/// What every request needs.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) venue: Arc<dyn Venue>,
    /// Further sources of market data, in order of preference behind the venue itself.
    pub(crate) others: Arc<[Arc<dyn Venue>]>,
    /// Names by number.
    pub(crate) symbols: Arc<[Symbol]>,
    pub(crate) journal: JournalId,
    /// The account's name in client order ids.
    pub(crate) account: Arc<str>,
    pub(crate) clock: Arc<MarketClock>,
    pub(crate) fence: Fence,
    pub(crate) recv_window: Duration,
    pub(crate) fail: FailPoints,
    /// What trades cost, where the configuration says so and not the account.
    pub(crate) fees: Fees,
}

impl Sender {
    /// Returns where a source of market data is.
    pub(crate) fn source(&self, source: SourceId) -> &Arc<dyn Venue> {
        let place = usize::from(source.0).checked_sub(1);
        place.and_then(|place| self.others.get(place)).unwrap_or(&self.venue)
    }

    /// Forgets every connection that is kept for requests.
    pub(crate) fn reset(&self) {
        [&self.venue].into_iter().chain(&*self.others).for_each(|venue| venue.reset());
    }

    /// Carries a request out, once.
    pub(crate) async fn send(&self, request: &Request) -> Came {
        let stamp = match self.stamp() {
            Ok(stamp) => stamp,
            Err(why) => return unsent(request, why),
        };
        self.fail.pass("before_send");
        let mut asked = std::pin::pin!(self.ask(request, stamp));
        let came = match tokio::time::timeout(ANSWERED_AT_ONCE, &mut asked).await {
            Ok(came) => came,
            Err(_) => {
                // It is on its way, or done, and we do not know it.
                self.fail.pass("after_send");
                asked.await
            }
        };
        self.fail.pass("after_answer");
        came
    }

    async fn ask(&self, request: &Request, stamp: Stamp) -> Came {
        match request {
            Request::Place(place) => self.place(request, place, stamp).await,
            Request::Cancel(named) => self.cancel(named, stamp).await,
            Request::Replace { cancel, place } => self.replace(request, cancel, place, stamp).await,
            Request::LookUp(named) => self.look_up(named, stamp).await,
            Request::Fills(named) => self.fills(named, stamp).await,
        }
    }

    /// Takes the moment first, then looks whether the term is still ours: what is signed with it reaches the venue before
    /// a successor's first request, or not at all.
    ///
    /// # Errors
    /// In words, if nothing may be sent.
    pub(crate) fn stamp(&self) -> Result<Stamp, String> {
        let stamp = Stamp::new(self.clock.now(), self.recv_window, self.venue.capabilities());
        let stamp = stamp.map_err(|refused| refused.to_string())?;
        if self.fence.holds() {
            Ok(stamp)
        } else {
            Err("another process writes this journal now".to_owned())
        }
    }

    async fn place(&self, request: &Request, place: &[Placing], stamp: Stamp) -> Came {
        match place {
            [one] => match self.order(one) {
                Ok(order) => changed(self.venue.place(&order, stamp).await, |report| vec![report]),
                Err(why) => unsent(request, why),
            },
            [one, other] => match self.list(one, other) {
                Ok(list) => changed(self.venue.place_list(&list, stamp).await, |list| list.reports),
                Err(why) => unsent(request, why),
            },
            _ => unsent(request, format!("{} orders in one request", place.len())),
        }
    }

    async fn cancel(&self, named: &Named, stamp: Stamp) -> Came {
        let Ok(symbol) = self.symbol(named.symbol) else {
            return Came::of(Answer::Done(Known::NotSent));
        };
        let key = OrderKey::from(&named.client_id);
        changed(self.venue.cancel(symbol, &key, stamp).await, |report| vec![report])
    }

    async fn replace(
        &self,
        request: &Request,
        cancel: &Named,
        place: &[Placing],
        stamp: Stamp,
    ) -> Came {
        let new = match place {
            [one] => self.order(one),
            _ => Err("the venue replaces single orders alone".to_owned()),
        };
        let new = match new {
            Ok(new) => new,
            Err(why) => return unsent(request, why),
        };
        let old = OrderKey::from(&cancel.client_id);
        match self.venue.cancel_replace(&old, &new, stamp).await {
            Outcome::Done(replaced) => {
                let (ended, first) = half(replaced.cancelled);
                let (begun, second) = half(replaced.placed);
                let answer = Answer::Replaced { cancel: ended, place: begun };
                Came { reports: first.into_iter().chain(second).collect(), ..Came::of(answer) }
            }
            other @ (Outcome::Rejected(_)
            | Outcome::Throttled(_)
            | Outcome::NotSent(_)
            | Outcome::Unknown(_)) => changed(other, |_| Vec::new()),
        }
    }

    async fn look_up(&self, named: &Named, stamp: Stamp) -> Came {
        let Ok(symbol) = self.symbol(named.symbol) else {
            return Came::of(Answer::LookUp(LookUp::Failed));
        };
        let found = self.venue.look_up(symbol, &OrderKey::from(&named.client_id), stamp).await;
        match found {
            Ok(Some(report)) => Came::of(Answer::LookUp(LookUp::Found(Box::new(report)))),
            Ok(None) => Came::of(Answer::LookUp(LookUp::NotFound)),
            Err(error) => Came::failed(Answer::LookUp(LookUp::Failed), &error),
        }
    }

    async fn fills(&self, named: &Named, stamp: Stamp) -> Came {
        let failed = |why: String| Came { why: Some(why), ..Came::of(Answer::Fills(None)) };
        let symbol = match self.symbol(named.symbol) {
            Ok(symbol) => symbol,
            Err(why) => return failed(why),
        };
        // Fills are asked for by the venue's name of an order.
        let key = OrderKey::from(&named.client_id);
        let order = match self.venue.look_up(symbol, &key, stamp).await {
            Ok(Some(report)) => report.venue_order_id,
            Ok(None) => return failed("the venue does not know the order".to_owned()),
            Err(error) => return Came::failed(Answer::Fills(None), &error),
        };
        let stamp = match self.stamp() {
            Ok(stamp) => stamp,
            Err(why) => return failed(why),
        };
        match self.venue.fills(symbol, &FillsFrom::Order(order), stamp).await {
            Ok(fills) => Came::of(Answer::Fills(Some(fills))),
            Err(error) => Came::failed(Answer::Fills(None), &error),
        }
    }

    fn symbol(&self, symbol: SymbolId) -> Result<&Symbol, String> {
        self.symbols.get(symbol.index()).ok_or_else(|| format!("no symbol has number {}", symbol.0))
    }

    fn order(&self, placing: &Placing) -> Result<NewOrder, String> {
        let request = placing.request();
        Ok(NewOrder {
            symbol: self.symbol(request.symbol)?.clone(),
            client_order_id: placing.named().client_id,
            side: request.side,
            kind: request.kind,
            qty: request.qty,
            tif: match request.kind {
                // It ends on arrival, whatever the command says; venues want it said so.
                OrderKind::Market => TimeInForce::Ioc,
                OrderKind::Limit { .. }
                | OrderKind::StopMarket { .. }
                | OrderKind::StopLimit { .. }
                | OrderKind::TakeProfit { .. }
                | OrderKind::LimitMaker { .. } => request.tif,
            },
            reduce_only: request.reduce_only,
        })
    }

    /// A stop and a target, in either order, as one list.
    fn list(&self, one: &Placing, other: &Placing) -> Result<OrderList, String> {
        let (stop, target) = if exit_stop(one).is_some() { (one, other) } else { (other, one) };
        let both = exit_stop(stop).zip(exit_target(target));
        let (stop_exit, target_exit) =
            both.ok_or("a list wants a stop and a target that rests at a price")?;
        let (request, also) = (stop.request(), target.request());
        if (request.side, request.qty, request.symbol) != (also.side, also.qty, also.symbol) {
            return Err("stop and target of a list differ in side, quantity or symbol".to_owned());
        }
        // A name like that of an order which is never placed: attempts are counted from the other end.
        let order = stop.named().order;
        let name = OrderId { attempt: u8::MAX - order.attempt, ..order };
        Ok(OrderList::Oco {
            symbol: self.symbol(request.symbol)?.clone(),
            client_list_id: ClientOrderId::of(self.journal, &self.account, name),
            exits: ExitPair {
                side: request.side,
                qty: request.qty,
                target: target_exit,
                stop: stop_exit,
            },
        })
    }
}

fn exit_stop(placing: &Placing) -> Option<StopExit> {
    let client_order_id = placing.named().client_id;
    match placing.request().kind {
        OrderKind::StopMarket { trigger } => {
            Some(StopExit { client_order_id, trigger, limit: None })
        }
        OrderKind::StopLimit { trigger, price } => {
            Some(StopExit { client_order_id, trigger, limit: Some(price) })
        }
        OrderKind::Market
        | OrderKind::Limit { .. }
        | OrderKind::TakeProfit { .. }
        | OrderKind::LimitMaker { .. } => None,
    }
}

fn exit_target(placing: &Placing) -> Option<TargetExit> {
    let client_order_id = placing.named().client_id;
    match placing.request().kind {
        OrderKind::Limit { price } | OrderKind::LimitMaker { price } => {
            Some(TargetExit { client_order_id, price })
        }
        OrderKind::Market
        | OrderKind::StopMarket { .. }
        | OrderKind::StopLimit { .. }
        | OrderKind::TakeProfit { .. } => None,
    }
}

/// Nothing left: said in the shape of the request.
fn unsent(request: &Request, why: impl Into<String>) -> Came {
    let answer = match request {
        Request::Place(_) | Request::Cancel(_) => Answer::Done(Known::NotSent),
        Request::Replace { .. } => {
            Answer::Replaced { cancel: Known::NotSent, place: Known::NotSent }
        }
        Request::LookUp(_) => Answer::LookUp(LookUp::Failed),
        Request::Fills(_) => Answer::Fills(None),
    };
    Came { why: Some(why.into()), ..Came::of(answer) }
}

/// All five outcomes of something that may change the account. What is unknown stays unknown.
fn changed<T>(outcome: Outcome<T>, reports: impl FnOnce(T) -> Vec<OrderReport>) -> Came {
    let came = |known, why: String| Came { why: Some(why), ..Came::of(Answer::Done(known)) };
    match outcome {
        Outcome::Done(value) => {
            Came { reports: reports(value), ..Came::of(Answer::Done(Known::Accepted)) }
        }
        Outcome::Rejected(no) => {
            let why = no.to_string();
            match no.kind {
                // An order of that name may be the first copy of this one.
                RejectKind::DuplicateClientOrderId => came(Known::Unknown, why),
                // The venue did not look at it.
                RejectKind::Timestamp => came(Known::NotSent, why),
                RejectKind::InsufficientBalance
                | RejectKind::Filter(_)
                | RejectKind::UnknownOrder
                | RejectKind::WouldTrade
                | RejectKind::WouldTrigger
                | RejectKind::MarketClosed
                | RejectKind::UnknownSymbol
                | RejectKind::Credentials
                | RejectKind::Other => came(Known::Rejected(why.clone()), why),
            }
        }
        Outcome::Throttled(throttled) => {
            Came { throttle: Some(throttled.0), ..came(Known::NotSent, throttled.to_string()) }
        }
        Outcome::NotSent(NotSent::Refused(
            refused @ (Refused::NotOffered { .. } | Refused::Value { .. } | Refused::NoKey { .. }),
        )) => came(Known::Rejected(refused.to_string()), refused.to_string()),
        Outcome::NotSent(why @ NotSent::NoConnection { .. }) => {
            came(Known::NotSent, why.to_string())
        }
        Outcome::Unknown(why) => came(Known::Unknown, why.to_string()),
    }
}

fn half(half: Half<Box<OrderReport>>) -> (Known, Option<OrderReport>) {
    match half {
        Half::Done(report) => (Known::Accepted, Some(*report)),
        Half::Rejected(no) => (Known::Rejected(no.to_string()), None),
        Half::NotTried => (Known::NotSent, None),
    }
}
