//! `backtest`: answers, gates, reports, bad input.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, klines, plimsoll, shared};

/// Hours in the file that most tests use: 120 days.
const HOURS: i64 = 2_880;

#[test]
fn the_answer_is_one_document_and_the_same_each_time() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(HOURS));
    let args = ["backtest", "--data", &file, "--json"];
    let first = plimsoll(&args).ended(0).json();
    assert_eq!((&first["bars"], &first["simulated"]), (&HOURS.into(), &true.into()));
    for key in [
        "decisions",
        "trades",
        "final_equity",
        "max_drawdown",
        "decisions_hash",
        "state_hash",
        "books_hash",
        "bars_per_second",
    ] {
        assert!(!first[key].is_null(), "{key}");
    }
    let again = plimsoll(&args).ended(0).json();
    let low = klines(HOURS).replacen(",12391,", ",12391.01,", 1);
    let other_bars = folder.write("BTCUSDT-1h-other.csv", low);
    let other = plimsoll(&["backtest", "--data", &other_bars, "--json"]).ended(0).json();
    let wave = folder.write("WAVEUSD-1h-2024.csv", klines(HOURS));
    let with_fee = |fee: &str| {
        let config = folder.write(
            "fee.toml",
            format!("[costs]\ntaker_fee = \"{fee}\"\n[conventions]\nallow_negative_cash = true\n"),
        );
        let args = ["backtest", "--data", &wave, "--policy", "ema_cross", "--config", &config];
        plimsoll(&[&args[..], &["--json"]].concat()).ended(0).json()
    };
    let (ten, eleven) = (with_fee("10bps"), with_fee("11bps"));
    for key in ["decisions_hash", "state_hash", "books_hash"] {
        assert_eq!(first[key], again[key], "{key}");
    }
    assert_ne!(first["state_hash"], other["state_hash"], "one tick of one price");
    assert!(ten["trades"].as_u64() > Some(0), "{ten}");
    assert_ne!(ten["state_hash"], eleven["state_hash"], "one basis point of fee");
}

#[test]
fn the_order_of_files_changes_nothing() {
    let folder = Folder::new();
    let a = folder.write("BTCUSDT-1h-2024.csv", klines(500));
    let b = folder.write("ETHUSDT-1h-2024.csv", klines(400));
    let run = |x: &str, y: &str| {
        plimsoll(&["backtest", "--data", x, "--data", y, "--policy", "ema_cross", "--json"])
            .ended(0)
            .json()
    };
    let (there, back) = (run(&a, &b), run(&b, &a));
    assert_eq!(there["state_hash"], back["state_hash"]);
    assert_eq!(there["symbols"].as_array().unwrap().len(), 2);
}

#[test]
fn a_gate_names_each_breach() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(500));
    let run = |gate: &str| {
        let gate = folder.write("gate.toml", gate);
        plimsoll(&["backtest", "--data", &file, "--policy", "ema_cross", "--gate", &gate])
    };
    let seen = plimsoll(&["backtest", "--data", &file, "--policy", "ema_cross", "--json"]).json();
    let good = format!(
        "[thresholds]\nmin_bars = 500\nmax_drawdown = \"90%\"\n[baseline]\ndecisions_hash = {}\n\
         final_equity = {}\n",
        seen["decisions_hash"], seen["final_equity"]
    );
    run(&good).ended(0);
    run("[thresholds]\nmin_bars = 501\nmin_trades = 9999\n[baseline]\nstate_hash = \"0\"\n")
        .ended(2)
        .complains(&["min_bars: saw 500, wanted at least 501", "min_trades", "state_hash: saw"]);
    let one_less = seen["trades"].as_u64().unwrap() + 1;
    run(&format!("[baseline]\ntrades = {one_less}\n")).ended(2).complains(&["trades: saw"]);
    run("[thresholds]\nabove_null_band = true\n").ended(2).complains(&["pass --null-seeds"]);
    run("[thresholds]\nmin_trade = 1\n").ended(78).complains(&["gate.toml", "min_trade"]);
    run("").ended(78).complains(&["no threshold"]);
}

