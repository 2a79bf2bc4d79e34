//! [`Permission`]: the signed file that lets a run trade with real money, and nothing beyond what it names.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use types::market::TsNanos;

use crate::files;
use crate::ladder::Rung;
use crate::moment;
use crate::operator_keys::{
    Purpose, SignatureError, Signatures, SignedBy, TrustedKey, signature_path,
};
use crate::run_config::{Capital, ProfileName};

/// Longest file that is one.
const BYTES_MAX: u64 = 16 * 1024;

/// How long one person has to think again, in nanoseconds (spec: "Hard limits").
const THINK_AGAIN: i64 = 24 * 3_600 * 1_000_000_000;

/// What is permitted. Anyone may take it back: without the file nothing is permitted, and a copy does not come back behind a
/// cancelled one.
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
    /// An older one came back.
    #[error(
        "{path}: saw version {saw}, wanted {floor} or more: it was replaced or taken back; ask again with `plimsoll config permit-live`"
    )]
    Version {
        /// The permission.
        path: String,
        /// Its version.
        saw: u64,
        /// The lowest that counts.
        floor: u64,
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
        let permission = Permission::parse(&text, path)?;
        let (saw, floor) = (permission.version, floor(path)?);
        if saw < floor {
            return Err(PermissionError::Version { path: shown(path), saw, floor });
        }
        Ok(Self { permission, by })
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

    /// Returns the one of a file, whether it is signed or not; `None` if there is none that can be read.
    pub(crate) fn unsigned(path: &Path) -> Option<Self> {
        read(path).and_then(|text| Self::parse(&text, path)).ok()
    }

    /// Returns from when on one person's counts.
    pub(crate) const fn alone_from(&self) -> TsNanos {
        self.asked.plus(THINK_AGAIN)
    }

    /// Returns the text of its file.
    pub(crate) fn to_text(&self) -> String {
        let body = toml::to_string(self).expect("a permission holds words and numbers");
        format!(
            "# Permission to trade with real money. Take it back with `plimsoll permits cancel go-live`.\n{body}"
        )
    }
}

fn read(path: &Path) -> Result<String, PermissionError> {
    let failed = |source| PermissionError::Io { path: shown(path), source };
    let form = |what: &str| PermissionError::Form { path: shown(path), what: what.to_owned() };
    let bytes = match files::read(path, BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PermissionError::Absent(shown(path)));
        }
        other => other.map_err(failed)?.ok_or_else(|| form("too long"))?,
    };
    String::from_utf8(bytes).map_err(|_| form("it is no text"))
}

/// Returns where the lowest version stands that counts: beside the permission, and left there when that goes.
fn floor_path(permission: &Path) -> PathBuf {
    files::with(permission, ".floor")
}

/// Returns the lowest version of a permission that counts; 0 where none was ever made or taken back.
///
/// # Errors
/// If the file cannot be read, or holds no number: then no permission counts.
pub(crate) fn floor(permission: &Path) -> Result<u64, PermissionError> {
    let path = floor_path(permission);
    match read(&path) {
        Err(PermissionError::Absent(_)) => Ok(0),
        other => other?.trim().parse().map_err(|_| PermissionError::Form {
            path: shown(&path),
            what: "it holds no version".to_owned(),
        }),
    }
}

/// Lets no permission of a lower version count any more.
///
/// # Errors
/// What the disk says.
pub(crate) fn raise_floor(permission: &Path, version: u64) -> io::Result<()> {
    files::write(&floor_path(permission), format!("{version}\n").as_bytes())
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
