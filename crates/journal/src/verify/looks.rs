//! A folder in which something does not hold is looked at again: cable, controller or memory may be at fault, not what lies on the disk.

use std::collections::BTreeSet;

use super::report::{Finding, Report};
use super::{VerifyError, at};
use crate::disk::{Access, Disk, Kind, LOOKS_MAX, unsteady};

/// Looks until two looks in a row say the same, or one finds nothing: what holds, by its checksums and hashes, is believed at once.
pub(super) fn steady(
    disk: &dyn Disk,
    look: impl Fn() -> Result<Report, VerifyError>,
) -> Result<Report, VerifyError> {
    let mut report = look()?;
    let mut before = Vec::new();
    for _ in 1..LOOKS_MAX {
        if report.holds() {
            return Ok(report);
        }
        forget(disk, "");
        let again = look()?;
        let agree = again.holds() || all_told(&again.findings) == all_told(&report.findings);
        before.extend(std::mem::replace(&mut report, again).findings);
        if agree {
            report.misread = gone(before, &report.findings);
            return Ok(report);
        }
    }
    let file = report.findings.first().map_or("", |finding| &finding.file);
    at(file, Err(unsteady()))
}

/// What makes two findings the same: the place, and in a segment what was seen there. Beside the segments the words also name what
/// a writer has added since.
type Told<'a> = (&'a str, u64, Option<&'a str>);

fn told(finding: &Finding) -> Told<'_> {
    let seen = finding.file.starts_with("segments/").then_some(finding.seen.as_str());
    (&finding.file, finding.offset, seen)
}

fn all_told(findings: &[Finding]) -> BTreeSet<Told<'_>> {
    findings.iter().map(told).collect()
}

/// Returns what was told before and is not told any more, each once.
fn gone(before: Vec<Finding>, now: &[Finding]) -> Vec<Finding> {
    let now = all_told(now);
    let mut gone: Vec<Finding> = Vec::new();
    for finding in before {
        let is_same = |other: &Finding| told(other) == told(&finding);
        if !now.contains(&told(&finding)) && !gone.iter().any(is_same) {
            gone.push(finding);
        }
    }
    gone
}

/// Lets the next look ask the device, as far as that is possible: a file that cannot be opened has nothing in memory.
fn forget(disk: &dyn Disk, folder: &str) {
    for found in disk.list(folder).unwrap_or_default() {
        let path = if folder.is_empty() { found.name } else { format!("{folder}/{}", found.name) };
        match found.kind {
            Kind::File => {
                if let Ok(file) = disk.open(&path, Access::Read) {
                    file.forget();
                }
            }
            Kind::Folder => forget(disk, &path),
            Kind::Other => {}
        }
    }
}
