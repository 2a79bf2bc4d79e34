//! One request of an archive, and what its answer means.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, HeaderMap, RANGE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::part::Part;
use super::{ArchiveConfig, Told};
use crate::archive::FetchError;
use crate::net::tls;

/// A month of one-minute klines is about 2 MB; of one-second klines, about 100 MB.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// A checksum with its name is about 100 bytes.
const SMALL_BYTES_MAX: usize = 4_096;

/// What a server gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The part has all that the server has.
    Whole,
    /// There is no such file.
    Missing,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may go well the next time.
    Passing { why: String, wait: Option<Duration> },
    /// It will not.
    Final { status: u16 },
    /// It is no fault of the server.
    Local(FetchError),
}

/// Returns a client and the address it is for.
pub(super) fn client(config: &ArchiveConfig) -> Result<(Client, Url), FetchError> {
    let refused = |why: String| FetchError::Address { base: config.base.clone(), why };
    let base = Url::parse(&config.base).map_err(|error| refused(error.to_string()))?;
    let host = base.host_str().ok_or_else(|| refused("it names no host".to_owned()))?;
    let loopback = is_loopback(host);
    match base.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err(refused("plain http goes to this machine only, use https".to_owned()));
        }
        other => return Err(refused(format!("its scheme is `{other}`, wanted `https`"))),
    }
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls::config())
        .https_only(!loopback)
        .redirect(Policy::limited(3))
        .retry(reqwest::retry::never())
        .connect_timeout(config.silence_max)
        .read_timeout(config.silence_max)
        .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
    if loopback {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| refused(in_words(&error)))?;
    Ok((client, base))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Asks for a small file; `None` if there is none.
pub(super) async fn small(client: &Client, url: &Url) -> Result<Option<Vec<u8>>, Failure> {
    let mut reply = client.get(url.clone()).send().await.map_err(|error| passing(&error))?;
    match reply.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(of_status(status, reply.headers())),
    }
    let mut text = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| passing(&error))? {
        text.extend_from_slice(&chunk);
        if text.len() > SMALL_BYTES_MAX {
            break;
        }
    }
    Ok(Some(text))
}

/// Asks for what a part lacks, and appends it as it comes.
pub(super) async fn rest_of(
    client: &Client,
    url: &Url,
    part: &mut Part,
    told: &mut dyn FnMut(Told),
) -> Result<Answer, Failure> {
    let mut request = client.get(url.clone());
    if part.len() > 0 {
        request = request.header(RANGE, format!("bytes={}-", part.len()));
    }
    let reply = request.send().await.map_err(|error| passing(&error))?;
    match reply.status() {
        StatusCode::OK => part.restart().map_err(Failure::Local)?,
        StatusCode::PARTIAL_CONTENT if begins_at(reply.headers()) == Some(part.len()) => {}
        StatusCode::PARTIAL_CONTENT => {
            part.restart().map_err(Failure::Local)?;
            let why = "the server gave another part than was asked for".to_owned();
            return Err(Failure::Passing { why, wait: None });
        }
        // Nothing lies beyond what has come.
        StatusCode::RANGE_NOT_SATISFIABLE if part.len() > 0 => return Ok(Answer::Whole),
        StatusCode::NOT_FOUND => return Ok(Answer::Missing),
        status => return Err(of_status(status, reply.headers())),
    }
    append(reply, url, part, told).await?;
    Ok(Answer::Whole)
}

async fn append(
    mut reply: Response,
    url: &Url,
    part: &mut Part,
    told: &mut dyn FnMut(Told),
) -> Result<(), Failure> {
    let of = reply.content_length().map(|rest| part.len() + rest);
    while let Some(chunk) = reply.chunk().await.map_err(|error| passing(&error))? {
        if part.len() + chunk.len() as u64 > FILE_BYTES_MAX {
            part.throw_away().map_err(Failure::Local)?;
            let url = url.to_string();
            return Err(Failure::Local(FetchError::TooLarge { url, max: FILE_BYTES_MAX }));
        }
        part.append(&chunk).map_err(Failure::Local)?;
        told(Told::Here { bytes: part.len(), of });
    }
    Ok(())
}

/// Returns where a part of a file begins: `bytes 100-199/200`.
fn begins_at(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

/// A server that is busy or broken may be well later; one that refuses will refuse again.
fn of_status(status: StatusCode, headers: &HeaderMap) -> Failure {
    let passing = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    if !passing {
        return Failure::Final { status: status.as_u16() };
    }
    let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let why = format!("the server answers {}", status.as_u16());
    Failure::Passing { why, wait: wait.map(Duration::from_secs) }
}

fn passing(error: &reqwest::Error) -> Failure {
    Failure::Passing { why: in_words(error), wait: None }
}

/// Returns an error with its sources, without the address: that is said beside it.
fn in_words(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { String::new() };
    let mut source = error.source();
    while let Some(error) = source {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        source = error.source();
    }
    if text.is_empty() { "the request failed".to_owned() } else { text }
}
