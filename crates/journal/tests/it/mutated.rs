//! Edits of a folder: which are found, and which cannot be.

use std::collections::BTreeMap;

use journal::disk::{Image, TestDisk};
use journal::format::{HEADER_BYTES, Parsed, Record, parse_record};
use journal::note::SignedNote;
use journal::snapshot::{self, Snapshot};
use journal::tree::Hash;
use journal::verify::{Report, VerifyOptions, verify};
use journal::{FileJournal, Journal, JournalId, Seq};

use crate::desk::{Desk, write};
use crate::edits::{Dice, Edit, Files, Kind, Stock, disk_with, files, is_segment, records};

/// Some of them change nothing; at least 10,000 do.
const EDITS: u64 = 11_500;
const FOUND_MIN: u64 = 10_000;

/// A journal of some dozens of entries: five segments, three terms, a torn tail, a body, snapshots.
pub(crate) struct Scene {
    pub(crate) stock: Stock,
    image: Image,
    /// Kept outside, and about all of it.
    outside: SignedNote,
    size: Seq,
}

fn take_snapshot(desk: &Desk, journal: &FileJournal) {
    let head = journal.head();
    let snapshot = Snapshot {
        id: head.id,
        term: head.term,
        range: journal.tree().clone(),
        hashes: vec![Hash([3; 32])],
        state: b"state".to_vec(),
    };
    snapshot::write(&desk.inside, &snapshot).unwrap();
}

/// Writes the journal; `more` makes another past of it.
fn write_scene(desk: &Desk, id: JournalId, more: u64) -> (Vec<Files>, SignedNote, Seq) {
    let mut older = Vec::new();
    let mut step = |journal: &mut FileJournal, count: u64| {
        write(journal, count);
        older.push(files(&desk.inside));
    };
    let mut journal = FileJournal::create(desk.folder(), desk.keys(), id, desk.options).unwrap();
    step(&mut journal, 3 + more);
    step(&mut journal, 6);
    take_snapshot(desk, &journal);
    step(&mut journal, 9);
    let journal = journal.close().map(|_| desk.open().unwrap());
    let mut journal = journal.unwrap();
    step(&mut journal, 1);
    step(&mut journal, 7);
    journal::bodies::Bodies::new(desk.folder()).put(b"a long history").unwrap();
    tear(desk, journal);
    let mut journal = desk.open().unwrap();
    assert!(journal.opening().cut.is_some());
    step(&mut journal, 5);
    take_snapshot(desk, &journal);
    step(&mut journal, 2);
    journal.checkpoint().unwrap();
    older.push(files(&desk.inside));
    let size = journal.close().unwrap().seq;
    let note = desk.inside.read_file("checkpoint").unwrap();
    (older, SignedNote::parse(&note).unwrap(), size)
}

/// The writer stops, and half a record lies behind its last commit.
fn tear(desk: &Desk, journal: FileJournal) {
    drop(journal);
    let path = desk.last_segment();
    let mut bytes = desk.inside.read_file(&path).unwrap();
    let (from, end) = (records(&bytes)[0].0, records(&bytes).last().unwrap().1);
    let half = bytes[from..from + 20].to_vec();
    bytes[end..end + 20].copy_from_slice(&half);
    desk.inside.write_file(&path, &bytes).unwrap();
}

pub(crate) fn scene() -> Scene {
    let small = |mut desk: Desk| {
        desk.options.segment_bytes = 2 << 10;
        desk
    };
    let desk = small(Desk::new());
    let (older, outside, size) = write_scene(&desk, JournalId([1; 16]), 0);
    let stranger = small(Desk::new());
    write_scene(&stranger, JournalId([2; 16]), 0);
    // The same name and the same key.
    let mut sibling = small(Desk::new());
    sibling.outside = TestDisk::from_image(2, &desk.outside.image());
    write_scene(&sibling, JournalId([1; 16]), 1);
    let stock = Stock {
        sound: files(&desk.inside),
        others: vec![files(&stranger.inside), files(&sibling.inside)],
        older,
    };
    Scene { stock, image: desk.inside.image(), outside, size }
}

impl Scene {
    pub(crate) fn verify(&self, edited: &Files, outside: bool) -> Report {
        let disk = disk_with(&self.image, &self.stock.sound, edited);
        let checkpoints = if outside { vec![self.outside.clone()] } else { Vec::new() };
        verify(&disk, &VerifyOptions { checkpoints, key: None }).unwrap_or_else(|error| {
            // No segments are left: that is found, too.
            assert!(edited.keys().all(|path| !is_segment(path)), "{error}");
            panic!("an edit of the test removes one file, and there are more")
        })
    }

