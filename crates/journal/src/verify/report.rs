//! What verify found.

use std::fmt;

use super::chain::Chain;
use super::folder::Folder;
use crate::tree::Hash;
use crate::words::{JournalId, Seq};

/// More are counted and not kept.
const FINDINGS_MAX: usize = 1000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, below the journal's folder.
    pub file: String,
    /// Where in the file.
    pub offset: u64,
    /// The first entry that is not certain because of it; `None` if no entry is touched.
    pub seq: Option<Seq>,
    /// What stands there.
    pub seen: String,
    /// What should.
    pub wanted: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { file, offset, seq, seen, wanted } = self;
        write!(f, "{file} at offset {offset}")?;
        if let Some(seq) = seq {
            write!(f, ", entry {seq}")?;
        }
        write!(f, ": saw {seen}, wanted {wanted}")
    }
}

/// What was found, in the order of reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    count: u64,
}

impl Findings {
    pub(super) fn first(self) -> Option<Finding> {
        self.kept.into_iter().next()
    }

    pub(super) fn add(
        &mut self,
        file: &str,
        offset: u64,
        seq: Option<Seq>,
        seen: impl Into<String>,
        wanted: impl Into<String>,
    ) {
        self.count += 1;
        if self.kept.len() < FINDINGS_MAX {
            let (file, seen, wanted) = (file.to_owned(), seen.into(), wanted.into());
            self.kept.push(Finding { file, offset, seq, seen, wanted });
        }
    }
}

/// The verdict about a folder.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the journal at its end; `None` if no segment could be read.
    pub id: Option<JournalId>,
    /// The last entry of the last whole commit.
    pub size: Seq,
    /// Root of the tree of that size; `None` if what lies before it does not hold.
    pub root: Option<Hash>,
    /// The largest size that a checkpoint from outside vouches for; `None` without one.
    pub vouched: Option<Seq>,
    /// What is not as it was written; the first 1000.
    pub findings: Vec<Finding>,
    /// How many there are.
    pub findings_count: u64,
    /// What one read said and the next did not: nothing is damaged there, and the disk, its cable or the memory reads wrong.
    pub misread: Vec<Finding>,
    /// Entries that retention dropped; their hashes are there.
    pub dropped: u64,
    /// Segments, checkpoints in them, bodies, snapshots.
    pub counts: Counts,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Segments.
    pub segments: usize,
    /// Checkpoints in segments, all signed by the key in force.
    pub checkpoints: u64,
    /// Bodies.
    pub bodies: usize,
    /// Snapshots.
    pub snapshots: usize,
}

impl Report {
    pub(super) fn new(
        chain: &Chain,
        folder: &Folder,
        vouched: Option<Seq>,
        findings: Findings,
    ) -> Report {
        // Roots are not compared without a tree: never without saying so.
        assert!(findings.count > 0 || chain.tree.is_some(), "the tree is lost by a finding alone");
        Report {
            id: chain.place.map(|place| place.id),
            size: chain.seq,
            root: chain.tree.as_ref().map(|tree| tree.root()),
            vouched,
            findings: findings.kept,
            findings_count: findings.count,
            misread: Vec::new(),
            dropped: chain.dropped,
            counts: Counts {
                segments: folder.segments.len(),
                checkpoints: chain.checkpoints,
                bodies: folder.bodies.len(),
                snapshots: folder.snapshots.len(),
            },
        }
    }

    /// Returns whether everything in the folder is as it was written.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings_count == 0
    }
}

/// For people: the findings, one a line, and what the verdict rests on.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for finding in &self.misread {
            writeln!(f, "read differently twice: {finding}")?;
        }
        if !self.misread.is_empty() {
            writeln!(
                f,
                "what was read differently twice is not damaged: look at disk, cable and controller"
            )?;
        }
        match self.findings_count {
            0 => write!(f, "everything in the folder holds")?,
            count => write!(f, "{count} findings")?,
        }
        writeln!(f, ": {} entries, {} of them dropped by retention", self.size, self.dropped)?;
        if let Some(root) = self.root {
            writeln!(f, "root {root}")?;
        }
        let vouched = self.vouched.unwrap_or(Seq::NONE);
        if vouched >= self.size && self.vouched.is_some() {
            return writeln!(f, "a checkpoint from outside vouches for all of it");
        }
        writeln!(f, "nothing outside vouches beyond {vouched}")?;
        writeln!(f, "two edits beyond it cannot be seen from inside the folder:")?;
        writeln!(f, "- whole commits cut from the tail")?;
        writeln!(f, "- an older folder restored")
    }
}
