//! Incidents of the hub's own: opened with their numbers while the cause lasts, closed when it is over.

use types::bar::Bar;
use types::entry::{Body, Incident, IncidentKind, ModeCause, SystemMode};
use types::feed::{LinkEvent, SourceId};
use types::ids::Seq;
use types::limits::Throttle;
use types::market::Timeframe;

use super::engine::enter;
use super::world::{BTC, MINUTE, World};
use crate::system::{Input, OperatorRequest, Reply};

/// A second of wall time, in the market's seconds.
const SECOND: i64 = 60;

fn released(world: &mut World) -> bool {
    matches!(world.operator(OperatorRequest::Release), Reply::Done(_))
}

#[test]
fn what_the_runtime_sees_is_open_while_it_lasts() {
    let mut world = World::running(&["BTCUSDT"]);
    for (begins, ends, open) in [
        (
            Input::JournalFull { waiting: Some(4_096) },
            Input::JournalFull { waiting: None },
            "JournalFull 4096/0",
        ),
        (
            Input::DiskLow { free_bytes: Some(1_000), wanted_bytes: 5_000 },
            Input::DiskLow { free_bytes: None, wanted_bytes: 5_000 },
            "DiskLow 1000/5000",
        ),
        (
            Input::ConfigRefused { why: "line 3".to_owned() },
            Input::ConfigTaken,
            "ConfigReloadFailed 0/0",
        ),
    ] {
        let from = world.journal.len();
        world.feed(begins.clone());
        world.rest();
        assert_eq!(world.open_incidents(), [open]);
        world.feed(begins);
        world.rest();
        world.feed(ends);
        world.rest();
        assert!(world.open_incidents().is_empty(), "{open}");
        assert_eq!(world.journal.len(), from + 2, "once each: {open}");
    }
    world.feed(Input::EmergencyAdopted { entries: 7 });
    world.rest();
    assert!(world.open_incidents().is_empty(), "it is over as it is seen");
    assert!(world.incidents().contains(&IncidentKind::EmergencyAdopted));
    assert_eq!(world.mode(), SystemMode::Running);
    world.check_restart();
}

