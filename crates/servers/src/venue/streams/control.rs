//! Requests on a market stream's socket (`SUBSCRIBE` and its kin) and their documented errors.
//!
//! Source: *Web Socket Streams for Binance*, "Live Subscribing/Unsubscribing to streams". The
//! documented texts ("missing field `method` at line 1 column 73") are those of serde, so serde
//! writes them here too.

use serde::Deserialize;
use serde_json::{Value, json};

use super::name::{Stream, UnknownStream};

/// Longest `id` that is a text.
const ID_CHARS_MAX: usize = 36;

/// A request that could be read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    /// What is asked.
    pub command: Command,
    /// The client's name for the request: integer, text or null.
    pub id: Value,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Send these streams too.
    Subscribe(Vec<Stream>),
    /// Send these no more.
    Unsubscribe(Vec<Stream>),
    /// Which streams are sent?
    List,
    /// Wrap messages with the name of their stream, or don't.
    SetCombined(bool),
    /// Are they wrapped?
    GetCombined,
}

/// Why a request was not carried out. The number and the text are the documented ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ControlError {
    /// A property that is not `combined`.
    #[error("Unknown property")]
    UnknownProperty,
    /// A value of `combined` that is neither `true` nor `false`.
    #[error("Invalid value type: expected Boolean")]
    NotBoolean,
    /// A property without name.
    #[error("Invalid request: property name must be a string")]
    PropertyName,
    /// No `id`, or one of another kind.
    #[error("Invalid request: request ID must be an unsigned integer")]
    Id,
    /// More parameters than the method has.
    #[error("Invalid request: too many parameters")]
    TooManyParameters,
    /// A method that does not exist, or a part of the request is absent or of another kind.
    #[error("Invalid request: {0}")]
    Shape(String),
    /// Not JSON.
    #[error("Invalid JSON: {0}")]
    NotJson(String),
    /// A name that is no stream. The documents have no text for it; the first words are what the
    /// exchange was seen to answer (ccxt, pull request 19833).
    #[error("Invalid request: {0}")]
    Stream(#[from] UnknownStream),
    /// More streams than one connection may have.
    #[error("Invalid request: {wanted} streams on one connection, at most {max}")]
    TooManyStreams {
        /// With this request.
        wanted: usize,
        /// The limit.
        max: usize,
    },
}

impl ControlError {
    /// Returns the documented number.
    #[must_use]
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::UnknownProperty => 0,
            Self::NotBoolean => 1,
            Self::PropertyName
            | Self::Id
            | Self::TooManyParameters
            | Self::Shape(_)
            | Self::Stream(_)
            | Self::TooManyStreams { .. } => 2,
            Self::NotJson(_) => 3,
        }
    }

    /// Returns the answer. `id` is given back where the request had one.
    #[must_use]
    pub(super) fn answer(&self, id: Option<&Value>) -> String {
        let mut answer = json!({ "code": self.code(), "msg": self.to_string() });
        if let Some(id) = id {
            answer["id"] = id.clone();
        }
        answer.to_string()
    }
}

/// Returns the answer to a request that was carried out.
#[must_use]
pub(super) fn result(result: &Value, id: &Value) -> String {
    json!({ "result": result, "id": id }).to_string()
}

#[derive(Deserialize)]
struct Raw {
    method: Method,
    #[serde(default)]
    params: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Method {
    Subscribe,
    Unsubscribe,
    ListSubscriptions,
    SetProperty,
    GetProperty,
}

/// Tells `"id": null`, which is a name, from no `id` at all.
fn present<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(source).map(Some)
}

/// Reads a request.
///
/// # Errors
/// `ControlError`, with the request's `id` where it could be read.
pub(super) fn read(text: &str) -> Result<Request, (ControlError, Option<Value>)> {
    let raw: Raw = serde_json::from_str(text).map_err(|error| (shape(&error), id_of(text)))?;
    let id = match raw.id {
        Some(id) if is_id(&id) => id,
        Some(_) | None => return Err((ControlError::Id, None)),
    };
    let params = raw.params.unwrap_or_default();
    match command(&raw.method, &params) {
        Ok(command) => Ok(Request { command, id }),
        Err(error) => Err((error, Some(id))),
    }
}

fn shape(error: &serde_json::Error) -> ControlError {
    if error.is_data() {
        ControlError::Shape(error.to_string())
    } else {
        ControlError::NotJson(error.to_string())
    }
}

