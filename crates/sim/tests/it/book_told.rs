//! The book as a story: one line for what somebody asks, one for what the venue says.

use std::collections::BTreeMap;

use sim::exchange::Rejection;
use sim::exchange::book::{
    AccountId, Cancel, CancelOnly, ClientId, Depth, Event, Execution, ListChange, ListRef,
    ListShape, MatchingEngine, NewAccount, NewList, NewOrder, OrderRef, OrderStatus, OrderType,
    Pair, PreventedMatch, ReplaceMode, Size, Stp, SymbolRules, SymbolStatus, Tif, VenueLimits,
    VenueOrderId,
};
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;

/// Who takes part: clients, two of them in one trade group, and other people.
const PEOPLE: [&str; 5] = ["anna", "bob", "carl", "cara", "crowd"];

/// Reads a number of a story.
pub(crate) fn n<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap_or_else(|| panic!("`{text}` is no number"))
}

/// Returns the rules of stories: tick 0.01, lot 0.001, at least 5 USDT, no fees.
pub(crate) fn plain_rules() -> SymbolRules {
    let asset = |name| Asset::new(name).expect("a name");
    let symbol = Symbol::new("BTCUSDT").expect("a name");
    let known = Instrument::unknown(symbol, asset("BTC"), asset("USDT"), Market::Spot);
    SymbolRules::of(Instrument {
        tick: n("0.01"),
        lot: n("0.001"),
        min_qty: n("0.001"),
        max_qty: n("1000"),
        min_notional: n("5"),
        maker_fee: Ratio::ZERO,
        taker_fee: Ratio::ZERO,
        fee_asset: FeeAsset::Received,
        ..known
    })
}

/// A venue that is told what to do.
pub(crate) struct Told {
    pub(crate) engine: MatchingEngine,
    pub(crate) symbol: SymbolId,
    fresh: MatchingEngine,
    now: TsNanos,
    /// The book as a client builds it from the changes alone.
    mirror: BTreeMap<(bool, Price), Qty>,
    update: u64,
    quote: [Option<(Price, Qty)>; 2],
}

impl Told {
    pub(crate) fn new() -> Self {
        Self::with(plain_rules(), VenueLimits::default())
    }

    pub(crate) fn with(rules: SymbolRules, limits: VenueLimits) -> Self {
        let mut engine = MatchingEngine::new(limits);
        let symbol = engine.add_symbol(rules).expect("it is taken");
        for name in PEOPLE {
            let trade_group = name.starts_with("car").then_some(7);
            let kind = if name == "crowd" { NewAccount::CROWD } else { NewAccount::CLIENT };
            engine.open_account(NewAccount { trade_group, ..kind }).expect("it is taken");
        }
        let fresh = engine.clone();
        for (place, _) in PEOPLE.iter().enumerate().filter(|(_, name)| **name != "crowd") {
            let account = AccountId(u32::try_from(place).expect("few of them"));
            for (asset, amount) in [("BTC", 100), ("USDT", 10_000)] {
                let asset = Asset::new(asset).expect("a name");
                engine
                    .flow(account, &asset, Money::from_units(amount), TsNanos::EPOCH)
                    .expect("it is taken");
            }
        }
        engine.drain_events();
        let (now, mirror, update, quote) = (TsNanos::EPOCH, BTreeMap::new(), 0, [None, None]);
        Self { engine, symbol, fresh, now, mirror, update, quote }
    }

    /// Tells line by line and compares what the venue says.
    pub(crate) fn hears(mut self, story: &[(&str, &str)]) -> Self {
        for (line, answer) in story {
            assert_eq!(self.hear(line), *answer, "{line}");
        }
        self
    }

    /// Tells one line, checks that everything holds, returns what the venue says.
    pub(crate) fn hear(&mut self, line: &str) -> String {
        self.now = self.now.plus(1_000_000);
        let before = self.engine.save();
        let (done, events) = (self.act(line), self.engine.drain_events().collect::<Vec<_>>());
        self.engine.check_invariants().unwrap_or_else(|broken| panic!("{line}: {broken}"));
        self.follow(line, &events);
        self.survives_a_restart(line);
        let mut said: Vec<String> = events.iter().filter_map(say).collect();
        if let Err(rejection) = done {
            assert_eq!(self.engine.save(), before, "{line}: a rejection changes nothing");
            said.push(format!("rejected {}", rejection.name()));
        }
        said.join("; ")
    }

    /// Returns free and locked of an account.
    pub(crate) fn has(&self, who: &str, asset: &str) -> String {
        let asset = self.engine.asset_id(&Asset::new(asset).expect("a name")).expect("an asset");
        let balance = self.engine.balance(account(who), asset);
        format!("{}+{}", balance.free, balance.locked)
    }

    /// Returns an order by its number.
    pub(crate) fn order(&self, number: u64) -> sim::exchange::book::Order {
        let id = OrderRef::Id(VenueOrderId(number));
        (0..4)
            .find_map(|account| self.engine.order(AccountId(account), self.symbol, id))
            .copied()
            .expect("it is taken")
    }

