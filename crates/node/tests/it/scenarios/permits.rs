//! What only people may allow, asked of a hub that trades: a code each, an amount typed, a day or a second person.

use std::fs;

use serde_json::Value;

use super::scene::{SYMBOLS, Scene, Stage};
use crate::processes::{LOT, Record};
use crate::support::{Folder, Said, plimsoll, totp, typed};

/// A hub with signed limits, and three operators with codes. At 900x a day passes in a minute and a half, which is long enough for what
/// is asked for to be cancelled.
struct Office {
    scene: Scene,
}

impl Office {
    /// Starts with version 1 of the limits in force.
    fn open(profile: &str) -> Self {
        let folder = Folder::new();
        let keys = folder.path().join("keys");
        let dir = ["--dir", keys.to_str().unwrap()];
        let mut trusted = Value::Null;
        for name in ["ada", "bob", "cyd"] {
            let made = plimsoll(&[&["keys", "new", name, "--json"], &dir[..]].concat()).ended(0);
            plimsoll(&[&["keys", "totp", name], &dir[..]].concat()).ended(0);
            if name == "ada" {
                trusted = made.json()["public"].clone();
            }
        }
        let more = format!(
            "[run]\nprofile = \"{profile}\"\noperators = [\"ada\", \"bob\", \"cyd\"]\nlimits = \"limits.toml\"\nkeys = \"keys\"\ntrusted_keys = [{trusted}]\n"
        );
        let config = folder.write("run.toml", LOT.replacen("[run]\n", &more, 1));
        write(&folder, 1, 60_000);
        sign(folder.path());
        Self { scene: Stage::within(folder, config).start() }
    }

    /// Writes limits and signs them.
    fn limits(&self, version: u64, gross: u64) {
        self.altered(version, gross);
        sign(self.scene.path());
    }

    /// Writes limits and signs nothing.
    fn altered(&self, version: u64, gross: u64) {
        fs::write(self.scene.path().join("limits.toml"), text(version, gross)).unwrap();
    }

    /// The code that an operator's authenticator shows so many steps from now: the next one counts already.
    fn code(&self, name: &str, steps: u64) -> String {
        totp(&self.scene.path().join("keys"), name, steps)
    }

    /// Runs a command under a name; types a code where it wants one.
    fn act(&self, name: &str, args: &[&str], code: &str) -> Said {
        let state = self.scene.state();
        let who = ["--operator", name, "--json", "--state", state.to_str().unwrap()];
        typed(&[args, &who].concat(), code)
    }

    #[track_caller]
    fn refused(&self, name: &str, args: &[&str], code: &str, parts: [&str; 2]) {
        let said = self.act(name, args, code).ended(77).json();
        assert_eq!(
            (&said["outcome"], &said["code"]),
            (&"refused".into(), &parts[0].into()),
            "{said}"
        );
        assert!(said["message"].as_str().is_some_and(|why| why.contains(parts[1])), "{said}");
    }

    fn asked(&self) -> Value {
        let state = self.scene.state();
        plimsoll(&["permits", "--json", "--state", state.to_str().unwrap()]).ended(0).json()
    }

    /// Returns when a step was entered for the last time, seconds of market time.
    fn at(&self, step: &str) -> i64 {
        let lines = self.scene.lines("Permit");
        let of = lines.iter().rfind(|line| line.contains(step));
        let of = of.unwrap_or_else(|| panic!("no {step} in {lines:?}"));
        let at: jiff::Timestamp = of.split(' ').nth(1).unwrap().parse().unwrap();
        at.as_second()
    }

    /// Returns the hours between asking for something the last time and its grant.
    fn waited(&self, kind: &str) -> i64 {
        (self.at(&format!("{kind} Granted")) - self.at(&format!("{kind} Asked"))) / 3_600
    }

    /// Returns the limits in force, in the words of the journal.
    fn in_force(&self) -> String {
        let lines = self.scene.lines("Limits");
        lines.last().and_then(|line| line.split(": ").last()).unwrap().to_owned()
    }
}

fn text(version: u64, gross: u64) -> String {
    format!(
        "version = {version}\norder_notional = 25000\ngross_exposure = {gross}\nopen_orders = 40\norder_rate = 20\n\
         price_collar = \"5%\"\ndaily_loss = \"50%\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\", \"SOLUSDT\", \"XRPUSDT\"]\n"
    )
}

fn write(folder: &Folder, version: u64, gross: u64) {
    folder.write("limits.toml", text(version, gross));
}

fn sign(folder: &std::path::Path) {
    let (file, keys) = (folder.join("limits.toml"), folder.join("keys"));
    let (file, keys) = (file.to_str().unwrap(), keys.to_str().unwrap());
    plimsoll(&["config", "sign", file, "--key", "ada", "--dir", keys]).ended(0);
}

const RELOAD: [&str; 2] = ["config", "reload"];
const RAISE: [&str; 5] = ["config", "reload", "--raise", "--stake", "70000"];

