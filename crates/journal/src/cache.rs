//! `TreeCache`: hashes of whole subtrees in files, for proofs that read little.
//!
//! `tree/<k>` holds the hashes of all whole subtrees of height 8 k, 32 bytes each, in order: `tree/0` the
//! leaves, `tree/1` one hash for each 256 leaves, and so on. It is derived: it can be deleted, and the
//! next opening for writing makes it again. The hashes are those of the hash tiles of C2SP tlog-tiles.

use std::fmt::Write;
use std::io;
use std::sync::Arc;

use crate::disk::{Access, Disk, DiskFile};
use crate::format::{Record, SegmentName, leaf_data};
use crate::tree::{CompactRange, Hash, Nodes, compact_range, leaf_hash, node_hash};
use crate::window::{Scan, Step, as_u64};
use crate::words::Seq;

/// Levels of subtrees between two files.
pub(crate) const STEP: u32 = 8;

/// Files: 2^64 leaves have 65 levels.
pub(crate) const FILES: u32 = 8;

/// Bytes of a hash.
pub(crate) const HASH_BYTES: u64 = 32;

/// Leaves are gathered up to this number between flushes.
const GATHERED_MAX: usize = 4096;

/// Leaves that wait for a disk that refuses them: 32 MiB. Above it the cache gives up.
const WAITING_MAX: usize = 1 << 20;

/// Returns the path of a file of the cache.
pub(crate) fn path(file: u32) -> String {
    let mut path = String::from("tree/");
    write!(path, "{file}").expect("a string grows");
    path
}

/// The hashes of whole subtrees, written while the journal grows.
///
/// Nothing that goes wrong here may stop the writer: [`TreeCache::append`] cannot fail, and hashes that
/// could not be written are tried again with the next ones. Nothing is synced before [`TreeCache::sync`],
/// which the writer calls before it begins a new segment; so after a power cut only the hashes of
/// the last segment are uncertain, and [`TreeCache::open`] makes those again.
#[derive(Debug)]
pub struct TreeCache {
    disk: Arc<dyn Disk>,
    range: CompactRange,
    files: Vec<Level>,
    /// Too much waited for a disk that refused it, or it is not known what is on the disk.
    gave_up: bool,
    /// Files to be removed before anything is called certain.
    condemned: Vec<u32>,
}

#[derive(Debug)]
struct Level {
    file: Box<dyn DiskFile>,
    written: u64,
    waiting: Vec<u8>,
}

