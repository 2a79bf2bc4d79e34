//! Requests and responses of the WebSocket API as JSON.
//!
//! Source: *Public WebSocket API for Binance*, "Request format", "Response format". Texts of errors
//! in the envelope itself are not documented; those of `id` and `params` are what the exchange was
//! seen to answer (binance-us-api-docs, issue 126).

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::venue::api::{ApiError, Params};
use crate::venue::limits::Limit;

/// Longest `id` that is a text.
const ID_CHARS_MAX: usize = 36;
/// Code of what is no JSON request.
const INVALID_JSON: i32 = -1135;

/// The client's name for a request, given back in the response.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct RequestId(Value);

/// A request that could be read.
#[derive(Debug)]
pub(super) struct Request {
    /// The client's name for it.
    pub(super) id: RequestId,
    /// What is asked, without the version in front of it.
    pub(super) method: String,
    /// Its parameters; `returnRateLimits` is taken out.
    pub(super) params: Params,
    /// Whether the response says how much of the limits is used; `None`: as the connection says.
    pub(super) rate_limits: Option<bool>,
    /// What a signature has to be over: all parameters but itself, sorted by name.
    pub(super) payload: String,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default, borrow)]
    method: Option<&'a RawValue>,
    #[serde(default, borrow)]
    params: Option<&'a RawValue>,
}

/// Tells `"id": null`, which is a name, from no `id` at all.
fn present<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(source).map(Some)
}

/// Pairs of an object in the order in which they were sent, twice-sent names among them.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    pairs.push((name, text_of(&value).map_err(de::Error::custom)?));
                }
                Ok(Pairs(pairs))
            }
        }
        source.deserialize_map(Read)
    }
}

/// Returns a parameter as REST would have it: texts without quotes, numbers digit by digit as they
/// were sent (the signature is over them), lists and objects as JSON.
fn text_of(value: &RawValue) -> serde_json::Result<String> {
    let raw = value.get();
    Ok(match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw)?,
        Some(b'[' | b'{') => serde_json::from_str::<Value>(raw)?.to_string(),
        Some(b'n') | None => String::new(),
        Some(_) => raw.to_owned(),
    })
}

/// Reads a request.
///
/// # Errors
/// -1135 with the request's `id` if that could be read, else null; -1101 if a parameter was sent
/// twice.
pub(super) fn read(text: &str) -> Result<Request, (RequestId, ApiError)> {
    let nameless = |error| (RequestId::default(), error);
    // A list would be read as the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(nameless(no_request()));
    }
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|_| nameless(no_request()))?;
    let id = raw.id.filter(is_id).ok_or_else(|| nameless(wrong_id()))?;
    let id = RequestId(id);
    match rest(raw.method, raw.params) {
        Ok((method, pairs)) => request(&id, method, pairs).map_err(|error| (id, error)),
        Err(error) => Err((id, error)),
    }
}

fn rest(
    method: Option<&RawValue>,
    params: Option<&RawValue>,
) -> Result<(String, Vec<(String, String)>), ApiError> {
    let method = method.and_then(|method| serde_json::from_str::<String>(method.get()).ok());
    let method = method.ok_or_else(|| wrong("method", "a string"))?;
    let pairs = match params.map(RawValue::get) {
        None => Vec::new(),
        Some(params) => {
            let pairs: Pairs =
                serde_json::from_str(params).map_err(|_| wrong("params", "an object"))?;
            pairs.0
        }
    };
    Ok((method, pairs))
}

fn request(
    id: &RequestId,
    method: String,
    mut pairs: Vec<(String, String)>,
) -> Result<Request, ApiError> {
    let payload = payload(&pairs);
    let asked = pairs.iter().position(|(name, _)| name == "returnRateLimits");
    let rate_limits = match asked.map(|at| pairs.remove(at).1) {
        None => None,
        Some(text) if text == "true" => Some(true),
        Some(text) if text == "false" => Some(false),
        Some(_) => {
            return Err(ApiError::illegal_characters("returnRateLimits", "^(true|false)$"));
        }
    };
    let method = match method.strip_prefix("v3/") {
        Some(method) => method.to_owned(),
        None => method,
    };
    Ok(Request { id: id.clone(), method, params: Params::new(pairs)?, rate_limits, payload })
}

