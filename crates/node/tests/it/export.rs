//! `export`: what a journal comes to, as rows.

use std::fs;

use crate::support::{Folder, Said, klines, plimsoll};

/// A kept run over 60 days; returns its answer and where the journal is.
fn kept(folder: &Folder) -> (serde_json::Value, String) {
    let file = folder.write("WAVEUSD-1h-2024.csv", klines(1_440));
    let journal = folder.path().join("journal").to_str().unwrap().to_owned();
    let run = ["--data", &file, "--policy", "ema_cross", "--json", "--journal", &journal];
    (plimsoll(&[&["backtest"], &run[..]].concat()).ended(0).json(), journal)
}

fn export(what: &str, journal: &str, more: &[&str]) -> Said {
    plimsoll(&[&["export", what, journal], more].concat())
}

#[test]
fn rows_agree_with_the_run_and_are_made_again_the_same() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let rows = |what: &str| export(what, &journal, &["--json"]).ended(0).json();

    let trades = rows("trades");
    let trades = trades.as_array().unwrap();
    assert_eq!(trades.len() as u64, answer["trades"].as_u64().unwrap());
    let days = rows("days");
    let closing = days.as_array().unwrap().last().unwrap()["equity_close"].as_f64().unwrap();
    let ended: f64 = answer["final_equity"].to_string().trim_matches('"').parse().unwrap();
    assert!((closing - ended).abs() < 1e-6, "{closing} {ended}");
    let count = |what: &str| rows(what).as_array().unwrap().len() as u64;
    assert_eq!(count("decisions"), answer["decisions"].as_u64().unwrap());
    assert_eq!(count("oddities"), 0, "{}", rows("oddities"));
    assert_eq!(rows("orders")[0]["state"], "filled");

    let before: Vec<String> =
        ["trades", "orders", "equity"].map(|what| export(what, &journal, &[]).ended(0).out).into();
    fs::remove_file(format!("{journal}.sqlite")).unwrap();
    let again: Vec<String> = ["trades", "orders", "equity"]
        .map(|what| export(what, &journal, &["--rebuild"]).ended(0).out)
        .into();
    assert_eq!(before, again);
    assert!(before[0].starts_with("seq,symbol,direction,opened_at,"), "{}", before[0]);
}

#[test]
fn what_cannot_be_exported_says_why_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let (_, journal) = kept(&folder);
    export("profits", &journal, &[])
        .ended(64)
        .complains(&["saw `profits`, wanted one of trades, fills"]);
    let nowhere = folder.path().join("nowhere").to_str().unwrap().to_owned();
    export("trades", &nowhere, &[]).ended(65).complains(&["no journal in the folder"]);
    assert!(!folder.path().join("nowhere.sqlite").exists());
    let torn = folder
        .write("torn.sqlite", b"SQLite format 3\0 and then something else entirely".repeat(100));
    export("trades", &journal, &["--store", &torn]).ended(1).complains(&["torn.sqlite"]);
}