impl TreeCache {
    /// Opens the cache of a journal that ends at `head` with this root, and makes what is missing from the segments.
    ///
    /// `segments` are all of them, in order. Hashes of entries in the last segment are made again; all of them, if what was kept, or
    /// read, gives another root.
    ///
    /// # Errors
    /// What the disk says; `InvalidData` if the segments do not hold all entries up to `head`, or others.
    pub fn open(
        disk: &Arc<dyn Disk>,
        segments: &[SegmentName],
        head: Seq,
        root: Hash,
    ) -> io::Result<TreeCache> {
        disk.make_dir("tree")?;
        let certain = segments.last().map_or(0, |last| last.first.0 - 1).min(head.0);
        match TreeCache::make(disk, segments, certain, (head, root)) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                TreeCache::make(disk, segments, 0, (head, root))
            }
            made => made,
        }
    }

    /// Keeps what is there of the first `certain` leaves, and makes the rest.
    fn make(
        disk: &Arc<dyn Disk>,
        segments: &[SegmentName],
        certain: u64,
        (head, root): (Seq, Hash),
    ) -> io::Result<TreeCache> {
        let mut cache = TreeCache::keep(disk, certain)?;
        let next = cache.size().next();
        let from = segments.iter().rposition(|segment| segment.first <= next).unwrap_or(0);
        for segment in segments.get(from..).unwrap_or_default() {
            cache.fill(disk.open(&segment.path(), Access::Read)?, head)?;
        }
        if cache.size() != head {
            let message = format!("saw entries up to {}, wanted up to {head}", cache.size());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if cache.range.root() != root {
            let message = format!("saw the root {}, wanted {root} at {head}", cache.range.root());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        cache.flush();
        Ok(cache)
    }

    /// Keeps what is there of the first `certain` leaves, and nothing else.
    fn keep(disk: &Arc<dyn Disk>, certain: u64) -> io::Result<TreeCache> {
        let mut files = Vec::new();
        let mut size = certain;
        for number in 0..FILES {
            let file = match disk.open(&path(number), Access::Write) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                opened => opened?,
            };
            let there = file.len()? / HASH_BYTES;
            size = if number == 0 { size.min(there) } else { size };
            // A file above that is shorter than it should be: all is made again.
            size = if there < size >> (STEP * number) { 0 } else { size };
            files.push(Level { file, written: 0, waiting: Vec::new() });
        }
        size = if files.is_empty() { 0 } else { size };
        // A file that is missing where the size asks for one.
        let needed = (0..FILES).take_while(|number| size >> (STEP * number) > 0).count();
        size = if files.len() < needed { 0 } else { size };
        for (number, level) in (0..).zip(&mut files) {
            level.written = size >> (STEP * number);
            level.file.truncate(level.written * HASH_BYTES)?;
        }
        let mut cache = TreeCache {
            disk: Arc::clone(disk),
            range: CompactRange::new(),
            files,
            gave_up: false,
            condemned: Vec::new(),
        };
        cache.range = compact_range(&mut cache.nodes(), size)?;
        Ok(cache)
    }

    fn fill(&mut self, file: Box<dyn DiskFile>, head: Seq) -> io::Result<()> {
        let mut scan = Scan::new(file, as_u64(crate::format::HEADER_BYTES));
        while let Step::Record { record, bytes, .. } = scan.step()? {
            let next = self.size().next();
            match record {
                Record::Entry(entry) if entry.seq == next && next <= head => {
                    self.append(&[leaf_hash(leaf_data(bytes))]);
                }
                Record::Leaves(leaves) => {
                    let known = self.size().next().0.saturating_sub(leaves.first.0);
                    let known = usize::try_from(known).unwrap_or(usize::MAX);
                    for hash in leaves.hashes.get(known..).unwrap_or_default() {
                        self.append(&[Hash(*hash)]);
                    }
                }
                Record::Entry(_) | Record::Commit(_) | Record::Checkpoint(_) | Record::Seal(_) => {}
            }
        }
        Ok(())
    }

    /// Returns the root of the first `seq` leaves, of those that are written.
    pub(crate) fn root_at(&self, seq: Seq) -> io::Result<Hash> {
        if seq > self.size() || self.gave_up {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(compact_range(&mut self.nodes(), seq.0)?.root())
    }

    /// Returns the last entry whose leaf was given.
    #[must_use]
    pub fn size(&self) -> Seq {
        Seq(self.range.size())
    }

    /// Adds the leaves of entries that were committed.
    pub fn append(&mut self, leaves: &[Hash]) {
        if self.gave_up {
            return;
        }
        for leaf in leaves {
            self.wait(0, *leaf);
            let mut whole = Vec::new();
            self.range.push_noting(*leaf, |level, hash| {
                if level % STEP == 0 {
                    whole.push((level / STEP, hash));
                }
            });
            whole.into_iter().for_each(|(file, hash)| self.wait(file, hash));
        }
        if self.waiting() >= GATHERED_MAX {
            self.flush();
        }
    }

    /// As [`TreeCache::append`] for leaves that are hashed already: `whole` are the subtrees of the cache's files that
    /// they make whole, `tree` is the tree with them.
    pub(crate) fn append_hashed(
        &mut self,
        leaves: &[Hash],
        whole: &[(u32, Hash)],
        tree: &CompactRange,
    ) {
        if self.gave_up {
            return;
        }
        leaves.iter().for_each(|leaf| self.wait(0, *leaf));
        whole.iter().for_each(|(file, hash)| self.wait(*file, *hash));
        self.range.clone_from(tree);
        if self.waiting() >= GATHERED_MAX {
            self.flush();
        }
    }

    fn waiting(&self) -> usize {
        self.files.first().map_or(0, |level| level.waiting.len() / 32)
    }

    fn wait(&mut self, file: u32, hash: Hash) {
        if self.gave_up {
            return;
        }
        let place = usize::try_from(file).expect("a small number");
        if place == self.files.len() {
            match self.create(file) {
                Ok(level) => self.files.push(level),
                Err(_) => self.give_up(),
            }
        }
        if let Some(level) = self.files.get_mut(place) {
            level.waiting.extend_from_slice(&hash.0);
        }
    }

    fn create(&self, number: u32) -> io::Result<Level> {
        let path = path(number);
        let file = match self.disk.create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = self.disk.open(&path, Access::Write)?;
                file.truncate(0)?;
                file
            }
            created => created?,
        };
        Ok(Level { file, written: 0, waiting: Vec::new() })
    }

    /// Writes what was gathered: before a checkpoint is published, so that it can be proven at once.
    pub fn flush(&mut self) {
        let mut refused = false;
        for level in &mut self.files {
            let offset = level.written * HASH_BYTES;
            if level.file.write_at(offset, &level.waiting).is_ok() {
                level.written += as_u64(level.waiting.len()) / HASH_BYTES;
                level.waiting.clear();
            } else {
                refused = true;
            }
        }
        if refused && self.waiting() > WAITING_MAX {
            self.give_up();
        }
    }

    /// The next opening makes it anew.
    fn give_up(&mut self) {
        self.gave_up = true;
        self.condemned.extend((0..).zip(self.files.drain(..)).map(|(number, _)| number));
    }

    /// Makes what was given durable: before a segment begins, and at a clean close. What cannot be made
    /// durable is removed, and the next opening makes it anew.
    ///
    /// # Errors
    /// What the disk says, if it cannot be removed either. No segment may begin then: the next opening
    /// would take for certain what is not.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush();
        if self.files.iter().try_for_each(|level| level.file.sync()).is_err() {
            self.give_up();
        }
        while let Some(number) = self.condemned.last() {
            match self.disk.remove(&path(*number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => self.condemned.pop(),
            };
        }
        self.disk.sync_dir("tree")
    }

    fn nodes(&self) -> Files<'_> {
        Files { file: self.files.iter().map(|level| &*level.file).collect() }
    }
}

