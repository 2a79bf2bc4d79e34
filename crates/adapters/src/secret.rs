//! [`Credentials`]: a venue's key, wiped from memory when dropped and never shown.

use std::fmt;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use secrecy::{ExposeSecret, SecretString};

/// What signs requests.
pub(crate) enum Signer {
    /// A secret that the venue knows too.
    Hmac(SecretString),
    /// A private key of which the venue knows the public half.
    Ed25519(Box<SigningKey>),
}

/// An API key with what signs for it.
pub struct Credentials {
    api_key: SecretString,
    signer: Signer,
}

/// A key that cannot be used. It never says what was seen: that would be the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The API key or the secret is empty or holds characters that no venue hands out.
    #[error("the {0} is empty or holds characters other than printable ASCII without spaces")]
    Form(&'static str),
    /// The private key is not in the form that was wanted.
    #[error(
        "the private key cannot be read, wanted Ed25519 as PKCS#8 in PEM, unencrypted: \
         `openssl genpkey -algorithm ed25519` makes one"
    )]
    PrivateKey,
}

impl Credentials {
    /// Returns credentials that sign with HMAC-SHA256.
    ///
    /// # Errors
    /// [`CredentialsError::Form`] if key or secret cannot be ones.
    pub fn hmac(api_key: SecretString, secret: SecretString) -> Result<Self, CredentialsError> {
        check("API key", &api_key)?;
        check("secret", &secret)?;
        Ok(Self { api_key, signer: Signer::Hmac(secret) })
    }

    /// Returns credentials that sign with Ed25519, from a private key as PKCS#8 in PEM.
    ///
    /// # Errors
    /// [`CredentialsError`] if the API key cannot be one or the private key cannot be read.
    pub fn ed25519(api_key: SecretString, pem: &SecretString) -> Result<Self, CredentialsError> {
        check("API key", &api_key)?;
        let key = SigningKey::from_pkcs8_pem(pem.expose_secret().trim())
            .map_err(|_| CredentialsError::PrivateKey)?;
        Ok(Self { api_key, signer: Signer::Ed25519(Box::new(key)) })
    }

    /// Returns the API key, which names the account in each request.
    pub(crate) const fn api_key(&self) -> &SecretString {
        &self.api_key
    }

    /// Returns what signs.
    pub(crate) const fn signer(&self) -> &Signer {
        &self.signer
    }
}

/// Whether a key can stand in a header or be a secret: printable ASCII, no spaces.
fn check(what: &'static str, text: &SecretString) -> Result<(), CredentialsError> {
    let text = text.expose_secret();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialsError::Form(what));
    }
    Ok(())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?})", self.signer)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hmac(_) => "HMAC-SHA256",
            Self::Ed25519(_) => "Ed25519",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_shown() {
        let keys = Credentials::hmac("visible-key".into(), "visible-secret".into()).expect("sound");
        let shown = format!("{keys:?} {:?} {:?}", keys.signer(), keys.api_key());
        assert!(!shown.contains("visible"), "{shown}");
    }

    #[test]
    fn keys_that_cannot_be_ones() {
        for (key, secret) in [("", "s"), ("k", ""), ("k\r\nX-Other: 1", "s"), ("k k", "s")] {
            let wrong = Credentials::hmac(key.into(), secret.into());
            assert!(matches!(wrong, Err(CredentialsError::Form(_))), "{key:?} {secret:?}");
        }
        let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let wrong = Credentials::ed25519("k".into(), &pem.into()).map(|_| ());
        assert_eq!(wrong, Err(CredentialsError::PrivateKey));
    }
}
