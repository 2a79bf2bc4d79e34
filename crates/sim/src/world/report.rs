//! [`Outcome`]: what came of a world, with what it exercised.

use std::any::Any;
use std::collections::BTreeMap;

use serde::Serialize;

use super::marks::Marks;
use super::plan::Plan;

/// What a world did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Things that happened, the market's steps included.
    pub events: u64,
    /// Entries that hubs appended.
    pub entries: u64,
    /// Rows of the venue's record.
    pub rows: u64,
    /// Symbols of which bars of a quarter of an hour were entered, made of what happened minute by minute.
    pub symbols: u64,
    /// Orders that the venue accepted from the account.
    pub orders: u64,
    /// Fills of the account.
    pub fills: u64,
    /// Lives of the hub.
    pub lives: u64,
    /// How long healing took, milliseconds of market time.
    pub healed_ms: u64,
    /// The place at which an aim struck first; of steps, how many came about at their turn.
    pub aimed: Option<u64>,
    /// Faults that began, by class.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often lasting faults struck something, by class.
    pub strikes: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(super) fn begin(&mut self, class: &'static str) {
        *self.faults.entry(class).or_default() += 1;
    }

    pub(super) fn strike(&mut self, class: &'static str) {
        *self.strikes.entry(class).or_default() += 1;
    }

    /// Returns how many faults began.
    #[must_use]
    pub fn faults_in_all(&self) -> u64 {
        self.faults.values().sum()
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The checker's rule, or `converges`, `ends`, `nothing_lost`, `snapshot`, `panics` of the world itself.
    pub rule: String,
    /// What was seen.
    pub what: String,
}

/// What came of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// How long faults struck, in minutes.
    pub minutes: u32,
    /// What it did.
    pub counts: Counts,
    /// Rare situations it reached.
    pub marks: Marks,
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// The checker's verdict on each rule.
    pub verdicts: Vec<(String, String)>,
    /// Lines of its trace.
    pub trace_lines: u64,
    /// Their hash, and that of every entry.
    pub trace_hash: String,
}

impl Outcome {
    /// Returns what came of a world in which something panicked; what it had counted is lost with it.
    pub(super) fn panicked(plan: &Plan, why: &(dyn Any + Send)) -> Self {
        let text = why.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| why.downcast_ref::<&str>().copied());
        let what = text.unwrap_or("a panic without words").to_owned();
        Self {
            seed: plan.seed,
            minutes: plan.minutes,
            counts: Counts::default(),
            marks: Marks::default(),
            violations: vec![Violation { rule: "panics".to_owned(), what }],
            verdicts: Vec::new(),
            trace_lines: 0,
            trace_hash: String::new(),
        }
    }
}
