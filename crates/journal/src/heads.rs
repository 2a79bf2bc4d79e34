//! Where journals were last seen to end: one file each, kept with the keys, outside of their folders.

use std::io;
use std::sync::Arc;

use crate::disk::{Access, Disk, DiskFile, Place, steady};
use crate::tree::Hash;
use crate::words::{Head, JournalId, Seq, Term};

const MAGIC: [u8; 8] = *b"PLIMHEAD";
const SLOT_BYTES: usize = 128;
const CRC_AT: usize = SLOT_BYTES - 4;

/// Where a journal was seen to end, and where its folder lay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) head: Head,
    pub(crate) place: Place,
}

/// The file of one journal. Two slots are written in turn, so that one of them is always whole.
#[derive(Debug)]
pub(crate) struct Heads {
    file: Box<dyn DiskFile>,
    count: u64,
}

fn path(id: JournalId) -> String {
    format!("heads/{id}")
}

/// Returns where a journal was last seen to end; `None` if it never was, or no slot is whole. Without it a journal counts as a copy,
/// which one read that was wrong does not make of it.
pub(crate) fn read(outside: &dyn Disk, id: JournalId) -> io::Result<Option<Seen>> {
    match outside.open(&path(id), Access::Read) {
        Ok(file) => Ok(newest(&*file, id)?.map(|(_, seen)| seen)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn newest(file: &dyn DiskFile, id: JournalId) -> io::Result<Option<(u64, Seen)>> {
    let bytes = steady(|| {
        file.forget();
        let mut bytes = [0; 2 * SLOT_BYTES];
        let len = usize::try_from(file.len()?).unwrap_or(usize::MAX).min(bytes.len());
        file.read_at(0, &mut bytes[..len])?;
        Ok(bytes)
    })?;
    let (slots, _) = bytes.as_chunks::<SLOT_BYTES>();
    Ok(slots.iter().filter_map(|slot| decode(slot, id)).max_by_key(|(count, _)| *count))
}

impl Heads {
    /// Opens the file, makes it if it is absent, and writes where the journal ends now.
    pub(crate) fn start(outside: &Arc<dyn Disk>, seen: &Seen) -> io::Result<Heads> {
        outside.make_dir("heads")?;
        let path = path(seen.head.id);
        let file = match outside.open(&path, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => outside.create(&path)?,
            opened => opened?,
        };
        let count = newest(&*file, seen.head.id)?.map_or(0, |(count, _)| count);
        file.allocate(as_u64(2 * SLOT_BYTES))?;
        let mut heads = Heads { file, count };
        heads.write(seen)?;
        heads.sync()?;
        outside.sync_dir("heads")?;
        outside.sync_dir("")?;
        Ok(heads)
    }

    /// Writes where the journal ends. Without [`Heads::sync`] a power cut may lose it, and the one before holds.
    pub(crate) fn write(&mut self, seen: &Seen) -> io::Result<()> {
        let count = self.count + 1;
        let slot = if count % 2 == 1 { 0 } else { as_u64(SLOT_BYTES) };
        self.file.write_at(slot, &encode(count, seen))?;
        self.count = count;
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

fn encode(count: u64, seen: &Seen) -> [u8; SLOT_BYTES] {
    let Seen { head, place } = seen;
    let mut out = Vec::with_capacity(SLOT_BYTES);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&head.id.0);
    out.extend_from_slice(&head.term.0.to_le_bytes());
    out.extend_from_slice(&head.seq.0.to_le_bytes());
    out.extend_from_slice(&head.root.0);
    out.extend_from_slice(&place.device.to_le_bytes());
    out.extend_from_slice(&place.inode.to_le_bytes());
    out.resize(CRC_AT, 0);
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out.try_into().expect("the fields fit by their sizes")
}

/// A slot that is not whole, or of another journal, says nothing.
fn decode(slot: &[u8; SLOT_BYTES], id: JournalId) -> Option<(u64, Seen)> {
    let (covered, sum) = slot.split_at(CRC_AT);
    let u64_at = |at: usize| Some(u64::from_le_bytes(*covered.get(at..)?.first_chunk()?));
    let sound = covered.starts_with(&MAGIC)
        && sum == crc32c::crc32c(covered).to_le_bytes()
        && covered[16..32] == id.0;
    if !sound {
        return None;
    }
    let root = Hash(*covered.get(48..)?.first_chunk()?);
    let head = Head { id, term: Term(u64_at(32)?), seq: Seq(u64_at(40)?), root };
    Some((u64_at(8)?, Seen { head, place: Place { device: u64_at(80)?, inode: u64_at(88)? } }))
}

fn as_u64(len: usize) -> u64 {
    crate::window::as_u64(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::TestDisk;

    fn seen(seq: u64) -> Seen {
        let id = JournalId([5; 16]);
        let head = Head { id, term: Term(2), seq: Seq(seq), root: Hash([6; 32]) };
        Seen { head, place: Place { device: 7, inode: 8 } }
    }

    #[test]
    fn the_newest_whole_slot_holds() {
        let test_disk = TestDisk::new(1);
        let disk: Arc<dyn Disk> = Arc::new(test_disk.clone());
        let id = JournalId([5; 16]);
        assert_eq!(read(&*disk, id).unwrap(), None);
        let mut heads = Heads::start(&disk, &seen(1)).unwrap();
        for seq in 2..6 {
            heads.write(&seen(seq)).unwrap();
            assert_eq!(read(&*disk, id).unwrap(), Some(seen(seq)));
        }
        // The fifth lies in the first slot.
        test_disk.flip_bit(&path(id), 8 * 50).unwrap();
        assert_eq!(read(&*disk, id).unwrap(), Some(seen(4)));
        test_disk.flip_bit(&path(id), 8 * 178).unwrap();
        assert_eq!(read(&*disk, id).unwrap(), None);
    }

    #[test]
    fn each_flipped_bit_silences_its_slot() {
        let bytes = encode(3, &seen(9));
        assert_eq!(decode(&bytes, JournalId([5; 16])), Some((3, seen(9))));
        assert_eq!(decode(&bytes, JournalId([4; 16])), None);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&flipped, JournalId([5; 16])), None, "bit {bit}");
        }
    }
}
