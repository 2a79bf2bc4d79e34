//! [`Judge`]: what a rule counts and finds on its way to a verdict.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Need;
use crate::case::Sent;
use crate::ledger::OrderRow;
use crate::report::{Finding, RuleReport, Verdict};

/// Findings beyond so many are counted and not kept.
const FINDINGS_MAX: usize = 100;

/// Remarks of one rule.
const REMARKS_MAX: usize = 20;

/// Collects what a rule sees.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    evidence: BTreeMap<&'static str, u64>,
    remarks: Vec<String>,
    findings: Vec<Finding>,
    count: u64,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    entry: Option<u64>,
    row: Option<u64>,
    order: Option<&'a str>,
}

impl<'a> About<'a> {
    /// An entry of the journal.
    pub(crate) fn entry(seq: u64) -> Self {
        Self { entry: Some(seq), ..Self::default() }
    }

    /// A row of the ledger.
    pub(crate) fn row(row: &'a OrderRow) -> Self {
        Self { row: Some(row.n), order: Some(&row.order.client_id), ..Self::default() }
    }

    /// An order of ours, by its command.
    pub(crate) fn sent(sent: &'a Sent) -> Self {
        Self { entry: Some(sent.seq), order: Some(&sent.client_id), ..Self::default() }
    }

    /// The same, at this entry.
    pub(crate) fn at(self, seq: u64) -> Self {
        Self { entry: Some(seq), ..self }
    }

    /// The same, beside this row.
    pub(crate) fn beside(self, row: Option<&OrderRow>) -> Self {
        Self { row: row.map(|row| row.n), ..self }
    }
}

impl Judge {
    /// Counts something that was judged.
    pub(crate) fn count(&mut self, what: &'static str, more: u64) {
        *self.evidence.entry(what).or_default() += more;
    }

    /// Returns how much was counted.
    pub(crate) fn counted(&self, what: &'static str) -> u64 {
        self.evidence.get(what).copied().unwrap_or_default()
    }

    /// Keeps the largest of something that was measured.
    pub(crate) fn most(&mut self, what: &'static str, seen: i64) {
        let most = self.evidence.entry(what).or_default();
        *most = (*most).max(u64::try_from(seen).unwrap_or_default());
    }

    /// Says something that is no finding.
    pub(crate) fn remark(&mut self, text: impl Display) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(text.to_string());
        }
    }

    /// Takes down what does not hold.
    pub(crate) fn find(&mut self, about: About<'_>, seen: impl Display, wanted: impl Display) {
        self.count += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding {
                entry: about.entry,
                row: about.row,
                order: about.order.map(str::to_owned),
                seen: seen.to_string(),
                wanted: wanted.to_string(),
            });
        }
    }

    /// Takes it down if it does not hold.
    pub(crate) fn want(
        &mut self,
        holds: bool,
        about: About<'_>,
        seen: impl Display,
        wanted: impl Display,
    ) {
        if !holds {
            self.find(about, seen, wanted);
        }
    }

    /// Comes to a verdict.
    pub(super) fn finish(
        mut self,
        rule: &'static str,
        invariant: Option<u8>,
        need: Need,
    ) -> RuleReport {
        let verdict = match need {
            _ if self.count > 0 => Verdict::Fail,
            Need::Some(what) if self.evidence.get(what).is_none_or(|count| *count == 0) => {
                self.remark(format_args!("saw no {what}, wanted at least one to judge by"));
                Verdict::Inconclusive
            }
            Need::Some(_) => Verdict::Pass,
            Need::Absent(why) => {
                self.remark(why);
                Verdict::NotApplicable
            }
            Need::Elsewhere(where_) => {
                self.remark(where_);
                Verdict::NotJudged
            }
        };
        let Self { evidence, remarks, findings, count } = self;
        RuleReport { rule, invariant, verdict, evidence, remarks, findings_count: count, findings }
    }
}