    /// Edits that take nothing from the journal: the folder says and proves the same as before.
    fn is_harmless(&self, edit: &Edit, edited: &Files) -> bool {
        let Some(before) = self.stock.sound.get(&edit.path) else { return false };
        match edited.get(&edit.path) {
            Some(after) if before == after => true,
            Some(after) if is_segment(&edit.path) => says_the_same(before, after),
            Some(_) => false,
            // They are derived, or the application's to miss.
            None => edit.path.starts_with("snapshots/") || edit.path.starts_with("bodies/"),
        }
    }
}

/// Whether two segments have the same entries in the same commits, and differ in what follows those alone:
/// checkpoints and commits without entries that repeat what is said elsewhere, and room.
fn says_the_same(before: &[u8], after: &[u8]) -> bool {
    let mut settled = HEADER_BYTES;
    let mut open = false;
    for (from, to) in records(before) {
        match parse_record(&before[from..to]).unwrap() {
            Parsed::Record(Record::Entry(_) | Record::Leaves(_), _) => open = true,
            Parsed::Record(Record::Commit(_), _) if open => (settled, open) = (to, false),
            Parsed::Record(Record::Commit(_) | Record::Checkpoint(_), _) => {}
            Parsed::Record(Record::Seal(_), _) | Parsed::End => settled = to,
        }
    }
    let says_nothing_new = |(from, to): &(usize, usize)| {
        let record = parse_record(&after[*from..*to]).unwrap();
        let repeats =
            matches!(record, Parsed::Record(Record::Commit(_) | Record::Checkpoint(_), _));
        *from < settled || repeats
    };
    let records = records(after);
    let end = records.last().map_or(HEADER_BYTES, |(_, to)| *to);
    after.starts_with(&before[..settled])
        && records.iter().all(says_nothing_new)
        && after[end..].iter().all(|byte| *byte == 0)
}

#[test]
fn the_scene_itself_holds_and_has_what_it_should() {
    let scene = scene();
    let report = scene.verify(&scene.stock.sound, true);
    assert!(report.holds(), "{report}");
    assert_eq!((report.size, report.vouched), (scene.size, Some(scene.size)));
    assert!(report.to_string().contains("a checkpoint from outside vouches for all of it"));
    let counts = report.counts;
    assert!(counts.segments >= 5, "{counts:?}");
    assert_eq!((counts.bodies, counts.snapshots), (1, 2));
    assert!(counts.checkpoints >= 5, "{counts:?}");
    let inside = scene.verify(&scene.stock.sound, false).to_string();
    for line in [
        "nothing outside vouches beyond 0",
        "- whole commits cut from the tail",
        "- an older folder restored",
    ] {
        assert!(inside.contains(line), "{inside}");
    }
}

/// Inside the checkpoint that was kept outside, every edit is found, and named.
#[test]
fn every_edit_is_found_with_a_checkpoint_from_outside() {
    let scene = scene();
    let mut counts: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    for seed in 0..EDITS {
        let mut dice = Dice(seed);
        let kind = *dice.pick(&Kind::ALL);
        let (edit, edited) = scene.stock.edit(kind, &mut dice);
        let report = scene.verify(&edited, true);
        let (found, harmless) = counts.entry(kind).or_default();
        if report.holds() {
            let complete = report.vouched == Some(scene.size) && report.size == scene.size;
            let unharmed = scene.is_harmless(&edit, &edited) || kind == Kind::OlderFolder;
            assert!(complete && unharmed, "seed {seed}, {edit} was not found:\n{report}");
            *harmless += 1;
        } else {
            *found += 1;
            assert!(!report.findings.is_empty());
            // A file in a folder that belongs to nothing is named by the folder.
            let named = report.findings.iter().any(|finding| edit.path.starts_with(&finding.file));
            let byte_by_byte = [
                Kind::Flip,
                Kind::Delete,
                Kind::Insert,
                Kind::Truncate,
                Kind::Remade,
                Kind::AddFile,
            ];
            assert!(named || !byte_by_byte.contains(&kind), "seed {seed}, {edit}:\n{report}");
        }
    }
    println!("found, harmless: {counts:?}");
    assert_eq!(counts.len(), Kind::ALL.len());
    for (kind, (found, harmless)) in &counts {
        assert!(*found > 2 * harmless, "{kind:?}: {found} found, {harmless} harmless");
    }
    let found: u64 = counts.values().map(|(found, _)| found).sum();
    assert!(found >= FOUND_MIN, "{found}");
}

