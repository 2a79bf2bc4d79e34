//! A book that goes on where it stopped, and the order in which it tells things.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sim::exchange::book::{
    AccountId, Event, Execution, MatchingEngine, NewAccount, NewOrder, OrderStatus, OrderType,
    Saved, Stp, Tif, VenueLimits,
};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::side::Side;

use super::book_told::{Told, n, plain_rules};
use super::support::at_least;

/// The venue of the stories before anything happened.
fn empty() -> MatchingEngine {
    let mut engine = MatchingEngine::new(VenueLimits::default());
    engine.add_symbol(plain_rules()).expect("the first");
    for name in ["anna", "bob", "carl", "cara", "crowd"] {
        let trade_group = name.starts_with("car").then_some(7);
        let kind = if name == "crowd" { NewAccount::CROWD } else { NewAccount::CLIENT };
        engine.open_account(NewAccount { trade_group, ..kind }).expect("room");
    }
    engine
}

/// A venue with something of everything.
fn busy() -> Told {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna sell 1 limit 101 as first", "1 new"),
        ("bob sell 1 limit 101", "2 new"),
        ("bob sell 1 limit 102 as moved", "3 new"),
        ("bob amend moved to 0.5 as moved", "3 amended to 0.5"),
        ("carl buy 1 stop 105", "4 new"),
        ("anna oco sell 1 above maker 110 below stop 90", "5 new; 6 new; list 1 started"),
        (
            "bob otoco buy 1 limit 95 then sell 1 above take 120 below stop 80 limit 79",
            "7 new; 8 pending; 9 pending; list 2 started",
        ),
        ("cara buy 0.5 limit 101", "10 new; 10 took 0.5 at 101; 1 made part 0.5 at 101"),
        (
            "carl sell 1 limit 95 ioc stp ExpireTaker",
            "11 new; 11 took 1 at 95; 7 made 1 at 95; 8 new; 9 new; list 2 started",
        ),
        ("anna cancel 6", "6 cancelled; 5 cancelled; list 1 done"),
        ("cara buy 2 limit 60", "12 new"),
    ])
}

#[test]
fn a_restarted_book_serves_in_the_same_order() {
    let mut one = busy().engine;
    let mut other = empty().restored(one.save()).unwrap();
    let (symbol, now) = (SymbolId(0), TsNanos::from_nanos(1_000_000_000));
    for (side, price, qty) in
        [(Side::Buy, "101", "1"), (Side::Buy, "110", "3"), (Side::Sell, "60", "1")]
    {
        let kind = OrderType::Limit { price: n(price), tif: Tif::Ioc };
        let order = NewOrder { stp: Some(Stp::None), ..NewOrder::new(side, kind, n(qty)) };
        for engine in [&mut one, &mut other] {
            engine.place(AccountId(3), symbol, order, now).unwrap();
            engine.check_invariants().unwrap();
        }
        let told = one.drain_events().collect::<Vec<_>>();
        assert_eq!(told, other.drain_events().collect::<Vec<_>>());
        assert!(told.iter().any(|event| matches!(event, Event::Trade(_))), "{price}");
    }
    assert_eq!(one.save(), other.save());
}

#[test]
fn what_does_not_fit_together_is_no_venue() {
    let saved = || busy().engine.save();
    let refused = |change: &dyn Fn(&mut Saved)| {
        let mut saved = saved();
        change(&mut saved);
        empty().restored(saved).map(drop).unwrap_err().name()
    };
    let changes: [&dyn Fn(&mut Saved); 9] = [
        &|saved| saved.accounts[0].balances[0].1.locked = n("7"),
        &|saved| saved.accounts[0].balances[0].1.free = n("-1"),
        &|saved| saved.symbols[0].orders[0].filled = n("7"),
        &|saved| saved.symbols[0].orders[0].locked = n("7"),
        &|saved| saved.symbols[0].orders[1].id = saved.symbols[0].orders[0].id,
        &|saved| saved.symbols[0].orders[3].status = OrderStatus::PendingNew,
        &|saved| saved.symbols[0].numbers.order = 3,
        &|saved| saved.symbols[0].orders[0].account = AccountId(4),
        &|saved| saved.lists[0].orders.clear(),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        assert_eq!(refused(change), "BAD_REQUEST", "change {place}");
    }
    assert!(empty().restored(saved()).is_ok());
    // The first list is done: it may be forgotten.
    let mut without = saved();
    without.lists.remove(0);
    assert!(empty().restored(without).is_ok());
}

#[test]
fn bytes_that_others_may_have_written_give_an_answer() {
    let bytes = postcard::to_allocvec(&busy().engine.save()).unwrap();
    let edits = prop::collection::vec((0..bytes.len(), any::<u8>()), 1..4);
    TestRunner::new(at_least(2_000))
        .run(&edits, |edits| {
            let mut bytes = bytes.clone();
            for (place, byte) in edits {
                bytes[place] = byte;
            }
            if let Ok(saved) = postcard::from_bytes::<Saved>(&bytes)
                && let Ok(engine) = empty().restored(saved)
            {
                prop_assert_eq!(engine.check_invariants(), Ok(()));
            }
            Ok(())
        })
        .unwrap();
}

/// The payloads of the *Market orders FAQ*: new, two trades, expired, then the balances.
#[test]
fn executions_come_first_and_balances_last() {
    let mut told = Told::new();
    told.hear("anna sell 2 limit 10");
    told.hear("bob sell 2 limit 10");
    let order = NewOrder::new(Side::Buy, OrderType::Market, n("6"));
    told.engine.place(AccountId(2), told.symbol, order, TsNanos::EPOCH).unwrap();
    let mut mine = Vec::new();
    for event in told.engine.drain_events() {
        if let Event::Order(told) = &event
            && told.order.account == AccountId(2)
        {
            mine.push(match told.execution {
                Execution::New => "NEW",
                Execution::Trade { .. } => "TRADE",
                Execution::Expired(_) => "EXPIRED",
                Execution::Triggered
                | Execution::Cancelled { .. }
                | Execution::Replaced { .. }
                | Execution::Prevented(_) => "?",
            });
        }
        if let Event::Balances { account: AccountId(2), balances, .. } = &event {
            mine.push(if balances.len() == 2 { "BALANCES" } else { "?" });
        }
    }
    assert_eq!(mine, ["NEW", "TRADE", "TRADE", "EXPIRED", "BALANCES"]);
}
