//! Ledgers that are written, read, torn and bent.

use std::fs;
use std::path::Path;

use sim::exchange::book::{AccountId, AccountKind};
use types::market::TsNanos;

use super::*;

fn at(n: u64) -> TsNanos {
    TsNanos::from_nanos(i64::try_from(n).expect("small"))
}

fn control(what: &str) -> Row {
    Row::Control { what: what.to_owned() }
}

/// Opens, appends each of the texts as a group of its own, closes.
fn write(folder: &Path, options: Options, texts: &[&str]) -> (Vec<Row>, Option<Cut>) {
    let mut seen = Vec::new();
    let (ledger, cut) =
        Ledger::open(folder, options, |_, _, row| seen.push(row)).expect("a ledger");
    let mut written = ledger.written();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (n, text) in (1..).zip(texts) {
        let place = ledger.append([(at(n), control(text))]);
        runtime.block_on(written.wait_for(|done| *done >= place)).expect("the disk writes");
    }
    ledger.close().expect("the disk writes");
    (seen, cut)
}

fn texts<'a>(rows: &'a [Row]) -> Vec<&'a str> {
    let text =
        |row: &'a Row| if let Row::Control { what } = row { Some(what.as_str()) } else { None };
    rows.iter().filter_map(text).collect()
}

fn read(folder: &Path) -> Result<Vec<Row>, LedgerError> {
    let mut rows = Vec::new();
    Reader::open(folder)?.rows(|_, _, row| rows.push(row))?;
    Ok(rows)
}

#[test]
fn what_was_written_is_read_again_over_restarts_and_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Options { segment_bytes: 600 };
    write(folder.path(), small, &["a", "b", "c", "d", "e"]);
    let (before, cut) = write(folder.path(), small, &["f", "g"]);
    assert_eq!((texts(&before), cut), (vec!["a", "b", "c", "d", "e"], None));
    let rows = read(folder.path()).expect("a good ledger");
    assert_eq!(texts(&rows), ["a", "b", "c", "d", "e", "f", "g"]);
    let summary = verify(folder.path()).expect("a good ledger");
    assert!(summary.segments > 1, "{summary:?}");
    assert_eq!((summary.rows, summary.torn.clone()), (rows.len() as u64, None));
    assert_eq!(summary.kinds["control"], 7);
}

#[test]
fn two_venues_do_not_write_one_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Ledger::open(folder.path(), Options::default(), |_, _, _| {}).expect("a ledger");
    let second = Ledger::open(folder.path(), Options::default(), |_, _, _| {});
    assert!(matches!(second, Err(LedgerError::InUse(_))));
    first.0.close().expect("closed");
}

#[test]
fn a_tail_cut_at_any_byte_is_cut_to_the_last_whole_group_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), Options::default(), &["a", "b"]);
    let file = folder.path().join("ledger-00000001.txt");
    let whole = fs::read(&file).expect("read");
    let lines: Vec<usize> = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .collect();
    // The last line is the row "b"; before it stand the head of the file and "a".
    let (stays, all) = (lines[lines.len() - 2], whole.len());
    for end in (stays..=all).filter(|end| end % 16 == 0 || end - stays < 2 || all - end < 3) {
        for zeros in [0, 700] {
            let mut torn = whole[..end].to_vec();
            torn.resize(end + zeros, 0);
            fs::write(&file, &torn).expect("write");
            let (rows, cut) = write(folder.path(), Options::default(), &["c"]);
            if end == all {
                assert_eq!((texts(&rows), cut), (vec!["a", "b"], None));
            } else {
                assert_eq!(texts(&rows), ["a"], "cut at {end}");
                let bytes = (end - stays) as u64;
                let said = cut.map(|cut| (cut.offset, cut.bytes));
                assert_eq!(said, (bytes > 0).then_some((stays as u64, bytes)), "cut at {end}");
            }
            let after = read(folder.path()).expect("it goes on behind the cut");
            assert_eq!(texts(&after).last(), Some(&"c"));
        }
    }
}

