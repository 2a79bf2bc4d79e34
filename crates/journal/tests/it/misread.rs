//! Reads that go wrong where all is well on the disk: one bit is wrong, once, and the next read of the same place is right.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::copy::copy;
use journal::disk::{Disk, Fault, Image, TestDisk, Times};
use journal::retain::thin;
use journal::snapshot::{self, Snapshot};
use journal::tree::Hash;
use journal::verify::{Report, VerifyOptions, verify};
use journal::{FileJournal, Journal as _, JournalId, Opening, Seq};

use crate::desk::{Desk, write, written};

/// Bits that are tried of each read.
const BITS: u64 = 40;

type Files = BTreeMap<String, Vec<u8>>;

fn files(disk: &TestDisk) -> Files {
    let read = |path: String| (path.clone(), disk.read_file(&path).unwrap());
    disk.files().into_iter().map(read).collect()
}

/// A journal of some segments, at the end of which something is being written; what lies on its disks, and whether its tail is torn.
struct Scene {
    name: &'static str,
    desk: Desk,
    images: (Image, Image),
}

impl Scene {
    fn new(name: &'static str, end: impl FnOnce(&Desk, FileJournal)) -> Scene {
        let desk = Desk::new();
        let mut journal = desk.create();
        for round in 0..12 {
            write(&mut journal, 1 + round * 3);
        }
        assert!(desk.segments().len() > 1);
        end(&desk, journal);
        let images = (desk.inside.image(), desk.outside.image());
        Scene { name, desk, images }
    }

    fn all() -> Vec<Scene> {
        vec![
            Scene::new("closed", |_, journal| assert!(journal.close().is_ok())),
            Scene::new("killed", |_, journal| drop(journal)),
            Scene::new("killed behind a snapshot", |desk, mut journal| {
                take_snapshot(desk, &journal);
                write(&mut journal, 2);
            }),
            Scene::new("sealed", |_, mut journal| assert!(journal.seal().is_ok())),
            Scene::new("in the middle of a write", |desk, mut journal| {
                let (path, end) = (desk.last_segment(), end_of_last(desk));
                let outside = desk.outside.image();
                write(&mut journal, 3);
                // Nobody has noted yet that it ends there.
                desk.outside.restore(&outside);
                let mut bytes = desk.inside.read_file(&path).unwrap();
                bytes[end + 70..].fill(0);
                desk.inside.write_file(&path, &bytes).unwrap();
            }),
        ]
    }

    /// Puts everything back as it was.
    fn begin(&self) {
        self.desk.inside.restore(&self.images.0);
        self.desk.outside.restore(&self.images.1);
    }

    /// Opens the journal; returns what the opening says, and all that lies on both disks.
    fn open(&self) -> (Opening, Files, Files) {
        let journal = self.desk.open().unwrap_or_else(|error| panic!("{}: {error:?}", self.name));
        let opening = *journal.opening();
        drop(journal);
        (opening, files(&self.desk.inside), files(&self.desk.outside))
    }
}

