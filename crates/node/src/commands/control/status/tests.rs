//! A status as people read it.

use super::super::lists::of_orders;
use super::lines;
use crate::control::told::{
    Budget, IfStopped, IncidentTold, JournalTold, Next, OrderTold, PartTold, PositionTold,
    RestartTold, StatusTold,
};
use crate::run_config::Mode;

fn position(stop: Option<&str>, unprotected: &str) -> PositionTold {
    PositionTold {
        symbol: "BTCUSDT".to_owned(),
        qty: "0.5".to_owned(),
        average: Some("60000".to_owned()),
        mark: Some("61000".to_owned()),
        unrealised: Some("500".to_owned()),
        stop: stop.map(str::to_owned),
        stop_confirmed_seconds: stop.map(|_| 12),
        unprotected: unprotected.to_owned(),
        stops_in_doubt: Vec::new(),
        dust: Some("0".to_owned()),
    }
}

fn part(name: &str, healthy: Option<bool>, trouble: Option<&str>) -> PartTold {
    PartTold {
        name: name.to_owned(),
        healthy,
        trouble: trouble.map(str::to_owned),
        since: "2024-01-30T05:00:00Z".to_owned(),
        p50_us: Some(400),
        p99_us: Some(3_250),
    }
}

fn status() -> StatusTold {
    StatusTold {
        money: Mode::Simulated,
        version: "0.1.0".to_owned(),
        pid: 7,
        speed: Some(60),
        now: "2024-01-30T05:55:28Z".to_owned(),
        mode: "running".to_owned(),
        why: Vec::new(),
        equity: Some("12000.5".to_owned()),
        cash: "-18500".to_owned(),
        today: Some("-12.3".to_owned()),
        loss_budget: Some(Budget { limit: "360".to_owned(), left: "347.7".to_owned() }),
        if_stopped: IfStopped { amount: Some("-1500".to_owned()), bps: Some(-1_249), without: 0 },
        positions: vec![position(Some("58000"), "0")],
        orders: Vec::new(),
        incidents: Vec::new(),
        permits: Vec::new(),
        parts: vec![part("venue", Some(true), None)],
        no_entries: Vec::new(),
        instant: None,
        next_decision: Some(Next { at: "2024-01-30T06:00:00Z".to_owned(), seconds: 272 }),
        journal: JournalTold { id: "ab".to_owned(), seq: 12_345, durable: 12_344 },
        restart: None,
    }
}

#[test]
fn a_healthy_hub_reads_like_this() {
    assert_eq!(
        lines(&status()),
        [
            "SIMULATED: running at 2024-01-30T05:55:28Z, 60 times as fast as time",
            "today -12.30, 347.70 left of the loss budget of 360.00; equity 12,000.50, cash -18,500.00",
            "if every stop is hit now: -1,500.00 (-12.4 %), before fees and slippage",
            "  BTCUSDT 0.5 at 60000, now 61000 (+500.00); stop 58000 rests, confirmed 12 s ago",
            "next decision in 04:32 of market time, at 2024-01-30T06:00:00Z",
            "0 open orders",
            "no open incident",
            "working: venue p99 3.2 ms",
            "journal ab: entry 12,345, on disk up to 12,344",
        ]
    );
}

#[test]
fn what_is_wrong_stands_out() {
    let incident = IncidentTold {
        seq: 99,
        kind: "reconciliation_drift".to_owned(),
        class: "execution".to_owned(),
        severity: "critical".to_owned(),
        symbol: Some("BTCUSDT".to_owned()),
        seen: "0.4".to_owned(),
        wanted: "0.5".to_owned(),
        since: "2024-01-30T05:00:00Z".to_owned(),
    };
    let restart = RestartTold {
        down_ms: 1_234,
        quiet_ms: 900,
        unknown: vec![("pabc".to_owned(), Some("filled".to_owned())), ("pdef".to_owned(), None)],
        positions: 2,
        protected: 1,
        unprotected_ms: 250,
        dropped: 3,
    };
    let wrong = StatusTold {
        money: Mode::Live,
        speed: Some(1),
        mode: "SAFE_MODE".to_owned(),
        why: vec!["SAFE_MODE is latched until then".to_owned()],
        equity: None,
        today: None,
        loss_budget: None,
        if_stopped: IfStopped { amount: None, bps: None, without: 1 },
        positions: vec![position(None, "0.5"), position(Some("58000"), "0.1")],
        incidents: vec![incident],
        parts: vec![part("feed", Some(false), Some("no bars")), part("store", None, None)],
        no_entries: vec![("BTCUSDT".to_owned(), vec!["STALE".to_owned()])],
        restart: Some(restart),
        ..status()
    };
    let said = lines(&wrong);
    for line in [
        "LIVE, REAL MONEY: SAFE_MODE at 2024-01-30T05:55:28Z",
        "  NO ENTRIES: SAFE_MODE is latched until then",
        "today unknown; equity –, cash -18,500.00",
        "if every stop is hit now: –, before fees and slippage; 1 POSITION HAS NO STOP",
        "  BTCUSDT 0.5 at 60000, now 61000 (+500.00); NO STOP",
        "  BTCUSDT 0.5 at 60000, now 61000 (+500.00); stop 58000 rests, confirmed 12 s ago, 0.1 UNPROTECTED",
        "1 OPEN INCIDENT",
        "  99 critical reconciliation_drift BTCUSDT, class execution: seen 0.4, wanted 0.5, since 2024-01-30T05:00:00Z",
        "  no entries on BTCUSDT: STALE",
        "FAILING: feed since 2024-01-30T05:00:00Z: no bars",
        "not known yet: store",
        "restarted after 1234.0 ms, the start waited 900.0 ms for requests on their way: 2 unknown orders found (pabc filled, pdef not known yet), 1 of 2 positions protected, longest without a stop 250.0 ms, 3 signals dropped",
    ] {
        assert!(said.iter().any(|seen| seen == line), "no `{line}` in {said:#?}");
    }
    assert_eq!(said[0], "LIVE, REAL MONEY: SAFE_MODE at 2024-01-30T05:55:28Z", "money first");
}

#[test]
fn orders_stand_in_columns() {
    let order = OrderTold {
        symbol: "BTCUSDT".to_owned(),
        side: "sell".to_owned(),
        kind: "stop 58000".to_owned(),
        qty: "0.5".to_owned(),
        filled: "0".to_owned(),
        state: "working".to_owned(),
        reduce_only: true,
        client_id: "pabc".to_owned(),
    };
    let said = of_orders(&[order]);
    assert_eq!(said.len(), 2);
    assert!(said[1].contains("stop 58000") && said[1].ends_with("pabc"), "{said:?}");
    assert!(of_orders(&[]).is_empty());
}
