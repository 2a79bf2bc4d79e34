//! What the gateway asks for after each fill, end and decision, without a market.

use types::books::Books;
use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::{Gateway, Step};

const SYMBOL: SymbolId = SymbolId(0);

/// A gateway, the books it looks at, and how many orders there were.
struct Told {
    gateway: Gateway,
    books: Books,
    orders: u64,
}

impl Told {
    /// A decision for 3 with a stop 10 below and, perhaps, a target 20 above the average fill.
    fn entering(target: bool) -> Self {
        let name = |text: &str| text.parse().unwrap();
        let instrument = Instrument::unknown(
            name("BTCUSDT"),
            "BTC".parse().unwrap(),
            "USDT".parse().unwrap(),
            Market::Spot,
        );
        let mut told =
            Self { gateway: Gateway::new(&[instrument]), books: Books::new(1), orders: 0 };
        let distance = |units: i64| Protective::Distance(price(units));
        let action = Action::Enter {
            direction: Direction::Long,
            qty: qty(3),
            limit: None,
            protection: Some(Protection {
                stop: distance(10),
                target: target.then(|| distance(20)),
            }),
            expires: None,
        };
        let reason = Reason::word(ReasonCode::Enter);
        let decision = Decision { symbol: Some(SYMBOL), action, reason };
        let mut steps = Vec::new();
        told.gateway.on_decision(Seq(1), &decision, &told.books, &mut steps);
        assert_eq!(told.tell(&steps), ["place Main Buy 3"]);
        told
    }

    /// Fills a part of an order that stays open, and says what follows.
    fn fill(&mut self, order: OrderId, side: Side, units: i64, at: i64) -> Vec<String> {
        let fill = Fill {
            order: Some(order),
            trade_id: 0,
            symbol: SYMBOL,
            side,
            qty: qty(units),
            price: price(at),
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Taker,
        };
        self.books.on_fill(&fill, Qty::STEP, TsNanos::EPOCH);
        let mut steps = Vec::new();
        self.gateway.on_fill(Seq(2), Some(order), SYMBOL, &self.books, &mut steps);
        self.tell(&steps)
    }

    /// Ends an order, and says what follows.
    fn end(&mut self, order: OrderId) -> Vec<String> {
        let mut steps = Vec::new();
        self.gateway.on_ended(Seq(3), order, SYMBOL, &self.books, &mut steps);
        self.tell(&steps)
    }

    /// Names the orders of the steps by their number and says what they are.
    fn tell(&mut self, steps: &[Step]) -> Vec<String> {
        let mut story = Vec::new();
        for step in steps {
            match step {
                Step::Place { leg, request, .. } => story.push(self.place(*leg, request)),
                Step::PlaceOco { stop, target, .. } => {
                    story.push(self.place(Leg::Stop, stop));
                    story.push(self.place(Leg::Target, target));
                }
                Step::Cancel { order, .. } => {
                    story.push(format!("cancel {} {:?}", order.command.0, order.leg));
                }
            }
        }
        story
    }

    fn place(&mut self, leg: Leg, request: &OrderRequest) -> String {
        self.orders += 1;
        self.gateway.on_placed(order(self.orders, leg), request);
        let at = match request.kind {
            OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => {
                format!(" at {trigger}")
            }
            OrderKind::Market
            | OrderKind::Limit { .. }
            | OrderKind::LimitMaker { .. }
            | OrderKind::StopLimit { .. } => String::new(),
        };
        format!("place {leg:?} {:?} {}{at}", request.side, request.qty)
    }
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

fn qty(units: i64) -> Qty {
    Qty::from_raw(units * 100_000_000)
}

fn order(number: u64, leg: Leg) -> OrderId {
    OrderId::first(Seq(number), leg)
}

#[test]
fn each_fill_of_an_entry_resizes_its_stop_and_never_lowers_it() {
    let mut told = Told::entering(false);
    let main = order(1, Leg::Main);
    assert_eq!(told.fill(main, Side::Buy, 1, 100), ["place Stop Sell 1 at 90"]);
    // The average is 106, its stop 96.
    assert_eq!(told.fill(main, Side::Buy, 1, 112), ["cancel 2 Stop", "place Stop Sell 2 at 96"]);
    // The average is 100 again: the stop stays.
    assert_eq!(told.fill(main, Side::Buy, 1, 88), ["cancel 3 Stop", "place Stop Sell 3 at 96"]);
    assert!(told.end(main).is_empty());
}

#[test]
fn a_protective_order_that_trades_in_part_is_left_to_close_the_rest() {
    let mut told = Told::entering(true);
    let main = order(1, Leg::Main);
    assert_eq!(
        told.fill(main, Side::Buy, 3, 100),
        ["place Stop Sell 3 at 90", "place Target Sell 3 at 120"]
    );
    let (stop, target) = (order(2, Leg::Stop), order(3, Leg::Target));
    assert!(told.fill(target, Side::Sell, 1, 120).is_empty());
    assert!(told.end(stop).is_empty(), "the list's other order has ended with it");
    assert!(told.fill(target, Side::Sell, 1, 119).is_empty());
    // It ends with something left: that is guarded again.
    assert_eq!(told.end(target), ["place Stop Sell 1 at 90", "place Target Sell 1 at 120"]);
}
