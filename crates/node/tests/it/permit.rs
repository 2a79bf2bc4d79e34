//! `config permit-live` from outside: a rung is earned on the one below, or refused with everything that lacks.

use std::fs;
use std::path::Path;

use crate::served::{Served, earned, stage};
use crate::support::{Folder, Said, plimsoll, totp, typed};

const LIMITS: &str = "version = 1\norder_notional = 250\ngross_exposure = 1000\nopen_orders = 20\norder_rate = 5\n\
    price_collar = \"2%\"\ndaily_loss = \"5%\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\n";

/// Where a run in mode live sends its orders, unless its configuration says otherwise.
const VENUE: &str = "https://api.binance.com";

/// A person with a key, signed limits and a configuration.
pub(crate) struct Desk {
    folder: Folder,
    run: String,
}

impl Desk {
    fn new(rung: &str) -> Self {
        Self::at(rung, "")
    }

    /// Names a venue, as a section of the configuration.
    pub(crate) fn at(rung: &str, venue: &str) -> Self {
        let folder = Folder::new();
        let dir = folder.path().join("keys").display().to_string();
        let made = plimsoll(&["keys", "new", "ada", "--dir", &dir, "--json"]).ended(0).json();
        plimsoll(&["keys", "totp", "ada", "--dir", &dir]).ended(0);
        let limits = folder.write("limits.toml", LIMITS);
        plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", &dir]).ended(0);
        let text = format!(
            "[run]\nmode = \"live\"\ncapital = 1000\nstate = \"state\"\nlimits = \"limits.toml\"\ntrusted_keys = [{}]\n\
             [live]\nlive_trading = true\nrung = \"{rung}\"\n{venue}",
            made["public"]
        );
        let run = folder.write("plimsoll.toml", text);
        Self { folder, run }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Asks for the permission, with evidence.
    pub(crate) fn permit(&self, evidence: &[&str]) -> Said {
        let keys = self.folder.path().join("keys");
        let dir = keys.display().to_string();
        let args = ["config", "permit-live", &self.run, "--key", "ada", "--stake", "1000"];
        typed(&[&args[..], &["--dir", &dir], evidence].concat(), &totp(&keys, "ada", 0))
    }

    /// Asserts that it is refused in these words, and that nothing is written.
    #[track_caller]
    fn refused(&self, evidence: &[&str], wanted: &[&str]) {
        self.permit(evidence).ended(78).complains(wanted);
        assert!(!self.folder.path().join("live-permission.toml").exists(), "nothing was permitted");
    }
}

/// Turns a bit over in the middle of a journal's first segment.
fn tamper(state: &Path) {
    let mut segments: Vec<_> = fs::read_dir(state.join("journal/segments"))
        .unwrap()
        .map(|found| found.unwrap().path())
        .collect();
    segments.sort();
    let mut bytes = fs::read(&segments[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segments[0], bytes).unwrap();
}

#[test]
fn a_rung_is_earned_on_the_one_below_and_all_that_lacks_is_said_at_once() {
    let desk = Desk::new("minimal");
    let everything = [
        "rung minimal was not earned on rung paper:",
        "STATE: saw no journal of a run on rung paper",
        "DAYS: saw 0 days with the system running on rung paper, wanted 7 days",
        "ROUND_TRIPS: saw 0 on rung paper, wanted 10",
        "PARITY: not shown",
    ];
    desk.refused(&[], &everything);
    let evidence = earned(desk.folder.path(), VENUE);
    let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
    let [_, paper, _, backtest] = evidence[..] else { panic!("{evidence:?}") };
    desk.refused(&["--served", paper], &["PARITY: not shown for ", "--backtest"]);
    desk.refused(
        &["--served", &desk.path("none"), "--backtest", backtest],
        &["none does not count: "],
    );
    desk.permit(&[&evidence[..], &["--backtest", backtest]].concat())
        .ended(64)
        .complains(&["--backtest was given 2 times for 1 state folders"]);
    // Each in the place of a backtest proves nothing.
    let other = desk.path("other");
    Served::week(Some(stage("paper", "paper", VENUE))).write(other.as_ref(), 3);
    desk.refused(
        &["--served", paper, "--backtest", paper],
        &["is the journal of the run itself, wanted a backtest's"],
    );
    desk.refused(
        &["--served", paper, "--backtest", &other],
        &["is the journal of a run in mode paper, rung paper"],
    );
    desk.refused(
        &[&evidence[..], &["--served", &other, "--backtest", backtest]].concat(),
        &["tells of the same time as"],
    );
    let said = desk.permit(&evidence).ended(0).out;
    assert!(said.contains("earned on rung paper: 7 days, 10 round trips"), "{said}");
    assert!(said.contains("up to rung minimal"), "{said}");
}

#[test]
fn without_a_name_it_is_the_folder_of_the_run() {
    let desk = Desk::new("minimal");
    let evidence = earned(desk.folder.path(), VENUE);
    fs::rename(&evidence[1], desk.path("state")).unwrap();
    desk.permit(&["--backtest", &evidence[3]]).ended(0);
}

#[test]
fn a_run_elsewhere_does_not_count() {
    let desk = Desk::new("conservative");
    let evidence = earned(desk.folder.path(), VENUE);
    let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
    let told = "it ran in mode paper, rung paper, at https://api.binance.com; wanted mode live, rung minimal";
    desk.refused(
        &evidence,
        &["STAGE: ", told, "rung conservative was not earned on rung minimal:"],
    );
    let desk = Desk::new("minimal");
    let evidence = earned(desk.folder.path(), "http://127.0.0.1:9");
    let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
    desk.refused(
        &evidence,
        &["at http://127.0.0.1:9; wanted mode paper, rung paper, at https://api.binance.com"],
    );
}

#[test]
fn a_journal_that_was_changed_does_not_count() {
    let desk = Desk::new("minimal");
    let evidence = earned(desk.folder.path(), VENUE);
    let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
    let state = Path::new(evidence[1]);
    let whole = desk.folder.path().join("whole");
    Served::week(Some(stage("paper", "paper", VENUE))).write(&whole, 1);
    tamper(state);
    desk.refused(&evidence, &["STATE: ", "does not verify", "DAYS: saw 0 days"]);
    let whole = whole.display().to_string();
    tamper(Path::new(evidence[3]));
    desk.refused(
        &["--served", &whole, "--backtest", evidence[3]],
        &["PARITY: ", "does not verify"],
    );
}

#[test]
fn a_backtest_that_does_something_else_is_named() {
    let desk = Desk::new("minimal");
    let evidence = earned(desk.folder.path(), VENUE);
    let mut other = Served::begin(None);
    other.hours(1);
    (0..10).for_each(|_| other.round_trip(2));
    other.hours(100);
    other.round_trip(2);
    other.hours(67);
    let backtest = desk.path("differs");
    other.write(backtest.as_ref(), 4);
    desk.refused(
        &["--served", &evidence[1], "--backtest", &backtest],
        &["PARITY: ", "have no cause, wanted none: `plimsoll parity` shows them"],
    );
}