/// Files of the cache as nodes of the tree.
struct Files<'a> {
    file: Vec<&'a dyn DiskFile>,
}

impl Nodes for Files<'_> {
    type Error = io::Error;

    fn node(&mut self, level: u32, index: u64) -> io::Result<Hash> {
        read_node(|number| self.file.get(number).copied(), level, index)
    }
}

/// The cache as it lies in the folder, for reading.
#[derive(Debug)]
pub struct CachedTree {
    files: Vec<Box<dyn DiskFile>>,
}

impl CachedTree {
    /// Opens the files that are there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(disk: &dyn Disk) -> io::Result<CachedTree> {
        let mut files = Vec::new();
        for number in 0..FILES {
            match disk.open(&path(number), Access::Read) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                opened => files.push(opened?),
            }
        }
        Ok(CachedTree { files })
    }

    /// Returns how many leaves are there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn size(&self) -> io::Result<u64> {
        self.files.first().map_or(Ok(0), |file| Ok(file.len()? / HASH_BYTES))
    }
}

/// `UnexpectedEof` or `NotFound` if the hashes are not there.
impl Nodes for CachedTree {
    type Error = io::Error;

    fn node(&mut self, level: u32, index: u64) -> io::Result<Hash> {
        read_node(|number| self.files.get(number).map(|file| &**file), level, index)
    }
}

