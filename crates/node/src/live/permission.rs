//! [`Permission`]: the signed file that lets a run trade with real money, and nothing beyond what it names.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use types::market::TsNanos;

use crate::ladder::Rung;
use crate::moment;
use crate::operator_keys::{
    Purpose, SignatureError, Signatures, SignedBy, TrustedKey, signature_path,
};
use crate::run_config::{Capital, ProfileName};

/// Longest file that is one.
const BYTES_MAX: u64 = 16 * 1024;

/// What is permitted. Anyone may take it back: the file has only to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Permission {
    /// Rises with each permission for the same run.
    pub(crate) version: u64,
    /// When it was asked for. One person's counts a day later.
    #[serde(with = "rfc3339")]
    pub(crate) asked: TsNanos,
    /// From when on it counts no more.
    #[serde(with = "rfc3339")]
    pub(crate) expires: TsNanos,
    /// Who had to sign.
    pub(crate) profile: ProfileName,
    /// Where orders go: the venue's REST address.
    pub(crate) venue: String,
    /// What may be used.
    pub(crate) capital: Capital,
    /// The highest rung.
    pub(crate) rung: Rung,
    /// SHA-256 of the file of hard limits, in hex.
    pub(crate) limits_sha256: String,
}

/// A permission that somebody who is trusted signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedPermission {
    /// What is permitted.
    pub(crate) permission: Permission,
    /// Who signed: at least one.
    pub(crate) by: Vec<SignedBy>,
}

/// A permission that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PermissionError {
    /// There is none, or nobody signed it.
    #[error("saw no {0}, wanted a signed permission: `plimsoll config permit-live` writes one")]
    Absent(String),
    /// The signatures do not count.
    #[error("{path}: {source}")]
    Signature {
        /// The permission.
        path: String,
        /// Why.
        source: SignatureError,
    },
    /// It cannot be read as one.
    #[error("{path}: {what}")]
    Form {
        /// The permission.
        path: String,
        /// Why.
        what: String,
    },
    /// The disk failed.
    #[error("{path}: {source}")]
    Io {
        /// The permission.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl SignedPermission {
    /// Opens a permission that one of these keys has signed.
    ///
    /// # Errors
    /// [`PermissionError`] if it is absent, unsigned, altered, signed by nobody who is trusted, or none.
    pub(crate) fn open(path: &Path, trusted: &[TrustedKey]) -> Result<Self, PermissionError> {
        let text = read(path)?;
        let told = |source| PermissionError::Signature { path: shown(path), source };
        let signatures = Signatures::parse(&read(&signature_path(path))?).map_err(told)?;
        let by =
            signatures.check(Purpose::LivePermission, text.as_bytes(), trusted).map_err(told)?;
        Ok(Self { permission: Permission::parse(&text, path)?, by })
    }
}

impl Permission {
    /// Reads the text of one.
    ///
    /// # Errors
    /// `Form` if it is none.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, PermissionError> {
        toml::from_str(text).map_err(|error: toml::de::Error| PermissionError::Form {
            path: shown(path),
            what: error.message().to_owned(),
        })
    }

    /// Returns the text of its file.
    pub(crate) fn to_text(&self) -> String {
        let body = toml::to_string(self).expect("a permission holds words and numbers");
        format!(
            "# Permission to trade with real money. It ends with this file: delete it to take it back.\n{body}"
        )
    }
}

fn read(path: &Path) -> Result<String, PermissionError> {
    let failed = |source| PermissionError::Io { path: shown(path), source };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PermissionError::Absent(shown(path)));
        }
        Ok(about) if about.len() > BYTES_MAX => {
            return Err(PermissionError::Form { path: shown(path), what: "too long".to_owned() });
        }
        other => other.map_err(failed)?,
    };
    fs::read_to_string(path).map_err(failed)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Moments as people read them.
mod rfc3339 {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use types::market::TsNanos;

    pub(super) fn serialize<S: Serializer>(at: &TsNanos, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TsNanos, D::Error> {
        super::moment::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