    /// Builds the book from its changes and compares.
    fn follow(&mut self, line: &str, events: &[Event]) {
        for event in events {
            if let Event::Level(level) = event {
                assert_eq!(level.update_id, self.update + 1, "{line}: update ids have no gap");
                self.update = level.update_id;
                let key = (level.side == Side::Sell, level.price);
                if level.qty.is_zero() {
                    self.mirror.remove(&key);
                } else {
                    self.mirror.insert(key, level.qty);
                }
            }
            if let Event::Quote(quote) = event {
                self.quote = [quote.bid, quote.ask];
            }
        }
        let side = |sells: bool| {
            let levels = self.mirror.iter().filter(move |((s, _), _)| *s == sells);
            levels.map(|((_, price), qty)| (*price, *qty)).collect::<Vec<_>>()
        };
        let (mut bids, asks) = (side(false), side(true));
        bids.reverse();
        let depth = self.engine.depth(self.symbol, usize::MAX);
        assert_eq!(self.quote, [bids.first().copied(), asks.first().copied()]);
        assert_eq!(depth, Depth { last_update: self.update, bids, asks }, "{line}: diffs");
    }

    /// A venue that is rebuilt from what was kept has kept the same.
    fn survives_a_restart(&self, line: &str) {
        let saved = self.engine.save();
        let again = self.fresh.clone().restored(saved.clone());
        assert_eq!(again.map(|engine| engine.save()), Ok(saved), "{line}: restart");
    }

    fn act(&mut self, line: &str) -> Result<(), Rejection> {
        let words: Vec<&str> = line.split(' ').collect();
        let (symbol, now) = (self.symbol, self.now);
        match words[..] {
            ["halt"] => self.engine.set_status(symbol, SymbolStatus::Halt, now),
            ["trade"] => self.engine.set_status(symbol, SymbolStatus::Trading, now),
            ["delist"] => self.engine.set_status(symbol, SymbolStatus::Delisted, now),
            ["last", price] => self.engine.set_reference(symbol, n(price)),
            ["wait", seconds] => {
                self.now = now.plus(n::<i64>(seconds) * 1_000_000_000);
                Ok(())
            }
            [who, ref rest @ ..] => self.ask(account(who), rest),
            [] => panic!("an empty line"),
        }
    }

    fn ask(&mut self, who: AccountId, words: &[&str]) -> Result<(), Rejection> {
        let (symbol, now) = (self.symbol, self.now);
        match *words {
            ["deposit", amount, asset] => {
                self.engine.flow(who, &Asset::new(asset).expect("a name"), n(amount), now)
            }
            ["cancel", "all"] => self.engine.cancel_all(who, symbol, now).map(drop),
            ["cancel", "list", id] => {
                let list = ListRef::Id(sim::exchange::book::ListId(n(id)));
                self.engine.cancel_list(who, symbol, list, None, now).map(drop)
            }
            ["cancel", order, ref only @ ..] => {
                self.engine.cancel(who, cancel(symbol, order, only), now).map(drop)
            }
            ["replace", order, ref with @ ..] => {
                let (mode, with) = match *with {
                    ["or", "place", ref with @ ..] => (ReplaceMode::AllowFailure, with),
                    ["with", ref with @ ..] => (ReplaceMode::StopOnFailure, with),
                    _ => panic!("{words:?}"),
                };
                let cancel = cancel(symbol, order, &[]);
                let both = self.engine.cancel_replace(who, cancel, new_order(with), mode, now)?;
                match (both.cancel, both.place) {
                    (Err(rejection), None | Some(Err(_))) => Err(rejection),
                    (Ok(_), None) => panic!("a cancellation that worked is followed up"),
                    (Ok(_) | Err(_), Some(_)) => Ok(()),
                }
            }
            ["amend", order, "to", qty, ref name @ ..] => {
                let name = name.get(1).map(|name| n::<ClientId>(name));
                self.engine.amend(who, symbol, order_ref(order), n(qty), name, now).map(drop)
            }
            ["test", ref order @ ..] => self.engine.test(who, symbol, &new_order(order), now),
            ["oco", ref list @ ..] => self.place_list(who, ListShape::Oco(pair(list))),
            ["oto", ref list @ ..] => {
                let (working, pending) = split(list, "then");
                let (working, pending) = (new_order(working), new_order(pending));
                self.place_list(who, ListShape::Oto { working, pending })
            }
            ["otoco", ref list @ ..] => {
                let (working, pending) = split(list, "then");
                let (working, pending) = (new_order(working), pair(pending));
                self.place_list(who, ListShape::Otoco { working, pending })
            }
            ref order => self.engine.place(who, symbol, new_order(order), now).map(drop),
        }
    }

    fn place_list(&mut self, who: AccountId, shape: ListShape) -> Result<(), Rejection> {
        let list = NewList { client_id: None, shape };
        self.engine.place_list(who, self.symbol, list, self.now).map(drop)
    }
}

