//! A venue that stops and goes on: what the ledger keeps is what there was.

use sim::exchange::book::{
    AccountId, Cancel, CancelOnly, ClientId, ListShape, MatchingEngine, NewList, NewOrder,
    OrderRef, OrderType, Pair, Saved, Tif,
};
use types::ids::SymbolId;
use types::num::{Price, Qty};
use types::side::Side;

use super::support::{Venue, made_up, start};

const ALICE: AccountId = AccountId(1);
const BTC: SymbolId = SymbolId(0);

/// Returns a price so many tenths of a percent off the last one, on the tick.
fn off(engine: &MatchingEngine, mils: i64) -> Price {
    let last = engine.last_price(BTC).expect("it has traded");
    Price::from_raw(last.raw() / 1_000 * (1_000 + mils)).floor_to(Price::from_raw(1_000_000))
}

fn limit(side: Side, price: Price, lots: i64) -> NewOrder {
    NewOrder::new(side, OrderType::Limit { price, tif: Tif::Gtc }, Qty::from_raw(lots * 1_000))
}

/// Trades in every way: orders that rest, fill, fill in part, are cancelled, expire; lists.
pub(super) fn trade(venue: &mut Venue, rounds: i64) {
    for round in 0..rounds {
        venue.run(1);
        venue.shared.act(|core| {
            let now = core.now();
            core.step(now, |engine, now| {
                let market = NewOrder::new(Side::Buy, OrderType::Market, Qty::from_raw(200_000));
                let _ = engine.place(ALICE, BTC, market, now);
                let near = limit(Side::Sell, off(engine, 1), 3_000 + round);
                let _ = engine.place(ALICE, BTC, near, now);
                let far = limit(Side::Buy, off(engine, -30), 500);
                let name = ClientId::new(&format!("far-{round}")).expect("a name");
                let placed = engine.place(ALICE, BTC, far.named(name), now);
                if let (Ok(order), true) = (placed, round % 3 == 0) {
                    let order = OrderRef::Id(order);
                    let cancel =
                        Cancel { symbol: BTC, order, client_id: None, only: CancelOnly::Always };
                    engine.cancel(ALICE, cancel, now).expect("it is open");
                }
                let ioc = OrderType::Limit { price: off(engine, -20), tif: Tif::Ioc };
                let _ = engine.place(
                    ALICE,
                    BTC,
                    NewOrder::new(Side::Buy, ioc, Qty::from_raw(100_000)),
                    now,
                );
                if round % 4 == 0 {
                    let above = OrderType::LimitMaker { price: off(engine, 15) };
                    let above = NewOrder::new(Side::Sell, above, Qty::from_raw(700_000));
                    let stop = OrderType::StopLoss { stop: off(engine, -4) };
                    let below = NewOrder::new(Side::Sell, stop, Qty::from_raw(700_000));
                    let pair = Pair { above, below };
                    let list = NewList { shape: ListShape::Oco(pair), client_id: None };
                    engine.place_list(ALICE, BTC, list, now).expect("both are off the market");
                }
            });
        });
    }
    while venue.batches.try_recv().is_ok() {}
}

/// What must be the same after a restart: everything but the numbers that are set aside and the last price.
pub(super) fn kept(saved: &Saved) -> Saved {
    let mut saved = saved.clone();
    for account in &mut saved.accounts {
        account.balances.retain(|(_, balance)| !balance.total().is_zero());
    }
    for symbol in &mut saved.symbols {
        (symbol.numbers, symbol.last) = Default::default();
    }
    saved
}

fn save(venue: &Venue) -> Saved {
    venue.shared.act(|core| core.engine().save()).0
}

#[test]
fn a_venue_that_stops_goes_on_with_the_same_orders_balances_and_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut before = None;
    for run in 0..3 {
        let mut venue = start(&made_up(5), "", Some(folder.path()));
        if let Some(before) = &before {
            let after = save(&venue);
            assert_eq!(kept(&after), kept(before), "run {run}");
            for (after, before) in after.symbols.iter().zip(&before.symbols) {
                assert!(after.numbers.order >= before.numbers.order, "no number is given twice");
                assert!(after.numbers.trade >= before.numbers.trade);
            }
        }
        trade(&mut venue, 12);
        let saved = save(&venue);
        assert!(saved.symbols[0].orders.len() > 30 && saved.symbols[0].trades.len() > 10);
        assert!(saved.lists.len() > 2);
        venue.ledger.as_ref().expect("it has one").close().expect("closed");
        before = Some(saved);
    }
}

#[test]
fn every_fill_and_balance_is_a_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut venue = start(&made_up(5), "", Some(folder.path()));
    trade(&mut venue, 6);
    let saved = save(&venue);
    venue.ledger.as_ref().expect("it has one").close().expect("closed");
    let summary = servers::venue::ledger::verify(folder.path()).expect("a good ledger");
    assert_eq!(summary.torn, None);
    let mut fills = 0;
    let mut reader = servers::venue::ledger::Reader::open(folder.path()).expect("a ledger");
    reader
        .rows(|_, _, row| {
            if let servers::venue::ledger::Row::Order { event, .. } = row {
                fills += usize::from(matches!(event, sim::exchange::book::Execution::Trade { .. }));
            }
        })
        .expect("a good ledger");
    assert_eq!(fills, saved.symbols[0].trades.len());
    assert!(summary.kinds["balances"] > 6 && summary.kinds["account"] == 2, "{summary:?}");
}

#[test]
fn a_stranger_reads_it_by_the_document_alone() {
    let page = include_str!("../../../../../docs/venue-ledger.md");
    let program =
        page.split("```").find_map(|part| part.strip_prefix("python\n")).expect("a reader");
    let folder = tempfile::tempdir().expect("a folder");
    let mut venue = start(&made_up(5), "", Some(folder.path()));
    trade(&mut venue, 4);
    venue.ledger.as_ref().expect("it has one").close().expect("closed");
    let summary = servers::venue::ledger::verify(folder.path()).expect("a good ledger");
    let run =
        std::process::Command::new("python3").args(["-c", program]).arg(folder.path()).output();
    let Ok(run) = run else {
        println!("SKIPPED a_stranger_reads_it_by_the_document_alone: no python3");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told = String::from_utf8(run.stdout).expect("text");
    assert_eq!(told.lines().count() as u64, summary.rows);
    let orders = told.lines().filter(|line| line.split(' ').nth(2) == Some("order")).count();
    assert_eq!(orders as u64, summary.kinds["order"]);
}
