//! No sequence of bars and orders breaks the venue's books.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use sim::exchange::{BarInput, Conventions, CostModel, Exchange, Happening};
use types::bar::Bar;
use types::entry::{Report, ReportEvent};
use types::fill::{Fee, Fill};
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use crate::exchange_story::instrument;

const MINUTE: i64 = 60_000_000_000;
const SYMBOLS: u16 = 2;

/// One thing that is done: four numbers that mean an order, a cancellation, a replacement.
type Deed = (u8, u8, u16, u16);
/// One minute: per symbol gap, up, down, close in ticks and a volume; and what is done in it.
type Minute = ([(i16, u8, u8, u8, u8); SYMBOLS as usize], Vec<Deed>);

/// Independent books: only what the reports say.
#[derive(Default)]
struct Ledger {
    cash: Money,
    held: [Qty; SYMBOLS as usize],
    ordered: BTreeMap<OrderId, (OrderRequest, Qty)>,
    liquidations: u32,
    fills: u32,
}

impl Ledger {
    fn fold(&mut self, fill: &Fill) {
        self.fills += 1;
        let (base, quote) = match fill.fee {
            Fee::Base(qty) => (qty, Money::ZERO),
            Fee::Quote(money) => (Qty::ZERO, money),
        };
        let held = &mut self.held[fill.symbol.index()];
        match fill.side {
            Side::Buy => {
                *held += fill.qty - base;
                self.cash -= fill.notional() + quote;
            }
            Side::Sell => {
                *held -= fill.qty + base;
                self.cash += fill.notional() - quote;
            }
        }
    }
}

struct Run {
    exchange: Exchange,
    ledger: Ledger,
    price: [i64; SYMBOLS as usize],
    orders: u64,
    minute: i64,
    free_of_costs: bool,
    ranges: [(Price, Price); SYMBOLS as usize],
}

impl Run {
    fn new(market: Market, costs: CostModel, fee: i64, leverage: u32) -> Self {
        let mut rules = instrument(market);
        (rules.maker_fee, rules.taker_fee) = (Ratio::from_bps(fee), Ratio::from_bps(2 * fee));
        rules.min_notional = Money::from_units(5);
        let mut other = rules.clone();
        other.symbol = "ETHUSDT".parse().unwrap();
        // Costs and delays may lead outside the bar, against us.
        let free_of_costs =
            costs.half_spread.is_zero() && costs.slippage.is_zero() && costs.latency_nanos == 0;
        let cash = Money::from_units(1_000);
        let mut exchange =
            Exchange::new(market, vec![rules, other], costs, Conventions::default(), cash).unwrap();
        for symbol in 0..SYMBOLS {
            exchange.set_leverage(SymbolId(symbol), leverage);
        }
        let ledger = Ledger { cash, ..Ledger::default() };
        let ranges = [(Price::ZERO, Price::ZERO); SYMBOLS as usize];
        Self {
            exchange,
            ledger,
            price: [10_000; SYMBOLS as usize],
            orders: 0,
            minute: 0,
            free_of_costs,
            ranges,
        }
    }

    fn walk(&mut self, minute: &Minute) {
        let (moves, deeds) = minute;
        let (open, close) = (at(self.minute), at(self.minute + 1));
        let bars: Vec<BarInput> = (0..SYMBOLS).map(|s| self.bar(s, moves, open)).collect();
        let mut deeds = deeds.iter();
        if let Some(deed) = deeds.next() {
            self.deed(*deed, open);
        }
        self.exchange.begin_bars(&bars, open, close);
        let mut last = open;
        while let Some(happening) = self.exchange.next_happening() {
            let now = match &happening {
                Happening::Report { at, .. } | Happening::Funding { at, .. } => *at,
            };
            assert!(last <= now && now < close, "time goes on, within the bar");
            last = now;
            self.hear(&happening);
            if let Some(deed) = deeds.next() {
                self.deed(*deed, now);
            }
        }
        self.agree();
        self.minute += 1;
    }

