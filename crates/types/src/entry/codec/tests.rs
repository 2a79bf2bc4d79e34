//! Round trips, an independent reader, old and new readers, hostile bytes.

use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::*;
use crate::decision::{
    Action, Check, Decision, Odds, Outcome, Protection, Protective, Reason, ReasonCode, Refusal,
    RefusalCode, Rule, ScoreReason, Verdict,
};
use crate::entry::{Adopted, Mode, ModeCause, Operator, OperatorAction, Stage, SystemMode};
use crate::entry::{Authority, Incident, IncidentKind, IncidentOver, Part, Refused, Scope};
use crate::entry::{Permit, PermitKind, PermitStep};
use crate::hard_limits::HardLimits;
use crate::ids::{Epoch, SlotId};
use crate::market::{Component, Contribution, Direction, PatternId, PatternKind, Regime, Score};

fn full_decision() -> Decision {
    let id = PatternId {
        kind: PatternKind::PinBar,
        direction: Some(Direction::Long),
        timeframe: Timeframe::H4,
    };
    let score = ScoreReason {
        direction: Some(Direction::Long),
        score: Score::new(72.5).expect("a score"),
        sum: 0.41,
        regime: Regime::Bull,
        trend: 0.6,
        volatility: 0.3,
        contributions: vec![Contribution {
            timeframe: Timeframe::M15,
            component: Component::Volume,
            value: -0.5,
            weight: 0.1,
            points: -3.0,
        }],
        patterns: vec![(id, 0.55)],
    };
    let odds = Odds {
        p: 0.45,
        outcomes: 312.5,
        target_ratio: 1.5,
        cost: 0.05,
        edge: 0.075,
        uncalibrated: false,
    };
    let check = |rule, outcome| Check { rule, outcome, seen: 1.5, limit: 2.5 };
    let verdict = Verdict {
        qty: Qty::from_raw(42),
        risk: 50.0,
        factors: [0.25, 1.0, 0.75, 1.0],
        binding: Some(Rule::Cluster),
        checks: vec![
            check(Rule::SafeMode, Outcome::Passed),
            check(Rule::Cluster, Outcome::Reduced),
            check(Rule::MinOrder, Outcome::Refused),
            check(Rule::Margin, Outcome::NotApplicable),
        ],
    };
    Decision {
        symbol: Some(SymbolId(3)),
        action: Action::Enter {
            direction: Direction::Long,
            qty: Qty::from_raw(42),
            limit: Some(Price::from_raw(77)),
            protection: Some(Protection {
                stop: Protective::Distance(Price::from_raw(5)),
                target: Some(Protective::At(Price::from_raw(99))),
            }),
            expires: Some(TsNanos::from_nanos(9)),
        },
        reason: Reason {
            code: ReasonCode::Enter,
            seen: Some(1.0),
            limit: Some(-2.0),
            score: Some(Box::new(score)),
            odds: Some(Box::new(odds)),
            verdict: Some(Box::new(verdict)),
        },
    }
}

fn request(kind: OrderKind, tif: TimeInForce) -> OrderRequest {
    OrderRequest {
        symbol: SymbolId(1),
        side: Side::Sell,
        kind,
        qty: Qty::from_raw(10),
        tif,
        reduce_only: true,
    }
}

fn fill(fee: Fee) -> Fill {
    Fill {
        order: None,
        trade_id: 7,
        symbol: SymbolId(1),
        side: Side::Buy,
        qty: Qty::from_raw(10),
        price: Price::from_raw(11),
        fee,
        liquidity: Liquidity::Maker,
    }
}

