//! `plimsoll run` in real processes: it trades a venue of its own, stops in good order, goes on where it was, and waits for nobody
//! who does not read what it tells.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, PipeWriter, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::judges;
use crate::processes::{Hub, LOT};
use crate::support::{Folder, plimsoll};

/// What a run does in a second or two is waited for so long on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// The venue that a run starts outlives it; this one does not outlive the test, whatever the run has come to.
struct OwnVenue<'a>(&'a Path);

impl Drop for OwnVenue<'_> {
    fn drop(&mut self) {
        let named = fs::read_to_string(self.0.join("venue.json")).unwrap_or_default();
        let named: Value = serde_json::from_str(&named).unwrap_or_default();
        let named = named["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
        // One that was about to start is not written there yet.
        let ledger = self.0.join("ledger").display().to_string();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let started = processes.filter_map(|process| {
            let line = fs::read_to_string(process.path().join("cmdline")).ok()?;
            let is_it = line.split('\0').any(|word| word == ledger);
            process.file_name().to_str()?.parse().ok().filter(|_| is_it)
        });
        for pid in named.into_iter().chain(started).filter_map(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn command(state: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["run", "--json", "--state"]).arg(state).args(more).stdout(Stdio::piped());
    command
}

/// Starts a run whose events are read.
fn start(state: &Path, more: &[&str]) -> Hub {
    Hub::run(&mut command(state, more))
}

/// Two symbols: at 900x, where nothing waits for us, that leaves a busy machine room for other tests.
fn few(folder: &Folder) -> String {
    folder.write("few.toml", "[run]\ncapital = \"1000\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\n")
}

fn is(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == name
}

fn runs(event: &Value) -> bool {
    event["event"] == "mode" && event["mode"] == "running"
}

#[track_caller]
fn stop(mut run: Hub) {
    assert_eq!(run.stop(), Some(0), "stopped in good order");
}

fn entries(state: &Path) -> u64 {
    let journal = state.join("journal").display().to_string();
    let verified = plimsoll(&["audit", "verify", &journal, "--json"]).ended(0).json();
    verified["entries"].as_u64().unwrap_or_else(|| panic!("{verified}"))
}

#[test]
fn a_run_stops_in_good_order_and_goes_on_where_it_was() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let mut run = start(&state, &["--seed", "3"]);
    let ready = run.wait_for(PATIENCE, is("ready"));
    assert_eq!(ready["simulated"], true, "{ready}");
    run.wait_for(PATIENCE, runs);
    let instant = run.wait_for(PATIENCE, is("instant"));
    // At the first start the account is looked at when it is known what is traded.
    let failed = run.told.iter().find(|told| told.event["event"] == "gate_failed");
    assert!(failed.is_none(), "{failed:?}");

    // One process at a time, and no secret where others can read it.
    let shown = state.display().to_string();
    plimsoll(&["run", "--state", &shown]).ended(78).complains(&["another plimsoll", "--take-over"]);
    let venue = ready["venue"]["pid"].as_u64().unwrap();
    let accounts = fs::read_to_string(state.join("venue.accounts")).unwrap();
    let secret = accounts.split(':').nth(1).unwrap();
    let arguments = fs::read_to_string(format!("/proc/{venue}/cmdline"));
    assert!(
        arguments.is_ok_and(|arguments| !arguments.contains(secret)),
        "a secret on a command line"
    );

    // Ctrl-C at a terminal.
    run.signal(Signal::INT);
    let (code, said) = run.last_words(PATIENCE);
    assert_eq!(code, Some(0), "{said}");
    assert!(!state.join("venue.json").exists(), "the venue is gone");
    let first = entries(&state);
    let ledger = state.join("ledger").display().to_string();
    plimsoll(&["venue", "ledger", &ledger]).ended(0);

    let mut run = start(&state, &[]);
    run.wait_for(PATIENCE, runs);
    let later = run.wait_for(PATIENCE, is("instant"));
    assert!(later["at"].as_i64() > instant["at"].as_i64(), "{instant} {later}");
    // Asked over the socket it ends as it does by a signal.
    plimsoll(&["stop", "--state", &shown]).ended(0);
    run.wait_for(PATIENCE, is("stopping"));
    let (code, said) = run.last_words(PATIENCE);
    assert_eq!(code, Some(0), "{said}");
    assert!(entries(&state) > first);
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_on_a_folder_of_another_market_says_so() {
    let folder = Folder::new();
    let (state, config) = (folder.path().join("state"), few(&folder));
    let _venue = OwnVenue(&state);
    for (seed, other) in [("1", None), ("2", Some("seed 1")), ("2", None)] {
        let mut run = start(&state, &["--config", &config, "--seed", seed]);
        run.wait_for(PATIENCE, is("ready"));
        let told = run.told.iter().find(|told| told.event["event"] == "other_market");
        let before = told.map(|told| told.event["before"].to_string());
        assert_eq!(before.is_some(), other.is_some(), "{before:?}");
        assert!(other.is_none_or(|other| before.unwrap().contains(other)));
        stop(run);
    }
}

#[test]
fn a_second_signal_ends_a_run_at_once_and_its_venue_with_it() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let mut run = start(&state, &[]);
    let ready = run.wait_for(PATIENCE, is("ready"));
    run.wait_for(PATIENCE, is("instant"));
    run.signal(Signal::TERM);
    run.signal(Signal::INT);
    let (code, said) = run.last_words(PATIENCE);
    assert_eq!(code, Some(130), "{said}");
    let pid = ready["venue"]["pid"].as_u64().unwrap();
    // A process that is gone, or waits to be waited for, has no command line.
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(line.is_empty(), "the venue runs on: {}", String::from_utf8_lossy(&line));

    // Both records survive it.
    let mut run = start(&state, &[]);
    run.wait_for(PATIENCE, runs);
    stop(run);
    entries(&state);
}

#[test]
fn a_venue_outlives_a_killed_run_and_is_found_again() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let mut run = start(&state, &[]);
    let ready = run.wait_for(PATIENCE, is("ready"));
    run.wait_for(PATIENCE, is("instant"));
    run.kill();
    let mut run = start(&state, &[]);
    let again = run.wait_for(PATIENCE, is("ready"));
    assert_eq!(ready["venue"], again["venue"], "the same process");
    run.wait_for(PATIENCE, runs);
    stop(run);
    entries(&state);
}

