//! `backtest --journal`, `audit` and `replay`: a run that is kept, checked, shown and decided again.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Folder, Said, klines, plimsoll, shared};

/// A kept run of the reference rule over 60 days; returns its answer and where the journal is.
fn kept(folder: &Folder) -> (Value, String) {
    let file = folder.write("WAVEUSD-1h-2024.csv", klines(1_440));
    let journal = folder.path().join("journal").to_str().unwrap().to_owned();
    let said = plimsoll(&[
        "backtest",
        "--data",
        &file,
        "--policy",
        "ema_cross",
        "--json",
        "--journal",
        &journal,
    ]);
    (said.ended(0).json(), journal)
}

fn audit(args: &[&str]) -> Said {
    plimsoll(&[&["audit"], args].concat())
}

fn segments(journal: &str) -> Vec<PathBuf> {
    let folder = fs::read_dir(Path::new(journal).join("segments")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_kept_run_is_the_same_run_and_replays_to_the_same_hashes() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let file = folder.path().join("WAVEUSD-1h-2024.csv");
    let file = file.to_str().unwrap();
    let plain = plimsoll(&["backtest", "--data", file, "--policy", "ema_cross", "--json"]);
    let plain = plain.ended(0).json();
    assert!(answer["trades"].as_u64() > Some(0), "{answer}");
    let replayed = plimsoll(&["replay", &journal, "--json"]).ended(0).json();
    assert_eq!(replayed["equal"], true);
    for key in ["decisions_hash", "state_hash", "books_hash"] {
        assert_eq!(answer[key], plain[key], "keeping a run changes nothing: {key}");
        assert_eq!(replayed[key], answer[key], "{key}");
    }
    assert!(answer["plain_bars_per_second"].as_f64() > Some(0.0), "the speed without a journal");
    assert!(plain["plain_bars_per_second"].is_null(), "it is the only one: {plain}");
    assert_eq!(replayed["entries"], answer["journal"]["entries"]);
    assert_eq!(replayed["snapshots"][0]["found"], "same", "{replayed}");

    let said = plimsoll(&["replay", &journal]).ended(0);
    assert!(said.out.starts_with("equal: "), "{}", said.out);
}

#[test]
fn entries_are_shown_by_place_kind_and_symbol() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let said = audit(&["show", &journal, "--limit", "3"]).ended(0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("1 2024-01-01T00:00:00Z Genesis"), "{}", lines[0]);
    assert!(lines[2].ends_with("Instruments WAVEUSD"), "{}", lines[2]);

    let said = audit(&["show", &journal, "--kind", "report", "--symbol", "WAVEUSD", "--json"]);
    let reports = said.ended(0).json();
    let reports = reports.as_array().unwrap();
    assert!(!reports.is_empty() && reports.iter().all(|entry| entry["kind"] == "Report"));
    let seq = reports[0]["seq"].to_string();
    let one = audit(&["show", &journal, "--seq", &seq, "--json"]).ended(0).json();
    assert_eq!(one[0], reports[0]);

    let said = audit(&["export", &journal]).ended(0);
    let exported: Vec<Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported.len() as u64, answer["journal"]["entries"].as_u64().unwrap());
    assert!(exported.iter().zip(1_u64..).all(|(entry, seq)| entry["seq"] == seq));
    let decisions = exported.iter().filter(|entry| entry["kind"] == "Decision").count();
    assert_eq!(decisions as u64, answer["decisions"].as_u64().unwrap());

    audit(&["show", &journal, "--seq", "99999999"]).ended(64).complains(&["no entry 99999999"]);
    audit(&["show", &journal, "--kind", "Trade"]).ended(64).complains(&["one of Genesis"]);
}

#[test]
fn a_journal_is_begun_in_a_folder_without_one_and_its_key_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let (_, journal) = kept(&folder);
    let file = folder.path().join("WAVEUSD-1h-2024.csv");
    let again = plimsoll(&["backtest", "--data", file.to_str().unwrap(), "--journal", &journal]);
    again.ended(1).complains(&["there is a journal in the folder", &journal]);
    let key = folder.path().join("journal.keys/journal.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);

    let none = folder.path().join("none");
    for command in [&["replay"][..], &["audit", "show"], &["audit", "checkpoint"]] {
        let said = plimsoll(&[command, &[none.to_str().unwrap()]].concat());
        said.ended(65).complains(&["no journal in the folder"]);
    }
}

#[test]
fn a_checkpoint_is_printed_as_it_was_signed() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let said = audit(&["checkpoint", &journal]).ended(0);
    let stored = fs::read_to_string(Path::new(&journal).join("checkpoint")).unwrap();
    assert_eq!(said.out, stored);
    let form = audit(&["checkpoint", &journal, "--json"]).ended(0).json();
    assert_eq!(form["size"], answer["journal"]["entries"]);
    assert_eq!(form["root"], answer["journal"]["root"]);
}

