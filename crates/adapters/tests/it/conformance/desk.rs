//! An exchange of one symbol in memory, behind an adapter that needs no bytes; sound but for one defect.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a defect strikes at one place, elsewhere the desk is sound"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use adapters::conformance::{Ledger, LedgerFill, LedgerOrder, OtherSide};
use adapters::venues::binance::{BinanceConfig, BinanceSpot, decode};
use adapters::{
    AccountEvent, Capabilities, FillsFrom, Half, KeyRights, Listings, MarketFeed, Outcome,
    RejectKind, Rejection, Replaced, Stamp, UnknownOutcome, UserFeed, Venue, VenueError,
    VenueStatus,
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use types::feed::{
    Answer, Channel, DepthSnapshot, DepthTop, Level, LinkEvent, MarketEvent, Query, Quote, Stream,
};
use types::ids::{Asset, Symbol};
use types::limits::Used;
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{
    Account, Balance, Execution, ListReport, ListStatus, NewOrder, OrderKey, OrderList,
    OrderReport, OrderStatus, Progress, ReportedKind, UserEvent, VenueFill, VenueListId,
    VenueOrderId,
};

use crate::fixtures::{EXCHANGE_INFO, symbol};

/// What is wrong with a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// Every third order is accepted and its reply lost.
    ReplyLost,
    /// Every third order is not accepted and its reply lost.
    RejectLost,
    /// The adapter sends every third order twice, once the first has ended.
    SendsTwice,
    /// Every third order is accepted and told to be rejected.
    SaysNoAndDoes,
    /// Replies are lost, and a look-up finds nothing.
    LooksUpBlindly,
    ForgetsAFill,
    InventsAFill,
    MiscountsAFill,
    MiscountsAnOrder,
    MiscountsABalance,
    StreamIsSilent,
    StreamLies,
    TakesNoStops,
}

struct Book {
    orders: Vec<OrderReport>,
    fills: BTreeMap<u64, VenueFill>,
    sent: u64,
    stream: Option<mpsc::Sender<AccountEvent>>,
}

/// The exchange and its adapter in one.
pub(crate) struct Desk {
    defect: Defect,
    book: Mutex<Book>,
    capabilities: Capabilities,
    start: tokio::time::Instant,
}

impl Desk {
    pub(crate) fn new(defect: Defect) -> Self {
        let real = BinanceSpot::new(BinanceConfig::live(), None).expect("sound addresses");
        let book = Book { orders: Vec::new(), fills: BTreeMap::new(), sent: 0, stream: None };
        Self {
            defect,
            book: Mutex::new(book),
            capabilities: real.capabilities().clone(),
            start: tokio::time::Instant::now(),
        }
    }

    fn bid() -> Price {
        "0.01".parse().expect("a price")
    }

    fn ask() -> Price {
        "0.0101".parse().expect("a price")
    }

    /// Accepts an order: it trades whole if it is met, and rests if not.
    fn accept(&self, book: &mut Book, order: &NewOrder, status: OrderStatus) -> OrderReport {
        let price = match (order.kind, order.side) {
            (OrderKind::Market, Side::Buy) => Some(Self::ask()),
            (OrderKind::Market, Side::Sell) => Some(Self::bid()),
            (OrderKind::Limit { price }, Side::Buy) if price >= Self::ask() => Some(Self::ask()),
            _ => None,
        };
        let id = VenueOrderId((book.orders.len() + 1).to_string());
        let filled = if price.is_some() { order.qty } else { Qty::ZERO };
        let mut report = OrderReport {
            symbol: order.symbol.clone(),
            client_order_id: order.client_order_id.as_str().to_owned(),
            venue_order_id: id.clone(),
            list_id: None,
            side: order.side,
            kind: ReportedKind::Ours(order.kind),
            tif: order.tif,
            progress: Progress {
                qty: order.qty,
                filled,
                filled_quote: None,
                status: if price.is_some() { OrderStatus::Filled } else { status },
            },
            updated_at: self.now(),
            fills: Vec::new(),
        };
        if let Some(price) = price {
            let fill = VenueFill {
                symbol: order.symbol.clone(),
                trade_id: book.fills.len() as u64 + 1,
                venue_order_id: id,
                side: order.side,
                qty: order.qty,
                price,
                fee: None,
                liquidity: None,
                at: self.now(),
            };
            book.fills.insert(fill.trade_id, fill.clone());
            self.tell(book, &report, &fill);
            report.fills.push(fill);
        }
        book.orders.push(report.clone());
        report
    }

