//! What a run's configuration refuses, a line each.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;
use types::num::Money;

use super::secret::SecretError;
use super::{Mode, RunConfig, SecretSource};
use crate::ladder::Rung;

fn read(text: &str) -> Result<RunConfig, String> {
    RunConfig::from_toml(text, Path::new("conf")).map_err(|error| error.to_string())
}

#[test]
fn an_empty_section_is_the_default_and_money_is_simulated() {
    let config = read("[run]\n").unwrap();
    assert_eq!((config.run.mode, config.rung()), (Mode::Simulated, None));
    assert_eq!(config.run.state, Path::new("conf/plimsoll-state"));
    assert!(config.binance().is_none() && !config.live.live_trading);
    assert_eq!(config.backtest.capital(), Ok(Money::from_units(10_000)));
}

#[test]
fn one_file_holds_the_run_and_the_engine() {
    let text = "[run]\nmode = \"paper\"\ncapital = 500\nsymbols = [\"SOLUSDT\"]\n[entry]\nthreshold = 65.0\n";
    let config = read(text).unwrap();
    assert_eq!(
        config.backtest.capital(),
        Ok(Money::from_units(500)),
        "the run's, where [backtest] names none"
    );
    assert!((config.engine().entry.threshold - 65.0).abs() < f64::EPSILON);
    assert_eq!(config.rung(), Some(Rung::Paper));
    let venue = config.binance().expect("paper has real prices");
    assert_eq!(venue.environment, adapters::Environment::Live);
}

#[test]
fn the_engine_may_stand_beside_but_not_twice() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("e.toml"), "[entry]\nthreshold = 70.0\n").unwrap();
    let beside = "[run]\nengine = \"e.toml\"\n";
    let config = RunConfig::from_toml(beside, folder.path()).unwrap();
    assert!((config.engine().entry.threshold - 70.0).abs() < f64::EPSILON);
    let twice = format!("{beside}[risk]\npositions = 3\n");
    let told = RunConfig::from_toml(&twice, folder.path()).unwrap_err().to_string();
    assert!(told.starts_with("saw `risk` here and run.engine"), "{told}");
}

