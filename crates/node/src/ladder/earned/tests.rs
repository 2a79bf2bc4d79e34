//! What earns a rung, and each thing that alone does not.

use types::entry::{Body, IncidentKind, Operator, OperatorAction};
use types::hard_limits::HardLimits;
use types::ids::Symbol;
use types::num::Money;
use types::side::Side;

use super::*;

#[path = "../../../tests/it/served.rs"]
#[expect(dead_code, reason = "folders are written by the tests of the program")]
mod served;

use served::{Served, stage};

const VENUE: &str = "https://venue.example";

fn wanted(rung: Rung) -> Stage {
    stage(if rung == Rung::Paper { "paper" } else { "live" }, rung.name(), VENUE)
}

/// A journal with everything that it takes to leave a rung.
fn whole(rung: Rung) -> Served {
    let proof = rung.proof();
    let mut served = Served::begin(Some(wanted(rung)));
    served.hours(1);
    (0..proof.round_trips).for_each(|_| served.round_trip(3));
    served.hours(i64::from(proof.days) * 24 - 1);
    served
}

/// It as evidence, with nothing that differs from a backtest over all of its time.
fn claim(state: &str, served: &Served) -> Claim {
    let mut service = Service::default();
    served.entries.iter().for_each(|entry| service.on_entry(entry));
    let parity =
        ParityShown::Compared { backtest: "b".to_owned(), period: service.period(), unknown: 0 };
    Claim { state: state.to_owned(), service: Ok(service), parity }
}

fn codes(answer: Result<Earned, Vec<NotEarned>>) -> Vec<String> {
    let code = |why: &NotEarned| why.to_string().split(':').next().unwrap().to_owned();
    answer.map_or_else(|why| why.iter().map(code).collect(), |_| Vec::new())
}

/// Asserts what is said of the one journal that is brought; nothing: the rung is earned.
#[track_caller]
fn check(rung: Rung, served: &Served, wanted_lines: &[&str]) {
    let answer = earned(rung, &wanted(rung), &[claim("s", served)]);
    let told: Vec<String> = answer.err().into_iter().flatten().map(|why| why.to_string()).collect();
    assert_eq!(told, wanted_lines, "{rung}");
}

#[test]
fn days_and_round_trips_are_those_of_the_table() {
    for rung in [
        Rung::Paper,
        Rung::Minimal,
        Rung::Conservative,
        Rung::Moderate,
        Rung::Aggressive,
        Rung::Maximum,
    ] {
        let proof = rung.proof();
        let (days, round_trips) = (u64::from(proof.days), u64::from(proof.round_trips));
        let answer = earned(rung, &wanted(rung), &[claim("s", &whole(rung))]);
        assert_eq!(answer, Ok(Earned { rung, days, round_trips }));
        let mut short = Served::begin(Some(wanted(rung)));
        short.hours(1);
        (1..proof.round_trips).for_each(|_| short.round_trip(0));
        short.hours(i64::from(proof.days) * 24 - 2);
        let told = [
            format!(
                "DAYS: saw {}.9 days with the system running on rung {rung}, wanted {days} days",
                days - 1
            ),
            format!("ROUND_TRIPS: saw {} on rung {rung}, wanted {round_trips}", round_trips - 1),
        ];
        check(rung, &short, &[&told[0], &told[1]]);
    }
}

#[test]
fn time_in_which_the_system_did_not_run_is_none() {
    let mut away = whole(Rung::Paper);
    away.away(100);
    check(Rung::Paper, &away, &[]);
    // A week from beginning to end, with an hour in which nothing was heard: once lost, twice caught up on.
    let stories: [fn(&mut Served); 3] =
        [|served| served.away(1), |served| served.caught_up(2), |served| served.walked(2)];
    for story in stories {
        let mut served = Served::begin(Some(wanted(Rung::Paper)));
        served.hours(80);
        (0..10).for_each(|_| served.round_trip(0));
        story(&mut served);
        served.hours(86);
        check(
            Rung::Paper,
            &served,
            &["DAYS: saw 6.9 days with the system running on rung paper, wanted 7 days"],
        );
        served.hours(2);
        check(Rung::Paper, &served, &[]);
    }
}

#[test]
fn time_below_a_rung_does_not_count_as_time_on_it() {
    let limits = |gross| HardLimits {
        version: 1,
        order_notional: Money::from_units(100),
        gross_exposure: Money::from_units(gross),
        open_orders: 10,
        orders_per_second: 5,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(500),
        symbols: vec![Symbol::new("BTCUSDT").unwrap()],
    };
    let rung = Rung::Conservative;
    let mut served = Served::begin(Some(wanted(rung)));
    served.say(Body::Limits(limits(500)));
    served.hours(13 * 24);
    (0..25).for_each(|_| served.round_trip(0));
    let (name, action) = ("ladder".to_owned(), OperatorAction::ReloadConfig);
    served.say(Body::Operator(Operator { name, action, by: None }));
    served.say(Body::Limits(limits(200)));
    served.round_trip(0);
    served.hours(20 * 24);
    check(
        rung,
        &served,
        &["DAYS: saw 13 days with the system running on rung conservative, wanted 14 days"],
    );
    // People have raised it again.
    served.say(Body::Limits(limits(500)));
    served.hours(24);
    check(rung, &served, &[]);
}

