//! [`Report`]: a verdict for each rule, with what it rests on.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// What a rule came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There was something to judge, and all of it holds.
    Pass,
    /// Something does not hold.
    Fail,
    /// There was too little to judge: no data is never a pass.
    Inconclusive,
    /// What the rule is about does not exist in these histories.
    NotApplicable,
    /// Another command judges it.
    NotJudged,
}

impl Verdict {
    /// Returns the word for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::NotJudged => "NOT_JUDGED",
        }
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The entry of the journal it is about.
    pub entry: Option<u64>,
    /// The row of the ledger it is about.
    pub row: Option<u64>,
    /// The client order id it is about.
    pub order: Option<String>,
    /// What was seen.
    pub seen: String,
    /// What was wanted.
    pub wanted: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, row, order, seen, wanted } = self;
        let places = [
            entry.map(|entry| format!("entry {entry}")),
            row.map(|row| format!("row {row}")),
            order.as_ref().map(|order| format!("order {order}")),
        ];
        let places: Vec<String> = places.into_iter().flatten().collect();
        if !places.is_empty() {
            write!(f, "{}: ", places.join(", "))?;
        }
        write!(f, "saw {seen}, wanted {wanted}")
    }
}

/// One rule's verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// Its name, as in `docs/checker.md`.
    pub rule: &'static str,
    /// The number of the invariant in the design, where it is one.
    pub invariant: Option<u8>,
    /// What it came to.
    pub verdict: Verdict,
    /// What it rests on: how much of what was judged.
    pub evidence: BTreeMap<&'static str, u64>,
    /// What a reader should know and is no finding.
    pub remarks: Vec<String>,
    /// How many findings there are; the first hundred are kept.
    pub findings_count: u64,
    /// What does not hold.
    pub findings: Vec<Finding>,
}

/// What two histories came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `fail` if a rule failed, else `inconclusive` if one had too little to judge, else `pass`.
    pub verdict: Verdict,
    /// Entries of the journal.
    pub entries: u64,
    /// Rows of the ledger.
    pub rows: u64,
    /// The venue's account that is ours, by its number in the ledger.
    pub venue_account: Option<u32>,
    /// The rules in their order.
    pub rules: Vec<RuleReport>,
}

impl Report {
    pub(crate) fn new(
        entries: u64,
        rows: u64,
        venue_account: Option<u32>,
        rules: Vec<RuleReport>,
    ) -> Self {
        let any = |verdict| rules.iter().any(|rule| rule.verdict == verdict);
        let verdict = if any(Verdict::Fail) {
            Verdict::Fail
        } else if any(Verdict::Inconclusive) || !any(Verdict::Pass) {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        };
        Self { verdict, entries, rows, venue_account, rules }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            let evidence: Vec<String> =
                rule.evidence.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let name = match rule.invariant {
                Some(number) => format!("{number} {}", rule.rule),
                None => format!("  {}", rule.rule),
            };
            let line = format!("{:<14} {name:<24} {}", rule.verdict.name(), evidence.join(", "));
            writeln!(f, "{}", line.trim_end())?;
            for finding in &rule.findings {
                writeln!(f, "    {finding}")?;
            }
            let more = rule.findings_count.saturating_sub(rule.findings.len() as u64);
            if more > 0 {
                writeln!(f, "    and {more} more")?;
            }
            for remark in &rule.remarks {
                writeln!(f, "    {remark}")?;
            }
        }
        write!(
            f,
            "{}: {} entries of the journal and {} rows of the ledger",
            self.verdict.name(),
            self.entries,
            self.rows
        )
    }
}
