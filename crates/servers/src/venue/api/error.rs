//! [`ApiError`]: what the exchange answers when it says no, by the names of its documentation.
//!
//! Source: `binance-spot-api-docs`, `errors.md` and `rest-api.md` ("HTTP Return Codes").

use serde::Serialize;
use serde_json::value::RawValue;

/// An error answer: HTTP status, code, message, and what else belongs to it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{status} {code} {msg}")]
pub struct ApiError {
    /// HTTP status; the WebSocket API carries the same number in `status`.
    pub status: u16,
    /// The documented code, below zero.
    pub code: i32,
    /// The documented message with its blanks filled in.
    pub msg: String,
    /// Only cancel-replace has it: the two results, as JSON.
    pub data: Option<Box<RawValue>>,
    /// Seconds to wait, for the header `Retry-After`; 429 and 418 have it.
    pub retry_after_seconds: Option<u64>,
}

impl PartialEq for ApiError {
    fn eq(&self, other: &Self) -> bool {
        let data = |error: &Self| error.data.as_ref().map(|data| data.get().to_owned());
        (self.status, self.code, &self.msg, self.retry_after_seconds, data(self))
            == (other.status, other.code, &other.msg, other.retry_after_seconds, data(other))
    }
}

/// The body of an error answer.
#[derive(Serialize)]
struct Body<'a> {
    code: i32,
    msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// Where each message was read: `errors.md`, under the number of the code.
impl ApiError {
    /// Returns an error with HTTP status 400.
    #[must_use]
    pub fn bad_request(code: i32, msg: impl Into<String>) -> Self {
        Self::new(400, code, msg)
    }

    /// Returns an error.
    #[must_use]
    pub fn new(status: u16, code: i32, msg: impl Into<String>) -> Self {
        Self { status, code, msg: msg.into(), data: None, retry_after_seconds: None }
    }

    /// Returns the answer's body.
    #[must_use]
    pub fn body(&self) -> String {
        let body = Body { code: self.code, msg: &self.msg, data: self.data.as_deref() };
        serde_json::to_string(&body).expect("a number, a text and checked JSON can be written")
    }

    /// -1001: something behind the API failed; whether the request was carried out is unknown.
    #[must_use]
    pub fn disconnected() -> Self {
        Self::new(500, -1001, "Internal error; unable to process your request. Please try again.")
    }

    /// -1003: the weight of the window is used up; `seconds` until it begins anew.
    #[must_use]
    pub fn too_much_weight(limit: u32, interval: &str, seconds: u64) -> Self {
        let msg = format!(
            "Too much request weight used; current limit is {limit} request weight per {interval}. \
             Please use WebSocket Streams for live updates to avoid polling the API."
        );
        Self { retry_after_seconds: Some(seconds), ..Self::new(429, -1003, msg) }
    }

    /// -1003: too many requests of any weight.
    #[must_use]
    pub fn too_many_requests(limit: u32, interval: &str, seconds: u64) -> Self {
        let msg = format!(
            "Too many requests; current limit is {limit} requests per {interval}. \
             Please use WebSocket Streams for live updates to avoid polling the API."
        );
        Self { retry_after_seconds: Some(seconds), ..Self::new(429, -1003, msg) }
    }

    /// -1003 with 418: the address is banned until that moment in milliseconds.
    #[must_use]
    pub fn banned(until_millis: i64, seconds: u64) -> Self {
        let msg = format!(
            "Way too much request weight used; IP banned until {until_millis}. \
             Please use WebSocket Streams for live updates to avoid bans."
        );
        Self { retry_after_seconds: Some(seconds), ..Self::new(418, -1003, msg) }
    }

    /// -1015: too many orders without a fill; `seconds` until the window begins anew.
    #[must_use]
    pub fn too_many_orders(limit: u32, interval: &str, seconds: u64) -> Self {
        let msg = format!("Too many new orders; current limit is {limit} orders per {interval}.");
        Self { retry_after_seconds: Some(seconds), ..Self::new(429, -1015, msg) }
    }

    /// -1020: the venue has no such feature.
    #[must_use]
    pub fn unsupported() -> Self {
        Self::bad_request(-1020, "This operation is not supported.")
    }

    /// -1021: the request is older than its window.
    #[must_use]
    pub fn outside_recv_window() -> Self {
        Self::bad_request(-1021, "Timestamp for this request is outside of the recvWindow.")
    }

    /// -1021: the request comes from the future.
    #[must_use]
    pub fn ahead_of_time() -> Self {
        Self::bad_request(
            -1021,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        )
    }

    /// -1022: the signature does not fit the payload.
    #[must_use]
    pub fn invalid_signature() -> Self {
        Self::bad_request(-1022, "Signature for this request is not valid.")
    }

    /// -1100: a parameter is no word of its alphabet.
    #[must_use]
    pub fn illegal_characters(name: &str, range: &str) -> Self {
        Self::bad_request(
            -1100,
            format!("Illegal characters found in parameter '{name}'; legal range is '{range}'."),
        )
    }

    /// -1101: more parameters than the endpoint knows.
    #[must_use]
    pub fn too_many_parameters(expected: usize, received: usize) -> Self {
        Self::bad_request(
            -1101,
            format!("Too many parameters; expected '{expected}' and received '{received}'."),
        )
    }