/// Stopped in the middle of a write, the first one would be ended: that is told elsewhere.
#[cfg(target_os = "linux")]
#[test]
fn a_successor_keeps_the_venue_that_it_took_over() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let (shown, few) = (state.display().to_string(), few(&folder));
    let mut first = start(&state, &["--speed", "900", "--config", &few]);
    let ready = first.wait_for(PATIENCE, is("ready"));
    first.wait_for(PATIENCE, is("instant"));

    // A start that fails ends no turn, and no venue that it only found.
    let config = folder.write(
        "lacks.toml",
        "[run]\nlimits = \"lacks.limits.toml\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\n",
    );
    plimsoll(&["run", "--take-over", "--state", &shown, "--config", &config])
        .ended(78)
        .complains(&["lacks.limits.toml"]);
    first.wait_for(PATIENCE, is("instant"));
    first.wait_for(PATIENCE, is("instant"));
    first.stop_while(false, &state.join("journal/lock"));

    let mut second = start(&state, &["--take-over", "--speed", "900", "--config", &few]);
    let again = second.wait_for(PATIENCE, is("ready"));
    assert_eq!(ready["venue"], again["venue"], "the same process");
    second.wait_for(PATIENCE, runs);
    first.signal(Signal::CONT);
    let (code, said) = first.last_words(PATIENCE);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("another process has taken over"), "{said}");
    assert!(state.join("venue.json").exists(), "the successor's venue is left alone");
    let instant = second.wait_for(PATIENCE, is("instant"));
    second.wait_for(PATIENCE, |event| {
        event["event"] == "instant" && event["at"].as_i64() > instant["at"].as_i64()
    });
    assert!(second.told.iter().all(|told| told.event["event"] != "holder_ended"));
    stop(second);
    assert!(!state.join("venue.json").exists(), "the venue is gone with the last one");
    entries(&state);
}

/// Fills a pipe to its brim.
fn fill(pipe: &PipeWriter) {
    let flags = fcntl_getfl(pipe.as_fd()).unwrap();
    fcntl_setfl(pipe.as_fd(), flags | OFlags::NONBLOCK).unwrap();
    for piece in [4096, 1] {
        while (&*pipe).write(&vec![b'\n'; piece]).is_ok() {}
    }
    fcntl_setfl(pipe.as_fd(), flags).unwrap();
}

/// Waits until a run that is not heard has gone on by so many entries on disk; fails if it does not.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a process is given time in real time")]
fn goes_on(run: &mut Hub, state: &Path) {
    let until = Instant::now() + PATIENCE;
    let shown = state.display().to_string();
    let now = || {
        let said = plimsoll(&["status", "--state", &shown, "--json"]);
        let told: Value = serde_json::from_str(&said.out).unwrap_or_default();
        (told["mode"] == "running").then(|| told["now"].to_string())
    };
    let mut seen = Vec::new();
    while seen.len() < 3 {
        if Instant::now() > until {
            run.fail(&format!("it stands still: {seen:?}"));
        }
        let now = now();
        if now.is_some() && seen.last() != now.as_ref() {
            seen.extend(now);
        }
    }
}

