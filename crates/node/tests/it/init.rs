//! `init` from outside: what it writes can be checked, and nothing is overwritten.

use std::fs;

use crate::support::{Folder, plimsoll};

#[test]
fn what_init_writes_can_be_checked_and_is_short() {
    let folder = Folder::new();
    let out = folder.path().join("plimsoll.toml");
    let out = out.to_str().unwrap();
    let args = [
        "init",
        "--capital",
        "1000",
        "--max-daily-loss",
        "30",
        "--never-touch",
        "BNB",
        "--out",
        out,
    ];
    let said = plimsoll(&args).ended(0).out;
    for part in [
        "wrote ",
        "a day that lost 30 (3% of 1000)",
        "plimsoll run --config",
        "plimsoll config sign",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    let text = fs::read_to_string(out).unwrap();
    assert!(text.lines().count() <= 25, "{text}");
    let checked = plimsoll(&["config", "check", out]).ended(0).out;
    for part in [
        "SIMULATED: a simulated venue",
        "largest order              143.40",
        "hard limits (version 1 of",
        "unsigned):",
    ] {
        assert!(checked.contains(part), "no `{part}` in {checked}");
    }
    plimsoll(&args).ended(64).complains(&["is there already", "--force"]);
    assert_eq!(fs::read_to_string(out).unwrap(), text, "nothing was overwritten");
    let more = [&args[..], &["--force", "--mode", "paper", "--json"]].concat();
    let json = plimsoll(&more).ended(0).json();
    assert_eq!((&json["capital"], &json["max_daily_loss_share"]), (&"1000".into(), &"3%".into()));
    assert!(plimsoll(&["config", "check", out]).ended(0).out.contains("PAPER: prices of wss://"));
}

#[test]
fn without_a_terminal_nonsense_is_an_error_and_nothing_is_written() {
    let folder = Folder::new();
    let out = folder.path().join("plimsoll.toml");
    let out = out.to_str().unwrap();
    for (args, part) in [
        (vec![], "--capital is wanted"),
        (vec!["--capital", "much", "--max-daily-loss", "3"], "--capital: `much`"),
        (vec!["--capital", "1000"], "--max-daily-loss is wanted"),
        (vec!["--capital", "1000", "--max-daily-loss", "500"], "wanted 0.5% to 15%"),
        (vec!["--capital", "20", "--max-daily-loss", "1"], "needs an account of"),
        (
            vec!["--capital", "1000", "--max-daily-loss", "30", "--symbols", "BTCUSDT,ETHBTC"],
            "is paid in BTC",
        ),
        (vec!["--mode", "live"], "invalid value 'live'"),
    ] {
        plimsoll(&[&["init", "--out", out], &args[..]].concat()).ended(64).complains(&[part]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
