//! A real hub that operators steer while it trades, and one that is told to stop while it is dead.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, Said, plimsoll};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Long enough for several closes of a quarter of an hour, at 900 times real time.
const A_WHILE: Duration = Duration::from_secs(4);

/// Entries are drawn by lot at every close: there is always something to steer.
const LOT: &str = "policy = \"null\"
timeframes = [\"15m\"]
[run]
capital = \"100000\"
symbols = [\"BTCUSDT\", \"ETHUSDT\"]
[entry]
decision_timeframe = \"15m\"
cost_limit_r = 1.0
[exit]
stop_atr = 3.0
time_stop_bars = 8
time_stop_r = 1.0
[risk]
per_trade = \"0.1%\"
[risk.loss_budget]
max = \"15%\"
[risk.drawdown]
daily = \"15%\"
monthly = \"30%\"
peak = \"50%\"
[risk.cooldown]
losses = 100
pause = \"0h\"
[risk.volatility]
max = \"300%\"
[risk.size]
floor = 1.0
[[null.quotas]]
symbol = \"BTCUSDT\"
entries = 1_000_000
closes = 1_000_000
[[null.quotas]]
symbol = \"ETHUSDT\"
entries = 1_000_000
closes = 1_000_000
";

/// A hub on a venue of its own; both are gone when the test is over, however it ends.
struct Steered {
    folder: Folder,
    child: Child,
    events: Receiver<Value>,
}

impl Steered {
    fn start() -> Self {
        let folder = Folder::new();
        folder.write("run.toml", LOT);
        let (child, events) = spawn(&folder);
        Self { folder, child, events }
    }

    /// Starts another hub on what the last one left.
    fn start_again(&mut self) {
        (self.child, self.events) = spawn(&self.folder);
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Waits for an event.
    #[track_caller]
    fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE);
            let event = event.unwrap_or_else(|error| panic!("no {what}: {error}"));
            if wanted(&event) {
                return event;
            }
        }
    }

    /// Waits until a stop rests at the venue for something that was bought behind a place of the journal.
    #[track_caller]
    fn protected_behind(&self, seq: u64) {
        self.wait_for("fill", |event| {
            let filled = event["event"] == "report" && event["what"] == "filled";
            filled && event["more"]["side"] == "buy" && event["seq"].as_u64() > Some(seq)
        });
        self.wait_for("accepted stop", |event| {
            event["event"] == "report" && event["leg"] == "stop" && event["what"] == "accepted"
        });
    }

    /// Runs a command against it.
    fn ask(&self, args: &[&str]) -> Said {
        plimsoll(&[args, &["--state", self.state().to_str().unwrap()]].concat())
    }

    /// Asks for an action as `ada`, and wants it to end with a code.
    #[track_caller]
    fn act(&self, args: &[&str], code: i32) -> Value {
        self.ask(&[args, &["--operator", "ada", "--json"]].concat()).ended(code).json()
    }

    /// Wants that no entry order is commanded behind an action for a while.
    #[track_caller]
    fn enters_nothing_behind(&self, action: &Value) {
        let behind = place(action);
        while let Ok(event) = self.events.recv_timeout(A_WHILE) {
            let enters = event["event"] == "command" && event["leg"] == "main";
            let enters = enters && event["side"] == "buy";
            assert!(!enters || event["seq"].as_u64() < Some(behind), "{event} behind {action}");
            // Quarters of an hour pass on: the events do not end by themselves.
            if event["event"] == "instant" && event["seq"].as_u64() > Some(behind + 40) {
                return;
            }
        }
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        self.kill();
        // A venue outlives a hub that was killed.
        let Ok(text) = fs::read_to_string(self.state().join("venue.json")) else { return };
        let venue: Value = serde_json::from_str(&text).unwrap_or_default();
        let pid = venue["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
}

/// Returns the place of an action's entry in the journal.
#[track_caller]
fn place(action: &Value) -> u64 {
    action["seq"].as_u64().unwrap_or_else(|| panic!("no entry: {action}"))
}

/// Starts a hub and reads its events on.
#[expect(clippy::disallowed_methods, reason = "a pipe that nobody reads stops who writes to it")]
fn spawn(folder: &Folder) -> (Child, Receiver<Value>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["run", "--json", "--speed", "900", "--seed", "5", "--config"])
        .arg(folder.path().join("run.toml"))
        .arg("--state")
        .arg(folder.path().join("state"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, events) = channel();
    thread::spawn(move || {
        // The pipe of a killed process may end in the middle of a line.
        for line in lines.map_while(Result::ok) {
            if let Ok(event) = serde_json::from_str(&line)
                && tell.send(event).is_err()
            {
                return;
            }
        }
    });
    (child, events)
}

#[test]
fn a_trading_hub_does_what_its_operators_say() {
    let mut hub = Steered::start();
    hub.protected_behind(0);
    let status = hub.ask(&["status", "--json"]).ended(0).json();
    assert_eq!((&status["money"], &status["mode"]), (&"simulated".into(), &"running".into()));
    assert!(status["journal"]["seq"].as_u64() > Some(10), "{status}");
    let people = hub.ask(&["status"]).ended(0).out;
    assert!(people.starts_with("SIMULATED: running"), "{people}");
    for list in ["orders", "positions", "incidents"] {
        assert!(hub.ask(&[list, "--json"]).ended(0).json().is_array(), "{list}");
    }
    hub.ask(&["doctor"]).ended(0);

    let paused = hub.act(&["pause"], 0);
    assert_eq!(paused["outcome"], "done");
    hub.enters_nothing_behind(&paused);
    let resumed = hub.act(&["resume"], 0);
    hub.protected_behind(place(&resumed));

    let refused = hub.act(&["safe-mode", "release"], 77);
    assert_eq!(refused["outcome"], "refused", "there is none to release");
    let safe = hub.act(&["safe-mode", "on"], 0);
    assert_eq!(hub.ask(&["status", "--json"]).ended(0).json()["mode"], "SAFE_MODE");
    hub.act(&["maintenance", "on"], 77);
    hub.enters_nothing_behind(&safe);
    let released = hub.act(&["safe-mode", "release"], 0);
    hub.protected_behind(place(&released));

    let killed = hub.act(&["kill"], 0);
    assert!(killed["open"].as_array().is_some_and(Vec::is_empty), "{killed}");
    assert!(killed["resting"].as_array().is_some_and(|stops| !stops.is_empty()), "{killed}");
    hub.enters_nothing_behind(&killed);
    let why = hub.ask(&["status", "--json"]).ended(0).json()["why"].to_string();
    assert!(why.contains("kill switch"), "{why}");
    hub.act(&["release-kill", "--cancel"], 77);

    let flat = hub.act(&["flatten"], 0);
    assert!(flat["open"].as_array().is_some_and(Vec::is_empty), "{flat}");
    let held = hub.ask(&["positions", "--json"]).ended(0).json();
    let rests = held.as_array().unwrap().iter().all(|position| position["dust"] == position["qty"]);
    assert!(rests, "{held}");
    hub.act(&["stop"], 0);
    assert_eq!(hub.child.wait().unwrap().code(), Some(0), "it was told to stop");
    hub.ask(&["status"]).ended(69);

    let journal = hub.state().join("journal").display().to_string();
    plimsoll(&["audit", "verify", &journal]).ended(0);
    let told = plimsoll(&["audit", "show", &journal, "--kind", "Operator"]).ended(0).out;
    for action in ["Pause", "Resume", "SafeMode", "Release", "Kill", "Flatten", "Stop"] {
        let wanted = format!(": {action}");
        let under = told.lines().find(|line| line.ends_with(&wanted));
        assert!(under.is_some_and(|line| line.contains(" ada")), "{action}: {told}");
    }
}

#[test]
fn a_kill_of_a_dead_hub_is_adopted_by_the_next_start() {
    let mut hub = Steered::start();
    hub.protected_behind(0);
    hub.kill();
    let left = hub.act(&["kill"], 69);
    assert_eq!(left["outcome"], "no_hub");
    hub.start_again();
    let adopted = hub.wait_for("adopted kill", |event| {
        event["event"] == "operator" && event["action"] == "kill"
    });
    assert!(adopted["name"].as_str().is_some_and(|name| name.starts_with("ada")), "{adopted}");
    hub.wait_for("running", |event| event["event"] == "mode" && event["mode"] == "running");
    hub.enters_nothing_behind(&adopted);
    let aside = hub.state().with_file_name("state.emergency.adopted-1");
    assert!(aside.exists() && !hub.state().with_file_name("state.emergency").exists());
    hub.act(&["stop"], 0);
    assert_eq!(hub.child.wait().unwrap().code(), Some(0));
}
