//! Copies of a journal's folder, taken while it is being written.

use std::sync::Arc;

use journal::bodies::Bodies;
use journal::copy::{Copied, CopyError, copy};
use journal::disk::{Disk, TestDisk};
use journal::keys::KeyStore;
use journal::snapshot::{self, Snapshot};
use journal::verify::{VerifyOptions, verify};
use journal::{FileJournal, Journal as _, Reader, Seq};

use crate::desk::{Desk, FORK_ID, ID, drain, write, written};

/// Copies to a new disk.
fn copied(desk: &Desk) -> (TestDisk, Result<Copied, CopyError>) {
    let target = TestDisk::new(77);
    let folder: Arc<dyn Disk> = Arc::new(target.clone());
    let copied = copy(&desk.inside, &folder, |done, total| assert!(done <= total));
    (target, copied)
}

/// Copies, and checks that the copy is the journal up to a place, bit for bit as it was hashed.
#[track_caller]
fn check(desk: &Desk, size: u64) -> TestDisk {
    let (target, copied) = copied(desk);
    let copied = copied.unwrap();
    let report = verify(&target, &VerifyOptions::default()).unwrap();
    assert!(report.holds(), "{report}");
    assert_eq!((copied.size, Some(copied.root)), (report.size, report.root));
    assert_eq!((copied.size.0, Some(copied.id)), (size, report.id));
    target
}

#[test]
fn a_copy_is_the_journal_up_to_its_last_commit() {
    let desk = Desk::new();
    let mut journal = desk.create();
    check(&desk, 0);
    let mut disk = TestDisk::new(1);
    for round in 0..24 {
        let head = write(&mut journal, 1 + round % 25);
        disk = check(&desk, head.seq.0);
        if round % 7 == 3 {
            journal.close().unwrap();
            check(&desk, head.seq.0);
            journal = desk.open().unwrap();
        } else if round % 7 == 5 {
            drop(journal);
            journal = desk.open().unwrap();
        }
        check(&desk, head.seq.0);
    }
    assert!(desk.segments().len() > 5);
    let mut reader = Reader::open(Arc::new(disk), Seq(1)).unwrap();
    assert_eq!(drain(&mut reader), written(1..=journal.head().seq.0));
}

#[test]
fn a_commit_that_is_being_written_is_left_out() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 2);
    let path = desk.last_segment();
    let end = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let from = end(&desk.inside.read_file(&path).unwrap());
    write(&mut journal, 3);
    let after = desk.inside.read_file(&path).unwrap();
    for cut in from..end(&after) {
        let mut bytes = after.clone();
        bytes[cut..].fill(0);
        desk.inside.write_file(&path, &bytes).unwrap();
        check(&desk, 2);
    }
    desk.inside.write_file(&path, &after).unwrap();
    check(&desk, 5);
}

