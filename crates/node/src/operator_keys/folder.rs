//! [`KeyFolder`]: where operators' keys lie: a folder of its own, outside of state and journal.
//!
//! | file | holds |
//! | --- | --- |
//! | `NAME.key` | the private key: `plimsoll-private-`, base64 of 32 bytes and an end of line, mode 0600 |
//! | `NAME.pub` | the public key; for people, and made again when it is absent |
//! | `NAME.retired` | public keys that a rotation took out of force, oldest first |
//! | `NAME.totp`, `NAME.totp-used` | the secret of one-time codes, and the last step whose code was taken |
//!
//! A key is made under a name that ends in `.new`, synced, read back and renamed: one under its own name is whole, and what is signed
//! with it can be signed tomorrow. A file counts as read once two reads in a row agree ([`journal::keys`] says what neither can see).

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use journal::disk::{Access, Disk, RealDisk, keep, steady};
use zeroize::Zeroizing;

use super::TrustedKey;
use crate::files;

/// What a private key begins with, so that nobody takes it for a public one.
const PRIVATE_PREFIX: &str = "plimsoll-private-";

/// Longest file in the folder that is read.
const BYTES_MAX: u64 = 64 * 1024;

/// A folder of operators' keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyFolder {
    path: PathBuf,
}

/// The key of one operator. Debug output shows the public half alone; the private one is wiped when dropped.
pub(crate) struct OperatorKey {
    private: SigningKey,
    public: TrustedKey,
}

/// What is known about one key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Listed {
    /// Whose.
    pub(crate) name: String,
    /// Its public half.
    pub(crate) public: TrustedKey,
    /// Whether there is a secret of one-time codes.
    pub(crate) totp: bool,
    /// Public keys that it replaced, oldest first.
    pub(crate) retired: Vec<TrustedKey>,
}

