//! [`routes`]: every path of the REST API, and the documented answer to every other.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::Response;

use super::connection::Cut;
use super::read::{self, Sent};
use crate::venue::api::{ApiError, Asked, Done, Endpoint, Method, TimeUnit, perform};
use crate::venue::core::{Shared, Ticket};
use crate::venue::faults::{Api, Faults, Outcome, RequestFault, Site};

/// The longest body that is read, in bytes: all parameters of the largest request fit many times over.
const BODY_MAX: usize = 64 * 1024;
/// What everything under an unknown path gets, as the exchange's front does.
const NOT_FOUND: &str = "<html><body><h2>404 Not found</h2></body></html>";

/// What the REST side needs.
#[derive(Clone)]
pub(crate) struct Rest {
    /// The venue.
    pub(crate) shared: Shared,
    /// What goes wrong on purpose.
    pub(crate) faults: Faults,
}

/// Returns the router of all paths that no other router has.
pub(crate) fn routes(rest: Rest) -> Router {
    Router::new().fallback(handle).with_state(rest)
}

/// Answers a request.
async fn handle(
    State(rest): State<Rest>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let method = match parts.method {
        HttpMethod::GET => Some(Method::Get),
        HttpMethod::POST => Some(Method::Post),
        HttpMethod::PUT => Some(Method::Put),
        HttpMethod::DELETE => Some(Method::Delete),
        _ => None,
    };
    let Some(endpoint) = method.and_then(|method| Endpoint::find(method, path)) else {
        return nowhere(path);
    };
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return html(StatusCode::PAYLOAD_TOO_LARGE, "");
    };
    // A request for data has no body (`rest-api.md`), whatever a client sends along.
    let body = if method == Some(Method::Get) { String::new() } else { utf8(&body) };
    let read = read::read(parts.uri.query().unwrap_or_default(), &body);
    let unit = time_unit(&parts.headers);
    match read.and_then(|sent| Ok((sent, unit?))) {
        Err(error) => refuse(&error),
        Ok((sent, unit)) => answer(&rest, endpoint, &sent, &parts.headers, peer, unit).await,
    }
}

/// Asks the faults, then the venue, then the ledger.
async fn answer(
    rest: &Rest,
    endpoint: Endpoint,
    sent: &Sent,
    headers: &HeaderMap,
    peer: SocketAddr,
    unit: TimeUnit,
) -> Response {
    let clock = rest.shared.clock();
    let key = headers.get("x-mbx-apikey").and_then(|key| key.to_str().ok());
    let symbol = sent.params.pairs().iter().find(|(name, _)| name == "symbol");
    let site = Site {
        api: Api::Rest,
        endpoint: endpoint.name(),
        symbol: symbol.map(|(_, symbol)| symbol.as_str()),
        account: key,
    };
    let asked_at = clock.now();
    // Whether there is maintenance can be asked during maintenance.
    let RequestFault { delay, outcome, balances } = if endpoint == Endpoint::SystemStatus {
        RequestFault::default()
    } else {
        rest.faults.request(asked_at, &site)
    };
    let asked = Asked {
        endpoint,
        params: &sent.params,
        payload: &sent.payload,
        key,
        session: None,
        address: peer.ip(),
        unit,
        moment: clock.server_now(),
        wrong_balances: &balances,
        maintenance: rest.faults.in_maintenance(asked_at),
    };
    let response = match outcome {
        Outcome::Pass => carry_out(&rest.shared, &asked).await,
        Outcome::Answer { status, code, msg, retry_after, executed } => {
            if executed {
                carry_out(&rest.shared, &asked).await;
            }
            let error = ApiError::new(status, code, msg);
            refuse(&ApiError { retry_after_seconds: retry_after, ..error })
        }
        Outcome::LoseReply => {
            carry_out(&rest.shared, &asked).await;
            Cut::response()
        }
        Outcome::RejectAndLose => Cut::response(),
    };
    if !delay.is_zero() {
        let nanos = i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX);
        clock.sleep_until(asked_at.plus(nanos)).await;
    }
    response
}

/// Does what is asked; what concerns an account is told when it is on disk.
async fn carry_out(shared: &Shared, asked: &Asked<'_>) -> Response {
    shared.room().await;
    let (done, ticket): (Done, Ticket) = shared.act(|core| perform(core, asked));
    if done.caller.is_some() && ticket.durable().await.is_err() {
        return refuse(&ApiError::disconnected());
    }
    let mut response = match &done.result {
        Ok(body) => json(StatusCode::OK, body.clone()),
        Err(error) => refuse(error),
    };
    let headers = response.headers_mut();
    let weight = HeaderValue::from(done.used.weight);
    headers.insert("x-mbx-used-weight", weight.clone());
    headers.insert(window_header("x-mbx-used-weight", &done.weight_window), weight);
    for usage in done.orders.iter().flatten() {
        let name = window_header("x-mbx-order-count", &usage.limit.interval.header());
        headers.insert(name, HeaderValue::from(usage.count));
    }
    response
}

fn window_header(kind: &str, window: &str) -> HeaderName {
    let name = format!("{kind}-{}", window.to_ascii_lowercase());
    HeaderName::from_bytes(name.as_bytes()).expect("letters, digits and dashes are a header's name")
}

/// Reads `X-MBX-TIME-UNIT`.
fn time_unit(headers: &HeaderMap) -> Result<TimeUnit, ApiError> {
    match headers.get("x-mbx-time-unit") {
        None => Ok(TimeUnit::default()),
        Some(word) => TimeUnit::named(word.to_str().unwrap_or_default()),
    }
}

/// Bytes that are no text become signs that no parameter may hold.
fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn nowhere(path: &str) -> Response {
    let methods = Endpoint::methods(path);
    if methods.is_empty() {
        return html(StatusCode::NOT_FOUND, NOT_FOUND);
    }
    let names: Vec<&str> = methods.into_iter().map(Method::name).collect();
    let mut response = html(StatusCode::METHOD_NOT_ALLOWED, "");
    let allowed = HeaderValue::from_str(&names.join(", ")).expect("methods are plain words");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn refuse(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, error.body());
    if let Some(seconds) = error.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn json(status: StatusCode, body: String) -> Response {
    told(status, "application/json;charset=UTF-8", body)
}

fn html(status: StatusCode, body: &str) -> Response {
    told(status, "text/html", body.to_owned())
}

fn told(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Nobody shall take this for the exchange who does not want to.
    headers.insert("x-plimsoll-simulated", HeaderValue::from_static("true"));
    response
}
