//! Where a secret lies: [`SecretSource`]; and the search for one that stands in a file where it must not.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::files;

/// Longest file that can be a secret: a private key in PEM has some hundred bytes.
const BYTES_MAX: u64 = 16 * 1024;

/// Parts of the names of keys under which people put secrets.
const NAMES: [&str; 8] =
    ["secret", "password", "passwd", "passphrase", "token", "private", "api_key", "apikey"];

/// From how many characters on a word of letters and digits looks like a key of a venue (those have 64).
const RANDOM_LENGTH: usize = 32;

/// Where a secret lies: `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SecretSource {
    /// A variable of the environment.
    Env(String),
    /// A file that its owner alone can read.
    File(PathBuf),
    /// A credential that systemd hands to the service.
    Credential(String),
}

/// A secret that cannot be had. It never says what was seen: that could be the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The variable is not set, or empty.
    #[error(
        "saw nothing in the environment variable {0}, wanted the secret: set it where Plimsoll is started"
    )]
    NoVariable(String),
    /// There is no folder of credentials.
    #[error(
        "saw no CREDENTIALS_DIRECTORY, wanted the credential {0}: give it to the service with LoadCredential="
    )]
    NoCredentials(String),
    /// Others can read the file.
    #[error("saw mode {mode:04o} of {path}, wanted 0600 at most: run `chmod 600 '{path}'`")]
    Mode {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is empty, too long or no text.
    #[error("saw no secret in {0}, wanted a text of at most 16 KiB")]
    Form(String),
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl SecretSource {
    /// Reads the secret, without the white space around it.
    ///
    /// # Errors
    /// [`SecretError`] if it is not there, or others can read it.
    pub(crate) fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => {
                let text = variable(name).map(Zeroizing::new);
                let text = text.filter(|text| !text.trim().is_empty());
                let text = text.ok_or_else(|| SecretError::NoVariable(name.clone()))?;
                Ok(text.trim().into())
            }
            Self::File(path) => read_file(path, 0o600),
            Self::Credential(name) => {
                let folder = variable("CREDENTIALS_DIRECTORY");
                let folder = folder.ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                // systemd makes them readable for the service alone, through a list of rights that shows as group bits.
                read_file(&Path::new(&folder).join(name), 0o640)
            }
        }
    }

    /// Returns when its file was written, and what tells it from another: two answers that differ are two files. `None` where it
    /// is in no file, or that cannot be looked at.
    pub(crate) fn written(&self) -> Option<[i64; 4]> {
        let path = match self {
            Self::Env(_) => return None,
            Self::File(path) => path.clone(),
            Self::Credential(name) => Path::new(&variable("CREDENTIALS_DIRECTORY")?).join(name),
        };
        let about = fs::metadata(path).ok()?;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Some([about.mtime(), about.mtime_nsec(), number(about.size()), number(about.ino())])
    }

    /// Returns what is wrong with it, without showing a name that may be a secret itself.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let plain = |name: &str, upper: bool| {
            let allowed = |c: char| {
                c == '_'
                    || c.is_ascii_digit()
                    || c.is_ascii_uppercase()
                    || (!upper && (c.is_ascii_lowercase() || "-.".contains(c)))
            };
            !name.is_empty() && name.len() <= 64 && !looks_random(name) && name.chars().all(allowed)
        };
        match self {
            Self::Env(name) if !plain(name, true) => {
                Some("the name of an environment variable in capitals, such as PLIMSOLL_KEY")
            }
            Self::Credential(name) if !plain(name, false) || name.starts_with('.') => {
                Some("the name of a credential, such as api-key")
            }
            Self::File(path) if path.as_os_str().is_empty() => Some("the path of a file"),
            Self::Env(_) | Self::File(_) | Self::Credential(_) => None,
        }
    }

    /// Makes a relative path one from a folder.
    pub(super) fn begin_at(&mut self, folder: &Path) {
        if let Self::File(path) = self {
            *path = folder.join(&*path);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret of the environment decides nothing and is in no journal"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_file(path: &Path, wanted: u32) -> Result<SecretString, SecretError> {
    let shown = path.display().to_string();
    let failed = |source| SecretError::Io { path: shown.clone(), source };
    let mut file = files::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & !wanted != 0 {
        return Err(SecretError::Mode { path: shown, mode });
    }
    if !about.is_file() || about.len() > BYTES_MAX {
        return Err(SecretError::Form(shown));
    }
    let mut text = Zeroizing::new(String::new());
    if file.read_to_string(&mut text).map_err(failed)? == 0 || text.trim().is_empty() {
        return Err(SecretError::Form(shown));
    }
    Ok(text.trim().into())
}

/// Returns the key under which a secret stands in a file, if one does. Public keys are no secrets.
pub(super) fn found_in(table: &toml::Table) -> Option<String> {
    in_table("", table)
}

fn in_table(prefix: &str, table: &toml::Table) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        // A key that was put in the place of a name is not repeated either.
        let shown = if looks_random(name) { "..." } else { name };
        let path = if prefix.is_empty() { shown.to_owned() } else { format!("{prefix}.{shown}") };
        if shown != name.as_str() {
            return Some(path);
        }
        in_value(&path, name, value)
    })
}

fn in_value(path: &str, name: &str, value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => {
            let named = NAMES.iter().any(|part| name.to_ascii_lowercase().contains(part));
            let is =
                named || text.contains("PRIVATE KEY") || looks_random(text) || with_password(text);
            is.then(|| path.to_owned())
        }
        toml::Value::Array(values) => values.iter().find_map(|value| in_value(path, name, value)),
        toml::Value::Table(table) => in_table(path, table),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => None,
    }
}

/// Whether a word is long and mixes what a key mixes. Public keys carry a prefix with dashes and are not taken for one.
fn looks_random(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    body.len() >= RANDOM_LENGTH
        && body.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
        && body.chars().any(|c| c.is_ascii_digit())
        && body.chars().any(|c| c.is_ascii_alphabetic())
}

/// Whether an address names a user.
fn with_password(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
    })
}
