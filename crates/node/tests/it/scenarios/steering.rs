//! A hub that operators steer while it trades, and one that is told to stop while it is dead.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::scene::{PATIENCE, SYMBOLS, Scene, Stage};
use crate::processes::LOT;
use crate::support::{Said, plimsoll};

/// Long enough for several closes at which entries would be drawn.
const A_WHILE: Duration = Duration::from_secs(4);

/// Runs a command against the hub of a scene.
fn ask(scene: &Scene, args: &[&str]) -> Said {
    let state = scene.state();
    plimsoll(&[args, &["--state", state.to_str().unwrap()]].concat())
}

/// Asks for an action as `ada`, and wants it to end with a code.
#[track_caller]
fn act(scene: &Scene, args: &[&str], code: i32) -> Value {
    ask(scene, &[args, &["--operator", "ada", "--json"]].concat()).ended(code).json()
}

/// Wants that no purchase is accepted for a while in which the hub decides.
#[track_caller]
fn buys_nothing(scene: &mut Scene, when: &str) {
    let since = scene.venue.now() * 1_000_000;
    let told = scene.hub.told.len();
    scene.hub.let_work(A_WHILE);
    let instants = scene.hub.told[told..].iter().filter(|told| told.event["event"] == "instant");
    let instants = instants.count();
    assert!(scene.hub.runs() && instants >= 2, "{when}: {instants} instants, or it is dead");
    let bought = scene.venue.record().orders.values();
    let bought: Vec<_> =
        bought.filter(|order| order.side == "buy" && order.created > since).collect();
    assert!(bought.is_empty(), "{when}: {bought:?}");
}

#[test]
fn a_trading_hub_does_what_its_operators_say() {
    let mut scene = Scene::trading();
    let status = ask(&scene, &["status", "--json"]).ended(0).json();
    assert_eq!((&status["money"], &status["mode"]), (&"simulated".into(), &"running".into()));
    assert!(status["journal"]["seq"].as_u64() > Some(10), "{status}");
    let people = ask(&scene, &["status"]).ended(0).out;
    assert!(people.starts_with("SIMULATED: running"), "{people}");
    for list in ["orders", "positions", "incidents"] {
        assert!(ask(&scene, &[list, "--json"]).ended(0).json().is_array(), "{list}");
    }
    ask(&scene, &["doctor"]).ended(0);

    let paused = act(&scene, &["pause"], 0);
    assert_eq!(paused["outcome"], "done");
    buys_nothing(&mut scene, "paused");
    act(&scene, &["resume"], 0);
    let since = scene.venue.now() * 1_000_000;
    scene.until("a purchase after resume", |record| {
        record.orders.values().any(|order| order.side == "buy" && order.created > since)
    });

    let refused = act(&scene, &["safe-mode", "release"], 77);
    assert_eq!(refused["outcome"], "refused", "there is none to release");
    act(&scene, &["safe-mode", "on"], 0);
    assert_eq!(ask(&scene, &["status", "--json"]).ended(0).json()["mode"], "SAFE_MODE");
    act(&scene, &["maintenance", "on"], 77);
    buys_nothing(&mut scene, "in SAFE_MODE");
    act(&scene, &["safe-mode", "release"], 0);
    scene.until("a protected position again", |record| {
        record.bare().is_empty() && SYMBOLS.iter().any(|symbol| record.held(symbol) > 0)
    });

    let killed = act(&scene, &["kill"], 0);
    assert!(killed["resting"].as_array().is_some_and(|stops| !stops.is_empty()), "{killed}");
    assert!(killed["open"].as_array().is_some_and(Vec::is_empty), "{killed}");
    let record = scene.venue.record();
    let entries: Vec<_> = record.open().into_iter().filter(|order| order.side == "buy").collect();
    assert!(entries.is_empty(), "entry orders are left: {entries:?}");
    // What was bought in the last moment gets its stop in the next one.
    scene.until("stops that rest", |record| record.bare().is_empty());
    buys_nothing(&mut scene, "killed");
    let why = ask(&scene, &["status", "--json"]).ended(0).json()["why"].to_string();
    assert!(why.contains("kill switch"), "{why}");
    act(&scene, &["release-kill", "--cancel"], 77);

    let flat = act(&scene, &["flatten"], 0);
    assert!(flat["open"].as_array().is_some_and(Vec::is_empty), "{flat}");
    let record = scene.venue.record();
    for symbol in SYMBOLS {
        assert_eq!(record.held(symbol), 0, "{symbol} after flatten: {flat}");
    }
    act(&scene, &["stop"], 0);
    assert!(scene.hub.ended_within(Duration::from_secs(30)), "it was told to stop");
    ask(&scene, &["status"]).ended(69);
    // What is open is told by the journal then, with the entry it is as of.
    for list in ["orders", "positions"] {
        let told = ask(&scene, &[list, "--json"]).ended(0).complains(&["as of entry"]);
        assert!(told.json().is_array(), "{list}");
    }

    let journal = scene.journal();
    plimsoll(&["audit", "verify", &journal]).ended(0);
    let told = plimsoll(&["audit", "show", &journal, "--kind", "Operator"]).ended(0).out;
    for action in ["Pause", "Resume", "SafeMode", "Release", "Kill", "Flatten", "Stop"] {
        let wanted = format!(": {action}");
        let under = told.lines().find(|line| line.ends_with(&wanted));
        assert!(under.is_some_and(|line| line.contains(" ada")), "{action}: {told}");
    }
}

