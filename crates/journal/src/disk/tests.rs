//! What every disk does, run for each; then what only the test disk does.

use std::io::ErrorKind;
use std::sync::mpsc;

use super::{Access, Disk, DiskFile, Fault, Found, Kind, Rates, RealDisk, TestDisk, Times, steady};

/// Runs one test on a folder of this machine and on a test disk.
fn on_each(test: impl Fn(&dyn Disk)) {
    let folder = tempfile::tempdir().unwrap();
    test(&RealDisk::new(folder.path().join("journal")).made());
    test(&TestDisk::new(7));
}

impl RealDisk {
    fn made(self) -> RealDisk {
        self.make_dir("").unwrap();
        self
    }
}

fn bytes(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

fn write(disk: &dyn Disk, path: &str, text: &[u8]) -> Box<dyn DiskFile> {
    let file = disk.create(path).unwrap();
    file.write_at(0, text).unwrap();
    file
}

fn kind<T>(result: std::io::Result<T>) -> ErrorKind {
    result.err().expect("an error").kind()
}

#[test]
fn what_is_written_is_read_by_every_opening() {
    on_each(|disk| {
        let file = write(disk, "a", b"hello");
        let other = disk.open("a", Access::Read).unwrap();
        file.write_at(3, b"p!!").unwrap();
        file.sync().unwrap();
        assert_eq!(bytes(&*other), b"help!!");
        assert_eq!(file.mode().unwrap(), 0o600);
        assert!(!file.is_empty().unwrap());
        let mut end = [0; 4];
        assert_eq!(other.read_some_at(4, &mut end).unwrap(), 2);
        assert_eq!(kind(other.read_at(4, &mut end)), ErrorKind::UnexpectedEof);
        assert_eq!(other.read_some_at(99, &mut end).unwrap(), 0);
        assert!(other.write_at(0, b"x").is_err(), "it was opened for reading");
    });
}

#[test]
fn a_gap_a_cut_and_an_extension_read_as_zeros() {
    on_each(|disk| {
        let file = write(disk, "a", &[1; 5000]);
        file.write_at(9000, &[2; 3]).unwrap();
        assert_eq!(file.len().unwrap(), 9003);
        file.truncate(4999).unwrap();
        file.truncate(9003).unwrap();
        let mut wanted = vec![0; 9003];
        wanted[..4999].fill(1);
        assert!(bytes(&*file) == wanted);
        file.allocate(100).unwrap();
        assert_eq!(file.len().unwrap(), 9003, "allocate never cuts");
        file.allocate(20_000).unwrap();
        wanted.resize(20_000, 0);
        assert!(bytes(&*file) == wanted);
        file.allocate(0).unwrap();
    });
}

#[test]
fn names_are_made_listed_replaced_and_removed() {
    on_each(|disk| {
        assert_eq!(kind(disk.create("a/b/c")), ErrorKind::NotFound);
        disk.make_dir("a/b").unwrap();
        disk.make_dir("a/b").unwrap();
        write(disk, "a/b/d", b"d");
        write(disk, "a/b/c", b"c");
        assert_eq!(kind(disk.create("a/b/c")), ErrorKind::AlreadyExists);
        let names = |folder| {
            let found = disk.list(folder).unwrap();
            found.into_iter().map(|found| (found.name, found.kind)).collect::<Vec<_>>()
        };
        let file = |name: &str| (name.to_owned(), Kind::File);
        assert_eq!(names("a/b"), [file("c"), file("d")]);
        assert_eq!(disk.list("a").unwrap(), [Found { name: "b".to_owned(), kind: Kind::Folder }]);

        let before = disk.open("a/b/d", Access::Read).unwrap();
        disk.rename("a/b/c", "a/b/d").unwrap();
        assert_eq!(names("a/b"), [file("d")]);
        assert_eq!(bytes(&*disk.open("a/b/d", Access::Read).unwrap()), b"c");
        assert_eq!(bytes(&*before), b"d", "an open file outlives its name");
        disk.rename("a/b/d", "e").unwrap();
        disk.sync_dir("").unwrap();
        disk.sync_dir("a/b").unwrap();
        assert_eq!(names("a/b"), []);
        disk.remove("e").unwrap();

        assert_eq!(kind(disk.open("e", Access::Read)), ErrorKind::NotFound);
        assert_eq!(kind(disk.remove("e")), ErrorKind::NotFound);
        assert_eq!(kind(disk.rename("e", "f")), ErrorKind::NotFound);
        assert_eq!(kind(disk.list("e")), ErrorKind::NotFound);
        assert_eq!(kind(disk.sync_dir("e")), ErrorKind::NotFound);
        assert_eq!(kind(disk.open("a", Access::Read)), ErrorKind::IsADirectory);
    });
}

#[test]
fn no_path_leads_out_of_the_folder() {
    on_each(|disk| {
        for path in ["/a", "../a", "a/../b", "./a", "a//b", "a/", "a\0b"] {
            assert_eq!(kind(disk.create(path)), ErrorKind::InvalidInput, "{path:?}");
            assert_eq!(kind(disk.open(path, Access::Read)), ErrorKind::InvalidInput, "{path:?}");
            assert_eq!(kind(disk.rename("a", path)), ErrorKind::InvalidInput, "{path:?}");
            assert_eq!(kind(disk.make_dir(path)), ErrorKind::InvalidInput, "{path:?}");
        }
    });
}

#[test]
fn the_lock_belongs_to_one_opening_and_goes_with_it() {
    on_each(|disk| {
        let first = disk.create("lock").unwrap();
        let second = disk.open("lock", Access::Write).unwrap();
        first.lock().unwrap();
        assert!(first.try_lock().unwrap());
        assert!(!second.try_lock().unwrap());
        first.unlock().unwrap();
        assert!(second.try_lock().unwrap());
        assert!(!first.try_lock().unwrap());
        drop(second);
        assert!(first.try_lock().unwrap());
    });
}

#[test]
fn who_waits_for_the_lock_gets_it() {
    on_each(|disk| {
        let first = disk.create("lock").unwrap();
        let second = disk.open("lock", Access::Write).unwrap();
        first.lock().unwrap();
        let (sender, receiver) = mpsc::channel();
        #[expect(clippy::disallowed_methods, reason = "waiting takes two")]
        std::thread::scope(|scope| {
            let sender = &sender;
            scope.spawn(move || {
                second.lock().unwrap();
                sender.send("second").unwrap();
            });
            sender.send("first").unwrap();
            first.unlock().unwrap();
        });
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["first", "second"]);
    });
}

