//! [`Venue`]: `plimsoll venue` as a process, its control port, its ledger.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::record::{Order, Record};
use super::{KEY, SECRET, loopback};
use crate::support::Folder;

/// What a venue is started with.
pub(crate) struct VenueWanted<'a> {
    /// `--generate=...` and `--seed ...`, or `--data ...`.
    pub(crate) market: &'a [&'a str],
    /// Market seconds in a second, or `max`.
    pub(crate) speed: &'a str,
    /// What the account begins with.
    pub(crate) balances: &'a str,
    /// Faults, in TOML.
    pub(crate) faults: &'a str,
}

/// A running venue; ended when the test is over, however it ends.
pub(crate) struct Venue {
    child: Child,
    said: Value,
    folder: Folder,
    record: Record,
}

impl Venue {
    pub(crate) fn start(wanted: &VenueWanted<'_>) -> Self {
        let folder = Folder::new();
        let faults = folder.write("faults.toml", wanted.faults);
        let account = format!("{KEY}:{SECRET}:{}", wanted.balances);
        let ledger = folder.path().join("ledger");
        let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .arg("venue")
            .args(wanted.market)
            // A quiet crowd: at 900 x a lively one takes a core.
            .args(["--trades-per-minute", "4", "--beats-per-minute", "4"])
            .args(["--speed", wanted.speed, "--account", &account, "--faults", &faults])
            .arg("--ledger")
            .arg(&ledger)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, said, folder, record: Record::new(ledger) }
    }

    /// Returns one of its addresses: `rest`, `streams`, `ws_api`, `control`.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    /// Returns where its ledger is.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    /// Reads what the ledger holds by now.
    pub(crate) fn record(&mut self) -> &Record {
        self.record.read_on();
        &self.record
    }

    /// Asks its control port.
    #[track_caller]
    pub(crate) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = (!body.is_null()).then_some(body);
        loopback::ask(self.address("control"), method, path, body).unwrap()
    }

    /// Lets somebody trade with an order of the account that rests; `false` where it does not rest any more.
    pub(crate) fn trade(&self, order: &Order, qty: i64) -> bool {
        let qty = format!("{}.{:08}", qty / 100_000_000, qty % 100_000_000);
        let Order { symbol, client_id, .. } = order;
        let wanted = json!({ "account": KEY, "symbol": symbol, "order": client_id, "qty": qty });
        loopback::ask(self.address("control"), "POST", "/trade", Some(&wanted)).is_ok()
    }

    /// Adds a fault.
    #[track_caller]
    pub(crate) fn fault(&self, fault: &Value) {
        self.control("POST", "/faults", fault);
    }

    /// Returns the market's time, milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.control("GET", "/time", &Value::Null)["t"].as_i64().unwrap()
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
