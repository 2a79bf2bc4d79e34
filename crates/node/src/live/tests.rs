//! The gate to real money: one way through, and a line for each way past it that is shut.

use std::fs;

use adapters::{KeyProblem, KeyRights, Rights};
use engine::config::{Contradiction, RiskConfig, Summary, satisfiable};
use types::ids::Asset;
use types::market::TsNanos;
use types::num::Money;

use super::gate::{KeyProblemShown, LivePermission};
use super::*;
use crate::ladder::Rung;
use crate::operator_keys::{KeyFolder, Purpose, Signatures, signature_path};
use crate::run_config::RunConfig;

const LIMITS: &str = "version = 1\norder_notional = 250\ngross_exposure = 1000\nopen_orders = 20\norder_rate = 5\n\
    price_collar = \"2%\"\ndaily_loss = \"5%\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\n";

const HOUR: i64 = 3_600 * 1_000_000_000;

fn at(hours: i64) -> TsNanos {
    TsNanos::from_nanos(1_795_651_200_000_000_000).plus(hours * HOUR)
}

/// A folder with everything that real money needs, asked for at hour 0 and good for 30 days.
struct Desk {
    dir: tempfile::TempDir,
    keys: KeyFolder,
    config: String,
    permission: Permission,
}

impl Desk {
    fn new(profile: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyFolder::at(Some(&dir.path().join("keys"))).unwrap();
        let trusted: Vec<String> = ["ada", "bob"]
            .iter()
            .map(|name| format!("\"{}\"", keys.create(name).unwrap()))
            .collect();
        let config = format!(
            "[run]\nmode = \"live\"\ncapital = 1000\nlimits = \"limits.toml\"\nprofile = \"{profile}\"\n\
             operators = [\"ada\", \"bob\"]\ntrusted_keys = [{}]\n[live]\nlive_trading = true\nrung = \"conservative\"\n",
            trusted.join(", ")
        );
        let limits = dir.path().join("limits.toml");
        fs::write(&limits, LIMITS).unwrap();
        let key = keys.read("ada").unwrap();
        let signed = Signatures::new(Purpose::Limits, 1, LIMITS.as_bytes(), "ada", &key);
        fs::write(signature_path(&limits), signed.to_text()).unwrap();
        let run = RunConfig::from_toml(&config, dir.path()).unwrap();
        let permission = Permission {
            version: 1,
            asked: at(0),
            expires: at(720),
            profile: run.run.profile,
            venue: "https://api.binance.com".to_owned(),
            capital: run.run.capital,
            rung: Rung::Conservative,
            limits_sha256: Papers::open(&run, 0).limits.unwrap().sha256,
        };
        let desk = Self { dir, keys, config, permission };
        desk.permit(&["ada"]);
        desk
    }

    fn permit(&self, names: &[&str]) {
        let path = self.dir.path().join("live-permission.toml");
        let text = self.permission.to_text();
        fs::write(&path, &text).unwrap();
        let key = self.keys.read(names[0]).unwrap();
        let mut signed =
            Signatures::new(Purpose::LivePermission, 1, text.as_bytes(), names[0], &key);
        for name in &names[1..] {
            signed.add(text.as_bytes(), name, &self.keys.read(name).unwrap());
        }
        fs::write(signature_path(&path), signed.to_text()).unwrap();
    }

    fn ask(&self, now: TsNanos) -> Result<LivePermission, Vec<WhyNot>> {
        self.ask_with(
            &self.config,
            now,
            Some(&sound()),
            Some("I may lose all of 1000 USDT\n"),
            &fits(),
        )
    }

    fn ask_with(
        &self,
        config: &str,
        now: TsNanos,
        rights: Option<&KeyRights>,
        typed: Option<&str>,
        account: &Result<Summary, Vec<Contradiction>>,
    ) -> Result<LivePermission, Vec<WhyNot>> {
        let config = RunConfig::from_toml(config, self.dir.path()).unwrap();
        let papers = Papers::open(&config, 0);
        live_gate(&Ask {
            config: &config,
            limits: papers.limits.as_ref(),
            permission: papers.permission.as_ref(),
            rights,
            typed,
            capital: Money::from_units(1_000),
            quote: &Asset::new("USDT").unwrap(),
            account,
            now,
        })
    }

    /// Returns the codes of what stands against it.
    fn codes(&self, now: TsNanos) -> Vec<String> {
        codes(self.ask(now))
    }
}

