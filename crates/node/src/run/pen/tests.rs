//! The pen on disks that have no room, at any moment and for any time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use journal::disk::{Disk as _, TestDisk};
use journal::keys::KeyStore;
use journal::{Item, JournalId, Options, Reader};
use proptest::prelude::*;
use types::entry::{Body, Source};
use types::ids::Seq;
use types::market::TsNanos;

use super::*;
use crate::run::adopt::{self, Opened};

fn timer(seq: u64) -> Entry {
    let at = TsNanos::EPOCH.plus(i64::try_from(seq).unwrap());
    Entry { seq: Seq(seq), ts_event: at, ts: at, source: Source::Hub, body: Body::Timer { at } }
}

/// A pen on a disk in memory, whose room is a matter of the test.
struct Desk {
    disk: TestDisk,
    pen: Pen,
    told: Receiver<Written>,
    last: u64,
    /// What the hub may act on.
    durable: u64,
}

impl Desk {
    fn new() -> Self {
        let (disk, keys) = (TestDisk::new(1), TestDisk::new(2));
        keys.make_dir("").unwrap();
        let keys = KeyStore::open(Arc::new(keys), "keys").unwrap();
        // Small segments: their reserved room is used up often, and a new one wants room.
        let options = Options { segment_bytes: 2_048, ..Options::default() };
        let inside = Arc::new(disk.clone());
        let journal = FileJournal::create(inside, keys, JournalId([1; 16]), options).unwrap();
        let (tell, told) = channel();
        let pen = Pen::new(journal, move |written| drop(tell.send(written))).unwrap();
        Self { disk, pen, told, last: 0, durable: 0 }
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            self.last += 1;
            self.pen.append(&timer(self.last));
        }
    }

    /// The disk has room for so many bytes more.
    fn room(&self, bytes: Option<u64>) {
        self.disk.set_capacity(bytes.map(|bytes| self.disk.used() + bytes));
    }

    /// Does with one message what the loop does; what it says is durable is looked up on the disk.
    fn hear(&mut self, written: &Written) {
        match written {
            Written::Durable(seq) => {
                self.pen.durable(*seq);
                assert!(*seq > self.durable, "each place is told once");
                self.durable = *seq;
                self.check(*seq);
            }
            Written::Full(number) => drop(self.pen.is_full(*number)),
            Written::Dead(dead) => panic!("{dead:?}"),
        }
    }

    /// Every entry up to a place is on the disk, in its place, as it was given.
    fn check(&self, up_to: u64) {
        let mut reader = Reader::open(Arc::new(self.disk.clone()), journal::Seq(1)).unwrap();
        for seq in 1..=up_to {
            let Some(Item::Entry(stored)) = reader.next().unwrap() else { panic!("no {seq}") };
            let mut wanted = Vec::new();
            timer(seq).encode(&mut wanted);
            assert_eq!((stored.seq.0, stored.payload), (seq, &wanted[..]));
        }
    }

    /// Makes room and goes on as the loop does until nothing waits.
    fn settle(&mut self) {
        self.room(None);
        while self.pen.backlog() > 0 {
            self.pen.try_again().unwrap();
            self.pen.hand_over().unwrap();
            let written = self.told.recv().unwrap();
            self.hear(&written);
        }
        assert_eq!(self.durable, self.last);
    }
}

#[derive(Clone, Debug)]
enum Act {
    Append(u64),
    HandOver,
    /// Hears what was told so far: late, as a busy loop does, or waiting for it.
    Hear {
        wait: bool,
    },
    TryAgain,
    Room(Option<u64>),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..40_u64).prop_map(Act::Append),
        4 => Just(Act::HandOver),
        2 => any::<bool>().prop_map(|wait| Act::Hear { wait }),
        2 => Just(Act::TryAgain),
        2 => (0..3_000_u64).prop_map(|bytes| Act::Room(Some(bytes))),
        1 => Just(Act::Room(None)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(150), ..ProptestConfig::default() })]
    /// Invariants 1 and 8: what is told to be durable is on the disk, and nothing is lost, doubled or out of order,
    /// whenever the disk is full and has room again.
    #[test]
    fn what_is_told_to_be_durable_is_on_the_disk_however_often_that_is_full(
        acts in prop::collection::vec(act(), 1..60)
    ) {
        let mut desk = Desk::new();
        for act in acts {
            match act {
                Act::Append(count) => desk.append(count),
                Act::HandOver => desk.pen.hand_over().unwrap(),
                Act::Hear { wait } => {
                    if wait && desk.pen.handed > 0 {
                        let written = desk.told.recv().unwrap();
                        desk.hear(&written);
                    }
                    while let Ok(written) = desk.told.try_recv() {
                        desk.hear(&written);
                    }
                }
                Act::TryAgain => desk.pen.try_again().unwrap(),
                Act::Room(bytes) => desk.room(bytes),
            }
        }
        desk.settle();
    }
}