#[test]
fn a_run_on_another_stage_does_not_count() {
    let rung = Rung::Minimal;
    let nothing = [
        "DAYS: saw 0 days with the system running on rung minimal, wanted 7 days",
        "ROUND_TRIPS: saw 0 on rung minimal, wanted 20",
        "PARITY: not shown for any run that counts: name the journal of a backtest of the same period with --backtest, one for each --served",
        "SLIPPAGE: cannot be judged: saw no fills",
    ];
    let with = |first: &'static str| [&[first][..], &nothing].concat();
    let of = |stage: Option<Stage>| {
        let mut served = Served::begin(stage);
        served.hours(1);
        (0..20).for_each(|_| served.round_trip(0));
        served.hours(7 * 24);
        served
    };
    let simulated = Stage { mode: "simulated".to_owned(), rung: None, venue: String::new() };
    let story = [
        (
            Some(simulated),
            "STAGE: s does not count: it ran in mode simulated; wanted mode live, rung minimal, at https://venue.example, all the time",
        ),
        (
            Some(Stage { mode: "testnet".to_owned(), rung: None, venue: VENUE.to_owned() }),
            "STAGE: s does not count: it ran in mode testnet, at https://venue.example; wanted mode live, rung minimal, at https://venue.example, all the time",
        ),
        (
            Some(wanted(Rung::Paper)),
            "STAGE: s does not count: it ran in mode paper, rung paper, at https://venue.example; wanted mode live, rung minimal, at https://venue.example, all the time",
        ),
        (
            Some(stage("live", "minimal", "http://127.0.0.1:1")),
            "STAGE: s does not count: it ran in mode live, rung minimal, at http://127.0.0.1:1; wanted mode live, rung minimal, at https://venue.example, all the time",
        ),
        (
            None,
            "STATE: s does not count: its journal does not say of all of its time in which mode and on which rung it ran",
        ),
    ];
    for (stage, told) in story {
        check(rung, &of(stage), &with(told));
    }
    // It is said too late, and it changes.
    let mut late = of(None);
    late.say(Body::Stage(wanted(rung)));
    late.hours(7 * 24);
    check(rung, &late, &with(story_of_none()));
    let mut changes = of(Some(wanted(rung)));
    changes.say(Body::Stage(wanted(Rung::Conservative)));
    // A start that failed.
    check(rung, &changes, &[]);
    changes.hours(1);
    let told = "STAGE: s does not count: it ran in mode live, rung conservative, at https://venue.example; wanted mode live, rung minimal, at https://venue.example, all the time";
    check(rung, &changes, &with(told));
}

const fn story_of_none() -> &'static str {
    "STATE: s does not count: its journal does not say of all of its time in which mode and on which rung it ran"
}

#[test]
fn incidents_count_unless_they_are_slight_or_over_by_themselves() {
    let story = [
        // What happens, whether it is over by itself, what is said of it.
        (IncidentKind::FlowSeen, None, None),
        (IncidentKind::UserStreamDown, Some(true), None),
        (IncidentKind::UserStreamDown, Some(false), Some("1 x user_stream_down")),
        (IncidentKind::VenueDown, None, Some("1 x venue_down")),
        (IncidentKind::ReportImpossible, None, Some("1 x report_impossible")),
        (IncidentKind::Unprotected, Some(true), Some("1 x unprotected")),
    ];
    for (kind, by_itself, wanted) in story {
        let mut served = whole(Rung::Minimal);
        served.incident(kind, by_itself);
        let told = wanted.map(|saw| {
            format!("INCIDENTS: saw {saw}, wanted none that is critical or was not over by itself")
        });
        check(Rung::Minimal, &served, &told.iter().map(String::as_str).collect::<Vec<_>>());
        // Paper has no money to lose.
        let mut paper = whole(Rung::Paper);
        paper.incident(kind, by_itself);
        check(Rung::Paper, &paper, &[]);
    }
    let mut many = whole(Rung::Minimal);
    for _ in 0..2 {
        many.incident(IncidentKind::Unprotected, Some(true));
    }
    many.incident(IncidentKind::OutcomeUnknown, None);
    check(
        Rung::Minimal,
        &many,
        &[
            "INCIDENTS: saw 1 x outcome_unknown, 2 x unprotected, wanted none that is critical or was not over by itself",
        ],
    );
}

