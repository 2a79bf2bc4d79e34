//! Each hard limit at its line, one step below and one above.

use types::decision::{Protection, Protective, Refusal, RefusalCode};
use types::entry::{Body, Command, CommandAction, Entry, Report, ReportEvent, Source};
use types::fill::{Fee, Fill, Liquidity};
use types::hard_limits::HardLimits;
use types::ids::{Asset, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::super::state::State;
use super::{above, approve};

/// The start: 1,000 in cash, BTC at 100 and ETH at 10, both listed, wide limits.
struct Scene {
    state: State,
    now: TsNanos,
}

const SECOND: i64 = 1_000_000_000;

impl Scene {
    fn new() -> Self {
        let start = TsNanos::from_nanos(1_700_006_400 * SECOND);
        let mut scene = Self { state: State::new("main", Timeframe::H4), now: start };
        scene.fold(Body::Genesis { journal: JournalId([1; 16]), seed: 1 });
        scene.fold(Body::Instruments(vec![instrument("BTC"), instrument("ETH")]));
        scene.fold(Body::Flow { amount: Money::from_units(1_000) });
        scene.mark(0, "100");
        scene.mark(1, "10");
        scene.fold(Body::Limits(wide()));
        scene
    }

    fn fold(&mut self, body: Body) -> Seq {
        let seq = Seq(self.state.last.0 + 1);
        let source = Source::Hub;
        self.state.fold(&Entry { seq, ts_event: self.now, ts: self.now, source, body });
        seq
    }

    fn mark(&mut self, symbol: u16, price: &str) {
        self.fold(Body::Mark { symbol: SymbolId(symbol), price: price.parse().unwrap() });
    }

    fn limits(&mut self, limits: HardLimits) {
        self.fold(Body::Limits(limits));
    }

    /// An open order; returns its name.
    fn open(&mut self, request: OrderRequest) -> OrderId {
        self.open_as(if request.reduce_only { Leg::Stop } else { Leg::Main }, request)
    }

    fn open_as(&mut self, leg: Leg, request: OrderRequest) -> OrderId {
        let order = OrderId::first(Seq(self.state.last.0 + 1), leg);
        let action = CommandAction::Place(request);
        self.fold(Body::Command(Command { order, cause: Seq(1), action }));
        order
    }

    fn fill(&mut self, order: OrderId, request: &OrderRequest, qty: &str, price: &str) {
        let fill = Fill {
            order: Some(order),
            trade_id: self.state.last.0,
            symbol: request.symbol,
            side: request.side,
            qty: qty.parse().unwrap(),
            price: price.parse().unwrap(),
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Taker,
        };
        let event = ReportEvent::Filled(fill);
        self.fold(Body::Report(Report { order: Some(order), event }));
    }

    /// Asks for an order; returns the code and numbers of the refusal.
    fn ask(&self, request: OrderRequest) -> Option<(RefusalCode, Money, Money)> {
        let refused = approve(&self.state, request, 1, true).err();
        refused.map(|Refusal { code, seen, limit }| (code, seen, limit))
    }

    /// Asks for an order; returns what a user reads.
    fn told(&self, request: OrderRequest) -> String {
        approve(&self.state, request, 1, true).expect_err("a refusal").to_string()
    }

    fn code(&self, request: OrderRequest) -> Option<RefusalCode> {
        self.ask(request).map(|(code, _, _)| code)
    }
}

fn instrument(base: &str) -> Instrument {
    let symbol = Symbol::new(&format!("{base}USDT")).unwrap();
    let asset = |name| Asset::new(name).unwrap();
    Instrument::unknown(symbol, asset(base), asset("USDT"), Market::Spot)
}

fn wide() -> HardLimits {
    HardLimits {
        version: 1,
        order_notional: Money::from_units(100_000),
        gross_exposure: Money::from_units(100_000),
        open_orders: 100,
        orders_per_second: 100,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: vec![Symbol::new("BTCUSDT").unwrap(), Symbol::new("ETHUSDT").unwrap()],
    }
}

fn limit(symbol: u16, side: Side, qty: &str, price: &str) -> OrderRequest {
    OrderRequest {
        symbol: SymbolId(symbol),
        side,
        kind: OrderKind::Limit { price: price.parse().unwrap() },
        qty: qty.parse().unwrap(),
        tif: TimeInForce::Ioc,
        reduce_only: false,
    }
}

fn buy(qty: &str, price: &str) -> OrderRequest {
    limit(0, Side::Buy, qty, price)
}

fn sale(qty: &str) -> OrderRequest {
    let kind = OrderKind::Market;
    OrderRequest { kind, reduce_only: true, ..limit(0, Side::Sell, qty, "100") }
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

/// A purchase of 1 BTC of another kind.
fn of_kind(kind: OrderKind) -> OrderRequest {
    OrderRequest { kind, ..buy("1", "100") }
}

#[test]
fn without_limits_nothing_is_entered() {
    let mut scene = Scene::new();
    scene.state.limits = None;
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::NoLimits));
    assert!(approve(&scene.state, buy("1", "100"), 1, false).is_ok(), "a backtest has none");
}

