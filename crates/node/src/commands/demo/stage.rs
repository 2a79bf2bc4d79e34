//! [`Stage`]: the processes of a demo, their folders, and ways to look at them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::side::Side;

use super::account::{Account, OrderRow};
use super::control;
use super::hub::Hub;
use super::shown::Shown;

/// What the hub of a demo runs with.
const CONFIG: &str = include_str!("lot.toml");

/// More entries than a demo makes.
const ALL: &str = "1000000";

/// Market seconds in a second.
pub(super) const SPEED: i64 = 900;

/// The order whose answer never came.
#[derive(Clone, Debug)]
pub(super) struct Swallowed {
    pub(super) symbol: SymbolId,
    pub(super) client_id: String,
    /// When the venue accepted it, the venue's time.
    pub(super) accepted: TsNanos,
}

/// The processes and their folders.
pub(super) struct Stage {
    folder: PathBuf,
    seed: u64,
    starts: u32,
    hub: Option<Hub>,
    /// What the second step leaves to the third.
    pub(super) swallowed: Option<Swallowed>,
}

impl Stage {
    /// Prepares the folder; nothing runs yet.
    pub(super) fn new(folder: &Path, seed: u64) -> anyhow::Result<Self> {
        let stage = Self { folder: folder.to_owned(), seed, starts: 0, hub: None, swallowed: None };
        fs::write(stage.config(), CONFIG)?;
        Ok(stage)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("lot.toml")
    }

    /// Returns the folder of journal, ledger and store.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Returns the journal's folder.
    pub(super) fn journal(&self) -> PathBuf {
        self.state().join("journal")
    }

    /// Returns the venue's ledger's folder.
    pub(super) fn ledger(&self) -> PathBuf {
        self.state().join("ledger")
    }

    /// Starts a hub; it starts the venue, or finds the one that an earlier hub had started.
    pub(super) fn start_hub(&mut self) -> anyhow::Result<&mut Hub> {
        self.starts += 1;
        let (config, state, seed) = (self.config(), self.state(), self.seed.to_string());
        let (config, state) = (config.display().to_string(), state.display().to_string());
        let speed = SPEED.to_string();
        let args = [
            "run", "--json", "--config", &config, "--state", &state, "--speed", &speed, "--seed",
            &seed,
        ];
        let hub = Hub::start(&self.folder, &format!("hub-{}", self.starts), &args)?;
        Ok(self.hub.insert(hub))
    }

    /// Returns the hub.
    pub(super) fn hub(&mut self) -> anyhow::Result<&mut Hub> {
        self.hub.as_mut().context("no hub runs")
    }

    /// Returns everything that the hub of the last start told.
    pub(super) fn told(&self) -> anyhow::Result<Vec<Value>> {
        let text = fs::read_to_string(self.folder.join(format!("hub-{}.jsonl", self.starts)))?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Kills the hub with -9. The venue lives on.
    pub(super) fn kill_hub(&mut self) -> anyhow::Result<()> {
        self.hub.take().context("no hub runs")?.kill()
    }

    /// Ends all processes; nothing is left to show.
    pub(super) fn end(&mut self) {
        let stopped = self.hub.take().and_then(|hub| hub.stop().ok().flatten());
        // A hub that ends in good order ends its venue too; where none did, the venue is asked. There may be none.
        if stopped != Some(0) {
            let _ = self.control("POST", "/shutdown", None);
        }
    }

    /// Asks the venue's control port.
    pub(super) fn control(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let file = self.state().join("venue.json");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let venue: Value = serde_json::from_str(&text)?;
        let address = venue["control"].as_str().context("the venue has no control port")?;
        control::ask(address, method, path, body)
    }

    /// Returns the venue's process number.
    pub(super) fn venue_pid(&self) -> anyhow::Result<u64> {
        let text = fs::read_to_string(self.state().join("venue.json"))?;
        let venue: Value = serde_json::from_str(&text)?;
        venue["pid"].as_u64().context("the venue's process has no number")
    }

    /// Adds a fault.
    pub(super) fn fault(&self, fault: &Value) -> anyhow::Result<()> {
        self.control("POST", "/faults", Some(fault)).map(drop)
    }

    /// Takes a fault away.
    pub(super) fn heal(&self, name: &str) -> anyhow::Result<()> {
        self.control("DELETE", &format!("/faults/{name}"), None).map(drop)
    }

    /// Pays money into the account.
    pub(super) fn pay_in(&self, asset: &str, amount: &str) -> anyhow::Result<()> {
        let state = self.control("GET", "/state", None)?;
        let account = &state["accounts"][0]["account"];
        let flow = json!({ "account": account, "asset": asset, "amount": amount });
        self.control("POST", "/flow", Some(&flow)).map(drop)
    }

    /// Reads the venue's ledger.
    pub(super) fn account(&self) -> anyhow::Result<Account> {
        Account::read(&self.ledger())
    }

    /// Runs another command of this program; returns its exit code and what it said.
    pub(super) fn plimsoll(&self, args: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
        let said = Command::new(std::env::current_exe()?).args(args).output()?;
        let mut text = String::from_utf8_lossy(&said.stdout).into_owned();
        if text.is_empty() {
            text = String::from_utf8_lossy(&said.stderr).into_owned();
        }
        Ok((said.status.code(), text))
    }

    /// Returns entries of the journal of a kind, oldest first.
    pub(super) fn entries(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let journal = self.journal().display().to_string();
        let args = ["audit", "show", &journal, "--kind", kind, "--limit", ALL, "--json"];
        let (_, said) = self.plimsoll(&args)?;
        serde_json::from_str(&said).with_context(|| format!("audit show said: {said}"))
    }

    /// Returns the last lines of the journal of a kind, as people see them.
    pub(super) fn lines(&self, kind: &str) -> anyhow::Result<Vec<String>> {
        let journal = self.journal().display().to_string();
        let (_, said) =
            self.plimsoll(&["audit", "show", &journal, "--kind", kind, "--limit", ALL])?;
        Ok(said.lines().map(str::to_owned).collect())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end();
    }
}

/// Adds rows of the ledger to what is shown, one line each.
pub(super) fn show_rows(shown: &mut Shown, account: &Account, rows: &[&OrderRow]) {
    for row in rows {
        let order = &row.order;
        let event = serde_json::to_string(&row.event).unwrap_or_default();
        let kind = serde_json::to_string(&order.kind).unwrap_or_default();
        let side = match order.side {
            Side::Buy => "buy",
            Side::Sell => "sell",
        };
        shown.line(
            "ledger",
            format_args!(
                "row {} {} {side} {} {} {kind} {}: {event}",
                row.n,
                row.t,
                order.qty,
                account.name(order.symbol),
                order.client_id.as_str(),
            ),
        );
    }
}
