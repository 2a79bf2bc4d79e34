//! Keys in their folder, and what their signatures say.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use journal::disk::{Fault, TestDisk, Times};

use super::folder::{put, text_in};
use super::*;

const BYTES: &[u8] = b"version = 3\n";

fn folder() -> (tempfile::TempDir, KeyFolder) {
    let dir = tempfile::tempdir().unwrap();
    let keys = KeyFolder::at(Some(&dir.path().join("keys"))).unwrap();
    (dir, keys)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_lies_where_its_owner_alone_can_read_it() {
    let (_dir, keys) = folder();
    assert_eq!(keys.list().unwrap(), []);
    let public = keys.create("ada").unwrap();
    let file = keys.path().join("ada.key");
    assert_eq!((mode(keys.path()), mode(&file)), (0o700, 0o600));
    assert_eq!(keys.read("ada").unwrap().public(), public);
    assert!(matches!(keys.create("ada"), Err(KeyFolderError::There(_))), "never overwritten");
    for (path, bad) in
        [(file.as_path(), 0o640), (&file, 0o604), (keys.path(), 0o750), (keys.path(), 0o777)]
    {
        let good = mode(path);
        set_mode(path, bad);
        assert!(matches!(keys.read("ada"), Err(KeyFolderError::Mode { .. })), "{bad:o}");
        set_mode(path, good);
    }
    set_mode(keys.path(), 0o755);
    assert!(matches!(keys.create("bob"), Err(KeyFolderError::Mode { .. })));
}

#[test]
fn names_are_plain() {
    let (_dir, keys) = folder();
    for bad in ["", ".", "..", "../ada", "a/b", "Ada", "a b", "a.b", &"a".repeat(33)] {
        assert!(matches!(keys.create(bad), Err(KeyFolderError::Name(_))), "{bad}");
        assert!(matches!(keys.read(bad), Err(KeyFolderError::Name(_))), "{bad}");
    }
    assert!(matches!(keys.read("bob"), Err(KeyFolderError::Absent(..))));
}

#[test]
fn a_file_that_the_disk_does_not_hold_does_not_replace_the_one_before() {
    for fault in [Fault::Misdirected, Fault::FlippedBit] {
        let disk = TestDisk::new(1);
        assert!(put(&disk, "ada.key", b"before").unwrap());
        disk.fail_at(disk.operations() + 1, fault, Times::Once);
        assert!(!put(&disk, "ada.key", b"behind").unwrap(), "{fault:?}");
        assert_eq!(disk.files(), ["ada.key"]);
        disk.mend();
        assert_eq!(disk.read_file("ada.key").unwrap(), b"before");
        assert!(put(&disk, "ada.key", b"behind").unwrap());
        assert_eq!(disk.read_file("ada.key").unwrap(), b"behind");
    }
}

#[test]
fn a_bit_that_one_read_got_wrong_makes_no_other_key() {
    let disk = TestDisk::new(1);
    assert!(put(&disk, "ada.key", b"text").unwrap());
    let read = || text_in(&disk, "ada.key").unwrap().unwrap();
    for reads_before in 0..2 {
        disk.fail_at(disk.operations() + 2 + reads_before, Fault::FlippedRead, Times::Once);
        assert_eq!(*read(), "text");
    }
    disk.fail_at(0, Fault::FlippedRead, Times::Always);
    assert!(text_in(&disk, "ada.key").is_err(), "no two reads agree");
}

#[test]
fn a_rotated_key_is_gone_and_its_public_half_remembered() {
    let (_dir, keys) = folder();
    let first = keys.create("ada").unwrap();
    let (old, second) = keys.rotate("ada").unwrap();
    assert!(old == first && second != first);
    let (_, third) = keys.rotate("ada").unwrap();
    let listed = keys.listed("ada".to_owned()).unwrap();
    assert_eq!((listed.public, listed.retired), (third, vec![first, second]));
    assert_eq!(keys.read("ada").unwrap().public(), third);
    assert_eq!(mode(&keys.path().join("ada.key")), 0o600);
    assert!(keys.rotate("bob").is_err());
}

#[test]
fn a_broken_key_file_is_an_error_that_shows_nothing_of_it() {
    let (_dir, keys) = folder();
    keys.create("ada").unwrap();
    let file = keys.path().join("ada.key");
    let whole = fs::read(&file).unwrap();
    let secret = String::from_utf8(whole.clone()).unwrap();
    let secret = secret.trim_start_matches("plimsoll-private-").trim_end();
    for bytes in [
        &whole[..whole.len() - 1],
        &whole[3..],
        b"",
        b"\xff\xfe",
        &[whole.clone(), whole.clone()].concat(),
    ] {
        fs::write(&file, bytes).unwrap();
        let error = keys.read("ada").unwrap_err();
        assert!(matches!(error, KeyFolderError::Form { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains(&secret[..8]));
    }
    fs::write(&file, &whole).unwrap();
    assert!(!format!("{:?}", keys.read("ada").unwrap()).contains(&secret[..8]));
    // A private key under trusted_keys is refused unseen.
    let told = secret.parse::<TrustedKey>().unwrap_err().to_string();
    assert!(!told.contains(&secret[..8]), "{told}");
}

#[test]
fn a_signature_counts_for_its_bytes_its_purpose_and_its_key_alone() {
    let (_dir, keys) = folder();
    let (ada, bob) = (keys.create("ada").unwrap(), keys.create("bob").unwrap());
    let key = keys.read("ada").unwrap();
    let signed = Signatures::new(Purpose::Limits, 3, BYTES, "ada", &key);
    let read = Signatures::parse(&signed.to_text()).unwrap();
    assert_eq!(read, signed);
    let check = |bytes: &[u8], trusted: &[TrustedKey]| read.check(Purpose::Limits, bytes, trusted);
    let by = SignedBy { name: "ada".to_owned(), key: ada };
    assert_eq!(check(BYTES, &[bob, ada]), Ok(vec![by]));
    assert_eq!(check(BYTES, &[]), Err(SignatureError::NoTrust));
    assert_eq!(
        check(BYTES, &[bob]),
        Err(SignatureError::Unknown { name: "ada".to_owned(), key: ada })
    );
    assert_eq!(check(b"", &[ada]), Err(SignatureError::Altered { name: "ada".to_owned() }));
    let other = read.check(Purpose::LivePermission, BYTES, &[ada]);
    assert!(matches!(other, Err(SignatureError::Purpose { .. })));
}

#[test]
fn a_flipped_bit_in_file_or_signature_is_seen() {
    let (_dir, keys) = folder();
    let ada = keys.create("ada").unwrap();
    let text =
        Signatures::new(Purpose::Limits, 3, BYTES, "ada", &keys.read("ada").unwrap()).to_text();
    let holds = |file: &[u8], text: &str| {
        let read = Signatures::parse(text);
        read.and_then(|read| read.check(Purpose::Limits, file, &[ada])).is_ok()
    };
    assert!(holds(BYTES, &text));
    for (at, bit) in (0..BYTES.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut file = BYTES.to_vec();
        file[at] ^= 1 << bit;
        assert!(!holds(&file, &text), "byte {at} of the file, bit {bit}");
    }
    for (at, bit) in (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut signature = text.clone().into_bytes();
        signature[at] ^= 1 << bit;
        let Ok(signature) = String::from_utf8(signature) else { continue };
        assert!(!holds(BYTES, &signature), "byte {at} of the signature, bit {bit}");
    }
    for cut in 0..text.len() {
        assert!(!holds(BYTES, &text[..cut]), "cut at {cut}");
    }
}

#[test]
fn two_may_sign_and_one_of_them_twice_counts_once() {
    let (_dir, keys) = folder();
    let trusted = [keys.create("ada").unwrap(), keys.create("bob").unwrap()];
    let mut signed = Signatures::new(Purpose::Limits, 3, BYTES, "ada", &keys.read("ada").unwrap());
    signed.add(BYTES, "ada", &keys.read("ada").unwrap());
    assert_eq!(signed.check(Purpose::Limits, BYTES, &trusted).unwrap().len(), 1);
    signed.add(BYTES, "bob", &keys.read("bob").unwrap());
    let read = Signatures::parse(&signed.to_text()).unwrap();
    let names: Vec<String> = read
        .check(Purpose::Limits, BYTES, &trusted)
        .unwrap()
        .into_iter()
        .map(|by| by.name)
        .collect();
    assert_eq!(names, ["ada", "bob"]);
    assert!(read.fits(BYTES) && !read.fits(b"version = 4\n"));
}

#[test]
fn a_key_on_two_lines_is_no_second_person() {
    let (_dir, keys) = folder();
    keys.create("ada").unwrap();
    let key = keys.read("ada").unwrap();
    let ada = Signatures::new(Purpose::Limits, 3, BYTES, "ada", &key).to_text();
    let bob = Signatures::new(Purpose::Limits, 3, BYTES, "bob", &key).to_text();
    // The second line is as good as the first: the same one again, and one that the key made under another name.
    for text in [&ada, &bob] {
        let twice = format!("{ada}{}\n", text.lines().last().unwrap());
        assert_eq!(Signatures::parse(&twice), Err(SignatureError::Twice(5)), "{twice}");
    }
}