#[test]
fn one_person_waits_a_day_for_higher_limits_and_an_hour_for_the_kill_switch() {
    let mut office = Office::open("solo");
    let (first, signature) =
        (office.scene.path().join("limits.toml"), office.scene.path().join("limits.toml.sig"));
    let old = (fs::read(&first).unwrap(), fs::read(&signature).unwrap());

    // What is lower holds at once.
    office.limits(2, 50_000);
    office.act("ada", &RELOAD, "").ended(0);
    assert_eq!(office.in_force(), "25000 an order, 50000 in all");

    // What nobody signed, or an older file, counts for nothing.
    office.altered(3, 70_000);
    office.refused("ada", &RAISE, "000000", ["CONFIG", "altered after signing"]);
    fs::remove_file(&signature).unwrap();
    office.refused("ada", &RELOAD, "", ["CONFIG", "config sign"]);
    fs::write(&first, &old.0).unwrap();
    fs::write(&signature, &old.1).unwrap();
    office.refused("ada", &RELOAD, "", ["CONFIG", "saw version 1, wanted 2 or more"]);

    let failed = office.scene.noted("Incident", &["ConfigReloadFailed"]);

    // What is higher is asked for: with a code, that counts once, and the amount.
    office.limits(3, 70_000);
    office.refused("ada", &RELOAD, "", ["PERMIT", "one-time code"]);
    office.refused("ada", &RAISE, "000000", ["CODE", "wrong"]);
    office.refused("eve", &RAISE, "000000", ["OPERATOR", "eve"]);
    let cheap = ["config", "reload", "--raise", "--stake", "50000"];
    office.refused("bob", &cheap, &office.code("bob", 0), ["PERMIT", "70000"]);
    let code = office.code("ada", 0);
    office.act("ada", &RAISE, &code).ended(0);
    office.scene.over(&failed);
    office.refused("ada", &RAISE, &code, ["CODE", "used before"]);
    let asked = office.asked();
    assert_eq!((&asked[0]["kind"], &asked[1]), (&"raise_limits".into(), &Value::Null), "{asked}");
    assert!(asked[0]["lines"].to_string().contains("70000"), "{asked}");
    assert_eq!(office.in_force(), "25000 an order, 50000 in all", "not yet");

    // Anyone cancels it; asked for again, it is granted a day later and not before.
    office.act("eve", &["permits", "cancel", "raise-limits"], "").ended(0);
    assert_eq!(office.asked(), Value::Array(Vec::new()));
    office.refused("eve", &["permits", "cancel", "raise-limits"], "", ["PERMIT", "not asked for"]);
    office.act("ada", &RAISE, &office.code("ada", 1)).ended(0);

    // Meanwhile the kill switch: an hour.
    office.act("eve", &["kill"], "").ended(0);
    let release = ["release-kill", "--stake", "50000"];
    office.act("bob", &release, &office.code("bob", 1)).ended(0);
    office.scene.noted("Operator", &["bob", "ReleaseKill"]);
    assert_eq!(office.waited("ReleaseKill"), 1);
    office.scene.noted("Limits", &["version 3"]);
    assert_eq!(office.waited("RaiseLimits"), 24);
    assert_eq!(office.in_force(), "25000 an order, 70000 in all");
    office.scene.trades_again("");
    office.scene.ends_well();
}

#[test]
fn a_team_takes_two_persons_and_no_time() {
    let mut office = Office::open("team");
    office.limits(2, 70_000);
    let raise = ["config", "reload", "--raise"];
    office.act("ada", &raise, &office.code("ada", 0)).ended(0);
    assert_eq!(office.asked()[0]["granted_at"], Value::Null);
    let confirm = ["permits", "confirm", "raise-limits"];
    office.refused("ada", &confirm, &office.code("ada", 1), ["PERMIT", "second person"]);
    office.refused("bob", &confirm, "000000", ["CODE", "wrong"]);
    assert_eq!(office.in_force(), "25000 an order, 60000 in all", "not yet");
    office.act("bob", &confirm, &office.code("bob", 0)).ended(0);
    assert_eq!(office.in_force(), "25000 an order, 70000 in all");
    assert_eq!(office.asked(), Value::Array(Vec::new()));

    office.act("eve", &["kill"], "").ended(0);
    office.scene.quarters(8);
    let before = office.scene.purchases("");
    office.scene.quarters(8);
    assert_eq!(office.scene.purchases(""), before, "time alone releases nothing");
    office.act("cyd", &["release-kill"], &office.code("cyd", 0)).ended(0);
    office.act("bob", &["release-kill", "--confirm"], &office.code("bob", 1)).ended(0);
    office.scene.noted("Operator", &["cyd", "ReleaseKill"]);
    office.scene.trades_again("");
    let filled = |record: &Record| SYMBOLS.iter().any(|symbol| record.held(symbol) > 0);
    office.scene.until("a purchase that filled", filled);
    office.scene.ends_well();
}

#[test]
fn a_limit_lowered_below_what_is_held_sells_nothing_and_lets_nothing_in() {
    let mut office = Office::open("solo");
    office.scene.holds();
    let lower = text(2, 60).replace("order_notional = 25000", "order_notional = 60");
    fs::write(office.scene.path().join("limits.toml"), lower).unwrap();
    sign(office.scene.path());
    office.act("ada", &RELOAD, "").ended(0);
    let above = office.scene.noted("Incident", &["AboveLimit"]);
    assert_eq!(office.in_force(), "60 an order, 60 in all");
    // Entries that had left before are given time to trade.
    office.scene.quarters(1);
    let before = office.scene.purchases("");
    // What is held leaves by its own rules, within eight closes, and is protected until then.
    let held = |record: &Record| SYMBOLS.iter().any(|symbol| record.held(symbol) > 0);
    let record = office.scene.venue.record();
    assert!(held(record), "nothing is sold for a limit's sake");
    assert_eq!(record.bare(), Vec::<String>::new());
    office.scene.until("the exit of every position", |record| !held(record));
    assert_eq!(office.scene.purchases(""), before, "an entry past the limit");
    office.scene.over(&above);
    office.scene.ends_well();
}