/// A key or folder that cannot be used. It never says what a file held.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFolderError {
    /// The name would be no plain file.
    #[error("saw the name `{0}`, wanted 1 to 32 characters of a-z, 0-9, `_` or `-`")]
    Name(String),
    /// There is one already.
    #[error(
        "{0} is there already: `plimsoll keys rotate` replaces a key, another name makes another"
    )]
    There(String),
    /// There is none.
    #[error("saw no {0}, wanted one: {1}")]
    Absent(String, &'static str),
    /// Others than the owner can get at it.
    #[error(
        "saw mode {mode:04o} of {path}, wanted {wanted:04o} at most: run `chmod {wanted:o} '{path}'`"
    )]
    Mode {
        /// The file or folder.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// What they should be at most.
        wanted: u32,
    },
    /// The file does not hold what it should.
    #[error("saw no {what} in {path}: restore the file from a backup, or make another")]
    Form {
        /// The file.
        path: String,
        /// What it should hold.
        what: &'static str,
    },
    /// There is no place for keys.
    #[error("saw neither --dir nor HOME, wanted a folder for keys: name one with --dir")]
    NoPlace,
    /// The system gave no randomness.
    #[error("no randomness for a new key: {0}")]
    Random(getrandom::Error),
    /// The disk does not hold what was written to it.
    #[error(
        "read other bytes than were written for {0}: it is as it was before; put the keys on another disk, or try again"
    )]
    NotKept(String),
    /// The disk failed.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyFolder {
    /// Returns the folder that is named, or `.config/plimsoll/keys` of the user.
    ///
    /// # Errors
    /// `NoPlace` if neither is known.
    pub(crate) fn at(named: Option<&Path>) -> Result<Self, KeyFolderError> {
        let home =
            || variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
        let path = match named {
            Some(path) => path.to_owned(),
            None => home().ok_or(KeyFolderError::NoPlace)?.join("plimsoll/keys"),
        };
        Ok(Self { path })
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a key, and the folder (mode 0700) if absent.
    ///
    /// # Errors
    /// `There` if there is one of this name; if others can get at the folder, or the disk fails.
    pub(crate) fn create(&self, name: &str) -> Result<TrustedKey, KeyFolderError> {
        let key = OperatorKey::random()?;
        self.create_private(name, "key", key.to_text().as_bytes())?;
        self.publish(name, key.public)?;
        Ok(key.public)
    }

    /// Reads a key.
    ///
    /// # Errors
    /// If it is absent, others can get at it, or it holds no key.
    pub(crate) fn read(&self, name: &str) -> Result<OperatorKey, KeyFolderError> {
        let text = self.read_private(name, "key", "`plimsoll keys new NAME` makes it")?;
        OperatorKey::of_text(&text).ok_or_else(|| self.form(name, "key", "private key"))
    }

    /// Puts a new key in the place of one, whose private half is gone for good afterwards. Returns old and new.
    ///
    /// # Errors
    /// As [`KeyFolder::read`], or if the disk fails; then the old key is still in force.
    pub(crate) fn rotate(&self, name: &str) -> Result<(TrustedKey, TrustedKey), KeyFolderError> {
        let old = self.read(name)?;
        let new = OperatorKey::random()?;
        let mut retired = self.retired(name)?;
        // A rotation that was cut off has written this line already.
        if retired.last() != Some(&old.public) {
            retired.push(old.public);
        }
        let lines: String = retired.iter().map(|key| format!("{key}\n")).collect();
        self.write_private(name, "retired", lines.as_bytes())?;
        self.write_private(name, "key", new.to_text().as_bytes())?;
        self.publish(name, new.public)?;
        Ok((old.public, new.public))
    }

    /// Returns all keys in order of their names; none where there is no folder.
    ///
    /// # Errors
    /// As [`KeyFolder::read`].
    pub(crate) fn list(&self) -> Result<Vec<Listed>, KeyFolderError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.path)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(failed(&self.path))?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".key"));
            names.extend(name.filter(|name| is_name(name)).map(str::to_owned));
        }
        names.sort();
        names.into_iter().map(|name| self.listed(name)).collect()
    }

    /// Returns what is known about one key.
    ///
    /// # Errors
    /// As [`KeyFolder::read`].
    pub(crate) fn listed(&self, name: String) -> Result<Listed, KeyFolderError> {
        let public = self.read(&name)?.public;
        let totp = self.file(&name, "totp")?.exists();
        Ok(Listed { public, totp, retired: self.retired(&name)?, name })
    }

    /// Returns the file of a name.
    fn file(&self, name: &str, kind: &str) -> Result<PathBuf, KeyFolderError> {
        if is_name(name) {
            Ok(self.path.join(format!("{name}.{kind}")))
        } else {
            Err(KeyFolderError::Name(name.chars().take(40).collect()))
        }
    }

    /// Writes a private file that must not be there yet, and the folder (mode 0700) if absent.
    pub(super) fn create_private(
        &self,
        name: &str,
        kind: &str,
        text: &[u8],
    ) -> Result<(), KeyFolderError> {
        let path = self.file(name, kind)?;
        self.make()?;
        if path.exists() {
            return Err(KeyFolderError::There(shown(&path)));
        }
        self.write_private(name, kind, text)
    }

    /// Writes a private file with mode 0600, whole or not at all.
    pub(super) fn write_private(
        &self,
        name: &str,
        kind: &str,
        text: &[u8],
    ) -> Result<(), KeyFolderError> {
        let path = &self.file(name, kind)?;
        let kept = put(&RealDisk::new(&self.path), &format!("{name}.{kind}"), text);
        let whole = kept.map_err(failed(path))?;
        if whole { Ok(()) } else { Err(KeyFolderError::NotKept(shown(path))) }
    }

    /// Waits until no other process is at a file, and keeps others away until the answer is dropped.
    pub(super) fn lock(&self, name: &str, kind: &str) -> Result<File, KeyFolderError> {
        let path = &self.file(name, kind)?;
        let file = File::open(path).map_err(failed(path))?;
        file.lock().map_err(failed(path))?;
        Ok(file)
    }

    /// Returns the error of a file that does not hold what it should.
    pub(super) fn form(&self, name: &str, kind: &str, what: &'static str) -> KeyFolderError {
        KeyFolderError::Form { path: shown(&self.path.join(format!("{name}.{kind}"))), what }
    }

    /// Reads a private file; `else_do` says how to come by one.
    pub(super) fn read_private(
        &self,
        name: &str,
        kind: &str,
        else_do: &'static str,
    ) -> Result<Zeroizing<String>, KeyFolderError> {
        let path = &self.file(name, kind)?;
        let file = match files::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFolderError::Absent(shown(path), else_do));
            }
            Err(error) => return Err(failed(path)(error)),
        };
        check_mode(&self.path, &fs::metadata(&self.path).map_err(failed(&self.path))?, 0o700)?;
        let about = file.metadata().map_err(failed(path))?;
        check_mode(path, &about, 0o600)?;
        let form = || KeyFolderError::Form { path: shown(path), what: "text" };
        if !about.is_file() || about.len() > BYTES_MAX {
            return Err(form());
        }
        let text = text_in(&RealDisk::new(&self.path), &format!("{name}.{kind}"));
        text.map_err(failed(path))?.ok_or_else(form)
    }

    fn make(&self) -> Result<(), KeyFolderError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.map_err(failed(&self.path))?;
        check_mode(&self.path, &fs::metadata(&self.path).map_err(failed(&self.path))?, 0o700)
    }

    fn publish(&self, name: &str, public: TrustedKey) -> Result<(), KeyFolderError> {
        self.write_private(name, "pub", format!("{public}\n").as_bytes())
    }

    fn retired(&self, name: &str) -> Result<Vec<TrustedKey>, KeyFolderError> {
        let text = match self.read_private(name, "retired", "") {
            Err(KeyFolderError::Absent(..)) => return Ok(Vec::new()),
            other => other?,
        };
        let form = |_| self.form(name, "retired", "public keys");
        text.lines().map(|line| line.parse().map_err(form)).collect()
    }
}