    fn bar(
        &mut self,
        symbol: u16,
        moves: &[(i16, u8, u8, u8, u8); SYMBOLS as usize],
        open_time: TsNanos,
    ) -> BarInput {
        let (gap, up, down, place, volume) = moves[usize::from(symbol)];
        let price = &mut self.price[usize::from(symbol)];
        let open = (*price + i64::from(gap)).max(600);
        let (high, low) = (open + i64::from(up) * 3, open - i64::from(down) * 2);
        let close = low + (high - low) * i64::from(place) / 255;
        *price = close;
        let [open, high, low, close] = [open, high, low, close].map(ticks);
        self.ranges[usize::from(symbol)] = (low, high);
        let volume = match volume {
            0..20 => Some(0.0),
            20..60 => None,
            60.. => Some(f64::from(volume) / 10.0),
        };
        let bar = Bar { open_time, open, high, low, close, volume };
        bar.check().unwrap();
        BarInput { symbol: SymbolId(symbol), bar, half_spread: None, mark: None }
    }

    fn deed(&mut self, (what, who, size, place): Deed, now: TsNanos) {
        let said = match what % 8 {
            0 => self.exchange.cancel(id(u64::from(who) % (self.orders + 1)), now),
            1 => {
                let legs = vec![self.leg(what / 8, who, size, place)];
                self.exchange.replace(id(u64::from(who) % (self.orders + 1)), legs, now)
            }
            2 => {
                let stop = self.leg(2, who, size, place);
                let target = self.leg(4, who, size, place / 2);
                self.exchange.place_oco([stop, target], now)
            }
            3 if self.exchange.market() == Market::Perp => {
                let rate = Ratio::from_raw(i64::from(place) * 100 - 3_000_000);
                let symbol = SymbolId(u16::from(who) % SYMBOLS);
                self.exchange.fund(symbol, rate, now).into_iter().collect()
            }
            _ => {
                let (order, request) = self.leg(what / 8, who, size, place);
                self.exchange.place(order, request, now)
            }
        };
        for happening in said {
            self.hear(&happening);
        }
        self.agree();
    }

    fn leg(&mut self, kind: u8, who: u8, size: u16, place: u16) -> (OrderId, OrderRequest) {
        self.orders += 1;
        let symbol = u16::from(who) % SYMBOLS;
        let side = if who & 2 == 0 { Side::Buy } else { Side::Sell };
        let away = i64::from(place % 600) * if side == Side::Buy { 1 } else { -1 };
        let near = self.price[usize::from(symbol)];
        let (above, below) = (ticks(near + away), ticks((near - away).max(1)));
        let kind = match kind % 7 {
            0 => OrderKind::Market,
            1 => OrderKind::Limit { price: below },
            2 => OrderKind::StopMarket { trigger: above },
            3 => OrderKind::StopLimit { trigger: above, price: ticks(near + away * 2) },
            4 => OrderKind::TakeProfit { trigger: below },
            5 => OrderKind::LimitMaker { price: below },
            _ => OrderKind::Limit { price: above },
        };
        let tif = match who >> 2 & 7 {
            0 | 1 => TimeInForce::Ioc,
            2 => TimeInForce::Fok,
            3 => TimeInForce::Gtd(at(self.minute + 2)),
            _ => TimeInForce::Gtc,
        };
        let qty = Qty::from_raw(i64::from(size % 12_000) * 100_000);
        let reduce_only = who >> 5 & 3 == 0;
        let symbol = SymbolId(symbol);
        (id(self.orders), OrderRequest { symbol, side, kind, qty, tif, reduce_only })
            .tap(|leg| self.ledger.ordered.insert(leg.0, (leg.1, Qty::ZERO)))
    }

    fn hear(&mut self, happening: &Happening) {
        match happening {
            Happening::Funding { amount, .. } => self.ledger.cash += *amount,
            Happening::Report {
                report: Report { event: ReportEvent::Filled(fill), order },
                ..
            } => {
                assert!(fill.qty.is_positive() && fill.price.is_positive());
                match order {
                    Some(order) => self.within_order(*order, fill),
                    None => self.ledger.liquidations += 1,
                }
                self.ledger.fold(fill);
            }
            Happening::Report { .. } => {}
        }
        self.agree();
    }

