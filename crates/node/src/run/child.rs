//! [`VenueChild`]: the simulated venue that a run starts, finds again after a crash of its own, and stops.
//!
//! It is a process of its own, in a process group of its own: what kills the run leaves it standing, as a real exchange
//! stays when a trader's machine is gone. The next run on the same folder finds it by `venue.json`, or starts it on its ledger.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adapters::Credentials;
use anyhow::{Context as _, anyhow};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use types::ids::Symbol;

use super::port::Port;
use super::speed::Speed;
use super::state::{StateDir, write_private};
use crate::exit::{Failure, Kind as _};

/// A venue that was asked to end is gone within this, or killed.
const GOODBYE: Duration = Duration::from_secs(10);
/// How often it is looked whether it is gone.
const LOOK: Duration = Duration::from_millis(20);

/// Where a venue is reached; what `venue.json` says, and what the venue's ready line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reached {
    pub(crate) rest: String,
    pub(crate) streams: String,
    pub(crate) ws_api: String,
    /// The simulated venue's own port; a real venue has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) control: Option<String>,
    /// Its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<u32>,
    /// Which other market its ledger was kept over, in words; said by a venue that starts.
    #[serde(default, skip_serializing)]
    pub(crate) other_market: Option<String>,
}

/// The market that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) seed: u64,
    pub(crate) speed: Speed,
    /// What the account holds at its first start, as the venue's command line writes it.
    pub(crate) balances: String,
}

/// The venue of this run.
#[derive(Debug)]
pub(crate) struct VenueChild {
    pub(crate) reached: Reached,
    /// `None` where it was found running.
    process: Option<Child>,
}

/// An account's key and secret. Never shown.
struct Account {
    key: String,
    secret: String,
}

impl VenueChild {
    /// Returns the venue that still runs from an earlier start, or starts one.
    ///
    /// # Errors
    /// If it does not start; what it said is in the error.
    pub(crate) async fn find_or_start(state: &StateDir, wanted: &Wanted) -> Result<Self, Failure> {
        let account = account(state, wanted)?;
        let before = fs::read_to_string(state.venue()).ok();
        let before = before.and_then(|text| serde_json::from_str::<Reached>(&text).ok());
        if let Some(reached) = &before
            && let Some(control) = &reached.control
            && let Ok(mut port) = Port::new(control)
            // Another venue may have the address by now.
            && port.has_account(&account.key).await.unwrap_or(false)
        {
            return Ok(Self { reached: reached.clone(), process: None });
        }
        Self::start(state, wanted, before.as_ref())
    }

    /// Starts the venue on its ledger, on the addresses it had before if there are such.
    pub(crate) fn start(
        state: &StateDir,
        wanted: &Wanted,
        before: Option<&Reached>,
    ) -> Result<Self, Failure> {
        account(state, wanted)?;
        let mut process = spawn(state, wanted, before)?;
        let mut line = String::new();
        let out = process.stdout.take().context("its output is piped")?;
        BufReader::new(out).read_line(&mut line)?;
        let Ok(mut reached) = serde_json::from_str::<Reached>(&line) else {
            let ended = process.wait()?;
            if before.is_some() {
                // Somebody else may have taken the addresses.
                return Self::start(state, wanted, None);
            }
            let said = fs::read_to_string(state.venue_log()).unwrap_or_default();
            let said = said.lines().last().unwrap_or("nothing").to_owned();
            return Err(anyhow!("the venue did not start ({ended}), its last words: {said}").into());
        };
        reached.pid = Some(process.id());
        write_private(&state.venue(), &serde_json::to_string_pretty(&reached)?)?;
        Ok(Self { reached, process: Some(process) })
    }

    /// Returns whether this process started it; it found it otherwise.
    pub(crate) const fn is_ours(&self) -> bool {
        self.process.is_some()
    }

    /// Returns whether its process is known to have ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(Some(_))))
    }

    /// Ends it in good order: its ledger is closed. What does not end is killed, which its ledger survives.
    pub(crate) async fn stop(mut self, state: &StateDir) -> anyhow::Result<()> {
        let control =
            self.reached.control.as_deref().context("a venue of ours has a control port")?;
        let mut port = Port::new(control)?;
        let asked = port.shut_down().await;
        let patience = tokio::time::timeout(GOODBYE, async {
            while !self.has_ended() && (self.process.is_some() || port.time().await.is_ok()) {
                tokio::time::sleep(LOOK).await;
            }
        });
        if patience.await.is_err() {
            self.kill(state).await?;
        }
        let _ = fs::remove_file(state.venue());
        asked
    }

    /// Kills it, which its ledger survives: one that hangs holds its ledger and its addresses.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) async fn kill(&mut self, state: &StateDir) -> io::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
            return Ok(());
        }
        let Some(pid) = process_of(&self.reached, state) else { return Ok(()) };
        kill_process(pid, Signal::KILL)?;
        let gone = tokio::time::timeout(GOODBYE, async {
            while has_open_files(pid) {
                tokio::time::sleep(LOOK).await;
            }
        });
        gone.await.map_err(|_| io::ErrorKind::TimedOut.into())
    }
}

