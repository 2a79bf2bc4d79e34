//! [`ask`]: a request to the control port of a venue on this machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks and returns the answer.
///
/// One request a connection, JSON both ways: a library for HTTP is not worth it for that.
pub(in crate::commands) fn ask(
    address: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let shown = || format!("{method} {address}{path}");
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).with_context(shown)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).with_context(shown)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(shown)?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(shown)?;
    if !head.starts_with("HTTP/1.1 200") {
        bail!("{}: {} {body}", shown(), head.lines().next().unwrap_or_default());
    }
    serde_json::from_str(body).with_context(shown)
}