/// Returns what is signed: `name=value`, sorted by name, `&` between them, nothing encoded.
fn payload(pairs: &[(String, String)]) -> String {
    let mut signed: Vec<&(String, String)> =
        pairs.iter().filter(|(name, _)| name != "signature").collect();
    signed.sort();
    let parts: Vec<String> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    parts.join("&")
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::Null => true,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => {
            let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            (1..=ID_CHARS_MAX).contains(&text.len()) && text.chars().all(legal)
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn no_request() -> ApiError {
    ApiError::bad_request(INVALID_JSON, "Invalid JSON Request")
}

fn wrong_id() -> ApiError {
    wrong("id", "an integer, a string matching '^[a-zA-Z0-9-_]{1,36}$', or null")
}

fn wrong(part: &str, wanted: &str) -> ApiError {
    let msg = format!("Invalid '{part}' in JSON request; expected {wanted}.");
    ApiError::bad_request(INVALID_JSON, msg)
}

/// How much of a limit is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RateLimit {
    /// `REQUEST_WEIGHT` or `ORDERS`.
    pub(super) rate_limit_type: &'static str,
    /// `SECOND`, `MINUTE` or `DAY`.
    pub(super) interval: &'static str,
    /// How many of them.
    pub(super) interval_num: u32,
    /// The limit.
    pub(super) limit: u32,
    /// What is used of it.
    pub(super) count: u32,
}

impl RateLimit {
    /// Returns how much of a limit is used.
    pub(super) const fn new(rate_limit_type: &'static str, limit: Limit, count: u32) -> Self {
        let (interval, interval_num) = (limit.interval.word(), limit.interval.number());
        Self { rate_limit_type, interval, interval_num, limit: limit.most, count }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    id: &'a RequestId,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limits: Option<&'a [RateLimit]>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: i32,
    msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// Writes a response. `result` is JSON already.
#[must_use]
pub(super) fn response(
    id: &RequestId,
    result: &Result<String, ApiError>,
    rate_limits: Option<&[RateLimit]>,
) -> String {
    let parsed: Option<&RawValue> = match result {
        Ok(json) => Some(serde_json::from_str(json).expect("handlers answer JSON")),
        Err(_) => None,
    };
    let failure = |error| Failure::of(error);
    let response = Response {
        id,
        status: result.as_ref().map_or_else(|error| error.status, |_| 200),
        result: parsed,
        error: result.as_ref().err().map(failure),
        rate_limits,
    };
    serde_json::to_string(&response).expect("numbers, texts and checked JSON can be written")
}

impl<'a> Failure<'a> {
    fn of(error: &'a ApiError) -> Self {
        Self { code: error.code, msg: &error.msg, data: error.data.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNED: &str = r#"{"id":"4885f793-e5ad-4c3b-8f6c-55d891472b71","method":"order.place","params":{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","quantity":"0.01000000","price":"52000.00","recvWindow":100,"timestamp":1645423376532,"apiKey":"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A","signature":"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"}}"#;

    #[test]
    fn the_documented_request_gives_the_documented_payload() {
        let request = read(SIGNED).unwrap();
        assert_eq!(request.method, "order.place");
        assert_eq!(
            request.payload,
            "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=52000.00\
             &quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC\
             &timestamp=1645423376532&type=LIMIT"
        );
        assert_eq!(request.params.text("recvWindow"), Ok(Some("100")));
    }

    #[test]
    fn the_documented_signatures_are_this_payloads() {
        use crate::venue::keys::Secret;
        let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
        let hmac = Secret::Hmac(secret.to_owned());
        let ascii = read(SIGNED).unwrap();
        let signature = "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24";
        assert!(hmac.verifies(ascii.payload.as_bytes(), signature));
        assert!(hmac.verifies(ascii.payload.as_bytes(), &signature.to_uppercase()));
        let wide = SIGNED
            .replace("BTCUSDT", "１２３４５６")
            .replace("SELL", "BUY")
            .replace("\"0.01000000\"", "\"1.00000000\"")
            .replace("52000.00", "0.10000000")
            .replace("\"recvWindow\":100", "\"recvWindow\":5000");
        let wide = read(&wide).unwrap();
        let signature = "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd";
        assert!(hmac.verifies(wide.payload.as_bytes(), signature), "{}", wide.payload);
    }

    #[test]
    fn numbers_stay_as_they_were_typed_and_lists_are_json() {
        let text =
            r#"{"id":1,"method":"v3/x","params":{"b":1.50,"a":[ "A", "B" ],"c":true,"d":null}}"#;
        let request = read(text).unwrap();
        assert_eq!(request.payload, r#"a=["A","B"]&b=1.50&c=true&d="#);
        assert_eq!(request.method, "x");
    }

    #[test]
    fn rate_limits_are_asked_for_in_the_request() {
        let with = |value: &str| {
            read(&format!(r#"{{"id":1,"method":"time","params":{{"returnRateLimits":{value}}}}}"#))
        };
        assert_eq!(with("false").unwrap().rate_limits, Some(false));
        assert_eq!(with("true").unwrap().rate_limits, Some(true));
        assert!(with("true").unwrap().params.is_empty());
        assert_eq!(with("7").unwrap_err().1.code, -1100);
        assert_eq!(read(r#"{"id":1,"method":"time"}"#).unwrap().rate_limits, None);
    }

    #[test]
    fn what_is_no_request_is_answered() {
        let id = "Invalid 'id' in JSON request; expected an integer, a string matching \
                  '^[a-zA-Z0-9-_]{1,36}$', or null.";
        let params = "Invalid 'params' in JSON request; expected an object.";
        for (text, wanted_id, code, msg) in [
            ("", "null", -1135, "Invalid JSON Request"),
            ("[]", "null", -1135, "Invalid JSON Request"),
            ("{\"id\":1", "null", -1135, "Invalid JSON Request"),
            (r#"{"method":"ping"}"#, "null", -1135, id),
            (r#"{"id":1.5,"method":"ping"}"#, "null", -1135, id),
            (r#"{"id":"a b","method":"ping"}"#, "null", -1135, id),
            (r#"{"id":7}"#, "7", -1135, "Invalid 'method' in JSON request; expected a string."),
            (r#"{"id":7,"method":"ping","params":[]}"#, "7", -1135, params),
            (r#"{"id":7,"method":"ping","params":"a"}"#, "7", -1135, params),
            (
                r#"{"id":"x","method":"ping","params":{"a":1,"a":2}}"#,
                "\"x\"",
                -1101,
                "Duplicate values for a parameter detected.",
            ),
        ] {
            let (id, error) = read(text).unwrap_err();
            let seen = (serde_json::to_string(&id).unwrap(), error.code, error.msg.clone());
            assert_eq!(seen, (wanted_id.to_owned(), code, msg.to_owned()), "{text}");
        }
        let deep = format!(r#"{{"id":1,"method":"x","params":{{"a":{}}}}}"#, "[".repeat(100_000));
        assert!(read(&deep).is_err());
    }

    #[test]
    fn responses_have_the_documented_fields() {
        let id = read(r#"{"id":"e2a8","method":"time"}"#).unwrap().id;
        let limits = [RateLimit {
            rate_limit_type: "REQUEST_WEIGHT",
            interval: "MINUTE",
            interval_num: 1,
            limit: 6000,
            count: 70,
        }];
        let good = Ok(r#"{"serverTime":1656400526260}"#.to_owned());
        assert_eq!(
            response(&id, &good, Some(&limits)),
            r#"{"id":"e2a8","status":200,"result":{"serverTime":1656400526260},"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":70}]}"#
        );
        let bad =
            Err(ApiError::order_rejected("Account has insufficient balance for requested action."));
        assert_eq!(
            response(&id, &bad, None),
            r#"{"id":"e2a8","status":400,"error":{"code":-2010,"msg":"Account has insufficient balance for requested action."}}"#
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