fn end_of_last(desk: &Desk) -> usize {
    let bytes = desk.inside.read_file(&desk.last_segment()).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

fn take_snapshot(desk: &Desk, journal: &FileJournal) {
    let (head, range) = (journal.head(), journal.tree().clone());
    let (id, term, hashes, state) = (head.id, head.term, Vec::new(), vec![7; 900]);
    snapshot::write(&desk.inside, &Snapshot { id, term, range, hashes, state }).unwrap();
}

/// Lets read 1, 2, ... of a disk go wrong in some of its bits, one at a time, until there is no such read; returns how many there were.
fn each_read(disk: &TestDisk, begin: impl Fn(), mut judge: impl FnMut(u64)) -> u64 {
    for operation in 1.. {
        for _ in 0..BITS {
            begin();
            let before = (disk.struck(), disk.operations());
            disk.fail_at(before.1 + operation, Fault::FlippedRead, Times::Once);
            judge(operation);
            disk.heal();
            if disk.struck() == before.0 {
                return operation - 1;
            }
        }
    }
    unreachable!("an opening ends")
}

#[test]
fn an_opening_writes_and_says_what_it_would_have_without() {
    for scene in Scene::all() {
        scene.begin();
        let wanted = scene.open();
        let torn = scene.name == "in the middle of a write";
        assert_eq!((wanted.0.cut.is_some(), wanted.0.forked), (torn, None), "{}", scene.name);
        for disk in [&scene.desk.inside, &scene.desk.outside] {
            let reads = each_read(
                disk,
                || scene.begin(),
                |operation| {
                    let opened = scene.open();
                    assert_eq!(opened.0, wanted.0, "{}, read at {operation}", scene.name);
                    assert!(opened == wanted, "{}, read at {operation}: other bytes", scene.name);
                },
            );
            assert!(reads >= 8, "{}: {reads}", scene.name);
        }
    }
}

/// Where each read is wrong nothing can be known: then nothing is written that was not certain, and behind it all is there.
#[test]
fn an_opening_loses_nothing_where_every_read_is_wrong() {
    let mut refused = 0;
    for scene in Scene::all() {
        scene.begin();
        drop(scene.open());
        let last =
            scene.desk.read(1).iter().filter(|(_, payload)| payload.starts_with(b"entry")).count()
                as u64;
        for disk in [&scene.desk.inside, &scene.desk.outside] {
            for operation in 1..60 {
                scene.begin();
                disk.fail_at(disk.operations() + operation, Fault::FlippedRead, Times::Always);
                let keys =
                    journal::keys::KeyStore::open(Arc::new(scene.desk.outside.clone()), "keys");
                let opened = keys.ok().and_then(|keys| {
                    FileJournal::open(scene.desk.folder(), keys, scene.desk.options).ok()
                });
                refused += u64::from(opened.is_none());
                drop(opened);
                disk.heal();
                let journal = scene.desk.open().unwrap();
                assert_eq!(journal.opening().forked, None, "{} at {operation}", scene.name);
                let mut entries = scene.desk.read(1);
                entries.retain(|(_, payload)| payload.starts_with(b"entry"));
                assert_eq!(entries, written(1..=last), "{} at {operation}", scene.name);
            }
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn a_copy_is_the_one_that_it_would_have_been() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 40);
    take_snapshot(&desk, &journal);
    write(&mut journal, 40);
    let body = journal::bodies::Bodies::new(desk.folder());
    body.put(b"history").unwrap();
    let copied = |target: &TestDisk| {
        let folder: Arc<dyn Disk> = Arc::new(target.clone());
        copy(&desk.inside, &folder, |_, _| {}).unwrap();
        files(target)
    };
    let (target, empty) = (TestDisk::new(7), TestDisk::new(8).image());
    let wanted = copied(&target);
    for disk in [&desk.inside, &target] {
        let reads = each_read(
            disk,
            || target.restore(&empty),
            |operation| assert!(copied(&target) == wanted, "read at {operation}: another copy"),
        );
        assert!(reads >= 8, "{reads}");
    }
}

#[test]
fn retention_drops_what_it_would_have_dropped_or_nothing() {
    let mut desk = Desk::new();
    desk.options.segment_bytes = 4 << 10;
    let mut journal = desk.create();
    for _ in 0..20 {
        write(&mut journal, 10);
    }
    take_snapshot(&desk, &journal);
    let image = desk.inside.image();
    let before = files(&desk.inside);
    let drop_all = || thin(&desk.inside, &|_| false);
    assert!(drop_all().unwrap().segments >= 2);
    let wanted = files(&desk.inside);
    let mut stopped = 0;
    let reads = each_read(
        &desk.inside,
        || desk.inside.restore(&image),
        |operation| {
            if let Err(error) = drop_all() {
                stopped += 1;
                let mut there = files(&desk.inside);
                there.retain(|path, _| !path.ends_with(".new"));
                let either = |(path, bytes): (&String, &Vec<u8>)| {
                    before.get(path) == Some(bytes) || wanted.get(path) == Some(bytes)
                };
                assert!(there.iter().all(either), "read at {operation}: {error}");
                drop_all().unwrap();
            }
            assert!(files(&desk.inside) == wanted, "read at {operation}: other bytes");
        },
    );
    assert!(reads >= 8 && stopped > 0, "{reads} {stopped}");
}

/// What a verification says of a folder, in whatever words: name, entries and root of the journal, and where it does not hold.
#[derive(Debug, PartialEq)]
struct Verdict {
    id: Option<JournalId>,
    size: Seq,
    root: Option<Hash>,
    places: Vec<(String, u64)>,
}

impl Verdict {
    fn of(report: &Report) -> Verdict {
        let places = report.findings.iter().map(|found| (found.file.clone(), found.offset));
        let Report { id, size, root, .. } = *report;
        Verdict { id, size, root, places: places.collect() }
    }
}

#[test]
fn a_verification_names_what_it_would_have_named() {
    for damaged in [false, true] {
        for scene in Scene::all().into_iter().filter(|scene| !damaged || scene.name == "sealed") {
            scene.begin();
            let inside = &scene.desk.inside;
            if damaged {
                let first = scene.desk.segments()[0].clone();
                let mut bytes = inside.read_file(&first).unwrap();
                bytes[700] ^= 4;
                inside.write_file(&first, &bytes).unwrap();
            }
            let image = inside.image();
            let look = || verify(inside, &VerifyOptions::default()).unwrap();
            let wanted = Verdict::of(&look());
            let torn = scene.name == "in the middle of a write";
            assert_eq!(wanted.places.is_empty(), !damaged && !torn, "{}: {wanted:?}", scene.name);
            let mut noticed = 0;
            let reads = each_read(
                inside,
                || inside.restore(&image),
                |operation| {
                    let report = look();
                    noticed += u64::from(!report.misread.is_empty());
                    let case = format!("{}, damaged: {damaged}, read at {operation}", scene.name);
                    assert_eq!(Verdict::of(&report), wanted, "{case}");
                },
            );
            assert!(reads >= 8 && noticed > reads, "{}: {reads} {noticed}", scene.name);
        }
    }
}

/// Where each read is wrong no look can be believed: what looks differ in is no verdict, and nothing is called sound behind a look
/// that was not.
#[test]
fn a_verification_passes_nothing_where_every_read_is_wrong() {
    let scene = Scene::new("closed", |_, journal| assert!(journal.close().is_ok()));
    let inside = &scene.desk.inside;
    let (mut unsteady, mut named) = (0, 0);
    for operation in 1..40 {
        scene.begin();
        inside.fail_at(inside.operations() + operation, Fault::FlippedRead, Times::Always);
        let looked = verify(inside, &VerifyOptions::default());
        inside.heal();
        match looked {
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                let why = source.unwrap_or_default();
                assert!(why.starts_with("each read of one place gives other bytes"), "{error}");
                unsteady += 1;
            }
            // Its first look was over, or had met no bit that says anything.
            Ok(report) if report.holds() => assert!(report.misread.is_empty(), "{report}"),
            Ok(_) => named += 1,
        }
    }
    assert!(unsteady > 0 && named > 0, "{unsteady} {named}");
}
