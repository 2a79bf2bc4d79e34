//! One file: what the machine sees of it, and what a power cut would leave.

use std::collections::BTreeMap;
use std::io;

use super::content::{Content, Piece, SECTOR_BYTES, pieces, to_offset};
use super::rng::Rng;

/// A file behind a page cache.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// What reads see.
    pub(super) cached: Content,
    /// What is on the platter for certain.
    pub(super) durable: Content,
    /// What was done to `cached` since, oldest first.
    pending: Vec<Change>,
    /// Who holds the lock.
    pub(super) holder: Option<u64>,
    /// How many openings there are.
    pub(super) openings: u64,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Len(u64),
}

impl Inode {
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.cached.write(offset, bytes)?;
        self.pending.push(Change::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(super) fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.cached.set_len(len)?;
        self.pending.push(Change::Len(len));
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable)?;
        }
        Ok(())
    }

    /// A sync that fails: some of it reaches the platter, and the rest is forgotten. The cache goes
    /// on showing all of it, and the next sync says that all is well: what Linux does (Rebello et
    /// al., *Can applications recover from fsync failures?*, 2020).
    pub(super) fn fail_sync(&mut self, rng: &mut Rng) -> io::Result<()> {
        self.durable = self.survivor(rng)?;
        self.pending.clear();
        Ok(())
    }

    /// The power goes and comes back: what survived is all there is.
    pub(super) fn crash(&mut self, rng: &mut Rng) -> io::Result<()> {
        self.durable = self.survivor(rng)?;
        self.cached = self.durable.clone();
        self.pending.clear();
        self.holder = None;
        self.openings = 0;
        Ok(())
    }

    /// Makes all that is seen durable, and ends all openings.
    pub(super) fn settle(&mut self) {
        self.durable = self.cached.clone();
        self.pending.clear();
        self.holder = None;
        self.openings = 0;
    }

    /// Throws what of the unsynced changes is on the platter.
    fn survivor(&self, rng: &mut Rng) -> io::Result<Content> {
        let count = to_offset(self.pending.len());
        match rng.below(4) {
            0 => Ok(self.durable.clone()),
            1 => self.after(self.pending.len()),
            2 => {
                let whole = usize::try_from(rng.below(count)).unwrap_or(0);
                let mut content = self.after(whole)?;
                if let Some(change) = self.pending.get(whole) {
                    change.apply_torn(&mut content, rng)?;
                }
                Ok(content)
            }
            _ => self.reordered(rng),
        }
    }

    /// The file after the first changes.
    fn after(&self, changes: usize) -> io::Result<Content> {
        let mut content = self.durable.clone();
        for change in self.pending.iter().take(changes) {
            change.apply(&mut content)?;
        }
        Ok(content)
    }

    /// Each sector went to the platter at a moment of its own, or never; so did the length.
    fn reordered(&self, rng: &mut Rng) -> io::Result<Content> {
        let changes = self.pending.len();
        let moments = to_offset(changes) + 1;
        let mut moment_of = BTreeMap::new();
        let mut content = self.durable.clone();
        let mut len = content.len();
        let len_moment = usize::try_from(rng.below(moments)).unwrap_or(changes);
        for (moment, change) in self.pending.iter().enumerate() {
            let mut reached = |sector: u64, rng: &mut Rng| {
                to_offset(moment) < *moment_of.entry(sector).or_insert_with(|| rng.below(moments))
            };
            match change {
                Change::Write { offset, bytes } => {
                    for Piece { block: sector, inside, part } in
                        pieces(*offset, bytes.len(), SECTOR_BYTES)?
                    {
                        if reached(sector, rng) {
                            let at = sector * SECTOR_BYTES + to_offset(inside.start);
                            content.write(at, &bytes[part])?;
                        }
                    }
                    if moment < len_moment {
                        len = len.max(offset + to_offset(bytes.len()));
                    }
                }
                Change::Len(to) => {
                    // Cutting is metadata: it reaches all sectors at once, or none.
                    if moment < len_moment {
                        content.set_len((*to).min(content.len()))?;
                        len = *to;
                    }
                }
            }
        }
        content.set_len(len)?;
        Ok(content)
    }
}

impl Change {
    fn apply(&self, content: &mut Content) -> io::Result<()> {
        match self {
            Change::Write { offset, bytes } => content.write(*offset, bytes),
            Change::Len(len) => content.set_len(*len),
        }
    }

    /// Some first sectors of the write; a change of length is whole or absent.
    fn apply_torn(&self, content: &mut Content, rng: &mut Rng) -> io::Result<()> {
        match self {
            Change::Write { offset, bytes } => {
                let sectors = pieces(*offset, bytes.len(), SECTOR_BYTES)?;
                let kept = usize::try_from(rng.below(to_offset(sectors.len()))).unwrap_or(0);
                let end = sectors.get(kept).map_or(0, |sector| sector.part.start);
                content.write(*offset, &bytes[..end])
            }
            Change::Len(_) if rng.coin() => Ok(()),
            Change::Len(len) => content.set_len(*len),
        }
    }
}
