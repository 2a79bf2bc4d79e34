//! What reading a journal to the last bit costs, and what a proof does.
//!
//! `cargo bench -p journal --bench verify`: one thread, files in the page cache. The folder is made in
//! `PLIMSOLL_BENCH_DIR`, or where temporary files go; `PLIMSOLL_BENCH_ENTRIES` is the size of the journal.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures, and is told where")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::cast_precision_loss, reason = "rates are printed with three digits")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::prove::{Proof, Prover};
use journal::tree::leaf_hash;
use journal::verify::{VerifyOptions, verify};
use journal::{Draft, FileJournal, Journal, JournalId, Options, Seq};

const ID: JournalId = JournalId([7; 16]);
const PAYLOAD_BYTES: usize = 300;
const ROUNDS: u64 = 5;
const PROOFS: u64 = 2000;

fn main() {
    for batch in [256, 1] {
        let place = std::env::var_os("PLIMSOLL_BENCH_DIR");
        let place = place.map_or_else(std::env::temp_dir, Into::into);
        let folder = tempfile::tempdir_in(place).expect("a folder to write in");
        let entries = write(folder.path(), batch);
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path().join("journal")));
        measure_verify(&*disk, entries, batch);
        if batch > 1 {
            let keys = KeyStore::open_folder(&folder.path().join("keys")).expect("keys");
            measure_proofs(&disk, entries, &keys);
        }
    }
}

/// Writes a journal with commits of so many entries, and returns how many it holds.
fn write(folder: &Path, batch: usize) -> u64 {
    let asked = std::env::var("PLIMSOLL_BENCH_ENTRIES").ok().and_then(|text| text.parse().ok());
    let asked: u64 = asked.unwrap_or(1_000_000);
    let disk = Arc::new(RealDisk::new(folder.join("journal")));
    let keys = KeyStore::open_folder(&folder.join("keys")).expect("keys");
    let options = Options { sync: false, ..Options::default() };
    let mut journal = FileJournal::create(disk, keys, ID, options).expect("a journal");
    let payload = [7; PAYLOAD_BYTES];
    let drafts = vec![Draft { kind: 10, schema: 1, payload: &payload }; batch];
    while journal.head().seq < Seq(asked) {
        journal.append(journal.head().seq, &drafts).expect("an append");
    }
    journal.close().expect("a close").seq.0
}

fn measure_verify(disk: &dyn Disk, entries: u64, batch: usize) {
    for round in 0..ROUNDS {
        let (start, busy) = (Instant::now(), busy_ns());
        let report = verify(disk, &VerifyOptions::default()).expect("a journal");
        let (took, busy) = (start.elapsed(), busy_ns() - busy);
        assert!(report.holds() && report.size == Seq(entries), "{report}");
        println!(
            "verify {round}: {:.0} entries/s of {PAYLOAD_BYTES} bytes in commits of {batch}, {:.0} a second of its core",
            entries as f64 / took.as_secs_f64(),
            entries as f64 * 1e9 / busy as f64,
        );
    }
}

/// What is hashed of an entry of this journal.
fn leaf_data(seq: Seq) -> Vec<u8> {
    [&seq.0.to_le_bytes()[..], &10_u16.to_le_bytes(), &1_u16.to_le_bytes(), &[7; PAYLOAD_BYTES]]
        .concat()
}

/// Nanoseconds that this thread was on a core: others may be at work on the machine.
fn busy_ns() -> u64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    times.split(' ').next().and_then(|time| time.parse().ok()).expect("a number")
}

/// Proofs of entries all over the journal: opening, a path alone, a text with the entry, its check.
fn measure_proofs(disk: &Arc<dyn Disk>, entries: u64, keys: &KeyStore) {
    let mut open: Vec<Duration> = Vec::new();
    let (mut path, mut make, mut check) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..PROOFS {
        // Steps of a prime near the golden ratio of 2^64 spread over the journal.
        let seq = Seq(number.wrapping_mul(11_400_714_819_323_198_485) % entries).next();
        let start = Instant::now();
        let mut prover = Prover::open(Arc::clone(disk)).expect("a checkpoint");
        open.push(start.elapsed());
        let start = Instant::now();
        let text = prover.prove(seq).expect("an entry").to_text();
        make.push(start.elapsed());
        let leaf = leaf_hash(&leaf_data(seq));
        let start = Instant::now();
        prover.inclusion(seq, &leaf).expect("a path");
        path.push(start.elapsed());
        let start = Instant::now();
        let proof = Proof::parse(&text).expect("a proof");
        assert_eq!(proof.verify(&keys.public()).expect("it holds").entry.seq, seq);
        check.push(start.elapsed());
    }
    let all =
        [("open", &mut open), ("path", &mut path), ("make", &mut make), ("check", &mut check)];
    for (what, times) in all {
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e6;
        let (p50, p99, most) = (at(50), at(99), at(100));
        println!(
            "proof, {what}: p50 {p50:.0} us, p99 {p99:.0} us, most {most:.0} us, of {entries} entries"
        );
    }
}
