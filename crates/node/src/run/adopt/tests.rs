//! Starts on what a hub without a journal has left: taken in, once, or refused with what to do.

use journal::{Item, Journal as _};
use types::entry::{Operator, Source};
use types::market::TsNanos;

use super::*;

fn entry(seq: u64, body: Body) -> Entry {
    let at = TsNanos::EPOCH;
    Entry { seq: types::ids::Seq(seq), ts_event: at, ts: at, source: Source::Hub, body }
}

fn timer(seq: u64) -> Entry {
    entry(seq, Body::Timer { at: TsNanos::EPOCH })
}

fn operator(seq: u64, action: OperatorAction) -> Entry {
    entry(seq, Body::Operator(Operator { name: "ada".to_owned(), action, by: None }))
}

fn bytes(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes
}

/// A state folder whose journal has ten entries, and a record beside it.
struct Desk {
    _folder: tempfile::TempDir,
    state: std::path::PathBuf,
    folder: JournalFolder,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let journal = JournalFolder::new(&state.join("journal"), None);
        let desk = Self { _folder: folder, state, folder: journal };
        let mut journal = desk.open().unwrap().journal;
        let entries: Vec<_> = (1..=10).map(|seq| bytes(&timer(seq))).collect();
        let kind = u16::try_from(timer(1).body.kind()).unwrap();
        let schema = u16::try_from(SCHEMA).unwrap();
        let drafts: Vec<_> =
            entries.iter().map(|payload| Draft { kind, schema, payload }).collect();
        journal.append(Seq(0), &drafts).unwrap();
        desk
    }

    fn open(&self) -> Result<Opened, Failure> {
        open(&self.folder, &self.folder.disk(), &self.state)
    }

    fn leave(&self, what: What) {
        let line = Line { at: 1, name: "ada".to_owned(), what };
        emergency::append(&self.state, &line).unwrap();
    }

    fn leave_entry(&self, entry: &Entry) {
        let bytes = Base64::encode_string(&bytes(entry));
        self.leave(What::Entry { seq: entry.seq.0, bytes });
    }

    /// Opens, and wants the start to be refused; returns why. Nothing changes.
    #[track_caller]
    fn refused(&self) -> String {
        let before = self.files();
        let error = self.open().unwrap_err().error.to_string();
        assert_eq!(self.files(), before);
        assert!(error.contains("state.emergency") && error.contains("and start"), "{error}");
        error
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let segments = std::fs::read_dir(self.folder.path.join("segments")).unwrap();
        let files = segments.map(|file| file.unwrap().path());
        let files = files.chain([emergency::path(&self.state)]);
        let mut files: Vec<_> =
            files.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect();
        files.sort();
        files
    }

    /// Returns the payloads of the journal's entries.
    fn stored(&self) -> Vec<Vec<u8>> {
        let mut reader = self.folder.read(Seq(1)).unwrap();
        let mut stored = Vec::new();
        while let Some(item) = reader.next().unwrap() {
            let Item::Entry(entry) = item else { panic!("{item:?}") };
            stored.push(entry.payload.to_vec());
        }
        stored
    }
}

#[test]
fn entries_of_a_dead_journal_come_back_in_their_places_and_once() {
    let desk = Desk::new();
    // What the journal has of them after all is the same.
    for seq in 9..=14 {
        desk.leave_entry(&timer(seq));
    }
    for start in 1..=3 {
        // A start that is killed before it puts the file aside lets the next one find all of it there.
        let opened = desk.open().unwrap();
        assert_eq!(opened.adopted.entries, 6, "start {start}");
        assert_eq!(opened.journal.head().seq, Seq(14), "start {start}");
        assert!(opened.adopted.orders.is_empty());
    }
    let wanted: Vec<_> = (1..=14).map(|seq| bytes(&timer(seq))).collect();
    assert_eq!(desk.stored(), wanted);
    assert!(emergency::path(&desk.state).exists(), "it is put aside by whoever carries it out");
}

#[test]
fn an_entry_written_twice_counts_once_and_a_torn_last_line_is_named() {
    use std::io::Write as _;
    let desk = Desk::new();
    for seq in [11, 11, 12] {
        desk.leave_entry(&timer(seq));
    }
    let path = emergency::path(&desk.state);
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"at\":1,\"name\":\"plims").unwrap();
    let opened = desk.open().unwrap();
    assert_eq!((opened.adopted.entries, opened.journal.head().seq), (2, Seq(12)));
    assert_eq!(opened.adopted.broken.len(), 1);
}

