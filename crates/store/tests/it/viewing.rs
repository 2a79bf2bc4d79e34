//! What people ask: open orders, positions, incidents, refusals, limits.

use store::views::{self, Which};
use store::{IncidentStats, Spread, Table};
use types::decision::{Refusal, RefusalCode};
use types::entry::{
    Body, Incident, IncidentKind, Part, Permit, PermitKind, PermitStep, Refused, ReportEvent,
};
use types::hard_limits::HardLimits;
use types::ids::{Asset, Seq, Symbol, SymbolId};
use types::num::{Money, Ratio};
use types::side::Side;

use crate::support::{Desk, HOUR, csv, money};

const SECOND: i64 = 1_000_000_000;

fn last_line(text: &str) -> &str {
    text.trim_end().rsplit('\n').next().unwrap_or_default()
}

#[test]
fn incidents_have_an_end_and_a_time_to_recover() {
    let mut desk = Desk::new(1);
    let stale =
        Incident::new(IncidentKind::StaleStream, Money::from_units(31), Money::from_units(30));
    let stale = desk.incident(stale.of_symbol(SymbolId(1)));
    desk.pass(4 * SECOND);
    let part = desk.incident(Incident::word(IncidentKind::ComponentDown).of_part(Part::Feed));
    desk.incident(Incident::word(IncidentKind::ClockJump));
    desk.incident(Incident::word(IncidentKind::FlowSeen));
    desk.pass(SECOND / 2);
    desk.over(stale, true);
    desk.over(part, false);
    let odd = desk.over(part, true);
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();

    let rows = views::incidents(&store, Which::Newest(10)).unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.kind.as_str(), row.class.as_str(), row.severity.as_str(), row.state.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("stale_stream", "data", "warning", "over"),
            ("component_down", "system", "warning", "over"),
            ("clock_jump", "system", "warning", "open"),
            ("flow_seen", "execution", "info", "noted"),
        ]
    );
    let [first, second, ..] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((first.id, first.symbol.as_deref()), (stale, Some("ETHUSDT")));
    assert_eq!((first.seen, first.wanted, first.unit.as_str()), (31.0, 30.0, "seconds"));
    assert_eq!((first.by_itself, first.seconds_to_recover), (Some(true), Some(4.5)));
    assert_eq!((second.part.as_deref(), second.by_itself), (Some("feed"), Some(false)));
    let newest = views::incidents(&store, Which::Newest(1)).unwrap();
    assert_eq!(newest, rows[3..]);
    let open = views::incidents(&store, Which::Open).unwrap();
    assert_eq!(open, rows[2..3]);
    let oddity = csv(&store, Table::Oddities);
    assert!(last_line(&oddity).starts_with(&format!("{odd},")), "{oddity}");
    assert!(oddity.contains(&format!("an end of incident {part}, which is not open")), "{oddity}");
}

#[test]
fn statistics_tell_each_class_what_is_open_and_the_budget() {
    let mut desk = Desk::new(1);
    for seconds in 1..=20 {
        let down = desk.incident(Incident::word(IncidentKind::VenueDown));
        desk.pass(seconds * SECOND);
        desk.over(down, seconds != 20);
    }
    desk.incident(Incident::word(IncidentKind::FlowSeen));
    let open = desk.incident(Incident::word(IncidentKind::JournalFailed));
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();
    let stats = IncidentStats::of(&store).unwrap();
    let execution = stats.classes.iter().find(|class| class.class == "execution").unwrap();
    assert_eq!(
        (execution.count, execution.noted, execution.open, execution.over, execution.self_healed),
        (21, 1, 0, 20, 19)
    );
    assert_eq!(execution.seconds_to_recover, Some(Spread { p50: 10.0, p95: 19.0, max: 20.0 }));
    assert_eq!(stats.all.count, 22);
    assert_eq!(stats.open.iter().map(|row| row.id).collect::<Vec<_>>(), [open]);
    let names: Vec<&str> = stats.classes.iter().map(|class| class.class.as_str()).collect();
    assert_eq!(names, ["data", "risk", "execution", "model", "persistence", "system"]);
    assert_eq!(stats.budget.kept, None, "no scan is no pass");

    // 400 cycles, of which an hour without an instant takes two.
    for _ in 0..100 {
        desk.close_hour("100");
    }
    desk.pass(HOUR);
    for _ in 0..99 {
        desk.close_hour("100");
    }
    desk.follow(&mut store).unwrap();
    let budget = IncidentStats::of(&store).unwrap().budget;
    assert_eq!((budget.scans, budget.lost, budget.kept), (400, 2, Some(true)), "at the line");
    desk.pass(HOUR);
    desk.close_hour("100");
    desk.follow(&mut store).unwrap();
    let budget = IncidentStats::of(&store).unwrap().budget;
    assert_eq!((budget.scans, budget.lost, budget.kept), (404, 4, Some(false)), "past it");
}

