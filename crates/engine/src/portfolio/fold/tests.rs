//! A plan lives as long as its entry, over every order that takes its stead.

use types::decision::{Protection, Protective, Reason, ReasonCode, Refusal, RefusalCode};
use types::fill::{Fee, Liquidity};
use types::ids::{Asset, Symbol};
use types::instrument::Market;

use super::*;

const SYMBOL: SymbolId = SymbolId(0);

fn at(seconds: i64) -> TsNanos {
    TsNanos::from_nanos(seconds * 1_000_000_000)
}

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

struct Desk {
    portfolio: Portfolio,
    table: Vec<Instrument>,
}

impl Desk {
    /// An entry of 2 decided at place 1.
    fn entering() -> Self {
        let asset = |name| Asset::new(name).unwrap();
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let instrument = Instrument::unknown(symbol, asset("BTC"), asset("USDT"), Market::Spot);
        let mut portfolio = Portfolio::new(1);
        portfolio.on_mark(SYMBOL, price("100"));
        let protection = Protection { stop: Protective::Distance(price("5")), target: None };
        let action = Action::Enter {
            direction: Direction::Long,
            qty: qty("2"),
            limit: None,
            protection: Some(protection),
            expires: None,
        };
        let reason = Reason::word(ReasonCode::Enter);
        portfolio.on_decision(Seq(1), &Decision { symbol: Some(SYMBOL), action, reason }, at(0));
        Self { portfolio, table: vec![instrument] }
    }

    fn place(&mut self, command: u64, tif: TimeInForce) -> OrderId {
        let order = OrderId::first(Seq(command), Leg::Main);
        let request = OrderRequest {
            symbol: SYMBOL,
            side: Side::Buy,
            kind: OrderKind::Limit { price: price("100") },
            qty: qty("2"),
            tif,
            reduce_only: false,
        };
        let action = CommandAction::Place(request);
        self.portfolio.on_command(&Command { order, cause: Seq(1), action }, at(1));
        order
    }

    fn report(&mut self, order: OrderId, event: ReportEvent) {
        self.portfolio.on_report(&Report { order: Some(order), event }, &self.table, at(2));
    }

    fn fill(&mut self, order: OrderId, size: &str) {
        let fill = Fill {
            order: Some(order),
            trade_id: order.command.0,
            symbol: SYMBOL,
            side: Side::Buy,
            qty: qty(size),
            price: price("100"),
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Maker,
        };
        self.report(order, ReportEvent::Filled(fill));
    }

    fn refuse(&mut self) {
        let refusal = Refusal::word(RefusalCode::Expired);
        self.portfolio.on_refused(&Refused { cause: Seq(1), symbol: SYMBOL, refusal });
    }
}

#[test]
fn a_plan_outlives_the_order_whose_price_moved() {
    let mut desk = Desk::entering();
    let first = desk.place(2, TimeInForce::Gtc);
    desk.report(first, ReportEvent::Accepted);
    desk.report(first, ReportEvent::Cancelled);
    assert!(desk.portfolio.has_main_order(SYMBOL), "another order takes its stead");
    let second = desk.place(5, TimeInForce::Gtc);
    desk.report(second, ReportEvent::Accepted);
    desk.fill(second, "0.5");
    let holding = desk.portfolio.holding(SYMBOL).expect("the plan is known");
    assert_eq!(holding.plan.decision, Seq(1));
    desk.report(second, ReportEvent::Cancelled);
    assert!(desk.portfolio.is_entering(SYMBOL));
    desk.refuse();
    assert!(!desk.portfolio.has_main_order(SYMBOL), "it goes no further");
    assert!(desk.portfolio.holding(SYMBOL).is_some());
}

#[test]
fn a_fill_of_the_first_order_after_the_second_was_placed_has_its_plan() {
    let mut desk = Desk::entering();
    let first = desk.place(2, TimeInForce::Gtc);
    desk.report(first, ReportEvent::Accepted);
    desk.report(first, ReportEvent::Cancelled);
    desk.place(5, TimeInForce::Gtc);
    desk.fill(first, "1");
    assert!(desk.portfolio.holding(SYMBOL).is_some());
}

#[test]
fn a_plan_ends_with_an_order_that_nothing_follows() {
    let never = ReportEvent::NeverAccepted;
    for (tif, event, ends) in [
        (TimeInForce::Ioc, ReportEvent::Expired, true),
        (TimeInForce::Gtc, ReportEvent::Expired, false),
        (TimeInForce::Gtc, ReportEvent::Rejected("no".to_owned()), true),
        (TimeInForce::Gtc, never, false),
    ] {
        let mut desk = Desk::entering();
        let order = desk.place(2, tif);
        desk.report(order, event.clone());
        assert_eq!(desk.portfolio.is_entering(SYMBOL), !ends, "{tif:?} {event:?}");
    }
    // Filled whole.
    let mut desk = Desk::entering();
    let order = desk.place(2, TimeInForce::Gtc);
    desk.report(order, ReportEvent::Accepted);
    desk.fill(order, "2");
    assert!(!desk.portfolio.is_entering(SYMBOL));
    assert!(desk.portfolio.holding(SYMBOL).is_some());
}
