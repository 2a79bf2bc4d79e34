//! What a file of limits must say, and on whose word it counts.

use std::fs;
use std::path::{Path, PathBuf};

use types::num::{Money, Ratio};

use super::load::{LimitsError, Origin, SignedLimits};
use super::{LimitsFile, for_run};
use crate::operator_keys::{KeyFolder, Purpose, Signatures, TrustedKey, signature_path};
use crate::run_config::RunConfig;

const GOOD: &str = "version = 3
order_notional = \"250\"
gross_exposure = 1000
open_orders = 20
order_rate = 5
price_collar = \"2%\"
daily_loss = \"50\"
capital = \"1000\"
symbols = [\"ETHUSDT\", \"BTCUSDT\"]
";

#[test]
fn limits_are_plain_money() {
    let limits = LimitsFile::limits_of(GOOD).unwrap();
    assert_eq!(
        (limits.order_notional, limits.gross_exposure),
        (Money::from_units(250), Money::from_units(1_000))
    );
    assert_eq!((limits.open_orders, limits.orders_per_second), (20, 5));
    assert_eq!(
        (limits.price_collar, limits.daily_loss),
        (Ratio::from_bps(200), Ratio::from_bps(500))
    );
    let symbols: Vec<&str> = limits.symbols.iter().map(types::ids::Symbol::as_str).collect();
    assert_eq!(symbols, ["BTCUSDT", "ETHUSDT"], "sorted");
    let share = GOOD.replace("daily_loss = \"50\"\ncapital = \"1000\"\n", "daily_loss = \"5%\"\n");
    assert_eq!(LimitsFile::limits_of(&share).unwrap(), limits);
}

#[test]
fn what_is_no_limit_is_refused() {
    let story = [
        // (line, put in its place, part of the message)
        ("version = 3", "version = 0", "version is 0, wanted 1 or more"),
        ("version = 3", "", "missing field `version`"),
        ("gross_exposure = 1000\n", "", "missing field `gross_exposure`"),
        (
            "gross_exposure = 1000",
            "gross_exposure = 249",
            "order_notional is 250, wanted at most gross_exposure",
        ),
        ("gross_exposure = 1000", "gross_exposure = 0", "`0` is not an amount above 0"),
        ("gross_exposure = 1000", "gross_exposure = \"-5\"", "`-5` is not an amount above 0"),
        ("open_orders = 20", "open_orders = 0", "open_orders is 0, wanted 1 to 1,000"),
        ("open_orders = 20", "open_orders = 1001", "open_orders is 1001"),
        ("order_rate = 5", "order_rate = 51", "order_rate is 51, wanted 1 to 50"),
        (
            "price_collar = \"2%\"",
            "price_collar = \"10.01%\"",
            "wanted more than 0% and at most 10%",
        ),
        ("price_collar = \"2%\"", "price_collar = \"0%\"", "wanted more than 0% and at most 10%"),
        ("price_collar = \"2%\"", "price_collar = \"2\"", "is not a share"),
        (
            "daily_loss = \"50\"",
            "daily_loss = \"1000\"",
            "daily_loss is 1000, wanted more than nothing and less",
        ),
        ("daily_loss = \"50\"", "daily_loss = \"0%\"", "wanted more than nothing"),
        ("daily_loss = \"50\"", "daily_loss = true", "wanted an amount"),
        ("capital = \"1000\"\n", "", "or the key capital beside it"),
        ("symbols = [\"ETHUSDT\", \"BTCUSDT\"]", "symbols = []", "0 names, 0 different"),
        ("\"ETHUSDT\", \"BTCUSDT\"", "\"BTCUSDT\", \"BTCUSDT\"", "2 names, 1 different"),
        ("version = 3", "version = 3\nleverage = 5", "unknown field `leverage`"),
    ];
    for (line, instead, part) in story {
        assert!(GOOD.contains(line), "{line}");
        let told = LimitsFile::limits_of(&GOOD.replace(line, instead)).unwrap_err().to_string();
        assert!(told.contains(part), "{instead}: {told}");
    }
}

/// A file of limits beside a run, and two operators of whom the first is trusted.
struct Desk {
    dir: tempfile::TempDir,
    keys: KeyFolder,
    ada: TrustedKey,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyFolder::at(Some(&dir.path().join("keys"))).unwrap();
        let ada = keys.create("ada").unwrap();
        keys.create("eve").unwrap();
        fs::write(dir.path().join("limits.toml"), GOOD).unwrap();
        Self { dir, keys, ada }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("limits.toml")
    }

    fn sign(&self, name: &str) {
        let bytes = fs::read(self.file()).unwrap();
        let key = self.keys.read(name).unwrap();
        let signed = Signatures::new(Purpose::Limits, 3, &bytes, name, &key);
        fs::write(signature_path(&self.file()), signed.to_text()).unwrap();
    }

    fn open(&self, floor: u64) -> Result<SignedLimits, LimitsError> {
        SignedLimits::open(&self.file(), &[self.ada], floor)
    }

    fn config(&self, mode: &str, more: &str) -> RunConfig {
        let text =
            format!("[run]\nmode = \"{mode}\"\ncapital = 1000\nlimits = \"limits.toml\"\n{more}");
        RunConfig::from_toml(&text, self.dir.path()).unwrap()
    }
}

