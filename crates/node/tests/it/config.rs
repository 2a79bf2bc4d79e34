//! `config`: every key explained, contradictions refused.

use serde_json::Value;

use crate::support::{Folder, plimsoll};

#[test]
fn every_key_is_explained_with_its_origin() {
    let folder = Folder::new();
    let file =
        folder.write("a.toml", "[risk]\nper_trade = \"0.4%\"\n[costs]\nslippage = \"5bps\"\n");
    let keys = plimsoll(&["config", "explain", &file, "--json"]).ended(0).json();
    let keys = keys.as_array().unwrap();
    assert!(keys.len() > 100, "{}", keys.len());
    for key in keys {
        assert!(!key["meaning"].as_str().unwrap().is_empty(), "{key}");
    }
    let of = |name: &str| keys.iter().find(|key| key["key"] == name).expect("a key");
    let per_trade = of("risk.per_trade");
    assert_eq!((&per_trade["value"], &per_trade["origin"]), (&"\"0.4%\"".into(), &"file".into()));
    assert_eq!(per_trade["unit_and_range"], "0.1 % to 2 %");
    assert_eq!(of("costs.slippage")["origin"], "file");
    assert_eq!(of("costs.half_spread")["origin"], "default");
    let text = plimsoll(&["config", "explain", "--key", "risk.drawdown"]).ended(0).out;
    assert!(text.contains("risk.drawdown.daily = \"8%\"") && !text.contains("entry."), "{text}");
    plimsoll(&["config", "explain", "--key", "nothing"]).ended(64).complains(&["nothing"]);
}

#[test]
fn ranges_and_shares_are_told_in_one_form() {
    let keys = plimsoll(&["config", "explain", "--json"]).ended(0).json();
    let keys = keys.as_array().unwrap();
    let text = |key: &Value, part: &str| key[part].as_str().unwrap().to_owned();
    let of = |name: &str| keys.iter().find(|key| key["key"] == name).expect("a key");
    let begins_with_a_number = |text: &str| {
        text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit() || c == '`')
    };
    for key in keys {
        let range = text(key, "unit_and_range");
        if let Some((low, high)) = range.split_once(" to ") {
            assert!(begins_with_a_number(low) && begins_with_a_number(high), "{key}");
        } else {
            assert_eq!(range, "", "{key}");
        }
        let (meaning, value) = (text(key, "meaning"), text(key, "value"));
        assert!(meaning.ends_with(['.', ':']), "{key}");
        // A share is written as its default is.
        if value.ends_with("%\"") || value.ends_with("bps\"") {
            let default = text(key, "default");
            assert!(default.starts_with(&format!("`{value}`")), "{key}");
        }
    }
    assert_eq!(of("analysis.regime.bear_below")["unit_and_range"], "-1 to 0");
    assert_eq!(of("analysis.regime.bull_above")["unit_and_range"], "0 to 1");
    assert_eq!(of("costs.participation")["value"], "\"10%\"");
    assert_eq!(of("costs.slippage")["value"], "\"2bps\"");
    assert_eq!(of("risk.per_trade")["value"], "\"0.5%\"");
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = Folder::new();
    for (text, parts) in [
        ("[entry]\nthreshhold = 60\n", &["bad.toml", "threshhold"][..]),
        ("[entry]\nthreshold = 20.0\n", &["entry.threshold is 20", "40 to 95"]),
        ("[risk]\nper_trade = \"2%\"\nopen_risk = \"1%\"\n", &["risk.per_trade", "risk.open_risk"]),
        ("[risk]\nper_trade = 0.005\n", &["per_trade"]),
        ("[backtest]\ncapital = \"-1\"\n", &["backtest.capital is -1"]),
        ("not toml", &["bad.toml"]),
    ] {
        let file = folder.write("bad.toml", text);
        plimsoll(&["config", "check", &file]).ended(78).complains(parts);
        plimsoll(&["backtest", "--data", "x-1h.csv", "--config", &file]).ended(78).complains(parts);
    }
    plimsoll(&["config", "check", "nowhere.toml"]).ended(78).complains(&["nowhere.toml"]);
}

#[test]
fn an_account_that_cannot_trade_is_told_so() {
    plimsoll(&["config", "check"]).ended(0);
    let said = plimsoll(&["config", "check", "--capital", "20"]).ended(2);
    assert!(said.out.contains("NO: capital is 20.00"), "{}", said.out);
    let seen = plimsoll(&["config", "check", "--capital", "500", "--json"]).ended(0).json();
    assert_eq!(seen["ok"], true);
    plimsoll(&["config", "check", "--price", "BTCUSDT"]).ended(64).complains(&["SYMBOL=PRICE"]);
}