#[test]
fn maintenance_takes_no_entries_leaves_exits_and_ends_when_told() {
    let mut scene = Scene::trading();
    act(&scene, &["maintenance", "on"], 0);
    assert_eq!(ask(&scene, &["status", "--json"]).ended(0).json()["mode"], "maintenance");
    buys_nothing(&mut scene, "in maintenance");
    // It outlives a kill, and is no end of exits: within eight closes all is sold.
    scene.restart();
    let told = scene.hub.told.iter().rev().find(|told| told.event["event"] == "mode");
    assert_eq!(told.expect("it says so").event["mode"], "maintenance");
    scene.until("the exit of every position", |record| {
        SYMBOLS.iter().all(|symbol| record.held(symbol) == 0)
    });
    buys_nothing(&mut scene, "in maintenance, over a restart");
    act(&scene, &["maintenance", "off"], 0);
    assert_eq!(ask(&scene, &["status", "--json"]).ended(0).json()["mode"], "running");
    scene.trades_again("");
    scene.ends_well();
}

#[test]
fn a_wind_down_closes_all_at_its_moment_and_ends_the_hub() {
    // What is held is held for long: the moment itself closes it.
    let patient = LOT
        .replace("time_stop_bars = 8", "time_stop_bars = 500")
        .replace("trail_from_r = 0.1", "trail_from_r = 5.0")
        .replace("stop_atr = 3.0", "stop_atr = 5.0");
    let mut scene = Stage::of(&patient).trading();
    let by = scene.venue.now() + 12 * 900_000;
    let moment = |millis| jiff::Timestamp::from_millisecond(millis).unwrap().to_string();
    act(&scene, &["wind-down", "--by", &moment(by - 86_400_000)], 77);
    let told = act(&scene, &["wind-down", "--by", &moment(by)], 0);
    assert!(told.to_string().contains("no entries from here on"), "{told}");
    // Entries that had left before are given time to trade.
    scene.quarters(1);
    let since = scene.venue.now() * 1_000_000;
    // A restart in between forgets neither.
    scene.restart();
    let (code, said) = scene.hub.last_words(PATIENCE);
    assert_eq!(code, Some(0), "{said}");
    assert!(scene.venue.now() >= by, "it ends at the moment, not before");
    let record = scene.venue.record();
    let bought = record.orders.values();
    let bought: Vec<_> =
        bought.filter(|order| order.side == "buy" && order.created > since).collect();
    assert!(bought.is_empty(), "an entry behind the wind-down: {bought:?}");
    assert!(record.open().is_empty(), "left open: {:?}", record.open());
    let held = SYMBOLS.map(|symbol| record.held(symbol));
    assert_eq!(held, [0; 4], "all is sold");
    let sold = record.fills.iter().any(|(at, ..)| *at >= by * 1_000_000);
    assert!(sold, "INVALID: nothing was left for the moment itself");
    scene.audit();
}

