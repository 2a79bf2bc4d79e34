//! The socket with a scripted runtime behind it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use types::entry::PermitKind;

use super::words::{ANSWER_BYTES_MAX, REQUEST_BYTES_MAX, Said};
use super::*;

/// A server whose runtime answers by a script; the socket is gone once it is dropped.
pub(crate) struct Scripted {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    stop: watch::Sender<bool>,
}

impl Scripted {
    /// Serves; `script` answers each request.
    pub(crate) fn new(script: impl Fn(ControlRequest) + Send + 'static) -> Self {
        Self::with(script, true)
    }

    /// Serves; a runtime that `reads` nothing hears of what stops something all the same.
    fn with(script: impl Fn(ControlRequest) + Send + 'static, reads: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (others, mut asked) = mpsc::channel(4);
        let (first, mut stops) = Desks::first();
        let (stop, stopping) = watch::channel(false);
        let server = {
            let _inside = runtime.enter();
            Server::bind(folder.path()).unwrap()
        };
        runtime.spawn(server.run(Desks { first, others }, stopping));
        runtime.spawn(async move {
            loop {
                let request = tokio::select! {
                    Some(request) = stops.recv() => request,
                    Some(request) = asked.recv(), if reads => request,
                    else => break,
                };
                script(request);
            }
            drop(asked);
        });
        Self { folder, runtime, stop }
    }

    pub(crate) fn state(&self) -> &Path {
        self.folder.path()
    }

    /// Sends bytes as they are and returns what the last line answers.
    fn raw(&self, bytes: &[u8]) -> Value {
        let mut stream = UnixStream::connect(socket(self.state())).unwrap();
        // A server that has refused already does not read on.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let last = text.lines().last().unwrap_or_else(|| panic!("no answer to {bytes:?}"));
        serde_json::from_str(last).unwrap()
    }
}

const WAIT: Duration = Duration::from_secs(30);

fn echo(request: ControlRequest) {
    let told = json!({ "name": request.name, "who": request.who, "command": request.command });
    request.reply.finish(Answer::Told(told));
}

fn quiet(_: &str) {}

#[test]
fn a_request_reaches_the_runtime_under_a_name_and_its_answer_comes_back() {
    let server = Scripted::new(echo);
    for (operator, starts) in [(Some("ada"), "ada"), (None, "")] {
        let request = Request::new(Command::Flatten, operator.map(str::to_owned));
        let answer = ask(server.state(), &request, WAIT, quiet).unwrap();
        let Answer::Told(told) = answer else { panic!("{answer:?}") };
        assert_eq!(told["command"], "flatten");
        let name = told["name"].as_str().unwrap();
        let who = told["who"].as_str().unwrap();
        assert!(who.starts_with(starts) && name.starts_with(who) && !who.is_empty(), "{told}");
    }
}

#[test]
fn progress_comes_before_the_answer_and_in_order() {
    let server = Scripted::new(|request| {
        request.reply.progress("one");
        request.reply.progress("two");
        request.reply.finish(Answer::Done(Confirmed { seq: Some(7), ..Confirmed::default() }));
    });
    let mut heard = Vec::new();
    let request = Request::new(Command::Kill, None);
    let answer = ask(server.state(), &request, WAIT, |text| heard.push(text.to_owned())).unwrap();
    assert_eq!(heard, ["one", "two"]);
    assert_eq!(answer, Answer::Done(Confirmed { seq: Some(7), ..Confirmed::default() }));
}

#[test]
fn progress_nobody_reads_blocks_nobody() {
    let server = Scripted::new(|request| {
        for n in 0..100_000 {
            request.reply.progress(n.to_string());
        }
        request.reply.finish(Answer::Told(json!("whole")));
    });
    let answer = ask(server.state(), &Request::new(Command::Status, None), WAIT, quiet).unwrap();
    assert_eq!(answer, Answer::Told(json!("whole")));
}

