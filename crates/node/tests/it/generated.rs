//! Runs on a generated market: pinned results, and what people see first.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, plimsoll};

#[test]
fn the_pinned_market_meets_its_gate() {
    let gate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gates/generated.toml");
    plimsoll(&[
        "backtest",
        "--generate",
        "--days",
        "450",
        "--symbols",
        "2",
        "--seed",
        "7",
        "--gate",
        gate,
    ])
    .ended(0);
}

#[test]
fn generated_files_say_that_they_are_simulated_and_read_back_the_same() {
    let folder = Folder::new();
    let out = folder.path().join("market");
    let out = out.to_str().unwrap();
    let made = ["--days", "30", "--symbols", "2", "--seed", "3", "--timeframe", "15m"];
    let said = plimsoll(&[&["data", "generate", "--out", out][..], &made].concat()).ended(0);
    assert!(said.out.contains("SIMULATED"), "{}", said.out);
    let run = |source: &[&str]| {
        plimsoll(&[&["backtest", "--policy", "trend", "--json"][..], source].concat())
            .ended(0)
            .json()
    };
    let from_files = run(&["--data", out]);
    let generated = run(&[&["--generate"][..], &made].concat());
    assert_eq!(from_files["quality"][0]["simulated"], true);
    assert_eq!(from_files["bars"], generated["bars"]);
    assert_eq!(from_files["final_equity_exact"], generated["final_equity_exact"]);
}

#[test]
fn a_study_shows_a_result_and_says_that_it_is_simulated() {
    let folder = Folder::new();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let said =
        plimsoll(&["study", "--days", "260", "--symbols", "2", "--null-seeds", "3", "--out", out])
            .ended(0);
    for part in ["SIMULATED", "buy and hold", "random entries", "Open the report in a browser"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let page = fs::read_to_string(format!("{out}/report.html")).unwrap();
    assert!(page.contains("Generated market") && page.contains("SIMULATED"));
}

#[test]
fn the_bench_names_machine_build_and_every_figure() {
    let seen = plimsoll(&["bench", "--days", "3", "--symbols", "1", "--json"]).ended(0).json();
    assert!(seen["machine"]["commit"].is_string());
    let names: Vec<&str> =
        seen["figures"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    for name in ["all indicators", "one scan, p99", "backtest, confluence", "backtest, ema_cross"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

#[test]
fn an_entry_and_an_instant_without_one_are_explained() {
    let market = ["--generate", "--days", "450", "--symbols", "2", "--seed", "7"];
    let run = |command: &[&str]| plimsoll(&[command, &market].concat());
    let trades = run(&["backtest", "--json"]).ended(0).json();
    // The first trade filled at the open that is also the close it was decided at.
    let trade = &trades["trade_list"][0];
    let (at, symbol) = (trade["opened_at"].as_str().unwrap(), trade["symbol"].as_str().unwrap());
    let entry = run(&["explain", "--json", "--at", at, "--symbol", symbol]).ended(0).json();
    let decision = &entry["decisions"][0];
    assert_eq!((&decision["code"], &decision["symbol"]), (&"ENTER".into(), &symbol.into()));
    let why: Vec<&str> =
        decision["why"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    for part in ["score", "regime", "points", "odds", "risk approved", "passed: LOSS_BUDGET_SPENT"]
    {
        assert!(why.iter().any(|line| line.contains(part)), "{part} in {why:#?}");
    }
    let text = run(&["explain", "--at", "2023-02-01T04:00:00Z"]).ended(0).out;
    assert!(text.contains("BTCUSDT: NOT_WARM -> nothing") && text.contains("ETHUSDT"), "{text}");
    run(&["explain", "--at", "2023-02-01T04:00:01Z"]).ended(64).complains(&[
        "no bar closed at 2023-02-01T04:00:01Z",
        "the last before it is 2023-02-01T04:00:00Z",
    ]);
    run(&["explain", "--at", "2023-02-01", "--symbol", "DOGEUSDT"])
        .ended(64)
        .complains(&["wanted one of BTCUSDT, ETHUSDT"]);
}

#[test]
fn marginal_risk_is_told_with_its_unit() {
    let market = ["--generate", "--days", "450", "--symbols", "2", "--seed", "7"];
    let run = |command: &[&str]| plimsoll(&[command, &market].concat()).ended(0);
    let explained = |at: &str, symbol: &str| {
        run(&["explain", "--json", "--at", at, "--symbol", symbol]).json()["decisions"][0]
            ["marginal_risk"]
            .clone()
    };
    let trades = run(&["backtest", "--json"]).json();
    let trades = trades["trade_list"].as_array().unwrap();
    let text = |trade: &Value, name: &str| trade[name].as_str().unwrap().to_owned();
    let (opened, closed) = (|t: &Value| text(t, "opened_at"), |t: &Value| text(t, "closed_at"));
    // The first entry of the account is all of its risk.
    let first = explained(&opened(&trades[0]), &text(&trades[0], "symbol"));
    assert_eq!(first["unit"], "share of equity per year");
    assert_eq!(first["volatility_without"], 0.0);
    let part = |of: &Value, name: &str| of[name].as_f64().unwrap();
    let whole = part(&first, "volatility");
    assert!(whole > 0.0 && (part(&first, "contribution") - whole).abs() < 1e-12, "{first}");
    // One entered while another is held is a part of more; the other was there before.
    let overlap = |pair: &[Value]| {
        let times = [opened(&pair[0]), opened(&pair[1]), closed(&pair[0])];
        pair[0]["symbol"] != pair[1]["symbol"] && times.is_sorted() && times[0] != times[1]
    };
    let pair = trades.windows(2).find(|pair| overlap(pair)).expect("two are held at once");
    let (at, symbol) = (opened(&pair[1]), text(&pair[1], "symbol"));
    let held = explained(&at, &text(&pair[0], "symbol"));
    let entered = explained(&at, &symbol);
    assert_eq!(entered["volatility_without"], held["volatility"], "{entered} {held}");
    assert!(part(&entered, "volatility") > part(&held, "volatility"), "{entered} {held}");
    assert!(part(&entered, "contribution") < part(&entered, "volatility"), "{entered}");
    assert_ne!(entered["contribution"], first["contribution"]);
    let percent = |name| format!("{:.1} %", part(&entered, name) * 100.0);
    let wanted = format!(
        "marginal risk: forecast volatility {} of equity a year with {symbol}, {} without; \
         {} of equity a year come from {symbol}",
        percent("volatility"),
        percent("volatility_without"),
        percent("contribution"),
    );
    let said = run(&["explain", "--at", &at]).out;
    assert!(said.contains(&wanted), "{wanted}\n{said}");
}
