//! Histories that are torn, damaged or not there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use checker::{CheckError, LedgerError, Options, Verdict, check};
use journal::disk::{Disk, RealDisk};

use crate::defects::{judged_at, verdict};
use crate::story::{ACCOUNT, Story};

const LEDGER: &str = "ledger/ledger-00000001.txt";

fn story(folder: &Path) {
    let mut story = Story::new();
    let position = story.open();
    story.close(&position, "90");
    story.end();
    story.write(folder);
}

fn asked(folder: &Path) -> Result<checker::Report, CheckError> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.join("journal")));
    check(&disk, &folder.join("ledger"), &Options::new(ACCOUNT))
}

#[test]
fn a_byte_of_the_ledger_that_changed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    story(folder.path());
    let whole = fs::read(folder.path().join(LEDGER)).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for place in (0..last).step_by(97) {
        let mut bent = whole.clone();
        bent[place] ^= 1;
        fs::write(folder.path().join(LEDGER), &bent).unwrap();
        let error = asked(folder.path()).unwrap_err();
        assert!(
            matches!(error, CheckError::Ledger(LedgerError::Damaged { .. })),
            "{place}: {error}"
        );
    }
}

#[test]
fn a_torn_tail_of_the_ledger_is_said_and_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    story(folder.path());
    let whole = fs::read(folder.path().join(LEDGER)).unwrap();
    for zeros in [0, 700] {
        let mut torn = whole[..whole.len() - 5].to_vec();
        torn.resize(torn.len() + zeros, 0);
        fs::write(folder.path().join(LEDGER), &torn).unwrap();
        let report = judged_at(folder.path());
        assert_ne!(report.verdict, Verdict::Fail, "{report}");
        assert!(report.to_string().contains("never synced"), "{report}");
    }
    let mut padded = whole;
    padded.resize(padded.len() + 4_096, 0);
    fs::write(folder.path().join(LEDGER), &padded).unwrap();
    assert!(!judged_at(folder.path()).to_string().contains("never synced"));
}

#[test]
fn a_byte_of_the_journal_that_changed_is_a_finding_and_a_torn_tail_is_none() {
    let folder = tempfile::tempdir().unwrap();
    story(folder.path());
    let segment = fs::read_dir(folder.path().join("journal/segments")).unwrap();
    let segment = segment.map(|entry| entry.unwrap().path()).next().unwrap();
    let whole = fs::read(&segment).unwrap();
    let mut bent = whole.clone();
    bent[900] ^= 1;
    fs::write(&segment, &bent).unwrap();
    let report = judged_at(folder.path());
    assert_eq!(verdict(&report, "nothing_lost"), Verdict::Fail, "{report}");
    fs::write(&segment, &whole[..whole.len() - 3]).unwrap();
    fs::remove_file(folder.path().join("journal/checkpoint")).unwrap();
    let report = judged_at(folder.path());
    assert_ne!(report.verdict, Verdict::Fail, "{report}");
    assert!(report.to_string().contains("the next opening repairs it"), "{report}");
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::Io { .. }))));
    fs::create_dir(folder.path().join("ledger")).unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::NoLedger(_)))));
    story(folder.path());
    fs::remove_dir_all(folder.path().join("journal")).unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Journal(_))));
    fs::write(folder.path().join("ledger/ledger-00000003.txt"), "").unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::Missing { .. }))));
}

#[test]
fn an_account_that_is_not_there_names_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    story(folder.path());
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path().join("journal")));
    let options = Options { venue_key: Some("nobody".to_owned()), ..Options::new(ACCOUNT) };
    let error = check(&disk, &folder.path().join("ledger"), &options).unwrap_err().to_string();
    assert!(error.contains("nobody") && error.contains("key"), "{error}");
}