#[test]
fn a_clock_that_jumped_is_trusted_when_the_venues_agrees() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.skew = -3_600_000_000_000;
    world.feed(Input::ClockJumped { by_nanos: 3_600_000_000_000 });
    world.rest();
    let jump = "ClockJump 3600/0".to_owned();
    let open = world.open_incidents();
    assert!(
        open.contains(&jump) && open.iter().any(|o| o.starts_with("ClockSkew -3600/")),
        "{open:?}"
    );
    world.venue.skew = 0;
    world.wait(6 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn a_skewed_clock_is_told_with_both_numbers() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.skew = 30_000_000_000;
    world.quarters(5);
    // 250 ms of wall time are 15 s here.
    assert_eq!(world.open_incidents(), ["ClockSkew 30/15"]);
    world.venue.skew = 0;
    world.wait(6 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn a_stream_that_is_silent_is_stale_until_it_speaks_again() {
    let mut world = World::running(&["BTCUSDT", "ETHUSDT"]);
    world.feed_works = false;
    world.wait(29 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    world.wait(2 * SECOND);
    assert_eq!(world.open_incidents(), ["StaleStream 1800/1800", "StaleStream 1800/1800"]);
    world.feed_works = true;
    world.wait(40 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn a_gap_that_no_source_fills_is_told_until_it_is_filled() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.no_bars = true;
    world.left_out.insert((0, Timeframe::M15));
    world.quarters(2);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    world.quarters(2);
    assert_eq!(world.open_incidents(), ["GapUnfilled 1/0"]);
    world.left_out.clear();
    world.venue.no_bars = false;
    world.quarters(2);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn a_bar_that_no_source_has_is_told_and_passed_over() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.no_bars = true;
    world.left_out.insert((0, Timeframe::M15));
    world.quarters(1);
    world.left_out.clear();
    world.quarters(3);
    assert!(world.incidents().contains(&IncidentKind::GapUnfilled));
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn a_stream_of_rubbish_is_of_low_quality_until_it_is_forgotten() {
    let mut world = World::new(&["BTCUSDT"]);
    world.configure(|config| config.feed.score_min = 0.95);
    world.begin();
    let number = world.connected();
    let stream = world.streams().into_iter().next();
    for _ in 0..5 {
        let (stream, why) = (stream.clone(), "no JSON".to_owned());
        let event = LinkEvent::Malformed { stream, why };
        world.feed(Input::Link { source: SourceId(0), number, event });
    }
    world.rest();
    let open = world.open_incidents();
    assert!(
        matches!(&open[..], [one] if one.starts_with("QualityLow 0.") && one.ends_with("/0.95")),
        "{open:?}"
    );
    // An hour of wall time.
    world.quarters(5 * 60);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn bars_that_do_not_add_up_contradict_each_other() {
    let mut world = World::running(&["BTCUSDT"]);
    world.quarters(3);
    // The hour is told with a price that none of its quarters had.
    world.left_out.insert((0, Timeframe::H1));
    world.quarters(1);
    let bar = world.venue.bar(0, Timeframe::H1, World::minute(0));
    let high = "500".parse().unwrap();
    world.say_this(0, Timeframe::H1, Bar { high, ..bar }, true);
    world.rest();
    assert_eq!(world.open_incidents(), ["FeedContradiction 0/0"]);
}

#[test]
fn an_hour_without_data_is_over_when_data_is_back() {
    let mut world = World::running(&["BTCUSDT"]);
    world.feed_works = false;
    world.wait(100 * 60);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(world.hub.status().mode_cause, ModeCause::DataLost);
    let lost = world.open_incidents().into_iter().find(|open| open.starts_with("DataLost"));
    assert_eq!(lost.as_deref(), Some("DataLost 3600/3600"));
    assert!(!released(&mut world), "it still is");
    world.feed_works = true;
    world.wait(40 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    assert!(released(&mut world));
}

#[test]
fn an_overloaded_queue_is_over_when_it_is_short() {
    let mut world = World::running(&["BTCUSDT"]);
    world.feed(Input::QueueDepth(101));
    world.rest();
    world.wait(11 * SECOND);
    assert_eq!(world.open_incidents(), ["QueueOverloaded 600/600"]);
    assert_eq!(world.hub.status().mode_cause, ModeCause::Overloaded);
    world.feed(Input::QueueDepth(0));
    world.rest();
    assert!(world.open_incidents().is_empty());
    assert!(released(&mut world));
}

#[test]
fn a_drawdown_is_an_incident_until_a_person_releases_it() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| script.trip = Some(World::minute(15)));
    world.begin();
    world.quarters(1);
    assert_eq!(world.open_incidents(), ["DrawdownLimit 0.081/0.08"]);
    world.plan(|script| script.trip = None);
    world.begin();
    assert_eq!(world.open_incidents(), ["DrawdownLimit 0.081/0.08"], "across a restart");
    assert!(!released(&mut world));
    world.wait(24 * 60 * 60);
    assert!(released(&mut world));
    let open = world.open_incidents();
    assert!(!open.iter().any(|open| open.starts_with("DrawdownLimit")), "{open:?}");
    let over = world.journal.iter().rev().find_map(|entry| {
        if let Body::IncidentOver(over) = &entry.body { Some(*over) } else { None }
    });
    assert!(over.is_some_and(|over| !over.by_itself));
}

#[test]
fn a_venue_that_answers_nothing_is_down_until_it_answers() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.down = true;
    world.wait(100 * SECOND);
    let down = |world: &World| {
        let open = world.open_incidents();
        open.into_iter().filter(|open| open.starts_with("VenueDown")).collect::<Vec<_>>()
    };
    assert_eq!(down(&world), ["VenueDown 600/600"]);
    world.venue.down = false;
    world.wait(70 * SECOND);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn what_only_a_person_can_judge_is_closed_by_one_and_safe_mode_ends_after_it() {
    let mut world = World::running(&["BTCUSDT"]);
    let lives = Incident::word(IncidentKind::DeadOrderLives).of_symbol(BTC);
    world.hub.open_incident(lives);
    world.rest();
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert!(!released(&mut world), "its cause holds");
    let close = |world: &mut World, kind: IncidentKind| {
        let open = world.hub.status().incidents;
        let open = open.iter().find(|open| open.incident.kind == kind);
        let incident = open.map_or(Seq(0), |open| open.seq);
        world.operator(OperatorRequest::CloseIncident { incident })
    };
    // What the hub itself can see is not a person's to say.
    world.feed(Input::DiskLow { free_bytes: Some(5), wanted_bytes: 9 });
    world.rest();
    for kind in [IncidentKind::DiskLow, IncidentKind::VenueDown] {
        let reply = close(&mut world, kind);
        assert!(matches!(&reply, Reply::Refused { code, .. } if code == "INCIDENT"), "{reply:?}");
    }
    let reply = close(&mut world, IncidentKind::DeadOrderLives);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.mode(), SystemMode::SafeMode);
    world.begin();
    assert!(released(&mut world));
    assert_eq!(world.mode(), SystemMode::Running);
    world.check_restart();
}

#[test]
fn a_release_that_was_rolled_back_is_safe_mode_until_a_person_has_looked() {
    let mut world = World::running(&["BTCUSDT"]);
    world.feed(Input::RolledBack);
    world.rest();
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(world.hub.status().mode_cause, ModeCause::EmergencyRollback);
    world.begin();
    assert_eq!(world.mode(), SystemMode::SafeMode, "across a restart");
    assert!(released(&mut world));
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn a_venue_that_wants_silence_is_left_alone() {
    let mut world = World::running(&["BTCUSDT"]);
    world.throttle = Some(Throttle { kind: None, retry_after_nanos: Some(20 * MINUTE) });
    world.quarters(4);
    world.throttle = None;
    assert_eq!(world.open_incidents(), ["RateLimited 1200/0"]);
    world.quarters(2);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

#[test]
fn a_refused_key_is_safe_mode_until_it_is_taken() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(75), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.venue.refuses_key = true;
    world.quarters(4);
    assert!(world.open_incidents().contains(&"KeyRefused 0/0".to_owned()));
    assert_eq!(world.mode(), SystemMode::SafeMode);
    world.quarters(1);
    assert!(world.told().contains(&"refused MODE_FORBIDS".to_owned()));
    assert!(!released(&mut world));
    world.venue.refuses_key = false;
    world.quarters(5);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    assert!(released(&mut world));
}

#[test]
fn what_an_earlier_life_left_open_is_closed_when_it_is_over() {
    let mut world = World::running(&["BTCUSDT"]);
    world.venue.down = true;
    world.feed(Input::GivenUp {
        component: crate::system::Component::Store,
        why: "no more".to_owned(),
    });
    world.wait(100 * SECOND);
    let open = world.open_incidents();
    assert!(open.iter().any(|open| open.starts_with("BreakerOpen")), "{open:?}");
    assert!(open.iter().any(|open| open.starts_with("ComponentGivenUp")), "{open:?}");
    world.venue.down = false;
    world.begin();
    assert!(world.incidents().contains(&IncidentKind::UncleanStop));
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}
