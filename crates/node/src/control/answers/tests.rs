//! What a hub says, as both sides of the socket share it.

use hub::system::{Component, ComponentStatus, IncidentLine, PositionLine, Resolved, Restart};
use types::entry::{Incident, IncidentKind, ModeCause, PermitKind};
use types::ids::{Seq, Symbol};
use types::num::Price;

use super::*;
use crate::control::words::{Adopt, Brought, Grant, GrantStep};

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn at(seconds: i64) -> TsNanos {
    TsNanos::from_nanos(seconds * SECOND)
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn held(name: &str, qty: &str, stop: Option<&str>) -> PositionLine {
    PositionLine {
        symbol: symbol(name),
        qty: qty.parse().unwrap(),
        average: Some(price("60000")),
        mark: Some(price("61000")),
        unrealised: Some("500".parse().unwrap()),
        stop: stop.map(price),
        stop_confirmed: stop.map(|_| at(988)),
        unprotected: if stop.is_some() { Qty::ZERO } else { qty.parse().unwrap() },
        dust: Qty::ZERO,
    }
}

/// A hub that runs and holds nothing.
pub(in crate::control) fn status() -> Status {
    Status {
        now: at(1_000),
        seq: Seq(12),
        durable: Seq(11),
        mode: SystemMode::Running,
        mode_cause: ModeCause::Started,
        latched_until: None,
        paused: false,
        killed: false,
        limits: None,
        permits: Vec::new(),
        winding_down: None,
        gates: Vec::new(),
        components: std::collections::BTreeMap::new(),
        equity: Some("10000".parse().unwrap()),
        cash: "10000".parse().unwrap(),
        day_start: Some("9990".parse().unwrap()),
        positions: Vec::new(),
        orders: Vec::new(),
        incidents: Vec::new(),
        no_entries: std::collections::BTreeMap::new(),
        restart: None,
        instant: Some(at(900)),
        next_close: Some(at(1_800)),
    }
}

/// A simulated run at 60 times the speed of time.
pub(in crate::control) fn around() -> Surroundings {
    Surroundings {
        money: Mode::Simulated,
        speed: Some(60),
        next_close: Some(at(1_800)),
        loss: Some(("300".parse().unwrap(), "290".parse().unwrap())),
        journal: "ab".to_owned(),
    }
}

fn shown(status: &Status) -> StatusTold {
    let Some(Answer::Told(told)) = answer(&Command::Status, status, &around()) else {
        panic!("a question is answered")
    };
    serde_json::from_value(told).expect("both sides share the words")
}

#[test]
fn the_money_comes_as_decimals() {
    let told = shown(&status());
    assert_eq!(told.today.as_deref(), Some("10"));
    assert_eq!(told.equity.as_deref(), Some("10000"));
    assert_eq!(told.loss_budget.map(|budget| budget.left).as_deref(), Some("290"));
    assert_eq!(told.next_decision.map(|next| next.seconds), Some(800));
    assert_eq!((told.journal.seq, told.journal.durable), (12, 11));
    assert_eq!(told.why, Vec::<String>::new());
}

#[test]
fn every_stop_together_is_added_up_and_what_has_none_is_counted() {
    let mut status = status();
    status.positions = vec![
        held("BTCUSDT", "0.5", Some("58000")),
        held("ETHUSDT", "1", None),
        PositionLine { dust: "0.1".parse().unwrap(), ..held("ADAUSDT", "0.1", None) },
        held("XRPUSDT", "0", None),
    ];
    let told = shown(&status);
    // (58,000 - 61,000) x 0.5 = -1,500, 15 % of 10,000.
    assert_eq!(told.if_stopped.amount.as_deref(), Some("-1500"));
    assert_eq!(told.if_stopped.bps, Some(-1_500));
    assert_eq!(told.if_stopped.without, 1, "dust needs none, and nothing is held of the last");
    assert_eq!(told.positions.len(), 3);
    assert_eq!(told.positions[0].stop_confirmed_seconds, Some(12));
    // Without a mark the sum is not known, and no other is told.
    status.positions[0].mark = None;
    assert_eq!(shown(&status).if_stopped.amount, None);
}

#[test]
fn a_stop_is_told_where_one_rests_and_not_where_it_belongs_alone() {
    let mut status = status();
    let qty = |text: &str| text.parse().unwrap();
    let stopped = held("BTCUSDT", "0.5", Some("58000"));
    status.positions = vec![
        stopped.clone(),
        PositionLine { unprotected: qty("0.2"), ..stopped.clone() },
        PositionLine { unprotected: qty("0.5"), ..stopped.clone() },
        // A fee in coins: four lots can be sold, and they are too few.
        PositionLine { qty: qty("0.00049"), dust: qty("0.0004"), ..stopped },
    ];
    let told = shown(&status);
    let lines: Vec<_> = told
        .positions
        .iter()
        .map(|line| (line.stop.as_deref(), line.unprotected.as_str(), line.dust.as_deref()))
        .collect();
    assert_eq!(
        lines,
        [
            (Some("58000"), "0", Some("0")),
            (Some("58000"), "0.2", Some("0")),
            (None, "0.5", Some("0")),
            (None, "0", Some("0.00049")),
        ]
    );
    assert_eq!(told.if_stopped.without, 1);
    assert_eq!(told.if_stopped.amount.as_deref(), Some("-3000"), "of the two that rest");
}

#[test]
fn whatever_keeps_from_entering_is_told() {
    let mut status = status();
    (status.killed, status.paused) = (true, true);
    (status.winding_down, status.latched_until) = (Some(at(5)), Some(at(6)));
    (status.mode, status.mode_cause) = (SystemMode::SafeMode, ModeCause::DailyDrawdown);
    let incident = |kind| IncidentLine {
        seq: Seq(7),
        incident: Incident::word(kind),
        symbol: None,
        since: at(1),
    };
    status.incidents =
        vec![incident(IncidentKind::JournalFailed), incident(IncidentKind::BreakerOpen)];
    let why = shown(&status).why;
    assert_eq!(why.len(), 5, "{why:?}");
    for part in ["kill switch", "resume", "winds down", "daily_drawdown, latched", "incident 7"] {
        assert!(why.iter().any(|line| line.contains(part)), "no {part} in {why:?}");
    }
    let told = shown(&status);
    assert_eq!(told.incidents[0].severity, "critical");
    assert_eq!(told.incidents[1].kind, "breaker_open");
}

#[test]
fn parts_are_told_to_status_and_to_doctor() {
    let mut status = status();
    let part = |state| ComponentStatus {
        state,
        since: at(3),
        p50_nanos: Some(400_000),
        p99_nanos: Some(3_000_000),
    };
    status.components = [
        (Component::Venue, part(ComponentState::Working)),
        (Component::Feed, part(ComponentState::Failing("no bars".to_owned()))),
        (Component::Store, part(ComponentState::Waiting)),
    ]
    .into_iter()
    .collect();
    let told = shown(&status);
    let healthy: Vec<_> =
        told.parts.iter().map(|part| (part.name.as_str(), part.healthy)).collect();
    assert_eq!(healthy, [("store", None), ("venue", Some(true)), ("feed", Some(false))]);
    let Some(Answer::Told(doctor)) = answer(&Command::Doctor, &status, &around()) else {
        panic!("a question is answered")
    };
    assert_eq!(doctor[1]["seen"], "p99 3000 us");
    assert_eq!(doctor[2]["seen"], "no bars");
}

#[test]
fn a_restart_says_what_it_found() {
    let unknown = vec![Resolved { client_id: "pabc".to_owned(), state: Some("filled".to_owned()) }];
    let restart =
        Restart { down_nanos: 1_500_000_000, unknown, positions: 1, ..Restart::default() };
    let restart = Restart { quiet_nanos: 1_200_000_000, ..restart };
    let told = shown(&Status { restart: Some(restart), ..status() }).restart.unwrap();
    assert_eq!((told.down_ms, told.positions, told.protected), (1_500, 1, 0));
    assert_eq!(told.quiet_ms, 1_200);
    assert_eq!(told.unknown, [("pabc".to_owned(), Some("filled".to_owned()))]);
}

#[test]
fn what_is_asked_for_is_shown_line_by_line() {
    let limits = |gross: &str| types::hard_limits::HardLimits {
        version: 4,
        order_notional: "500".parse().unwrap(),
        gross_exposure: gross.parse().unwrap(),
        open_orders: 10,
        orders_per_second: 5,
        price_collar: types::num::Ratio::from_bps(200),
        daily_loss: types::num::Ratio::from_bps(1_000),
        symbols: vec![symbol("BTCUSDT")],
    };
    let asked = hub::permits::PermitLine {
        kind: PermitKind::RaiseLimits,
        by: "ada".to_owned(),
        at: at(900),
        confirmed: false,
        due: Some(at(87_300)),
        limits: Some(limits("1500")),
    };
    let status = Status { limits: Some(limits("900")), permits: vec![asked], ..status() };
    let Some(Answer::Told(told)) = answer(&Command::Permits, &status, &around()) else {
        panic!("a question is answered")
    };
    let wanted = json!([{
        "kind": "raise_limits",
        "by": "ada",
        "since": "1970-01-01T00:15:00Z",
        "granted_at": "1970-01-02T00:15:00Z",
        "lines": [{ "key": "gross_exposure", "now": "900", "asked": "1500" }],
    }]);
    assert_eq!(told, wanted);
}

#[test]
fn a_command_is_a_question_or_goes_to_the_hub_or_needs_more_first() {
    let (kind, step) = (PermitKind::ReleaseKill, GrantStep::Ask);
    let grant = Grant { kind, step, brought: Brought::default() };
    let by = at(9);
    for (command, question, asked) in [
        (Command::Status, true, false),
        (Command::Doctor, true, false),
        (Command::Orders, true, false),
        (Command::Positions, true, false),
        (Command::Incidents, true, false),
        (Command::Pause, false, true),
        (Command::Resume, false, true),
        (Command::SafeModeOn, false, true),
        (Command::SafeModeRelease, false, true),
        (Command::MaintenanceOn, false, true),
        (Command::MaintenanceOff, false, true),
        (Command::Flatten, false, true),
        (Command::WindDown { by }, false, true),
        (Command::Kill, false, true),
        (Command::Stop, false, true),
        (Command::CloseIncident { incident: 7 }, false, true),
        (
            Command::Adopt(Adopt { symbol: "BTCUSDT".to_owned(), money: None, agreed: None }),
            false,
            false,
        ),
        (Command::Permits, true, false),
        (Command::Permit(grant), false, false),
        (Command::ConfigReload(Brought::default()), false, false),
        (Command::KeysRotate, false, false),
    ] {
        assert_eq!(answer(&command, &status(), &around()).is_some(), question, "{command:?}");
        assert_eq!(request(&command).is_some(), asked, "{command:?}");
    }
    assert_eq!(request(&Command::WindDown { by }), Some(OperatorRequest::WindDown { by }));
}

#[test]
fn what_the_hub_confirmed_is_passed_on_whole() {
    let order = HubOrder {
        order: types::ids::OrderId::first(Seq(3), types::ids::Leg::Stop),
        client_id: "pabc".to_owned(),
        symbol: symbol("BTCUSDT"),
        side: Side::Sell,
        kind: OrderKind::StopMarket { trigger: price("58000") },
        qty: "0.5".parse().unwrap(),
        filled: Qty::ZERO,
        state: "working".to_owned(),
        reduce_only: true,
    };
    let closed = hub::system::ClosedLine {
        symbol: symbol("BTCUSDT"),
        qty: "0.5".parse().unwrap(),
        price: Some(price("60000.1")),
        fills: 2,
        realised: "-12.3".parse().unwrap(),
    };
    let confirmed = HubConfirmed {
        seq: Some(Seq(9)),
        mode: Some(SystemMode::Maintenance),
        cancelled: vec![order.clone()],
        closed: vec![closed],
        resting: vec![order],
        adoption: None,
        open: vec!["ETHUSDT".to_owned()],
        notes: vec!["note".to_owned()],
    };
    let Said::Answer(Answer::Unconfirmed(told)) = said(Reply::Unconfirmed(confirmed)) else {
        panic!("it is final")
    };
    assert_eq!((told.seq, told.mode.as_deref()), (Some(9), Some("maintenance")));
    assert_eq!(told.cancelled[0].kind, "stop 58000");
    assert_eq!(told.closed[0].realised.as_deref(), Some("-12.3"));
    assert_eq!((told.resting.len(), told.open.len(), told.notes.len()), (1, 1, 1));
    assert_eq!(said(Reply::Progress("x".to_owned())), Said::Progress("x".to_owned()));
}
