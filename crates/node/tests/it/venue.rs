//! The simulated venue as a process: what it says when it is ready, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::plimsoll;

/// A running venue; ended when the test is over, however it ends.
struct Running {
    child: Child,
    said: Value,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        let mut child = command.arg("venue").args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, said }
    }

    fn get(&self, path: &str) -> String {
        let rest = self.said["rest"].as_str().unwrap();
        let address = rest.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
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