#[test]
fn snapshots_and_bodies_come_along() {
    let desk = Desk::new();
    let mut journal = desk.create();
    let take = |journal: &FileJournal| {
        let (head, range) = (journal.head(), journal.tree().clone());
        let (id, term, hashes, state) = (head.id, head.term, Vec::new(), vec![7]);
        snapshot::write(&desk.inside, &Snapshot { id, term, range, hashes, state }).unwrap();
    };
    write(&mut journal, 30);
    take(&journal);
    let body = Bodies::new(desk.folder()).put(b"history").unwrap();
    let head = write(&mut journal, 10);
    let path = desk.last_segment();
    let before = desk.inside.read_file(&path).unwrap();
    write(&mut journal, 1);
    take(&journal);
    // The end that this snapshot stands for is not in the copy.
    desk.inside.write_file(&path, &before).unwrap();
    desk.inside.create("snapshots/0000000000000001.snap.new").unwrap();
    let target = check(&desk, head.seq.0);
    assert_eq!(snapshot::list(&target).unwrap(), [Seq(30)]);
    assert_eq!(Bodies::new(Arc::new(target.clone())).get(body).unwrap(), b"history");
    let strangers = target.files().into_iter().filter(|file| {
        let known = ["segments/", "snapshots/", "bodies/", "tree/"];
        file != "checkpoint" && !known.iter().any(|folder| file.starts_with(folder))
    });
    assert_eq!(strangers.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_copy_that_is_opened_goes_on_under_a_new_name() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 25);
    let copy = Desk { inside: check(&desk, 25), ..desk.clone() };
    write(&mut journal, 5);
    // With the keys of the journal, and with others.
    let opened = copy.open().unwrap();
    let forked = opened.opening().forked.unwrap();
    assert_eq!((forked.from, forked.seq, forked.id), (ID, Seq(25), FORK_ID));
    let copy = Desk { inside: check(&desk, 30), outside: TestDisk::new(5), ..desk.clone() };
    let keys = KeyStore::open(Arc::new(copy.outside.clone()), "keys").unwrap();
    let folder: Arc<dyn Disk> = Arc::new(copy.inside.clone());
    let mut opened = FileJournal::open(folder, keys, copy.options).unwrap();
    assert_eq!(opened.opening().forked.unwrap().seq, Seq(30));
    write(&mut opened, 4);
    let report = verify(&copy.inside, &VerifyOptions::default()).unwrap();
    assert!(report.holds() && report.size == Seq(35), "{report}");
    assert!(write(&mut journal, 1).seq == Seq(31), "the journal itself goes on as it was");
}

#[test]
fn damage_at_the_end_stops_a_copy_and_damage_before_is_named_by_verify() {
    let desk = Desk::new();
    let mut journal = desk.create();
    for _ in 0..30 {
        write(&mut journal, 10);
    }
    let end = write(&mut journal, 1).seq.0;
    for _ in 0..4 {
        write(&mut journal, 2);
    }
    let last = desk.last_segment();
    let first = desk.segments().swap_remove(0);
    assert_ne!(first, last);
    let sound = desk.inside.image();

    let bytes = desk.inside.read_file(&last).unwrap();
    let place = bytes.windows(8).position(|window| window == b"ntry 302").unwrap() as u64;
    desk.inside.flip_bit(&last, place * 8).unwrap();
    let (_, stopped) = copied(&desk);
    let Err(CopyError::Damage(damage)) = stopped else { panic!("{stopped:?}") };
    assert_eq!((damage.file.as_str(), damage.seq), (last.as_str(), Seq(end + 1)));

    desk.inside.restore(&sound);
    let bytes = desk.inside.read_file(&first).unwrap();
    let place = bytes.windows(8).position(|window| window == b"entry 17").unwrap() as u64;
    desk.inside.flip_bit(&first, place * 8).unwrap();
    let (target, carried) = copied(&desk);
    assert_eq!(carried.unwrap().size, Seq(end + 8));
    let report = verify(&target, &VerifyOptions::default()).unwrap();
    assert_eq!(report.findings[0].seq, Some(Seq(17)), "{report}");
}

#[test]
fn each_flipped_bit_of_a_copy_is_found() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 3);
    journal.close().unwrap();
    let target = check(&desk, 3);
    for file in target.files() {
        for bit in (0..target.read_file(&file).unwrap().len() as u64 * 8).step_by(5) {
            target.flip_bit(&file, bit).unwrap();
            let report = verify(&target, &VerifyOptions::default());
            assert!(report.is_ok_and(|report| !report.holds()), "{file} bit {bit}");
            target.flip_bit(&file, bit).unwrap();
        }
    }
}

#[test]
fn a_copy_that_does_not_fit_says_so_and_there_is_nothing_without_a_journal() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 60);
    let target = TestDisk::new(3);
    target.set_capacity(Some(1000));
    let folder: Arc<dyn Disk> = Arc::new(target);
    let full = copy(&desk.inside, &folder, |_, _| {});
    assert!(matches!(full, Err(CopyError::To { .. })), "{full:?}");
    let none = copy(&TestDisk::new(4), &folder, |_, _| {});
    assert!(matches!(none, Err(CopyError::NoJournal)), "{none:?}");
}
