//! Edits that random ones meet rarely: each by itself.

use journal::disk::TestDisk;
use journal::format::{FRAME_BYTES, HEADER_BYTES, Parsed, Record, parse_record};
use journal::note::SignedNote;
use journal::verify::{Report, VerifyOptions, verify};
use journal::{FileJournal, Journal};

use crate::desk::{Desk, write};
use crate::edits::{Files, is_segment, records, remake_checksum};
use crate::mutated::{Scene, scene};

/// Applies an edit to one file of the scene; it must be found without anything from outside.
fn check(scene: &Scene, path: &str, what: &str, edit: impl FnOnce(&mut Vec<u8>)) -> Report {
    let mut files: Files = scene.stock.sound.clone();
    edit(files.get_mut(path).unwrap());
    let report = scene.verify(&files, false);
    let named = report.findings.iter().any(|finding| finding.file == path);
    assert!(named, "{path}, {what}:\n{report}");
    report
}

fn segments(scene: &Scene) -> Vec<(&String, &Vec<u8>)> {
    scene.stock.sound.iter().filter(|(path, _)| is_segment(path)).collect()
}

/// What is not in the tree is held by something else: headers, commits, seals, checkpoints.
#[test]
fn each_byte_beside_the_entries_is_found_though_its_checksum_is_made_right() {
    let scene = scene();
    let mut edits = 0;
    for (path, bytes) in segments(&scene) {
        let beside = |(from, to): &(usize, usize)| {
            let record = parse_record(&bytes[*from..*to]).unwrap();
            !matches!(record, Parsed::Record(Record::Entry(_), _))
        };
        let mut places: Vec<(usize, usize)> = records(bytes).into_iter().filter(beside).collect();
        places.push((0, HEADER_BYTES));
        for (from, to) in places {
            let covered = if from == 0 { 0..to - 4 } else { from + FRAME_BYTES..to };
            for at in covered {
                for bit in [0, 7] {
                    check(&scene, path, &format!("bit {bit} of byte {at}"), |bytes| {
                        bytes[at] ^= 1 << bit;
                        remake_checksum(bytes, (from, to));
                    });
                    edits += 1;
                }
            }
        }
    }
    assert!(edits > 5000, "{edits}");
}

#[test]
fn files_of_the_tree_have_one_length() {
    let scene = scene();
    check(&scene, "tree/0", "a hash more", |bytes| bytes.extend_from_slice(&[0; 32]));
    check(&scene, "tree/0", "a byte more", |bytes| bytes.push(0));
    check(&scene, "tree/0", "a hash less", |bytes| bytes.truncate(bytes.len() - 32));
    check(&scene, "tree/0", "none", Vec::clear);
}

#[test]
fn a_filled_segment_ends_with_a_checkpoint_and_a_term_with_a_seal() {
    let scene = scene();
    let mut seen = [0, 0];
    let segments = segments(&scene);
    for (path, bytes) in &segments[..segments.len() - 1] {
        let (from, to) = *records(bytes).last().unwrap();
        let report = check(&scene, path, "without its last record", |bytes| bytes.truncate(from));
        let sealed =
            matches!(parse_record(&bytes[from..to]), Ok(Parsed::Record(Record::Seal(_), _)));
        let wanted =
            ["no checkpoint at the end of a filled segment", "no seal at the end of a term"];
        let wanted = wanted[usize::from(sealed)];
        assert!(report.findings.iter().any(|finding| finding.seen == wanted), "{report}");
        seen[usize::from(sealed)] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

#[test]
fn the_newest_checkpoint_stands_in_the_segments_too() {
    let scene = scene();
    let (path, bytes) = *segments(&scene).last().unwrap();
    let is_checkpoint = |(from, to): &(usize, usize)| {
        matches!(parse_record(&bytes[*from..*to]), Ok(Parsed::Record(Record::Checkpoint(_), _)))
    };
    // All that follow the last entries say the same.
    let settled = records(bytes).iter().rposition(|record| {
        let (from, to) = *record;
        matches!(parse_record(&bytes[from..to]), Ok(Parsed::Record(Record::Entry(_), _)))
    });
    let behind = &records(bytes)[settled.unwrap()..];
    let first = behind.iter().find(|record| is_checkpoint(record)).unwrap();
    check(&scene, path, "cut before its last checkpoints", |bytes| bytes.truncate(first.0));
}

/// No checkpoint stands behind it yet that another key would not fit.
#[test]
fn the_key_in_the_header_of_a_fresh_segment_is_found() {
    let mut desk = Desk::new();
    desk.options.segment_bytes = 2 << 10;
    desk.options.checkpoint_every = 1000;
    let mut journal = desk.create();
    while desk.segments().len() < 2 {
        write(&mut journal, 3);
    }
    drop(journal);
    let path = desk.last_segment();
    let mut bytes = desk.inside.read_file(&path).unwrap();
    bytes[80] ^= 1;
    remake_checksum(&mut bytes, (0, HEADER_BYTES));
    desk.inside.write_file(&path, &bytes).unwrap();
    let report = verify(&desk.inside, &VerifyOptions::default()).unwrap();
    assert!(report.findings.iter().any(|finding| finding.file == path), "{report}");
}

#[test]
fn the_key_and_what_lies_at_the_door_are_checked() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 3);
    journal.close().unwrap();
    let check = |key| {
        verify(&desk.inside, &VerifyOptions { checkpoints: Vec::new(), key: Some(key) }).unwrap()
    };
    assert!(check(desk.keys().public()).holds());
    let report = check(Desk::seeded(9).keys().public());
    assert!(report.to_string().contains("never signed with the key given"), "{report}");
    desk.inside.write_file("lock", b"x").unwrap();
    assert!(!check(desk.keys().public()).holds());
}

/// Each checkpoint is held by the key and the name that were in force where it was made.
#[test]
fn checkpoints_from_before_a_new_key_and_a_new_name_still_vouch() {
    let desk = Desk::new();
    let mut journal = desk.create();
    let mut notes = Vec::new();
    let mut step = |journal: &mut FileJournal| {
        write(journal, 30);
        let note = journal.checkpoint().unwrap();
        notes.push(SignedNote::parse(note.as_bytes()).unwrap());
    };
    step(&mut journal);
    journal.rotate_key().unwrap();
    step(&mut journal);
    journal.close().unwrap();
    let copy = Desk { inside: TestDisk::from_image(77, &desk.inside.image()), ..desk };
    let mut journal = copy.open().unwrap();
    assert!(journal.opening().forked.is_some());
    step(&mut journal);
    journal.rotate_key().unwrap();
    step(&mut journal);
    let size = journal.close().unwrap().seq;
    let check = |checkpoints: Vec<SignedNote>| {
        verify(&copy.inside, &VerifyOptions { checkpoints, key: Some(copy.keys().public()) })
            .unwrap()
    };
    for (count, note) in notes.iter().enumerate() {
        let report = check(notes[..=count].to_vec());
        assert!(report.holds(), "{report}");
        assert_eq!(report.vouched, Some(note.unverified().size));
        let all = report.vouched == Some(size);
        assert_eq!(report.to_string().contains("nothing outside vouches beyond"), !all);
    }
}
