//! Entries that became hashes.

use std::sync::Arc;

use journal::disk::{Disk, Fault, TestDisk, Times};
use journal::format::Header;
use journal::retain::{RetainError, Retained, thin};
use journal::snapshot::{self, Snapshot};
use journal::verify::{Report, VerifyOptions, verify};
use journal::{Draft, FileJournal, Item, Journal, Reader, Seq};

use crate::desk::Desk;
use crate::edits::files;

/// The kind that stays.
const ORDER: u16 = 20;
const QUOTE: u16 = 10;

/// Ten commits of one order and four quotes.
fn append(journal: &mut FileJournal) {
    for _ in 0..10 {
        let kinds = [QUOTE, QUOTE, ORDER, QUOTE, QUOTE];
        let payload = [7; 100];
        let drafts = kinds.map(|kind| Draft { kind, schema: 1, payload: &payload });
        journal.append(journal.head().seq, &drafts).unwrap();
    }
}

fn take_snapshot(desk: &Desk, journal: &FileJournal) {
    let head = journal.head();
    let snapshot = Snapshot {
        id: head.id,
        term: head.term,
        range: journal.tree().clone(),
        hashes: Vec::new(),
        state: Vec::new(),
    };
    snapshot::write(&desk.inside, &snapshot).unwrap();
}

/// Two terms with a torn tail between, snapshots at 110 and at the end.
fn written() -> (Desk, FileJournal) {
    let mut desk = Desk::new();
    desk.options.segment_bytes = 4 << 10;
    let mut journal = desk.create();
    append(&mut journal);
    let path = desk.last_segment();
    let torn = desk.inside.read_file(&path).unwrap();
    drop(journal);
    let end = torn.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut torn = torn;
    torn[end..end + 4].copy_from_slice(b"torn");
    desk.inside.write_file(&path, &torn).unwrap();
    let mut journal = desk.open().unwrap();
    assert!(journal.opening().cut.is_some());
    append(&mut journal);
    take_snapshot(&desk, &journal);
    append(&mut journal);
    take_snapshot(&desk, &journal);
    journal.checkpoint().unwrap();
    (desk, journal)
}

fn check(disk: &TestDisk) -> Report {
    let report = verify(disk, &VerifyOptions::default()).unwrap();
    assert!(report.holds(), "{report}");
    report
}

/// Kinds by seq; `None` for what was dropped.
fn kinds(disk: &TestDisk) -> Vec<(u64, Option<u16>)> {
    let mut reader = Reader::open(Arc::new(disk.clone()), Seq(1)).unwrap();
    let mut kinds = Vec::new();
    while let Some(item) = reader.next().unwrap() {
        match item {
            Item::Entry(entry) => kinds.push((entry.seq.0, Some(entry.kind))),
            Item::Dropped { first, last } => {
                kinds.extend((first.0..=last.0).map(|seq| (seq, None)));
            }
        }
    }
    kinds
}

#[test]
fn what_nobody_needs_becomes_its_hash_and_the_rest_stays() {
    let (desk, mut journal) = written();
    let before = check(&desk.inside);
    let whole = kinds(&desk.inside);
    let retained = thin(&desk.inside, &|kind| kind == ORDER).unwrap();
    assert!(
        retained.segments >= 2 && retained.dropped > 40 && retained.freed > 1000,
        "{retained:?}"
    );
    let after = check(&desk.inside);
    assert_eq!((after.size, after.root), (before.size, before.root));
    assert_eq!(after.dropped, retained.dropped);
    let thinned = kinds(&desk.inside);
    assert_eq!(thinned.len(), whole.len());
    for ((seq, kind), (_, was)) in thinned.iter().zip(&whole) {
        let kept = *seq > 101 || *was != Some(QUOTE);
        assert!(kind == was || kind.is_none() && !kept, "entry {seq}: {kind:?}, {was:?}");
    }
    assert_eq!(thin(&desk.inside, &|kind| kind == ORDER).unwrap(), Retained::default());
    // The writer goes on, and so does the next one.
    append(&mut journal);
    journal.close().unwrap();
    let mut journal = desk.open().unwrap();
    append(&mut journal);
    check(&desk.inside);
    // Thinner still.
    let again = thin(&desk.inside, &|_| false).unwrap();
    assert!(again.dropped >= 15, "{again:?}");
    check(&desk.inside);
}

#[test]
fn without_a_snapshot_nothing_is_dropped() {
    let desk = Desk::new();
    let mut journal = desk.create();
    append(&mut journal);
    append(&mut journal);
    assert_eq!(thin(&desk.inside, &|_| false).unwrap(), Retained::default());
}

#[test]
fn damage_is_never_thinned_away() {
    let (desk, _journal) = written();
    let path = desk.segments()[1].clone();
    desk.inside.flip_bit(&path, 8 * 300).unwrap();
    let before = files(&desk.inside);
    let error = thin(&desk.inside, &|kind| kind == ORDER).unwrap_err();
    assert!(matches!(&error, RetainError::Damage(finding) if finding.file == path), "{error}");
    assert_eq!(files(&desk.inside).get(&path), before.get(&path));
}

#[test]
fn each_flipped_bit_of_a_thinned_segment_is_found() {
    let (desk, journal) = written();
    thin(&desk.inside, &|kind| kind == ORDER).unwrap();
    drop(journal);
    let is_thinned = |path: &String| Header::parse(&files(&desk.inside)[path]).unwrap().thinned;
    let path = desk.segments().into_iter().find(is_thinned).unwrap();
    let sound = desk.inside.read_file(&path).unwrap();
    // Every third: they are found alike.
    for bit in (0..sound.len() * 8).step_by(3) {
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        desk.inside.write_file(&path, &flipped).unwrap();
        let report = verify(&desk.inside, &VerifyOptions::default()).unwrap();
        let named = report.findings.iter().any(|finding| finding.file == path);
        assert!(named, "bit {bit}:\n{report}");
    }
}

#[test]
fn a_crash_at_any_operation_leaves_a_journal_that_holds() {
    let (desk, journal) = written();
    drop(journal);
    let image = desk.inside.image();
    for operation in 1.. {
        let disk = TestDisk::from_image(1, &image);
        disk.fail_at(operation, Fault::PowerCut, Times::Once);
        let thinned = thin(&disk, &|kind| kind == ORDER);
        let ended = disk.struck() == 0;
        disk.crash(operation);
        disk.heal();
        for path in disk.files().iter().filter(|path| path.ends_with(".new")) {
            disk.remove(path).unwrap();
        }
        check(&disk);
        if ended {
            assert!(thinned.is_ok());
            break;
        }
    }
}
