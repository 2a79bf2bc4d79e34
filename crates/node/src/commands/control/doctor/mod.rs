//! `doctor`: what is wrong, and what to do about it. It changes nothing.

mod check;
mod config;
mod files;
mod hub;
mod journal;
mod machine;
mod venue;

use serde_json::json;

use check::{Check, Verdict};

use crate::cli::control::DoctorArgs;
use crate::exit::{Exit, Outcome};
use crate::out::{Out, columns};

/// Looks at everything and says what is wrong.
pub(crate) fn run(args: &DoctorArgs, out: Out) -> Outcome {
    let checks = look(args);
    let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Unknown);
    out.json(&json!({ "ok": worst < Verdict::Bad, "worst": worst, "checks": checks }))?;
    for line in human_form(&checks) {
        out.line(line)?;
    }
    Ok(if worst == Verdict::Bad { Exit::No } else { Exit::Ok })
}

/// All checks, from the machine outwards.
fn look(args: &DoctorArgs) -> Vec<Check> {
    let state = &args.hub.state;
    let mut checks = vec![machine::clock(), machine::synchronised(), machine::disk(state)];
    checks.extend(files::all(state));
    checks.push(journal::readable(state));
    checks.extend(config::all(args.config.as_deref()));
    checks.extend(venue::all(args.config.as_deref()));
    checks.extend(hub::all(&args.hub));
    checks
}

fn human_form(checks: &[Check]) -> Vec<String> {
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| vec![check.name.to_owned(), check.verdict.word().to_owned()])
        .collect();
    let laid = columns(&["check", "verdict"], &rows);
    let (head, laid) =
        laid.split_first().map(|(head, rows)| (head.clone(), rows)).unwrap_or_default();
    let mut lines = vec![head];
    for (row, check) in laid.iter().zip(checks) {
        lines.push(format!("{row}  {}", check.seen));
        lines.extend(check.remedy.iter().map(|remedy| format!("    -> {remedy}")));
    }
    lines
}

#[cfg(test)]
mod tests;
