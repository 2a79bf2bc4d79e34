//! [`Secret`]: what a signature is checked with: an HMAC-SHA256 secret or an Ed25519 public key.
//!
//! Source: `rest-api.md`, "SIGNED Endpoint security": the payload is the query string followed by the body, without anything
//! between them; an HMAC signature is hexadecimal in either case, an Ed25519 signature base64.

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What the signatures of a key are checked with.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// Shared with the client.
    Hmac(String),
    /// The public half of the client's key.
    Ed25519(Box<VerifyingKey>),
}

/// A text that is no public key. It is not shown: it may be a private one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not the public half of an Ed25519 key.
    #[error(
        "the Ed25519 key cannot be read, wanted a PEM file with `BEGIN PUBLIC KEY`, or its base64 without the first and last \
         line, or the base64 of the 32 bytes alone"
    )]
    NotAPublicKey,
    /// The private half.
    #[error(
        "this is a private key: give the venue the public half, the private one stays with the client"
    )]
    Private,
    /// An RSA key.
    #[error("RSA keys are not served here: use HMAC or Ed25519")]
    Rsa,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hmac(_) => "Hmac(..)",
            Self::Ed25519(_) => "Ed25519(..)",
        })
    }
}

impl Secret {
    /// Reads the public half of an Ed25519 key: PEM, the base64 inside it, or the base64 of the bare 32 bytes.
    ///
    /// # Errors
    /// `SecretError` if it is something else.
    pub fn ed25519(text: &str) -> Result<Self, SecretError> {
        if text.contains("PRIVATE KEY") {
            return Err(SecretError::Private);
        }
        if text.contains("RSA PUBLIC KEY") {
            return Err(SecretError::Rsa);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let joined: String = lines.collect();
        let bytes = Base64::decode_vec(&joined).map_err(|_| SecretError::NotAPublicKey)?;
        let raw = match bytes.strip_prefix(&SPKI_PREFIX) {
            Some(raw) => raw,
            // The object identifier 1.2.840.113549.1.1.1 (RFC 8017, appendix C).
            None if bytes.windows(9).any(|w| w == b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01") => {
                return Err(SecretError::Rsa);
            }
            None => &bytes,
        };
        let raw: &[u8; 32] = raw.try_into().map_err(|_| SecretError::NotAPublicKey)?;
        let key = VerifyingKey::from_bytes(raw).map_err(|_| SecretError::NotAPublicKey)?;
        Ok(Self::Ed25519(Box::new(key)))
    }

    /// Returns whether the signature is this key's over the payload.
    #[must_use]
    pub fn verifies(&self, payload: &[u8], signature: &str) -> bool {
        match self {
            Self::Hmac(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
                    .expect("HMAC takes a key of any length");
                mac.update(payload);
                unhex(signature).is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
            }
            Self::Ed25519(key) => {
                // A `+` that was not percent-encoded arrives as a space.
                let text = signature.replace(' ', "+");
                let bytes = Base64::decode_vec(&text).ok();
                let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
                signature.is_some_and(|signature| key.verify_strict(payload, &signature).is_ok())
            }
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().map(|byte| char::from(byte).to_digit(16));
    let digits: Vec<u8> =
        digits.map(|d| d.and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

    /// `rest-api.md`, "HMAC Keys": the example in ASCII, the one with a symbol in percent-encoding, and (an older edition)
    /// the one that is split between query string and body.
    #[test]
    fn the_published_hmac_examples_verify() {
        let secret = Secret::Hmac(SECRET.to_owned());
        for (payload, signature) in [
            (
                "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
                "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
            ),
            (
                "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
                "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
            ),
            (
                "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
                "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77",
            ),
        ] {
            assert!(secret.verifies(payload.as_bytes(), signature), "{payload}");
            assert!(secret.verifies(payload.as_bytes(), &signature.to_uppercase()), "{payload}");
            assert!(!secret.verifies(&payload.as_bytes()[1..], signature), "{payload}");
            assert!(!secret.verifies(payload.as_bytes(), &signature[2..]), "{payload}");
            assert!(!secret.verifies(payload.as_bytes(), &signature[1..]), "{payload}");
        }
        assert!(!secret.verifies(b"", "") && !secret.verifies(b"", "zz"));
    }

    /// RFC 8032, section 7.1, test 2: the published examples of the exchange carry an RSA signature in their Ed25519
    /// section, so the vectors of the algorithm's own specification stand in.
    #[test]
    fn the_vector_of_rfc_8032_verifies() {
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        let base64 = |hex: &str| Base64::encode_string(&unhex(hex).unwrap());
        let secret = Secret::ed25519(&base64(public)).unwrap();
        assert!(secret.verifies(b"\x72", &base64(signature)));
        assert!(!secret.verifies(b"\x73", &base64(signature)));
        assert!(!secret.verifies(b"\x72", "c2hvcnQ="));
    }

    #[test]
    fn a_key_in_pem_is_the_same_key() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let raw = signing.verifying_key().to_bytes();
        let spki = [&SPKI_PREFIX[..], &raw].concat();
        let base64 = Base64::encode_string(&spki);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
        let signature = Base64::encode_string(&signing.sign(b"a=1").to_bytes());
        for text in [pem.as_str(), &base64, &Base64::encode_string(&raw)] {
            let secret = Secret::ed25519(text).unwrap();
            assert!(secret.verifies(b"a=1", &signature));
            assert!(secret.verifies(b"a=1", &signature.replace('+', " ")));
        }
    }

    #[test]
    fn other_keys_are_named_and_never_shown() {
        let private =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----";
        assert_eq!(Secret::ed25519(private), Err(SecretError::Private));
        assert_eq!(Secret::ed25519("-----BEGIN RSA PUBLIC KEY-----"), Err(SecretError::Rsa));
        let rsa =
            Base64::encode_string(b"0\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
        assert_eq!(Secret::ed25519(&rsa), Err(SecretError::Rsa));
        assert_eq!(Secret::ed25519("hello"), Err(SecretError::NotAPublicKey));
        assert_eq!(format!("{:?}", Secret::Hmac("abc".to_owned())), "Hmac(..)");
    }
}
