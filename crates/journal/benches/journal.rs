//! What the journal costs, on the disk that the benchmark runs on.
//!
//! `cargo bench -p journal --bench journal -- [append] [synced] [tail] [recovery]`; without a name, all of them. The
//! folder is made in `PLIMSOLL_BENCH_DIR`, or where temporary files go; `PLIMSOLL_BENCH_ENTRIES` is the size
//! of the journal that is recovered.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures, and is told where")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::cast_precision_loss, reason = "rates are printed with three digits")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use journal::disk::{Disk, RealDisk};
use journal::group::{GroupWriter, Ticket};
use journal::keys::KeyStore;
use journal::snapshot::{self, Snapshot};
use journal::{Draft, FileJournal, Head, Item, Journal, JournalId, Options, Reader, Seq};

const ID: JournalId = JournalId([7; 16]);
const PAYLOAD_BYTES: usize = 300;
const BATCH: usize = 256;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all: [(&str, fn()); 4] =
        [("append", append), ("synced", synced), ("tail", tail), ("recovery", recovery)];
    for (name, bench) in all {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            bench();
        }
    }
}

fn folder() -> tempfile::TempDir {
    let place = std::env::var_os("PLIMSOLL_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    tempfile::tempdir_in(place).expect("a folder to write in")
}

fn disk(folder: &Path) -> Arc<dyn Disk> {
    Arc::new(RealDisk::new(folder.join("journal")))
}

fn keys(folder: &Path) -> KeyStore {
    KeyStore::open_folder(&folder.join("keys")).expect("keys")
}

fn create(folder: &Path, sync: bool) -> FileJournal {
    let options = Options { sync, ..Options::default() };
    FileJournal::create(disk(folder), keys(folder), ID, options).expect("a journal")
}

fn append_batch(journal: &mut FileJournal, payload: &[u8], count: usize) {
    let draft = Draft { kind: 10, schema: 1, payload };
    let seq = journal.head().seq;
    journal.append(seq, &[draft; BATCH][..count]).expect("an append");
}

/// Entries a second in batches, nothing synced.
fn append() {
    let payload = payload();
    for round in 0..5 {
        let folder = folder();
        let mut journal = create(folder.path(), false);
        let batches = 4000;
        let start = Instant::now();
        (0..batches).for_each(|_| append_batch(&mut journal, &payload, BATCH));
        let took = start.elapsed();
        let entries = (batches * BATCH) as f64;
        println!(
            "append {round}: {:.0} entries/s of {PAYLOAD_BYTES} bytes in batches of {BATCH}, \
             fsync off, {:.0} ns an entry",
            entries / took.as_secs_f64(),
            took.as_secs_f64() * 1e9 / entries,
        );
    }
}

/// The same bytes written and synced by hand: what the disk allows.
struct ByHand {
    file: File,
    bytes: Vec<u8>,
    offset: u64,
}

impl ByHand {
    fn new(folder: &Path, count: usize) -> ByHand {
        let bytes = vec![7; count * (PAYLOAD_BYTES + 21) + 97];
        let file = File::create(folder.join("by hand")).expect("a file");
        let none = rustix::fs::FallocateFlags::empty();
        rustix::fs::fallocate(&file, none, 0, 256 << 20).expect("room");
        ByHand { file, bytes, offset: 0 }
    }

    fn commit(&mut self) {
        self.file.write_all_at(&self.bytes, self.offset).expect("a write");
        self.file.sync_data().expect("a sync");
        self.offset += self.bytes.len() as u64;
    }
}

fn timed(times: &mut Vec<Duration>, step: impl FnOnce()) {
    let start = Instant::now();
    step();
    times.push(start.elapsed());
}

/// One commit a sync, in turn with the same by hand.
fn synced() {
    let payload = payload();
    for count in [1, 16, BATCH] {
        let folder = folder();
        let mut journal = create(folder.path(), true);
        let mut by_hand = ByHand::new(folder.path(), count);
        let (mut ours, mut disk) = (Vec::new(), Vec::new());
        for round in 0..600_usize {
            // Who goes first may find the disk in another mood.
            if round % 2 == 0 {
                timed(&mut disk, || by_hand.commit());
                timed(&mut ours, || append_batch(&mut journal, &payload, count));
            } else {
                timed(&mut ours, || append_batch(&mut journal, &payload, count));
                timed(&mut disk, || by_hand.commit());
            }
        }
        let (ours, disk) = (quantiles(&mut ours), quantiles(&mut disk));
        println!(
            "synced, {count} a commit: {} us, the disk's own write and fdatasync {} us (p10, p50, \
             p90); p50 is {:+.1} %",
            show(&ours),
            show(&disk),
            (ours[1] / disk[1] - 1.0) * 100.0,
        );
        grouped(journal, &mut by_hand, &payload, count);
    }
}

/// The same by a caller that hands over the next commit before it waits for the last, in turn with blocks by hand.
fn grouped(journal: FileJournal, by_hand: &mut ByHand, payload: &[u8], count: usize) {
    const BLOCK: usize = 60;
    let group = GroupWriter::start(journal).expect("a thread");
    let draft = Draft { kind: 10, schema: 1, payload };
    let (mut ours, mut disk) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        timed(&mut disk, || (0..BLOCK).for_each(|_| by_hand.commit()));
        timed(&mut ours, || {
            let mut last = None;
            for _ in 0..BLOCK {
                let ticket = group.submit(None, &[draft; BATCH][..count]).expect("room");
                if let Some(ticket) = last.replace(ticket) {
                    Ticket::wait(ticket).expect("an append");
                }
            }
            last.map(Ticket::wait).transpose().expect("an append");
        });
    }
    let (ours, disk) = (quantiles(&mut ours), quantiles(&mut disk));
    let rate = |micros: f64| (BLOCK * count) as f64 / micros * 1e6;
    println!(
        "grouped, {count} a commit, two on their way: {:.0} entries/s, by hand {:.0} (medians); \
         that is {:+.1} %",
        rate(ours[1]),
        rate(disk[1]),
        (disk[1] / ours[1] - 1.0) * 100.0
    );
}