/// At least one body of every kind, with every optional part there and missing.
fn bodies() -> Vec<Body> {
    let price = Price::from_raw(123);
    let trigger = Price::from_raw(-1);
    let at = TsNanos::from_nanos(1_700_000_000_000_000_001);
    let order = OrderId { command: Seq(12), leg: Leg::Stop, attempt: 3 };
    let instrument = Instrument {
        fee_asset: FeeAsset::Received,
        min_notional: Money::from_units(5),
        ..Instrument::unknown(
            Symbol::new("BTCUSDT").expect("a symbol"),
            Asset::new("BTC").expect("an asset"),
            Asset::new("USDT").expect("an asset"),
            Market::Perp,
        )
    };
    let bar =
        |volume| Bar { open_time: at, open: price, high: price, low: price, close: price, volume };
    let mut bodies = vec![
        Body::Genesis { journal: JournalId([9; 16]), seed: u64::MAX },
        Body::Config { toml: "[risk]\n".to_owned() },
        Body::Instruments(vec![instrument]),
        Body::Mark { symbol: SymbolId(2), price },
        Body::InstantClosed { at },
        Body::Timer { at },
        Body::Decision(full_decision()),
        Body::Command(Command { order, cause: Seq(11), action: CommandAction::Cancel }),
        Body::Operator(Operator {
            name: "ada".to_owned(),
            action: OperatorAction::WindDown,
            by: Some(at),
        }),
        Body::Flow { amount: Money::from_raw(-1) },
        Body::Funding {
            symbol: SymbolId(1),
            rate: Ratio::from_raw(-617),
            qty: Qty::from_raw(-5),
            amount: Money::from_raw(i128::MIN),
        },
    ];
    for volume in [None, Some(0.0), Some(12.5)] {
        let timeframe = Timeframe::D1;
        bodies.push(Body::Bar { symbol: SymbolId(1), timeframe, bar: bar(volume) });
    }
    for action in [
        Action::Nothing,
        Action::Reduce { qty: None },
        Action::Reduce { qty: Some(Qty::ZERO) },
        Action::MoveStop { trigger: price },
        Action::RequestSafeMode { cause: ModeCause::PeakDrawdown },
    ] {
        let reason = Reason::word(ReasonCode::NotWarm);
        bodies.push(Body::Decision(Decision { symbol: None, action, reason }));
    }
    for kind in [
        OrderKind::Market,
        OrderKind::Limit { price },
        OrderKind::StopMarket { trigger },
        OrderKind::StopLimit { trigger, price },
        OrderKind::TakeProfit { trigger },
        OrderKind::LimitMaker { price },
    ] {
        for tif in [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok, TimeInForce::Gtd(at)] {
            let action = CommandAction::Place(request(kind, tif));
            bodies.push(Body::Command(Command { order, cause: Seq(1), action }));
        }
    }
    for event in [
        ReportEvent::Accepted,
        ReportEvent::Rejected("LOT_SIZE".to_owned()),
        ReportEvent::Filled(fill(Fee::Base(Qty::ZERO))),
        ReportEvent::Filled(fill(Fee::Quote(Money::from_raw(5)))),
        ReportEvent::Cancelled,
        ReportEvent::Expired,
        ReportEvent::NeverAccepted,
        ReportEvent::CancelRejected,
    ] {
        bodies.push(Body::Report(Report { order: None, event }));
    }
    for &code in RefusalCode::ALL {
        let refusal = Refusal::new(code, Money::from_raw(3), Money::from_raw(-2));
        bodies.push(Body::Refused(Refused { cause: Seq(4), symbol: SymbolId(1), refusal }));
    }
    bodies.push(Body::Limits(HardLimits {
        version: 2,
        order_notional: Money::from_units(10),
        gross_exposure: Money::from_units(100),
        open_orders: 20,
        orders_per_second: 5,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: vec![Symbol::new("BTCUSDT").expect("a symbol")],
    }));
    for &kind in IncidentKind::ALL {
        let (seen, wanted) = (Money::from_raw(7), Money::from_raw(8));
        let incident = Incident::new(kind, seen, wanted).of_symbol(SymbolId(0)).of_order(order);
        bodies.push(Body::Incident(incident));
    }
    for &part in Part::ALL {
        bodies.push(Body::Incident(Incident::word(IncidentKind::ComponentDown).of_part(part)));
    }
    bodies.push(Body::Incident(Incident::word(IncidentKind::NotReconciled)));
    for (kind, step) in [
        (PermitKind::RaiseLimits, PermitStep::Asked),
        (PermitKind::GoLive, PermitStep::Confirmed),
        (PermitKind::ReleaseKill, PermitStep::Cancelled),
        (PermitKind::ReleaseKill, PermitStep::Granted),
    ] {
        let known = bodies.iter().find_map(|body| {
            let Body::Limits(limits) = body else { return None };
            (kind == PermitKind::RaiseLimits).then(|| limits.clone())
        });
        let permit = Permit { kind, step, name: "ada".to_owned(), limits: known };
        bodies.push(Body::Permit(permit));
    }
    let asset = Asset::new("BTC").expect("an asset");
    bodies.push(Body::Baseline { asset, amount: Money::from_units(2) });
    bodies.push(Body::IncidentOver(IncidentOver { incident: Seq(9), by_itself: true }));
    for mode in [
        SystemMode::Initializing,
        SystemMode::Running,
        SystemMode::SafeMode,
        SystemMode::Maintenance,
        SystemMode::Shutdown,
    ] {
        let latched_until = (mode == SystemMode::SafeMode).then_some(at);
        bodies.push(Body::Mode(Mode { mode, cause: ModeCause::Started, latched_until }));
    }
    for cause in ModeCause::ALL {
        let mode = SystemMode::SafeMode;
        bodies.push(Body::Mode(Mode { mode, cause, latched_until: None }));
    }
    for scope in [Scope::Account, Scope::Symbol(SymbolId(0)), Scope::Symbol(SymbolId(9))] {
        let authority = Authority { scope, slot: SlotId(1), epoch: Epoch(3) };
        bodies.push(Body::Authority(authority));
    }
    for bars in [vec![], vec![bar(None), bar(Some(2.5))]] {
        let timeframe = Timeframe::H4;
        bodies.push(Body::History { symbol: SymbolId(1), timeframe, bars });
    }
    for rung in [None, Some("minimal".to_owned())] {
        let (mode, venue) = ("live".to_owned(), "https://venue.example".to_owned());
        bodies.push(Body::Stage(Stage { mode, rung, venue }));
    }
    bodies.push(Body::Adopted(Adopted {
        name: "ada".to_owned(),
        reason: "sold on the exchange's page".to_owned(),
        symbol: SymbolId(1),
        incident: Seq(7),
        qty: Qty::from_raw(-5),
        cash: Money::from_units(3),
        price: Price::from_raw(9),
    }));
    for action in OperatorAction::ALL {
        bodies.push(Body::Operator(Operator { name: "ada".to_owned(), action, by: None }));
    }
    bodies
}

