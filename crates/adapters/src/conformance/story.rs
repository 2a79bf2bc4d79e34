//! [`run`]: the story that is told through every venue.

use std::time::Duration;

use types::feed::{Answer, Channel, LinkEvent, Query, Stream};
use types::ids::Symbol;
use types::num::{Price, Qty, Ratio};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{
    ExitPair, Listing, ListingStatus, NewOrder, OrderList, StopExit, TargetExit, WorkingOrder,
};

use super::watch::Watch;
use super::{Belief, Driver, OtherSide, StreamPromise, Verdict};
use crate::capabilities::ListKind;
use crate::venue::Venue;

/// Whether each step must end as a healthy venue ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Each step must.
    Health,
    /// Steps may fail; both histories must agree all the same.
    Trouble,
}

/// How a run is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What each step owes.
    pub expect: Expect,
    /// What the user data stream owes.
    pub stream: StreamPromise,
    /// How often the middle of the story is told, so that faults find something to strike.
    pub rounds: u32,
    /// How long to wait between two rounds, so that faults find their time.
    pub pause: Duration,
    /// Makes the names of this run's orders differ from those of others.
    pub run: [u8; 16],
}

/// Longest wait for something that a healthy venue does at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells the story and compares both histories.
pub async fn run(venue: &dyn Venue, other: &dyn OtherSide, plan: Plan) -> Verdict {
    let mut story = Story {
        driver: Driver::new(venue, other, plan.run),
        symbol: other.symbol(),
        strict: plan.expect == Expect::Health,
    };
    story.driver.set_clock().await;
    let mut watch = None;
    if plan.stream != StreamPromise::Unwatched {
        watch = story.user_stream().await;
        if story.strict {
            story.streams().await;
        }
    }
    if story.strict {
        story.bars().await;
    }
    if let Some(listing) = story.listing().await {
        for _ in 0..plan.rounds {
            story.round(&listing).await;
            tokio::time::sleep(plan.pause).await;
        }
        if story.strict {
            story.rejections(&listing).await;
        }
    }
    // Reports that a fault holds back are to arrive before the stream is judged.
    tokio::time::sleep(Duration::from_millis(if story.strict { 300 } else { 1_500 })).await;
    let mut driver = story.driver;
    let watched = match watch {
        Some(watch) => watch.finish(&mut driver).await,
        None => Default::default(),
    };
    driver.settle(&watched, plan.stream).await;
    driver.verdict
}

/// The story so far.
struct Story<'v> {
    driver: Driver<'v>,
    symbol: Symbol,
    strict: bool,
}

/// Prices around the market, on the tick.
struct Prices {
    /// Below every bid, and inside the band.
    low: Price,
    /// A little above `low`.
    lower_middle: Price,
    /// Above every ask, and inside the band.
    high: Price,
    bid: Price,
    ask: Price,
}