#[test]
fn a_copy_lies_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let one = RealDisk::new(folder.path().join("one")).made();
    let two = RealDisk::new(folder.path().join("two")).made();
    assert_ne!(one.identity().unwrap(), two.identity().unwrap());
    assert_eq!(one.identity().unwrap(), one.made().identity().unwrap());

    let disk = TestDisk::new(1);
    write(&disk, "a", b"a");
    let image = disk.image();
    let copy = TestDisk::from_image(2, &image);
    assert_ne!(disk.identity().unwrap(), copy.identity().unwrap());
    write(&copy, "b", b"b");
    assert_eq!((disk.files(), copy.files()), (vec!["a".into()], vec!["a".into(), "b".into()]));
    disk.write_file("a", b"changed").unwrap();
    disk.restore(&image);
    assert_eq!(disk.read_file("a").unwrap(), b"a");
}

/// Returns how often each outcome of `test` was seen over many seeds.
fn outcomes<T: Ord>(test: impl Fn(u64) -> T) -> std::collections::BTreeMap<T, u32> {
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..400 {
        *seen.entry(test(seed)).or_insert(0) += 1;
    }
    seen
}

#[test]
fn a_crash_keeps_what_was_synced_and_loses_keeps_tears_and_reorders_the_rest() {
    let seen = outcomes(|seed| {
        let disk = TestDisk::new(seed);
        let file = write(&disk, "a", &[b'a'; 1024]);
        file.sync().unwrap();
        disk.sync_dir("").unwrap();
        file.write_at(0, &[b'b'; 1024]).unwrap();
        file.write_at(1024, &[b'c'; 512]).unwrap();
        disk.crash(seed);
        assert!(file.len().is_err(), "an opening ends with the power");
        let bytes = disk.read_file("a").unwrap();
        let sectors = bytes.chunks(512).map(|sector| {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            char::from(sector[0].max(b'0'))
        });
        sectors.collect::<String>()
    });
    for wanted in ["aa", "bbc", "ba", "bb", "ab", "aac", "bac", "abc", "aa0", "bb0"] {
        assert!(seen.contains_key(wanted), "{wanted}: {seen:?}");
    }
    assert!(seen.keys().all(|kept| kept.len() >= 2 && !kept[..2].contains(['c', '0'])), "{seen:?}");
}

