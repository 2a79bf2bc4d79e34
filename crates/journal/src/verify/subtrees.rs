//! The files of the tree, held against the leaves while those are read.

use super::report::Findings;
use super::{VerifyError, at};
use crate::cache::{HASH_BYTES, STEP, path};
use crate::disk::{Access, Disk};
use crate::tree::Hash;
use crate::window::as_u64;
use crate::words::Seq;

/// Hashes that are read at once.
const AHEAD: u64 = 4096;

/// The files, as long as they were when the folder was listed.
#[derive(Clone, Debug)]
pub(super) struct Subtrees {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    path: String,
    /// Bytes of the file.
    bytes: u64,
    /// Whole hashes in it.
    count: u64,
    /// Where the hashes in hand begin.
    base: u64,
    hashes: Vec<Hash>,
}

impl Subtrees {
    pub(super) fn new(bytes: &[u64]) -> Subtrees {
        let level = |(number, bytes): (u32, &u64)| Level {
            path: path(number),
            bytes: *bytes,
            count: bytes / HASH_BYTES,
            base: 0,
            hashes: Vec::new(),
        };
        Subtrees { levels: (0..).zip(bytes).map(level).collect() }
    }

    /// How many leaves are there.
    pub(super) fn leaves(&self) -> u64 {
        self.levels.first().map_or(0, |level| level.count)
    }

    /// Compares the hash of a subtree, if the file reaches so far.
    pub(super) fn check(
        &mut self,
        disk: &dyn Disk,
        (number, index): (u32, u64),
        hash: &Hash,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(level) = self.levels.get_mut(place) else { return Ok(()) };
        if index >= level.count {
            return Ok(());
        }
        let Some(saw) = level.at(disk, index)? else { return Ok(()) };
        if saw != *hash {
            let seq = Seq(index << (STEP * number)).next();
            let offset = index * HASH_BYTES;
            findings.add(
                &level.path,
                offset,
                Some(seq),
                format!("the hash {saw}"),
                hash.to_string(),
            );
        }
        Ok(())
    }

    /// Checks the lengths once all leaves are read. `covered` is what must be there at least.
    pub(super) fn check_ends(&self, size: Seq, covered: Seq, findings: &mut Findings) {
        const MEND: &str = "opening the journal for writing makes it again";
        let leaves = self.leaves();
        if leaves < covered.0 {
            let (seen, at) = (format!("the hashes of {leaves} entries"), leaves * HASH_BYTES);
            let wanted = format!("those of {covered}, which the checkpoint covers: {MEND}");
            findings.add(&path(0), at, None, seen, wanted);
        }
        for (number, level) in (0..).zip(&self.levels) {
            let count = leaves.min(size.0) >> (STEP * number);
            if level.bytes != count * HASH_BYTES {
                let at = (count * HASH_BYTES).min(level.bytes);
                let seen = format!("{} bytes", level.bytes);
                let wanted = format!("{}: {MEND}", count * HASH_BYTES);
                findings.add(&level.path, at, None, seen, wanted);
            }
        }
    }
}

impl Level {
    fn at(&mut self, disk: &dyn Disk, index: u64) -> Result<Option<Hash>, VerifyError> {
        if index < self.base || index >= self.base + as_u64(self.hashes.len()) {
            self.read(disk, index)?;
        }
        let place = index.checked_sub(self.base).and_then(|place| usize::try_from(place).ok());
        Ok(place.and_then(|place| self.hashes.get(place)).copied())
    }

    /// Takes the hashes from `index` on in hand.
    fn read(&mut self, disk: &dyn Disk, index: u64) -> Result<(), VerifyError> {
        let count = AHEAD.min(self.count.saturating_sub(index));
        self.base = index;
        self.hashes.clear();
        if count > 0 {
            let mut bytes = vec![0; usize::try_from(count * HASH_BYTES).unwrap_or(0)];
            let file = at(&self.path, disk.open(&self.path, Access::Read))?;
            at(&self.path, file.read_at(index * HASH_BYTES, &mut bytes))?;
            let (hashes, _) = bytes.as_chunks();
            self.hashes.extend(hashes.iter().map(|hash| Hash(*hash)));
        }
        Ok(())
    }
}
