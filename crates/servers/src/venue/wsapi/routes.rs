//! Where the WebSocket API is found: `/ws-api/v3`.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::connection::{ApiState, Opening, serve};
use crate::venue::api::{ApiError, TimeUnit};

/// "Connecting to WebSocket API costs 2 weight."
const CONNECT_WEIGHT: u32 = 2;

/// Returns the route of the WebSocket API.
pub fn routes(state: ApiState) -> Router {
    Router::new().route("/ws-api/v3", any(open)).with_state(state)
}

async fn open(
    upgrade: WebSocketUpgrade,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Response {
    let address = peer.ip();
    let (weighed, _) = state.shared.act(|core| {
        let now = core.now();
        core.addresses.weigh(address, CONNECT_WEIGHT, now)
    });
    match weighed.and_then(|()| opening(address, query.as_deref())) {
        Err(error) => refused(&error),
        Ok(opening) => {
            let max = state.limits.request_bytes_max;
            let upgrade = upgrade.max_message_size(max).max_frame_size(max);
            upgrade.on_upgrade(move |socket| serve(socket, state, opening))
        }
    }
}

fn refused(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, error.body()).into_response()
}

/// Reads the parameters of an address.
fn opening(address: IpAddr, query: Option<&str>) -> Result<Opening, ApiError> {
    let mut opening = Opening { address, unit: TimeUnit::default(), rate_limits: true };
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match (&*name, &*value) {
            ("timeUnit", unit) => opening.unit = TimeUnit::named(unit)?,
            ("returnRateLimits", "true") => opening.rate_limits = true,
            ("returnRateLimits", "false") => opening.rate_limits = false,
            ("returnRateLimits", _) => {
                return Err(ApiError::illegal_characters("returnRateLimits", "^(true|false)$"));
            }
            _ => {}
        }
    }
    Ok(opening)
}
