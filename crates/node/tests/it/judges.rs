//! The two judges, `audit check` and its second in Python, on the same journal and ledger.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Said, plimsoll};

/// What a judge says of each rule.
pub(crate) type Verdicts = BTreeMap<String, String>;

/// Asks the first judge.
pub(crate) fn first(journal: &Path, ledger: &Path, more: &[&str]) -> Said {
    let [journal, ledger] = [journal, ledger].map(|folder| folder.to_str().unwrap());
    let args = ["audit", "check", journal, "--ledger", ledger, "--json"];
    plimsoll(&[&args, more].concat())
}

/// Returns the verdicts of the first judge's report.
pub(crate) fn verdicts(report: &Value) -> Verdicts {
    let rules = report["rules"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rules.map(|rule| (text(&rule["rule"]), text(&rule["verdict"]))).collect()
}

/// Asks the second judge: its report, and its exit code. Without Python it says so.
#[expect(clippy::print_stdout, reason = "how a test says that it did not run")]
pub(crate) fn second(
    test: &str,
    journal: &Path,
    ledger: &Path,
    more: &[&str],
) -> Option<(Value, i32)> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verify_histories.py");
    let mut command = Command::new("python3");
    // Without -B Python would leave compiled files beside the sources.
    command.arg("-B").arg(tool).arg(journal).arg(ledger).arg("--json").args(more);
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED {test}: no python3");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let error = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code().expect("ended by itself");
    let said = serde_json::from_slice(&output.stdout);
    Some((said.unwrap_or_else(|wrong| panic!("{wrong}: exit code {code}: {error}")), code))
}

/// Wants that neither finds anything, and that both say the same of each rule that the second knows.
#[track_caller]
pub(crate) fn agree(test: &str, journal: &Path, ledger: &Path) {
    let report = first(journal, ledger, &[]).json();
    assert_ne!(report["verdict"], "fail", "{report:#}");
    let wanted = verdicts(&report);
    let Some((told, _)) = second(test, journal, ledger, &[]) else { return };
    let seen: Verdicts = serde_json::from_value(told["rules"].clone()).unwrap();
    let different: Vec<_> =
        seen.iter().filter(|(rule, seen)| wanted.get(*rule) != Some(*seen)).collect();
    assert!(different.is_empty(), "{different:?}, the first says {wanted:?}; {}", told["findings"]);
}
