//! Readers beside a writer.

use std::sync::atomic::{AtomicBool, Ordering};

use journal::{Journal, Seq};

use crate::desk::{Desk, drain, write, written};

#[test]
fn a_reader_follows_the_writer_over_segments_and_terms() {
    let desk = Desk::new();
    let mut journal = desk.create();
    let mut reader = desk.reader(1);
    assert_eq!(drain(&mut reader), []);
    let mut from = 1;
    for round in 0..40 {
        let head = write(&mut journal, 1 + round % 25);
        assert_eq!(drain(&mut reader), written(from..=head.seq.0));
        assert_eq!((reader.committed(), reader.id()), (head.seq, head.id));
        from = head.seq.0 + 1;
        if round % 7 == 3 {
            journal.close().unwrap();
            assert_eq!(drain(&mut reader), []);
            assert_eq!(reader.durable(), head.seq, "a clean close says that all is on disk");
            journal = desk.open().unwrap();
        } else if round % 7 == 5 {
            drop(journal);
            journal = desk.open().unwrap();
        }
    }
    assert!(desk.segments().len() > 10);
}

/// The zeros behind what it read in one piece are no end: the writer may have written there since.
#[test]
fn a_reader_that_stopped_half_way_sees_what_came_meanwhile() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 3);
    let mut reader = desk.reader(1);
    assert!(reader.next().unwrap().is_some());
    write(&mut journal, 3);
    assert_eq!(drain(&mut reader), written(2..=6));
}

#[test]
fn a_reader_may_wait_ahead_of_the_end() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 2);
    let mut reader = desk.reader(100);
    for _ in 0..5 {
        write(&mut journal, 15);
        assert_eq!(drain(&mut reader), []);
    }
    write(&mut journal, 30);
    assert_eq!(drain(&mut reader), written(100..=107));
}

#[test]
fn a_reader_sees_no_entry_before_its_commit() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 2);
    let path = desk.last_segment();
    let before = desk.inside.read_file(&path).unwrap();
    write(&mut journal, 3);
    let after = desk.inside.read_file(&path).unwrap();
    let from = before.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let to = after.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for end in from..to {
        // The bytes of the commit appear one by one.
        let mut bytes = after.clone();
        bytes[end..].fill(0);
        desk.inside.write_file(&path, &bytes).unwrap();
        let mut reader = desk.reader(1);
        assert_eq!(drain(&mut reader), written(1..=2), "{end} of {to}");
        desk.inside.write_file(&path, &after).unwrap();
        assert_eq!(drain(&mut reader), written(3..=5), "{end} of {to}");
    }
}

#[test]
fn a_reader_goes_on_where_a_torn_tail_was_cut() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 2);
    let path = desk.last_segment();
    let heads = desk.outside.image();
    let before = desk.inside.read_file(&path).unwrap();
    write(&mut journal, 3);
    let mut torn = desk.inside.read_file(&path).unwrap();
    let from = before.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    torn[from + 40..].fill(0);
    desk.inside.write_file(&path, &torn).unwrap();
    desk.outside.restore(&heads);
    let mut reader = desk.reader(1);
    assert_eq!(drain(&mut reader), written(1..=2));
    let mut journal = desk.open().unwrap();
    assert!(journal.opening().cut.is_some());
    write(&mut journal, 2);
    let read = drain(&mut reader);
    assert_eq!((read.len(), &read[1..]), (3, &written(4..=5)[..]));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "readers beside a writer are threads")]
fn many_readers_see_the_same_while_the_writer_writes() {
    const LAST: u64 = 4000;
    let desk = Desk::new();
    let mut journal = desk.create();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|number| {
                let (desk, done) = (&desk, &done);
                scope.spawn(move || {
                    let mut reader = desk.reader(1 + number * 500);
                    let mut read = Vec::new();
                    loop {
                        let ended = done.load(Ordering::SeqCst);
                        read.extend(drain(&mut reader));
                        if ended {
                            return read;
                        }
                    }
                })
            })
            .collect();
        while journal.head().seq < Seq(LAST) {
            let last = journal.head().seq.0;
            write(&mut journal, (LAST - last).min(1 + last % 37));
        }
        done.store(true, Ordering::SeqCst);
        for (number, reader) in readers.into_iter().enumerate() {
            assert_eq!(reader.join().unwrap(), written(1 + number as u64 * 500..=LAST));
        }
    });
}
