//! What the tests beside it and the targets in `fuzz/` throw bytes at: everything that reads bytes which
//! others may have written.
//!
//! Errors are fine, and what is accepted has one spelling. A panic is a defect.

use std::sync::Arc;

use journal::disk::{Disk, TestDisk};
use journal::format::{Header, Parsed, SegmentName, parse_record};
use journal::keys::KeyStore;
use journal::note::{SignedNote, VerifyingKey};
use journal::prove::Proof;
use journal::tree::EMPTY_ROOT;
use journal::verify::{VerifyOptions, verify};
use journal::{FileJournal, JournalId, Options, Reader, Seq, Term};

/// Takes the bytes for records, for a whole segment, and for what stands behind a sound header; reads,
/// verifies and recovers each.
pub(crate) fn records(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Parsed::Record(_, size)) = parse_record(rest) {
        rest = rest.get(size..).unwrap_or_default();
    }
    folder(bytes);
    let mut whole = header().encode().to_vec();
    whole.extend_from_slice(bytes);
    folder(&whole);
}

fn header() -> Header {
    Header {
        thinned: false,
        id: JournalId([1; 16]),
        term: Term::FIRST,
        first: Seq(1),
        previous_root: EMPTY_ROOT,
        // A point of the curve (RFC 8032, test 1).
        public_key: [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64,
            0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68,
            0xf7, 0x07, 0x51, 0x1a,
        ],
    }
}

/// Puts the bytes where the first segment lies.
fn folder(segment: &[u8]) {
    let (inside, outside) = (TestDisk::new(1), TestDisk::new(2));
    let name = SegmentName { term: Term::FIRST, first: Seq(1) };
    let disk: Arc<dyn Disk> = Arc::new(inside);
    let written = disk
        .make_dir("segments")
        .and_then(|()| disk.create(&name.path()))
        .and_then(|file| file.write_at(0, segment));
    written.expect("a disk in memory takes a file");
    if let Ok(mut reader) = Reader::open(Arc::clone(&disk), Seq(1)) {
        while let Ok(Some(_)) = reader.next() {}
    }
    let _ = verify(&*disk, &VerifyOptions::default());
    let keys = KeyStore::open(Arc::new(outside), "keys").expect("a new key is made");
    let _ = FileJournal::open(disk, keys, Options { segment_bytes: 8 << 10, ..Options::default() });
}

/// Takes the bytes for a signed note.
pub(crate) fn note(bytes: &[u8]) {
    if let Ok(note) = SignedNote::parse(bytes) {
        assert_eq!(note.to_text().as_bytes(), bytes, "one note, one text");
        let id = note.unverified().id;
        if let Ok(key) = VerifyingKey::from_bytes(&header().public_key) {
            let _ = note.verify(id, &key);
        }
    }
}

/// Takes the bytes for the text of a proof.
pub(crate) fn proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(proof.to_text(), text, "one proof, one text");
        if let Ok(key) = VerifyingKey::from_bytes(&header().public_key) {
            let _ = proof.verify(&key);
        }
    }
}
