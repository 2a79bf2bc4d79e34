//! Records: round trips, each flipped bit, each cut, hostile bytes.

use proptest::prelude::*;

use super::*;

const ID: JournalId = JournalId([9; 16]);

fn commit(offset: u64, durable_offset: u64) -> Commit {
    Commit {
        term: Term(3),
        seq: Seq(7),
        durable: Seq(5),
        offset,
        durable_offset,
        root: Hash([4; 32]),
        id: ID,
    }
}

fn seal() -> Seal {
    Seal {
        term: Term(3),
        seq: Seq(7),
        offset: 900,
        cut_bytes: 12,
        cut_reason: 1,
        root: Hash([4; 32]),
        id: ID,
    }
}

fn each_type() -> Vec<(Vec<u8>, Record<'static>)> {
    let draft = Draft { kind: 20, schema: 2, payload: b"body" };
    let entry = Entry { seq: Seq(6), kind: 20, schema: 2, payload: b"body" };
    let leaves = Leaves { first: Seq(11), hashes: &[[1; 32], [2; 32]] };
    let bytes = |put: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        put(&mut out);
        out
    };
    vec![
        (bytes(&|out| put_entry(out, Seq(6), &draft)), Record::Entry(entry)),
        (bytes(&|out| put_commit(out, &commit(500, 128))), Record::Commit(commit(500, 128))),
        (bytes(&|out| put_checkpoint(out, b"note\n")), Record::Checkpoint(b"note\n")),
        (bytes(&|out| put_seal(out, &seal())), Record::Seal(seal())),
        (bytes(&|out| put_leaves(out, &leaves)), Record::Leaves(leaves)),
    ]
}

#[test]
fn each_record_comes_back_as_it_was() {
    for (bytes, record) in each_type() {
        assert_eq!(parse_record(&bytes), Ok(Parsed::Record(record, bytes.len())));
        let mut more = bytes.clone();
        more.extend_from_slice(b"next");
        assert_eq!(parse_record(&more), Ok(Parsed::Record(record, bytes.len())));
    }
}

#[test]
fn an_entry_lies_where_the_page_says_and_its_leaf_in_one_piece() {
    let (bytes, _) = each_type().swap_remove(0);
    assert_eq!(bytes[..4], 17_u32.to_le_bytes());
    assert_eq!(
        bytes[4..8],
        crc32c::crc32c(&[&17_u32.to_le_bytes()[..], &bytes[8..]].concat()).to_le_bytes()
    );
    assert_eq!(bytes[8], 1);
    assert_eq!(leaf_data(&bytes), b"\x06\0\0\0\0\0\0\0\x14\0\x02\0body");
    assert_eq!(leaf_data(b"short"), b"");
}

#[test]
fn sizes_are_those_of_the_page() {
    let sizes: Vec<usize> = each_type().iter().map(|(bytes, _)| bytes.len()).collect();
    assert_eq!(sizes, [25, COMMIT_RECORD_BYTES, 14, SEAL_RECORD_BYTES, 8 + 13 + 64]);
    assert_eq!((COMMIT_RECORD_BYTES, SEAL_RECORD_BYTES), (97, 90));
}

#[test]
fn each_flipped_bit_and_each_cut_is_an_error() {
    for (bytes, record) in each_type() {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(parse_record(&flipped).is_err(), "{record:?}, bit {bit}");
        }
        for len in 0..bytes.len() {
            let wanted = if len < FRAME_BYTES { FRAME_BYTES } else { bytes.len() };
            assert_eq!(parse_record(&bytes[..len]), Err(RecordError::Short { saw: len, wanted }));
        }
    }
}

#[test]
fn zeros_are_the_end_and_nothing_else_is() {
    assert_eq!(parse_record(&[0; 8]), Ok(Parsed::End));
    assert_eq!(parse_record(&[0, 0, 0, 0, 1, 0, 0, 0]), Err(RecordError::Length(0)));
    assert!(matches!(parse_record(&[0xFF; 64]), Err(RecordError::Length(_))));
}

#[test]
fn a_body_of_the_wrong_form_under_a_right_checksum_is_an_error() {
    let parse = |kind: u8, body: &[u8]| {
        let mut out = Vec::new();
        put(&mut out, kind, |out| out.extend_from_slice(body));
        match parse_record(&out) {
            Err(error) => error,
            Ok(parsed) => panic!("{parsed:?}"),
        }
    };
    assert_eq!(parse(ENTRY, &[0; 11]), RecordError::Form("entry"));
    assert_eq!(parse(COMMIT, &[0; 87]), RecordError::Form("commit"));
    assert_eq!(parse(COMMIT, &[0; 89]), RecordError::Form("commit"));
    assert_eq!(parse(CHECKPOINT, &vec![0; NOTE_BYTES_MAX + 1]), RecordError::Form("checkpoint"));
    assert_eq!(parse(SEAL, &[0; 82]), RecordError::Form("seal"));
    assert_eq!(parse(LEAVES, &[0; 12]), RecordError::Form("leaves"));
    assert_eq!(parse(LEAVES, &[1; 12 + 31]), RecordError::Form("leaves"));
    assert_eq!(parse(0, b""), RecordError::Type(0));
    assert_eq!(parse(6, b""), RecordError::Type(6));
}

#[test]
fn only_a_commit_of_this_journal_in_its_place_proves_that_bytes_were_on_disk() {
    let find = |commit: Commit, id: JournalId, at_least: u64| {
        let mut bytes = vec![89; 13];
        put_commit(&mut bytes, &commit);
        bytes.extend_from_slice(&[0; 5]);
        find_commit(&bytes, 1000, id, at_least)
    };
    let sound = commit(1013, 950);
    assert_eq!(find(sound, ID, 949), Some(sound));
    assert_eq!(find(sound, ID, 950), None, "written while the bytes were not yet on disk");
    assert_eq!(find(commit(1012, 950), ID, 0), None, "carried here by a payload");
    assert_eq!(find(sound, JournalId([8; 16]), 0), None, "of another journal");
}

proptest! {
    #[test]
    fn entries_of_any_bytes_come_back(seq in 0..u64::MAX, kind: u16, schema: u16, payload: Vec<u8>) {
        let mut out = Vec::new();
        put_entry(&mut out, Seq(seq), &Draft { kind, schema, payload: &payload });
        let entry = Entry { seq: Seq(seq), kind, schema, payload: &payload };
        prop_assert_eq!(parse_record(&out), Ok(Parsed::Record(Record::Entry(entry), out.len())));
    }

    #[test]
    fn hostile_bytes_give_a_value_or_an_error(bytes: Vec<u8>) {
        let _ = parse_record(&bytes);
        let _ = find_commit(&bytes, u64::MAX, ID, 0);
    }
}
