//! A journal on a disk in memory, for tests of one statement each.

use std::sync::Arc;

use journal::disk::{Disk, TestDisk};
use journal::keys::KeyStore;
use journal::{
    Draft, FileJournal, Head, Item, Journal, JournalId, OpenError, Options, Reader, Seq,
};

pub(crate) const ID: JournalId = JournalId([1; 16]);
pub(crate) const FORK_ID: JournalId = JournalId([0xF0; 16]);

/// Folder and keys.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) inside: TestDisk,
    pub(crate) outside: TestDisk,
    pub(crate) options: Options,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk::seeded(1)
    }

    /// What a crash keeps is the seed's choice.
    pub(crate) fn seeded(seed: u64) -> Desk {
        let options = Options {
            segment_bytes: 8 << 10,
            checkpoint_every: 20,
            fork_id: Some(FORK_ID),
            ..Options::default()
        };
        Desk { inside: TestDisk::new(seed), outside: TestDisk::new(seed + 1000), options }
    }

    pub(crate) fn folder(&self) -> Arc<dyn Disk> {
        Arc::new(self.inside.clone())
    }

    pub(crate) fn keys(&self) -> KeyStore {
        KeyStore::open(Arc::new(self.outside.clone()), "keys").unwrap()
    }

    pub(crate) fn create(&self) -> FileJournal {
        FileJournal::create(self.folder(), self.keys(), ID, self.options).unwrap()
    }

    pub(crate) fn open(&self) -> Result<FileJournal, OpenError> {
        FileJournal::open(self.folder(), self.keys(), self.options)
    }

    pub(crate) fn reader(&self, from: u64) -> Reader {
        Reader::open(self.folder(), Seq(from)).unwrap()
    }

    /// Returns seqs and payloads of all entries from `from` on, the journal's own among them.
    pub(crate) fn read(&self, from: u64) -> Vec<(u64, Vec<u8>)> {
        drain(&mut self.reader(from))
    }

    /// Returns the path of the newest segment.
    pub(crate) fn last_segment(&self) -> String {
        self.segments().pop().unwrap()
    }

    pub(crate) fn segments(&self) -> Vec<String> {
        self.inside.files().into_iter().filter(|path| path.starts_with("segments/")).collect()
    }

    /// Loses all that was not synced.
    pub(crate) fn crash(&self, seed: u64) {
        self.inside.crash(seed);
        self.outside.crash(seed);
    }
}

/// Appends entries with payloads of their own.
pub(crate) fn write(journal: &mut FileJournal, count: u64) -> Head {
    let seq = journal.head().seq;
    let payloads: Vec<String> = (1..=count).map(|n| format!("entry {}", seq.0 + n)).collect();
    let drafts: Vec<Draft<'_>> = payloads
        .iter()
        .map(|payload| Draft { kind: 7, schema: 1, payload: payload.as_bytes() })
        .collect();
    journal.append(seq, &drafts).unwrap()
}

/// What [`write`] has written at these places.
pub(crate) fn written(seqs: std::ops::RangeInclusive<u64>) -> Vec<(u64, Vec<u8>)> {
    seqs.map(|seq| (seq, format!("entry {seq}").into_bytes())).collect()
}

pub(crate) fn drain(reader: &mut Reader) -> Vec<(u64, Vec<u8>)> {
    let mut entries = Vec::new();
    while let Some(item) = reader.next().unwrap() {
        match item {
            Item::Entry(entry) => entries.push((entry.seq.0, entry.payload.to_vec())),
            Item::Dropped { first, last } => panic!("{first} to {last} were dropped"),
        }
    }
    entries
}