pub(crate) fn account(who: &str) -> AccountId {
    let place = PEOPLE.iter().position(|name| *name == who);
    AccountId(u32::try_from(place.unwrap_or_else(|| panic!("who is {who}?"))).expect("it is taken"))
}

fn order_ref(text: &str) -> OrderRef {
    match text.parse() {
        Ok(id) => OrderRef::Id(VenueOrderId(id)),
        Err(_) => OrderRef::ClientId(n(text)),
    }
}

fn cancel(symbol: SymbolId, order: &str, only: &[&str]) -> Cancel {
    let only = match *only {
        [] => CancelOnly::Always,
        ["if", "new"] => CancelOnly::OnlyNew,
        ["if", "partial"] => CancelOnly::OnlyPartiallyFilled,
        _ => panic!("{only:?}"),
    };
    Cancel { symbol, order: order_ref(order), client_id: None, only }
}

fn split<'a>(words: &'a [&'a str], at: &str) -> (&'a [&'a str], &'a [&'a str]) {
    let place = words.iter().position(|word| *word == at).unwrap_or_else(|| panic!("{words:?}"));
    (&words[..place], &words[place + 1..])
}

/// Reads `sell 1 above maker 110 below stop 90`.
fn pair(words: &[&str]) -> Pair {
    let (size, kinds) = split(words, "above");
    let (above, below) = split(kinds, "below");
    let order = |kind: &[&str]| new_order(&[size, kind].concat());
    Pair { above: order(above), below: order(below) }
}

/// Reads `buy 1 limit 100 ioc as name stp EXPIRE_TAKER`.
fn new_order(words: &[&str]) -> NewOrder {
    let side = match words[0] {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        other => panic!("{other} is no side"),
    };
    let (size, mut rest) = match words[1] {
        "quote" => (Size::Quote(n(words[2])), &words[3..]),
        qty => (Size::Base(n(qty)), &words[2..]),
    };
    let (mut client_id, mut stp) = (None, Some(Stp::None));
    while let [before @ .., word, value] = rest {
        match *word {
            "as" => client_id = Some(n(value)),
            "stp" => stp = Stp::ALL.into_iter().find(|mode| format!("{mode:?}") == *value),
            _ => break,
        }
        rest = before;
    }
    NewOrder { size, client_id, stp, ..NewOrder::new(side, kind(rest), Qty::ZERO) }
}

fn kind(words: &[&str]) -> OrderType {
    let (words, tif) = match *words {
        [ref words @ .., "ioc"] => (words, Tif::Ioc),
        [ref words @ .., "fok"] => (words, Tif::Fok),
        ref words => (words, Tif::Gtc),
    };
    match *words {
        ["limit", price] => OrderType::Limit { price: n(price), tif },
        ["maker", price] => OrderType::LimitMaker { price: n(price) },
        ["market"] => OrderType::Market,
        ["stop", stop] => OrderType::StopLoss { stop: n(stop) },
        ["stop", stop, "limit", price] => {
            OrderType::StopLossLimit { stop: n(stop), price: n(price), tif }
        }
        ["take", stop] => OrderType::TakeProfit { stop: n(stop) },
        ["take", stop, "limit", price] => {
            OrderType::TakeProfitLimit { stop: n(stop), price: n(price), tif }
        }
        _ => panic!("{words:?} is no type"),
    }
}

/// Says what concerns clients.
fn say(event: &Event) -> Option<String> {
    Some(match event {
        Event::Order(told) => {
            let id = told.order.id;
            match told.execution {
                Execution::New if told.order.status == OrderStatus::PendingNew => {
                    format!("{id} pending")
                }
                Execution::New => format!("{id} new"),
                Execution::Triggered => format!("{id} triggered"),
                Execution::Trade { price, qty, maker, .. } => {
                    let part = told.order.status == OrderStatus::PartiallyFilled;
                    let (part, role) =
                        (if part { "part " } else { "" }, if maker { "made" } else { "took" });
                    format!("{id} {role} {part}{qty} at {price}")
                }
                Execution::Cancelled { .. } => format!("{id} cancelled"),
                Execution::Replaced { .. } => format!("{id} amended to {}", told.order.qty),
                Execution::Expired(why) => format!("{id} expired {}", why.name()),
                Execution::Prevented(PreventedMatch { id: number, .. }) => {
                    let status = told.order.status.name();
                    format!("{id} prevented {} #{number} {status}", told.order.prevented)
                }
            }
        }
        Event::Rejected(rejected) => format!("then rejected {}", rejected.rejection.name()),
        Event::List { list, change, .. } => match change {
            ListChange::Started => format!("list {} started", list.id),
            ListChange::Updated => format!("list {} updated", list.id),
            ListChange::Done => format!("list {} done", list.id),
        },
        Event::Flow { amount, .. } => format!("flow {amount}"),
        Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Balances { .. }
        | Event::Status { .. }
        | Event::Rules { .. } => return None,
    })
}