    /// Tells a fill on the stream, twice: a reader must not mind.
    fn tell(&self, book: &Book, report: &OrderReport, fill: &VenueFill) {
        let Some(stream) = &book.stream else { return };
        let mut told = fill.clone();
        match self.defect {
            Defect::StreamIsSilent => return,
            Defect::StreamLies => told.qty = Qty::from_raw(told.qty.raw() + 1),
            _ => {}
        }
        for _ in 0..2 {
            let event = UserEvent::Order {
                execution: Execution::Fill(told.clone()),
                report: Box::new(report.clone()),
                execution_id: fill.trade_id,
                event_time: self.now(),
            };
            stream.try_send(AccountEvent::User(event)).expect("there is room");
        }
    }

    /// What the exchange and its adapter make of an order.
    fn send(&self, order: &NewOrder) -> Outcome<OrderReport> {
        let mut book = self.book.lock().expect("nobody panics");
        if let Some(no) = self.no(order) {
            return Outcome::Rejected(no);
        }
        book.sent += 1;
        let strikes = book.sent.is_multiple_of(3);
        let lost = |host: &str| {
            Outcome::Unknown(UnknownOutcome::TimedOut {
                host: host.to_owned(),
                waited: Duration::from_secs(1),
            })
        };
        match self.defect {
            Defect::RejectLost if strikes => lost("desk"),
            Defect::ReplyLost | Defect::LooksUpBlindly if strikes => {
                self.accept(&mut book, order, OrderStatus::Working);
                lost("desk")
            }
            Defect::SaysNoAndDoes if strikes => {
                self.accept(&mut book, order, OrderStatus::Working);
                Outcome::Rejected(rejection(RejectKind::Other))
            }
            Defect::SendsTwice if strikes => {
                let first = self.accept(&mut book, order, OrderStatus::Working);
                self.accept(&mut book, order, OrderStatus::Working);
                Outcome::Done(first)
            }
            _ => Outcome::Done(self.accept(&mut book, order, OrderStatus::Working)),
        }
    }

    /// Why an order is not accepted.
    fn no(&self, order: &NewOrder) -> Option<Rejection> {
        let tick = "0.000001".parse::<Price>().expect("a price");
        let off = |price: Price| price.floor_to(tick) != price;
        let huge = order.qty > "10000".parse().expect("a quantity");
        let tiny = order.qty < "0.01".parse().expect("a quantity");
        let kind = match order.kind {
            OrderKind::StopMarket { .. } if self.defect == Defect::TakesNoStops => {
                RejectKind::Other
            }
            OrderKind::LimitMaker { price } if order.side == Side::Buy && price >= Self::ask() => {
                RejectKind::WouldTrade
            }
            OrderKind::StopMarket { trigger }
                if order.side == Side::Buy && trigger < Self::bid() =>
            {
                RejectKind::WouldTrigger
            }
            OrderKind::Limit { price } if off(price) => RejectKind::Filter("PRICE_FILTER".into()),
            _ if huge => RejectKind::InsufficientBalance,
            _ if tiny => RejectKind::Filter("NOTIONAL".into()),
            _ => return None,
        };
        Some(rejection(kind))
    }

    fn find(&self, key: &OrderKey) -> Option<OrderReport> {
        let book = self.book.lock().expect("nobody panics");
        let is = |order: &&OrderReport| match key {
            OrderKey::Client(name) => order.client_order_id == *name,
            OrderKey::Venue(id) => order.venue_order_id == *id,
        };
        book.orders.iter().find(is).cloned()
    }

    fn end(&self, key: &OrderKey) -> Option<OrderReport> {
        let found = self.find(key).filter(|order| order.progress.status.is_open())?;
        let mut book = self.book.lock().expect("nobody panics");
        let order = book
            .orders
            .iter_mut()
            .find(|order| order.venue_order_id == found.venue_order_id)
            .expect("it was just found");
        order.progress.status = OrderStatus::Cancelled;
        Some(order.clone())
    }
}

fn rejection(kind: RejectKind) -> Rejection {
    Rejection { code: -2010, message: "no".to_owned(), kind }
}

#[async_trait]
impl OtherSide for Desk {
    fn now(&self) -> TsNanos {
        let passed = i64::try_from(self.start.elapsed().as_nanos()).expect("it fits");
        TsNanos::from_nanos(1_700_000_000_000_000_000 + passed)
    }

    fn symbol(&self) -> Symbol {
        symbol("ETHBTC")
    }

