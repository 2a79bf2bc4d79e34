//! Help that teaches, and exit codes.

use crate::support::plimsoll;

/// Every command with a word that its help must hold.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["backtest"], "same hashes"),
    (&["calibration"], "score of 40"),
    (&["config", "check"], "contradictions"),
    (&["config", "explain"], "--key"),
    (&["config", "permit-live"], "earned on the one below"),
    (&["config", "reload"], "lower hold at once"),
    (&["keys", "rotate-venue"], "without a restart"),
    (&["bench"], "do not compare"),
    (&["backup"], "keys are not copied"),
    (&["restore"], "reconciles with the venue"),
    (&["incidents"], "error budget"),
    (&["explain"], "every risk rule"),
    (&["demo"], "exit code is 0 only"),
    (&["study"], "--null-seeds"),
    (&["data", "fetch"], "no key is needed"),
    (&["data", "generate"], "simulated"),
    (&["data", "check"], "nothing is repaired"),
    (&["data", "convert"], "--to"),
    (&["indicators"], "--profile"),
    (&["instruments"], "10 bps"),
    (&["venue"], "no default credentials"),
    (&["status"], "whether money is real"),
    (&["doctor"], "changes nothing"),
    (&["orders"], "--state"),
    (&["positions"], "--state"),
    (&["pause"], "75 not confirmed in time"),
    (&["resume"], "77 refused"),
    (&["safe-mode"], "latched for 24 h"),
    (&["maintenance"], "exits go on"),
    (&["adopt"], "never profit or loss"),
    (&["flatten"], "what the venue confirmed"),
    (&["wind-down"], "market time"),
    (&["stop"], "no hub is running"),
    (&["kill"], "no hub is running"),
    (&["parity"], "named cause"),
    (&["release-kill"], "anyone may cancel"),
];

#[test]
fn each_command_shows_examples() {
    let all = plimsoll(&["--help"]).ended(0).out;
    assert!(all.contains("Exit codes:") && all.contains("simulated"), "{all}");
    for (command, word) in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let help = plimsoll(&args).ended(0).out;
        let flat = help.to_lowercase().replace('\n', " ");
        assert!(help.contains("Examples:"), "{command:?}: {help}");
        assert!(flat.contains(word), "{command:?}: {help}");
        assert!(all.contains(command[0]), "{command:?} is not listed");
    }
}

#[test]
fn a_command_line_that_cannot_be_understood_ends_with_64() {
    for args in
        [&["trade"][..], &["data", "check"], &["indicators", "--bins", "x"], &["--jsn"], &[]]
    {
        let said = plimsoll(args).ended(64);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{args:?}: {said:?}");
    }
    plimsoll(&["--version"]).ended(0);
}

#[test]
fn instruments_are_listed() {
    let listed = plimsoll(&["instruments", "--json", "--market", "spot"]).ended(0).json();
    let listed = listed.as_array().unwrap();
    let btc = listed.iter().find(|row| row["symbol"] == "BTCUSDT").expect("is embedded");
    assert_eq!((&btc["tick"], &btc["lot"]), (&"0.01".into(), &"0.00001".into()));
    assert!(plimsoll(&["instruments"]).ended(0).out.contains("min notional"));
    plimsoll(&["instruments", "--instruments", "nowhere.toml"])
        .ended(65)
        .complains(&["nowhere.toml"]);
}
