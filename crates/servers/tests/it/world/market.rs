//! The market of a venue: its bars, its history, its pace, what happens to it.

use servers::venue::core::Core;
use servers::venue::interval::KlineInterval;
use servers::venue::market::{CROWD, Came, NotMet, PaceError, Speed, Until, meet};
use sim::data::RowSource;
use sim::exchange::book::{AccountId, ClientId, NewOrder, OrderRef, OrderType, SymbolStatus, Tif};
use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing};
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::support::{Venue, made_up, start};

const BTC: SymbolId = SymbolId(0);
const ALICE: AccountId = AccountId(1);

fn minute(n: i64) -> i64 {
    n * Timeframe::M1.nanos()
}

/// The rows of the generator that the venue plays.
fn rows(seed: u64, from: TsNanos, count: usize) -> Vec<types::bar::Bar> {
    let origin = TsNanos::from_nanos(1_704_067_200_000_000_000);
    let config = GeneratorConfig {
        seed,
        listings: vec![Listing::of("BTCUSDT".parse().expect("a symbol"))],
        start: origin,
        days: 400,
        timeframe: Timeframe::M1,
        calendar: Calendar::Always,
        features: Features::ALL,
    };
    let mut source = Generator::new(config).expect("a market").sources().remove(0);
    let mut rows = Vec::new();
    while let Some(row) = RowSource::next_row(&mut *source).expect("no file") {
        if row.bar.open_time >= from && rows.len() < count {
            rows.push(row.bar);
        }
    }
    rows
}

#[test]
fn bars_of_the_venue_are_those_of_the_source_while_nobody_else_trades() {
    let mut venue = start(&made_up(3), "", None);
    let from = venue.shared.clock().start();
    venue.run(120);
    let wanted = rows(3, from, 120);
    let (seen, _) = venue.shared.act(|core| {
        let klines = &core.data().of(BTC).klines;
        let kept = klines.of(KlineInterval::M1);
        let at = |time| kept.iter().find(|kline| kline.open_time == time).copied();
        wanted.iter().map(|bar| at(bar.open_time)).collect::<Vec<_>>()
    });
    for (seen, wanted) in seen.into_iter().zip(&wanted) {
        let seen = seen.expect("a bar for each minute").piece;
        if wanted.volume.is_some_and(|volume| volume > 0.0) {
            let prices = (seen.open, seen.high, seen.low, seen.close);
            assert_eq!(prices, (wanted.open, wanted.high, wanted.low, wanted.close), "{wanted:?}");
            let raw = seen.volume.raw() / 100_000_000;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let off = raw as f64 / 1e8 - wanted.volume.unwrap_or(0.0);
            assert!(off.abs() < 1.5e-5, "{off} {wanted:?}");
        } else {
            assert_eq!(seen.trades, 0);
        }
    }
}

#[test]
fn there_are_300_bars_of_each_timeframe_before_the_start() {
    let venue = start(&made_up(3), "", None);
    let (counts, _) = venue.shared.act(|core| {
        let klines = &core.data().of(BTC).klines;
        ["1m", "5m", "15m", "1h", "4h", "1d"].map(|name| {
            let interval: KlineInterval = name.parse().expect("an interval");
            (name, klines.of(interval).len())
        })
    });
    for (name, count) in counts {
        assert!(count >= 300, "{name}: {count}");
    }
}

#[tokio::test]
async fn a_paced_market_goes_on_by_the_clock_and_stands_still_again() {
    let Venue { shared, pacer, mut batches, .. } = start(&made_up(1), "", None);
    let unsent = shared.unsent().clone();
    let drained = tokio::spawn(async move {
        while batches.recv().await.is_some() {
            unsent.take(1);
        }
    });
    let t0 = shared.clock().now();
    let (one, _two) = (pacer.register().expect("one"), pacer.register().expect("two"));
    let waiting = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.ready(one, Until::at(t0.plus(minute(60)))).await }
    });
    while pacer.count() != (2, 1) {
        tokio::task::yield_now().await;
    }
    // The second client never is ready; by the clock the market moves all the same.
    let fast = Speed::times(1_000_000).expect("not zero");
    assert_eq!(pacer.set_speed(fast), t0);
    assert_eq!(waiting.await.expect("it does not panic"), Err(PaceError::NotPaced));
    shared.clock().sleep_until(t0.plus(minute(3))).await;
    let at = pacer.set_speed(Speed::Max);
    assert!(at >= t0.plus(minute(3)));
    shared.act(|core| assert_eq!(core.now(), at));
    assert_eq!(pacer.count(), (2, 0), "still known, and at work again");
    assert_eq!(shared.clock().now(), at);
    drained.abort();
}