fn codes(answer: Result<LivePermission, Vec<WhyNot>>) -> Vec<String> {
    let code = |why: &WhyNot| why.to_string().split(':').next().unwrap().to_owned();
    answer.map_or_else(|why| why.iter().map(code).collect(), |_| Vec::new())
}

fn sound() -> KeyRights {
    KeyRights::Known(Rights {
        read: true,
        trade: true,
        withdraw: false,
        internal_transfer: false,
        universal_transfer: false,
        ip_restricted: true,
        trade_until: None,
    })
}

fn fits() -> Result<Summary, Vec<Contradiction>> {
    satisfiable(&RiskConfig::default(), &[], Money::from_units(1_000))
}

#[test]
fn with_everything_in_place_the_gate_opens() {
    let desk = Desk::new("solo");
    let permission = desk.ask(at(24)).unwrap();
    assert_eq!(permission.rung(), Rung::Conservative);
    assert_eq!(permission.limits().gross_exposure, Money::from_units(1_000));
    assert_eq!((permission.by()[0].name.as_str(), permission.expires()), ("ada", at(720)));
}

#[test]
fn one_person_waits_a_day_and_a_permission_ends() {
    let desk = Desk::new("solo");
    assert_eq!(desk.ask(at(24).plus(-1)), Err(vec![WhyNot::TooEarly(at(24))]));
    assert!(desk.ask(at(720).plus(-1)).is_ok());
    assert_eq!(desk.ask(at(720)), Err(vec![WhyNot::Expired(at(720))]));
}

#[test]
fn a_team_is_two_persons() {
    let desk = Desk::new("team");
    assert_eq!(desk.ask(at(0)), Err(vec![WhyNot::OnePerson(1)]));
    desk.permit(&["ada", "ada"]);
    assert_eq!(
        desk.ask(at(100)),
        Err(vec![WhyNot::OnePerson(1)]),
        "the same person twice, and time"
    );
    desk.permit(&["ada", "bob"]);
    assert_eq!(desk.ask(at(0)).unwrap().by().len(), 2);
}

#[test]
fn every_line_of_the_configuration_is_held_against_what_was_signed() {
    let story = [
        // (in the configuration, instead, the codes that stand against it)
        ("mode = \"live\"", "mode = \"paper\"", vec!["NOT_LIVE"]),
        ("live_trading = true", "live_trading = false", vec!["FLAG_OFF"]),
        ("limits = \"limits.toml\"\n", "", vec!["LIMITS"]),
        ("capital = 1000", "capital = 1001", vec!["OTHER_TERMS"]),
        ("rung = \"conservative\"", "rung = \"moderate\"", vec!["OTHER_TERMS"]),
        ("rung = \"conservative\"", "rung = \"minimal\"", vec![]),
        ("profile = \"solo\"", "profile = \"team\"", vec!["OTHER_TERMS", "ONE_PERSON"]),
        (
            "[live]",
            "[venue]\nrest = \"https://other.example\"\nstreams = \"wss://other.example\"\nws_api = \"wss://other.example\"\n[live]",
            vec!["OTHER_TERMS"],
        ),
        ("[live]", "[live]\npermission = \"other.toml\"", vec!["PERMISSION"]),
    ];
    let desk = Desk::new("solo");
    for (line, instead, wanted) in story {
        assert!(desk.config.contains(line), "{line}");
        let config = desk.config.replace(line, instead);
        let typed = Some("I may lose all of 1000 USDT");
        let answer = desk.ask_with(&config, at(24), Some(&sound()), typed, &fits());
        assert_eq!(codes(answer), wanted, "{instead}");
    }
    // Nobody is trusted: neither limits nor permission count.
    let at_trust = desk.config.find("trusted_keys").unwrap();
    let line = desk.config[at_trust..].lines().next().unwrap();
    let config = desk.config.replace(line, "trusted_keys = []");
    let answer = desk.ask_with(
        &config,
        at(24),
        Some(&sound()),
        Some("I may lose all of 1000 USDT"),
        &fits(),
    );
    assert_eq!(codes(answer), ["LIMITS", "PERMISSION"]);
}

