//! The second judge, `tools/verify_histories.py`, against the first: the same histories, the same verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::defects::{judged_at, verdict};
use crate::planted::{
    Defect, adopted, adopted_to_dust, bought_by_another, clean, defects, late_bar,
};
use crate::story::Story;

/// Judges each folder below one, in one process: a line of JSON with its verdicts.
const JUDGE_ALL: &str = "
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from verify_histories import judged
for folder in sorted(Path(sys.argv[2]).iterdir()):
    print(json.dumps([folder.name, judged(folder / 'journal', folder / 'ledger').verdicts()]))
";

/// Asks the second judge about each folder below one. Without Python it says so.
#[expect(clippy::print_stdout, reason = "how a test says that it did not run")]
fn second(test: &str, folder: &Path) -> Option<Vec<(String, BTreeMap<String, String>)>> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    // Without -B Python would leave compiled files beside the sources.
    let mut command = Command::new("python3");
    match command.args(["-B", "-c", JUDGE_ALL]).arg(tools).arg(folder).output() {
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{error}");
            let lines = String::from_utf8(output.stdout).unwrap();
            Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED {test}: no python3");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Stories that no judge may find anything in.
const GOOD: [Defect; 6] = [
    ("a clean story", clean, &[]),
    ("what a person adopted", adopted, &[]),
    ("what a person adopted, but for dust", adopted_to_dust, &[]),
    ("what somebody else bought", bought_by_another, &[]),
    ("an older bar that comes late", late_bar, &[]),
    ("nothing at all", |_| {}, &[]),
];

/// Rules that the first judge has alone, and why.
const FIRST_ALONE: [(&str, &str); 7] = [
    ("drawdown_measured", "of no invariant: what the engine measured"),
    ("entries_on_fresh_data", "of no invariant: what the engine waits for"),
    ("entries_while_running", "of no invariant: modes"),
    ("order_of_time", "of no invariant: places count up by the journal's own format"),
    ("replay_equals_run", "it takes the engine"),
    ("safe_mode_released", "of no invariant: modes"),
    ("symbol_open", "of no invariant: incidents"),
];

#[test]
fn two_judges_that_share_no_line_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = BTreeMap::new();
    for (number, (what, tell, _)) in GOOD.iter().chain(defects()).enumerate() {
        let name = format!("{number:03}");
        let mut story = Story::new();
        tell(&mut story);
        story.end();
        story.write(&folder.path().join(&name));
        let report = judged_at(&folder.path().join(&name));
        let found = report.rules.iter().any(|rule| !rule.findings.is_empty());
        assert!(number >= GOOD.len() || !found, "{what}: {:?}", report.rules);
        first.insert(name.clone(), (what, report));
    }
    let test = "two_judges_that_share_no_line_say_the_same";
    let Some(all) = second(test, folder.path()) else { return };
    assert_eq!(all.len(), first.len());
    let mut different = Vec::new();
    for (name, rules) in all {
        let (what, first) = &first[&name];
        let alone: BTreeSet<&str> = FIRST_ALONE.iter().map(|(rule, _)| *rule).collect();
        let all = first.rules.iter().map(|rule| rule.rule);
        let both: BTreeSet<&str> = all.filter(|rule| !alone.contains(rule)).collect();
        let theirs: BTreeSet<&str> = rules.keys().map(String::as_str).collect();
        assert_eq!(theirs, both, "a rule that one judge has alone needs its reason: FIRST_ALONE");
        for (rule, seen) in rules {
            let wanted = verdict(first, &rule).name();
            if seen.to_uppercase() != wanted {
                different.push(format!("{what}: {rule}: {seen}, the first says {wanted}"));
            }
        }
    }
    assert_eq!(different, [""; 0]);
}
