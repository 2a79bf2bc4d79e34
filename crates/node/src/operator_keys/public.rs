//! [`TrustedKey`]: the public half of an operator's key, as it stands in a configuration.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding};
use journal::note::VerifyingKey;
use serde::{Deserialize, Serialize};

/// What a public key begins with, so that nobody takes a private one for it.
const PUBLIC_PREFIX: &str = "plimsoll-pub-";

/// The public half of an operator's key (Ed25519).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TrustedKey(VerifyingKey);

/// A text that is no public key. It is not repeated: it may be a private one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "saw no public key, wanted `plimsoll-pub-` and base64 of 32 bytes, as `plimsoll keys list` prints it"
)]
pub(crate) struct TrustedKeyError;

impl TrustedKey {
    /// Takes the bytes of a public key.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, TrustedKeyError> {
        VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| TrustedKeyError)
    }

    /// Returns whether the signature is this key's over the message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify(message, signature)
    }
}

impl FromStr for TrustedKey {
    type Err = TrustedKeyError;

    fn from_str(text: &str) -> Result<Self, TrustedKeyError> {
        let body = text.strip_prefix(PUBLIC_PREFIX).ok_or(TrustedKeyError)?;
        let mut bytes = [0; 32];
        match Base64::decode(body, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => Self::from_bytes(&bytes),
            Ok(_) | Err(_) => Err(TrustedKeyError),
        }
    }
}

impl fmt::Display for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC_PREFIX}{}", self.0)
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for TrustedKey {
    type Error = TrustedKeyError;

    fn try_from(text: String) -> Result<Self, TrustedKeyError> {
        text.parse()
    }
}

impl From<TrustedKey> for String {
    fn from(key: TrustedKey) -> Self {
        key.to_string()
    }
}
