//! What an append does, and when it refuses.

use journal::disk::{Fault, Times};
use journal::{AppendError, Draft, Journal, OpenError, Seq, Term};

use crate::desk::{Desk, ID, drain, write, written};

#[test]
fn the_first_entry_of_a_fresh_journal_is_the_applications() {
    let desk = Desk::new();
    let mut journal = desk.create();
    assert_eq!((journal.head().id, journal.head().term, journal.head().seq), (ID, Term(1), Seq(0)));
    assert_eq!(write(&mut journal, 1).seq, Seq(1));
    assert_eq!(desk.read(1), written(1..=1));
    assert!(matches!(
        journal::FileJournal::create(desk.folder(), desk.keys(), ID, desk.options),
        Err(OpenError::Exists)
    ));
}

#[test]
fn entries_come_back_over_many_segments_and_terms() {
    let desk = Desk::new();
    let mut journal = desk.create();
    for count in [1, 30, 0, 256, 7] {
        write(&mut journal, count);
    }
    let before = journal.head();
    journal.close().unwrap();
    let mut journal = desk.open().unwrap();
    assert_eq!(journal.opening(), &journal::Opening::default());
    assert_eq!((journal.head().seq, journal.head().root), (before.seq, before.root));
    assert_eq!(journal.head().term, Term(2));
    write(&mut journal, 50);
    drop(journal);
    let journal = desk.open().unwrap();
    assert_eq!(journal.head().term, Term(3));
    assert!(desk.segments().len() > 4, "{:?}", desk.segments());
    assert_eq!(desk.read(1), written(1..=344));
    assert_eq!(desk.read(300), written(300..=344));
}

#[test]
fn who_expects_another_end_is_refused_and_can_go_on() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 3);
    let draft = Draft { kind: 7, schema: 1, payload: b"entry 4" };
    for expected in [2, 4] {
        match journal.append(Seq(expected), &[draft]) {
            Err(AppendError::Conflict { expected: saw, actual }) => {
                assert_eq!((saw, actual), (Seq(expected), Seq(3)));
            }
            other => panic!("{other:?}"),
        }
    }
    journal.append(Seq(3), &[draft]).unwrap();
    assert_eq!(desk.read(1), written(1..=4));
}

#[test]
fn what_cannot_be_an_entry_is_refused() {
    let desk = Desk::new();
    let mut journal = desk.create();
    let large = vec![0; journal::PAYLOAD_BYTES_MAX + 1];
    let refused = |journal: &mut journal::FileJournal, kind: u16, payload: &[u8]| {
        let result = journal.append(Seq(0), &[Draft { kind, schema: 1, payload }]);
        assert!(matches!(result, Err(AppendError::Draft(_))), "{result:?}");
    };
    refused(&mut journal, 0xFF01, b"");
    refused(&mut journal, 7, &large);
    let most = Draft { kind: 7, schema: 1, payload: &large[1..] };
    let group = journal.append(Seq(0), &[most; 4]);
    assert!(matches!(group, Err(AppendError::Draft(_))), "{group:?}");
    journal.append(Seq(0), &[most; 3]).unwrap();
    write(&mut journal, 1);
    let read = desk.read(3);
    assert_eq!((read[0].1.len(), &read[1..]), (16 << 20, &written(4..=4)[..]));
}

#[test]
fn a_writer_whose_term_was_sealed_writes_nothing_more() {
    let desk = Desk::new();
    let mut old = desk.create();
    write(&mut old, 5);
    let mut new = desk.open().unwrap();
    let draft = Draft { kind: 7, schema: 1, payload: b"late" };
    for expected in [5, 4] {
        assert!(matches!(old.append(Seq(expected), &[draft]), Err(AppendError::Sealed(Term(1)))));
    }
    assert!(matches!(old.checkpoint(), Err(AppendError::Sealed(_))));
    write(&mut new, 1);
    assert_eq!(desk.read(1), written(1..=6));
}

#[test]
fn a_term_can_be_ended_by_its_own_writer() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 5);
    journal.seal().unwrap();
    assert!(matches!(journal.append(Seq(5), &[]), Err(AppendError::Sealed(_))));
    let mut journal = desk.open().unwrap();
    write(&mut journal, 1);
    assert_eq!(desk.read(1), written(1..=6));
}