/// Kills the venue of a state folder without a wait, for a run that ends at once; its ledger survives that.
pub(crate) fn kill_at_once(state: &StateDir) {
    let reached = fs::read_to_string(state.venue()).ok();
    let reached = reached.and_then(|text| serde_json::from_str::<Reached>(&text).ok());
    if let Some(pid) = reached.and_then(|reached| process_of(&reached, state)) {
        // It may be gone by itself.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Returns the process of a venue that was found running; the number may be another process's by now.
fn process_of(reached: &Reached, state: &StateDir) -> Option<Pid> {
    let pid = reached.pid.and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
    pid.filter(|pid| runs_on(*pid, &state.ledger()))
}

/// Returns whether a process is the venue of a ledger, by its command line (`proc_pid_cmdline(5)`).
fn runs_on(pid: Pid, ledger: &Path) -> bool {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let mut words = line.split(|byte| *byte == 0);
    words.any(|word| word == b"venue") && words.any(|word| word == ledger.as_os_str().as_bytes())
}

/// Returns whether a process still holds files and sockets; one that was killed and not yet waited for does not.
fn has_open_files(pid: Pid) -> bool {
    let open = fs::read_dir(format!("/proc/{}/fd", pid.as_raw_nonzero()));
    open.is_ok_and(|mut open| open.next().is_some())
}

/// Returns what signs at the venue of a state folder.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn credentials(state: &StateDir, wanted: &Wanted) -> Result<Credentials, Failure> {
    let Account { key, secret } = account(state, wanted)?;
    Credentials::hmac(key.into(), secret.into()).config()
}

/// Returns the account of a state folder; draws one at the first start.
fn account(state: &StateDir, wanted: &Wanted) -> Result<Account, Failure> {
    let file = state.accounts();
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (key, secret) = (draw()?, draw()?);
            let text = format!("{key}:{secret}:{}\n", wanted.balances);
            write_private(&file, &text)?;
            text
        }
        Err(error) => return Err(error).with_context(|| file.display().to_string()).config(),
    };
    let mut parts = text.trim().split(':').map(str::to_owned);
    let both = parts.next().zip(parts.next());
    let (key, secret) =
        both.with_context(|| format!("{} is no account: remove it", file.display())).config()?;
    Ok(Account { key, secret })
}

/// Returns 192 bits of chance as text.
fn draw() -> anyhow::Result<String> {
    let mut bits = [0; 24];
    getrandom::fill(&mut bits).context("drawing a key for the venue")?;
    // A leading hyphen is fine in a file, and nowhere else is it written.
    Ok(Base64UrlUnpadded::encode_string(&bits))
}

fn spawn(state: &StateDir, wanted: &Wanted, before: Option<&Reached>) -> Result<Child, Failure> {
    let own = std::env::current_exe().context("finding this program")?;
    let log = state.venue_log();
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .with_context(|| log.display().to_string())?;
    let symbols: Vec<&str> = wanted.symbols.iter().map(Symbol::as_str).collect();
    let address = |url: Option<&String>| {
        let address = url.and_then(|url| url.strip_prefix("http://"));
        address.unwrap_or("127.0.0.1:0").to_owned()
    };
    let mut command = Command::new(own);
    command
        .arg("venue")
        .arg(format!("--generate={}", symbols.join(",")))
        .args(["--seed", &wanted.seed.to_string()])
        .args(["--trends", "lively"])
        .args(["--trades-per-minute", TRADES_PER_MINUTE, "--beats-per-minute", BEATS_PER_MINUTE])
        .args(["--listen", &address(before.map(|before| &before.rest))])
        .args(["--control", &address(before.and_then(|before| before.control.as_ref()))])
        .arg("--ledger")
        .arg(state.ledger())
        .arg("--accounts-file")
        .arg(state.accounts());
    match wanted.speed {
        Speed::Times(n) => command.args(["--speed", &n.to_string()]),
        Speed::Max => command.args(["--speed", "max"]),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).process_group(0);
    let started = command.spawn().context("starting the simulated venue");
    Ok(started?)
}

/// A quiet crowd: thirty days pass in seconds, and there is a quote at least every quarter of a minute.
const TRADES_PER_MINUTE: &str = "4";
/// As above.
const BEATS_PER_MINUTE: &str = "4";

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[tokio::test]
    async fn a_venue_that_hangs_is_killed_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(&folder.path().join("state"), false).unwrap();
        let found = |pid| VenueChild {
            reached: Reached {
                rest: String::new(),
                streams: String::new(),
                ws_api: String::new(),
                control: None,
                pid: Some(pid),
                other_market: None,
            },
            process: None,
        };
        // The number of a venue that is gone is this process's by now.
        found(std::process::id()).kill(&state).await.unwrap();
        let mut hangs = Command::new("sh")
            .args(["-c", "read line; :", "venue"])
            .arg(state.ledger())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        while !runs_on(Pid::from_child(&hangs), &state.ledger()) {
            tokio::task::yield_now().await;
        }
        found(hangs.id()).kill(&state).await.unwrap();
        assert_eq!(hangs.wait().unwrap().signal(), Some(9));
    }
}