#[test]
fn the_socket_is_its_owners_alone_and_leaves_with_its_server() {
    let server = Scripted::new(echo);
    let path = socket(server.state());
    let file = fs::symlink_metadata(&path).unwrap();
    assert!(file.file_type().is_socket());
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let left: Vec<_> = fs::read_dir(server.state()).unwrap().collect();
    assert_eq!(left.len(), 1, "no other name is left: {left:?}");

    // A successor takes the place; the end of the first does not remove it.
    let successor = {
        let _inside = server.runtime.enter();
        Server::bind(server.state()).unwrap()
    };
    server.stop.send_replace(true);
    server.runtime.block_on(server.stop.closed());
    assert!(path.exists(), "it is the successor's");
    let ((others, _), (first, _)) = (mpsc::channel(1), Desks::first());
    let (stop, stopping) = watch::channel(true);
    server.runtime.block_on(successor.run(Desks { first, others }, stopping));
    assert!(!path.exists());
    drop(stop);
}

/// A hub that reads no request: as many as can wait do, and what stops something is heard at once.
#[test]
fn what_stops_something_waits_behind_no_other_request() {
    let server = Scripted::with(|request| request.reply.finish(Answer::Told(json!(1))), false);
    let asks: Vec<_> = (0..60)
        .map(|_| {
            let mut stream = UnixStream::connect(socket(server.state())).unwrap();
            stream.write_all(b"{\"v\":1,\"command\":\"resume\"}\n").unwrap();
            stream
        })
        .collect();
    for command in [Command::Kill, Command::Flatten, Command::Pause, Command::SafeModeOn] {
        assert!(command.stops());
        // Less than the five seconds for which a request waits for its place.
        let patience = Duration::from_secs(3);
        let answer = ask(server.state(), &Request::new(command, None), patience, quiet);
        assert_eq!(answer.unwrap(), Answer::Told(json!(1)));
    }
    drop(asks);
}