#[test]
fn a_failed_sync_ends_the_writer_for_good() {
    // The lock, the look for a seal, the write, the sync: find the sync by what it does.
    let mut failed = None;
    for operation in 0..8 {
        let copy = Desk::new();
        let mut journal = copy.create();
        write(&mut journal, 5);
        copy.inside.fail_at(copy.inside.operations() + operation, Fault::InputOutput, Times::Once);
        let draft = Draft { kind: 7, schema: 1, payload: b"entry 6" };
        if let Err(AppendError::Failed { operation: "fsync", .. }) =
            journal.append(Seq(5), &[draft])
        {
            failed = Some(journal);
        }
    }
    let mut journal = failed.expect("a commit syncs");
    let draft = Draft { kind: 7, schema: 1, payload: b"entry 6" };
    for _ in 0..3 {
        let again = journal.append(Seq(5), &[draft]);
        assert!(matches!(again, Err(AppendError::Failed { operation: "fsync", .. })), "{again:?}");
    }
    assert!(matches!(journal.checkpoint(), Err(AppendError::Failed { .. })));
    assert!(matches!(journal.seal(), Err(AppendError::Failed { .. })));
    assert_eq!(journal.head().seq, Seq(5), "what is not certain is not acknowledged");
}

#[test]
fn what_a_failed_sync_forgot_is_on_disk_once_the_next_term_has_begun() {
    let draft = Draft { kind: 7, schema: 1, payload: &[6; 3000] };
    let mut recovered = 0;
    for seed in 1..=60 {
        let desk = Desk::seeded(seed);
        let mut journal = desk.create();
        write(&mut journal, 5);
        let before = desk.inside.operations();
        write(&mut journal, 1);
        let each = desk.inside.operations() - before;
        // The last operation of a commit is its sync.
        desk.inside.fail_at(desk.inside.operations() + each, Fault::InputOutput, Times::Once);
        let failed = journal.append(Seq(6), &[draft]);
        assert!(
            matches!(failed, Err(AppendError::Failed { operation: "fsync", .. })),
            "{failed:?}"
        );
        drop(journal);
        // The system goes on showing what it has forgotten.
        let head = desk.open().unwrap().head();
        recovered += u32::from(head.seq == Seq(7));
        desk.crash(seed);
        let journal = desk.open().unwrap();
        assert_eq!((journal.head().seq, journal.opening().forked), (head.seq, None), "seed {seed}");
    }
    assert_eq!(recovered, 60);
}

#[test]
fn a_write_that_a_full_disk_broke_off_leaves_nothing() {
    let mut refused = 0;
    for operation in 0..8 {
        let desk = Desk::new();
        let mut journal = desk.create();
        write(&mut journal, 5);
        let next = desk.inside.operations() + operation;
        desk.inside.fail_at(next, Fault::ShortWrite, Times::Once);
        desk.inside.fail_at(next + 1, Fault::NoSpace, Times::Once);
        let draft = Draft { kind: 7, schema: 1, payload: &[6; 3000] };
        if let Err(AppendError::Full(_)) = journal.append(Seq(5), &[draft]) {
            refused += 1;
            write(&mut journal, 2);
            assert_eq!(desk.read(1), written(1..=7));
        }
    }
    assert!(refused > 0, "one of the operations is the write");
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 5);
    desk.inside.set_capacity(Some(desk.inside.used()));
    let payload = [9; 600];
    let draft = Draft { kind: 7, schema: 1, payload: &payload };
    let mut refused = 0;
    while refused < 3 {
        let before = journal.head();
        match journal.append(before.seq, &[draft]) {
            Ok(_) => {}
            Err(AppendError::Full(_)) => {
                refused += 1;
                assert_eq!(journal.head(), before);
            }
            Err(other) => panic!("{other}"),
        }
    }
    let full = journal.head().seq;
    assert!(full.0 > 5, "the reserved room is used up first");
    assert_eq!(desk.read(1).len() as u64, full.0);
    desk.inside.set_capacity(None);
    write(&mut journal, 3);
    assert_eq!(drain(&mut desk.reader(full.0 + 1)), written(full.0 + 1..=full.0 + 3));
    desk.crash(1);
    assert_eq!(desk.open().unwrap().head().seq, Seq(full.0 + 3));
}
