//! Many appends, one commit.

#![expect(clippy::disallowed_methods, reason = "a group writer is there for threads")]

use journal::disk::{Fault, Times};
use journal::group::GroupWriter;
use journal::{AppendError, Draft, Journal, Seq};

use crate::desk::{Desk, write, written};

#[test]
fn what_threads_submit_is_there_once_and_in_the_order_of_each() {
    const EACH: u64 = 400;
    let desk = Desk::new();
    let group = GroupWriter::start(desk.create()).unwrap();
    let places: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let submit = |thread: u64| {
            let group = &group;
            scope.spawn(move || {
                let one = |number: u64| {
                    let payload = format!("{thread} {number}");
                    let draft = Draft { kind: 7, schema: 1, payload: payload.as_bytes() };
                    let ticket = group.submit(None, &[draft]).unwrap();
                    let seq = ticket.seq();
                    assert!(ticket.wait().unwrap().seq >= seq);
                    seq.0
                };
                (0..EACH).map(one).collect()
            })
        };
        let threads: Vec<_> = (0..4).map(submit).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(group.stop().head().seq, Seq(4 * EACH));
    let read = desk.read(1);
    for (thread, places) in places.iter().enumerate() {
        assert!(places.is_sorted());
        for (number, seq) in places.iter().enumerate() {
            let entry = &read[usize::try_from(seq - 1).unwrap()];
            assert_eq!(entry, &(*seq, format!("{thread} {number}").into_bytes()));
        }
    }
}

#[test]
fn what_queues_during_a_commit_is_the_next_one() {
    let desk = Desk::new();
    let group = GroupWriter::start(desk.create()).unwrap();
    // The folder's lock holds the first commit up.
    let lock =
        journal::disk::Disk::open(&desk.inside, "lock", journal::disk::Access::Write).unwrap();
    lock.lock().unwrap();
    let draft = |payload: &'static [u8]| Draft { kind: 7, schema: 1, payload };
    let first = group.submit(Some(Seq(0)), &[draft(b"entry 1")]).unwrap();
    let conflict = group.submit(Some(Seq(0)), &[draft(b"entry 2")]);
    assert!(
        matches!(conflict, Err(AppendError::Conflict { actual: Seq(1), .. })),
        "queued entries count: {conflict:?}"
    );
    let second = group.submit(Some(Seq(1)), &[draft(b"entry 2"), draft(b"entry 3")]).unwrap();
    let third = group.submit(None, &[draft(b"entry 4")]).unwrap();
    assert_eq!((second.seq(), third.seq(), group.head().seq), (Seq(3), Seq(4), Seq(0)));
    lock.unlock().unwrap();
    first.wait().unwrap();
    let head = third.wait().unwrap();
    assert_eq!((head.seq, second.wait().unwrap().seq), (Seq(4), Seq(4)));
    let mut journal = group.stop();
    write(&mut journal, 2);
    assert_eq!(desk.read(1), written(1..=6));
}

#[test]
fn a_full_disk_refuses_what_queued_and_the_next_goes_on() {
    let desk = Desk::new();
    let group = GroupWriter::start(desk.create()).unwrap();
    desk.inside.set_capacity(Some(desk.inside.used()));
    let payload = [9; 3000];
    let mut last = Seq(0);
    loop {
        let ticket =
            group.submit(None, &[Draft { kind: 7, schema: 1, payload: &payload }]).unwrap();
        match ticket.wait() {
            Ok(head) => last = head.seq,
            Err(AppendError::Full(_)) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(group.head().seq, last);
    desk.inside.set_capacity(None);
    let draft = Draft { kind: 7, schema: 1, payload: b"room" };
    let ticket = group.submit(Some(last), &[draft]).unwrap();
    assert_eq!(ticket.wait().unwrap().seq, last.next());
    assert_eq!(desk.read(last.0 + 1), [(last.0 + 1, b"room".to_vec())]);
}

#[test]
fn a_writer_that_failed_tells_everybody() {
    let desk = Desk::new();
    let group = GroupWriter::start(desk.create()).unwrap();
    desk.inside.fail_at(desk.inside.operations(), Fault::InputOutput, Times::Always);
    let draft = Draft { kind: 7, schema: 1, payload: b"lost" };
    let ticket = group.submit(None, &[draft]).unwrap();
    assert!(matches!(ticket.wait(), Err(AppendError::Failed { .. })));
    assert!(matches!(group.submit(None, &[draft]), Err(AppendError::Failed { .. })));
    assert_eq!(group.stop().head().seq, Seq(0));
}