/// Reads the 2^(level mod 8) hashes below a node and joins them.
fn read_node<'a>(
    file: impl Fn(usize) -> Option<&'a dyn DiskFile>,
    level: u32,
    index: u64,
) -> io::Result<Hash> {
    let number = usize::try_from(level / STEP).map_err(|_| io::ErrorKind::InvalidInput)?;
    let file = file(number).ok_or(io::ErrorKind::NotFound)?;
    let height = level % STEP;
    let mut bytes = vec![0; 32 << height];
    let offset = index.checked_mul(HASH_BYTES << height).ok_or(io::ErrorKind::InvalidInput)?;
    file.read_at(offset, &mut bytes)?;
    let (hashes, _) = bytes.as_chunks();
    let mut hashes: Vec<Hash> = hashes.iter().map(|hash| Hash(*hash)).collect();
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks();
        hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.pop().ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Fault, TestDisk, Times};
    use crate::format::{Header, put_entry};
    use crate::tree::{EMPTY_ROOT, prove_inclusion};
    use crate::words::{Draft, JournalId, Term};

    fn draft(payload: &[u8]) -> Draft<'_> {
        Draft { kind: 1, schema: 1, payload }
    }

    /// Leaves of a journal whose entries are their own numbers.
    fn leaves(from: u64, to: u64) -> Vec<Hash> {
        (from..=to)
            .map(|seq| {
                let mut record = Vec::new();
                put_entry(&mut record, Seq(seq), &draft(&seq.to_le_bytes()));
                leaf_hash(leaf_data(&record))
            })
            .collect()
    }

    /// Writes a segment with those entries; the cache reads nothing else of it.
    fn segment(disk: &TestDisk, from: u64, to: u64) -> SegmentName {
        let name = SegmentName { term: Term::FIRST, first: Seq(from) };
        let header = Header {
            thinned: false,
            id: JournalId([1; 16]),
            term: name.term,
            first: name.first,
            previous_root: EMPTY_ROOT,
            public_key: [0; 32],
        };
        let mut bytes = header.encode().to_vec();
        for seq in from..=to {
            put_entry(&mut bytes, Seq(seq), &draft(&seq.to_le_bytes()));
        }
        disk.make_dir("segments").unwrap();
        disk.create(&name.path()).unwrap().write_at(0, &bytes).unwrap();
        name
    }

    fn contents(disk: &TestDisk) -> Vec<(String, Vec<u8>)> {
        let files = disk.files().into_iter().filter(|path| path.starts_with("tree/"));
        files.map(|path| (path.clone(), disk.read_file(&path).unwrap())).collect()
    }

    fn range_of(size: u64) -> CompactRange {
        let mut range = CompactRange::new();
        leaves(1, size).into_iter().for_each(|leaf| range.push(leaf));
        range
    }

    fn root_of(size: u64) -> Hash {
        range_of(size).root()
    }

    fn check_tree(disk: &TestDisk, size: u64) {
        let range = range_of(size);
        let mut tree = CachedTree::open(disk).unwrap();
        assert_eq!(tree.size().unwrap(), size);
        assert_eq!(compact_range(&mut tree, size).unwrap(), range);
        for index in [0, size / 3, size - 1] {
            let proof = prove_inclusion(&mut tree, index, size).unwrap().unwrap();
            let leaf = leaves(index + 1, index + 1)[0];
            assert_eq!(proof.verify(&leaf, &range.root()), Ok(()), "{index} of {size}");
        }
    }

    #[test]
    fn what_was_written_proves_each_entry() {
        let disk = TestDisk::new(1);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let mut cache = TreeCache::open(&shared, &[], Seq::NONE, EMPTY_ROOT).unwrap();
        let mut size = 0;
        for batch in [1, 254, 1, 1, 700, 65_000, 3] {
            cache.append(&leaves(size + 1, size + batch));
            size += batch;
            cache.flush();
            check_tree(&disk, size);
        }
        let lens: Vec<usize> = contents(&disk).iter().map(|(_, bytes)| bytes.len() / 32).collect();
        assert_eq!(lens, [65_960, 257, 1]);
    }

    #[test]
    fn what_is_missing_or_uncertain_is_made_again_from_the_segments() {
        let disk = TestDisk::new(1);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let segments = [segment(&disk, 1, 600), segment(&disk, 601, 900)];
        let open = || TreeCache::open(&shared, &segments, Seq(900), root_of(900)).unwrap();
        drop(open());
        let sound = contents(&disk);
        check_tree(&disk, 900);
        // The last segment's hashes are written again, whatever lies there.
        disk.flip_bit("tree/0", 8 * 32 * 700).unwrap();
        drop(open());
        assert_eq!(contents(&disk), sound);
        // So are all, where one of those before that the root is made of is not what it was.
        disk.flip_bit("tree/0", 8 * 32 * 599).unwrap();
        drop(open());
        assert_eq!(contents(&disk), sound);
        for (path, bytes) in &sound {
            for len in [0, 31, 32, bytes.len() / 2, bytes.len() - 1] {
                disk.write_file(path, &bytes[..len]).unwrap();
                drop(open());
                assert_eq!(contents(&disk), sound, "{path} cut to {len}");
            }
            disk.remove(path).unwrap();
            drop(open());
            assert_eq!(contents(&disk), sound, "{path} removed");
            disk.write_file(path, &[&bytes[..], b"more"].concat()).unwrap();
            drop(open());
            assert_eq!(contents(&disk), sound, "{path} extended");
        }
        let error = TreeCache::open(&shared, &segments, Seq(901), root_of(901)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let cut = TreeCache::open(&shared, &segments, Seq(650), root_of(650)).unwrap();
        assert_eq!(cut.size(), Seq(650));
        check_tree(&disk, 650);
    }

    #[test]
    fn a_disk_that_refuses_does_not_stop_the_writer() {
        let disk = TestDisk::new(1);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let mut cache = TreeCache::open(&shared, &[], Seq::NONE, EMPTY_ROOT).unwrap();
        cache.append(&leaves(1, 10));
        disk.fail_at(0, Fault::NoSpace, Times::Always);
        cache.flush();
        cache.append(&leaves(11, 20));
        cache.flush();
        disk.heal();
        cache.flush();
        check_tree(&disk, 20);
        disk.fail_at(0, Fault::NoSpace, Times::Always);
        let many = vec![Hash([0; 32]); WAITING_MAX];
        cache.append(&many);
        cache.append(&many[..GATHERED_MAX]);
        assert!(cache.gave_up);
        disk.heal();
        cache.append(&many[..1]);
        cache.sync().unwrap();
        assert_eq!(contents(&disk), []);
    }
}
