//! Replies into answers, and into what is known when there is none.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use types::limits::{LimitKind, Throttle, Used};

use super::map::{is_unsure, rejection};
use super::wire::{ErrorAnswer, read, sample};
use super::words;
use crate::error::{DecodeError, Throttled, VenueError};
use crate::net::{Reply, SendError};
use crate::outcome::{NotSent, Outcome, UnknownOutcome};

/// What a reply that is no answer means.
pub(super) enum No {
    /// Nothing changed: the venue said no.
    Rejected(crate::outcome::Rejection),
    /// Nothing changed: the venue wants fewer requests.
    Throttled(Throttled),
    /// Something may have changed.
    Unsure {
        /// HTTP status.
        status: u16,
        /// The venue's code, if it sent one.
        code: Option<i64>,
        /// Its words.
        message: String,
    },
}

/// Says what a reply with another status than 200 means (documentation: *HTTP return codes*, *Errors*).
///
/// A 5xx is documented as unknown. So is everything that does not come with an error in the venue's
/// own form, except for the statuses that say that the request was stopped at the door: 403, 418, 429.
pub(super) fn no(reply: &Reply) -> No {
    let error = read::<ErrorAnswer<'_>>("error", &reply.body);
    let (code, message) = match &error {
        Ok(error) => (Some(error.code), error.msg.chars().take(300).collect()),
        Err(_) => (None, sample(&reply.body)),
    };
    match (reply.status, error) {
        (418 | 429, _) => No::Throttled(throttled(reply, code)),
        (400..=499, Ok(error)) if !is_unsure(error.code) => No::Rejected(rejection(&error)),
        (403, Err(_)) => No::Rejected(crate::outcome::Rejection {
            code: 0,
            message: "stopped by the venue's firewall (HTTP 403)".to_owned(),
            kind: crate::outcome::RejectKind::Other,
        }),
        (status, _) => No::Unsure { status, code, message },
    }
}

/// Reads how long to stay away. A 418 bars the address, whatever is asked.
fn throttled(reply: &Reply, code: Option<i64>) -> Throttled {
    let seconds =
        reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let kind = match (reply.status, code) {
        (418, _) => None,
        (_, Some(-1015)) => Some(LimitKind::Orders),
        _ => Some(LimitKind::Weight),
    };
    let retry_after_nanos =
        seconds.map(|seconds: u32| i64::from(seconds).saturating_mul(1_000_000_000));
    Throttled(Throttle { kind, retry_after_nanos })
}

/// Reads the venue's counts from the headers of a reply: `X-MBX-USED-WEIGHT-1M`, `X-MBX-ORDER-COUNT-10S`.
pub(super) fn counts(headers: &HeaderMap) -> Vec<Used> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str();
            let (kind, interval) = if let Some(rest) = name.strip_prefix("x-mbx-used-weight-") {
                (LimitKind::Weight, rest)
            } else if let Some(rest) = name.strip_prefix("x-mbx-order-count-") {
                (LimitKind::Orders, rest)
            } else {
                return None;
            };
            let letter = match interval.chars().last()? {
                's' => "SECOND",
                'm' => "MINUTE",
                'h' => "HOUR",
                'd' => "DAY",
                _ => return None,
            };
            let number = interval[..interval.len() - 1].parse().ok()?;
            let interval_nanos = words::interval_nanos(letter, number).ok()?;
            Some(Used { kind, interval_nanos, count: value.to_str().ok()?.parse().ok()? })
        })
        .collect()
}

/// Reads the answer to a question.
pub(super) fn answer<T>(
    host: &str,
    reply: Result<Reply, SendError>,
    read: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Result<T, VenueError> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(SendError::NoConnection(why)) => {
            return Err(NotSent::NoConnection { host: host.to_owned(), why }.into());
        }
        Err(error @ (SendError::TimedOut(_) | SendError::Lost(_))) => {
            return Err(VenueError::Unanswered(format!("{host}: {error}")));
        }
    };
    if reply.status == 200 {
        return Ok(read(&reply.body)?);
    }
    Err(match no(&reply) {
        No::Rejected(rejection) => rejection.into(),
        No::Throttled(throttled) => throttled.into(),
        No::Unsure { status, code, message } => {
            VenueError::Unanswered(format!("{host}: status {status}, code {code:?}: {message}"))
        }
    })
}

