//! Takes a request apart: parameters out of query string and form body, and the text that was signed.
//!
//! Source: `rest-api.md`, "General Information on Endpoints" and "SIGNED Endpoint security".

use crate::venue::api::{ApiError, Params};

/// The name of the parameter that is not signed.
const SIGNATURE: &str = "signature";

/// What was sent.
#[derive(Debug)]
pub(super) struct Sent {
    /// All parameters; where one is in the query string and in the body, that of the query string.
    pub(super) params: Params,
    /// The query string followed by the body, without the signature.
    pub(super) payload: Vec<u8>,
}

/// Reads query string and body.
///
/// # Errors
/// -1101 if one of them names a parameter twice.
pub(super) fn read(query: &str, body: &str) -> Result<Sent, ApiError> {
    let mut pairs = decode(query);
    let in_query = pairs.len();
    for pair in decode(body) {
        if !pairs[..in_query].iter().any(|(name, _)| *name == pair.0) {
            pairs.push(pair);
        }
    }
    let payload = [unsigned(query), unsigned(body)].concat().into_bytes();
    Ok(Sent { params: Params::new(pairs)?, payload })
}

fn decode(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Returns the text without its signature, wherever that stands.
fn unsigned(text: &str) -> String {
    let is_signature = |part: &&str| part.split('=').next() == Some(SIGNATURE);
    let kept: Vec<&str> = text.split('&').filter(|part| !is_signature(part)).collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Query string, body, payload wanted, parameters wanted.
    #[test]
    fn query_string_and_body_are_one_request() {
        for (query, body, payload, wanted) in [
            ("a=1&b=2&signature=x", "", "a=1&b=2", "a=1 b=2 signature=x"),
            ("", "a=1&signature=x&b=2", "a=1&b=2", "a=1 signature=x b=2"),
            ("a=1", "b=2&signature=x", "a=1b=2", "a=1 b=2 signature=x"),
            ("a=1", "a=2&b=3", "a=1a=2&b=3", "a=1 b=3"),
            ("s=%5B%22A%22%5D", "", "s=%5B%22A%22%5D", "s=[\"A\"]"),
            ("a", "", "a", "a="),
            ("", "", "", ""),
        ] {
            let sent = read(query, body).unwrap();
            assert_eq!(String::from_utf8(sent.payload).unwrap(), payload);
            let pairs = sent.params.pairs().iter().map(|(name, value)| format!("{name}={value}"));
            assert_eq!(pairs.collect::<Vec<_>>().join(" "), wanted);
        }
        assert_eq!(read("a=1&a=2", "").unwrap_err().code, -1101);
        assert_eq!(read("", "a=1&a=2").unwrap_err().code, -1101);
    }
}