#[test]
fn a_signed_file_counts_until_an_older_one_comes() {
    let desk = Desk::new();
    assert!(matches!(desk.open(0), Err(LimitsError::Unsigned(_))));
    desk.sign("ada");
    let signed = desk.open(3).unwrap();
    assert_eq!((signed.limits.version, signed.by[0].name.as_str()), (3, "ada"));
    let told = desk.open(4).unwrap_err().to_string();
    assert!(told.contains("saw version 3, wanted 4 or more"), "{told}");
    desk.sign("eve");
    assert!(desk.open(0).unwrap_err().to_string().contains("not among run.trusted_keys"));
    desk.sign("ada");
    fs::write(desk.file(), GOOD.replace("250", "950")).unwrap();
    assert!(desk.open(0).unwrap_err().to_string().contains("altered after signing"));
    fs::write(desk.file(), [GOOD.as_bytes(), &[0xff]].concat()).unwrap();
    assert!(matches!(desk.open(0), Err(LimitsError::Form(_))));
    fs::write(desk.file(), vec![b'#'; 70_000]).unwrap();
    assert!(matches!(desk.open(0), Err(LimitsError::Form(_))));
    fs::remove_file(desk.file()).unwrap();
    assert!(matches!(desk.open(0), Err(LimitsError::Io { .. })));
}

#[test]
fn signed_nonsense_is_nonsense_still() {
    let desk = Desk::new();
    fs::write(desk.file(), "version = 3\n").unwrap();
    desk.sign("ada");
    assert!(matches!(desk.open(0), Err(LimitsError::File { .. })));
}

#[test]
fn real_money_wants_a_signature_and_invented_money_takes_what_is_there() {
    let desk = Desk::new();
    let capital = Money::from_units(1_000);
    let trust = format!("trusted_keys = [\"{}\"]\n", desk.ada);
    let origin = |mode: &str, more: &str| {
        for_run(&desk.config(mode, more), capital, 0).map(|limits| limits.origin)
    };
    for mode in ["simulated", "paper", "testnet"] {
        assert_eq!(origin(mode, &trust).unwrap(), Origin::Unsigned(desk.file()), "{mode}");
    }
    assert!(matches!(origin("live", &trust), Err(LimitsError::Unsigned(_))));
    desk.sign("ada");
    for mode in ["simulated", "paper", "testnet", "live"] {
        assert!(matches!(origin(mode, &trust), Ok(Origin::Signed(_))), "{mode}");
    }
    assert!(origin("live", "").unwrap_err().to_string().contains("no key is trusted"));
    // What somebody altered counts nowhere.
    fs::write(desk.file(), GOOD.replace("250", "950")).unwrap();
    for mode in ["simulated", "paper", "testnet", "live"] {
        assert!(origin(mode, &trust).is_err(), "{mode}");
    }
    let none = RunConfig::from_toml("[run]\nmode = \"live\"\n", Path::new("")).unwrap();
    assert!(matches!(for_run(&none, capital, 0), Err(LimitsError::NoFile)));
}

#[test]
fn limits_older_than_the_journals_start_nothing() {
    let desk = Desk::new();
    let config = desk.config("paper", "");
    let capital = Money::from_units(1_000);
    let limits = for_run(&config, capital, 0).unwrap();
    assert!(limits.clone().held_to(3, &config).is_ok());
    let told = limits.held_to(4, &config).unwrap_err().to_string();
    assert!(told.contains("saw version 3, wanted 4 or more"), "{told}");
    // Without a file there is no version to be older.
    let none = RunConfig::from_toml("[run]\ncapital = 1000\n", Path::new("")).unwrap();
    let derived = for_run(&none, capital, 0).unwrap().held_to(7, &none).unwrap();
    assert_eq!(derived.hard.version, 7);
}

#[test]
fn a_symbol_without_limits_is_named() {
    let desk = Desk::new();
    let config = desk.config("paper", "symbols = [\"BTCUSDT\", \"SOLUSDT\"]\n");
    let told = for_run(&config, Money::from_units(1_000), 0).unwrap_err().to_string();
    assert!(told.contains("saw no SOLUSDT among symbols"), "{told}");
}

#[test]
fn derived_limits_are_as_wide_as_the_rules_of_risk() {
    let config =
        RunConfig::from_toml("[run]\ncapital = 2000\n[risk]\npositions = 4\n", Path::new(""))
            .unwrap();
    let limits = for_run(&config, Money::from_units(2_000), 7).unwrap();
    assert_eq!(limits.origin, Origin::Derived);
    let hard = limits.hard;
    assert_eq!(
        (hard.order_notional, hard.gross_exposure),
        (Money::from_units(500), Money::from_units(2_000))
    );
    assert_eq!((hard.open_orders, hard.orders_per_second, hard.version), (12, 10, 7));
    assert_eq!(
        (hard.price_collar, hard.daily_loss),
        (Ratio::from_bps(200), Ratio::from_bps(1_000))
    );
}
