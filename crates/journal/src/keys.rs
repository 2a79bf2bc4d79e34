//! `KeyStore`: the key that signs checkpoints, kept outside the journal's folder.
//!
//! | file | holds |
//! | --- | --- |
//! | `journal.key` | the private key: base64 of 32 bytes and an end of line, mode 0600 |
//! | `journal.pub` | the public key in the same form; for people, and made again when it is absent |
//! | `next.key` | the private key that a rotation is about to put in force |
//!
//! A key is made under a name that ends in `.new`, synced, read back and renamed: one under its own name is whole, and what is
//! signed with it can be signed tomorrow. Reading back finds a write that the disk lost, changed or put elsewhere while it said that
//! all went well. On Linux the system is asked before to drop its own copy of the file. Not seen is what lies below the copy that
//! answers: where the system keeps it (other systems, a file system in memory or over a network) that is the page cache, else the
//! memory of the device itself.
//!
//! A key counts as read once two reads in a row agree: each bit of it that a read got wrong makes another key, and no checksum says so.

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use zeroize::Zeroizing;

use crate::disk::{Access, Disk, DiskFile, RealDisk, holds, keep, steady, unsteady};
use crate::format::KeyRotated;
use crate::note::{Checkpoint, SignedNote, VerifyingKey};
use crate::words::{JournalId, Seq};

const CURRENT: &str = "journal.key";
const PUBLIC: &str = "journal.pub";
const NEXT: &str = "next.key";

/// Base64 of 32 bytes, and an end of line.
const FILE_BYTES: usize = 45;

/// The key that signs checkpoints.
///
/// Debug output shows public keys alone, and private ones are wiped from memory when they are dropped.
pub struct KeyStore {
    disk: Arc<dyn Disk>,
    /// The folder, as messages call it.
    folder: String,
    current: Key,
    next: Option<Key>,
}