fn entry(body: Body) -> Entry {
    Entry {
        seq: Seq(5),
        ts_event: TsNanos::from_nanos(-3),
        ts: TsNanos::from_nanos(4),
        source: Source::Venue,
        body,
    }
}

fn encoded(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes
}

#[test]
fn every_kind_round_trips() {
    for body in bodies() {
        let entry = entry(body);
        assert_eq!(Entry::decode(&encoded(&entry)), Ok(entry));
    }
}

/// Name of the payload's message in the `.proto` file.
fn message_of(body: &Body) -> &'static str {
    match body {
        Body::Genesis { .. } => "Genesis",
        Body::Config { .. } => "Config",
        Body::Instruments(_) => "Instruments",
        Body::Bar { .. } => "Bar",
        Body::Mark { .. } => "Mark",
        Body::InstantClosed { .. } | Body::Timer { .. } => "Moment",
        Body::Decision(_) => "Decision",
        Body::Command(_) => "Command",
        Body::Report(_) => "Report",
        Body::Mode(_) => "Mode",
        Body::Operator(_) => "Operator",
        Body::Flow { .. } => "Flow",
        Body::Funding { .. } => "Funding",
        Body::Refused(_) => "Refused",
        Body::Limits(_) => "Limits",
        Body::Incident(_) => "Incident",
        Body::IncidentOver(_) => "IncidentOver",
        Body::Authority(_) => "Authority",
        Body::History { .. } => "History",
        Body::Baseline { .. } => "Baseline",
        Body::Permit(_) => "Permit",
        Body::Adopted(_) => "Adopted",
        Body::Stage(_) => "Stage",
    }
}

/// A Protobuf implementation that knows only the checked-in `.proto` reads every entry, finds no
/// field it does not know, and writes the same bytes.
#[test]
fn the_proto_file_says_the_same() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/proto");
    let files = protox::compile(["plimsoll/entry/v1/entry.proto"], [folder]).expect("it compiles");
    let pool = DescriptorPool::from_file_descriptor_set(files).expect("it links");
    let check = |name: &str, bytes: &[u8]| {
        let message = pool.get_message_by_name(&format!("plimsoll.entry.v1.{name}"));
        let message = message.unwrap_or_else(|| panic!("message {name} is missing"));
        let read = DynamicMessage::decode(message, bytes).expect("it reads");
        assert_eq!(read.unknown_fields().count(), 0, "{name} has a field of its own: {read:?}");
        assert_eq!(read.encode_to_vec(), bytes, "{name}");
    };
    for body in bodies() {
        let mut payload = Vec::new();
        body.encode(&mut payload);
        check(message_of(&body), &payload);
        check("Entry", &encoded(&entry(body)));
    }
}

