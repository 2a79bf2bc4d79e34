//! A crash through every stop: SAFE_MODE before the next order, and it stays over a restart.

use super::scene::{SYMBOLS, Scene, Stage};
use crate::processes::LOT;
use crate::support::{Folder, plimsoll};

/// Bars of a quarter of an hour before the crash, and after it.
const BEFORE: i64 = 1_000;
const AFTER: i64 = 400;

/// So many bars before the crash the venue begins.
const LEAD: i64 = 14;

/// 2024-01-01, seconds.
const START: i64 = 1_704_067_200;

/// A market that swings by half a percent and then opens two thirds lower.
fn crash() -> String {
    let bar = |n: i64| {
        let open = (START + n * 900) * 1_000;
        let level = if n < BEFORE { 9_000 } else { 3_000 };
        let swing = |n: i64| level + (n % 8 - 4).abs() * level / 800;
        let (from, to) = (swing(n), swing(n + 1));
        let (high, low) = (from.max(to) + level / 1_000, from.min(to) - level / 1_000);
        format!("{open},{from},{high},{low},{to},50000,{},,,,,\n", open + 899_999)
    };
    (0..BEFORE + AFTER).map(bar).collect()
}

/// Returns a moment of January 2024 as RFC 3339.
fn january(seconds: i64) -> String {
    let (day, rest) = ((seconds - START) / 86_400 + 1, (seconds - START) % 86_400);
    format!("2024-01-{day:02}T{:02}:{:02}:00Z", rest / 3_600, rest % 3_600 / 60)
}

/// Wants that nothing was bought behind an entry.
#[track_caller]
fn buys_nothing_behind(scene: &Scene, tripped: u64, when: &str) {
    let bought: Vec<_> = scene
        .entries("Command")
        .into_iter()
        .filter(|entry| entry["seq"].as_u64() > Some(tripped))
        .filter(|entry| entry["body"]["action"]["place"]["side"] == "buy")
        .collect();
    assert!(bought.is_empty(), "{when}: {bought:?}");
}

#[test]
fn a_drawdown_of_8_percent_is_safe_mode_before_the_next_order_and_over_a_restart() {
    let folder = Folder::new();
    let files = SYMBOLS.map(|symbol| folder.write(&format!("{symbol}-15m-2024.csv"), crash()));
    let from = january(START + (BEFORE - LEAD) * 900);
    let mut market: Vec<&str> = files.iter().flat_map(|file| ["--data", file]).collect();
    market.extend(["--from", &from]);
    // As much as the account may hold, so that the crash takes more than 8 % of it.
    let config = LOT
        .replace(
            "per_trade = \"0.1%\"",
            "per_trade = \"2%\"\nopen_risk = \"20%\"\ncluster = \"300%\"",
        )
        .replace("daily = \"15%\"", "daily = \"8%\"")
        .replace("max = \"15%\"", "max = \"8%\"");
    let mut scene = Stage::of(&config).market(&market).start();
    scene.until("a position", |record| SYMBOLS.iter().any(|symbol| record.held(symbol) > 0));
    let told = scene.noted("Mode", &["SafeMode", "Drawdown"]);
    scene.noted("Incident", &["DrawdownLimit"]);
    let modes = scene.entries("Mode");
    let tripped = modes.iter().find(|entry| entry["body"]["mode"] == "safe_mode").unwrap();
    let tripped = tripped["seq"].as_u64().unwrap();
    // Closes at which entries would be drawn by lot.
    scene.quarters(4);
    buys_nothing_behind(&scene, tripped, &told);
    scene.restart();
    scene.quarters(4);
    buys_nothing_behind(&scene, tripped, "a restart does not release it");
    let modes = scene.entries("Mode");
    assert_eq!(modes.last().unwrap()["body"]["mode"], "safe_mode", "{modes:?}");
    let state = scene.state().display().to_string();
    let refused = plimsoll(&["safe-mode", "release", "--state", &state]);
    assert!(refused.code != 0 && refused.out.contains("latched"), "{refused:?}");
    scene.quarters(2);
    buys_nothing_behind(&scene, tripped, "what was refused releases nothing");
    // What the crash left may be less than a lot: then no stop can rest for it.
    assert_eq!(scene.hub.stop(), Some(0));
    scene.audit();
}
