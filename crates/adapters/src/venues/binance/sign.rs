//! Signatures (documentation: *Request security*): HMAC-SHA256 in hex, Ed25519 in base64.

use base64ct::{Base64, Encoding};
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::map::Params;
use crate::secret::{Credentials, Signer};
use crate::venue::Stamp;

/// Returns the signature of a text: of a query and the body behind it, or of sorted parameters.
pub(super) fn signature(keys: &Credentials, payload: &str) -> String {
    match keys.signer() {
        Signer::Hmac(secret) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
                .expect("HMAC takes keys of every length");
            mac.update(payload.as_bytes());
            hex(&mac.finalize().into_bytes())
        }
        Signer::Ed25519(key) => Base64::encode_string(&key.sign(payload.as_bytes()).to_bytes()),
    }
}

/// Returns parameters with the stamp and the signature behind them, as they are sent.
pub(super) fn signed(params: Params, stamp: Stamp, keys: &Credentials) -> String {
    let params = stamped(params, stamp);
    let mut payload = params.encoded();
    let signature = signature(keys, &payload);
    payload.push_str("&signature=");
    super::map::percent_encode(&signature, &mut payload);
    payload
}

/// Returns parameters for the WebSocket API with key, stamp and signature. They are signed in the
/// order of their names, and not encoded.
pub(super) fn signed_for_socket(
    params: Params,
    stamp: Stamp,
    keys: &Credentials,
) -> Vec<(&'static str, String)> {
    let params = stamped(params, stamp).with("apiKey", keys.api_key().expose_secret());
    let mut sorted = params.sorted();
    let payload: Vec<String> =
        sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let signature = signature(keys, &payload.join("&"));
    sorted.push(("signature", signature));
    sorted
}

/// Adds window and moment. The window is sent in milliseconds, of which the venue takes three decimals.
fn stamped(params: Params, stamp: Stamp) -> Params {
    params
        .with("recvWindow", stamp.recv_window().as_millis())
        .with("timestamp", stamp.timestamp().as_millis())
}

/// Writes bytes in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use types::market::TsNanos;

    use super::*;
    use crate::venues::binance::capabilities::capabilities;

    /// The key of the documentation's examples.
    const API_KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

    /// The private key of RFC 8032, section 7.1, TEST 1, as PKCS#8.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                       -----END PRIVATE KEY-----\n";

    fn hmac() -> Credentials {
        Credentials::hmac(API_KEY.into(), SECRET.into()).expect("the documentation's key")
    }

    fn stamp(millis: i64, window_ms: u64) -> Stamp {
        let at = TsNanos::from_millis(millis).expect("it fits");
        let declared = capabilities(Duration::from_secs(10));
        Stamp::new(at, Duration::from_millis(window_ms), &declared).expect("a sound window")
    }

    /// Signatures from *SIGNED endpoint examples*, two of them of parameters that need encoding.
    #[test]
    fn the_documented_signatures_are_made() {
        let tail = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000\
                    &timestamp=1499827319559";
        for (payload, wanted) in [
            (
                format!("symbol=LTCBTC&{tail}"),
                "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
            ),
            (
                "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1\
                 &recvWindow=5000&timestamp=1499827319559"
                    .to_owned(),
                "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77",
            ),
            (
                format!("symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&{tail}"),
                "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
            ),
        ] {
            assert_eq!(signature(&hmac(), &payload), wanted, "{payload}");
        }
    }

    #[test]
    fn a_request_carries_stamp_and_signature_at_its_end() {
        let params = Params::default()
            .with("symbol", "LTCBTC")
            .with("side", "BUY")
            .with("type", "LIMIT")
            .with("timeInForce", "GTC")
            .with("quantity", 1)
            .with("price", "0.1");
        assert_eq!(
            signed(params, stamp(1_499_827_319_559, 5_000), &hmac()),
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1\
             &recvWindow=5000&timestamp=1499827319559\
             &signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
        );
    }

    /// The example of *SIGNED request example (HMAC)* of the WebSocket API.
    #[test]
    fn the_socket_signs_in_the_order_of_names() {
        let params = Params::default()
            .with("symbol", "BTCUSDT")
            .with("side", "SELL")
            .with("type", "LIMIT")
            .with("timeInForce", "GTC")
            .with("quantity", "0.01000000")
            .with("price", "52000.00")
            .with("newOrderRespType", "ACK");
        let sent = signed_for_socket(params, stamp(1_645_423_376_532, 100), &hmac());
        assert_eq!(
            sent.last(),
            Some(&(
                "signature",
                "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a".to_owned()
            ))
        );
    }

    /// RFC 8032, section 7.1, TEST 1 (the empty message), and a payload signed by OpenSSL 3 with the
    /// same key: the documentation prints no pair of Ed25519 key and signature.
    #[test]
    fn ed25519_signs_as_others_do() {
        let keys = Credentials::ed25519("key".into(), &PEM.into()).expect("the RFC's key");
        for (payload, wanted) in [
            (
                "",
                "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==",
            ),
            (
                "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2\
                 &timestamp=1668481559918&recvWindow=5000",
                "XtZirsmmi0noRzUfkqktvkVfxpkq/WtbLg2UOL3QGYdUBZVlqOBEMuEVw8zioY93N54NcKj9UuAXQEa9zgTDBg==",
            ),
        ] {
            assert_eq!(signature(&keys, payload), wanted, "{payload}");
        }
        let sent = signed(Params::default(), stamp(1_668_481_559_918, 5_000), &keys);
        let tail = sent.split_once("&signature=").map(|(_, tail)| tail);
        assert!(tail.is_some_and(|tail| !tail.contains(['+', '/', '='])), "encoded: {sent}");
    }
}