#[test]
fn a_run_that_nobody_reads_trades_on_and_so_does_one_whose_reader_leaves() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let (reader, writer) = std::io::pipe().unwrap();
    // Not even its first line finds room.
    fill(&writer);
    let few = few(&folder);
    let mut run = Hub::run(command(&state, &["--speed", "900", "--config", &few]).stdout(writer));
    goes_on(&mut run, &state);

    // Who begins to read late has missed nothing yet: the lines have waited.
    let mut lines = BufReader::new(File::from(std::os::fd::OwnedFd::from(reader))).lines();
    let mut heard = lines.by_ref().map_while(Result::ok).filter(|line| !line.is_empty());
    let first: Value = serde_json::from_str(&heard.next().unwrap()).unwrap();
    assert_eq!(first["event"], "ready", "{first}");
    assert!(heard.any(|line| line.contains("\"instant\"")));

    // A reader that leaves ends nothing; it is said once where errors go.
    drop(lines);
    goes_on(&mut run, &state);
    run.signal(Signal::TERM);
    let (code, said) = run.last_words(PATIENCE);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("nobody reads standard output").count(), 1, "{said}");
    assert!(entries(&state) > 0);
}

#[test]
fn a_paced_market_stands_still_where_an_order_trades_until_its_stop_rests() {
    let folder = Folder::new();
    let symbols = "\"BTCUSDT\", \"ETHUSDT\", \"SOLUSDT\", \"XRPUSDT\", \"ADAUSDT\", \"LTCUSDT\"";
    let config = format!("[run]\ncapital = \"10000\"\nsymbols = [{symbols}]\n");
    let config = folder.write("six.toml", config);
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let mut run = start(&state, &["--config", &config, "--speed", "max"]);
    for _ in 0..4 {
        run.wait_for(10 * PATIENCE, |event| {
            let filled = event["event"] == "report" && event["what"] == "filled";
            filled && event["leg"] == "main" && event["more"]["side"] == "buy"
        });
    }
    stop(run);
    let [journal, ledger] = ["journal", "ledger"].map(|it| state.join(it).display().to_string());
    let judged = plimsoll(&["audit", "check", &journal, "--ledger", &ledger, "--json"]);
    let judged = judged.ended(0).json();
    let rules = judged["rules"].as_array().expect("a list of rules");
    let protected = rules.iter().find(|rule| rule["rule"] == "protected").expect("a rule");
    assert_eq!(protected["verdict"], "pass", "{protected}");
    // By the venue's own clock no time passes at all.
    assert_eq!(protected["evidence"]["longest_unprotected_ms"], 0, "{protected}");
    let test = "a_paced_market_stands_still_where_an_order_trades_until_its_stop_rests";
    judges::agree(test, &state.join("journal"), &state.join("ledger"));
}

#[test]
#[cfg(debug_assertions)]
fn the_market_runs_at_full_speed_then_900x_until_a_trade_has_closed_then_60x() {
    let folder = Folder::new();
    let config = folder.write("lot.toml", LOT);
    let state = folder.path().join("state");
    let _venue = OwnVenue(&state);
    let mut run = start(&state, &["--config", &config, "--first-hours", "6"]);
    let phase = |run: &mut Hub, name: &str, speed: Value| {
        let told = run.wait_for(3 * PATIENCE, is("phase"));
        assert_eq!((&told["phase"], &told["speed"]), (&name.into(), &speed), "{told}");
        told["t"].as_i64().unwrap()
    };
    phase(&mut run, "month", "max".into());
    let first = run.told.iter().find_map(|told| told.event["t"].as_i64()).unwrap();
    let followed = phase(&mut run, "follow", 900.into());
    assert!((6..7).contains(&((followed - first) / 3_600_000)), "{first} {followed}");
    phase(&mut run, "steady", 60.into());
    let trades = run.told.iter().filter(|told| told.event["event"] == "trade");
    let whole = trades.filter(|trade| trade.event["opened"].as_i64() >= Some(followed)).count();
    assert_eq!(whole, 1, "one trade that opened and closed at 900x");
    run.wait_for(PATIENCE, is("instant"));
    stop(run);
    // Where it was is told by the journal.
    let mut run = start(&state, &["--config", &config, "--first-hours", "6"]);
    phase(&mut run, "steady", 60.into());
    stop(run);
    entries(&state);
}

#[test]
fn a_share_is_no_capital_at_a_simulated_venue() {
    let folder = Folder::new();
    let config = folder.write("share.toml", "[run]\ncapital = \"50%\"\nsymbols = [\"BTCUSDT\"]\n");
    let state = folder.path().join("state").display().to_string();
    plimsoll(&["run", "--state", &state, "--config", &config])
        .ended(78)
        .complains(&["run.capital is 50%", "wanted an amount"]);
}