struct Key {
    private: SigningKey,
    public: VerifyingKey,
}

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others than the owner can get at it.
    #[error("saw mode {mode:04o} of {path}, wanted {wanted:04o}: run `chmod {wanted:o} '{path}'`")]
    Mode {
        /// The file or folder.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// What they should be at most.
        wanted: u32,
    },
    /// The file does not hold a key.
    #[error("saw no private key in {0}, wanted base64 of 32 bytes: restore the file from a backup")]
    Form(String),
    /// The journal is signed with a key that is not here.
    #[error("saw the key {saw} in {folder}, wanted {wanted}, which the journal is signed with")]
    Other {
        /// The folder of the keys.
        folder: String,
        /// The key that is there.
        saw: Box<VerifyingKey>,
        /// The key that is in force.
        wanted: Box<VerifyingKey>,
    },
    /// There is no rotation to finish.
    #[error("saw no next key in {0}, wanted the one of the rotation")]
    NoNext(String),
    /// The system gave no randomness.
    #[error("no randomness for a new key: {0}")]
    Random(getrandom::Error),
    /// The disk does not hold the key that was written to it.
    #[error(
        "read other bytes from {0} than were written there, wanted the new key: nothing is signed with it; put the keys on another disk, or start again"
    )]
    NotKept(String),
    /// The disk failed.
    #[error("{path}: {source}")]
    Disk {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyStore {
    /// Opens the keys in a folder of the machine, and makes folder (mode 0700) and key (0600) if absent.
    ///
    /// # Errors
    /// [`KeyError::Mode`] if others can get at the folder or a key; as [`KeyStore::open`].
    pub fn open_folder(folder: &Path) -> Result<KeyStore, KeyError> {
        let shown = folder.display().to_string();
        let failed = |source| KeyError::Disk { path: shown.clone(), source };
        let disk = RealDisk::new(folder);
        disk.make_dir("").map_err(failed)?;
        let mode = folder.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        check_mode(mode, 0o700, &shown)?;
        KeyStore::open(Arc::new(disk), &shown)
    }

    /// Opens the keys on a disk, and makes the first one if there is none. `folder` is what messages
    /// call the place.
    ///
    /// # Errors
    /// If others can read a key, a file does not hold one, or the disk fails.
    pub fn open(disk: Arc<dyn Disk>, folder: &str) -> Result<KeyStore, KeyError> {
        KeyStore::open_or_make(disk, folder, Key::random)
    }

    /// As [`KeyStore::open`], but the first key is made of a seed: for a simulated journal, all of whose bytes have to follow
    /// from one. Who knows the seed can sign.
    ///
    /// # Errors
    /// As [`KeyStore::open`].
    pub fn open_simulated(
        disk: Arc<dyn Disk>,
        folder: &str,
        seed: &[u8; 32],
    ) -> Result<KeyStore, KeyError> {
        let make = || Ok(Key::new(seed).expect("the public half of a private key is never weak"));
        KeyStore::open_or_make(disk, folder, make)
    }

    fn open_or_make(
        disk: Arc<dyn Disk>,
        folder: &str,
        make: impl FnOnce() -> Result<Key, KeyError>,
    ) -> Result<KeyStore, KeyError> {
        let files = Files { disk: &*disk, folder };
        files.remove_unfinished()?;
        let current = match files.read(CURRENT)? {
            Some(key) => key,
            None => {
                let made = make()?;
                files.keep(CURRENT, &made)?;
                made
            }
        };
        files.publish(&current)?;
        let next = files.read(NEXT)?;
        Ok(KeyStore { folder: folder.to_owned(), current, next, disk })
    }

    /// Returns the folder of the keys: what else must lie outside of the journal's folder lies there too.
    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Returns the public key in force.
    #[must_use]
    pub fn public(&self) -> VerifyingKey {
        self.current.public
    }

    /// Returns the signature of the key in force.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.current.private.sign(message).to_bytes()
    }

    /// Returns the checkpoint as a note signed with the key in force.
    #[must_use]
    pub fn sign_checkpoint(&self, checkpoint: Checkpoint) -> SignedNote {
        SignedNote::new(checkpoint, &self.current.public, |text| self.sign(text))
    }

    /// Makes the next key durable and returns the entry that puts it in force at `seq` of the journal.
    ///
    /// The key in force stays until [`KeyStore::finish_rotation`], which is called when the entry is durable.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn begin_rotation(&mut self, id: JournalId, seq: Seq) -> Result<KeyRotated, KeyError> {
        let next = match self.next.take() {
            // Left by a rotation that did not come to its entry.
            Some(next) => next,
            None => {
                let made = Key::random()?;
                self.files().keep(NEXT, &made)?;
                made
            }
        };
        let (old, new) = (self.current.public.to_bytes(), next.public.to_bytes());
        let message = KeyRotated::message(id, seq, &old, &new);
        let by_new = next.private.sign(&message).to_bytes();
        self.next = Some(next);
        Ok(KeyRotated { old, new, by_old: self.sign(&message), by_new })
    }

    /// Puts the next key in force: its entry is durable.
    ///
    /// # Errors
    /// If there is no next key, or the disk fails.
    pub fn finish_rotation(&mut self) -> Result<(), KeyError> {
        let next = self.next.take().ok_or_else(|| KeyError::NoNext(self.folder.clone()))?;
        let files = self.files();
        files.done(CURRENT, files.disk.rename(NEXT, CURRENT))?;
        files.done(CURRENT, files.disk.sync_dir(""))?;
        files.publish(&next)?;
        self.current = next;
        Ok(())
    }

    /// Brings the keys in line with the one in force in the journal, after a stop in the middle of a rotation.
    ///
    /// # Errors
    /// [`KeyError::Other`] if the key in force is neither the current one nor the next; if the disk fails.
    pub fn settle(&mut self, in_force: &VerifyingKey) -> Result<(), KeyError> {
        if self.next.as_ref().is_some_and(|next| next.public == *in_force) {
            return self.finish_rotation();
        }
        if self.current.public == *in_force {
            return Ok(());
        }
        let (folder, saw) = (self.folder.clone(), Box::new(self.current.public));
        Err(KeyError::Other { folder, saw, wanted: Box::new(*in_force) })
    }

    fn files(&self) -> Files<'_> {
        Files { disk: &*self.disk, folder: &self.folder }
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = self.next.as_ref().map(|next| next.public);
        f.debug_struct("KeyStore")
            .field("folder", &self.folder)
            .field("public", &self.current.public)
            .field("next", &next)
            .finish_non_exhaustive()
    }
}

/// Returns whether both keys signed the rotation for this place of this journal.
#[must_use]
pub fn rotation_holds(rotated: &KeyRotated, id: JournalId, seq: Seq) -> bool {
    let message = KeyRotated::message(id, seq, &rotated.old, &rotated.new);
    [(&rotated.old, &rotated.by_old), (&rotated.new, &rotated.by_new)].iter().all(
        |(key, signature)| {
            VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify(&message, signature))
        },
    )
}

fn check_mode(mode: u32, wanted: u32, path: &str) -> Result<(), KeyError> {
    if mode & !wanted == 0 {
        Ok(())
    } else {
        Err(KeyError::Mode { path: path.into(), mode, wanted })
    }
}

