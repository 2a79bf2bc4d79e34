//! [`Story`]: one account that trades, told to both histories at once: what a hub would write, what a venue would do.

use std::path::Path;
use std::sync::Arc;

use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::{Draft, FileJournal, Journal as _, Options};
use types::bar::Bar;
use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::entry::{
    Adopted, Body, Command, CommandAction, Entry, Incident, IncidentKind, IncidentOver, Mode,
    ModeCause, Operator, OperatorAction, Report, ReportEvent, SCHEMA, Source, SystemMode,
};
use types::fill::{Fee, Fill, Liquidity};
use types::hard_limits::HardLimits;
use types::ids::{Asset, ClientOrderId, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::{Direction, Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::rows::Rows;

pub(crate) const ACCOUNT: &str = "main";
pub(crate) const BTCUSDT: SymbolId = SymbolId(0);
const ID: [u8; 16] = [7; 16];
const MS: i64 = 1_000_000;
const MINUTE: i64 = 60_000 * MS;
/// 2026-01-05T00:00:00Z.
const START: i64 = 1_767_571_200_000_000_000;

/// Both histories so far.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) now: i64,
    pub(crate) entries: Vec<Entry>,
    pub(crate) rows: Rows,
    /// How many entries stood when another hub took the journal over, each time.
    hubs: Vec<usize>,
}

impl Story {
    /// A start: 1,000 USDT of capital beside 500 USDT and 1 BTC that are not ours; a bar closed at 100.
    pub(crate) fn new() -> Self {
        let mut story = Self { now: START, rows: Rows::new(START, 1_500, 1), ..Self::blank() };
        story.begin();
        for (asset, units) in [("BTC", 1), ("USDT", 500)] {
            let asset = Asset::new(asset).unwrap();
            story.say(Body::Baseline { asset, amount: Money::from_units(units) });
        }
        story.say(Body::Flow { amount: Money::from_units(1_000) });
        story.say(Body::Limits(limits()));
        story.mode(SystemMode::Running, ModeCause::Started, None);
        story.pass(15 * MINUTE / MS);
        story.bar("100");
        story
    }

    /// Nothing on either side.
    pub(crate) fn blank() -> Self {
        Self { now: 0, entries: Vec::new(), rows: Rows::default(), hubs: Vec::new() }
    }

    /// The first entries of every journal.
    pub(crate) fn begin(&mut self) {
        self.say(Body::Genesis { journal: JournalId(ID), seed: 1 });
        self.say(Body::Instruments(vec![instrument()]));
        self.mode(SystemMode::Initializing, ModeCause::Started, None);
    }

    /// The venue changes the symbol's rules.
    pub(crate) fn rules_change(&mut self) {
        let rules = super::rows::rules(1_000);
        let row = format!(r#"{{"symbol":{{"symbol":0,"name":"BTCUSDT","rules":{rules}}}}}"#);
        self.rows.row(self.now, &row);
    }

    /// The hub hears of the symbol's rules.
    pub(crate) fn rules_heard(&mut self) {
        self.say(Body::Instruments(vec![instrument()]));
    }

    /// Time passes, in milliseconds.
    pub(crate) fn pass(&mut self, ms: i64) {
        self.now += ms * MS;
    }

    /// Appends an entry.
    pub(crate) fn say(&mut self, body: Body) -> Seq {
        let seq = Seq(self.entries.len() as u64 + 1);
        let ts = TsNanos::from_nanos(self.now);
        let source = if matches!(body, Body::Decision(_)) {
            Source::Engine
        } else if matches!(body, Body::Report(_) | Body::Bar { .. }) {
            Source::Venue
        } else if matches!(body, Body::Operator(_) | Body::Adopted(_)) {
            Source::Operator
        } else {
            Source::Hub
        };
        self.entries.push(Entry { seq, ts_event: ts, ts, source, body });
        seq
    }

    pub(crate) fn mode(
        &mut self,
        mode: SystemMode,
        cause: ModeCause,
        until_ms: Option<i64>,
    ) -> Seq {
        let latched_until = until_ms.map(|ms| TsNanos::from_nanos(self.now + ms * MS));
        self.say(Body::Mode(Mode { mode, cause, latched_until }))
    }

    /// Another hub takes the journal over and runs.
    pub(crate) fn succeed(&mut self) {
        self.hubs.push(self.entries.len());
        self.mode(SystemMode::Initializing, ModeCause::Started, None);
        self.mode(SystemMode::Running, ModeCause::Started, None);
    }

    pub(crate) fn operator(&mut self, action: OperatorAction) -> Seq {
        let by = (action == OperatorAction::WindDown).then(|| TsNanos::from_nanos(self.now));
        self.say(Body::Operator(Operator { name: "ann".to_owned(), action, by }))
    }

    /// Books and venue differ in the symbol's coins.
    pub(crate) fn differs(&mut self) -> Seq {
        let differs = Incident::word(IncidentKind::PositionDiffers).of_symbol(BTCUSDT);
        self.say(Body::Incident(differs))
    }

    /// A person books what somebody else has traded: so many coins, so much money. The incident is over with it.
    pub(crate) fn adopt(&mut self, incident: Seq, coins: &str, cash: &str) {
        self.say(Body::Adopted(Adopted {
            name: "ann".to_owned(),
            reason: "sold by hand".to_owned(),
            symbol: BTCUSDT,
            incident,
            qty: qty(coins),
            cash: cash.parse().unwrap(),
            price: price("100"),
        }));
        self.say(Body::IncidentOver(IncidentOver { incident, by_itself: false }));
    }

    /// A bar of 15 minutes that closes now.
    pub(crate) fn bar(&mut self, close: &str) -> Seq {
        self.bar_of(close, 0)
    }

    /// A bar of 15 minutes that closed some minutes ago.
    pub(crate) fn bar_of(&mut self, close: &str, ago: i64) -> Seq {
        let close = price(close);
        let open_time = TsNanos::from_nanos(self.now - (15 + ago) * MINUTE);
        let bar = Bar { open_time, open: close, high: close, low: close, close, volume: None };
        self.say(Body::Bar { symbol: BTCUSDT, timeframe: Timeframe::M15, bar })
    }

    /// An engine decides to buy, with a stop.
    pub(crate) fn decide(&mut self, quantity: &str, limit: &str, stop: &str) -> Seq {
        let protection = Protection { stop: Protective::At(price(stop)), target: None };
        let action = Action::Enter {
            direction: Direction::Long,
            qty: qty(quantity),
            limit: Some(price(limit)),
            protection: Some(protection),
            expires: None,
        };
        let reason = Reason::word(ReasonCode::NotWarm);
        self.say(Body::Decision(Decision { symbol: Some(BTCUSDT), action, reason }))
    }

    /// A command to place an order under its own place.
    pub(crate) fn command(&mut self, leg: Leg, cause: Seq, request: OrderRequest) -> OrderId {
        let order = OrderId::first(Seq(self.entries.len() as u64 + 1), leg);
        self.command_as(order, cause, request)
    }

    /// A command to place an order under a name of its own.
    pub(crate) fn command_as(
        &mut self,
        order: OrderId,
        cause: Seq,
        request: OrderRequest,
    ) -> OrderId {
        self.say(Body::Command(Command { order, cause, action: CommandAction::Place(request) }));
        order
    }

    /// The venue takes an order.
    pub(crate) fn accept(&mut self, order: OrderId, request: &OrderRequest) {
        let (side, kind) = (request.side.name(), kind_of(request));
        self.rows.accept(self.now, &name(order), side, &kind, request.qty.raw());
    }

    /// The venue fills an order; returns what it says of it.
    pub(crate) fn trade(
        &mut self,
        order: OrderId,
        request: &OrderRequest,
        q: &str,
        p: &str,
    ) -> Fill {
        let (quantity, at) = (qty(q), price(p));
        let (trade_id, fee) = self.rows.trade(self.now, &name(order), quantity.raw(), at.raw());
        let fee = match request.side {
            Side::Buy => Fee::Base(Money::from_raw(fee).to_qty().unwrap()),
            Side::Sell => Fee::Quote(Money::from_raw(fee)),
        };
        let (symbol, side) = (request.symbol, request.side);
        let (qty, price, liquidity) = (quantity, at, Liquidity::Taker);
        Fill { order: Some(order), trade_id, symbol, side, qty, price, fee, liquidity }
    }

    pub(crate) fn report(&mut self, order: OrderId, event: ReportEvent) -> Seq {
        self.say(Body::Report(Report { order: Some(order), event }))
    }

    /// The venue takes an order and the hub hears of it.
    pub(crate) fn works(&mut self, order: OrderId, request: &OrderRequest) {
        self.pass(5);
        self.accept(order, request);
        self.pass(5);
        self.report(order, ReportEvent::Accepted);
    }

    /// The venue ends an order and the hub hears of it.
    pub(crate) fn ends(&mut self, order: OrderId, status: &'static str) {
        self.pass(5);
        self.rows.end(self.now, &name(order), status);
        self.pass(5);
        let event =
            if status == "CANCELLED" { ReportEvent::Cancelled } else { ReportEvent::Expired };
        self.report(order, event);
    }

    /// A cancellation is commanded.
    pub(crate) fn cancel(&mut self, order: OrderId, cause: Seq) -> Seq {
        self.say(Body::Command(Command { order, cause, action: CommandAction::Cancel }))
    }

    /// Commands to buy 1 at 101 or better, as an engine decided, with a stop at 90.
    pub(crate) fn sent(&mut self) -> (OrderId, OrderRequest) {
        let (decision, request) = (self.decide("1", "101", "90"), buy("1", "101"));
        (self.command(Leg::Main, decision, request), request)
    }

    /// Buys 1 at 100; the hub hears of it so many milliseconds later and has not let a stop rest yet.
    pub(crate) fn bought(&mut self, heard: i64) -> (OrderId, Fill, Seq) {
        let (order, entry) = self.sent();
        self.works(order, &entry);
        let fill = self.trade(order, &entry, "1", "100");
        self.pass(heard);
        (order, fill, self.report(order, ReportEvent::Filled(fill)))
    }

    /// Buys 1 at 100 with a stop at 90; the stop rests for what the fee left.
    pub(crate) fn open(&mut self) -> Position {
        let (order, fill, filled) = self.bought(5);
        let (stop, protective) = self.protect(filled, "0.999", "90");
        Position { order, fill, filled, stop, protective }
    }

    /// Lets a stop rest.
    pub(crate) fn protect(
        &mut self,
        cause: Seq,
        q: &str,
        trigger: &str,
    ) -> (OrderId, OrderRequest) {
        let request = stop(q, trigger);
        let order = self.command(Leg::Stop, cause, request);
        self.works(order, &request);
        (order, request)
    }

    /// The stop trades and the hub hears of it; all is over.
    pub(crate) fn close(&mut self, position: &Position, p: &str) -> Fill {
        self.pass(60_000);
        let (stop, request) = (position.stop, position.protective);
        let fill = self.trade(stop, &request, &request.qty.to_string(), p);
        self.pass(10);
        self.report(stop, ReportEvent::Filled(fill));
        fill
    }

    /// A minute later both histories go on: all before it is due.
    pub(crate) fn end(&mut self) {
        self.pass(60_000);
        self.rows.row(self.now, r#"{"time":{}}"#);
        self.say(Body::Timer { at: TsNanos::from_nanos(self.now) });
    }

    /// Writes `journal` and `ledger` below a folder.
    pub(crate) fn write(&self, folder: &Path) {
        self.rows.write(&folder.join("ledger"));
        self.write_journal(folder);
    }

    /// Writes `journal` below a folder.
    pub(crate) fn write_journal(&self, folder: &Path) {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.join("journal")));
        let options = Options { sync: false, ..Options::default() };
        let keys = || KeyStore::open_folder(&folder.join("keys")).unwrap();
        let (id, first) = (journal::JournalId(ID), options);
        let mut journal = FileJournal::create(Arc::clone(&disk), keys(), id, first).unwrap();
        for (count, entry) in self.entries.iter().enumerate() {
            if self.hubs.contains(&count) {
                journal.close().unwrap();
                journal = FileJournal::open(Arc::clone(&disk), keys(), options).unwrap();
            }
            let mut payload = Vec::new();
            entry.encode(&mut payload);
            let kind = u16::try_from(entry.body.kind()).unwrap();
            let draft = Draft { kind, schema: u16::try_from(SCHEMA).unwrap(), payload: &payload };
            journal.append(journal.head().seq, &[draft]).unwrap();
        }
        journal.close().unwrap();
    }
}

/// A position with its stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) order: OrderId,
    pub(crate) fill: Fill,
    pub(crate) filled: Seq,
    pub(crate) stop: OrderId,
    pub(crate) protective: OrderRequest,
}