    async fn ledger(&self) -> Result<Ledger, String> {
        let book = self.book.lock().expect("nobody panics");
        let orders = book.orders.iter().map(|order| LedgerOrder {
            client_order_id: order.client_order_id.clone(),
            venue_order_id: order.venue_order_id.0.clone(),
            status: order.progress.status,
            qty: order.progress.qty,
            filled: order.progress.filled,
        });
        let fills = book.fills.values().map(|fill| {
            let venue_order_id = fill.venue_order_id.0.clone();
            (fill.trade_id, LedgerFill { venue_order_id, qty: fill.qty, price: fill.price })
        });
        let held = Balance { free: Money::from_units(5), locked: Money::ZERO };
        Ok(Ledger {
            orders: orders.collect(),
            fills: fills.collect(),
            balances: [(Asset::new("ETH").expect("an asset"), held)].into(),
            faults: BTreeMap::new(),
        })
    }
}

#[async_trait]
impl Venue for Desk {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn status(&self) -> VenueStatus {
        panic!("the story never asks for the status")
    }

    fn usage(&self) -> Vec<Used> {
        Vec::new()
    }

    fn reset(&self) {}

    async fn ask(&self, query: &Query) -> Result<Answer, VenueError> {
        let level = |price| vec![Level { price, qty: Qty::ONE }];
        Ok(match query {
            Query::Time => Answer::Time(self.now()),
            Query::Depth { .. } => Answer::Depth(DepthSnapshot {
                last_id: 1,
                bids: level(Self::bid()),
                asks: level(Self::ask()),
            }),
            Query::Bars { .. } => Answer::Bars(Vec::new()),
            Query::Trades { .. } => Answer::Trades(Vec::new()),
        })
    }

    async fn listings(&self, _: &[Symbol]) -> Result<Listings, VenueError> {
        let small =
            EXCHANGE_INFO.replace("\"minNotional\":\"10.00000000\"", "\"minNotional\":\"0.001\"");
        Ok(decode::listings(small.as_bytes())?)
    }

    async fn stream(&self, streams: &[Stream]) -> Result<MarketFeed, VenueError> {
        let (events, feed) = mpsc::channel(64);
        let say = |event| events.try_send(event).expect("there is room");
        say(LinkEvent::Connected);
        for stream in streams {
            say(LinkEvent::Subscribed(stream.clone()));
            let symbol = stream.symbol.clone();
            match stream.channel {
                Channel::Quotes => say(LinkEvent::Market(MarketEvent::Quote(Quote {
                    symbol,
                    bid: Self::bid(),
                    bid_qty: Qty::ONE,
                    ask: Self::ask(),
                    ask_qty: Qty::ONE,
                    update_id: 1,
                    at: None,
                }))),
                Channel::DepthTop => say(LinkEvent::Market(MarketEvent::DepthTop(DepthTop {
                    symbol,
                    last_id: 1,
                    bids: Vec::new(),
                    asks: Vec::new(),
                }))),
                Channel::Bars(_) | Channel::Trades | Channel::AggTrades | Channel::Depth => {}
            }
        }
        Ok(MarketFeed::new(feed))
    }

    async fn place(&self, order: &NewOrder, _: Stamp) -> Outcome<OrderReport> {
        self.send(order)
    }

    async fn place_list(&self, list: &OrderList, _: Stamp) -> Outcome<ListReport> {
        if self.defect == Defect::TakesNoStops {
            return Outcome::Rejected(rejection(RejectKind::Other));
        }
        let mut book = self.book.lock().expect("nobody panics");
        let (working, exits) = match list {
            OrderList::Oco { exits, .. } => (None, exits),
            OrderList::Otoco { working, exits, .. } => (Some(&working.0), exits),
            OrderList::Oto { .. } => panic!("the story has none"),
        };
        let waiting = if working.is_some() { OrderStatus::Waiting } else { OrderStatus::Working };
        let leg = |client_order_id: &types::ids::ClientOrderId, kind| NewOrder {
            symbol: list.symbol().clone(),
            client_order_id: *client_order_id,
            side: exits.side,
            kind,
            qty: exits.qty,
            tif: TimeInForce::Gtc,
            reduce_only: false,
        };
        let target =
            leg(&exits.target.client_order_id, OrderKind::LimitMaker { price: exits.target.price });
        let stop =
            leg(&exits.stop.client_order_id, OrderKind::StopMarket { trigger: exits.stop.trigger });
        let mut reports: Vec<_> = working
            .map(|order| self.accept(&mut book, order, OrderStatus::Working))
            .into_iter()
            .collect();
        reports.push(self.accept(&mut book, &target, waiting));
        reports.push(self.accept(&mut book, &stop, waiting));
        Outcome::Done(ListReport {
            symbol: list.symbol().clone(),
            list_id: VenueListId("1".to_owned()),
            client_list_id: list.client_list_id().as_str().to_owned(),
            status: ListStatus::Executing,
            orders: Vec::new(),
            reports,
            updated_at: self.now(),
        })
    }