#[test]
fn ctrl_c_leaves_the_stops_and_the_next_start_goes_on() {
    let mut scene = Scene::trading();
    scene.hub.signal(Signal::INT);
    let (code, said) = scene.hub.last_words(PATIENCE);
    assert_eq!(code, Some(0), "{said}");
    let stopping = scene.hub.told.iter().find(|told| told.event["event"] == "stopping");
    assert_eq!(stopping.expect("it says so").event["why"], "asked to");
    scene.judge();
    let record = scene.venue.record();
    let open = record.open();
    assert!(open.iter().any(|order| order.is_stop()), "INVALID: nothing was held");
    assert!(open.iter().all(|order| order.side == "sell"), "entry orders are left: {open:?}");
    // The market goes on without us.
    std::thread::park_timeout(A_WHILE);
    scene.start_again();
    scene.trades_again("");
    scene.ends_well();
}

/// A hub with an entry that rests, at a venue that answers nothing any more.
fn with_an_open_entry() -> Scene {
    // Slow enough to meet an entry while it rests at the touch.
    let mut scene = Stage::new().speed("60").start();
    scene.until("an open entry", |record| record.open().iter().any(|order| order.side == "buy"));
    scene.venue.fault(&json!({
        "name": "maintenance",
        "what": { "kind": "maintenance" },
        "when": { "for": "10m" },
    }));
    scene
}

/// Wants of a hub that left something open that it says so; returns its lines.
#[track_caller]
fn left_open(scene: &mut Scene) -> String {
    let (code, said) = scene.hub.last_words(PATIENCE);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stopped, not in good order"), "{said}");
    assert!(said.contains("entry order ") || said.contains("held without a stop"), "{said}");
    assert!(said.contains("has not answered everything"), "{said}");
    said
}

/// The next start ends what was left open.
#[track_caller]
fn is_ended_by_the_next(mut scene: Scene) {
    scene.start_again();
    scene.until("the end of each entry, its fills protected", |record| {
        record.open().iter().all(|order| order.side == "sell") && record.bare().is_empty()
    });
    scene.ends_well();
}

#[test]
fn a_signal_that_the_venue_does_not_confirm_says_what_is_open_and_the_next_start_ends_it() {
    let mut scene = with_an_open_entry();
    scene.hub.signal(Signal::TERM);
    left_open(&mut scene);
    is_ended_by_the_next(scene);
}

#[test]
fn a_stop_that_the_venue_does_not_confirm_says_what_is_open_and_the_next_start_ends_it() {
    let mut scene = with_an_open_entry();
    let asked = ask(&scene, &["stop", "--operator", "ada"]).ended(75).out;
    let said = left_open(&mut scene);
    let (head, lines) = asked.split_once('\n').expect("lines");
    assert!(head.starts_with("stop: in force, NOT ALL CONFIRMED in time, entry "), "{asked}");
    assert!(head.ends_with("; the mode is shutdown"), "{asked}");
    let open: Vec<&str> =
        lines.lines().filter_map(|line| line.strip_prefix("  NOT YET    ")).collect();
    // Whoever asked and the run itself say the same.
    assert!(open.len() >= 2, "{asked}");
    assert!(open.iter().all(|line| said.contains(&format!("\n  {line}"))), "{asked}{said}");
    assert!(open.contains(&"the venue has not answered everything that it was sent"), "{asked}");
    is_ended_by_the_next(scene);
}

#[test]
fn a_kill_of_a_dead_hub_is_adopted_before_anything_is_sent() {
    let mut scene = Scene::trading();
    scene.hub.kill();
    let left = act(&scene, &["kill"], 69);
    assert_eq!(left["outcome"], "no_hub");
    scene.start_again();
    scene.noted("Operator", &["ada", "Kill"]);
    buys_nothing(&mut scene, "killed while it was dead");
    let file = scene.state().with_file_name("state.emergency");
    assert_eq!(std::fs::read(&file).unwrap(), b"", "it is adopted");
    assert!(scene.state().with_file_name("state.emergency.adopted-1").exists());
    let why = ask(&scene, &["status", "--json"]).ended(0).json()["why"].to_string();
    assert!(why.contains("kill switch"), "{why}");
}
