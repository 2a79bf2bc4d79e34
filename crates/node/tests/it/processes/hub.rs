//! [`Hub`]: `plimsoll run` as a process, attached to a venue, and the events it tells.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::{KEY, SECRET, Venue};

/// What a hub is started with.
pub(crate) struct HubWanted<'a> {
    pub(crate) state: &'a Path,
    pub(crate) config: &'a str,
    /// Further flags.
    pub(crate) flags: &'a [&'a str],
}

impl<'a> HubWanted<'a> {
    /// Returns a hub without further wishes.
    pub(crate) fn new(state: &'a Path, config: &'a str) -> Self {
        Self { state, config, flags: &[] }
    }
}

/// Something a hub told, and when this process read it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) at: Instant,
    pub(crate) event: Value,
}

/// A running hub; killed when the test is over, however it ends.
pub(crate) struct Hub {
    child: Child,
    pub(crate) started: Instant,
    events: Receiver<Told>,
    /// All that was read so far, oldest first.
    pub(crate) told: Vec<Told>,
    /// What it wrote to standard error.
    errors: Option<thread::JoinHandle<String>>,
}

#[expect(clippy::disallowed_methods, reason = "processes are timed in real time")]
fn now() -> Instant {
    Instant::now()
}

impl Hub {
    /// Starts a hub at a venue that is there already.
    pub(crate) fn start(venue: &Venue, wanted: &HubWanted<'_>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(["run", "--json", "--config", wanted.config])
            .arg("--state")
            .arg(wanted.state)
            .args(["--venue", venue.address("rest"), "--streams", venue.address("streams")])
            .args([
                "--ws-api",
                venue.address("ws_api"),
                "--venue-control",
                venue.address("control"),
            ])
            .args(wanted.flags)
            .env("PLIMSOLL_KEY", KEY)
            .env("PLIMSOLL_SECRET", SECRET)
            .stdout(Stdio::piped());
        Self::run(&mut command)
    }

    /// Starts a hub at the venue of its configuration; `input` is typed.
    pub(crate) fn start_outside(wanted: &HubWanted<'_>, input: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(["run", "--json", "--config", wanted.config])
            .arg("--state")
            .arg(wanted.state)
            .args(wanted.flags)
            .env("PLIMSOLL_KEY", KEY)
            .env("PLIMSOLL_SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut hub = Self::run(&mut command);
        // One that reads nothing may have ended by now.
        let _ = hub.child.stdin.take().unwrap().write_all(input.as_bytes());
        hub
    }

    /// Starts a hub of a command line of the test's own; what it tells is read where standard output is piped.
    #[expect(
        clippy::disallowed_methods,
        reason = "a pipe that nobody reads stops who writes to it"
    )]
    pub(crate) fn run(command: &mut Command) -> Self {
        let started = now();
        let mut child = command.stderr(Stdio::piped()).process_group(0).spawn().unwrap();
        let (out, err) = (child.stdout.take(), child.stderr.take().unwrap());
        let (tell, events) = channel();
        thread::spawn(move || {
            let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
            // The pipe of a killed process may end in the middle of a line.
            for line in lines.map_while(Result::ok) {
                let Ok(event) = serde_json::from_str(&line) else { continue };
                if tell.send(Told { at: now(), event }).is_err() {
                    return;
                }
            }
        });
        let errors = thread::spawn(move || {
            let lines: Vec<String> = BufReader::new(err).lines().map_while(Result::ok).collect();
            lines.join("\n")
        });
        Self { child, started, events, told: Vec::new(), errors: Some(errors) }
    }

    /// Waits for an event that is wanted; `None` if it did not come within the time.
    pub(crate) fn hear(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<Told> {
        let until = now() + patience;
        loop {
            let left = until.saturating_duration_since(now());
            match self.events.recv_timeout(left) {
                Ok(told) => {
                    self.told.push(told.clone());
                    if wanted(&told.event) {
                        return Some(told);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Waits for an event of a kind, and fails with all that was told if it does not come.
    #[track_caller]
    pub(crate) fn wait_for(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        match self.hear(patience, wanted) {
            Some(told) => told.event,
            None => self.fail("the event that was waited for did not come"),
        }
    }

    /// Lets it work for a while.
    pub(crate) fn let_work(&mut self, time: Duration) {
        let until = now() + time;
        while self.hear(until.saturating_duration_since(now()), |_| false).is_some() {}
        // The channel ends with the process; the time is waited for all the same.
        thread::park_timeout(until.saturating_duration_since(now()));
    }

    /// Ends the test with what it said.
    #[track_caller]
    pub(crate) fn fail(&mut self, why: &str) -> ! {
        self.kill();
        let last: Vec<String> =
            self.told.iter().rev().take(40).rev().map(|told| told.event.to_string()).collect();
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        panic!("{why}; it told last:\n{}\nand on standard error:\n{errors}", last.join("\n"));
    }

    /// Returns whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has ended by itself; whether it did within the time.
    pub(crate) fn ended_within(&mut self, patience: Duration) -> bool {
        let until = now() + patience;
        while self.runs() && now() < until {
            self.let_work(Duration::from_millis(2));
        }
        // What it told last.
        self.hear(Duration::from_millis(100), |_| false);
        !self.runs()
    }

    /// Returns what it said on standard error until it ended, and its exit code.
    #[track_caller]
    pub(crate) fn last_words(&mut self, patience: Duration) -> (Option<i32>, String) {
        if !self.ended_within(patience) {
            self.fail("it has not ended");
        }
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        (self.child.wait().unwrap().code(), errors)
    }

    /// Returns the number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it with -9.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        self.child.wait().unwrap();
    }

    /// Asks it to end in good order and returns its exit code.
    #[track_caller]
    #[expect(clippy::print_stderr, reason = "a test that fails on the code shows what was told")]
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        // Twice the time that an orderly end may take.
        if !self.ended_within(Duration::from_secs(40)) {
            self.fail("it was asked to end and goes on");
        }
        let code = self.child.wait().unwrap().code();
        if code != Some(0) {
            let last: Vec<String> =
                self.told.iter().rev().take(10).rev().map(|told| told.event.to_string()).collect();
            eprintln!("it ended with {code:?} and told last:\n{}", last.join("\n"));
        }
        code
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.kill();
    }
}
