//! What a writer keeps beside the segments: the file `checkpoint`, the hashes for proofs, the heads file.

use std::io;

use super::door::AppendError;
use super::file::FileJournal;
use super::segment::is_full;
use crate::keys::KeyStore;
use crate::note::Checkpoint;
use crate::tree::Hash;
use crate::words::{Head, Seq};

impl FileJournal {
    /// Returns the root of the tree of the first `seq` entries, from the hashes for proofs.
    ///
    /// # Errors
    /// What the disk says; `UnexpectedEof` if the journal is shorter.
    pub fn root_at(&mut self, seq: Seq) -> io::Result<Hash> {
        self.cache.flush();
        self.cache.root_at(seq)
    }

    /// Makes the hashes of the filled segment durable, or makes sure that nobody takes them for that.
    pub(super) fn settle_cache(&mut self, sync: bool) -> Result<(), AppendError> {
        if sync {
            let synced = self.cache.sync();
            return synced.map_err(|error| self.fail("fsync of the hashes for proofs", &error));
        }
        self.cache.flush();
        Ok(())
    }

    /// Replaces the file `checkpoint`. It is a copy: on a full disk the one before stays.
    pub(super) fn publish(&mut self, note: &str) {
        self.cache.flush();
        let replaced = self.replace_checkpoint(note.as_bytes());
        match replaced.and_then(|()| self.heads.sync()) {
            Err(error) if !is_full(&error) => {
                self.fail("publishing a checkpoint", &error);
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn replace_checkpoint(&self, note: &[u8]) -> io::Result<()> {
        let unmade = "checkpoint.new";
        let made = match self.disk.create(unmade) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.disk.remove(unmade)?;
                self.disk.create(unmade)
            }
            made => made,
        }?;
        let written = made.write_at(0, note);
        let written = written.and_then(|()| if self.options.sync { made.sync() } else { Ok(()) });
        match written {
            Ok(()) => self.disk.rename(unmade, "checkpoint"),
            Err(error) => {
                self.disk.remove(unmade)?;
                Err(error)
            }
        }
    }

    pub(super) fn sync_heads(&mut self) {
        if let Err(error) = self.heads.sync() {
            self.fail("noting the head", &error);
        }
    }
}

/// Signs the tree as it is at a head.
pub(super) fn sign(keys: &KeyStore, head: &Head) -> String {
    let Head { id, seq, root, .. } = *head;
    keys.sign_checkpoint(Checkpoint { id, size: seq, root }).to_text()
}
