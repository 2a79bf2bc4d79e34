//! [`Scene`]: a venue and runs before it, each a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::super::parts::now;
use super::SYMBOLS;
use super::wire::{self, Stamps};
use crate::commands::demo::control;

/// A run that has not told what it should by then is stuck.
const PATIENCE: Duration = Duration::from_secs(180);
/// The account at the venue: it lives as long as the folder.
const KEY: &str = "bench";
const SECRET: &str = "bench-of-a-simulated-venue";

/// A venue whose every byte is seen; ended when dropped.
pub(super) struct Scene {
    folder: PathBuf,
    venue: Child,
    /// Where runs find it: on the way through the wire.
    rest: String,
    streams: String,
    ws_api: String,
    control: String,
    /// Where it is.
    own_control: String,
    pub(super) stamps: Stamps,
}

impl Scene {
    /// Starts a venue in a new folder: at a speed, with so many quotes of a symbol in a minute of market time.
    pub(super) fn start(
        folder: &Path,
        runtime: &tokio::runtime::Runtime,
        speed: &str,
        quotes: u32,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let accounts = folder.join("accounts");
        fs::write(&accounts, format!("{KEY}:{SECRET}:USDT=10000\n"))?;
        let symbols = crate::run::DEFAULT_SYMBOLS;
        debug_assert_eq!(symbols.len(), SYMBOLS);
        let quotes = quotes.to_string();
        let mut venue = Command::new(std::env::current_exe()?)
            .arg("venue")
            .arg(format!("--generate={}", symbols.join(",")))
            .args(["--seed", "1", "--trends", "own", "--speed", speed])
            .args(["--trades-per-minute", "4", "--beats-per-minute", &quotes])
            .arg("--accounts-file")
            .arg(&accounts)
            .arg("--ledger")
            .arg(folder.join("ledger"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(venue.stdout.take().context("it is piped")?).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("the venue did not start")?;
        let address = |name: &str| {
            let url = told[name].as_str().unwrap_or_default();
            url.split("://")
                .nth(1)
                .unwrap_or_default()
                .split('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let stamps = Stamps::default();
        let wire = wire::between(runtime, &address("rest"), &stamps)?;
        let control = wire::between(runtime, &address("control"), &stamps)?;
        Ok(Self {
            folder: folder.to_owned(),
            venue,
            rest: format!("http://{wire}"),
            streams: format!("ws://{wire}"),
            ws_api: format!("ws://{wire}/ws-api/v3"),
            control: format!("http://{control}"),
            own_control: address("control"),
            stamps,
        })
    }

    /// Starts a run on a state folder of its own name.
    pub(super) fn run(&self, state: &str, speed: &str) -> anyhow::Result<Run> {
        self.run_with(state, speed, None)
    }

    /// The same with an engine of its own.
    pub(super) fn run_with(
        &self,
        state: &str,
        speed: &str,
        engine: Option<&str>,
    ) -> anyhow::Result<Run> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["run", "--json", "--speed", speed])
            .arg("--state")
            .arg(self.folder.join(state))
            .args(["--venue", &self.rest, "--streams", &self.streams, "--ws-api", &self.ws_api])
            .args(["--venue-control", &self.control])
            .env("PLIMSOLL_KEY", KEY)
            .env("PLIMSOLL_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(engine) = engine {
            let path = self.folder.join("rules.toml");
            let symbols = crate::run::DEFAULT_SYMBOLS;
            fs::write(&path, format!("{engine}\n[run]\nsymbols = {symbols:?}\n"))?;
            command.arg("--config").arg(path);
        }
        let mut child = command.spawn()?;
        let events = read(child.stdout.take().context("it is piped")?)?;
        Ok(Run { child, events })
    }

    /// Has the venue tell its streams as often as they are documented.
    pub(super) fn tell_everything(&self, speed: u32) -> anyhow::Result<()> {
        let body = json!({ "speed": speed, "tell_every": 0 });
        control::ask(&self.own_control, "POST", "/speed", Some(&body)).map(drop)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.venue.kill();
        let _ = self.venue.wait();
    }
}

/// A running `plimsoll run`; killed when dropped.
pub(super) struct Run {
    child: Child,
    events: mpsc::Receiver<Value>,
}

/// Reads what a run tells, from a thread: a run whose lines nobody reads would wait.
#[expect(clippy::disallowed_methods, reason = "a pipe is read while something else is waited for")]
fn read(told: ChildStdout) -> anyhow::Result<mpsc::Receiver<Value>> {
    let (events, heard) = mpsc::channel();
    let read = move || {
        let lines = BufReader::new(told).lines().map_while(Result::ok);
        for event in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
            if events.send(event).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("told".to_owned()).spawn(read)?;
    Ok(heard)
}

impl Run {
    /// Waits for something that it tells.
    pub(super) fn hear(
        &self,
        what: &str,
        wanted: impl FnMut(&Value) -> bool,
    ) -> anyhow::Result<()> {
        self.hear_within(PATIENCE, what, wanted)
    }

    /// The same with a patience of its own.
    pub(super) fn hear_within(
        &self,
        patience: Duration,
        what: &str,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> anyhow::Result<()> {
        let began = now();
        while began.elapsed() < patience {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) if wanted(&event) => return Ok(()),
                Ok(_) => {}
                Err(error) => bail!("the run said nothing more before {what}: {error}"),
            }
        }
        bail!("no {what} within {patience:?}")
    }

    /// Waits until it trades.
    pub(super) fn hear_running(&self) -> anyhow::Result<()> {
        self.hear("mode `running`", |event| event["event"] == "mode" && event["mode"] == "running")
    }

    /// Reads what it tells for so long, or a little longer; returns how many instants were decided on.
    pub(super) fn listen_for(&self, length: Duration) -> anyhow::Result<usize> {
        let began = now();
        let mut instants = 0;
        while began.elapsed() < length {
            let left = length.saturating_sub(began.elapsed());
            match self.events.recv_timeout(left) {
                Ok(event) => instants += usize::from(event["event"] == "instant"),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the run ended while watched"),
            }
        }
        Ok(instants)
    }

    /// Returns the processor time it has used so far.
    pub(super) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in brackets may hold anything; fields 14 and 15 are ticks of its own and of the kernel for it.
        let fields: Vec<&str> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok());
        let both = ticks(11).zip(ticks(12)).context("/proc/PID/stat has no times")?;
        #[expect(clippy::cast_precision_loss, reason = "a hundred or so")]
        let a_second = rustix::param::clock_ticks_per_second() as f64;
        Ok((both.0 + both.1) / a_second)
    }

    /// Returns the most memory it has held, MiB.
    pub(super) fn peak_memory(&self) -> anyhow::Result<f64> {
        crate::machine::peak_memory_of(self.child.id()).context("/proc/PID/status has no peak")
    }

    /// Kills it with -9 and waits for its end.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