#[test]
fn damage_before_the_tail_stops_the_start_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), Options::default(), &["a", "b", "c"]);
    let file = folder.path().join("ledger-00000001.txt");
    let whole = fs::read(&file).expect("read");
    let ends: Vec<usize> = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .collect();
    let last = ends[ends.len() - 2];
    for byte in 0..last {
        let mut bent = whole.clone();
        bent[byte] ^= 0x10;
        fs::write(&file, &bent).expect("write");
        let begins = ends.iter().rev().find(|end| **end <= byte).copied().unwrap_or(0) as u64;
        match read(folder.path()) {
            Err(LedgerError::Damaged { offset, .. }) => {
                // A bent line end makes one line of two.
                assert_eq!(offset, begins, "byte {byte}");
            }
            other => panic!("byte {byte}: {other:?}"),
        }
        let opened = Ledger::open(folder.path(), Options::default(), |_, _, _| {});
        assert!(matches!(opened, Err(LedgerError::Damaged { .. })), "byte {byte}");
        assert_eq!(fs::read(&file).expect("read"), bent, "a damaged file is left as it is");
    }
    let mut shorter = whole[..ends[0]].to_vec();
    shorter.extend_from_slice(&whole[ends[1]..]);
    fs::write(&file, &shorter).expect("write");
    assert!(matches!(read(folder.path()), Err(LedgerError::Damaged { .. })), "a row is missing");
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), Options { segment_bytes: 300 }, &["a", "b", "c", "d", "e", "f"]);
    fs::remove_file(folder.path().join("ledger-00000002.txt")).expect("there are several");
    let error = read(folder.path()).expect_err("a hole").to_string();
    assert!(error.contains("segment 2 is missing"), "{error}");
    assert!(matches!(verify(&folder.path().join("lock")), Err(LedgerError::Io { .. })));
}

#[test]
fn rows_of_one_call_are_there_together_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _) = Ledger::open(folder.path(), Options::default(), |_, _, _| {}).expect("open");
    ledger.append([(at(1), control("first"))]);
    ledger.close().expect("closed");
    let (ledger, _) = Ledger::open(folder.path(), Options::default(), |_, _, _| {}).expect("open");
    ledger.append(["one", "two", "three"].map(|text| (at(2), control(text))));
    ledger.close().expect("closed");
    let file = folder.path().join("ledger-00000001.txt");
    let whole = fs::read(&file).expect("read");
    for end in (0..whole.len()).rev().take_while(|end| *end > whole.len() / 3) {
        fs::write(&file, &whole[..end]).expect("write");
        let rows = read(folder.path()).expect("a torn tail is no damage");
        let all = texts(&rows).len();
        assert!(all <= 1, "cut at {end}: {all} of the rows");
    }
}

#[test]
fn hostile_files_are_errors_or_cuts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger-00000001.txt");
    for bytes in [&b""[..], b"\n", b"\n\n\n", b"hello", &[0xff; 4_000], &[0; 5_000]] {
        fs::write(&file, bytes).expect("write");
        let rows = read(folder.path()).expect("nothing was ever whole");
        assert!(rows.is_empty());
        let (_, _) = write(folder.path(), Options::default(), &["a"]);
        assert_eq!(texts(&read(folder.path()).expect("begun anew")), ["a"]);
    }
}

#[test]
fn rows_are_written_as_the_document_says() {
    let row = Row::Account {
        account: AccountId(1),
        kind: AccountKind::Client,
        key: Some("alice".to_owned()),
    };
    let record =
        sim::exchange::ledger::Record { n: 3, t: at(5), row: std::borrow::Cow::Borrowed(&row) };
    assert_eq!(
        serde_json::to_string(&record).expect("JSON"),
        r#"{"n":3,"t":5,"row":{"account":{"account":1,"kind":"client","key":"alice"}}}"#
    );
}
