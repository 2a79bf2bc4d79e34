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

const RUN: &str = "[run]\nmode = \"paper\"\ncapital = \"1000\"\nsymbols = [\"BTCUSDT\", \"SOLUSDT\"]\n[risk]\npositions = 3\n";

#[test]
fn a_run_is_checked_against_its_account() {
    let folder = Folder::new();
    let file = folder.write("plimsoll.toml", RUN);
    let text = plimsoll(&["config", "check", &file]).ended(0).out;
    for part in [
        "PAPER: prices of wss://",
        "ok: the limits can be met by an account of 1,000.00",
        "rung paper: at most 0.5% at risk a trade, 20% exposed; 7 days",
        "BTCUSDT=60000, SOLUSDT=150",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let json = plimsoll(&["config", "check", &file, "--json"]).ended(0).json();
    assert_eq!((&json["mode"], &json["capital"]), (&"paper".into(), &"1000".into()));
    assert_eq!(json["key_usable"], Value::Null, "paper has no key");
    // A million in counts of 1e-16 is more than a number of JSON can be.
    let large = plimsoll(&["config", "check", &file, "--capital", "1000000", "--json"]);
    assert_eq!(large.ended(0).json()["limits"]["gross_exposure"], "200000");
    let small = plimsoll(&["config", "check", &file, "--capital", "20"]).ended(2).out;
    assert!(small.contains("NO: capital is 20.00, wanted at least"), "{small}");
    let share = folder.write("share.toml", "[run]\nmode = \"testnet\"\ncapital = \"50%\"\n");
    plimsoll(&["config", "check", &share]).ended(64).complains(&["--capital AMOUNT"]);
    let half = plimsoll(&["config", "check", &share, "--capital", "3000"]).ended(0).out;
    assert!(half.contains("an account of 1,500.00"), "{half}");
    assert!(
        half.contains("key cannot be used yet: saw nothing in the environment variable"),
        "{half}"
    );
    let odd = folder.write("odd.toml", "[run]\nsymbols = [\"ODDUSDT\"]\n");
    plimsoll(&["config", "check", &odd]).ended(64).complains(&["--price ODDUSDT=PRICE"]);
}

#[test]
fn every_key_of_a_run_is_explained() {
    let folder = Folder::new();
    let file = folder.write("plimsoll.toml", RUN);
    let keys = plimsoll(&["config", "explain", &file, "--json"]).ended(0).json();
    let keys = keys.as_array().unwrap();
    let of = |name: &str| keys.iter().find(|key| key["key"] == name).expect(name);
    for (key, value, origin) in [
        ("run.mode", "\"paper\"", "file"),
        ("run.profile", "\"solo\"", "default"),
        ("run.limits", "unset", "default"),
        ("venue.rest", "unset", "default"),
        ("key.secret", "{ env = \"PLIMSOLL_SECRET\" }", "default"),
        ("live.live_trading", "false", "default"),
        ("risk.positions", "3", "file"),
    ] {
        assert_eq!(
            (&of(key)["value"], &of(key)["origin"]),
            (&value.into(), &origin.into()),
            "{key}"
        );
        assert!(!of(key)["meaning"].as_str().unwrap().is_empty(), "{key}");
    }
}

#[test]
fn a_file_of_a_run_is_good_for_a_backtest() {
    let folder = Folder::new();
    let file = folder.write("plimsoll.toml", RUN);
    let args = ["backtest", "--generate", "--days", "2", "--symbols", "1", "--config", &file];
    let text = plimsoll(&args).ended(0).out;
    assert!(text.contains("1,000"), "{text}");
}

#[test]
fn a_backtest_on_a_rung_is_held_to_it() {
    let args = ["backtest", "--generate", "--days", "2", "--symbols", "1", "--rung"];
    plimsoll(&[&args[..], &["minimal"]].concat()).ended(0);
    plimsoll(&[&args[..], &["lowest"]].concat()).ended(64).complains(&["lowest", "conservative"]);
}

#[test]
fn a_secret_in_a_file_is_refused_without_being_shown() {
    let folder = Folder::new();
    let file = folder.write("plimsoll.toml", "[run]\n[key]\nsecret = \"hunter2hunter2\"\n");
    for command in [
        vec!["config", "check"],
        vec!["config", "explain"],
        vec!["backtest", "--generate", "--config"],
    ] {
        let said = plimsoll(&[&command[..], &[&file]].concat()).ended(78);
        let said = said.complains(&["looks like a secret under `key.secret`"]);
        assert!(!said.err.contains("hunter2") && !said.out.contains("hunter2"), "{said:?}");
    }
}