/// Returns the `id` of a request that is otherwise wrong.
fn id_of(text: &str) -> Option<Value> {
    let mut whole: Value = serde_json::from_str(text).ok()?;
    let id = whole.get_mut("id").map(Value::take)?;
    is_id(&id).then_some(id)
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::Null => true,
        Value::Number(number) => number.is_i64(),
        Value::String(text) => text.len() <= ID_CHARS_MAX && text.is_ascii(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn command(method: &Method, params: &[Value]) -> Result<Command, ControlError> {
    match method {
        Method::Subscribe => streams(params).map(Command::Subscribe),
        Method::Unsubscribe => streams(params).map(Command::Unsubscribe),
        Method::ListSubscriptions if params.is_empty() => Ok(Command::List),
        Method::ListSubscriptions => Err(ControlError::TooManyParameters),
        Method::SetProperty => match params {
            [name, value] => {
                property(name)?;
                value.as_bool().map(Command::SetCombined).ok_or(ControlError::NotBoolean)
            }
            [] => Err(ControlError::PropertyName),
            [name] => property(name).and(Err(ControlError::NotBoolean)),
            _ => Err(ControlError::TooManyParameters),
        },
        Method::GetProperty => match params {
            [name] => property(name).map(|()| Command::GetCombined),
            [] => Err(ControlError::PropertyName),
            _ => Err(ControlError::TooManyParameters),
        },
    }
}

fn property(name: &Value) -> Result<(), ControlError> {
    match name.as_str() {
        Some("combined") => Ok(()),
        Some(_) => Err(ControlError::UnknownProperty),
        None => Err(ControlError::PropertyName),
    }
}

fn streams(params: &[Value]) -> Result<Vec<Stream>, ControlError> {
    params
        .iter()
        .map(|name| match name.as_str() {
            Some(name) => Ok(name.parse()?),
            None => Err(ControlError::Shape(format!("stream name must be a string, was {name}"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> String {
        let (error, id) = read(text).unwrap_err();
        error.answer(id.as_ref())
    }

    #[test]
    fn the_documented_requests_are_read() {
        let subscribe =
            r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}"#;
        let streams = ["btcusdt@aggTrade", "btcusdt@depth"].map(|name| name.parse().unwrap());
        let wanted = Request { command: Command::Subscribe(streams.to_vec()), id: json!(1) };
        assert_eq!(read(subscribe).unwrap(), wanted);
        for (text, wanted) in [
            (
                r#"{"method":"UNSUBSCRIBE","params":["btcusdt@depth"],"id":312}"#,
                Command::Unsubscribe(vec!["btcusdt@depth".parse().unwrap()]),
            ),
            (r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#, Command::List),
            (
                r#"{"method":"SET_PROPERTY","params":["combined",true],"id":5}"#,
                Command::SetCombined(true),
            ),
            (r#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#, Command::GetCombined),
        ] {
            assert_eq!(read(text).unwrap().command, wanted, "{text}");
        }
    }

    #[test]
    fn an_id_is_an_integer_a_short_text_or_null() {
        let with = |id: &str| read(&format!(r#"{{"method":"LIST_SUBSCRIPTIONS","id":{id}}}"#));
        let uuid = r#""9fd6d4a8-1b1c-4bd2-9f6c-0a1f9d3c6a11""#;
        for id in ["0", "-9223372036854775808", "null", "\"a1\"", uuid] {
            assert_eq!(with(id).unwrap().id.to_string(), id);
        }
        for id in ["9223372036854775808", "1.5", "[]", "{}", "true", &format!("\"{:037}\"", 0)] {
            assert_eq!(with(id).unwrap_err(), (ControlError::Id, None), "{id}");
        }
        let error = r#"{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}"#;
        assert_eq!(refused(r#"{"method":"LIST_SUBSCRIPTIONS"}"#), error);
    }

    #[test]
    fn each_documented_error_is_answered() {
        for (text, wanted) in [
            (
                r#"{"method":"GET_PROPERTY","params":["compact"],"id":1}"#,
                r#"{"code":0,"id":1,"msg":"Unknown property"}"#,
            ),
            (
                r#"{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}"#,
                r#"{"code":1,"id":1,"msg":"Invalid value type: expected Boolean"}"#,
            ),
            (
                r#"{"method":"SET_PROPERTY","params":[7,true],"id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: property name must be a string"}"#,
            ),
            (
                r#"{"method":"GET_PROPERTY","id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: property name must be a string"}"#,
            ),
            (
                r#"{"method":"GET_PROPERTY","params":["combined","x"],"id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: too many parameters"}"#,
            ),
            (
                r#"{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: too many parameters"}"#,
            ),
            (
                r#"{"params":["btcusdt@trade"],"id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: missing field `method` at line 1 column 35"}"#,
            ),
            (
                r#"{"method":"SUBSCRIBE","params":["btcusdt@trades"],"id":1}"#,
                r#"{"code":2,"id":1,"msg":"Invalid request: invalid stream `btcusdt@trades`"}"#,
            ),
            ("nonsense", r#"{"code":3,"msg":"Invalid JSON: expected ident at line 1 column 2"}"#),
            (
                "",
                r#"{"code":3,"msg":"Invalid JSON: EOF while parsing a value at line 1 column 0"}"#,
            ),
            (
                r#"{"method":}"#,
                r#"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 11"}"#,
            ),
        ] {
            assert_eq!(refused(text), wanted, "{text}");
        }
        let unknown = refused(r#"{"method":"SUBSCRIB","params":[],"id":1}"#);
        let wanted = "Invalid request: unknown variant `SUBSCRIB`, expected one of `SUBSCRIBE`, \
                      `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` at line 1 column 20";
        assert!(unknown.contains(wanted), "{unknown}");
    }

    #[test]
    fn nesting_ends_in_an_error_not_in_the_stack() {
        let deep = format!(r#"{{"method":"SUBSCRIBE","params":{},"id":1}}"#, "[".repeat(100_000));
        assert!(matches!(read(&deep), Err((ControlError::NotJson(_), None))));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