/// Reads the outcome of something that may have changed the venue's state.
pub(super) fn outcome<T>(
    host: &str,
    reply: Result<Reply, SendError>,
    read: impl FnOnce(&[u8]) -> Result<T, UnknownOutcome>,
) -> Outcome<T> {
    let host = host.to_owned();
    let reply = match reply {
        Ok(reply) => reply,
        Err(SendError::NoConnection(why)) => {
            return Outcome::NotSent(NotSent::NoConnection { host, why });
        }
        Err(SendError::TimedOut(waited)) => {
            return Outcome::Unknown(UnknownOutcome::TimedOut { host, waited });
        }
        Err(SendError::Lost(why)) => {
            return Outcome::Unknown(UnknownOutcome::ConnectionLost { host, why });
        }
    };
    if reply.status == 200 {
        return match read(&reply.body) {
            Ok(value) => Outcome::Done(value),
            Err(why) => Outcome::Unknown(why),
        };
    }
    match no(&reply) {
        No::Rejected(rejection) => Outcome::Rejected(rejection),
        No::Throttled(throttled) => Outcome::Throttled(throttled),
        No::Unsure { status, code, message } => {
            Outcome::Unknown(UnknownOutcome::VenueUnsure { status, code, message })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
            .collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    /// What is known after a reply, in one word.
    fn known(status: u16, body: &str) -> String {
        match outcome("h", Ok(reply(status, &[], body)), |_| Ok(())) {
            Outcome::Done(()) => "done".to_owned(),
            Outcome::Rejected(rejection) => format!("rejected {:?}", rejection.kind),
            Outcome::Throttled(Throttled(throttle)) => format!("throttled {:?}", throttle.kind),
            Outcome::NotSent(_) => "not sent".to_owned(),
            Outcome::Unknown(_) => "unknown".to_owned(),
        }
    }

    #[test]
    fn statuses_and_codes_and_what_is_known_after_them() {
        let error = |code: i64, msg: &str| format!(r#"{{"code":{code},"msg":"{msg}"}}"#);
        for (status, body, wanted) in [
            (200, "{}".to_owned(), "done"),
            (400, error(-2010, "Duplicate order sent."), "rejected DuplicateClientOrderId"),
            (
                400,
                error(-2010, "Account has insufficient balance for requested action."),
                "rejected InsufficientBalance",
            ),
            (400, error(-1013, "Filter failure: NOTIONAL"), "rejected Filter(\"NOTIONAL\")"),
            (400, error(-2011, "Unknown order sent."), "rejected UnknownOrder"),
            (400, error(-2013, "Order does not exist."), "rejected UnknownOrder"),
            (400, error(-1021, "Timestamp for this request..."), "rejected Timestamp"),
            (401, error(-2015, "Invalid API-key, IP, or permissions."), "rejected Credentials"),
            (403, "<html>blocked</html>".to_owned(), "rejected Other"),
            (429, error(-1003, "Too much request weight used"), "throttled Some(Weight)"),
            (429, error(-1015, "Too many new orders"), "throttled Some(Orders)"),
            (418, error(-1003, "Way too much request weight used"), "throttled None"),
            (429, "<html>".to_owned(), "throttled Some(Weight)"),
            // Documented as unknown, whatever the status.
            (400, error(-1006, "An unexpected response was received"), "unknown"),
            (408, error(-1007, "Timeout waiting for response"), "unknown"),
            (400, error(-1000, "An unknown error occurred"), "unknown"),
            (400, error(-1001, "Internal error"), "unknown"),
            (500, error(-1000, "Internal error"), "unknown"),
            (502, "<html>bad gateway</html>".to_owned(), "unknown"),
            (503, error(-1008, "Server is currently overloaded"), "unknown"),
            (504, String::new(), "unknown"),
            // Nobody documents these.
            (302, String::new(), "unknown"),
            (404, "not found".to_owned(), "unknown"),
            (400, "{".to_owned(), "unknown"),
            (204, String::new(), "unknown"),
        ] {
            assert_eq!(known(status, &body), wanted, "{status} {body}");
        }
    }

    #[test]
    fn no_reply_is_known_by_how_far_it_got() {
        let seen = |error| outcome("h", Err(error), |_| Ok(()));
        assert!(seen(SendError::NoConnection("refused".to_owned())).changed_nothing());
        assert!(!seen(SendError::TimedOut(Duration::from_secs(1))).changed_nothing());
        assert!(!seen(SendError::Lost("reset".to_owned())).changed_nothing());
    }

    #[test]
    fn an_answer_that_cannot_be_read_may_have_been_a_success() {
        let unreadable = |_: &[u8]| {
            Err::<(), _>(UnknownOutcome::Unreadable(DecodeError::Value {
                field: "f",
                why: "w".to_owned(),
            }))
        };
        let seen = outcome("h", Ok(reply(200, &[], "{}")), unreadable);
        assert!(matches!(seen, Outcome::Unknown(UnknownOutcome::Unreadable(_))));
    }

    #[test]
    fn how_long_to_stay_away_stands_in_the_header() {
        let seen = |headers: &[(&'static str, &'static str)]| match no(&reply(418, headers, "")) {
            No::Throttled(Throttled(throttle)) => throttle.retry_after_nanos,
            No::Rejected(_) | No::Unsure { .. } => panic!("a 418 throttles"),
        };
        assert_eq!(seen(&[("retry-after", "120")]), Some(120_000_000_000));
        assert_eq!(seen(&[]), None);
        assert_eq!(seen(&[("retry-after", "soon")]), None);
        assert_eq!(seen(&[("retry-after", "-1")]), None);
    }

    #[test]
    fn counts_stand_in_the_headers() {
        let reply = reply(
            200,
            &[
                ("x-mbx-used-weight-1m", "70"),
                ("x-mbx-used-weight", "70"),
                ("x-mbx-order-count-10s", "3"),
                ("x-mbx-order-count-1d", "4043"),
                ("x-mbx-order-count-1y", "1"),
                ("x-mbx-order-count-s", "1"),
                ("server", "nginx"),
            ],
            "",
        );
        let mut seen: Vec<_> = counts(&reply.headers)
            .into_iter()
            .map(|used| (used.kind, used.interval_nanos / 1_000_000_000, used.count))
            .collect();
        seen.sort();
        assert_eq!(
            seen,
            [
                (LimitKind::Weight, 60, 70),
                (LimitKind::Orders, 10, 3),
                (LimitKind::Orders, 86_400, 4_043)
            ]
        );
    }
}
