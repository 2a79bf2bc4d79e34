//! The key store: modes, forms, rotations and what a stop leaves of them.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::disk::TestDisk;
use crate::tree::Hash;

const ID: JournalId = JournalId([5; 16]);

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn folder() -> (TempDir, std::path::PathBuf) {
    let temp = TempDir::new().unwrap();
    let folder = temp.path().join("keys");
    (temp, folder)
}

#[test]
fn the_first_start_makes_a_key_that_only_its_owner_reads() {
    let (_temp, folder) = folder();
    let public = KeyStore::open_folder(&folder).unwrap().public();
    assert_eq!((mode(&folder), mode(&folder.join(CURRENT))), (0o700, 0o600));
    assert_eq!(KeyStore::open_folder(&folder).unwrap().public(), public, "the same key again");
    assert_eq!(fs::read_to_string(folder.join(PUBLIC)).unwrap(), format!("{public}\n"));
    let (_temp, other) = self::folder();
    assert_ne!(KeyStore::open_folder(&other).unwrap().public(), public);
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let (_temp, folder) = folder();
    KeyStore::open_folder(&folder).unwrap();
    let check = |path: &Path, wider: u32, right: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(wider)).unwrap();
        let error = KeyStore::open_folder(&folder).unwrap_err().to_string();
        let command = format!("chmod {right:o} '{}'", path.display());
        assert!(error.contains(&command), "{error}");
        fs::set_permissions(path, fs::Permissions::from_mode(right)).unwrap();
        KeyStore::open_folder(&folder).unwrap();
    };
    for wider in [0o640, 0o604, 0o601, 0o660] {
        check(&folder.join(CURRENT), wider, 0o600);
    }
    for wider in [0o750, 0o701, 0o777, 0o1777] {
        check(&folder, wider, 0o700);
    }
}

#[test]
fn a_damaged_key_is_refused_and_never_replaced() {
    let disk = TestDisk::new(1);
    KeyStore::open(Arc::new(disk.clone()), "keys").unwrap();
    let sound = disk.read_file(CURRENT).unwrap();
    for damaged in [&sound[..44], b"", &[&sound[..], b"\n"].concat(), &[b'!'; 45]] {
        disk.write_file(CURRENT, damaged).unwrap();
        let error = KeyStore::open(Arc::new(disk.clone()), "keys").unwrap_err();
        assert!(matches!(error, KeyError::Form(_)), "{error}");
        assert_eq!(disk.read_file(CURRENT).unwrap(), damaged);
    }
}

#[test]
fn nothing_prints_the_private_key() {
    let disk = TestDisk::new(1);
    let mut keys = KeyStore::open(Arc::new(disk.clone()), "keys").unwrap();
    keys.begin_rotation(ID, Seq(1)).unwrap();
    let shown = format!("{keys:?} {keys:#?}");
    for name in [CURRENT, NEXT] {
        let text = String::from_utf8(disk.read_file(name).unwrap()).unwrap();
        assert!(!shown.contains(text.trim_end()));
        let key = Key::of_text(text.as_bytes()).unwrap();
        assert!(!shown.contains(&format!("{:?}", key.private.as_bytes())));
        assert!(shown.contains(&key.public.to_string()));
    }
}

#[test]
fn a_checkpoint_is_signed_with_the_key_in_force() {
    let keys = KeyStore::open(Arc::new(TestDisk::new(1)), "keys").unwrap();
    let checkpoint = Checkpoint { id: ID, size: Seq(3), root: Hash([1; 32]) };
    let note = keys.sign_checkpoint(checkpoint);
    assert_eq!(note.verify_alone(ID, &keys.public()), Ok(checkpoint));
}

#[test]
fn a_rotation_is_signed_by_both_keys_for_its_place() {
    let disk = TestDisk::new(1);
    let mut keys = KeyStore::open(Arc::new(disk.clone()), "keys").unwrap();
    let old = keys.public();
    let rotated = keys.begin_rotation(ID, Seq(7)).unwrap();
    assert_eq!(keys.public(), old, "not before the entry is durable");
    assert!(rotation_holds(&rotated, ID, Seq(7)));
    assert!(!rotation_holds(&rotated, ID, Seq(8)));
    assert!(!rotation_holds(&rotated, JournalId([6; 16]), Seq(7)));
    assert!(!rotation_holds(&KeyRotated { by_old: rotated.by_new, ..rotated }, ID, Seq(7)));
    assert!(!rotation_holds(&KeyRotated { by_new: rotated.by_old, ..rotated }, ID, Seq(7)));
    keys.finish_rotation().unwrap();
    assert_eq!(keys.public().to_bytes(), rotated.new);
    assert_eq!(disk.files(), [CURRENT, PUBLIC]);
    assert!(matches!(keys.finish_rotation(), Err(KeyError::NoNext(_))));
    let again = KeyStore::open(Arc::new(disk), "keys").unwrap();
    assert_eq!(again.public(), keys.public());
}