#[test]
fn the_kill_switch_lets_only_what_reduces_pass() {
    let mut scene = Scene::new();
    let request = buy("1", "100");
    let order = scene.open(request);
    scene.fill(order, &request, "1", "100");
    scene.state.killed = true;
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::Killed));
    assert_eq!(scene.code(sale("1")), None);
    // More than is held would turn the position round: that is no reduction.
    assert_eq!(scene.code(sale("1.00000001")), Some(RefusalCode::Killed));
}

#[test]
fn only_listed_symbols() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { symbols: vec![Symbol::new("ETHUSDT").unwrap()], ..wide() });
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::SymbolNotListed));
    assert_eq!(scene.code(limit(1, Side::Buy, "1", "10")), None);
}

#[test]
fn notional_of_one_order() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { order_notional: Money::from_units(200), ..wide() });
    assert_eq!(scene.code(buy("2", "100")), None);
    let (code, seen, line) = scene.ask(buy("2.00000001", "100")).unwrap();
    assert_eq!(code, RefusalCode::OrderNotional);
    assert_eq!((seen.to_string(), line.to_string()), ("200.000001".to_owned(), "200".to_owned()));
    // A price below the mark does not make it smaller: it may trade at either.
    assert_eq!(scene.code(buy("2.00000001", "90")), Some(RefusalCode::OrderNotional));
}

#[test]
fn the_collar_is_on_the_price_it_can_trade_at_on_arrival() {
    let scene = Scene::new();
    assert_eq!(scene.told(buy("1", "103")), "HARD_PRICE_COLLAR: seen=3 %, limit=2 %");
    for (request, passes) in [
        (buy("1", "102"), true),
        (buy("1", "102.00000001"), false),
        // Far below it only rests.
        (buy("1", "50"), true),
        (limit(0, Side::Sell, "1", "98"), true),
        (limit(0, Side::Sell, "1", "97.99999999"), false),
        (OrderRequest { kind: OrderKind::Market, ..buy("1", "100") }, false),
        // A trigger is no price; the limit behind it is one.
        (of_kind(OrderKind::StopLimit { trigger: price("150"), price: price("102") }), true),
        (of_kind(OrderKind::StopLimit { trigger: price("90"), price: price("102.01") }), false),
        (of_kind(OrderKind::StopMarket { trigger: price("100") }), false),
        (of_kind(OrderKind::TakeProfit { trigger: price("100") }), false),
    ] {
        let code = scene.code(request);
        assert_eq!(code, (!passes).then_some(RefusalCode::PriceCollar), "{request:?}");
    }
}

#[test]
fn gross_exposure_counts_every_open_order_as_filled_in_the_worst_order() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { gross_exposure: Money::from_units(500), ..wide() });
    let first = buy("2", "100");
    let order = scene.open(first);
    scene.fill(order, &first, "1", "100");
    // 1 held, 1 open: 200. A sale that rests does not make room for a purchase.
    scene.open(limit(0, Side::Sell, "1", "110"));
    scene.open(limit(1, Side::Buy, "10", "10"));
    // 2 and this at 110, the highest price of an open order, and ETH's 100.
    assert_eq!(scene.code(buy("1.63636363", "100")), None);
    assert_eq!(scene.code(buy("1.63636364", "100")), Some(RefusalCode::GrossExposure));
}

