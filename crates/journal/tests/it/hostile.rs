//! Hostile bytes at every door: errors are fine, a panic is a defect, and what is accepted has one
//! spelling. The targets in `fuzz/` throw at the same doors for as long as somebody lets them.

mod throw;

use journal::prove::Prover;
use journal::{Journal as _, Seq};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::desk::{Desk, write};

/// A closed journal: its only segment's bytes, its checkpoint, a proof.
fn sound() -> (Vec<u8>, String, String) {
    let mut desk = Desk::new();
    desk.options.segment_bytes = 64 << 10;
    let mut journal = desk.create();
    write(&mut journal, 5);
    write(&mut journal, 30);
    journal.checkpoint().unwrap();
    journal.close().unwrap();
    let note = desk.inside.read_file("checkpoint").unwrap();
    let proof = Prover::open(desk.folder()).unwrap().prove(Seq(7)).unwrap().to_text();
    (desk.inside.read_file(&desk.last_segment()).unwrap(), String::from_utf8(note).unwrap(), proof)
}

/// One change of bytes that were sound.
#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Put(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, u8),
    Repeat(Index, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let few = || prop::collection::vec(any::<u8>(), 1..9);
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (any::<Index>(), few()).prop_map(|(at, bytes)| Edit::Put(at, bytes)),
        (any::<Index>(), few()).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Edit::Remove(at, count)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: Vec<Edit>) -> Vec<u8> {
    for edit in edits {
        if bytes.is_empty() {
            break;
        }
        let stretch = |at: usize, count: u8| at..bytes.len().min(at + usize::from(count) + 1);
        match edit {
            Edit::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Edit::Put(at, new) => {
                let at = at.index(bytes.len());
                for (old, new) in bytes[at..].iter_mut().zip(new) {
                    *old = new;
                }
            }
            Edit::Insert(at, new) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, new);
            }
            Edit::Remove(at, count) => {
                let gone = stretch(at.index(bytes.len()), count);
                bytes.drain(gone);
            }
            Edit::Repeat(at, count) => {
                let at = at.index(bytes.len());
                let again = bytes[stretch(at, count)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

#[test]
fn what_is_sound_is_accepted_at_every_door() {
    let (segment, note, proof) = sound();
    throw::records(&segment);
    throw::note(note.as_bytes());
    throw::proof(proof.as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        throw::records(&bytes);
        throw::note(&bytes);
        throw::proof(&bytes);
    }

    #[test]
    fn edited_bytes_never_panic(edits in prop::collection::vec(edit(), 1..6)) {
        let (segment, note, proof) = sound();
        throw::records(&edited(segment, edits.clone()));
        throw::note(&edited(note.into_bytes(), edits.clone()));
        throw::proof(&edited(proof.into_bytes(), edits));
    }
}