#[test]
fn what_cannot_be_read_is_answered_and_reaches_nobody() {
    let server = Scripted::new(|request| panic!("{request:?} got through"));
    let long = vec![b'x'; REQUEST_BYTES_MAX + 1];
    let deep = [&b"{\"v\":1,\"command\":"[..], &[b'['; 4_000], b"\n"].concat();
    let cases: &[(&[u8], &str)] = &[
        (b"\n", "wanted a line of JSON"),
        (b"", "wanted a newline"),
        (b"status", "wanted a newline"),
        (b"status\n", "wanted a line of JSON"),
        (b"GET / HTTP/1.1\r\n", "wanted a line of JSON"),
        (b"\xff\xfe\x00\n", "wanted a line of JSON"),
        (b"{\"command\":\"status\"}\n", "missing field `v`"),
        (b"{\"v\":2,\"command\":\"status\"}\n", "of version 2, this hub speaks 1"),
        (b"{\"v\":1}\n", "missing field `command`"),
        (b"{\"v\":1,\"command\":\"buy\"}\n", "unknown variant `buy`"),
        (b"{\"v\":1,\"command\":\"status\",\"more\":1}\n", "unknown field `more`"),
        (b"{\"v\":1,\"command\":{\"wind_down\":{\"by\":1e400}}}\n", "out of range"),
        (b"{\"v\":1,\"command\":\"kill\",\"operator\":\"\"}\n", "an operator's name"),
        (b"{\"v\":1,\"command\":\"kill\",\"operator\":\"a\\nb\"}\n", "an operator's name"),
        (b"{\"v\":1,\"command\":\"kill\",\"operator\":\" a\"}\n", "an operator's name"),
        (&long, "longer than"),
        (&deep, "EOF while parsing a list"),
    ];
    for (bytes, part) in cases {
        let line = server.raw(bytes);
        let message = line["answer"]["failed"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{part}: {line}");
    }
}

#[test]
fn a_hub_that_drops_a_request_or_is_not_there_is_said_to() {
    let server = Scripted::new(drop);
    let request = Request::new(Command::Kill, None);
    let answer = ask(server.state(), &request, WAIT, quiet).unwrap();
    let Answer::Failed { message } = answer else { panic!("{answer:?}") };
    assert!(message.contains("ended before it said"), "{message}");

    let nobody = tempfile::tempdir().unwrap();
    let none = ask(nobody.path(), &request, WAIT, quiet);
    assert!(matches!(none, Err(AskError::NoHub { .. })), "{none:?}");
    // A process that was killed leaves its socket behind.
    drop(std::os::unix::net::UnixListener::bind(socket(nobody.path())).unwrap());
    let dead = ask(nobody.path(), &request, WAIT, quiet);
    assert!(matches!(dead, Err(AskError::NoHub { .. })), "{dead:?}");
    fs::remove_file(socket(nobody.path())).unwrap();
    fs::write(socket(nobody.path()), "x").unwrap();
    let file = ask(nobody.path(), &request, WAIT, quiet);
    assert!(matches!(file, Err(AskError::Unusable { .. })), "{file:?}");
}

#[test]
fn a_silent_or_garbling_hub_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::os::unix::net::UnixListener::bind(socket(folder.path())).unwrap();
    let request = Request::new(Command::Status, None);
    let soon = Duration::from_millis(20);
    let silent = ask(folder.path(), &request, soon, quiet);
    assert!(matches!(silent, Err(AskError::Silent { .. })), "{silent:?}");
    drop(listener.accept().unwrap());

    let lines: [(&[u8], &str); 4] = [
        (b"{\"v\":1,\"progress\":", "ended in the middle"),
        (b"nonsense\n", "expected"),
        (b"{\"v\":3,\"progress\":\"x\"}\n", "of version 3"),
        (&vec![b' '; ANSWER_BYTES_MAX + 9], "longer than"),
    ];
    for (bytes, part) in lines {
        let state = folder.path().to_owned();
        let request = request.clone();
        let client = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let asking = client.spawn_blocking(move || ask(&state, &request, WAIT, quiet));
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(bytes);
        drop(stream);
        let error = client.block_on(asking).unwrap().unwrap_err();
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[test]
fn an_answer_that_is_too_long_says_so() {
    let server = Scripted::new(|request| {
        request.reply.finish(Answer::Told(json!("x".repeat(ANSWER_BYTES_MAX))));
    });
    let answer = ask(server.state(), &Request::new(Command::Orders, None), WAIT, quiet).unwrap();
    let Answer::Failed { message } = answer else { panic!("not refused") };
    assert!(message.contains("more than"), "{message}");
}

#[test]
fn a_code_is_in_no_debug_output() {
    let brought = Brought { code: Some("123456".to_owned()), typed: Some("900".to_owned()) };
    let (kind, step) = (PermitKind::ReleaseKill, GrantStep::Ask);
    let grant = Grant { kind, step, brought: brought.clone() };
    for command in [Command::Permit(grant), Command::ConfigReload(brought)] {
        let shown = format!("{command:?}");
        assert!(!shown.contains("123456") && shown.contains("900"), "{shown}");
    }
}

#[test]
fn every_command_and_answer_reads_back_as_it_was_written() {
    let grant = |step| {
        let brought = Brought { code: None, typed: Some("900".to_owned()) };
        Command::Permit(Grant { kind: PermitKind::RaiseLimits, step, brought })
    };
    let commands = [
        Command::Status,
        Command::SafeModeRelease,
        Command::WindDown { by: types::market::TsNanos::from_nanos(5) },
        grant(GrantStep::Ask),
        grant(GrantStep::Confirm),
        grant(GrantStep::Cancel),
        Command::Permits,
        Command::ConfigReload(Brought::default()),
    ];
    for command in commands {
        let request = Request::new(command, Some("ada".to_owned()));
        let bytes = serde_json::to_vec(&request).unwrap();
        assert_eq!(Request::parse(&bytes), Ok(request));
    }
    let order = OrderLine { symbol: "BTCUSDT".to_owned(), ..OrderLine::default() };
    let closed = ClosedLine { fills: 2, ..ClosedLine::default() };
    let confirmed = Confirmed {
        seq: Some(1),
        cancelled: vec![order.clone()],
        resting: vec![order],
        closed: vec![closed],
        open: vec!["x".to_owned()],
        ..Confirmed::default()
    };
    for answer in [
        Answer::Done(confirmed.clone()),
        Answer::Unconfirmed(confirmed),
        Answer::Refused { code: "LATCHED".to_owned(), message: "no".to_owned() },
    ] {
        let bytes = lines::encode(Said::Answer(answer.clone()));
        let line: words::Line = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(line.said, Said::Answer(answer));
    }
}
