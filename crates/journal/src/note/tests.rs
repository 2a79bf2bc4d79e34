//! Notes: known answers, each spelling that is not ours, foreign signatures.

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

use super::*;

const ID: JournalId = JournalId([0xab; 16]);

fn key(seed: u8) -> (SigningKey, VerifyingKey) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let public = VerifyingKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    (key, public)
}

fn signed(checkpoint: Checkpoint, seed: u8) -> SignedNote {
    let (key, public) = key(seed);
    SignedNote::new(checkpoint, &public, |text| key.sign(text).to_bytes())
}

fn checkpoint() -> Checkpoint {
    Checkpoint { id: ID, size: Seq(65_536), root: Hash([0x5a; 32]) }
}

fn open(bytes: &[u8], seed: u8) -> Result<Checkpoint, NoteError> {
    SignedNote::parse(bytes)?.verify_alone(ID, &key(seed).1)
}

#[test]
fn a_note_looks_as_the_page_says() {
    let note = signed(checkpoint(), 1).to_text();
    let (text, signatures) = note.split_once("\n\n").unwrap();
    let id = "ab".repeat(16);
    let root = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";
    assert_eq!(text, format!("plimsoll/journal/{id}\n65536\n{root}"));
    assert!(signatures.starts_with(&format!("\u{2014} plimsoll/journal/{id} ")), "{signatures}");
    assert_eq!(open(note.as_bytes(), 1), Ok(checkpoint()));
}

#[test]
fn each_flipped_bit_and_each_cut_of_a_note_is_refused() {
    let note = signed(checkpoint(), 1).to_text().into_bytes();
    for bit in 0..note.len() * 8 {
        let mut flipped = note.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&flipped, 1).is_err(), "bit {bit}");
    }
    for len in 0..note.len() {
        assert!(open(&note[..len], 1).is_err(), "cut to {len}");
    }
}

#[test]
fn a_note_has_one_spelling() {
    let note = signed(checkpoint(), 1).to_text();
    for (from, to) in [
        ("65536", "065536"),
        ("65536", "+65536"),
        ("65536", "65536 "),
        ("65536", "-1"),
        ("65536\n", "65536\r\n"),
        ("=\n\n", "=\nextension\n\n"),
        ("=\n\n", "=\n\n\n"),
        ("Wlo=\n", "Wlp=\n"),
        ("Wlo=\n", "Wlo\n"),
        ("/abab", "/ABAB"),
    ] {
        let other = note.replacen(from, to, 1);
        assert_ne!(other, note);
        assert!(SignedNote::parse(other.as_bytes()).is_err(), "{from:?} {to:?}");
    }
    assert!(SignedNote::parse(format!("{note}\n").as_bytes()).is_err());
    assert_eq!(SignedNote::parse(&[b'a'; 65_537]), Err(NoteError::Long(65_537)));
}

#[test]
fn another_key_or_journal_does_not_vouch() {
    let note = signed(checkpoint(), 1);
    assert!(matches!(open(note.to_text().as_bytes(), 2), Err(NoteError::Unsigned { .. })));
    let other = JournalId([1; 16]);
    let wanted = Err(NoteError::Journal { saw: ID, wanted: other });
    assert_eq!(note.verify(other, &key(1).1), wanted);
    // The right name and key id over another text.
    let mut forged = note;
    forged.checkpoint.size = Seq(65_537);
    assert_eq!(forged.verify(ID, &key(1).1), Err(NoteError::Signature(key(1).1)));
}

#[test]
fn witnesses_may_sign_outside_and_not_inside() {
    let mut note = signed(checkpoint(), 1);
    let blob = vec![4; 4 + 8 + 64];
    note.signatures.push(NoteSignature { name: "witness.example/w1".to_owned(), blob });
    let note = SignedNote::parse(note.to_text().as_bytes()).unwrap();
    assert_eq!(note.verify(ID, &key(1).1), Ok(checkpoint()));
    assert_eq!(note.verify_alone(ID, &key(1).1), Err(NoteError::Others(2)));
    let lines: Vec<NoteSignature> = note.signatures.iter().cycle().take(17).cloned().collect();
    let crowd = SignedNote { signatures: lines, ..note };
    assert_eq!(SignedNote::parse(crowd.to_text().as_bytes()), Err(NoteError::Others(17)));
    assert!(crowd.verify(ID, &key(1).1).is_err(), "one key signs once");
}

#[test]
fn a_public_key_is_written_and_read_in_one_form_only() {
    let (_, public) = key(1);
    let text = public.note_key(ID);
    assert_eq!(VerifyingKey::parse_note_key(&text), Ok((ID, public)));
    let bytes = text.as_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let read = String::from_utf8(flipped).ok().map(|text| VerifyingKey::parse_note_key(&text));
        assert!(!matches!(read, Some(Ok(_))), "bit {bit}");
    }
    assert_eq!(VerifyingKey::from_bytes(&[0; 32]), Err(VerifyingKeyError), "weak");
}

proptest! {
    #[test]
    fn checkpoints_come_back(id: [u8; 16], size: u64, root: [u8; 32]) {
        let id = JournalId(id);
        let checkpoint = Checkpoint { id, size: Seq(size), root: Hash(root) };
        let note = SignedNote::parse(signed(checkpoint, 3).to_text().as_bytes()).unwrap();
        prop_assert_eq!(note.verify_alone(id, &key(3).1), Ok(checkpoint));
    }

    #[test]
    fn hostile_notes_give_an_error(bytes: Vec<u8>) {
        prop_assert!(SignedNote::parse(&bytes).is_err());
    }
}
