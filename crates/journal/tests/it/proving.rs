//! Proofs that verify without the journal.

use journal::disk::Disk;
use journal::prove::{Proof, ProveError, Prover};
use journal::verify::{VerifyOptions, verify};
use journal::{Journal, Seq};

use crate::desk::{Desk, ID, write};

/// A journal of 600 entries: three levels of the tree have files or parts of one.
fn written() -> Desk {
    let desk = Desk::new();
    let mut journal = desk.create();
    for _ in 0..12 {
        write(&mut journal, 50);
    }
    journal.close().unwrap();
    desk
}

fn prove(desk: &Desk, seq: u64) -> Result<String, ProveError> {
    Ok(Prover::open(desk.folder())?.prove(Seq(seq))?.to_text())
}

#[test]
fn each_entry_is_proven_and_the_proof_verifies_from_its_text_alone() {
    let desk = written();
    let key = desk.keys().public();
    let mut prover = Prover::open(desk.folder()).unwrap();
    for seq in 1..=600 {
        let text = prover.prove(Seq(seq)).unwrap().to_text();
        let proof = Proof::parse(&text).unwrap();
        let proven = proof.verify(&key).unwrap();
        assert_eq!((proven.id, proven.size, proven.entry.seq), (ID, Seq(600), Seq(seq)));
        assert_eq!(proven.entry.payload, format!("entry {seq}").as_bytes());
    }
    let proof = Proof::parse(&prove(&desk, 300).unwrap()).unwrap();
    assert!(proof.verify(&Desk::seeded(9).keys().public()).is_err(), "another key");
}

/// Segments of half a megabyte are halved to find an entry: in commits of one, in commits of many.
#[test]
fn entries_of_large_segments_are_found() {
    for batch in [1, 5000] {
        let mut desk = Desk::new();
        desk.options.segment_bytes = 600 << 10;
        desk.options.checkpoint_every = 100_000;
        let mut journal = desk.create();
        while desk.segments().len() < 3 {
            write(&mut journal, batch);
        }
        journal.checkpoint().unwrap();
        let size = journal.head().seq.0;
        let key = desk.keys().public();
        let mut prover = Prover::open(desk.folder()).unwrap();
        for seq in (1..=size).step_by(97).chain([2, size]) {
            let proof = prover.prove(Seq(seq)).unwrap();
            let payload = proof.verify(&key).unwrap().entry.payload.to_vec();
            assert_eq!(payload, format!("entry {seq}").as_bytes(), "in commits of {batch}");
        }
    }
}

#[test]
fn each_flipped_bit_and_each_cut_of_a_proof_is_refused() {
    let desk = written();
    let key = desk.keys().public();
    let text = prove(&desk, 300).unwrap();
    let holds = |bytes: &[u8]| {
        let text = str::from_utf8(bytes).ok();
        text.and_then(|text| Proof::parse(text).ok())
            .is_some_and(|proof| proof.verify(&key).is_ok())
    };
    let bytes = text.as_bytes();
    assert!(holds(bytes));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(&flipped), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(!holds(&bytes[..len]), "{len}");
    }
}

#[test]
fn the_files_of_the_tree_are_not_needed_and_never_believed() {
    let desk = written();
    let whole = prove(&desk, 257).unwrap();
    desk.inside.remove("tree/1").unwrap();
    desk.inside.remove("tree/0").unwrap();
    assert_eq!(prove(&desk, 257).unwrap(), whole, "from the segments");

    let desk = written();
    desk.inside.flip_bit("tree/0", 8 * 32 * 300).unwrap();
    let error = prove(&desk, 257).unwrap_err();
    assert!(matches!(error, ProveError::Root), "{error}");
    assert!(!verify(&desk.inside, &VerifyOptions::default()).unwrap().holds());
}

#[test]
fn what_cannot_be_proven_says_why() {
    let desk = Desk::new();
    let mut journal = desk.create();
    write(&mut journal, 3);
    assert!(matches!(prove(&desk, 1), Err(ProveError::NoCheckpoint)));
    journal.checkpoint().unwrap();
    for seq in [0, 4] {
        assert!(matches!(prove(&desk, seq), Err(ProveError::Outside { .. })), "{seq}");
    }
    desk.inside.write_file("checkpoint", b"none").unwrap();
    assert!(matches!(prove(&desk, 1), Err(ProveError::Note(_))));
}
