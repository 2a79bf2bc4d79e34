//! Folders with one thing wrong each.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::check::Verdict;
use super::*;
use crate::cli::control::HubArgs;
use crate::control::emergency::{self, Line, What};
use crate::control::tests::Scripted;
use crate::control::{Answer, socket};

fn args(state: &Path) -> DoctorArgs {
    let hub = HubArgs { state: state.to_owned(), wait: Duration::from_secs(30) };
    DoctorArgs { hub, config: None }
}

/// Returns what one check says of a folder.
fn verdict(args: &DoctorArgs, name: &str) -> Check {
    let found = look(args).into_iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no check {name}"))
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn nothing_is_found_bad_before_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let checks = look(&args(&folder.path().join("state")));
    let bad: Vec<_> = checks.iter().filter(|check| check.verdict >= Verdict::Warn).collect();
    assert!(bad.iter().all(|check| check.name == "disk"), "{bad:?}");
    assert!(human_form(&checks).iter().any(|line| line.contains("no hub has run on it yet")));
}

#[test]
fn what_others_can_get_at_is_bad_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir_all(state.join("journal.keys")).unwrap();
    let key = state.join("journal.keys/journal.key");
    fs::write(&key, "x").unwrap();
    let args = args(&state);
    let table: [(&str, &Path, u32, u32); 2] =
        [("state folder", &state, 0o755, 0o775), ("journal keys", &key, 0o600, 0o640)];
    for (name, path, good, bad) in table {
        mode(path, good);
        assert_eq!(verdict(&args, name).verdict, Verdict::Fine, "{name}");
        mode(path, bad);
        let check = verdict(&args, name);
        assert_eq!(check.verdict, Verdict::Bad, "{name}");
        assert!(check.remedy.unwrap().starts_with("chmod"), "{name}");
    }
    fs::write(socket(&state), "x").unwrap();
    assert_eq!(verdict(&args, "control socket").verdict, Verdict::Bad);
}

#[test]
fn an_order_that_waits_and_a_line_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let args = args(&state);
    assert_eq!(verdict(&args, "emergency file").verdict, Verdict::Fine);
    let line = Line { at: 1, name: "ada".to_owned(), what: What::Kill };
    emergency::append(&state, &line).unwrap();
    assert_eq!(verdict(&args, "emergency file").verdict, Verdict::Warn);
    fs::write(emergency::path(&state), "{").unwrap();
    assert_eq!(verdict(&args, "emergency file").verdict, Verdict::Bad);
}

#[test]
fn a_damaged_journal_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let segments = folder.path().join("journal/segments");
    fs::create_dir_all(&segments).unwrap();
    let args = args(folder.path());
    assert_eq!(verdict(&args, "journal").verdict, Verdict::Unknown, "no segment yet");
    fs::write(segments.join("00000001-0000000000000001.seg"), [7; 5_000]).unwrap();
    let check = verdict(&args, "journal");
    assert_eq!(check.verdict, Verdict::Bad);
    assert!(check.seen.contains("00000001-0000000000000001.seg"), "{check:?}");
}

#[test]
fn a_configuration_is_checked_where_one_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    let mut args = args(folder.path());
    assert_eq!(verdict(&args, "configuration").verdict, Verdict::Unknown);
    args.config = Some(file.clone());
    for (text, wanted) in [("", Verdict::Fine), ("nonsense = 1\n", Verdict::Bad)] {
        fs::write(&file, text).unwrap();
        assert_eq!(verdict(&args, "configuration").verdict, wanted, "{text}");
    }
}

#[test]
fn the_hubs_own_view_is_asked_for() {
    let hub = Scripted::new(|request| {
        request.reply.finish(Answer::Told(json!([
            { "name": "venue", "healthy": true, "seen": "p50 3 ms" },
            { "name": "store", "healthy": false, "seen": "disk full" },
            { "name": "model" },
        ])));
    });
    let checks = look(&args(hub.state()));
    let parts: Vec<_> = checks
        .iter()
        .filter(|check| check.name.starts_with("hub"))
        .map(|check| check.verdict)
        .collect();
    assert_eq!(parts, [Verdict::Fine, Verdict::Fine, Verdict::Bad, Verdict::Unknown]);

    let broken = Scripted::new(|request| request.reply.finish(Answer::Told(json!("?"))));
    assert_eq!(verdict(&args(broken.state()), "hub").verdict, Verdict::Bad);
    let gone = tempfile::tempdir().unwrap();
    assert_eq!(verdict(&args(gone.path()), "hub").verdict, Verdict::Unknown);
}