#[test]
fn what_does_not_belong_to_the_journal_refuses_the_start() {
    let desk = Desk::new();
    desk.leave_entry(&timer(12));
    let why = desk.refused();
    assert!(why.contains("begin at 12, the journal ends at 10"), "{why}");

    let desk = Desk::new();
    desk.leave_entry(&operator(10, OperatorAction::Pause));
    let why = desk.refused();
    assert!(why.contains("another entry in place 10"), "{why}");

    let desk = Desk::new();
    desk.leave_entry(&timer(11));
    desk.leave_entry(&timer(13));
    let why = desk.refused();
    assert!(why.contains("begin at 13, the journal ends at 10"), "{why}");

    let desk = Desk::new();
    desk.leave_entry(&timer(11));
    desk.leave_entry(&timer(12));
    desk.leave_entry(&operator(11, OperatorAction::Pause));
    let why = desk.refused();
    assert!(why.contains("entry 11 stands behind entry 12"), "{why}");

    let desk = Desk::new();
    desk.leave(What::Entry { seq: 11, bytes: "?".to_owned() });
    let why = desk.refused();
    assert!(why.contains("entry 11: "), "{why}");

    let desk = Desk::new();
    desk.leave(What::Entry { seq: 11, bytes: Base64::encode_string(&bytes(&timer(12))) });
    let why = desk.refused();
    assert!(why.contains("the line of entry 11 holds entry 12"), "{why}");
}

#[test]
fn a_record_without_a_journal_refuses_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let journal = JournalFolder::new(&state.join("journal"), None);
    let desk = Desk { _folder: folder, state, folder: journal };
    desk.leave_entry(&timer(1));
    let error = desk.open().unwrap_err().error.to_string();
    assert!(error.contains("holds no journal"), "{error}");
    assert!(!desk.folder.path.exists());
}

#[test]
fn an_order_that_a_dead_hub_carried_out_is_not_carried_out_again() {
    let desk = Desk::new();
    desk.leave(What::Flatten);
    desk.leave_entry(&operator(11, OperatorAction::Flatten));
    desk.leave(What::Flatten);
    desk.leave(What::Kill);
    let adopted = desk.open().unwrap().adopted;
    let orders: Vec<_> = adopted.orders.into_iter().map(|line| line.what).collect();
    assert_eq!(orders, [What::Flatten, What::Kill]);
}

#[test]
fn what_the_journal_took_between_two_full_disks_is_not_missing() {
    let desk = Desk::new();
    // The disk was full at 3 and 4, took 5 to 8, was full again at 9, and took two of what was kept then.
    for seq in [3, 4, 9, 10, 11, 12] {
        desk.leave_entry(&timer(seq));
    }
    let opened = desk.open().unwrap();
    assert_eq!((opened.adopted.entries, opened.journal.head().seq), (6, Seq(12)));
    drop(opened);
    let wanted: Vec<_> = (1..=12).map(|seq| bytes(&timer(seq))).collect();
    assert_eq!(desk.stored(), wanted);
}

#[test]
fn entries_that_were_written_again_after_a_failure_count_once() {
    let desk = Desk::new();
    for seq in [11, 12, 11, 12, 13] {
        desk.leave_entry(&timer(seq));
    }
    let opened = desk.open().unwrap();
    assert_eq!((opened.adopted.entries, opened.journal.head().seq), (3, Seq(13)));
}

/// One hub writes to the record while another takes its journal over: what was written is in the successor's term, or the writer
/// was told that it may not.
#[test]
#[expect(clippy::disallowed_methods, reason = "the hubs are processes; threads stand for them")]
fn nothing_is_written_to_the_record_behind_a_successors_back() {
    use crate::run::pen::Fence;
    let desk = Desk::new();
    let first = desk.open().unwrap();
    let fence = Fence::new(desk.folder.clone(), first.journal.head().term);
    drop(first);
    let (state, beginning) = (desk.state.clone(), std::sync::Barrier::new(2));
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            beginning.wait();
            for seq in 11.. {
                let what = What::Entry { seq, bytes: Base64::encode_string(&bytes(&timer(seq))) };
                let line = Line { at: 1, name: "plimsoll run".to_owned(), what };
                if emergency::append_all(&state, &[line], || fence.holds()).is_err() {
                    return seq - 1;
                }
            }
            unreachable!("a successor ends it")
        });
        beginning.wait();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let opened = desk.open().unwrap();
        (writer.join().unwrap(), opened.journal.head().seq)
    });
    assert!(written.0 > 10, "it wrote before its successor came");
    assert_eq!(Seq(written.0), written.1);
}

#[test]
fn orders_that_are_left_while_a_start_keeps_quiet_are_taken_with_it() {
    let desk = Desk::new();
    desk.leave(What::Flatten);
    let mut adopted = desk.open().unwrap().adopted;
    desk.leave(What::Kill);
    adopted.read_on(&desk.state).unwrap();
    let whats: Vec<_> = adopted.orders.iter().map(|line| line.what.clone()).collect();
    assert_eq!(whats, [What::Flatten, What::Kill]);
    // Each is taken once.
    adopted.read_on(&desk.state).unwrap();
    assert_eq!(adopted.orders.len(), 2);
}