    /// -1101: one name twice.
    #[must_use]
    pub fn duplicate_values() -> Self {
        Self::bad_request(-1101, "Duplicate values for a parameter detected.")
    }

    /// -1102: a parameter that has to be there is not, or cannot be read.
    #[must_use]
    pub fn mandatory(name: &str) -> Self {
        let msg =
            format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
        Self::bad_request(-1102, msg)
    }

    /// -1102: one of two parameters has to be there.
    #[must_use]
    pub fn either(one: &str, other: &str) -> Self {
        let msg = format!("Param '{one}' or '{other}' must be sent, but both were empty/null!");
        Self::bad_request(-1102, msg)
    }

    /// -1102: a number above its largest value.
    #[must_use]
    pub fn greater_than(name: &str, most: &str) -> Self {
        let msg = format!("'{name}' contains unexpected value. Cannot be greater than {most}.");
        Self::bad_request(-1102, msg)
    }

    /// -1104: parameters the endpoint does not know.
    #[must_use]
    pub fn unread(read: usize, sent: usize) -> Self {
        let msg = format!(
            "Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
        );
        Self::bad_request(-1104, msg)
    }

    /// -1105: a name without a value.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self::bad_request(-1105, format!("Parameter '{name}' was empty."))
    }

    /// -1106: a parameter that has no place in this request.
    #[must_use]
    pub fn not_required(name: &str) -> Self {
        Self::bad_request(-1106, format!("Parameter '{name}' sent when not required."))
    }

    /// -1108: a number that does not fit.
    #[must_use]
    pub fn overflow(name: &str) -> Self {
        Self::bad_request(-1108, format!("Parameter '{name}' overflowed."))
    }

    /// -1111: more decimals than the asset has.
    #[must_use]
    pub fn too_precise(name: &str) -> Self {
        Self::bad_request(-1111, format!("Parameter '{name}' has too much precision."))
    }

    /// -1115.
    #[must_use]
    pub fn invalid_time_in_force() -> Self {
        Self::bad_request(-1115, "Invalid timeInForce.")
    }

    /// -1116.
    #[must_use]
    pub fn invalid_order_type() -> Self {
        Self::bad_request(-1116, "Invalid orderType.")
    }

    /// -1117.
    #[must_use]
    pub fn invalid_side() -> Self {
        Self::bad_request(-1117, "Invalid side.")
    }

    /// -1120.
    #[must_use]
    pub fn invalid_interval() -> Self {
        Self::bad_request(-1120, "Invalid interval.")
    }

    /// -1121.
    #[must_use]
    pub fn invalid_symbol() -> Self {
        Self::bad_request(-1121, "Invalid symbol.")
    }

    /// -1122.
    #[must_use]
    pub fn invalid_symbol_status() -> Self {
        Self::bad_request(-1122, "Invalid symbolStatus.")
    }

    /// -1125.
    #[must_use]
    pub fn unknown_listen_key() -> Self {
        Self::bad_request(-1125, "This listenKey does not exist.")
    }

    /// -1127: the span between two times is too long.
    #[must_use]
    pub fn more_than_hours(hours: u32) -> Self {
        Self::bad_request(-1127, format!("More than {hours} hours between startTime and endTime."))
    }

    /// -1128.
    #[must_use]
    pub fn bad_combination() -> Self {
        Self::bad_request(-1128, "Combination of optional parameters invalid.")
    }

    /// -1130.
    #[must_use]
    pub fn invalid_data(name: &str) -> Self {
        Self::bad_request(-1130, format!("Data sent for parameter '{name}' is not valid."))
    }

    /// -1135.
    #[must_use]
    pub fn invalid_json(name: &str) -> Self {
        Self::bad_request(-1135, format!("JSON sent for parameter '{name}' is not valid"))
    }

    /// -1145.
    #[must_use]
    pub fn invalid_cancel_restrictions() -> Self {
        Self::bad_request(-1145, "Invalid cancelRestrictions")
    }

    /// -1151.
    #[must_use]
    pub fn duplicate_symbols() -> Self {
        Self::bad_request(-1151, "Symbol is present multiple times in the list.")
    }

    /// -1220.
    #[must_use]
    pub fn symbol_does_not_match_status() -> Self {
        Self::bad_request(-1220, "The symbol's status does not match the requested symbolStatus.")
    }

    /// -2010: the matching engine rejected a new order.
    #[must_use]
    pub fn order_rejected(msg: impl Into<String>) -> Self {
        Self::bad_request(-2010, msg)
    }

    /// -2011: the matching engine rejected a cancellation.
    #[must_use]
    pub fn cancel_rejected(msg: impl Into<String>) -> Self {
        Self::bad_request(-2011, msg)
    }

    /// -2013.
    #[must_use]
    pub fn no_such_order() -> Self {
        Self::bad_request(-2013, "Order does not exist.")
    }

    /// -2014: no key, or something that cannot be one.
    #[must_use]
    pub fn bad_key_format() -> Self {
        Self::new(401, -2014, "API-key format invalid.")
    }

    /// -2015: an unknown key, or one without the right.
    #[must_use]
    pub fn rejected_key() -> Self {
        Self::new(401, -2015, "Invalid API-key, IP, or permissions for action.")
    }
}
