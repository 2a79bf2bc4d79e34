//! A checkpoint of ours verifies with a signed-note library that is not ours, and one of theirs here.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use journal::disk::TestDisk;
use journal::keys::KeyStore;
use journal::note::{Checkpoint, SignedNote, VerifyingKey};
use journal::tree::Hash;
use journal::{JournalId, Seq};
use proptest::prelude::*;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

const ID: JournalId = JournalId([0xc3; 16]);

fn checkpoint(size: u64, root: [u8; 32]) -> Checkpoint {
    Checkpoint { id: ID, size: Seq(size), root: Hash(root) }
}

fn verifiers(key: &VerifyingKey) -> VerifierList {
    VerifierList::new(vec![Box::new(StandardVerifier::new(&key.note_key(ID)).unwrap())])
}

/// A key of theirs, and how we read its public half.
fn their_key(seed: [u8; 32]) -> (StandardSigner, VerifyingKey) {
    let name = format!("plimsoll/journal/{ID}");
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    let typed = [&[1][..], public.as_bytes()].concat();
    let id = signed_note::key_id(&name, &typed);
    let private = Base64::encode_string(&[&[1][..], &seed].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{name}+{id:08x}+{private}")).unwrap();
    let public = format!("{name}+{id:08x}+{}", Base64::encode_string(&typed));
    let (journal, key) = VerifyingKey::parse_note_key(&public).unwrap();
    assert_eq!(journal, ID);
    (signer, key)
}

#[test]
fn a_checkpoint_of_ours_verifies_there() {
    let keys = KeyStore::open(Arc::new(TestDisk::new(1)), "keys").unwrap();
    let ours = keys.sign_checkpoint(checkpoint(71, [9; 32])).to_text();
    let note = Note::from_bytes(ours.as_bytes()).unwrap();
    let (verified, others) = note.verify(&verifiers(&keys.public())).unwrap();
    assert_eq!((verified.len(), others.len()), (1, 0));
    assert_eq!(note.to_bytes(), ours.as_bytes());
    let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(read.origin(), format!("plimsoll/journal/{ID}"));
    assert_eq!((read.size(), read.hash().0), (71, [9; 32]));

    let forged = ours.replacen("71", "72", 1);
    let note = Note::from_bytes(forged.as_bytes()).unwrap();
    assert!(note.verify(&verifiers(&keys.public())).is_err());
}

proptest! {
    #[test]
    fn a_checkpoint_of_theirs_verifies_here(seed: [u8; 32], size: u64, root: [u8; 32]) {
        let (signer, key) = their_key(seed);
        let wanted = checkpoint(size, root);
        let mut note = Note::new(wanted.text().as_bytes(), &[]).unwrap();
        note.add_sigs(&[&signer]).unwrap();
        let read = SignedNote::parse(&note.to_bytes()).unwrap();
        prop_assert_eq!(read.verify_alone(ID, &key), Ok(wanted));
        prop_assert_eq!(read.to_text().into_bytes(), note.to_bytes());
    }
}