#[test]
fn a_sale_that_turns_the_position_round_counts_for_what_is_left_of_it() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { gross_exposure: Money::from_units(500), ..wide() });
    let first = buy("1", "100");
    let order = scene.open(first);
    scene.fill(order, &first, "1", "100");
    // 1 held, 5 on sale at 100: 4 short at worst, and 10 of ETH.
    scene.open(limit(0, Side::Sell, "5", "100"));
    assert_eq!(scene.code(limit(1, Side::Buy, "10", "10")), None);
    assert_eq!(
        scene.code(limit(1, Side::Buy, "10.00000001", "10")),
        Some(RefusalCode::GrossExposure)
    );
}

#[test]
fn what_is_held_is_above_a_lowered_limit_only_beyond_it() {
    let mut scene = Scene::new();
    let first = buy("5", "100");
    let order = scene.open(first);
    scene.fill(order, &first, "5", "100");
    scene.limits(HardLimits { gross_exposure: Money::from_units(500), ..wide() });
    assert_eq!(above(&scene.state), None, "at the line");
    scene.limits(HardLimits { gross_exposure: Money::from_units(499), ..wide() });
    assert_eq!(above(&scene.state), Some((Money::from_units(500), Money::from_units(499))));
}

/// What was open before the limits were, or somebody else's, may have no price of its own.
#[test]
fn an_open_order_without_a_price_counts_at_the_worst_it_can_trade_at() {
    for (kind, fits, too_much) in [
        // 1 and this at 102, the end of the collar of 2 %.
        (OrderKind::Market, "3.90196078", "3.90196079"),
        (OrderKind::StopMarket { trigger: price("120") }, "3.16666666", "3.16666667"),
        (OrderKind::TakeProfit { trigger: price("80") }, "4", "4.00000001"),
    ] {
        let mut scene = Scene::new();
        scene.limits(HardLimits { gross_exposure: Money::from_units(500), ..wide() });
        scene.open(of_kind(kind));
        assert_eq!(scene.code(buy(fits, "100")), None, "{kind:?}");
        let refused = Some(RefusalCode::GrossExposure);
        assert_eq!(scene.code(buy(too_much, "100")), refused, "{kind:?}");
    }
}

#[test]
fn what_may_only_reduce_is_no_exposure_however_large() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { gross_exposure: Money::from_units(500), ..wide() });
    let first = buy("1", "100");
    let order = scene.open(first);
    scene.fill(order, &first, "1", "100");
    scene.open(sale("9"));
    assert_eq!(scene.code(buy("4", "100")), None, "1 held and this");
}

#[test]
fn only_what_is_against_the_position_reduces_it() {
    for (opens, closes) in [(Side::Buy, Side::Sell), (Side::Sell, Side::Buy)] {
        let mut scene = Scene::new();
        let request = limit(0, opens, "1", "100");
        let order = scene.open(request);
        scene.fill(order, &request, "1", "100");
        scene.state.killed = true;
        let ask = |side| OrderRequest { reduce_only: true, ..limit(0, side, "1", "100") };
        assert_eq!(scene.code(ask(closes)), None, "{opens:?} held");
        assert_eq!(scene.code(ask(opens)), Some(RefusalCode::Killed), "{opens:?} held");
        let plain = OrderRequest { reduce_only: false, ..ask(closes) };
        assert_eq!(scene.code(plain), Some(RefusalCode::Killed), "it may turn the position round");
    }
}

#[test]
fn open_orders_with_the_protection_they_will_need() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { open_orders: 4, ..wide() });
    let entry = buy("1", "100");
    let three =
        |scene: &Scene| approve(&scene.state, limit(1, Side::Buy, "1", "10"), 3, true).err();
    assert_eq!(three(&scene), None, "an entry with stop and target makes three");
    scene.open(entry);
    assert_eq!(three(&scene), None, "four with one that is open");
    let distance = Protective::Distance(Price::ONE);
    scene.state.guards[0].protection = Some(Protection { stop: distance, target: None });
    let refused = three(&scene).expect("the open one will need a stop");
    assert_eq!(refused.to_string(), "HARD_OPEN_ORDERS: seen=5, limit=4");
}

