//! Entries that a writer kept elsewhere when its disk had failed, and the opening that takes them in.

use journal::disk::{Fault, Times};
use journal::format::put_entry;
use journal::verify::{VerifyOptions, verify};
use journal::{Adopt, AdoptError, Draft, FileJournal, Journal, OpenError, Seq};

use crate::desk::{Desk, write, written};

/// What [`write`] would have written at these places.
fn payloads(places: std::ops::RangeInclusive<u64>) -> Vec<Vec<u8>> {
    places.map(|seq| format!("entry {seq}").into_bytes()).collect()
}

/// Opens a journal that is to take these in.
fn open(desk: &Desk, first: u64, payloads: &[Vec<u8>]) -> Result<FileJournal, OpenError> {
    let entries: Vec<Draft<'_>> =
        payloads.iter().map(|payload| Draft { kind: 7, schema: 1, payload }).collect();
    let adopt = Adopt { first: Seq(first), entries: &entries };
    FileJournal::open_adopting(desk.folder(), desk.keys(), desk.options, &adopt)
}

#[track_caller]
fn verified(desk: &Desk) {
    let report = verify(&*desk.folder(), &VerifyOptions::default()).unwrap();
    assert!(report.holds(), "{report}");
}

/// A journal of ten entries whose writer has ended.
fn ten() -> Desk {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 10);
    drop(journal);
    desk
}

#[test]
fn what_follows_is_taken_in_and_what_is_there_is_compared() {
    for first in [11, 10, 7, 1] {
        let desk = ten();
        for _ in 0..2 {
            // The second time all of it is there: a start that ended before it could say so.
            let mut journal = open(&desk, first, &payloads(first..=15)).unwrap();
            assert_eq!(journal.head().seq, Seq(15), "from {first}");
            if desk.read(1).len() == 15 {
                continue;
            }
            write(&mut journal, 1);
        }
        assert_eq!(desk.read(1), written(1..=15), "from {first}");
        verified(&desk);
    }
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_written() {
    let desk = ten();
    let before = desk.segments();
    let refused = |first, payloads: &[Vec<u8>]| match open(&desk, first, payloads) {
        Err(OpenError::Adopt(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        refused(12, &payloads(12..=13)),
        AdoptError::Gap { first: Seq(12), last: Seq(10) }
    ));
    let mut other = payloads(8..=12);
    other[2].push(b'!');
    assert!(matches!(refused(8, &other), AdoptError::Differs(Seq(10))));
    assert_eq!(desk.segments(), before);
    // It went on without them.
    write(&mut desk.open().unwrap(), 1);
    assert!(matches!(refused(11, &[b"another".to_vec()]), AdoptError::Differs(Seq(11))));
    assert_eq!(desk.read(1), written(1..=11));
}

#[test]
fn a_torn_tail_is_cut_and_what_was_kept_elsewhere_takes_its_places() {
    // The disk failed in the middle of a write: a part of a record is there, or a whole one that no commit follows.
    let mut record = Vec::new();
    put_entry(&mut record, Seq(11), &Draft { kind: 7, schema: 1, payload: b"entry 11" });
    for part in [record.len(), record.len() - 1, 5] {
        let desk = ten();
        let path = desk.last_segment();
        let mut bytes = desk.inside.read_file(&path).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes[end..end + part].copy_from_slice(&record[..part]);
        desk.inside.write_file(&path, &bytes).unwrap();
        let journal = open(&desk, 11, &payloads(11..=13)).unwrap();
        assert!(journal.opening().cut.is_some(), "{part} bytes");
        drop(journal);
        let read = desk.read(1);
        assert_eq!((read.len(), &read[..13]), (14, &written(1..=13)[..]), "{part} bytes");
        // Said again, it changes nothing.
        let again = open(&desk, 11, &payloads(11..=13)).unwrap();
        assert_eq!((again.head().seq, again.opening().cut), (Seq(14), None));
        verified(&desk);
    }
}

#[test]
fn more_than_one_commit_can_hold_is_taken_in_as_several() {
    let desk = ten();
    let large: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; 2 << 20]).collect();
    let journal = open(&desk, 11, &large).unwrap();
    assert_eq!(journal.head().seq, Seq(50));
    drop(journal);
    assert_eq!(desk.read(11).into_iter().map(|(_, payload)| payload).collect::<Vec<_>>(), large);
    verified(&desk);
    write(&mut desk.open().unwrap(), 1);
}

#[test]
fn a_power_cut_at_any_operation_leaves_all_of_them_or_none() {
    for seed in 0..120 {
        let desk = ten();
        let at = desk.inside.operations() + 1 + seed % 40;
        desk.inside.fail_at(at, Fault::PowerCut, Times::Once);
        let opened = open(&desk, 11, &payloads(11..=15)).map(drop);
        desk.crash(seed);
        desk.inside.heal();
        let there = desk.read(1).len();
        assert!(there == 10 || there == 15, "seed {seed}: {there}");
        assert!(opened.is_err() || there == 15, "seed {seed}: said to be there");
        let again = open(&desk, 11, &payloads(11..=15)).unwrap();
        assert_eq!(again.head().seq.0, 15, "seed {seed}");
        verified(&desk);
    }
}
