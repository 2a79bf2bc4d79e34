//! [`StateDir`]: all that a run leaves on disk, held by one process at a time.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::Failure;
use crate::setup::JournalFolder;

/// The folder of a run. Its lock is held as long as this lives.
#[derive(Debug)]
pub(crate) struct StateDir {
    path: PathBuf,
    /// Held, or, after a take-over, waited for by a thread of its own.
    _lock: Option<File>,
}

impl StateDir {
    /// Makes the folder if it is absent, for this user alone, and takes its lock.
    ///
    /// With `take_over` a lock that another process holds is no obstacle: the journal's term decides who may act. The lock is
    /// taken as soon as the other one lets go.
    ///
    /// # Errors
    /// If another process runs on the folder, or the folder cannot be used.
    pub(crate) fn open(path: &Path, take_over: bool) -> Result<Self, Failure> {
        let shown = path.display();
        if !path.is_dir() {
            fs::create_dir_all(path).with_context(|| format!("making {shown}"))?;
            fs::set_permissions(path, Permissions::from_mode(0o700))
                .with_context(|| format!("closing {shown} to others"))?;
        }
        let file = path.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let lock = lock.with_context(|| file.display().to_string())?;
        let lock = match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) if take_over => {
                hold_later(lock)?;
                None
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::config(format_args!(
                    "another plimsoll runs on {shown}: stop it, choose another --state, or end its turn with --take-over"
                )));
            }
            Err(TryLockError::Error(error)) => {
                return Err(anyhow::Error::new(error).context(format!("locking {shown}")).into());
            }
        };
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Returns the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where the journal is, and its keys.
    pub(crate) fn journal(&self) -> JournalFolder {
        JournalFolder::new(&self.path.join("journal"), None)
    }

    /// Returns where the simulated venue keeps its own record.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path.join("ledger")
    }

    /// Returns where the account at the simulated venue is written, with its secret.
    pub(crate) fn accounts(&self) -> PathBuf {
        self.path.join("venue.accounts")
    }

    /// Returns where it is written how the simulated venue that runs now is reached.
    pub(crate) fn venue(&self) -> PathBuf {
        self.path.join("venue.json")
    }

    /// Returns where the simulated venue says what goes wrong with it.
    pub(crate) fn venue_log(&self) -> PathBuf {
        self.path.join("venue.log")
    }

    /// Returns where the rows lie that people ask for.
    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("journal.sqlite")
    }
}

/// Writes a file that this user alone can read: whole, or not at all.
pub(super) fn write_private(path: &Path, content: &str) -> Result<(), Failure> {
    let shown = || path.display().to_string();
    let unfinished = path.with_extension("new");
    let _ = fs::remove_file(&unfinished);
    let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unfinished);
    let mut file = made.with_context(shown)?;
    file.write_all(content.as_bytes()).and_then(|()| file.sync_all()).with_context(shown)?;
    fs::rename(&unfinished, path).with_context(shown)?;
    Ok(())
}

/// Waits for a lock that a former process still holds.
#[expect(clippy::disallowed_methods, reason = "the wait ends when the other process does")]
fn hold_later(lock: File) -> Result<(), Failure> {
    let wait = move || {
        if lock.lock().is_ok() {
            // Held until the process ends.
            std::mem::forget(lock);
        }
    };
    std::thread::Builder::new().name("state lock".to_owned()).spawn(wait)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_unless_it_takes_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = StateDir::open(&path, false).unwrap();
        let refused = StateDir::open(&path, false).unwrap_err();
        assert!(refused.error.to_string().contains("--take-over"), "{refused:?}");
        let second = StateDir::open(&path, true).unwrap();
        assert_eq!(second.path(), first.path());
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700);
    }

    #[test]
    fn what_is_private_is_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for content in ["one", "another"] {
            write_private(&path, content).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
