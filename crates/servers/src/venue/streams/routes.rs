//! Where market streams are found: `/ws`, `/ws/<stream>/<stream>`, `/stream?streams=<stream>/<stream>`.

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::connection::{Opening, STREAMS_MAX, StreamsState, serve};
use super::name::{Stream, UnknownStream};
use crate::venue::api::{ApiError, TimeUnit};

/// Why a connection is not opened.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum NotOpened {
    #[error("{0}")]
    Stream(#[from] UnknownStream),
    #[error("{0} streams in the address, at most {STREAMS_MAX}")]
    TooMany(usize),
    #[error("{}", .0.msg)]
    TimeUnit(ApiError),
}

impl IntoResponse for NotOpened {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

/// Returns the routes of market streams.
pub fn routes(state: StreamsState) -> Router {
    Router::new()
        .route("/ws", any(raw_alone))
        .route("/ws/", any(raw_alone))
        .route("/ws/{*streams}", any(raw))
        .route("/stream", any(combined))
        .with_state(state)
}

async fn raw_alone(
    upgrade: WebSocketUpgrade,
    State(state): State<StreamsState>,
    RawQuery(query): RawQuery,
) -> Response {
    open(upgrade, state, opening("", false, query.as_deref()))
}

async fn raw(
    upgrade: WebSocketUpgrade,
    State(state): State<StreamsState>,
    Path(streams): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    open(upgrade, state, opening(&streams, false, query.as_deref()))
}

async fn combined(
    upgrade: WebSocketUpgrade,
    State(state): State<StreamsState>,
    RawQuery(query): RawQuery,
) -> Response {
    open(upgrade, state, opening("", true, query.as_deref()))
}

/// Reads an address. `path` holds the streams of a raw one; those of a combined one are in the query.
fn opening(path: &str, combined: bool, query: Option<&str>) -> Result<Opening, NotOpened> {
    let (mut names, mut unit) = (path.to_owned(), TimeUnit::default());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            // A `+` of `@+08:00` that was not percent-encoded has been read as a space.
            "streams" if combined => names = value.replace(' ', "+"),
            "timeUnit" => {
                unit = TimeUnit::named(&value).map_err(NotOpened::TimeUnit)?;
            }
            _ => {}
        }
    }
    let names: Vec<&str> = names.split('/').filter(|name| !name.is_empty()).collect();
    if names.len() > STREAMS_MAX {
        return Err(NotOpened::TooMany(names.len()));
    }
    let streams = names.into_iter().map(str::parse::<Stream>).collect::<Result<_, _>>()?;
    Ok(Opening { streams, combined, unit })
}

fn open(
    upgrade: WebSocketUpgrade,
    state: StreamsState,
    opening: Result<Opening, NotOpened>,
) -> Response {
    match opening {
        Err(error) => error.into_response(),
        Ok(opening) => {
            let max = state.limits.request_bytes_max;
            let upgrade = upgrade.max_message_size(max).max_frame_size(max);
            upgrade.on_upgrade(|socket| serve(socket, state, opening))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, combined: bool, query: &str) -> (Vec<String>, TimeUnit) {
        let opening = opening(path, combined, Some(query)).unwrap();
        (opening.streams.iter().map(Stream::to_string).collect(), opening.unit)
    }

    #[test]
    fn addresses_are_read() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (millis, micros) = (TimeUnit::Milli, TimeUnit::Micro);
        assert_eq!(read("", false, ""), (own(&[]), millis));
        assert_eq!(read("btcusdt@trade", false, ""), (own(&["btcusdt@trade"]), millis));
        let two = own(&["btcusdt@trade", "!ticker@arr"]);
        assert_eq!(read("btcusdt@trade/!ticker@arr", false, ""), (two, millis));
        let query = "streams=btcusdt@trade&timeUnit=MICROSECOND";
        assert_eq!(read("", true, query), (own(&["btcusdt@trade"]), micros));
        let query = "streams=btcusdt%40kline_1d%40%2B08:00/btcusdt@kline_1d@+08:00";
        let twice = own(&["btcusdt@kline_1d@+08:00", "btcusdt@kline_1d@+08:00"]);
        assert_eq!(read("", true, query), (twice, millis));
    }

    #[test]
    fn addresses_that_name_nothing_are_refused() {
        let refused = |path: &str, query: &str| {
            opening(path, path.is_empty(), Some(query)).unwrap_err().to_string()
        };
        assert_eq!(refused("BTCUSDT@trade", ""), "invalid stream `BTCUSDT@trade`");
        assert_eq!(refused("", "streams=a@trade/b"), "invalid stream `b`");
        let unit = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.";
        assert_eq!(refused("a@trade", "timeUnit=DAY"), unit);
        let many = vec!["a@trade"; 1025].join("/");
        assert_eq!(refused(&many, ""), "1025 streams in the address, at most 1024");
    }
}