/// From the moment a writer is told of its commit to the moment a reader has it, which polls every 50 us.
fn tail() {
    let folder = folder();
    let payload = payload();
    let mut journal = create(folder.path(), true);
    let seen = AtomicU64::new(0);
    let rounds = 2000_u64;
    let begun = Instant::now();
    let mut reader = Reader::open(disk(folder.path()), Seq(1)).expect("a reader");
    let mut lags = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while last < rounds {
                match reader.next().expect("no damage") {
                    Some(Item::Entry(entry)) => {
                        last = entry.seq.0;
                        let now = u64::try_from(begun.elapsed().as_nanos()).expect("short");
                        seen.store(now, Ordering::SeqCst);
                    }
                    Some(Item::Dropped { .. }) => unreachable!("nothing was dropped"),
                    None => std::thread::sleep(Duration::from_micros(50)),
                }
            }
        });
        for _ in 0..rounds {
            let before = seen.load(Ordering::SeqCst);
            append_batch(&mut journal, &payload, 1);
            let told = u64::try_from(begun.elapsed().as_nanos()).expect("short");
            let mut now = seen.load(Ordering::SeqCst);
            while now == before {
                std::thread::yield_now();
                now = seen.load(Ordering::SeqCst);
            }
            lags.push(Duration::from_nanos(now.saturating_sub(told)));
        }
    });
    let worst = lags.iter().max().copied().unwrap_or_default();
    let lags = quantiles(&mut lags);
    println!(
        "tail: {} us behind the acknowledgement (p10, p50, p90), worst {worst:?}; 0 is before it",
        show(&lags)
    );
}

/// A journal whose writer was killed: read from its first entry to its last, and opened again.
fn recovery() {
    let entries = std::env::var("PLIMSOLL_BENCH_ENTRIES").ok();
    let entries: usize = entries.map_or(10_000_000, |n| n.parse().expect("a number"));
    let folder = folder();
    let payload = payload();
    let mut journal = create(folder.path(), false);
    let start = Instant::now();
    (0..entries.div_ceil(BATCH)).for_each(|_| append_batch(&mut journal, &payload, BATCH));
    let seq = journal.head().seq;
    println!("recovery: {seq} entries written in {:?}", start.elapsed());
    drop(journal);
    let start = Instant::now();
    let mut reader = Reader::open(disk(folder.path()), Seq(1)).expect("a reader");
    let mut bytes = 0;
    while let Some(item) = reader.next().expect("no damage") {
        if let Item::Entry(entry) = item {
            bytes += entry.payload.len();
        }
    }
    let took = start.elapsed();
    println!("read: {:.0} entries/s, {bytes} bytes in {took:?}", seq.0 as f64 / took.as_secs_f64());
    let start = Instant::now();
    let journal = FileJournal::open(disk(folder.path()), keys(folder.path()), Options::default());
    let journal = journal.expect("no damage");
    println!("recovery without a snapshot: {:?}", start.elapsed());
    assert_eq!((journal.head().seq, journal.opening().forked), (seq, None));
    let Head { id, term, .. } = journal.head();
    let range = journal.tree().clone();
    let snapshot = Snapshot { id, term, range, hashes: Vec::new(), state: vec![0; 1 << 20] };
    snapshot::write(&*disk(folder.path()), &snapshot).expect("a snapshot");
    let mut journal = journal;
    (0..200).for_each(|_| append_batch(&mut journal, &payload, BATCH));
    let seq = journal.head().seq;
    drop(journal);
    let start = Instant::now();
    let journal = FileJournal::open(disk(folder.path()), keys(folder.path()), Options::default());
    let journal = journal.expect("no damage");
    println!("recovery with a snapshot, {} entries behind it: {:?}", 200 * BATCH, start.elapsed());
    assert_eq!((journal.head().seq, journal.opening().forked), (seq, None));
}

/// Bytes that do not repeat.
fn payload() -> Vec<u8> {
    let mut state = 1_u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..PAYLOAD_BYTES).map(step).collect()
}

fn quantiles(times: &mut [Duration]) -> [f64; 3] {
    times.sort_unstable();
    [10, 50, 90].map(|percent| times[times.len() * percent / 100].as_secs_f64() * 1e6)
}

fn show(times: &[f64; 3]) -> String {
    times.map(|time| format!("{time:.0}")).join(" / ")
}
