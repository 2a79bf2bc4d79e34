//! The book against the slow book, command by command; and what always holds of it.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sim::exchange::book::{
    AccountId, Cancel, CancelOnly, Event, ListShape, MatchingEngine, NewAccount, NewList, NewOrder,
    OrderRef, OrderType, Pair, Size, Stp, Strategy as Labels, SymbolRules, Tif, VenueLimits,
    VenueOrderId,
};
use types::ids::{Asset, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;

use super::book_slow::{FEES, Slow};
use super::book_told::plain_rules;
use super::support::at_least;

const GROUPS: [Option<u32>; 4] = [None, None, Some(7), Some(7)];
const EACH: [i64; 2] = [30, 3_000];

/// One command.
#[derive(Clone, Debug)]
enum Step {
    Place(usize, NewOrder),
    Oco(usize, Pair),
    Oto(usize, NewOrder, NewOrder),
    Otoco(usize, NewOrder, Pair),
    Cancel(usize, usize),
    Amend(usize, usize, Qty),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

/// A price from 95 to 105.
fn price() -> impl Strategy<Value = Price> {
    (95_i64..=105).prop_map(|units| Price::from_raw(units * Price::ONE.raw()))
}

fn qty() -> impl Strategy<Value = Qty> {
    (1_i64..=8).prop_map(|units| Qty::from_raw(units * Qty::ONE.raw()))
}

fn tif() -> impl Strategy<Value = Tif> {
    prop_oneof![6 => Just(Tif::Gtc), 1 => Just(Tif::Ioc), 1 => Just(Tif::Fok)]
}

fn stp() -> impl Strategy<Value = Stp> {
    prop_oneof![3 => Just(Stp::None), 2 => proptest::sample::select(Stp::ALL.to_vec())]
}

fn limit() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        3 => (price(), tif()).prop_map(|(price, tif)| OrderType::Limit { price, tif }),
        1 => price().prop_map(|price| OrderType::LimitMaker { price }),
    ]
}

fn stop_loss() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        price().prop_map(|stop| OrderType::StopLoss { stop }),
        (price(), price(), tif()).prop_map(|(stop, price, tif)| OrderType::StopLossLimit {
            stop,
            price,
            tif
        }),
    ]
}

fn take_profit() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        price().prop_map(|stop| OrderType::TakeProfit { stop }),
        (price(), price(), tif()).prop_map(|(stop, price, tif)| OrderType::TakeProfitLimit {
            stop,
            price,
            tif
        }),
    ]
}

fn kind() -> impl Strategy<Value = OrderType> {
    prop_oneof![6 => limit(), 2 => Just(OrderType::Market), 2 => stop_loss(), 1 => take_profit()]
}

fn order(kind: impl Strategy<Value = OrderType>) -> impl Strategy<Value = NewOrder> {
    (side(), kind, qty(), stp()).prop_map(|(side, kind, qty, stp)| {
        let (size, stp) = (Size::Base(qty), Some(stp));
        NewOrder { side, kind, size, client_id: None, stp, strategy: Labels::default() }
    })
}

