//! What an opening finds: a torn tail, damage, a journal that is not where it was.

use journal::disk::{Access, Disk, Image, TestDisk};
use journal::format::{Cut, CutReason, Forked, Own, Record, parse_record, put_entry};
use journal::keys::rotation_holds;
use journal::note::SignedNote;
use journal::snapshot::{self, Snapshot};
use journal::tree::CompactRange;
use journal::{Damage, Draft, Entry, Head, Item, Journal, OpenError, Seq, Term, Wrong};

use crate::desk::{Desk, FORK_ID, ID, write, written};

/// A journal of one segment with commits of 3, 4 and 5 entries, whose writer was killed; and where each commit begins.
fn killed() -> (Desk, Vec<u64>) {
    let desk = Desk::new();
    let mut journal = desk.create();
    let mut begins = Vec::new();
    for count in 3..=5 {
        begins.push(end_of(&desk));
        write(&mut journal, count);
    }
    begins.push(end_of(&desk));
    (desk, begins)
}

/// Returns where the records of the last segment end.
fn end_of(desk: &Desk) -> u64 {
    let bytes = desk.inside.read_file(&desk.last_segment()).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

fn edit(desk: &Desk, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = desk.inside.read_file(path).unwrap();
    change(&mut bytes);
    desk.inside.write_file(path, &bytes).unwrap();
}

fn own(desk: &Desk, seq: u64) -> Own {
    let mut reader = desk.reader(seq);
    match reader.next().unwrap() {
        Some(Item::Entry(Entry { kind, schema, payload, .. })) => {
            Own::parse(kind, schema, payload).unwrap().expect("an entry of the journal's own")
        }
        other => panic!("{other:?}"),
    }
}

fn damage(desk: &Desk) -> Damage {
    let before = desk.inside.image();
    match desk.open() {
        Err(OpenError::Damage(damage)) => {
            assert_eq!(files(&before), files(&desk.inside.image()), "nothing is written");
            damage
        }
        other => panic!("{other:?}"),
    }
}

fn files(image: &Image) -> Vec<(String, Vec<u8>)> {
    let disk = TestDisk::from_image(1, image);
    let read = |path: &String| (path.clone(), disk.read_file(path).unwrap());
    disk.files().iter().map(read).collect()
}

#[test]
fn a_killed_writer_leaves_all_its_commits() {
    let (desk, _) = killed();
    let journal = desk.open().unwrap();
    assert_eq!(journal.opening(), &journal::Opening::default());
    assert_eq!(journal.head().seq, Seq(12));
    assert_eq!(desk.read(1), written(1..=12));
}

#[test]
fn a_torn_tail_is_cut_and_the_cut_is_an_entry() {
    let whole = end_of(&killed().0);
    // The last commit reaches the disk up to any of its bytes.
    for end in [1, 8, 9, 30, 31, whole - killed().1[2] - 97, whole - killed().1[2] - 1] {
        let (desk, begins) = killed();
        let path = desk.last_segment();
        let kept = begins[2] + end;
        edit(&desk, &path, |bytes| bytes[usize::try_from(kept).unwrap()..].fill(0));
        let bytes = end_of(&desk) - begins[2];
        // The heads file knows of all commits that were acknowledged; this one was not.
        forget_heads(&desk, 7);
        let mut journal = desk.open().unwrap();
        let cut = journal.opening().cut.expect("a cut");
        let wanted = Cut {
            term: Term(1),
            first: Seq(1),
            from_offset: begins[2],
            bytes,
            last: Seq(7),
            reason: cut.reason,
        };
        assert_eq!((cut, journal.opening().forked), (wanted, None));
        let uncommitted = end == whole - begins[2] - 97;
        let reason = if uncommitted { CutReason::Uncommitted } else { CutReason::Torn };
        assert_eq!(cut.reason, reason, "{end}");
        assert_eq!(journal.head().seq, Seq(8));
        assert_eq!(own(&desk, 8), Own::Cut(cut));
        assert_eq!(desk.read(1)[..7], written(1..=7));
        write(&mut journal, 2);
        journal.close().unwrap();
        assert_eq!(desk.open().unwrap().opening(), &journal::Opening::default(), "said once");
        assert_eq!(desk.read(9), written(9..=10));
    }
}

/// Brings the heads file to what it was before the last commits: they were never acknowledged.
fn forget_heads(desk: &Desk, seq: u64) {
    let copy = Desk::new();
    let mut journal = copy.create();
    for count in 3..=5 {
        if journal.head().seq.0 < seq {
            write(&mut journal, count);
        }
    }
    let path = format!("heads/{ID}");
    desk.outside.write_file(&path, &copy.outside.read_file(&path).unwrap()).unwrap();
}

#[test]
fn a_whole_commit_behind_a_hole_is_torn_too() {
    let (desk, begins) = killed();
    let path = desk.last_segment();
    let begin = usize::try_from(begins[2]).unwrap();
    edit(&desk, &path, |bytes| bytes[begin..begin + 40].fill(0));
    forget_heads(&desk, 7);
    let journal = desk.open().unwrap();
    let cut = journal.opening().cut.expect("a cut");
    assert_eq!((cut.from_offset, cut.bytes), (begins[2], begins[3] - begins[2]));
}

#[test]
fn damage_before_the_last_commit_stops_the_start_with_its_place() {
    let (_, begins) = killed();
    // Every byte of the first two commits, which a later one says were on disk.
    for offset in 128..begins[2] {
        let (desk, _) = killed();
        desk.inside.flip_bit(&desk.last_segment(), offset * 8 + offset % 8).unwrap();
        let damage = damage(&desk);
        assert_eq!(damage.file, desk.last_segment());
        assert!(damage.offset <= offset && offset - damage.offset < 97, "{damage} at {offset}");
        let first = if offset < begins[1] { 1..=4 } else { 4..=8 };
        assert!(first.contains(&damage.seq.0), "{damage} at {offset}");
        // Nor does a reader go past it.
        let mut reader = desk.reader(1);
        let error = loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("no error at {offset}"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("damage"), "{error}");
    }
}

#[test]
fn a_hole_before_the_last_commit_is_damage_and_not_the_end() {
    for (commit, seq) in [(0, 1), (1, 4)] {
        let (desk, begins) = killed();
        let path = desk.last_segment();
        let hole =
            usize::try_from(begins[commit]).unwrap()..usize::try_from(begins[commit + 1]).unwrap();
        edit(&desk, &path, |bytes| bytes[hole].fill(0));
        assert_eq!(damage(&desk).seq, Seq(seq));
        let mut reader = desk.reader(1);
        let read = std::iter::from_fn(|| match reader.next() {
            Ok(Some(_)) => Some(true),
            Ok(None) => panic!("the hole was taken for the end"),
            Err(_) => None,
        });
        assert_eq!(read.count() as u64, seq - 1);
    }
}

#[test]
fn damage_in_a_segment_that_is_not_the_last_stops_the_start() {
    let desk = Desk::new();
    let mut journal = desk.create();
    for _ in 0..10 {
        write(&mut journal, 40);
    }
    drop(journal);
    let segments = desk.segments();
    let first = &segments[0];
    let end = desk.inside.read_file(first).unwrap().len() as u64;
    for offset in [0, 9, 127, 128, 500, end - 1] {
        let before = desk.inside.image();
        desk.inside.flip_bit(first, offset * 8).unwrap();
        assert_eq!(&damage(&desk).file, first);
        desk.inside.restore(&before);
    }
    // Cut at a commit, a segment reads well; the next one does not follow.
    let before = desk.inside.image();
    edit(&desk, first, |bytes| {
        let (mut offset, mut commit) = (128, 0);
        while let Ok(journal::format::Parsed::Record(record, size)) = parse_record(&bytes[offset..])
        {
            offset += size;
            if matches!(record, Record::Commit(_)) && commit == 0 {
                commit = offset;
            }
        }
        bytes.truncate(commit);
    });
    let cut = damage(&desk);
    assert_eq!((&cut.file, cut.wrong), (&segments[1], Wrong::Follows("first seq")));
    let mut reader = desk.reader(1);
    while let Ok(item) = reader.next() {
        assert!(item.is_some(), "a reader does not take a cut segment for the end");
    }
    desk.inside.restore(&before);
    for gone in [first, &segments[1]] {
        let before = desk.inside.image();
        desk.inside.remove(gone).unwrap();
        assert_eq!(damage(&desk).wrong, Wrong::Follows("first seq"));
        desk.inside.restore(&before);
    }
}

#[test]
fn an_entry_replaced_under_a_right_checksum_is_found_by_the_root() {
    let (desk, begins) = killed();
    edit(&desk, &desk.last_segment(), |bytes| {
        let mut other = Vec::new();
        put_entry(&mut other, Seq(4), &Draft { kind: 7, schema: 1, payload: b"ENTRY 4" });
        let begin = usize::try_from(begins[1]).unwrap();
        bytes[begin..begin + other.len()].copy_from_slice(&other);
    });
    let damage = damage(&desk);
    assert_eq!((damage.seq, damage.wrong), (Seq(4), Wrong::Root("commit")));
}

#[test]
fn a_copy_goes_on_under_a_new_name() {
    let (desk, _) = killed();
    let copy = Desk { inside: TestDisk::from_image(77, &desk.inside.image()), ..desk.clone() };
    let mut forked = copy.open().unwrap();
    let wanted = Forked { from: ID, seq: Seq(12), id: FORK_ID };
    assert_eq!(forked.opening().forked, Some(wanted));
    assert_eq!((forked.head().id, forked.head().seq), (FORK_ID, Seq(13)));
    assert_eq!(own(&copy, 13), Own::Forked(wanted));
    write(&mut forked, 30);
    forked.close().unwrap();
    let again = copy.open().unwrap();
    assert_eq!((again.opening().forked, again.head().id), (None, FORK_ID), "said once");
    assert_eq!(copy.read(14), written(14..=43));
    // The original is what it was.
    let journal = desk.open().unwrap();
    assert_eq!((journal.opening().forked, journal.head().id), (None, ID));
}

#[test]
fn a_restored_journal_goes_on_under_a_new_name() {
    let (desk, _) = killed();
    let older = desk.inside.image();
    let mut journal = desk.open().unwrap();
    write(&mut journal, 4);
    drop(journal);
    desk.inside.restore(&older);
    let restored = desk.open().unwrap();
    assert_eq!(restored.opening().forked, Some(Forked { from: ID, seq: Seq(12), id: FORK_ID }));
}

#[test]
fn a_cut_journal_goes_on_under_a_new_name() {
    let (desk, begins) = killed();
    // The last commit was acknowledged, and is gone without a trace.
    let kept = usize::try_from(begins[2]).unwrap();
    edit(&desk, &desk.last_segment(), |bytes| bytes.truncate(kept));
    let journal = desk.open().unwrap();
    assert_eq!(journal.opening().cut, None);
    assert_eq!(journal.opening().forked, Some(Forked { from: ID, seq: Seq(7), id: FORK_ID }));
}

#[test]
fn a_journal_that_these_keys_never_saw_goes_on_under_a_new_name_and_key() {
    let (desk, _) = killed();
    let moved = Desk { outside: TestDisk::new(3), ..desk };
    let journal = moved.open().unwrap();
    assert_eq!(journal.opening().forked.map(|forked| forked.id), Some(FORK_ID));
    drop(journal);
    assert_eq!(moved.open().unwrap().opening().forked, None);
}

#[test]
fn another_key_in_the_same_folder_stops_the_start() {
    let (desk, _) = killed();
    let other = Desk::new();
    let _ = other.keys();
    let key = other.outside.read_file("journal.key").unwrap();
    desk.outside.write_file("journal.key", &key).unwrap();
    assert!(matches!(desk.open(), Err(OpenError::Keys(_))));
}

#[test]
fn a_segment_that_was_being_made_is_removed_and_anything_else_is_damage() {
    let (desk, _) = killed();
    let name = "segments/00000002-000000000000000d.seg";
    desk.inside.create(&format!("{name}.new")).unwrap().write_at(0, b"half").unwrap();
    drop(desk.open().unwrap());
    assert!(desk.inside.open(&format!("{name}.new"), Access::Read).is_err());
    desk.inside.create("segments/notes.txt").unwrap();
    let damage = damage(&desk);
    assert_eq!((damage.file.as_str(), damage.wrong), ("segments/notes.txt", Wrong::Name));
}

#[test]
fn a_folder_without_segments_has_no_journal() {
    let desk = Desk::new();
    assert!(matches!(desk.open(), Err(OpenError::NoJournal)));
    drop(desk.create());
    assert_eq!(desk.open().unwrap().head().seq, Seq(0));
}

#[test]
fn a_clean_close_leaves_nothing_that_damage_could_hide_in_but_its_own_last_words() {
    let (desk, begins) = killed();
    desk.open().unwrap().close().unwrap();
    let path = desk.segments()[0].clone();
    let mut journal = desk.open().unwrap();
    write(&mut journal, 3);
    journal.close().unwrap();
    assert_eq!(desk.read(13), written(13..=15));
    for offset in begins[2]..begins[3] {
        let before = desk.inside.image();
        desk.inside.flip_bit(&path, offset * 8).unwrap();
        assert_eq!(damage(&desk).file, path);
        desk.inside.restore(&before);
    }
}

#[test]
fn a_new_key_is_in_force_from_its_entry_on_and_over_openings() {
    let (desk, _) = killed();
    let mut journal = desk.open().unwrap();
    let old = desk.keys().public();
    let head = journal.rotate_key().unwrap();
    let new = desk.keys().public();
    assert!(old != new);
    let Own::KeyRotated(rotated) = own(&desk, head.seq.0) else { panic!("another entry") };
    assert_eq!((rotated.old, rotated.new), (old.to_bytes(), new.to_bytes()));
    assert!(rotation_holds(&rotated, ID, head.seq));
    let note = SignedNote::parse(&desk.inside.read_file("checkpoint").unwrap()).unwrap();
    assert_eq!(note.verify(ID, &new).unwrap().size, head.seq);
    write(&mut journal, 60);
    drop(journal);
    let journal = desk.open().unwrap();
    assert_eq!((journal.opening().forked, journal.head().seq), (None, Seq(73)));
}

#[test]
fn a_rotation_that_a_stop_interrupted_is_finished_by_the_next_opening() {
    let (desk, _) = killed();
    let mut journal = desk.open().unwrap();
    let before = desk.outside.read_file("journal.key").unwrap();
    let head = journal.rotate_key().unwrap();
    drop(journal);
    // The entry is durable, and the key still waits under its name of before.
    let new = desk.outside.read_file("journal.key").unwrap();
    desk.outside.create("next.key").unwrap().write_at(0, &new).unwrap();
    desk.outside.write_file("journal.key", &before).unwrap();
    let journal = desk.open().unwrap();
    assert_eq!((journal.opening().forked, journal.head().seq), (None, head.seq));
    assert_eq!(desk.outside.read_file("journal.key").unwrap(), new);
}

/// A journal of ten commits of 40 entries, with a snapshot at 200, whose writer was killed.
fn with_snapshot() -> Desk {
    let desk = Desk::new();
    let mut journal = desk.create();
    for round in 1..=10 {
        write(&mut journal, 40);
        if round == 5 {
            let Head { id, term, .. } = journal.head();
            let range = journal.tree().clone();
            let snapshot =
                Snapshot { id, term, range, hashes: Vec::new(), state: b"state".to_vec() };
            snapshot::write(&desk.inside, &snapshot).unwrap();
        }
    }
    desk
}

#[test]
fn a_snapshot_saves_the_start_from_reading_what_lies_before_it() {
    let desk = with_snapshot();
    let whole = {
        let desk = with_snapshot();
        desk.inside.remove(&snapshot_path()).unwrap();
        desk.open().unwrap().head()
    };
    // What is not read does not stop the start; `verify` is there to find it.
    let first = desk.segments()[0].clone();
    desk.inside.flip_bit(&first, 8 * 300).unwrap();
    assert_eq!(desk.open().unwrap().head(), whole);
}

#[test]
fn a_snapshot_that_contradicts_the_journal_is_passed_over() {
    let desk = with_snapshot();
    let mut snapshot = snapshot::read(&desk.inside, Seq(200)).unwrap();
    let mut peaks = snapshot.range.peaks().to_vec();
    peaks[0].0[7] ^= 1;
    snapshot.range = CompactRange::from_peaks(200, peaks).unwrap();
    desk.inside.remove(&snapshot_path()).unwrap();
    snapshot::write(&desk.inside, &snapshot).unwrap();
    let journal = desk.open().unwrap();
    assert_eq!((journal.head().seq, journal.opening().forked), (Seq(400), None));
}

#[test]
fn a_snapshot_ahead_of_a_cut_journal_does_not_hide_the_cut() {
    let desk = with_snapshot();
    for path in &desk.segments()[1..] {
        desk.inside.remove(path).unwrap();
    }
    let journal = desk.open().unwrap();
    assert!(journal.opening().forked.is_some_and(|forked| forked.seq < Seq(200)));
}

fn snapshot_path() -> String {
    format!("snapshots/{:016x}.snap", 200)
}
