//! Entries on their way: encoded and hashed, not yet written.

use super::door::{AppendError, GROUP_BYTES_MAX};
use super::file::CLOSING_ROOM;
use crate::cache::STEP;
use crate::format::{ENTRY_FRAME_BYTES, leaf_data, put_entry};
use crate::tree::{CompactRange, Hash, leaf_hash};
use crate::words::{Draft, KIND_OWN_MIN, PAYLOAD_BYTES_MAX, Seq};

/// The entries of the next commit, as they will lie on disk, and the tree that they make.
///
/// Memory is kept from commit to commit: an entry costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(super) tree: CompactRange,
    /// Their leaves, in order.
    pub(super) leaves: Vec<Hash>,
    /// The subtrees of the cache's files that they make whole.
    pub(super) whole: Vec<(u32, Hash)>,
    /// Their records.
    pub(super) records: Vec<u8>,
}

impl Stage {
    /// Forgets all entries and begins behind the last one of a tree.
    pub(crate) fn begin(&mut self, tree: &CompactRange) {
        self.tree.clone_from(tree);
        self.leaves.clear();
        self.whole.clear();
        self.records.clear();
    }

    /// Begins behind the entries of another stage.
    pub(crate) fn begin_behind(&mut self, other: &Stage) {
        self.begin(&other.tree);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// The last entry.
    pub(crate) fn seq(&self) -> Seq {
        Seq(self.tree.size())
    }

    /// The tree that they make.
    pub(crate) fn tree(&self) -> &CompactRange {
        &self.tree
    }

    /// Bytes of their records.
    pub(crate) fn bytes(&self) -> usize {
        self.records.len()
    }

    /// Adds entries that [`check_drafts`] has let through.
    pub(crate) fn push(&mut self, entries: &[Draft<'_>]) {
        for draft in entries {
            let start = self.records.len();
            let seq = self.seq().next();
            put_entry(&mut self.records, seq, draft);
            let leaf = leaf_hash(leaf_data(&self.records[start..]));
            self.tree.push_noting(leaf, |level, hash| {
                if level % STEP == 0 {
                    self.whole.push((level / STEP, hash));
                }
            });
            self.leaves.push(leaf);
        }
    }
}

/// Checks the drafts of one commit and returns how many bytes their records have.
pub(crate) fn check_drafts(entries: &[Draft<'_>]) -> Result<usize, AppendError> {
    let mut bytes = 0;
    for draft in entries {
        if draft.kind >= KIND_OWN_MIN {
            return Err(AppendError::Draft("a kind of the journal's own, wanted one below 0xff00"));
        }
        if draft.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(AppendError::Draft("a payload above 16 MiB: keep it as a body"));
        }
        bytes += ENTRY_FRAME_BYTES + draft.payload.len();
    }
    if bytes + CLOSING_ROOM > GROUP_BYTES_MAX {
        return Err(AppendError::Draft("more than 64 MiB for one commit: append in parts"));
    }
    Ok(bytes)
}