/// Returns the name by which the venue knows an order.
pub(crate) fn name(order: OrderId) -> String {
    ClientOrderId::of(JournalId(ID), ACCOUNT, order).as_str().to_owned()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

/// An entry, at once or never.
pub(crate) fn buy(q: &str, limit: &str) -> OrderRequest {
    OrderRequest {
        symbol: BTCUSDT,
        side: Side::Buy,
        kind: OrderKind::Limit { price: price(limit) },
        qty: qty(q),
        tif: TimeInForce::Ioc,
        reduce_only: false,
    }
}

/// A protective stop of a long.
pub(crate) fn stop(q: &str, trigger: &str) -> OrderRequest {
    OrderRequest {
        symbol: BTCUSDT,
        side: Side::Sell,
        kind: OrderKind::StopMarket { trigger: price(trigger) },
        qty: qty(q),
        tif: TimeInForce::Gtc,
        reduce_only: true,
    }
}

/// A sale at the market.
pub(crate) fn sale(q: &str) -> OrderRequest {
    OrderRequest { kind: OrderKind::Market, ..stop(q, "1") }
}

fn instrument() -> Instrument {
    let asset = |name| Asset::new(name).unwrap();
    let symbol = Symbol::new("BTCUSDT").unwrap();
    Instrument {
        lot: Qty::from_raw(1_000),
        min_qty: Qty::from_raw(1_000),
        min_notional: Money::from_units(5),
        fee_asset: FeeAsset::Received,
        ..Instrument::unknown(symbol, asset("BTC"), asset("USDT"), Market::Spot)
    }
}

/// Wide enough for one position of 100.
pub(crate) fn limits() -> HardLimits {
    HardLimits {
        version: 1,
        order_notional: Money::from_units(200),
        gross_exposure: Money::from_units(300),
        open_orders: 3,
        orders_per_second: 5,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: vec![Symbol::new("BTCUSDT").unwrap()],
    }
}

fn kind_of(request: &OrderRequest) -> String {
    let tif = match request.tif {
        TimeInForce::Gtc | TimeInForce::Gtd(_) => "GTC",
        TimeInForce::Ioc => "IOC",
        TimeInForce::Fok => "FOK",
    };
    match request.kind {
        OrderKind::Market => r#""market""#.to_owned(),
        OrderKind::Limit { price } => {
            format!(r#"{{"limit":{{"price":{},"tif":"{tif}"}}}}"#, price.raw())
        }
        OrderKind::LimitMaker { price } => {
            format!(r#"{{"limit_maker":{{"price":{}}}}}"#, price.raw())
        }
        OrderKind::StopMarket { trigger } => {
            format!(r#"{{"stop_loss":{{"stop":{}}}}}"#, trigger.raw())
        }
        OrderKind::StopLimit { trigger, price } => format!(
            r#"{{"stop_loss_limit":{{"stop":{},"price":{},"tif":"{tif}"}}}}"#,
            trigger.raw(),
            price.raw()
        ),
        OrderKind::TakeProfit { trigger } => {
            format!(r#"{{"take_profit":{{"stop":{}}}}}"#, trigger.raw())
        }
    }
}