#[test]
fn a_name_is_certain_once_its_folder_was_synced() {
    let seen = outcomes(|seed| {
        let disk = TestDisk::new(seed);
        disk.make_dir("d").unwrap();
        write(&disk, "d/old", b"old").sync().unwrap();
        disk.sync_dir("").unwrap();
        disk.sync_dir("d").unwrap();
        write(&disk, "d/new", b"new").sync().unwrap();
        disk.rename("d/new", "d/old").unwrap();
        disk.make_dir("e").unwrap();
        disk.crash(seed);
        let old = String::from_utf8(disk.read_file("d/old").unwrap()).unwrap();
        (old, disk.read_file("d/new").is_ok(), disk.list("e").is_ok())
    });
    let names = |old: &str, new, folder| (old.to_owned(), new, folder);
    for wanted in [
        names("old", false, false),
        names("old", true, false),
        names("old", false, true),
        names("new", false, false),
        names("new", false, true),
    ] {
        assert!(seen.contains_key(&wanted), "{wanted:?}: {seen:?}");
    }
}

#[test]
fn a_failed_sync_forgets_and_the_next_one_lies() {
    let seen = outcomes(|seed| {
        let disk = TestDisk::new(seed);
        let file = write(&disk, "a", b"");
        disk.sync_dir("").unwrap();
        file.write_at(0, b"new").unwrap();
        disk.fail_at(disk.operations() + 1, Fault::InputOutput, Times::Once);
        assert_eq!(file.sync().unwrap_err().raw_os_error(), Some(5));
        file.sync().unwrap();
        let shown = disk.read_file("a").unwrap();
        disk.crash(seed);
        (shown, disk.read_file("a").unwrap())
    });
    assert!(seen.contains_key(&(b"new".to_vec(), b"".to_vec())), "{seen:?}");
    assert!(seen.contains_key(&(b"new".to_vec(), b"new".to_vec())), "{seen:?}");
}

#[test]
fn a_planned_fault_strikes_its_operation_once_or_from_then_on() {
    for (times, wanted) in
        [(Times::Once, [true, false, true]), (Times::Always, [true, false, false])]
    {
        let disk = TestDisk::new(1);
        let file = disk.create("a").unwrap();
        disk.fail_at(3, Fault::NoSpace, times);
        let went = [b"1", b"2", b"3"].map(|byte| {
            let wrote = file.write_at(0, byte);
            wrote.map_err(|error| assert_eq!(error.kind(), ErrorKind::StorageFull)).is_ok()
        });
        assert_eq!(went, wanted);
        file.sync().unwrap();
        assert_eq!(disk.operations(), 5);
        disk.heal();
        file.write_at(0, b"4").unwrap();
    }
}

#[test]
fn a_power_cut_fails_everything_until_the_power_is_back() {
    let disk = TestDisk::new(1);
    let file = write(&disk, "a", b"a");
    disk.fail_at(3, Fault::PowerCut, Times::Once);
    assert!(file.write_at(0, b"b").is_err());
    assert!(file.sync().is_err());
    assert!(disk.open("a", Access::Read).is_err());
    assert_eq!((disk.operations(), disk.struck()), (3, 1));
    disk.crash(0);
    write(&disk, "b", b"b");
}

#[test]
fn a_misdirected_write_and_a_flipped_bit_say_that_all_is_well() {
    for (fault, seed) in silent() {
        let disk = TestDisk::new(seed);
        write(&disk, "other", &[0; 2048]);
        let file = write(&disk, "a", &[0; 2048]);
        disk.fail_at(1, fault, Times::Once);
        file.write_at(512, &[0xFF; 512]).unwrap();
        let (a, other) = (disk.read_file("a").unwrap(), disk.read_file("other").unwrap());
        let ones = |bytes: &[u8]| bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
        let inside = ones(&a[512..1024]);
        if fault == Fault::Misdirected {
            assert_eq!((inside, ones(&a) + ones(&other)), (0, 4096));
        } else {
            assert_eq!((inside, ones(&a) + ones(&other)), (4095, 4095));
        }
    }
}