    fn within_order(&mut self, order: OrderId, fill: &Fill) {
        let (request, filled) = self.ledger.ordered.get_mut(&order).unwrap();
        *filled += fill.qty;
        assert!(*filled <= request.qty, "no more than was ordered");
        assert_eq!((request.symbol, request.side), (fill.symbol, fill.side));
        let bound = match request.kind {
            OrderKind::Limit { price }
            | OrderKind::StopLimit { price, .. }
            | OrderKind::LimitMaker { price } => Some(price),
            OrderKind::Market | OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } => None,
        };
        match (bound, fill.side) {
            (Some(bound), Side::Buy) => assert!(fill.price <= bound, "within the limit"),
            (Some(bound), Side::Sell) => assert!(fill.price >= bound, "within the limit"),
            (None, _) => {}
        }
        let (low, high) = self.ranges[fill.symbol.index()];
        if self.free_of_costs {
            assert!((low..=high).contains(&fill.price), "{} of {low} to {high}", fill.price);
        }
    }

    fn agree(&self) {
        self.exchange.check_invariants().unwrap();
        let books = self.exchange.books();
        if self.exchange.market() == Market::Perp {
            assert!(!books.wallet().is_negative(), "wallet {}", books.wallet());
        }
        // Reports may still be on their way; the ledger is compared when all are heard.
    }

    fn compare(&self) {
        let books = self.exchange.books();
        assert_eq!(books.cash(), self.ledger.cash, "cash");
        for symbol in 0..SYMBOLS {
            let symbol = SymbolId(symbol);
            assert_eq!(books.position(symbol).qty(), self.ledger.held[symbol.index()], "holding");
        }
    }
}

trait Tap: Sized {
    fn tap<T>(self, see: impl FnOnce(&Self) -> T) -> Self {
        see(&self);
        self
    }
}

impl<T> Tap for T {}

fn id(number: u64) -> OrderId {
    OrderId::first(Seq(number), Leg::Main)
}

fn at(minute: i64) -> TsNanos {
    TsNanos::from_nanos(minute * MINUTE)
}

fn ticks(count: i64) -> Price {
    Price::from_raw(count * 1_000_000)
}

fn minutes() -> impl Strategy<Value = Vec<Minute>> {
    let moves = (-400_i16..400, any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>());
    let deeds = prop::collection::vec(any::<Deed>(), 0..6);
    prop::collection::vec(([moves.clone(), moves], deeds), 1..12)
}

fn costs() -> impl Strategy<Value = CostModel> {
    (any::<bool>(), 0_i64..3, any::<bool>()).prop_map(|(paid, late, shared)| CostModel {
        taker_fee: None,
        maker_fee: None,
        half_spread: Ratio::from_bps(if paid { 5 } else { 0 }),
        slippage: Ratio::from_bps(if paid { 20 } else { 0 }),
        latency_nanos: late * 25_000_000_000,
        participation: shared.then(|| Ratio::from_bps(1_000)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn books_agree_after_any_orders_on_any_bars(
        perp in any::<bool>(),
        fee in 0_i64..20,
        leverage in 1_u32..40,
        costs in costs(),
        minutes in minutes(),
    ) {
        let market = if perp { Market::Perp } else { Market::Spot };
        let mut run = Run::new(market, costs, fee, leverage);
        for minute in &minutes {
            run.walk(minute);
        }
        run.compare();
    }
}

/// The property says something only if orders trade and positions are liquidated in it.
#[test]
fn generated_markets_trade_and_liquidate() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut fills, mut liquidations) = (0, 0);
    for _ in 0..300 {
        let minutes = minutes().new_tree(&mut runner).unwrap().current();
        let mut run = Run::new(Market::Perp, CostModel::none(), 5, 30);
        for minute in &minutes {
            run.walk(minute);
        }
        (fills, liquidations) = (fills + run.ledger.fills, liquidations + run.ledger.liquidations);
    }
    assert!(fills > 500 && liquidations > 20, "{fills} fills, {liquidations} liquidations");
}