#[test]
fn open_orders_and_positions_are_those_that_are_not_over() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    let buy = desk.place(Side::Buy, "2");
    desk.report(buy, ReportEvent::Accepted);
    desk.fill(buy, Side::Buy, "2", "100");
    let stop = desk.place_stop("1.5");
    desk.report(stop, ReportEvent::Accepted);
    let sent = desk.place_stop("0.5");
    let gone = desk.place(Side::Buy, "1");
    desk.report(gone, ReportEvent::Cancelled);
    desk.close_hour("110");
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();
    let orders = views::open_orders(&store).unwrap();
    let told: Vec<_> = orders
        .iter()
        .map(|order| (order.command_seq, order.leg.as_str(), order.qty, order.state.as_str()))
        .collect();
    let (stop, sent) = (stop.command.0, sent.command.0);
    assert_eq!(told, [(stop, "stop", 1.5, "working"), (sent, "stop", 0.5, "submitted")]);
    let positions = views::positions(&store).unwrap();
    let [position] = &positions[..] else { panic!("{positions:?}") };
    assert_eq!(
        (position.symbol.as_str(), position.qty, position.value),
        ("BTCUSDT", 2.0, Some(220.0))
    );
    assert_eq!(
        position.stops.to_bits(),
        1.5_f64.to_bits(),
        "a stop that does not rest yet protects nothing"
    );
    assert_eq!(position.stops_in_doubt.to_bits(), 0.5_f64.to_bits());
    assert_eq!(orders.iter().map(views::OpenOrder::rests).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn refusals_limits_permits_and_baselines_have_their_rows() {
    let mut desk = Desk::new(1);
    let limits = HardLimits {
        version: 3,
        order_notional: Money::from_units(1_000),
        gross_exposure: Money::from_units(5_000),
        open_orders: 20,
        orders_per_second: 5,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: vec![Symbol::new("BTCUSDT").unwrap(), Symbol::new("ETHUSDT").unwrap()],
    };
    desk.say(Body::Limits(limits.clone()));
    let refusal = Refusal::new(RefusalCode::OrderNotional, money("1200.5"), money("1000"));
    desk.say(Body::Refused(Refused { cause: Seq(2), symbol: SymbolId(0), refusal }));
    let (kind, step, name) = (PermitKind::RaiseLimits, PermitStep::Asked, "ada".to_owned());
    desk.say(Body::Permit(Permit { kind, step, name, limits: Some(limits) }));
    desk.say(Body::Baseline { asset: Asset::new("BTC").unwrap(), amount: money("0.5") });
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();
    let refusals = csv(&store, Table::Refusals);
    let told = ",gateway,BTCUSDT,2,HARD_ORDER_NOTIONAL,1200.5,1000,quote";
    assert!(last_line(&refusals).ends_with(told), "{refusals}");
    let limits = csv(&store, Table::Limits);
    assert!(last_line(&limits).ends_with(",3,1000,5000,20,5,0.02,0.1,BTCUSDT ETHUSDT"), "{limits}");
    let permits = csv(&store, Table::Permits);
    assert!(last_line(&permits).contains(",raise_limits,asked,ada,3,"), "{permits}");
    let baselines = csv(&store, Table::Baselines);
    assert!(last_line(&baselines).ends_with(",BTC,0.5"), "{baselines}");
}