impl Story<'_> {
    /// Notes a step that did not end as it must.
    fn step(&mut self, holds: bool, what: &str) {
        if self.strict && !holds {
            self.driver.finding(format!("{what} failed"));
        }
    }

    /// Opens the user data stream; under faults it is tried a few times.
    async fn user_stream(&mut self) -> Option<Watch> {
        for _ in 0..50 {
            match self.driver.venue.user_stream(self.driver.stamp()).await {
                Ok(feed) => return Some(Watch::start(feed)),
                Err(error) if self.strict => {
                    self.driver.finding(format!("user stream: {error}"));
                    return None;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        self.driver.finding("the user stream never opened");
        None
    }

    /// Every stream subscribes, and those that speak by themselves speak.
    async fn streams(&mut self) {
        let channels = [
            Channel::Quotes,
            Channel::Depth,
            Channel::DepthTop,
            Channel::Trades,
            Channel::AggTrades,
        ];
        let streams = channels.map(|channel| Stream::new(self.symbol.clone(), channel));
        let mut feed = match self.driver.venue.stream(&streams).await {
            Ok(feed) => feed,
            Err(error) => return self.driver.finding(format!("streams: {error}")),
        };
        let (mut subscribed, mut spoke) = (0, Vec::new());
        let listen = async {
            while let Some(event) = feed.next().await {
                match event {
                    LinkEvent::Subscribed(_) => subscribed += 1,
                    LinkEvent::Market(event) => spoke.push(event.stream().channel),
                    LinkEvent::Malformed { why, .. }
                    | LinkEvent::Refused { why, .. }
                    | LinkEvent::Closed { why } => return Some(why),
                    LinkEvent::Connected => {}
                }
                let both = [Channel::Quotes, Channel::DepthTop];
                if subscribed == channels.len() && both.iter().all(|one| spoke.contains(one)) {
                    return None;
                }
            }
            Some("the feed ended".to_owned())
        };
        match tokio::time::timeout(PATIENCE, listen).await {
            Ok(None) => {}
            Ok(Some(why)) => self.driver.finding(format!("streams: {why}")),
            Err(_) => {
                let spoken = format!("{subscribed} subscribed, heard {spoke:?}");
                self.driver.finding(format!("streams were silent: {spoken}"));
            }
        }
    }

    /// Bars of the last hour come in order, each as a bar must be.
    async fn bars(&mut self) {
        let now = self.driver.venue_time();
        let bars = Query::Bars {
            symbol: self.symbol.clone(),
            timeframe: types::market::Timeframe::M1,
            from: now.plus(-3_600_000_000_000),
            until: now,
            limit: 100,
        };
        match self.driver.venue.ask(&bars).await {
            Ok(Answer::Bars(bars)) => {
                let ordered = bars.windows(2).all(|two| two[0].open_time < two[1].open_time);
                self.step(ordered && bars.iter().all(|bar| bar.check().is_ok()), "bars");
            }
            other => self.driver.finding(format!("bars: {other:?}")),
        }
    }

    /// Reads the rules of the symbol.
    async fn listing(&mut self) -> Option<Listing> {
        let mut last = String::new();
        for _ in 0..100 {
            match self.driver.venue.listings(std::slice::from_ref(&self.symbol)).await {
                Ok(found) => match found.listings.into_iter().next() {
                    Some(listing) => return Some(listing),
                    None => last = format!("not usable: {:?}", found.unusable),
                },
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.driver.finding(format!("the rules of {}: {last}", self.symbol));
        None
    }

    /// Returns prices around the market.
    async fn prices(&mut self, listing: &Listing) -> Option<Prices> {
        let tick = listing.instrument.tick;
        for _ in 0..100 {
            let query = Query::Depth { symbol: self.symbol.clone(), limit: 5 };
            if let Ok(Answer::Depth(book)) = self.driver.venue.ask(&query).await
                && let (Some(bid), Some(ask)) = (book.bids.first(), book.asks.first())
            {
                let of = |price: Price, percent: i64| {
                    price.scaled_down(Ratio::from_bps(percent * 100)).floor_to(tick)
                };
                return Some(Prices {
                    low: of(bid.price, 90),
                    lower_middle: of(bid.price, 93),
                    high: of(ask.price, 110),
                    bid: bid.price,
                    ask: ask.price,
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // A halted or delisted symbol has no book; then there is nothing to tell.
        self.step(false, "finding bids and asks");
        None
    }

    /// Returns a quantity that every filter lets pass at the lowest price used.
    fn qty(listing: &Listing, low: Price) -> Qty {
        let instrument = &listing.instrument;
        let lot = instrument.lot.max(listing.market_lot.map_or(Qty::ZERO, |rule| rule.step));
        let floor = instrument.min_notional.per(Qty::ONE).unwrap_or(Price::ZERO);
        let enough = types::num::Money::of_qty(Qty::from_raw(floor.raw()));
        // Three times the least: half of it can be sold again.
        let least =
            Qty::from_raw((enough + enough + enough).qty_at(low).raw()).max(instrument.min_qty);
        let third = Qty::from_raw(least.raw().max(lot.raw() * 4));
        third.ceil_to(Qty::from_raw(lot.raw() * 2))
    }

    /// The middle of the story: every kind of order, every way to end one.
    async fn round(&mut self, listing: &Listing) {
        if listing.status != ListingStatus::Trading {
            return;
        }
        let Some(prices) = self.prices(listing).await else { return };
        let qty = Self::qty(listing, prices.low);
        let half = Qty::from_raw(qty.raw() / 2).floor_to(listing.instrument.lot);

        let resting = self.order(Side::Buy, OrderKind::Limit { price: prices.low }, qty);
        let rests = self.place(resting.clone()).await;
        self.step(is_open(&rests), "an order that rests");
        let maker = self.order(Side::Buy, OrderKind::LimitMaker { price: prices.low }, qty);
        let rests = self.place(maker.clone()).await;
        self.step(is_open(&rests), "a post-only order that rests");

        let mut buy = self.order(Side::Buy, OrderKind::Limit { price: prices.ask }, qty);
        // Enough to be met, whatever the best ask has moved to.
        buy.kind = OrderKind::Limit {
            price: prices.ask.scaled_up(Ratio::from_bps(10_200)).ceil_to(listing.instrument.tick),
        };
        buy.tif = TimeInForce::Ioc;
        let bought = self.place(buy).await;
        self.step(filled(&bought).is_positive(), "an order that takes");
        let sale = self.order(Side::Sell, OrderKind::Market, half);
        let sold = self.place(sale).await;
        self.step(filled(&sold).is_positive(), "a market order");

        self.triggers(&prices, half).await;
        self.lists(listing, &prices, half, qty).await;

        let next = self.order(Side::Buy, OrderKind::Limit { price: prices.lower_middle }, qty);
        let replaced = self.driver.replace(&resting, next.clone()).await;
        self.step(is_open(&replaced), "a cancel-replace");
        self.driver.cancel(&next).await;
        self.driver.cancel(&maker).await;
        let ended = self.driver.refresh(&maker).await;
        self.step(!is_open(&ended), "a cancellation");
    }

    /// Orders with a trigger.
    async fn triggers(&mut self, prices: &Prices, qty: Qty) {
        let stop = OrderKind::StopMarket { trigger: prices.low };
        let limit = OrderKind::StopLimit { trigger: prices.lower_middle, price: prices.low };
        let profit = OrderKind::TakeProfit { trigger: prices.high };
        for (kind, what) in [(stop, "a stop"), (limit, "a stop-limit"), (profit, "a take-profit")] {
            let order = self.order(Side::Sell, kind, qty);
            let rests = self.place(order.clone()).await;
            self.step(is_open(&rests), what);
            self.driver.cancel(&order).await;
        }
    }

    /// Lists, as far as the venue takes them.
    async fn lists(&mut self, listing: &Listing, prices: &Prices, half: Qty, qty: Qty) {
        let takes = self.driver.venue.capabilities().lists;
        if takes.contains(&ListKind::Oco) && listing.oco {
            let (exits, legs) = self.exits(prices, half);
            let list = OrderList::Oco {
                symbol: self.symbol.clone(),
                client_list_id: self.driver.name(),
                exits,
            };
            let placed = self.driver.place_list(&list, &legs).await;
            self.step(placed, "a list of target and stop");
            self.driver.cancel_list(&list, &legs).await;
        }
        if takes.contains(&ListKind::Otoco) && listing.oto {
            let working = self.order(Side::Buy, OrderKind::Limit { price: prices.low }, qty);
            let (exits, pair) = self.exits(prices, half);
            let list = OrderList::Otoco {
                client_list_id: self.driver.name(),
                working: WorkingOrder(working.clone()),
                exits,
            };
            let legs = [vec![working], pair].concat();
            let placed = self.driver.place_list(&list, &legs).await;
            self.step(placed, "a list of an entry with target and stop");
            self.driver.cancel_list(&list, &legs).await;
        }
    }

    /// Returns target and stop of a sale, and both as orders.
    fn exits(&mut self, prices: &Prices, qty: Qty) -> (ExitPair, Vec<NewOrder>) {
        let target = self.order(Side::Sell, OrderKind::LimitMaker { price: prices.high }, qty);
        let stop = self.order(Side::Sell, OrderKind::StopMarket { trigger: prices.low }, qty);
        let exits = ExitPair {
            side: Side::Sell,
            qty,
            target: TargetExit { client_order_id: target.client_order_id, price: prices.high },
            stop: StopExit {
                client_order_id: stop.client_order_id,
                trigger: prices.low,
                limit: None,
            },
        };
        (exits, vec![target, stop])
    }

    /// Orders that a venue must not take.
    async fn rejections(&mut self, listing: &Listing) {
        let Some(prices) = self.prices(listing).await else { return };
        let qty = Self::qty(listing, prices.low);
        let huge = Qty::from_raw(listing.instrument.max_qty.raw().min(i64::MAX / 4))
            .floor_to(listing.instrument.lot);
        let tiny = listing.instrument.min_qty;
        for (kind, qty, what) in [
            (
                OrderKind::LimitMaker { price: prices.high },
                qty,
                "a post-only order that would take",
            ),
            (OrderKind::Limit { price: prices.low }, huge, "an order that nobody can pay"),
            (OrderKind::Limit { price: prices.low }, tiny, "an order below the least notional"),
            (OrderKind::Limit { price: prices.low + Price::STEP }, qty, "a price off the tick"),
            (
                OrderKind::StopMarket {
                    trigger: prices
                        .bid
                        .floor_to(listing.instrument.tick)
                        .scaled_down(Ratio::from_bps(9_500))
                        .floor_to(listing.instrument.tick),
                },
                qty,
                "a buy stop below the market",
            ),
        ] {
            let off_tick = listing.instrument.tick == Price::STEP && what.contains("tick");
            if off_tick || (what.contains("notional") && listing.instrument.min_notional.is_zero())
            {
                continue;
            }
            let order = self.order(Side::Buy, kind, qty);
            let refused = self.place(order).await;
            self.step(matches!(refused, Belief::Never(_)), what);
        }
    }

    fn order(&mut self, side: Side, kind: OrderKind, qty: Qty) -> NewOrder {
        let symbol = self.symbol.clone();
        self.driver.order(&symbol, side, kind, qty)
    }

    async fn place(&mut self, order: NewOrder) -> Belief {
        self.driver.place(order).await
    }
}

/// Returns whether an order can still trade.
fn is_open(belief: &Belief) -> bool {
    matches!(belief, Belief::Accepted(report) if report.progress.status.is_open())
}

/// Returns how much of an order has traded.
fn filled(belief: &Belief) -> Qty {
    match belief {
        Belief::Accepted(report) => report.progress.filled,
        Belief::Never(_) | Belief::Unknown => Qty::ZERO,
    }
}
