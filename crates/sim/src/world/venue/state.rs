//! [`Venue`]: the book, its market, its record, and what it has to tell.

use std::borrow::Cow;

use types::feed::{BarUpdate, Channel, MarketEvent, Quote, Stream};
use types::ids::{Asset, Symbol, SymbolId};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;
use types::venue::{
    Account, Balance, Listing, ListingStatus, OrderKindName, OrderReport, UserEvent,
};

use super::super::plan::Plan;
use super::bars::Bars;
use super::lanes::{CROWD_LOTS, Lanes, START};
use super::told;
use crate::exchange::book::{
    AccountId, Event, MatchingEngine, NewAccount, NewOrder, OrderType, SymbolRules, SymbolStatus,
    Tif, VenueLimits,
};
use crate::exchange::ledger::{CROWD, Holder, Known, Record, Row, Rows, Start};

/// The key of our account, as the venue's record names it.
pub(in super::super) const ACCOUNT_KEY: &str = "world";

/// What the coins of a symbol are worth that lie on the account before us, in the settlement asset.
const COINS_WORTH: Money = Money::from_units(2_000);

/// The venue of a world.
pub(in super::super) struct Venue {
    pub(super) engine: MatchingEngine,
    pub(super) account: AccountId,
    /// Other people.
    pub(super) crowd: AccountId,
    pub(super) bars: Vec<Bars>,
    pub(super) now: TsNanos,
    /// Look-ups do not see what was accepted within this time, nanoseconds.
    pub(in super::super) lag: i64,
    lanes: Lanes,
    /// Steps of quantities at the beginning, by symbol.
    lots: Vec<Qty>,
    rows: Rows,
    /// Memory for what the book says of a step.
    happened: Vec<Event>,
    /// The record: each row's JSON.
    pub(in super::super) record: Vec<Vec<u8>>,
    /// What the account's stream has to tell.
    pub(in super::super) told: Vec<UserEvent>,
    /// When the account last changed.
    changed: TsNanos,
    /// Orders that others placed on the account.
    pub(super) others: u32,
    /// Fills of the account so far.
    pub(in super::super) fills: u64,
    /// Orders of the account so far.
    pub(in super::super) orders: u64,
}

impl Venue {
    /// Returns the venue of a plan at its beginning, with so much of the settlement asset on our account.
    pub(in super::super) fn new(
        plan: &Plan,
        timeframes: &[Timeframe],
        settlement: &Asset,
        cash: Money,
    ) -> Self {
        let (lanes, listed) = Lanes::open(plan, timeframes);
        let mut engine = MatchingEngine::new(VenueLimits::default());
        let crowd = engine.open_account(NewAccount::CROWD).expect("it is the first");
        let account = engine.open_account(NewAccount::CLIENT).expect("it is the second");
        let (mut bars, mut lots) = (Vec::new(), Vec::new());
        for symbol in listed {
            lots.push(symbol.instrument.lot);
            let base = symbol.instrument.base.clone();
            let id = engine.add_symbol(SymbolRules::of(symbol.instrument));
            let id = id.expect("names differ");
            if let Some(last) = symbol.bars.closed(Timeframe::H1) {
                engine.set_reference(id, last.close).expect("it is listed");
                if plan.coins {
                    let coins = Money::of_qty(COINS_WORTH.qty_at(last.close));
                    engine.flow(account, &base, coins, START).expect("it is an amount");
                }
            }
            bars.push(symbol.bars);
        }
        engine.flow(account, settlement, cash, START).expect("it is an amount");
        let start = Start {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            source: "a seeded world".to_owned(),
            seed: plan.seed,
            speed: Some(1),
            at: START,
            shift: 0,
            origin: None,
        };
        let rows = Rows::new(start, Known::default());
        let mut venue = Self {
            engine,
            account,
            crowd,
            bars,
            now: START,
            lag: 0,
            lanes,
            lots,
            rows,
            happened: Vec::new(),
            record: Vec::new(),
            told: Vec::new(),
            changed: START,
            others: 0,
            fills: 0,
            orders: 0,
        };
        venue.record();
        venue
    }

    /// Returns the venue's time.
    pub(in super::super) const fn now(&self) -> TsNanos {
        self.now
    }