#[tokio::test]
async fn the_market_moves_when_every_client_is_ready() {
    let venue = start(&made_up(1), "", None);
    let Venue { shared, pacer, mut batches, .. } = venue;
    let unsent = shared.unsent().clone();
    let drained = tokio::spawn(async move {
        while batches.recv().await.is_some() {
            unsent.take(1);
        }
    });
    let t0 = shared.clock().now();
    assert_eq!(pacer.ready(7, Until::at(t0)).await, Err(PaceError::Unknown(7)));
    let (one, two) = (pacer.register().expect("one"), pacer.register().expect("two"));
    let (slow, quick) = (t0.plus(minute(5)), t0.plus(minute(2)));
    let waiting = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.ready(one, Until::at(slow)).await }
    });
    while pacer.count() != (2, 1) {
        tokio::task::yield_now().await;
    }
    assert_eq!(shared.clock().now(), t0, "the other one is at work");
    assert_eq!(pacer.ready(one, Until::at(slow)).await, Err(PaceError::Twice(one)));
    assert_eq!(pacer.ready(two, Until::at(quick)).await, Ok(there(quick)));
    assert_eq!(shared.clock().now(), quick);
    let far = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.ready(two, Until::at(t0.plus(minute(9)))).await }
    });
    assert_eq!(
        waiting.await.expect("it does not panic"),
        Ok(there(slow)),
        "as far as the other one is"
    );
    assert_eq!(shared.clock().now(), slow);
    pacer.leave(one).await.expect("it is there");
    assert_eq!(far.await.expect("it does not panic"), Ok(there(t0.plus(minute(9)))));
    assert_eq!(pacer.ready(one, Until::at(slow)).await, Err(PaceError::Unknown(one)));
    drained.abort();
}

/// What a client is told when the market has come to a moment.
fn there(at: TsNanos) -> Came {
    Came { at, traded: Vec::new() }
}

#[tokio::test]
async fn the_market_stands_still_where_an_order_of_a_client_trades() {
    let Venue { shared, pacer, mut batches, .. } = start(&made_up(1), "", None);
    let unsent = shared.unsent().clone();
    let drained = tokio::spawn(async move {
        while batches.recv().await.is_some() {
            unsent.take(1);
        }
    });
    let (asks, waits) = (pacer.register().expect("one"), pacer.register().expect("two"));
    let far = shared.clock().now().plus(minute(24 * 60));
    // The other one has nothing to do before tomorrow, whatever trades.
    let waiting = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.ready(waits, Until::at(far)).await }
    });
    let name = ClientId::new("resting").expect("a name");
    let (before, _) = shared.act(|core| {
        let now = core.now();
        core.step(now, |engine, now| {
            let bid = engine.quote(BTC, now).expect("a market").bid.expect("a bid").0;
            let kind = OrderType::Limit { price: bid, tif: Tif::Gtc };
            let order = NewOrder::new(Side::Buy, kind, Qty::from_raw(100_000)).named(name);
            engine.place(ALICE, BTC, order, now).expect("a good order");
            now
        })
    });
    let came = pacer.ready(asks, Until::trade_or(far)).await.expect("it is paced");
    assert_eq!(came.traded, [name]);
    assert!(before < came.at && came.at < far, "{came:?}");
    // Nothing moves until it says so, and the clock shows no later moment than that of the trade.
    tokio::task::yield_now().await;
    let (seen, _) = shared.act(|core| {
        let order = core.engine().order(ALICE, BTC, OrderRef::ClientId(name)).copied();
        (core.now(), order.map(|order| (order.filled, order.updated)))
    });
    let (now, order) = seen;
    assert_eq!(now, came.at);
    assert!(order.is_some_and(|(filled, at)| filled > Qty::ZERO && at == now), "{order:?}");
    assert!(!waiting.is_finished());
    // Without a wish it goes on to the end, past whatever trades.
    assert_eq!(pacer.ready(asks, Until::at(far)).await, Ok(there(far)));
    assert_eq!(waiting.await.expect("it does not panic"), Ok(there(far)));
    drained.abort();
}