#[test]
fn fills_are_within_the_model_or_cannot_be_judged() {
    // Twenty round trips are 3 bps worse than at their decision: at the line.
    let mut worse = whole(Rung::Minimal);
    worse.round_trip(4);
    check(
        Rung::Minimal,
        &worse,
        &["SLIPPAGE: saw 3.04 bps on the mean of 42 fills, wanted at most 3.00 bps"],
    );
    let mut paper = whole(Rung::Paper);
    paper.round_trip(400);
    check(Rung::Paper, &paper, &[]);
    // Before the first bar nothing has a price.
    let mut blind = Served::begin(Some(wanted(Rung::Minimal)));
    blind.round_trip(0);
    blind.hours(1);
    (1..20).for_each(|_| blind.round_trip(0));
    blind.hours(7 * 24 - 1);
    check(
        Rung::Minimal,
        &blind,
        &[
            "SLIPPAGE: cannot be judged: 2 of 40 fills have no price at their decision in the journal",
        ],
    );
}

#[test]
fn the_highest_rung_wants_a_small_drawdown() {
    for (loss, told) in
        [(40, None), (41, Some("DRAWDOWN: saw 4.1% from the peak, wanted at most 4%"))]
    {
        for rung in [Rung::Moderate, Rung::Aggressive] {
            let mut served = Served::begin(Some(wanted(rung)));
            served.hours(1);
            served.trade(Side::Buy, 0);
            served.price -= loss;
            served.hours(1);
            served.trade(Side::Sell, 0);
            (0..60).for_each(|_| served.round_trip(0));
            served.hours(30 * 24);
            let told = told.filter(|_| rung == Rung::Aggressive);
            check(rung, &served, &told.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_backtest_of_the_same_time_does_the_same() {
    let rung = Rung::Paper;
    let served = whole(rung);
    let period = claim("s", &served).parity;
    let ParityShown::Compared { period: Some((from, to)), .. } = period else { unreachable!() };
    let compared =
        |period, unknown| ParityShown::Compared { backtest: "b".to_owned(), period, unknown };
    let story = [
        (
            ParityShown::Nothing,
            Some(
                "PARITY: not shown for s: name the journal of a backtest of the same period with --backtest, one for each --served",
            ),
        ),
        (ParityShown::Unusable("b is torn".to_owned()), Some("PARITY: s: b is torn")),
        (
            compared(None, 0),
            Some("PARITY: s: it has nothing in common with b that can be compared"),
        ),
        (
            compared(Some((from, to)), 2),
            Some(
                "PARITY: s: 2 differences from b have no cause, wanted none: `plimsoll parity` shows them",
            ),
        ),
        (
            compared(Some((from, from.plus(DAY))), 0),
            Some("PARITY: s: compared with a backtest over 1 day, wanted 7 days"),
        ),
        (compared(Some((from, to)), 0), None),
    ];
    for (parity, told) in story {
        let claim = Claim { parity, ..claim("s", &served) };
        let answer = earned(rung, &wanted(rung), &[claim]);
        let lines: Vec<String> =
            answer.err().into_iter().flatten().map(|why| why.to_string()).collect();
        assert_eq!(lines, told.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn folders_add_up_unless_they_tell_of_the_same_time() {
    let rung = Rung::Paper;
    let mut first = Served::begin(Some(wanted(rung)));
    first.hours(4 * 24);
    (0..4).for_each(|_| first.round_trip(0));
    let mut second = Served::begin(Some(wanted(rung)));
    second.away(5 * 24);
    second.hours(3 * 24);
    (0..6).for_each(|_| second.round_trip(0));
    let both = || [claim("a", &first), claim("b", &second)];
    assert_eq!(earned(rung, &wanted(rung), &both()), Ok(Earned { rung, days: 7, round_trips: 10 }));
    assert_eq!(codes(earned(rung, &wanted(rung), &both()[..1])), ["DAYS", "ROUND_TRIPS"]);
    let twice = [claim("a", &first), claim("b", &first)];
    let told = earned(rung, &wanted(rung), &twice).unwrap_err();
    assert_eq!(told[0].to_string(), "STATE: b does not count: it tells of the same time as a");
    assert_eq!(codes(Err(told)), ["STATE", "DAYS", "ROUND_TRIPS"]);
    // What is broken is named beside what is whole.
    let broken = Claim { service: Err("it is torn".to_owned()), ..claim("c", &first) };
    let [a, b] = both();
    let told = earned(rung, &wanted(rung), &[a, broken, b]).unwrap_err();
    assert_eq!(told, [NotEarned::Unusable { state: "c".to_owned(), why: "it is torn".to_owned() }]);
}

#[test]
fn without_anything_each_thing_is_named() {
    let told = codes(earned(Rung::Paper, &wanted(Rung::Paper), &[]));
    assert_eq!(told, ["STATE", "DAYS", "ROUND_TRIPS", "PARITY"]);
    let told = codes(earned(Rung::Aggressive, &wanted(Rung::Aggressive), &[]));
    assert_eq!(told, ["STATE", "DAYS", "ROUND_TRIPS", "PARITY", "SLIPPAGE"]);
}