#[test]
fn a_report_is_one_file_that_says_simulated() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(HOURS));
    let out = folder.path().join("report");
    let out = out.to_str().unwrap();
    let said = plimsoll(&[
        "backtest",
        "--data",
        &file,
        "--report",
        out,
        "--null-seeds",
        "4",
        "--check-lookahead",
    ])
    .ended(2);
    assert!(
        // These bars bring no trade: nothing was found, and that is no proof. The report is there.
        said.out.contains("SIMULATED MONEY") && said.out.contains("INCONCLUSIVE: cut at"),
        "{}",
        said.out
    );
    let page = fs::read_to_string(format!("{out}/report.html")).unwrap();
    for part in ["SIMULATED", "random entries, middle 90 % of 4", "state_hash", "BELOW_THRESHOLD"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("NaN"));
}

#[test]
fn a_check_with_nothing_to_go_by_is_no_pass() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(HOURS));
    let check = |policy: &str| {
        plimsoll(&["backtest", "--data", &file, "--check-lookahead", "--json", "--policy", policy])
    };
    let ahead = |said: &Value| {
        (said["lookahead"]["clean"].clone(), said["lookahead"]["conclusive"].clone())
    };
    let traded = check("ema_cross").ended(0);
    assert_eq!(ahead(&traded.json()), (true.into(), true.into()));
    assert!(!traded.err.contains("quotas"), "{traded:?}");
    let idle = check("null").ended(2).complains(&["[[null.quotas]]", "--null-seeds 200"]);
    assert_eq!(ahead(&idle.json()), (true.into(), false.into()));
    assert_eq!(idle.json()["trades"], 0);
}

#[test]
fn bad_input_ends_with_its_own_code() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(300));
    let minute =
        folder.write("ETHUSDT-5m-2024.csv", "1704067200000,1,2,1,1,1,1704067499999,,,,,\n");
    let fine = folder.write("fine.toml", "timeframes = [\"15m\", \"1h\"]\n");
    let run = |more: &[&str]| {
        let mut args = vec!["backtest", "--data", &file];
        args.extend_from_slice(more);
        plimsoll(&args)
    };
    run(&["--config", &fine]).ended(78).complains(&["15m", "bars of 1h"]);
    run(&["--data", &minute]).ended(65).complains(&["wanted one timeframe for all"]);
    run(&["--from", "2030-01-01"]).ended(65).complains(&["no bar lies within the period"]);
    run(&["--from", "soon"]).ended(64).complains(&["UTC day"]);
    run(&["--mark", "x"]).ended(64).complains(&["--market perp"]);
    run(&["--capital", "0"]).ended(78).complains(&["backtest.capital is 0"]);
    run(&["--policy", "trend", "--null-seeds", "3"]).ended(64).complains(&["confluence"]);
    run(&["--policy", "magic"]).ended(64).complains(&["ema_cross"]);
    plimsoll(&["backtest"]).ended(64).complains(&["--data"]);
    let nowhere = plimsoll(&["backtest", "--data", "nowhere-1h.csv"]).ended(65);
    assert_eq!(nowhere.err.matches("No such file").count(), 1, "{}", nowhere.err);
    assert!(nowhere.err.contains("nowhere-1h.csv: No such file"), "{}", nowhere.err);
}

#[test]
fn calibration_draws_its_diagram() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(HOURS));
    let seen = plimsoll(&["calibration", "--data", &file, "--json"]).ended(0).json();
    assert!(seen["outcomes"].is_number() && seen["rows"].is_array());
    assert!(
        plimsoll(&["calibration", "--data", &file]).ended(0).out.contains("effective outcomes")
    );
}

#[test]
fn the_reference_rule_gives_both_figures() {
    let Some(file) = shared(
        "the_reference_rule_gives_both_figures",
        "data/bitfinex-spot/1m/BTCUSD-1m-2019-01_2020-01.csv.gz",
    ) else {
        return;
    };
    let seen = plimsoll(&[
        "backtest",
        "--data",
        file.to_str().unwrap(),
        "--policy",
        "ema_cross",
        "--json",
    ])
    .ended(0)
    .json();
    assert_eq!((&seen["bars"], &seen["trades"]), (&512_727.into(), &5_066.into()));
    let off = seen["final_equity"].as_f64().unwrap() - 331_691.18;
    assert!(off.abs() <= 0.01, "{seen}");
    assert_eq!(seen["exchange"]["cash_below_zero"], 1_528);
}