#[test]
fn somebody_trades_as_much_with_a_resting_order_as_is_asked_for_whoever_rests_beside_it() {
    let venue = start(&made_up(1), "", None);
    let (name, stop) = (ClientId::new("resting").unwrap(), ClientId::new("waiting").unwrap());
    let of = |name| (ALICE, BTC, OrderRef::ClientId(name));
    let qty = Qty::from_raw;
    venue.shared.act(|core| {
        let bid = core.engine().quote(BTC, core.now()).unwrap().bid.unwrap().0;
        let buy = |price| OrderType::Limit { price, tif: Tif::Gtc };
        core.step(core.now(), |engine, now| {
            let mut place = |account, kind, size, name| {
                let order = NewOrder::new(Side::Buy, kind, qty(size)).named(name);
                engine.place(account, BTC, order, now).unwrap();
            };
            // Behind the best bid, with somebody who came later at its own price.
            place(ALICE, buy(bid - Price::ONE), 100_000, name);
            place(CROWD, buy(bid - Price::ONE), 7_000_000, ClientId::new("later").unwrap());
            let touch = OrderType::StopLoss { stop: bid + bid };
            place(ALICE, touch, 100_000, stop);
        });
        let filled = |core: &Core| core.engine().order(ALICE, BTC, of(name).2).unwrap().filled;
        let meets = |core: &mut Core, name, size| {
            core.step(core.now(), |engine, now| meet(engine, of(name), qty(size), now))
        };
        assert!(meets(core, name, 1_000).is_ok());
        assert_eq!(filled(core), qty(1_000));
        assert!(matches!(meets(core, name, 0), Err(NotMet::Quantity { .. })));
        assert!(
            matches!(meets(core, name, 100_000), Err(NotMet::Quantity { .. })),
            "99,000 are left"
        );
        assert!(matches!(meets(core, stop, 1_000), Err(NotMet::NotResting)));
        let unknown = ClientId::new("nobody").unwrap();
        assert!(matches!(meets(core, unknown, 1_000), Err(NotMet::Unknown)));
        assert_eq!(filled(core), qty(1_000), "what is refused trades nothing");
        assert!(meets(core, name, 99_000).is_ok());
        assert!(matches!(meets(core, name, 1_000), Err(NotMet::NotResting)), "it is whole");
    });
}

fn status(core: &Core) -> Option<SymbolStatus> {
    core.engine().status(BTC)
}