impl OperatorKey {
    /// Returns the public half.
    pub(crate) const fn public(&self) -> TrustedKey {
        self.public
    }

    /// Returns the signature over a message.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.private.sign(message).to_bytes()
    }

    fn of_seed(seed: &[u8; 32]) -> Self {
        let private = SigningKey::from_bytes(seed);
        let public = TrustedKey::from_bytes(private.verifying_key().as_bytes())
            .expect("the public half of a private key is never weak");
        Self { private, public }
    }

    fn random() -> Result<Self, KeyFolderError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(KeyFolderError::Random)?;
        Ok(Self::of_seed(&seed))
    }

    fn to_text(&self) -> Zeroizing<String> {
        let body = Zeroizing::new(Base64::encode_string(self.private.as_bytes()));
        let mut text = Zeroizing::new(String::with_capacity(PRIVATE_PREFIX.len() + body.len() + 1));
        text.push_str(PRIVATE_PREFIX);
        text.push_str(&body);
        text.push('\n');
        text
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        let body = text.strip_prefix(PRIVATE_PREFIX)?.strip_suffix('\n')?;
        let decoded = Base64::decode(body, &mut *seed).ok()?.len();
        (decoded == 32).then(|| Self::of_seed(&seed))
    }
}

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Writes a file with mode 0600, whole or not at all; returns `false` if the disk does not hold what was written.
pub(super) fn put(disk: &dyn Disk, name: &str, text: &[u8]) -> io::Result<bool> {
    match disk.remove(&format!("{name}.new")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    keep(disk, name, text)
}

/// Reads a file until two reads in a row agree; `None` if it is no text.
pub(super) fn text_in(disk: &dyn Disk, name: &str) -> io::Result<Option<Zeroizing<String>>> {
    let file = disk.open(name, Access::Read)?;
    let bytes = steady(|| {
        file.forget();
        let len = file.len()?.min(BYTES_MAX);
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(len).unwrap_or(0)]);
        file.read_at(0, &mut bytes).map(|()| bytes)
    })?;
    let text = std::str::from_utf8(&bytes).ok();
    Ok(text.map(|text| Zeroizing::new(text.to_owned())))
}

/// Returns whether a text is the name of a key.
pub(crate) fn is_name(name: &str) -> bool {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    !name.is_empty() && name.len() <= 32 && name.chars().all(sound)
}

#[expect(
    clippy::disallowed_methods,
    reason = "where keys lie decides nothing and is in no journal"
)]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn check_mode(path: &Path, about: &fs::Metadata, wanted: u32) -> Result<(), KeyFolderError> {
    let mode = about.permissions().mode() & 0o7777;
    if mode & !wanted == 0 {
        Ok(())
    } else {
        Err(KeyFolderError::Mode { path: shown(path), mode, wanted })
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> KeyFolderError + '_ {
    move |source| KeyFolderError::Io { path: shown(path), source }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