/// Without one, nothing else goes unseen than the edits that verify lists.
#[test]
fn only_cuts_at_a_commit_and_older_folders_go_unseen_without_one() {
    let scene = scene();
    let mut unseen: BTreeMap<Kind, u64> = BTreeMap::new();
    for seed in 0..EDITS / 7 {
        let mut dice = Dice(!seed);
        let kind = *dice.pick(&Kind::ALL);
        let (edit, edited) = scene.stock.edit(kind, &mut dice);
        let report = scene.verify(&edited, false);
        let text = report.to_string();
        assert!(text.contains("nothing outside vouches beyond 0"), "{text}");
        if report.holds() && !scene.is_harmless(&edit, &edited) {
            assert_eq!(kind, Kind::OlderFolder, "seed {seed}, {edit}:\n{report}");
            *unseen.entry(kind).or_default() += 1;
        }
    }
    assert!(unseen[&Kind::OlderFolder] > 0, "{unseen:?}");
}

/// Whoever cuts the tail at a commit, and the derived files with it, is seen from outside alone.
#[test]
fn a_tail_cut_at_a_commit_is_found_by_the_checkpoint_from_outside_alone() {
    let scene = scene();
    let mut cuts = 0;
    for older in &scene.stock.older {
        let inside = scene.verify(older, false);
        if inside.holds() && inside.size < scene.size {
            cuts += 1;
            let report = scene.verify(older, true);
            let finding = &report.findings[0];
            assert!(finding.seen.contains(&format!("up to entry {}", inside.size)), "{report}");
            assert!(finding.wanted.contains(&scene.size.to_string()), "{report}");
        }
    }
    assert!(cuts >= 3, "{cuts}");
}

/// Somebody with the key writes another past: each signature in the folder is sound.
#[test]
fn another_past_signed_with_the_same_key_is_found_by_the_checkpoint_from_outside_alone() {
    let scene = scene();
    let sibling = &scene.stock.others[1];
    assert!(scene.verify(sibling, false).holds());
    let report = scene.verify(sibling, true);
    assert!(!report.holds() && report.vouched.is_none(), "{report}");
}

#[test]
fn each_flipped_bit_of_each_file_of_a_small_folder_is_found() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 2);
    take_snapshot(&desk, &journal);
    journal::bodies::Bodies::new(desk.folder()).put(b"body").unwrap();
    write(&mut journal, 1);
    journal.close().unwrap();
    let image = desk.inside.image();
    let sound = files(&desk.inside);
    let check = |files: &Files| {
        verify(&disk_with(&image, &sound, files), &VerifyOptions::default()).unwrap()
    };
    let report = check(&sound);
    assert!(report.holds(), "{report}");
    let folders: std::collections::BTreeSet<&str> =
        sound.keys().map(|path| path.split('/').next().unwrap()).collect();
    assert_eq!(
        folders.into_iter().collect::<Vec<_>>(),
        ["bodies", "checkpoint", "lock", "segments", "snapshots", "tree"]
    );
    let mut flips = 0;
    for (path, bytes) in &sound {
        for bit in 0..bytes.len() * 8 {
            let mut files = sound.clone();
            files.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let report = check(&files);
            let named = report.findings.iter().any(|finding| finding.file == *path);
            assert!(named, "{path}, bit {bit}:\n{report}");
            flips += 1;
        }
    }
    assert!(flips > 8000, "{flips}");
}

/// Room is zeros, and every bit of it is looked at.
#[test]
fn each_set_bit_in_the_room_behind_the_end_is_found() {
    let mut desk = Desk::new();
    desk.options.segment_bytes = 1 << 10;
    let mut journal = desk.create();
    write(&mut journal, 2);
    journal.checkpoint().unwrap();
    drop(journal);
    let path = desk.last_segment();
    let sound = desk.inside.read_file(&path).unwrap();
    let end = records(&sound).last().unwrap().1;
    assert!(sound.len() > end + 100, "{} bytes of room", sound.len() - end);
    for bit in end * 8..sound.len() * 8 {
        desk.inside.flip_bit(&path, u64::try_from(bit).unwrap()).unwrap();
        let report = verify(&desk.inside, &VerifyOptions::default()).unwrap();
        assert!(report.findings.iter().any(|finding| finding.file == path), "bit {bit}:\n{report}");
        desk.inside.write_file(&path, &sound).unwrap();
    }
    assert!(verify(&desk.inside, &VerifyOptions::default()).unwrap().holds());
}