#[test]
fn a_stop_in_the_middle_of_a_rotation_is_settled_by_the_journal() {
    let disk = TestDisk::new(1);
    let open = || KeyStore::open(Arc::new(disk.clone()), "keys").unwrap();
    let mut keys = open();
    let old = keys.public();
    let rotated = keys.begin_rotation(ID, Seq(7)).unwrap();
    let new = VerifyingKey::from_bytes(&rotated.new).unwrap();
    // The entry did not become durable: the next rotation takes up the same key.
    let mut keys = open();
    keys.settle(&old).unwrap();
    assert_eq!(keys.public(), old);
    assert_eq!(keys.begin_rotation(ID, Seq(9)).unwrap().new, rotated.new);
    // It did.
    let mut keys = open();
    keys.settle(&new).unwrap();
    assert_eq!((keys.public(), open().public()), (new, new));
    assert!(matches!(keys.settle(&old), Err(KeyError::Other { .. })));
}

#[test]
fn a_crash_at_any_operation_leaves_a_whole_key() {
    for seed in 0..200 {
        let disk = TestDisk::new(seed);
        disk.fail_at(seed % 12, crate::disk::Fault::PowerCut, crate::disk::Times::Once);
        let before = KeyStore::open(Arc::new(disk.clone()), "keys").map(|keys| keys.public());
        disk.crash(seed);
        disk.heal();
        let after = KeyStore::open(Arc::new(disk.clone()), "keys").unwrap().public();
        if let Ok(before) = before {
            assert_eq!(before, after, "a key that was handed out stays, seed {seed}");
        }
    }
}

/// The fate of one key: handed out and on the disk, or not handed out.
fn check_kept(disk: &TestDisk, made: &Result<VerifyingKey, KeyError>, name: &str) -> bool {
    match made {
        Ok(public) => {
            let text = disk.read_file(name).expect("it was handed out");
            let there = Key::of_text(&text).expect("it is whole");
            assert_eq!(there.public, *public, "what was handed out is on the disk");
            true
        }
        Err(error) => {
            assert!(matches!(error, KeyError::NotKept(_)), "{error}");
            assert!(!disk.files().contains(&name.to_owned()), "it has no name of its own");
            false
        }
    }
}

#[test]
fn a_key_that_the_disk_does_not_hold_is_not_handed_out() {
    for fault in [crate::disk::Fault::Misdirected, crate::disk::Fault::FlippedBit] {
        let mut refused = 0;
        for operation in 1..16 {
            let disk = TestDisk::new(operation);
            disk.fail_at(operation, fault, crate::disk::Times::Once);
            let open = || KeyStore::open(Arc::new(disk.clone()), "keys");
            if !check_kept(&disk, &open().map(|keys| keys.public()), CURRENT) {
                refused += 1;
                let again = open().map(|keys| keys.public());
                assert!(check_kept(&disk, &again, CURRENT), "the next start makes another");
            }
        }
        assert!(refused >= 2, "{fault:?} struck the key's write {refused} times");
    }
}

#[test]
fn a_next_key_that_the_disk_does_not_hold_is_in_no_entry() {
    let disk = TestDisk::new(1);
    let mut keys = KeyStore::open(Arc::new(disk.clone()), "keys").unwrap();
    let mut rotate = || {
        let rotated = keys.begin_rotation(ID, Seq(7))?;
        Ok(VerifyingKey::from_bytes(&rotated.new).unwrap())
    };
    disk.fail_at(disk.operations() + 1, crate::disk::Fault::Misdirected, crate::disk::Times::Once);
    assert!(!check_kept(&disk, &rotate(), NEXT));
    assert!(check_kept(&disk, &rotate(), NEXT), "whoever tries again makes another");
}

#[test]
fn a_simulated_key_follows_from_its_seed_and_one_that_is_there_stays() {
    let open = |disk: &TestDisk, seed| {
        KeyStore::open_simulated(Arc::new(disk.clone()), "keys", &[seed; 32]).unwrap().public()
    };
    let disk = TestDisk::new(1);
    let key = open(&disk, 1);
    assert_eq!(key, open(&TestDisk::new(2), 1));
    assert_ne!(key, open(&TestDisk::new(3), 2));
    assert_eq!(key, open(&disk, 2), "it is there already");
}