/// The whole chain of a doubter: the journal verifies and replays; one byte changed anywhere is
/// found and named with its entry.
#[test]
fn one_changed_byte_is_named_with_its_entry() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    doubt(&answer, &journal);
}

#[test]
fn a_run_over_recorded_bars_verifies_replays_and_names_a_changed_byte() {
    let name = "a_run_over_recorded_bars_verifies_replays_and_names_a_changed_byte";
    let Some(bars) = shared(name, "data/binance-spot/1h") else { return };
    let folder = Folder::new();
    let journal = folder.path().join("journal").to_str().unwrap().to_owned();
    let bars = bars.to_str().unwrap();
    let args = ["backtest", "--data", bars, "--to", "2018-10-01", "--json", "--journal", &journal];
    let answer = plimsoll(&args).ended(0).json();
    assert!(answer["journal"]["entries"].as_u64() > Some(50_000), "{answer}");
    let replayed = plimsoll(&["replay", &journal, "--json"]).ended(0).json();
    assert_eq!(replayed["state_hash"], answer["state_hash"]);
    doubt(&answer, &journal);
}

/// Verifies a journal, changes one byte in the middle of it, and wants its entry to be named.
fn doubt(answer: &Value, journal: &str) {
    audit(&["verify", journal]).ended(0);
    let path = segments(journal).remove(0);
    let whole = fs::read(&path).unwrap();
    // The close of some bar in the middle of the file.
    let entries = answer["journal"]["entries"].as_u64().unwrap();
    let middle = (entries / 2).to_string();
    let shown = audit(&["show", journal, "--seq", &middle, "--json"]).ended(0).json();
    let mut wanted = b"\x01".to_vec();
    wanted.extend(shown[0]["seq"].as_u64().unwrap().to_le_bytes());
    let at = whole.windows(wanted.len()).position(|window| window == wanted).unwrap();
    let mut edited = whole.clone();
    edited[at + 40] ^= 1;
    fs::write(&path, &edited).unwrap();
    let said = audit(&["verify", journal, "--json"]).ended(2).json();
    assert_eq!(said["findings"][0]["seq"], shown[0]["seq"], "{said}");
    let said = plimsoll(&["replay", journal]).ended(65);
    said.complains(&[&middle]);
    fs::write(&path, &whole).unwrap();
    audit(&["verify", journal]).ended(0);
}

#[test]
fn an_entry_is_proven_to_somebody_without_the_journal() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let last = answer["journal"]["entries"].as_u64().unwrap();
    let key = folder.path().join("journal.keys/journal.pub");
    let key = key.to_str().unwrap();
    let text = audit(&["prove", &journal, &last.to_string()]).ended(0).out;
    let proof = folder.write("last.tlog-proof", &text);
    fs::remove_dir_all(&journal).unwrap();
    let said = audit(&["verify-proof", &proof, "--key", key, "--json"]).ended(0).json();
    assert_eq!((&said["holds"], &said["seq"]), (&true.into(), &last.into()));
    assert_eq!(said["entry"]["seq"], last);

    let forged = folder.write("forged.tlog-proof", text.replacen("index ", "index 1", 1));
    let said = audit(&["verify-proof", &forged, "--key", key]).ended(2);
    assert!(said.out.contains("does not hold"), "{}", said.out);
    audit(&["verify-proof", &proof, "--key", "nonsense"]).ended(64).complains(&["journal.pub"]);
}

#[test]
fn what_lies_beyond_an_outside_checkpoint_can_be_cut_unseen_and_before_it_cannot() {
    let folder = Folder::new();
    let (answer, journal) = kept(&folder);
    let checkpoint = folder.path().join("outside");
    fs::copy(Path::new(&journal).join("checkpoint"), &checkpoint).unwrap();
    let checkpoint = checkpoint.to_str().unwrap();
    let said = audit(&["verify", &journal, "--checkpoint", checkpoint, "--json"]).ended(0).json();
    assert_eq!(said["vouched"], answer["journal"]["entries"]);
    let said = audit(&["verify", &journal]).ended(0);
    assert!(said.out.contains("nothing outside vouches beyond 0"), "{}", said.out);

    // Another run of another market, put where the first was.
    let other = Folder::new();
    let (_, another) = kept(&other);
    let said = audit(&["verify", &another, "--checkpoint", checkpoint]).ended(2);
    assert!(!said.out.is_empty());
}

#[test]
fn an_amount_of_money_is_shown_whole_to_machines() {
    let folder = Folder::new();
    let (_, journal) = kept(&folder);
    let shown = audit(&["show", &journal, "--kind", "Flow", "--json"]).ended(0).out;
    // 10,000 in units of 1e-16: more digits than a JSON number of most readers holds.
    assert!(shown.contains("\"amount\":100000000000000000000"), "{shown}");
}