    async fn cancel(&self, _: &Symbol, key: &OrderKey, _: Stamp) -> Outcome<OrderReport> {
        match self.end(key) {
            Some(report) => Outcome::Done(report),
            None => Outcome::Rejected(rejection(RejectKind::UnknownOrder)),
        }
    }

    async fn cancel_list(&self, _: &Symbol, _: &str, _: Stamp) -> Outcome<ListReport> {
        Outcome::Rejected(rejection(RejectKind::UnknownOrder))
    }

    async fn cancel_replace(&self, old: &OrderKey, new: &NewOrder, _: Stamp) -> Outcome<Replaced> {
        let Some(cancelled) = self.end(old) else {
            let no = Half::Rejected(rejection(RejectKind::UnknownOrder));
            return Outcome::Done(Replaced { cancelled: no, placed: Half::NotTried });
        };
        self.send(new).map(|placed| Replaced {
            cancelled: Half::Done(Box::new(cancelled)),
            placed: Half::Done(Box::new(placed)),
        })
    }

    async fn look_up(
        &self,
        _: &Symbol,
        key: &OrderKey,
        _: Stamp,
    ) -> Result<Option<OrderReport>, VenueError> {
        let found = self.find(key);
        Ok(match self.defect {
            Defect::LooksUpBlindly => None,
            Defect::MiscountsAnOrder => found.map(|mut order| {
                if order.progress.filled.is_positive() {
                    order.progress.filled -= Qty::STEP;
                }
                order
            }),
            _ => found,
        })
    }

    async fn look_up_list(&self, _: &str, _: Stamp) -> Result<Option<ListReport>, VenueError> {
        Ok(None)
    }

    async fn open_orders(
        &self,
        _: Option<&Symbol>,
        _: Stamp,
    ) -> Result<Vec<OrderReport>, VenueError> {
        let book = self.book.lock().expect("nobody panics");
        Ok(book.orders.iter().filter(|order| order.progress.status.is_open()).cloned().collect())
    }

    async fn fills(
        &self,
        _: &Symbol,
        from: &FillsFrom,
        _: Stamp,
    ) -> Result<Vec<VenueFill>, VenueError> {
        let book = self.book.lock().expect("nobody panics");
        let FillsFrom::Order(id) = from else { panic!("the story asks by order") };
        let mut fills: Vec<_> =
            book.fills.values().filter(|fill| fill.venue_order_id == *id).cloned().collect();
        match self.defect {
            Defect::ForgetsAFill => fills.retain(|fill| fill.trade_id != 2),
            Defect::MiscountsAFill => {
                for fill in &mut fills {
                    fill.qty += Qty::STEP;
                }
            }
            Defect::InventsAFill => {
                if let Some(first) = fills.first().cloned() {
                    fills.push(VenueFill { trade_id: 999, ..first });
                }
            }
            _ => {}
        }
        Ok(fills)
    }

    async fn account(&self, _: Stamp) -> Result<Account, VenueError> {
        let more = if self.defect == Defect::MiscountsABalance { 6 } else { 5 };
        let held = Balance { free: Money::from_units(more), locked: Money::ZERO };
        Ok(Account {
            balances: [(Asset::new("ETH").expect("an asset"), held)].into(),
            maker_fee: Ratio::ZERO,
            taker_fee: Ratio::ZERO,
            can_trade: true,
            updated_at: self.now(),
        })
    }

    async fn order_usage(&self, _: Stamp) -> Result<Vec<Used>, VenueError> {
        Ok(Vec::new())
    }

    async fn key_rights(&self, _: Stamp) -> Result<KeyRights, VenueError> {
        Ok(KeyRights::NotCheckable)
    }

    async fn user_stream(&self, _: Stamp) -> Result<UserFeed, VenueError> {
        let (events, feed) = mpsc::channel(4_096);
        events.try_send(AccountEvent::Subscribed).expect("there is room");
        self.book.lock().expect("nobody panics").stream = Some(events);
        Ok(UserFeed::new(feed))
    }
}