#[test]
fn more_than_one_commit_can_hold_is_written_in_parts_once_there_is_room() {
    let mut desk = Desk::new();
    desk.append(1);
    desk.pen.hand_over().unwrap();
    desk.settle();
    desk.room(Some(0));
    // Beyond the reserved room of the first segment, and more bytes than the writer takes at once.
    desk.append(400_000);
    assert!(desk.pen.pending_bytes > FLIGHT_BYTES_MAX);
    desk.pen.hand_over().unwrap();
    let written = desk.told.recv().unwrap();
    assert!(matches!(written, Written::Full(_)), "{written:?}");
    desk.hear(&written);
    assert!(!desk.pen.has_more());
    desk.room(None);
    while desk.pen.backlog() > 0 {
        desk.pen.try_again().unwrap();
        desk.pen.hand_over().unwrap();
        match desk.told.recv().unwrap() {
            Written::Durable(seq) => desk.pen.durable(seq),
            other @ (Written::Full(_) | Written::Dead(_)) => panic!("{other:?}"),
        }
    }
    desk.check(400_001);
}

#[test]
fn what_waits_for_room_has_a_bound() {
    let mut desk = Desk::new();
    desk.room(Some(0));
    desk.append(1_000);
    desk.pen.hand_over().unwrap();
    let written = desk.told.recv().unwrap();
    desk.hear(&written);
    desk.pen.pending_bytes = WAITING_BYTES_MAX;
    desk.pen.try_again().unwrap();
    let written = desk.told.recv().unwrap();
    desk.hear(&written);
    desk.pen.pending_bytes += 1;
    let Err(Dead::Failed(why)) = desk.pen.try_again() else { panic!("it goes on") };
    assert!(why.contains("1000 entries") && why.contains("make room"), "{why}");
    desk.pen.die();
    desk.room(None);
    desk.pen.hand_over().unwrap();
    let down = desk.pen.put_down().unwrap();
    assert_eq!((down.lost, journal::Journal::head(&down.journal).seq.0), (1_000, 0));
}

#[test]
fn the_end_writes_what_is_left_as_far_as_there_is_room_and_says_what_is_not() {
    for (room, lost) in [(None, 0), (Some(0), 500)] {
        let mut desk = Desk::new();
        desk.append(3);
        desk.pen.hand_over().unwrap();
        let written = desk.told.recv().unwrap();
        desk.hear(&written);
        desk.room(Some(0));
        desk.append(500);
        desk.pen.hand_over().unwrap();
        let written = desk.told.recv().unwrap();
        desk.hear(&written);
        desk.room(room);
        let Desk { pen, .. } = desk;
        let down = pen.put_down().unwrap();
        let head = journal::Journal::head(&down.journal).seq.0;
        assert_eq!((down.lost, head), (lost, 503 - lost));
    }
}

#[test]
fn entries_are_durable_in_their_order_and_a_successor_ends_the_term() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let folder = JournalFolder::new(&state.join("journal"), None);
    let open = || adopt::open(&folder, &folder.disk(), &state).unwrap();
    let Opened { journal, .. } = open();
    let fence = Fence::new(folder.clone(), journal::Journal::head(&journal).term);
    let (tell, told) = channel();
    let mut pen = Pen::new(journal, move |written| tell.send(written).unwrap()).unwrap();
    for seq in 1..=100 {
        pen.append(&timer(seq));
        if seq % 7 == 0 {
            pen.hand_over().unwrap();
        }
    }
    pen.hand_over().unwrap();
    while pen.backlog() > 0 {
        match told.recv().unwrap() {
            Written::Durable(seq) => pen.durable(seq),
            other @ (Written::Full(_) | Written::Dead(_)) => panic!("{other:?}"),
        }
    }
    assert!(fence.holds());
    let Opened { journal: successor, .. } = open();
    assert!(!fence.holds());
    assert_eq!(journal::Journal::head(&successor).seq.0, 100);
    pen.append(&timer(101));
    pen.hand_over().unwrap();
    assert!(matches!(told.recv().unwrap(), Written::Dead(Dead::Sealed)));
    drop(successor);
}