    /// Returns the symbols, by number.
    pub(in super::super) fn symbols(&self) -> Vec<Symbol> {
        let rules = self.ids().filter_map(|id| self.engine.rules(id));
        rules.map(|rules| rules.instrument.symbol.clone()).collect()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SymbolId> + use<> {
        (0..u16::try_from(self.engine.symbols()).expect("symbol ids are 16 bits")).map(SymbolId)
    }

    /// Returns when the market moves next.
    pub(in super::super) fn next_move(&self) -> Option<TsNanos> {
        self.lanes.next_at()
    }

    /// Lets time pass; nothing of the market moves in it.
    pub(in super::super) fn pass(&mut self, to: TsNanos) {
        self.now = self.now.max(to);
    }

    /// Lets the market's next step happen.
    pub(in super::super) fn step(&mut self) {
        if let Some(at) = self.lanes.play(&mut self.engine) {
            self.now = self.now.max(at);
            self.record();
        }
    }

    /// Takes down what the book says: rows, trades, what the account is told.
    pub(super) fn record(&mut self) {
        let mut events = std::mem::take(&mut self.happened);
        self.engine.take_events(&mut events);
        for event in &events {
            match event {
                Event::Trade(trade) => {
                    let bars = self.bars.get_mut(trade.symbol.index());
                    bars.expect("it is listed").on_trade(trade.at, trade.price, trade.qty);
                }
                Event::Balances { at, .. } => self.changed = *at,
                Event::Order(event) => {
                    use crate::exchange::book::Execution;
                    let new = event.execution == Execution::New;
                    let fill = matches!(event.execution, Execution::Trade { .. });
                    self.orders += u64::from(new);
                    self.fills += u64::from(fill);
                }
                Event::Rejected(_)
                | Event::List { .. }
                | Event::Level(_)
                | Event::Quote(_)
                | Event::Flow { .. }
                | Event::Status { .. }
                | Event::Rules { .. } => {}
            }
            self.told.extend(told::user_event(&self.engine, event));
        }
        let account = self.account;
        let holders = || {
            let rights = Row::Rights {
                account,
                read: true,
                trade: true,
                withdraw: false,
                transfer: false,
                ip_restricted: true,
            };
            vec![Holder { account, key: ACCOUNT_KEY.to_owned(), rights }]
        };
        let rows = self.rows.of(self.now, &events, &self.engine, holders);
        self.happened = events;
        for (at, row) in rows {
            self.write(at, &row);
        }
    }

    fn write(&mut self, t: TsNanos, row: &Row) {
        let n = self.record.len() as u64 + 1;
        let record = Record { n, t, row: Cow::Borrowed(row) };
        let json = serde_json::to_vec(&record).expect("rows are numbers, texts and lists");
        self.record.push(json);
    }

    /// Takes down that a fault struck.
    pub(in super::super) fn on_fault(&mut self, class: &str) {
        let row = Row::Fault {
            name: class.to_owned(),
            kind: class.to_owned(),
            api: None,
            endpoint: None,
            symbol: None,
            account: None,
        };
        self.write(self.now, &row);
    }

    /// Begins or ends a halt.
    pub(in super::super) fn set_halted(&mut self, symbol: SymbolId, halted: bool) {
        let status = if halted { SymbolStatus::Halt } else { SymbolStatus::Trading };
        // A symbol that its source has ended keeps its break.
        let _ = self.engine.set_status(symbol, status, self.now);
        self.record();
    }

    /// Makes the steps of a symbol's quantity as coarse as the crowd's, or fine again.
    pub(in super::super) fn change_lot(&mut self, symbol: SymbolId) {
        let Some(rules) = self.engine.rules(symbol) else { return };
        let mut rules = rules.clone();
        let instrument = &mut rules.instrument;
        let fine = self.lots[symbol.index()];
        let coarse = Qty::from_raw(fine.raw().saturating_mul(CROWD_LOTS));
        instrument.lot = if instrument.lot == fine { coarse } else { fine };
        instrument.min_qty = instrument.min_qty.max(instrument.lot);
        let _ = self.engine.set_rules(symbol, rules, self.now);
        self.record();
    }

    /// Pays in, or out as far as it is free.
    pub(in super::super) fn pay(&mut self, asset: &Asset, amount: Money) -> bool {
        let id = self.engine.asset_id(asset).expect("it is the settlement asset");
        let free = self.engine.balance(self.account, id).free;
        let amount = if amount < -free { -free } else { amount };
        let done = self.engine.flow(self.account, asset, amount, self.now).is_ok();
        self.record();
        done
    }

    /// Coins of a symbol come in, worth so much.
    pub(in super::super) fn pay_coins(&mut self, symbol: SymbolId, worth: Money) {
        let (Some(rules), Some(last)) = (self.engine.rules(symbol), self.engine.last_price(symbol))
        else {
            return;
        };
        let asset = rules.instrument.base.clone();
        // Of nothing nothing comes in.
        let _ = self.engine.flow(self.account, &asset, Money::of_qty(worth.qty_at(last)), self.now);
        self.record();
    }

    /// Returns how much of an asset lies on the account.
    pub(in super::super) fn cash(&self, asset: &Asset) -> Money {
        let id = self.engine.asset_id(asset).expect("it is the settlement asset");
        let balance = self.engine.balance(self.account, id);
        balance.free + balance.locked
    }

    /// A symbol is gone, and its orders with it.
    pub(in super::super) fn delist(&mut self, symbol: SymbolId) {
        // What is gone already stays gone.
        let _ = self.engine.set_status(symbol, SymbolStatus::Delisted, self.now);
        self.record();
    }

    /// Returns whether a symbol is gone.
    pub(in super::super) fn is_delisted(&self, symbol: &Symbol) -> bool {
        let id = self.engine.symbol(symbol);
        id.and_then(|id| self.engine.status(id)) == Some(SymbolStatus::Delisted)
    }

    /// Returns price and quantity of the account's purchase of a symbol that is open.
    pub(in super::super) fn purchase(&self, symbol: SymbolId) -> Option<(Price, Qty)> {
        let open = self.engine.open_orders(self.account, Some(symbol));
        let buy = open.iter().find(|order| order.side == Side::Buy)?;
        Some((buy.kind.price()?, buy.qty))
    }

    /// Somebody sells until the account's purchase of a symbol is filled; says whether there was one.
    pub(in super::super) fn fill(&mut self, symbol: SymbolId) -> bool {
        let Some((price, qty)) = self.purchase(symbol) else { return false };
        // More than all that stands before it.
        let lot = self.lots[symbol.index()];
        let qty = Qty::from_raw(qty.raw().saturating_mul(1_000)).floor_to(lot);
        let sale = NewOrder::new(Side::Sell, OrderType::Limit { price, tif: Tif::Ioc }, qty);
        let done = self.engine.place(CROWD, symbol, sale, self.now).is_ok();
        self.record();
        done
    }

    /// Returns the account.
    pub(in super::super) fn account(&self) -> Account {
        let held = self.engine.balances(self.account).filter_map(|(id, balance)| {
            let held = Balance { free: balance.free, locked: balance.locked };
            let nothing = held.free.is_zero() && held.locked.is_zero();
            (!nothing).then(|| (self.engine.asset(id).clone(), held))
        });
        let fees = self.engine.rules(SymbolId(0)).map(|rules| &rules.instrument);
        Account {
            balances: held.collect(),
            maker_fee: fees.map_or(Ratio::ZERO, |of| of.maker_fee),
            taker_fee: fees.map_or(Ratio::ZERO, |of| of.taker_fee),
            can_trade: true,
            updated_at: self.changed,
        }
    }

    /// Returns every open order of the account.
    pub(in super::super) fn open_orders(&self) -> Vec<OrderReport> {
        let open = self.engine.open_orders(self.account, None);
        open.into_iter().map(|order| told::report(&self.engine, order)).collect()
    }

    /// Returns what is traded.
    pub(in super::super) fn listings(&self) -> Vec<Listing> {
        let listing = |id: SymbolId| {
            let rules = self.engine.rules(id)?;
            let status = match self.engine.status(id)? {
                SymbolStatus::Trading => ListingStatus::Trading,
                SymbolStatus::Halt | SymbolStatus::Break => ListingStatus::Halted,
                SymbolStatus::Delisted => return None,
            };
            Some(Listing {
                instrument: rules.instrument.clone(),
                status,
                kinds: OrderKindName::ALL.to_vec(),
                oco: true,
                oto: true,
                cancel_replace: true,
                amend: true,
                min_price: Price::ZERO,
                max_price: Price::ZERO,
                max_notional: rules.max_notional,
                market_lot: None,
                buy_band: None,
                sell_band: None,
                max_triggered_orders: rules.max_algo_orders,
                max_lists: rules.max_order_lists,
                max_position: rules.max_position,
            })
        };
        self.ids().filter_map(listing).collect()
    }

    /// Lets the bars end that end now.
    pub(in super::super) fn roll(&mut self) {
        let now = self.now;
        self.bars.iter_mut().for_each(|bars| bars.roll(now));
    }

    /// Returns what a stream says now: the quote; the bar that closes at this moment and, with `open`, the one that is open.
    pub(in super::super) fn say(&self, stream: &Stream, open: bool) -> Vec<MarketEvent> {
        let Some(id) = self.engine.symbol(&stream.symbol) else { return Vec::new() };
        match stream.channel {
            Channel::Quotes => self.quote(id).map(MarketEvent::Quote).into_iter().collect(),
            Channel::Bars(timeframe) => {
                let bars = &self.bars[id.index()];
                let update = |bar, closed| {
                    let (symbol, at) = (stream.symbol.clone(), self.now);
                    MarketEvent::Bar(BarUpdate { symbol, timeframe, bar, closed, at })
                };
                let closes = timeframe.closes_at(self.now);
                let closed = bars.closed(timeframe).filter(|_| closes);
                let open = bars.open(timeframe, self.now).filter(|_| open || closes);
                let closed = closed.map(|bar| update(bar, true));
                closed.into_iter().chain(open.map(|bar| update(bar, false))).collect()
            }
            Channel::Trades | Channel::AggTrades | Channel::Depth | Channel::DepthTop => Vec::new(),
        }
    }

    fn quote(&self, id: SymbolId) -> Option<Quote> {
        let quote = self.engine.quote(id, self.now)?;
        let ((bid, bid_qty), (ask, ask_qty)) = quote.bid.zip(quote.ask)?;
        let symbol = self.engine.rules(id)?.instrument.symbol.clone();
        let update_id = quote.update_id;
        Some(Quote { symbol, bid, bid_qty, ask, ask_qty, update_id, at: None })
    }
}
