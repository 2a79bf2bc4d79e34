//! [`Prover`]: makes proofs from the hashes that lie beside the journal, reading little.

use std::io;
use std::sync::Arc;

use super::proof::Proof;
use super::seek::{self, Place};
use crate::cache::CachedTree;
use crate::disk::{Access, Disk};
use crate::note::{NoteError, SignedNote};
use crate::reader::{Item, ReadError, Reader};
use crate::tree::{Hash, Inclusion, Nodes, leaf_hash, node_hash, prove_inclusion};
use crate::words::{Entry, Seq};

/// Largest signed note that is read.
const NOTE_BYTES_MAX: u64 = 64 << 10;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Nothing has been signed yet.
    #[error("there is no checkpoint in the folder: the writer has not signed one yet")]
    NoCheckpoint,
    /// The checkpoint is not one.
    #[error("the file checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The entry is behind the newest checkpoint.
    #[error("saw entry {seq}, wanted one up to {size}, the end of the newest checkpoint")]
    Outside {
        /// The entry.
        seq: Seq,
        /// The checkpoint's last entry.
        size: Seq,
    },
    /// Retention dropped the entry; its hash alone is left.
    #[error("entry {0} was dropped by retention: its hash is in the tree, its bytes are gone")]
    Dropped(Seq),
    /// The hashes do not lead to the signed root.
    #[error("the hashes in the folder lead to another root than the checkpoint signs: run verify")]
    Root,
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The disk failed.
    #[error("the disk failed")]
    Disk(#[from] io::Error),
}

/// Makes proofs against the newest checkpoint of a journal.
///
/// Opening reads what the files of the tree do not hold yet, some hundred entries where a writer has kept
/// them; a proof then reads some 8 KiB for each file of the tree, and halves the entry's segment to find its record.
#[derive(Debug)]
pub struct Prover {
    disk: Arc<dyn Disk>,
    note: SignedNote,
    nodes: Known,
}

/// Hashes in files up to some leaf, and the leaves behind it in memory.
#[derive(Debug)]
struct Known {
    files: CachedTree,
    /// Leaves whose hashes are in the files.
    filed: u64,
    /// Hashes of the leaves behind those.
    rest: Vec<Hash>,
}

impl Nodes for Known {
    type Error = io::Error;

    fn node(&mut self, level: u32, index: u64) -> io::Result<Hash> {
        if (index + 1) << level <= self.filed {
            return self.files.node(level, index);
        }
        let Some(below) = level.checked_sub(1) else {
            let place = usize::try_from(index - self.filed).map_err(|_| io::ErrorKind::NotFound)?;
            return self.rest.get(place).copied().ok_or_else(|| io::ErrorKind::NotFound.into());
        };
        let (left, right) = (self.node(below, 2 * index)?, self.node(below, 2 * index + 1)?);
        Ok(node_hash(&left, &right))
    }
}

impl Prover {
    /// Reads the newest checkpoint, and the hashes that no file of the tree holds.
    ///
    /// # Errors
    /// If nothing is signed, or the journal cannot be read.
    pub fn open(disk: Arc<dyn Disk>) -> Result<Prover, ProveError> {
        let note = newest(&*disk)?;
        let size = note.unverified().size.0;
        let files = CachedTree::open(&*disk)?;
        let filed = files.size()?.min(size);
        let mut rest = Vec::new();
        if filed < size {
            let mut reader = Reader::open(Arc::clone(&disk), Seq(filed + 1))?;
            while filed + (rest.len() as u64) < size {
                match reader.next()? {
                    Some(Item::Entry(entry)) => rest.push(leaf_hash(&leaf_data(&entry))),
                    Some(Item::Dropped { .. }) | None => return Err(ProveError::Root),
                }
            }
        }
        Ok(Prover { disk, note, nodes: Known { files, filed, rest } })
    }

    /// Returns the checkpoint that proofs are made against.
    #[must_use]
    pub const fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Makes the proof of an entry. It holds for whoever trusts the key that signed the checkpoint.
    ///
    /// # Errors
    /// If the entry is behind the checkpoint or was dropped, or the folder does not hold.
    pub fn prove(&mut self, seq: Seq) -> Result<Proof, ProveError> {
        let leaf = self.leaf(seq)?;
        let inclusion = self.inclusion(seq, &leaf_hash(&leaf))?;
        Ok(Proof::new(leaf, inclusion, self.note.clone()))
    }

    /// Returns the path of an entry whose leaf hash is known, checked against the signed root.
    ///
    /// # Errors
    /// As [`Prover::prove`].
    pub fn inclusion(&mut self, seq: Seq, leaf: &Hash) -> Result<Inclusion, ProveError> {
        let checkpoint = *self.note.unverified();
        let outside = ProveError::Outside { seq, size: checkpoint.size };
        let Some(index) = seq.0.checked_sub(1) else { return Err(outside) };
        let path = prove_inclusion(&mut self.nodes, index, checkpoint.size.0)?.ok_or(outside)?;
        path.verify(leaf, &checkpoint.root).map_err(|_| ProveError::Root)?;
        Ok(path)
    }

    fn leaf(&self, seq: Seq) -> Result<Vec<u8>, ProveError> {
        let size = self.note.unverified().size;
        if seq == Seq::NONE || seq > size {
            return Err(ProveError::Outside { seq, size });
        }
        match seek::find(&*self.disk, seq)? {
            Place::Entry(leaf) => Ok(leaf),
            Place::Dropped => Err(ProveError::Dropped(seq)),
            Place::Nothing => Err(ProveError::Root),
        }
    }
}

fn leaf_data(entry: &Entry<'_>) -> Vec<u8> {
    let mut leaf = entry.seq.0.to_le_bytes().to_vec();
    leaf.extend_from_slice(&entry.kind.to_le_bytes());
    leaf.extend_from_slice(&entry.schema.to_le_bytes());
    leaf.extend_from_slice(entry.payload);
    leaf
}

/// Reads the newest signed checkpoint of a journal.
fn newest(disk: &dyn Disk) -> Result<SignedNote, ProveError> {
    let file = match disk.open("checkpoint", Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ProveError::NoCheckpoint);
        }
        opened => opened?,
    };
    let length = usize::try_from(file.len()?.min(NOTE_BYTES_MAX + 1)).unwrap_or_default();
    let mut bytes = vec![0; length];
    file.read_at(0, &mut bytes)?;
    Ok(SignedNote::parse(&bytes)?)
}