impl Key {
    fn new(seed: &[u8; 32]) -> Option<Key> {
        let private = SigningKey::from_bytes(seed);
        let public = VerifyingKey::from_bytes(private.verifying_key().as_bytes()).ok()?;
        Some(Key { private, public })
    }

    fn random() -> Result<Key, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(KeyError::Random)?;
        Ok(Key::new(&seed).expect("the public half of a private key is never weak"))
    }

    /// The private key as it is stored.
    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES));
        text.push_str(&Zeroizing::new(Base64::encode_string(self.private.as_bytes())));
        text.push('\n');
        text
    }

    fn of_text(text: &[u8]) -> Option<Key> {
        let mut seed = Zeroizing::new([0; 32]);
        let decoded = Base64::decode(text.strip_suffix(b"\n")?, &mut *seed).ok()?;
        (decoded.len() == 32).then(|| Key::new(&seed)).flatten()
    }
}

/// The files of the keys.
#[derive(Clone, Copy)]
struct Files<'a> {
    disk: &'a dyn Disk,
    folder: &'a str,
}

impl Files<'_> {
    fn shown(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    fn done<T>(&self, name: &str, result: io::Result<T>) -> Result<T, KeyError> {
        result.map_err(|source| KeyError::Disk { path: self.shown(name), source })
    }

    fn remove_unfinished(&self) -> Result<(), KeyError> {
        for found in self.done("", self.disk.list(""))? {
            if [CURRENT, NEXT, PUBLIC].iter().any(|name| found.name == unfinished(name)) {
                self.done(&found.name, self.disk.remove(&found.name))?;
            }
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<Key>, KeyError> {
        let file = match self.disk.open(name, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return self.done(name, Err(error)),
        };
        check_mode(self.done(name, file.mode())?, 0o600, &self.shown(name))?;
        let text = self.done(name, read_text(&*file))?;
        let key = text.and_then(|text| Key::of_text(&*text));
        key.map(Some).ok_or_else(|| KeyError::Form(self.shown(name)))
    }

    /// Writes a key; it is there when this has gone well.
    fn keep(&self, name: &str, key: &Key) -> Result<(), KeyError> {
        let kept = keep(self.disk, name, key.to_text().as_bytes());
        let whole = self.done(name, kept)?;
        if whole { Ok(()) } else { Err(KeyError::NotKept(self.shown(&unfinished(name)))) }
    }

    /// Writes the public key, unless it stands there already, and the private one again if that went into its place.
    fn publish(&self, key: &Key) -> Result<(), KeyError> {
        let text = format!("{}\n", key.public);
        if holds(self.disk, PUBLIC, text.as_bytes()).is_ok_and(|same| same) {
            return Ok(());
        }
        let written = self.write_new(PUBLIC, text.as_bytes());
        self.done(PUBLIC, written.and_then(|()| self.name_new(PUBLIC)))?;
        let private = key.to_text();
        if self.done(CURRENT, holds(self.disk, CURRENT, private.as_bytes()))? {
            return Ok(());
        }
        let file = self.done(CURRENT, self.disk.open(CURRENT, Access::Read))?;
        match self.done(CURRENT, read_text(&*file))? {
            Some(there) if *there == *text.as_bytes() => self.keep(CURRENT, key),
            // It was read as another key a moment ago.
            Some(_) | None => self.done(CURRENT, Err(unsteady())),
        }
    }

    /// Writes a file under the name of one that is not finished.
    fn write_new(&self, name: &str, text: &[u8]) -> io::Result<()> {
        let file = self.disk.create(&unfinished(name))?;
        file.write_at(0, text)?;
        file.sync()
    }

    /// Gives it its own name.
    fn name_new(&self, name: &str) -> io::Result<()> {
        self.disk.rename(&unfinished(name), name)?;
        self.disk.sync_dir("")
    }
}

/// Reads a key's text; `None` if the file is longer or shorter than one.
fn read_text(file: &dyn DiskFile) -> io::Result<Option<Zeroizing<[u8; FILE_BYTES]>>> {
    if file.len()? != 45 {
        return Ok(None);
    }
    let look = || {
        file.forget();
        let mut text = Zeroizing::new([0; FILE_BYTES]);
        file.read_at(0, &mut *text).map(|()| text)
    };
    steady(look).map(Some)
}

/// Name of a file that is being written.
fn unfinished(name: &str) -> String {
    format!("{name}.new")
}

#[cfg(test)]
mod tests;