#[test]
fn limits_or_permission_changed_after_signing_shut_the_gate() {
    let desk = Desk::new("solo");
    let permission = desk.dir.path().join("live-permission.toml");
    let text = fs::read_to_string(&permission).unwrap();
    fs::write(&permission, text.replace("conservative", "maximum")).unwrap();
    assert_eq!(desk.codes(at(24)), ["PERMISSION"]);
    fs::write(&permission, &text).unwrap();
    assert_eq!(desk.codes(at(24)), Vec::<String>::new());
    // Other limits, properly signed, are not those that were permitted.
    let limits = desk.dir.path().join("limits.toml");
    let other = LIMITS.replace("version = 1", "version = 2").replace("250", "900");
    fs::write(&limits, &other).unwrap();
    let key = desk.keys.read("ada").unwrap();
    let signed = Signatures::new(Purpose::Limits, 2, other.as_bytes(), "ada", &key);
    fs::write(signature_path(&limits), signed.to_text()).unwrap();
    assert_eq!(desk.codes(at(24)), ["OTHER_TERMS"]);
    // A signature of limits is none of a permission.
    let signed = Signatures::new(Purpose::Limits, 1, text.as_bytes(), "ada", &key);
    fs::write(signature_path(&permission), signed.to_text()).unwrap();
    assert_eq!(desk.codes(at(24)), ["PERMISSION"]);
    fs::remove_file(&permission).unwrap();
    assert_eq!(desk.codes(at(24)), ["PERMISSION"], "taken back");
}

#[test]
fn a_key_that_can_move_money_or_works_from_everywhere_shuts_the_gate() {
    type Change = fn(&mut Rights);
    let story: [(Change, KeyProblem); 4] = [
        (|r| r.withdraw = true, KeyProblem::CanWithdraw),
        (|r| r.internal_transfer = true, KeyProblem::CanTransferInternally),
        (|r| r.ip_restricted = false, KeyProblem::NoIpRestriction),
        (|r| r.trade = false, KeyProblem::CannotTrade),
    ];
    let desk = Desk::new("solo");
    let typed = Some("I may lose all of 1000 USDT");
    for (change, problem) in story {
        let KeyRights::Known(mut rights) = sound() else { unreachable!("it is known") };
        change(&mut rights);
        let rights = KeyRights::Known(rights);
        let answer = desk.ask_with(&desk.config, at(24), Some(&rights), typed, &fits());
        assert_eq!(answer, Err(vec![WhyNot::Key(KeyProblemShown(problem))]));
    }
    let unknown =
        desk.ask_with(&desk.config, at(24), Some(&KeyRights::NotCheckable), typed, &fits());
    assert_eq!(unknown, Err(vec![WhyNot::Key(KeyProblemShown(KeyProblem::Unverified))]));
    let unasked = desk.ask_with(&desk.config, at(24), None, typed, &fits());
    assert_eq!(unasked, Err(vec![WhyNot::KeyNotAsked]));
}

#[test]
fn the_words_are_typed_exactly() {
    let desk = Desk::new("solo");
    for typed in [
        None,
        Some(""),
        Some("yes"),
        Some("I may lose all of 1000"),
        Some("i may lose all of 1000 usdt"),
    ] {
        let answer = desk.ask_with(&desk.config, at(24), Some(&sound()), typed, &fits());
        assert_eq!(codes(answer), ["NOT_TYPED"], "{typed:?}");
    }
}

#[test]
fn an_account_that_is_too_small_is_shown_the_arithmetic_and_paper() {
    let desk = Desk::new("solo");
    let mut risk = RiskConfig::default();
    risk.spot.symbol = "100%".parse().unwrap();
    risk.spot.gross = "20%".parse().unwrap();
    let account = satisfiable(&risk, &[], Money::from_units(1_000));
    let typed = Some("I may lose all of 1000 USDT");
    let why = desk.ask_with(&desk.config, at(24), Some(&sound()), typed, &account).unwrap_err();
    let told = why[0].to_string();
    assert!(
        told.starts_with("ACCOUNT: risk.spot.symbol is 100%") && told.ends_with("mode = \"paper\""),
        "{told}"
    );
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let desk = Desk::new("team");
    let config = desk.config.replace("live_trading = true", "live_trading = false");
    let answer = desk.ask_with(&config, at(800), None, None, &fits());
    assert_eq!(codes(answer), ["FLAG_OFF", "EXPIRED", "ONE_PERSON", "KEY_NOT_ASKED", "NOT_TYPED"]);
}