#[test]
fn what_cannot_stand_is_named_with_what_would() {
    let local = "rest = \"http://127.0.0.1:1\"\nstreams = \"ws://[::1]:1\"\nws_api = \"ws://localhost:1/ws-api/v3\"";
    let story = [
        // (text, part of the message)
        ("[run]\nsimbols = []", "unknown key `simbols`: did you mean `symbols`?"),
        ("[run]\nmode = \"papre\"", "unknown word `papre`: did you mean `paper`?"),
        ("[rum]\n[run]", "unknown key `rum`: did you mean `run`?"),
        ("[run]\n[entry]\ntreshold = 1", "did you mean `threshold`? in `entry`"),
        ("[run]\n[entry]\nthreshold = 20.0", "entry.threshold is 20, wanted 40 to 95"),
        ("[run]\ncapital = \"0\"", "`0` is neither an amount"),
        ("[run]\ncapital = \"lots\"", "`lots` is neither an amount"),
        ("[run]\ncapital = \"50%\"", "run.capital is 50%, wanted an amount"),
        ("[run]\nmode = \"testnet\"\ncapital = \"150%\"", "a share above 0% and at most 100%"),
        ("[run]\nsymbols = []", "wanted at least one symbol"),
        ("[run]\nsymbols = [\"btcusdt\"]", "symbol is `btcusdt`"),
        ("[run]\nsymbols = [\"BTCUSDT\", \"BTCUSDT\"]", "each symbol once"),
        ("[run]\nsymbols = [\"BTCUSDT\", \"ETHBTC\"]", "paid in BTC, USDT"),
        ("[run]\nnever_touch = [\"BTC\"]", "no BTC, or no BTCUSDT"),
        ("[run]\nnever_touch = [\"USDT\"]", "no USDT, or no BTCUSDT"),
        ("[run]\n[other]\n", "unknown key `other`"),
        ("market = \"perp\"\n[run]", "market is perp, wanted spot"),
        ("[run]\noperators = [\"Ada L\"]", "1 to 32 characters"),
        (
            "[run]\nmode = \"paper\"\n[venue]\nsecond_rest = \"https://data.example\"",
            "1 of 2 addresses of a second source",
        ),
        (
            "[run]\nmode = \"paper\"\n[venue]\nsecond_rest = \"http://data.example\"\nsecond_streams = \"wss://s.example\"",
            "without TLS a venue is reached on this machine alone",
        ),
        ("[run]\nprofile = \"team\"", "run.operators is 0, wanted at least 2"),
        ("[run]\ntrusted_keys = [\"abc\"]", "saw no public key"),
        ("[run]\nkeys = \"plimsoll-state/keys\"", "a folder outside of run.state"),
        ("[run]\n[venue]\nrest = \"https://a.example\"", "1 of 3 addresses"),
        (
            "[run]\n[venue]\nrest = \"ftp://a\"\nstreams = \"wss://a\"\nws_api = \"wss://a\"",
            "begins with https://",
        ),
        (
            "[run]\n[venue]\nrest = \"https://a\"\nstreams = \"wss://a\"\nws_api = \"wss://a\"",
            "mode `paper`",
        ),
        ("[run]\n[venue]\ncontrol = \"10.0.0.1:9\"", "venue.control"),
        ("[run]\nmode = \"live\"\n[live]\nrung = \"paper\"", "live.rung is paper"),
        (
            "[run]\n[key]\nsecret = { env = \"my secret\" }",
            "key.secret is something else, wanted the name",
        ),
        ("[run]\nmode = ", "line 2, column"),
        ("[run]\nmode = \"live\"\nmode = \"paper\"", "line 3, column 1"),
    ];
    for (text, part) in story {
        let told = read(text).map(|_| "fine".to_owned()).unwrap_or_else(|told| told);
        assert!(told.contains(part), "{text}: {told}");
    }
    for mode in ["simulated", "paper"] {
        let config = read(&format!("[run]\nmode = \"{mode}\"\n[venue]\n{local}\n")).unwrap();
        assert_eq!(config.binance().unwrap().environment, adapters::Environment::Simulated);
    }
    let far = local.replace("[::1]", "10.0.0.1");
    for mode in ["testnet", "live"] {
        let text = |addresses: &str| format!("[run]\nmode = \"{mode}\"\n[venue]\n{addresses}\n");
        // What does not leave this machine may be a rehearsal; it is judged as the mode is all the same.
        let config = read(&text(local)).unwrap();
        assert_ne!(config.binance().unwrap().environment, adapters::Environment::Simulated);
        let told = read(&text(&far)).unwrap_err();
        assert_eq!(told.matches("without TLS").count(), 3, "every problem at once: {told}");
        let told = read(&text("control = \"127.0.0.1:9\"")).unwrap_err();
        assert!(told.contains("venue.control is an address, wanted none"), "{told}");
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_shown() {
    let hidden = "aB3xK9dLm2Qw7Er5Ty1Ui8Op4As6Df0Gh";
    for text in [
        format!("[run]\n[key]\nsecret = \"{hidden}\""),
        format!("[run]\n[key]\nsecret = {{ env = \"{hidden}\" }}"),
        format!("[run]\n[key]\napi_key = \"{hidden}\""),
        format!("[run]\napi_secret = \"short{}\"", &hidden[..4]),
        format!("[run]\nstate = \"{hidden}\""),
        format!("[run]\n{hidden} = 1"),
        format!("[run]\noperators = [\"ada\", \"{hidden}\"]"),
        format!("[run]\n[venue]\nrest = \"https://user:{hidden}@a.example\""),
        format!("[run]\nnote = \"\"\"-----BEGIN PRIVATE KEY-----\n{hidden}\"\"\""),
        // Broken before it can be looked at.
        format!("[run]\n[key]\nsecret = \"{hidden}"),
        format!("[run]\n[key]\nsecret = {hidden}"),
        format!("[run]\nsecret {hidden}"),
    ] {
        let told = read(&text).unwrap_err();
        assert!(!told.contains(&hidden[..6]) && !told.contains(&hidden[20..]), "{text}: {told}");
    }
    let told = read(&format!("[run]\n[key]\nsecret = \"{hidden}\"")).unwrap_err();
    assert!(told.contains("under `key.secret`") && told.contains("{ env ="), "{told}");
}

#[test]
fn a_secret_is_read_from_a_file_that_its_owner_alone_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k");
    let source = SecretSource::File(path.clone());
    assert!(matches!(source.read(), Err(SecretError::Io { .. })));
    fs::write(&path, "  hidden\n").unwrap();
    for (mode, wanted) in
        [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o666, false)]
    {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let read = source.read();
        assert_eq!(read.is_ok(), wanted, "{mode:o}");
        let shown = format!("{read:?}");
        assert!(!shown.contains("hidden"), "{shown}");
        if let Ok(secret) = read {
            assert_eq!(secret.expose_secret(), "hidden");
        }
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for bad in [Vec::new(), b" \n".to_vec(), vec![b'x'; 20_000]] {
        fs::write(&path, bad).unwrap();
        assert!(matches!(source.read(), Err(SecretError::Form(_))));
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(source.read().is_err());
    let unset = SecretSource::Env("PLIMSOLL_TEST_NEVER_SET".to_owned());
    assert!(matches!(unset.read(), Err(SecretError::NoVariable(_))));
}