#[test]
fn open_orders_count_each_and_entries_only_what_they_still_need() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { open_orders: 5, ..wide() });
    let (stop, target) = (Protective::Distance(Price::ONE), Some(Protective::Distance(Price::ONE)));
    let seen = |scene: &Scene| {
        let refused = approve(&scene.state, limit(1, Side::Buy, "1", "10"), 6, true).err();
        refused.expect("six are more than five").seen
    };
    scene.open(buy("1", "100"));
    scene.open(buy("1", "100"));
    assert_eq!(seen(&scene), Money::from_units(8), "two and six");
    scene.state.guards[0].protection = Some(Protection { stop, target });
    assert_eq!(seen(&scene), Money::from_units(12), "each of the two needs a stop and a target");
    scene.open(sale("1"));
    assert_eq!(seen(&scene), Money::from_units(9), "they have them: what is there is counted");
    let mut scene = Scene::new();
    scene.limits(HardLimits { open_orders: 5, ..wide() });
    scene.state.guards[0].protection = Some(Protection { stop, target });
    scene.open_as(Leg::Main, sale("1"));
    assert_eq!(seen(&scene), Money::from_units(7), "what only reduces needs no protection");
}

#[test]
fn orders_within_a_second() {
    let mut scene = Scene::new();
    scene.limits(HardLimits { orders_per_second: 2, ..wide() });
    scene.open(buy("1", "100"));
    scene.now = scene.now.plus(SECOND / 2);
    scene.open(buy("1", "100"));
    assert_eq!(scene.told(buy("1", "100")), "HARD_ORDER_RATE: seen=3, limit=2");
    scene.now = scene.now.plus(SECOND / 2 - 1);
    scene.mark(0, "100");
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::OrderRate));
    scene.now = scene.now.plus(1);
    scene.mark(0, "100");
    assert_eq!(scene.code(buy("1", "100")), None, "the first is a whole second old");
}

#[test]
fn loss_of_the_day_net_of_flows() {
    let mut scene = Scene::new();
    let request = buy("5", "100");
    let order = scene.open(request);
    scene.fill(order, &request, "5", "100");
    // 500 of 1,000 are in it: 20 % down is 10 % of the equity at the start.
    scene.mark(0, "80.00000001");
    assert_eq!(scene.code(buy("1", "80")), None);
    scene.mark(0, "80");
    assert_eq!(scene.code(buy("1", "80")), Some(RefusalCode::DailyLoss));
    assert_eq!(scene.code(sale("5")), None);
    // A withdrawal is no loss, a deposit no profit.
    scene.mark(0, "90");
    scene.fold(Body::Flow { amount: Money::from_units(-400) });
    assert_eq!(scene.code(buy("1", "90")), None);
    scene.mark(0, "79");
    scene.fold(Body::Flow { amount: Money::from_units(900) });
    assert_eq!(scene.code(buy("1", "79")), Some(RefusalCode::DailyLoss));
    // The next day begins at what is there.
    scene.now = scene.now.plus(86_400 * SECOND);
    scene.mark(0, "79");
    assert_eq!(scene.code(buy("1", "79")), None);
}

#[test]
fn a_limit_that_cannot_be_evaluated_refuses() {
    let mut scene = Scene::new();
    scene.state.marks[1] = None;
    assert_eq!(scene.code(limit(1, Side::Buy, "1", "10")), Some(RefusalCode::NotEvaluable));
    assert_eq!(scene.code(buy("1", "100")), None, "ETH is neither held nor ordered");
    let eth = limit(1, Side::Buy, "1", "10");
    let order = scene.open(eth);
    scene.fill(order, &eth, "1", "10");
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::NotEvaluable), "what ETH is worth");
    scene.mark(1, "10");
    assert_eq!(scene.code(buy("1", "100")), None);
    // A mark that nobody renews grows too old.
    scene.now = scene.now.plus(2 * 86_400 * SECOND);
    scene.mark(0, "100");
    assert_eq!(scene.code(buy("1", "100")), None, "two days are not");
    scene.now = scene.now.plus(1);
    scene.mark(0, "100");
    let told = "LIMIT_NOT_EVALUABLE: seen=172800 s, limit=172800 s";
    assert_eq!(scene.told(buy("1", "100")), told, "whole seconds");
    // With bars, one that is a whole bar late.
    scene.state.shortest = Some(Timeframe::H1);
    scene.mark(1, "10");
    scene.now = scene.now.plus(2 * 3_600 * SECOND);
    scene.mark(0, "100");
    assert_eq!(scene.code(buy("1", "100")), None, "two hours are not");
    scene.now = scene.now.plus(1);
    scene.mark(0, "100");
    assert_eq!(scene.code(buy("1", "100")), Some(RefusalCode::NotEvaluable));
    assert_eq!(Qty::from_raw(1).to_string(), "0.00000001");
}