/// What a writer of a later schema adds is passed over by this reader.
#[test]
fn an_entry_of_a_newer_writer_is_read() {
    #[derive(Clone, PartialEq, Message)]
    struct NewerMark {
        #[prost(uint32, tag = "1")]
        symbol: u32,
        #[prost(int64, tag = "2")]
        price: i64,
        #[prost(string, tag = "100")]
        feed: String,
    }
    let newer = NewerMark { symbol: 2, price: 5, feed: "spare".to_owned() };
    let wire = wire::Entry {
        seq: 1,
        kind: 11,
        schema: SCHEMA + 1,
        ts_event: 0,
        ts: 0,
        source: 1,
        payload: newer.encode_to_vec(),
    };
    let read = Entry::decode(&wire.encode_to_vec()).expect("unknown fields are passed over");
    let wanted = Body::Mark { symbol: SymbolId(2), price: Price::from_raw(5) };
    assert_eq!(read.body, wanted);
}

/// What this writer adds is passed over by a reader that knows fewer fields, and an entry of an
/// older writer, with a field missing, reads as that field absent.
#[test]
fn an_entry_of_this_writer_is_read_by_an_older_one() {
    #[derive(Clone, PartialEq, Message)]
    struct OlderBar {
        #[prost(uint32, tag = "1")]
        symbol: u32,
        #[prost(uint32, tag = "2")]
        timeframe_minutes: u32,
        #[prost(sfixed64, tag = "7")]
        close: i64,
    }
    let older = OlderBar { symbol: 1, timeframe_minutes: 60, close: 9 };
    let Ok(Body::Bar { bar, .. }) = Body::decode(1, 10, &older.encode_to_vec()) else {
        panic!("an older bar reads");
    };
    assert_eq!((bar.close.raw(), bar.volume), (9, None));
    let mut ours = Vec::new();
    Body::Bar { symbol: SymbolId(1), timeframe: Timeframe::H1, bar }.encode(&mut ours);
    assert_eq!(OlderBar::decode(ours.as_slice()), Ok(older));
}

#[test]
fn an_unknown_kind_names_itself() {
    let mut wire = wire::Entry::decode(encoded(&entry(bodies().remove(0))).as_slice()).expect("ok");
    wire.kind = 999;
    let error = Entry::decode(&wire.encode_to_vec()).expect_err("kind 999");
    assert_eq!(error, CodecError::Kind { seq: 5, kind: 999 });
}

#[test]
fn kinds_are_numbered_once() {
    let mut seen = std::collections::BTreeMap::new();
    for body in bodies() {
        let name = format!("{:?}", std::mem::discriminant(&body));
        let earlier = seen.insert(body.kind(), name.clone());
        assert!(earlier.is_none_or(|earlier| earlier == name), "kind {} twice", body.kind());
        assert!(body.kind() <= Body::KIND_MAX);
    }
    assert_eq!(seen.len(), Body::KINDS.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn hostile_bytes_give_an_error_or_an_entry(
        index in 0_usize..200,
        flips in prop::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        cut in any::<usize>(),
    ) {
        let bodies = bodies();
        let mut bytes = encoded(&entry(bodies[index % bodies.len()].clone()));
        for (place, byte) in flips {
            let length = bytes.len();
            bytes[place % length] = byte;
        }
        bytes.truncate(cut % (bytes.len() + 1));
        let _ = Entry::decode(&bytes);
    }
}

#[test]
fn every_kind_is_listed_under_its_own_name() {
    let mut seen: Vec<u32> = bodies().iter().map(Body::kind).collect();
    for body in bodies() {
        let (name, _) = Body::KINDS.iter().find(|(_, number)| *number == body.kind()).unwrap();
        assert!(format!("{body:?}").starts_with(name), "{name}: {body:?}");
    }
    seen.sort_unstable();
    seen.dedup();
    let listed: Vec<u32> = Body::KINDS.iter().map(|(_, number)| *number).collect();
    assert_eq!(listed, seen, "one body of each kind is tested, in order");
    assert_eq!(listed.last(), Some(&Body::KIND_MAX));
}
