//! The simulated venue as a process: what it says when it is ready, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Folder, plimsoll};

/// A running venue; ended when the test is over, however it ends.
pub(crate) struct Running {
    child: Child,
    pub(crate) said: Value,
}

impl Running {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        let mut child = command.arg("venue").args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, said }
    }

    fn get(&self, path: &str) -> String {
        self.ask("rest", &format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Posts JSON to the control port.
    fn post(&self, path: &str, body: &str) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.ask("control", &head, body)
    }

    fn ask(&self, port: &str, head: &str, body: &str) -> String {
        let address = self.said[port].as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("{head}host: {address}\r\nconnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_venue_says_where_it_is_answers_and_ends_on_sigterm() {
    let mut venue = Running::start(&["--generate", "--account", "k:s:USDT=5"]);
    let said = &venue.said;
    for (key, start) in [
        ("rest", "http://127.0.0.1:"),
        ("streams", "ws://127.0.0.1:"),
        ("ws_api", "ws://127.0.0.1:"),
        ("control", "http://127.0.0.1:"),
    ] {
        assert!(said[key].as_str().unwrap().starts_with(start), "{key}: {said}");
    }
    assert_eq!((&said["simulated"], &said["speed"]), (&true.into(), &1.into()));
    assert_eq!(said["symbols"].as_array().unwrap().len(), 2);
    let book = venue.get("/api/v3/ticker/bookTicker?symbol=BTCUSDT");
    assert!(
        book.starts_with("HTTP/1.1 200") && book.contains("x-plimsoll-simulated: true"),
        "{book}"
    );
    assert!(!book.contains("\"bidPrice\":\"0.00000000\""), "a market has two sides: {book}");
    assert!(venue.get("/api/v3/account?timestamp=1&signature=a").starts_with("HTTP/1.1 401"));
    let pid = rustix::process::Pid::from_child(&venue.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(venue.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_venue_changes_its_speed_while_it_runs() {
    let venue = Running::start(&["--generate=BTCUSDT", "--speed", "max"]);
    assert!(venue.post("/speed", r#"{"speed":900}"#).contains(r#""speed":900"#));
    let told = |venue: &Running| {
        let answer = venue.ask("control", "GET /time HTTP/1.1\r\n", "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).unwrap()
    };
    let first = told(&venue);
    assert_eq!(first["speed"], 900);
    while told(&venue)["t"] == first["t"] {}
    assert!(venue.post("/speed", r#"{"speed":"max"}"#).starts_with("HTTP/1.1 200"));
    let (still, later) = (told(&venue), told(&venue));
    assert_eq!((&still["t"], &still["speed"]), (&later["t"], &"max".into()));
    for bad in [r#"{"speed":0}"#, r#"{"speed":"fast"}"#, r#"{"speed":1000001}"#] {
        let answer = venue.post("/speed", bad);
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("whole number"), "{answer}");
    }
}

#[test]
fn a_venue_that_goes_on_in_another_market_says_in_which_it_was() {
    let folder = Folder::new();
    let ledger = folder.path().join("ledger").display().to_string();
    let other_market = |market: &str, seed: &str| {
        let args = ["--generate=BTCUSDT", "--trends", market, "--seed", seed, "--ledger", &ledger];
        let mut venue = Running::start(&[&args[..], &["--speed", "max"]].concat());
        venue.post("/shutdown", "");
        assert_eq!(venue.child.wait().unwrap().code(), Some(0));
        venue.said["other_market"].clone()
    };
    assert_eq!(other_market("own", "1"), Value::Null, "the first one");
    assert_eq!(other_market("own", "1"), Value::Null, "the same");
    let before = other_market("lively", "1").to_string();
    assert!(before.contains("with trends of their own") && before.contains("seed 1"), "{before}");
    let before = other_market("lively", "2").to_string();
    assert!(before.contains("short trends") && before.contains("seed 1"), "{before}");
    assert_eq!(other_market("lively", "2"), Value::Null, "it is this one's by now");
}

#[test]
fn accounts_come_from_a_file_too() {
    let folder = Folder::new();
    let file = folder.write("accounts", "# one\nfiled:very-secret:USDT=5 # paper\n\n");
    let venue = Running::start(&["--generate=BTCUSDT", "--accounts-file", &file]);
    let state = venue.ask("control", "GET /state HTTP/1.1\r\n", "");
    assert!(state.contains(r#""account":"filed""#) && !state.contains("very-secret"), "{state}");
    let bad = folder.write("bad", "k:very-secret:USDT=1\nk:very-secret\n");
    let said = plimsoll(&["venue", "--generate", "--accounts-file", &bad]).ended(78);
    let said = said.complains(&["bad:2", "has 2 parts"]);
    assert!(!said.err.contains("very-secret"), "{said:?}");
}

#[test]
fn what_a_venue_cannot_start_with_is_named() {
    for (args, code, words) in [
        (&[][..], 64, "a market is wanted"),
        (&["--generate", "--listen", "0.0.0.0:0"], 64, "--allow-remote"),
        (&["--generate", "--control", "0.0.0.0:0"], 64, "--allow-remote"),
        (&["--generate", "--speed", "0"], 64, "whole number"),
        (&["--generate", "--account", "k:hidden"], 64, "has 2 parts"),
        (&["--data", "nowhere.csv"], 65, "nowhere.csv"),
        (&["--generate", "--faults", "nowhere.toml"], 78, "nowhere.toml"),
    ] {
        let args = [&["venue"], args].concat();
        let said = plimsoll(&args).ended(code).complains(&[words]);
        assert!(said.out.is_empty(), "{said:?}");
    }
    // A secret that was mistyped is not repeated.
    let said = plimsoll(&["venue", "--generate", "--account", "k:very-secret:USDT"]).ended(64);
    assert!(!said.err.contains("very-secret"), "{said:?}");
}
