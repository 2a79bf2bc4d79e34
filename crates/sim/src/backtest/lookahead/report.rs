//! What the check for look-ahead found.

use std::fmt;

use serde::Serialize;
use types::ids::Symbol;
use types::market::TsNanos;

/// Something that was decided or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    /// When.
    pub at: TsNanos,
    /// Whose; `None` where it concerns the account.
    pub symbol: Option<Symbol>,
    /// What and why.
    pub what: String,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.symbol {
            Some(symbol) => write!(f, "{} {symbol}: {}", self.at, self.what),
            None => write!(f, "{}: {}", self.at, self.what),
        }
    }
}

/// The first act that data behind a cut changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where the data ended.
    pub cut: TsNanos,
    /// With all data; `None` where nothing was done.
    pub whole: Option<Act>,
    /// With the data that ended at the cut.
    pub short: Option<Act>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |act: &Option<Act>| act.as_ref().map_or("nothing".to_owned(), Act::to_string);
        let (whole, short) = (say(&self.whole), say(&self.short));
        write!(f, "cut at {}: with what follows [{whole}], without it [{short}]", self.cut)
    }
}

/// How a single entry of a run can show look-ahead by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A bar was folded before it closed.
    OpenBar,
    /// A fill happened before the decision that caused it, or no decision did.
    BeforeDecision,
    /// A fill happened on a bar that opened before the decision that caused it.
    SameBar,
    /// The bar of the fill never had its price.
    PriceOffBar,
}

/// An entry that shows look-ahead by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The entry, with the numbers.
    pub act: Act,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FaultKind::OpenBar => "bar folded before it closed",
            FaultKind::BeforeDecision => "fill without an earlier decision",
            FaultKind::SameBar => "fill on the bar of its decision",
            FaultKind::PriceOffBar => "fill at a price its bar never had",
        };
        write!(f, "{kind}: {}", self.act)
    }
}

/// What the check for look-ahead found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LookaheadReport {
    /// Where the data was cut.
    pub cuts: Vec<TsNanos>,
    /// Decisions compared, over all cuts.
    pub decisions: u64,
    /// Fills compared, over all cuts.
    pub fills: u64,
    /// Cuts up to which what was decided or done depends on what follows.
    pub differing: Vec<TsNanos>,
    /// The first difference of the first of them.
    pub first: Option<Difference>,
    /// Fills of the whole run that were held against their decisions and bars.
    pub fills_checked: u64,
    /// How many entries of the whole run show look-ahead by themselves.
    pub fault_count: u64,
    /// The first ten of them.
    pub faults: Vec<Fault>,
}

impl LookaheadReport {
    /// Returns whether nothing was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.differing.is_empty() && self.fault_count == 0
    }
}

impl fmt::Display for LookaheadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cuts = self.cuts.len();
        if self.is_clean() && self.fills_checked == 0 {
            return write!(
                f,
                "INCONCLUSIVE: cut at {cuts} places, {} decisions unchanged, but nothing traded: \
                 a run over more bars is wanted",
                self.decisions
            );
        }
        if self.is_clean() {
            return write!(
                f,
                "no look-ahead: cut at {cuts} places, {} decisions and {} fills up to the cuts \
                 unchanged; {} fills are on bars that opened after their decisions",
                self.decisions, self.fills, self.fills_checked
            );
        }
        write!(
            f,
            "LOOK-AHEAD: {} of {cuts} cuts change what came before them, {} entries show it by \
             themselves",
            self.differing.len(),
            self.fault_count
        )?;
        if let Some(first) = &self.first {
            write!(f, "\n{first}")?;
        }
        self.faults.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}
