//! Histories that are torn, damaged or not there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use checker::{CheckError, LedgerError, Options, Verdict, check};
use journal::disk::{Disk, RealDisk};
use types::entry::{OperatorAction, ReportEvent};
use types::ids::Leg;

use crate::defects::{judged_at, verdict};
use crate::story::{ACCOUNT, Story, sale};

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
    assert!(matches!(asked(folder.path()), Err(CheckError::Journal(_))));
    story(folder.path());
    fs::write(folder.path().join("ledger/ledger-00000003.txt"), "").unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::Missing { .. }))));
    fs::remove_dir_all(folder.path().join("ledger")).unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::Io { .. }))));
    fs::create_dir(folder.path().join("ledger")).unwrap();
    assert!(matches!(asked(folder.path()), Err(CheckError::Ledger(LedgerError::NoLedger(_)))));
}

#[test]
fn commands_of_the_emergency_file_are_commands() {
    let mut story = Story::new();
    let position = story.open();
    let dead = story.entries.len();
    // Places that are left to what the next opening has to say.
    let room = 15;
    for _ in 0..room {
        story.bar("100");
    }
    let cause = story.operator(OperatorAction::Flatten);
    story.cancel(position.stop, cause);
    story.ends(position.stop, "CANCELLED");
    let request = sale("0.999");
    let order = story.command(Leg::Main, cause, request);
    story.works(order, &request);
    let fill = story.trade(order, &request, "0.999", "100");
    story.report(order, ReportEvent::Filled(fill));
    let aside = story.entries.split_off(dead);
    let folder = tempfile::tempdir().unwrap();
    story.write(folder.path());
    let report = judged_at(folder.path());
    assert_eq!(verdict(&report, "cause_before_effect"), Verdict::Fail, "{report}");

    let file = folder.path().join("state.emergency");
    let mut text = String::new();
    for entry in &aside[room..] {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let bytes = Base64::encode_string(&bytes);
        let seq = entry.seq.0;
        text += &format!(
            r#"{{"at":1,"name":"hub","what":{{"entry":{{"seq":{seq},"bytes":"{bytes}"}}}}}}"#
        );
        text.push('\n');
    }
    text += r#"{"at":2,"name":"ann","what":"kill"}"#;
    fs::write(&file, &text).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path().join("journal")));
    let options = Options { emergency: Some(file.clone()), ..Options::new(ACCOUNT) };
    let check = || check(&disk, &folder.path().join("ledger"), &options);
    let report = check().unwrap();
    assert_ne!(report.verdict, Verdict::Fail, "{report}");
    fs::write(&file, "{").unwrap();
    assert!(matches!(check(), Err(CheckError::Emergency { .. })));
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