#[test]
fn a_short_read_gives_some_and_a_flipped_one_is_wrong_once() {
    for seed in 0..100 {
        let disk = TestDisk::new(seed);
        let file = write(&disk, "a", &[3; 20]);
        let mut buffer = [0; 64];
        for at in 0..20 {
            // Nothing, or one byte, cannot be less.
            disk.fail_at(0, Fault::ShortRead, Times::Once);
            assert_eq!(file.read_some_at(20, &mut buffer).unwrap(), 0);
            assert_eq!(file.read_some_at(19, &mut buffer).unwrap(), 1);
            let count = file.read_some_at(0, &mut buffer).unwrap();
            assert!((1..20).contains(&count) && buffer[..count].iter().all(|byte| *byte == 3));
            assert_eq!(disk.struck(), 1 + 2 * at);
            disk.fail_at(0, Fault::FlippedRead, Times::Once);
            assert_eq!(file.read_some_at(20, &mut buffer).unwrap(), 0);
            let mut wrong = [0; 20];
            file.read_at(0, &mut wrong).unwrap();
            let bits: u32 = wrong.iter().map(|byte| (byte ^ 3).count_ones()).sum();
            assert_eq!((bits, bytes(&*file)), (1, vec![3; 20]));
        }
        assert!(!disk.is_damaged(), "all is well on the disk");
        let mut short = [0; 20];
        disk.fail_at(0, Fault::ShortRead, Times::Always);
        file.read_at(0, &mut short).unwrap();
        assert_eq!(short, [3; 20]);
        assert!(disk.struck() > 40);
    }
}

#[test]
fn two_looks_in_a_row_have_to_agree() {
    let looks = |seen: &'static [u8]| {
        let mut seen = seen.iter();
        steady(move || Ok(*seen.next().unwrap()))
    };
    assert_eq!(looks(&[1, 1]).unwrap(), 1);
    assert_eq!(looks(&[9, 1, 1]).unwrap(), 1);
    assert_eq!(looks(&[1, 9, 1, 1]).unwrap(), 1);
    assert_eq!(kind(looks(&[1, 2, 1, 2])), ErrorKind::InvalidData);
}

/// Returns the faults that nobody is told of, each with some seeds.
fn silent() -> impl Iterator<Item = (Fault, u64)> {
    let seeds = |fault| (0..20).map(move |seed| (fault, seed));
    [Fault::Misdirected, Fault::FlippedBit].into_iter().flat_map(seeds)
}

#[test]
fn what_a_silent_fault_left_is_put_right_but_for_what_was_written_since() {
    for (fault, seed) in silent() {
        let disk = TestDisk::new(seed);
        write(&disk, "other", &[1; 1300]);
        let file = write(&disk, "a", &[2; 2048]);
        file.sync().unwrap();
        disk.fail_at(1, fault, Times::Once);
        file.write_at(512, &[3; 512]).unwrap();
        assert!(disk.is_damaged());
        let later = seed % 2 == 0;
        if later {
            file.write_at(512, &[4; 512]).unwrap();
        }
        disk.mend();
        let mut wanted = vec![2; 2048];
        wanted[512..1024].fill(if later { 4 } else { 3 });
        assert!(disk.read_file("a").unwrap() == wanted, "{fault:?} {seed}");
        assert!(disk.read_file("other").unwrap() == [1; 1300], "{fault:?} {seed}");
        assert!(!disk.is_damaged());
    }
}

#[test]
fn a_full_disk_writes_what_fits_and_takes_what_was_allocated() {
    let disk = TestDisk::new(1);
    disk.set_capacity(Some(1000));
    let file = disk.create("a").unwrap();
    file.allocate(600).unwrap();
    let other = disk.create("b").unwrap();
    assert_eq!(other.write_some_at(0, &[1; 500]).unwrap(), 400);
    assert_eq!(kind(other.write_at(400, &[1; 100])), ErrorKind::StorageFull);
    assert_eq!(kind(file.allocate(601)), ErrorKind::StorageFull);
    file.write_at(0, &[2; 600]).unwrap();
    assert_eq!(disk.used(), 1000);
    disk.remove("b").unwrap();
    drop(other);
    disk.sync_dir("").unwrap();
    file.write_at(600, &[2; 400]).unwrap();
}

#[test]
fn rates_strike_as_often_as_they_say_and_as_the_seed_says() {
    let rates = Rates { write_errors: 100_000, short_writes: 200_000, ..Rates::default() };
    let run = |seed| {
        let disk = TestDisk::new(seed);
        let file = disk.create("a").unwrap();
        disk.set_rates(rates);
        let wrote = |at| file.write_some_at(at, &[1; 100]).map_err(|error| error.kind());
        let answers = (0..10_000).map(wrote).collect::<Vec<_>>();
        disk.crash(3);
        (answers, disk.read_file("a").ok())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let (answers, _) = run(1);
    let errors = answers.iter().filter(|answer| answer.is_err()).count();
    let short = answers.iter().filter(|answer| answer.is_ok_and(|count| count < 100)).count();
    // 1,000 and 0.9 * 2,000 of 10,000, within five standard deviations.
    assert!((850..1150).contains(&errors), "{errors}");
    assert!((1610..1990).contains(&short), "{short}");
}