/// A pair with its stop-loss on the right side of the other.
fn pair() -> impl Strategy<Value = Pair> {
    let maker = price().prop_map(|price| OrderType::LimitMaker { price });
    let winner = prop_oneof![maker, take_profit()];
    (order(stop_loss()), winner, stp()).prop_map(|(stop, kind, stp)| {
        let other = NewOrder { kind, stp: Some(stp), ..stop };
        match stop.side {
            Side::Buy => Pair { above: stop, below: other },
            Side::Sell => Pair { above: other, below: stop },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0_usize..4;
    prop_oneof![
        12 => (who.clone(), order(kind())).prop_map(|(who, order)| Step::Place(who, order)),
        2 => (who.clone(), pair()).prop_map(|(who, pair)| Step::Oco(who, pair)),
        1 => (who.clone(), order(limit()), order(kind())).prop_map(|(w, a, b)| Step::Oto(w, a, b)),
        1 => (who.clone(), order(limit()), pair()).prop_map(|(w, a, b)| Step::Otoco(w, a, b)),
        2 => (who.clone(), 0_usize..40).prop_map(|(who, place)| Step::Cancel(who, place)),
        1 => (who, 0_usize..40, qty()).prop_map(|(who, place, qty)| Step::Amend(who, place, qty)),
    ]
}

/// Rules without minima, so that both books judge by market and money alone.
fn rules() -> SymbolRules {
    let mut rules = plain_rules();
    rules.instrument.min_notional = Money::ZERO;
    rules.instrument.maker_fee = Ratio::from_bps(FEES[0]);
    rules.instrument.taker_fee = Ratio::from_bps(FEES[1]);
    rules
}

/// Both books, fed the same.
struct Both {
    engine: MatchingEngine,
    symbol: SymbolId,
    slow: Slow,
    now: TsNanos,
    trades: usize,
}

impl Both {
    fn new() -> Self {
        let mut engine = MatchingEngine::new(VenueLimits::default());
        let symbol = engine.add_symbol(rules()).expect("it is taken");
        let now = TsNanos::EPOCH;
        for trade_group in GROUPS {
            let account = engine
                .open_account(NewAccount { trade_group, ..NewAccount::CLIENT })
                .expect("it is taken");
            for (asset, amount) in ["BTC", "USDT"].into_iter().zip(EACH) {
                let asset = Asset::new(asset).expect("a name");
                engine.flow(account, &asset, Money::from_units(amount), now).expect("it is taken");
            }
        }
        engine.drain_events();
        let slow = Slow::new(&GROUPS, EACH.map(Money::from_units));
        Self { engine, symbol, slow, now, trades: 0 }
    }

    /// Gives a command to both; returns whether each took it.
    fn act(&mut self, step: &Step) -> (bool, bool) {
        self.now = self.now.plus(1_000_000);
        let (symbol, now, engine) = (self.symbol, self.now, &mut self.engine);
        let account = |who: usize| AccountId(u32::try_from(who).expect("few of them"));
        let number = |place: usize| OrderRef::Id(VenueOrderId(place as u64 + 1));
        let mut list = |who, shape| {
            engine.place_list(account(who), symbol, NewList { client_id: None, shape }, now).is_ok()
        };
        match *step {
            Step::Oco(who, pair) => {
                (list(who, ListShape::Oco(pair)), self.slow.place_pair(who, None, stop_first(pair)))
            }
            Step::Oto(who, working, pending) => (
                list(who, ListShape::Oto { working, pending }),
                self.slow.place_two(who, working, pending),
            ),
            Step::Otoco(who, working, pending) => (
                list(who, ListShape::Otoco { working, pending }),
                self.slow.place_pair(who, Some(working), stop_first(pending)),
            ),
            Step::Place(who, order) => (
                engine.place(account(who), symbol, order, now).is_ok(),
                self.slow.place(who, order),
            ),
            Step::Cancel(who, place) => {
                let (order, only) = (number(place), CancelOnly::Always);
                let cancel = Cancel { symbol, order, client_id: None, only };
                (engine.cancel(account(who), cancel, now).is_ok(), self.slow.cancel(who, place))
            }
            Step::Amend(who, place, qty) => (
                engine.amend(account(who), symbol, number(place), qty, None, now).is_ok(),
                self.slow.amend(who, place, qty),
            ),
        }
    }

    /// Compares trades, orders and balances.
    fn agree(&mut self) -> Result<(), TestCaseError> {
        for event in self.engine.drain_events() {
            if let Event::Trade(trade) = event {
                let place = |id: VenueOrderId| usize::try_from(id.0 - 1).expect("few of them");
                let (buyer, seller) = (place(trade.buyer_order), place(trade.seller_order));
                let told = (trade.price, trade.qty, buyer, seller);
                prop_assert_eq!(self.slow.trades.get(self.trades), Some(&told));
                self.trades += 1;
            }
        }
        prop_assert_eq!(self.slow.trades.len(), self.trades);
        for (place, slow) in self.slow.orders.iter().enumerate() {
            let account = AccountId(u32::try_from(slow.account).expect("few of them"));
            let id = OrderRef::Id(VenueOrderId(place as u64 + 1));
            let order = self.engine.order(account, self.symbol, id).copied();
            let fast = order.map(|o| (o.status, o.qty, o.filled, o.prevented));
            let slow = (slow.status, slow.qty, slow.filled, slow.prevented);
            prop_assert_eq!(fast, Some(slow), "order {}", place + 1);
        }
        for who in 0..GROUPS.len() {
            for (asset, name) in ["BTC", "USDT"].into_iter().enumerate() {
                let id =
                    self.engine.asset_id(&Asset::new(name).expect("a name")).expect("an asset");
                let balance =
                    self.engine.balance(AccountId(u32::try_from(who).expect("few of them")), id);
                prop_assert_eq!(balance.total(), self.slow.total[who][asset], "{} {}", who, name);
                prop_assert_eq!(balance.locked, self.slow.locked(who, asset), "{} {}", who, name);
            }
        }
        Ok(())
    }
}

fn stop_first(pair: Pair) -> [NewOrder; 2] {
    match pair.above.side {
        Side::Buy => [pair.above, pair.below],
        Side::Sell => [pair.below, pair.above],
    }
}

#[test]
fn the_book_does_what_the_slow_book_does() {
    let steps = prop::collection::vec(step(), 1..60);
    let traded = std::cell::Cell::new(0);
    TestRunner::new(at_least(10_000))
        .run(&steps, |steps| {
            let mut both = Both::new();
            for step in &steps {
                let (fast, slow) = both.act(step);
                prop_assert_eq!(fast, slow, "{:?}", step);
                both.agree()?;
                if let Err(broken) = both.engine.check_invariants() {
                    return Err(TestCaseError::fail(broken.to_string()));
                }
            }
            traded.set(traded.get() + both.trades);
            Ok(())
        })
        .unwrap();
    assert!(traded.get() > 10_000, "the sequences trade: {}", traded.get());
}

#[test]
fn the_same_commands_give_the_same_state_and_the_same_events() {
    let steps = prop::collection::vec(step(), 1..60);
    TestRunner::new(at_least(200))
        .run(&steps, |steps| {
            let run = || {
                let mut both = Both::new();
                let mut told = Vec::new();
                for step in &steps {
                    both.act(step);
                    told.extend(both.engine.drain_events());
                }
                (postcard::to_allocvec(&both.engine).unwrap(), told)
            };
            let ((state, told), again) = (run(), run());
            prop_assert_eq!(&(state.clone(), told), &again);
            // A copy from its bytes goes on as the original does.
            let mut copy: MatchingEngine = postcard::from_bytes(&state).unwrap();
            let mut both = Both::new();
            for step in &steps {
                both.act(step);
                both.engine.drain_events();
            }
            let buy = NewOrder::new(Side::Buy, OrderType::Market, Qty::ONE);
            let buy = NewOrder { stp: Some(Stp::None), ..buy };
            let one = both.engine.place(AccountId(0), both.symbol, buy, both.now);
            let other = copy.place(AccountId(0), both.symbol, buy, both.now);
            prop_assert_eq!(one, other);
            let (one, other) = (both.engine.drain_events(), copy.drain_events());
            prop_assert_eq!(one.collect::<Vec<_>>(), other.collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
}