#[test]
fn what_happens_by_itself_happens_at_its_market_time_and_is_in_the_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "
        [[fault]]
        name = \"halt\"
        what = { kind = \"halt\" }
        on = { symbol = \"BTCUSDT\" }
        when = { after = \"10m\", for = \"5m\" }
        [[fault]]
        name = \"gift\"
        what = { kind = \"deposit\", asset = \"BTC\", amount = \"1.5\" }
        on = { account = \"alice\" }
        when = { after = \"2m\" }
        [[fault]]
        name = \"lot\"
        what = { kind = \"filters\", lot = \"0.01\" }
        on = { symbol = \"BTCUSDT\" }
        when = { after = \"20m\" }
        [[fault]]
        name = \"skew\"
        what = { kind = \"clock_skew\", by = \"2s\" }
        when = { after = \"1m\" }
        [[fault]]
        name = \"gone\"
        what = { kind = \"delist\" }
        on = { symbol = \"ETHUSDT\" }
        when = { after = \"30m\" }";
    let mut venue = start(&made_up(1), plan, Some(folder.path()));
    let mut seen = Vec::new();
    for (minutes, what) in [(9, "before"), (3, "halted"), (6, "resumed"), (20, "end")] {
        venue.run(minutes);
        let (state, _) = venue.shared.act(|core| {
            let engine = core.engine();
            let btc = engine.asset_id(&"BTC".parse().expect("an asset")).expect("it has a number");
            let lot = engine.rules(BTC).map(|rules| rules.instrument.lot);
            let order = NewOrder::new(Side::Buy, OrderType::Market, Qty::from_raw(10_000_000));
            let taken = core.step(core.now(), |engine, now| engine.place(ALICE, BTC, order, now));
            (
                status(core),
                core.engine().balance(ALICE, btc).free > Money::from_units(51),
                lot == Some(Qty::from_raw(1_000_000)),
                taken.is_ok(),
                core.engine().status(SymbolId(1)),
            )
        });
        seen.push((what, state));
    }
    use SymbolStatus::{Delisted, Halt, Trading};
    assert_eq!(
        seen,
        [
            ("before", (Some(Trading), true, false, true, Some(Trading))),
            ("halted", (Some(Halt), true, false, false, Some(Trading))),
            ("resumed", (Some(Trading), true, false, true, Some(Trading))),
            ("end", (Some(Trading), true, true, true, Some(Delisted))),
        ]
    );
    let clock = venue.shared.clock();
    assert_eq!(clock.server_now().at.since(clock.now()), 2_000_000_000);
    let names: Vec<String> = venue.fired.all().into_iter().map(|fired| fired.name).collect();
    assert_eq!(names, ["skew", "gift", "halt", "lot", "gone"]);
    venue.ledger.expect("it has one").close().expect("closed");
    let summary = servers::venue::ledger::verify(folder.path()).expect("a good ledger");
    assert_eq!(summary.kinds["fault"], 5, "{summary:?}");
    assert!(summary.kinds["flow"] >= 4 && summary.kinds["status"] >= 3, "{summary:?}");
}

#[test]
fn every_kind_of_fault_that_strikes_somebody_is_a_row() {
    use servers::venue::faults::{Api, Site};
    let kinds = [
        ("latency", "delay = \"1ms\""),
        ("error", "error = \"timeout\""),
        ("rate_limited", "retry_after = \"1s\""),
        ("banned", "retry_after = \"1s\""),
        ("maintenance", ""),
        ("reply_lost", ""),
        ("reject_lost", ""),
        ("wrong_balance", "asset = \"BTC\", by = \"1\""),
        ("late", "delay = \"1ms\""),
        ("duplicate", ""),
        ("reorder", ""),
        ("gap", ""),
        ("silent", ""),
        ("half_open", ""),
    ];
    let plan: String = kinds
        .iter()
        .map(|(kind, with)| {
            let comma = if with.is_empty() { "" } else { ", " };
            format!(
                "[[fault]]\nname = \"{kind}\"\nwhat = {{ kind = \"{kind}\"{comma}{with} }}\nwhen = {{ times = 1 }}\n"
            )
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let venue = start(&made_up(1), &plan, Some(folder.path()));
    let now = venue.shared.clock().now();
    let site =
        |api, endpoint| Site { api, endpoint, symbol: Some("BTCUSDT"), account: Some("alice") };
    // One answers at a time, so it takes as many requests as there are answers.
    for _ in 0..8 {
        let _ = venue.faults.request(now, &site(Api::Rest, "POST /api/v3/order"));
        let _ = venue.faults.event(now, &site(Api::UserStream, "executionReport"));
        let _ = venue.faults.socket(now, &site(Api::Stream, "btcusdt@trade"));
    }
    venue.ledger.expect("it has one").close().expect("closed");
    let mut seen = std::collections::BTreeSet::new();
    let mut reader = servers::venue::ledger::Reader::open(folder.path()).expect("a ledger");
    reader
        .rows(|_, _, row| {
            if let servers::venue::ledger::Row::Fault { kind, account, endpoint, .. } = row {
                assert_eq!(account.as_deref(), Some("alice"));
                assert!(endpoint.is_some() && seen.insert(kind), "each fires once");
            }
        })
        .expect("a good ledger");
    let wanted: std::collections::BTreeSet<String> =
        kinds.iter().map(|(kind, _)| (*kind).to_owned()).collect();
    assert_eq!(seen, wanted);
}
