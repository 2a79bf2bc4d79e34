//! [`Batch`]: what many seeds exercised and found, and whether it was dense enough to say anything.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kind::Kind;
use super::marks::{Mark, Marks};
use super::report::{Outcome, Violation};

/// Least of a simulated day: a world in which less happens proves less than it seems to. Symbols are those of which bars of a
/// quarter of an hour were made from what happened minute by minute.
const DENSITY: [(&str, u64); 4] =
    [("symbols", 3), ("entries", 20_000), ("orders", 50), ("faults", 20)];
/// So many seeds are judged by their density: fewer may be few because of their chance.
const DENSE_SEEDS: u64 = 20;
/// So many seeds have to reach every mark.
const MARKED_SEEDS: u64 = 200;

/// What a run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Everything holds, and enough happened to say so.
    Pass,
    /// Something does not hold.
    Fail,
    /// Too little happened to say anything.
    Invalid,
}

impl Verdict {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Invalid => "INVALID",
        }
    }
}

/// A seed whose world does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// The seed.
    pub seed: u64,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

/// What many seeds exercised and found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Batch {
    /// Worlds that were played.
    pub seeds: u64,
    /// Market time of all of them under faults, in days.
    pub simulated_days: u64,
    /// Entries that hubs appended.
    pub entries: u64,
    /// Orders that venues accepted.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Lives of hubs.
    pub lives: u64,
    /// Faults that began, by class.
    pub faults_injected: BTreeMap<&'static str, u64>,
    /// How often lasting faults struck something, by class.
    pub strikes: BTreeMap<&'static str, u64>,
    /// Longest healing, milliseconds of market time.
    pub healed_ms_max: u64,
    /// Things that do not hold, in all.
    pub violations: u64,
    /// The seeds they were seen in.
    pub failed: Vec<Failed>,
    /// Rare situations, with how often each was reached.
    pub marks_hit: BTreeMap<&'static str, u64>,
    /// Rare situations that no seed reached.
    pub marks_missed: Vec<&'static str>,
    /// What a simulated day had on average.
    pub a_day: BTreeMap<&'static str, u64>,
    /// What lacks for the run to say something: nothing if it does.
    pub invalid: Vec<String>,
    /// The hash of each seed's trace: the same in every process and of every build.
    pub traces: BTreeMap<u64, String>,
    #[serde(skip)]
    marks: Marks,
    #[serde(skip)]
    minutes: u64,
    /// Minutes of each symbol of which bars were made.
    #[serde(skip)]
    symbol_minutes: u64,
}

impl Batch {
    /// Adds a world.
    pub fn add(&mut self, outcome: &Outcome) {
        let counts = &outcome.counts;
        self.seeds += 1;
        self.minutes += u64::from(outcome.minutes);
        self.symbol_minutes += counts.symbols * u64::from(outcome.minutes);
        self.entries += counts.entries;
        self.orders += counts.orders;
        self.fills += counts.fills;
        self.lives += counts.lives;
        self.healed_ms_max = self.healed_ms_max.max(counts.healed_ms);
        for (class, count) in &counts.faults {
            *self.faults_injected.entry(class).or_default() += count;
        }
        for (class, count) in &counts.strikes {
            *self.strikes.entry(class).or_default() += count;
        }
        self.violations += outcome.violations.len() as u64;
        if !outcome.violations.is_empty() {
            let violations = outcome.violations.clone();
            self.failed.push(Failed { seed: outcome.seed, violations });
        }
        self.marks.add(&outcome.marks);
        self.traces.insert(outcome.seed, outcome.trace_hash.clone());
    }

    /// Ends it: seeds in order, marks by name, and whether enough happened.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.failed.sort_by_key(|failed| failed.seed);
        self.simulated_days = self.minutes / 1_440;
        let struck = |class: &&'static str| (*class, self.strikes.get(class).copied().unwrap_or(0));
        let faults = Kind::CLASSES.iter().map(struck);
        let marks = Mark::ALL.iter().map(|mark| (mark.word(), self.marks.hits(*mark)));
        let (hit, missed): (Vec<_>, Vec<_>) = faults.chain(marks).partition(|(_, hits)| *hits > 0);
        self.marks_hit = hit.into_iter().collect();
        self.marks_missed = missed.into_iter().map(|(word, _)| word).collect();
        let faults: u64 = self.faults_injected.values().sum();
        let a_day = |sum: u64| sum.saturating_mul(1_440).checked_div(self.minutes).unwrap_or(0);
        self.a_day = BTreeMap::from([
            ("symbols", self.symbol_minutes.checked_div(self.minutes).unwrap_or(0)),
            ("entries", a_day(self.entries)),
            ("orders", a_day(self.orders)),
            ("faults", a_day(faults)),
        ]);
        if self.seeds == 0 {
            self.invalid.push("no seed was played".to_owned());
        }
        if self.seeds >= DENSE_SEEDS {
            self.invalid.extend(self.too_little());
        }
        if self.seeds >= MARKED_SEEDS {
            let missed = self.marks_missed.iter();
            self.invalid.extend(missed.map(|mark| format!("no seed reached the mark {mark}")));
        }
        self
    }

    /// Says what of a simulated day is less, on average, than a run needs.
    #[must_use]
    pub fn too_little(&self) -> Vec<String> {
        let seen = |(what, least)| (self.a_day.get(what).copied().unwrap_or(0), what, least);
        let lacks = DENSITY.into_iter().map(seen).filter(|(seen, _, least)| seen < least);
        lacks
            .map(|(seen, what, least)| format!("{seen} {what} a day, wanted at least {least}"))
            .collect()
    }

    /// Returns what the run says.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match (self.violations > 0, self.invalid.is_empty()) {
            (true, _) => Verdict::Fail,
            (false, true) => Verdict::Pass,
            (false, false) => Verdict::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Counts;
    use super::*;

    fn outcome(seed: u64, symbols: u64, entries: u64, marks: &[Mark]) -> Outcome {
        let count = |class: &&'static str| (*class, 1);
        let faults: BTreeMap<_, _> = Kind::CLASSES.iter().map(count).collect();
        let mut hit = Marks::default();
        marks.iter().for_each(|mark| hit.sometimes(*mark, true));
        Outcome {
            seed,
            minutes: 1_440,
            counts: Counts {
                symbols,
                entries,
                orders: 50,
                strikes: faults.clone(),
                faults,
                ..Counts::default()
            },
            marks: hit,
            violations: Vec::new(),
            verdicts: Vec::new(),
            trace_lines: 0,
            trace_hash: String::new(),
        }
    }

    /// Returns what so many seeds say that are all alike.
    fn batch(seeds: u64, symbols: u64, entries: u64, marks: &[Mark]) -> Batch {
        let mut batch = Batch::default();
        (1..=seeds).for_each(|seed| batch.add(&outcome(seed, symbols, entries, marks)));
        batch.finish()
    }

    #[test]
    fn a_batch_in_which_little_happens_is_invalid_and_says_of_what() {
        let dense = batch(20, 3, 20_000, &[]);
        assert_eq!((dense.invalid.len(), dense.verdict()), (0, Verdict::Pass));
        let thin = batch(20, 2, 19_999, &[]);
        let lacks =
            ["2 symbols a day, wanted at least 3", "19999 entries a day, wanted at least 20000"];
        assert_eq!(thin.invalid, lacks, "averages over all days");
        assert_eq!(thin.verdict(), Verdict::Invalid);
        let few = batch(19, 2, 19_999, &[]);
        assert_eq!((few.invalid.len(), few.verdict()), (0, Verdict::Pass), "few may be thin");
        assert_eq!(few.too_little(), lacks, "and say so");
        assert_eq!(batch(0, 3, 20_000, &[]).verdict(), Verdict::Invalid, "no data is no pass");
    }

    #[test]
    fn a_long_batch_reaches_every_mark_or_is_invalid_by_name() {
        assert_eq!(batch(200, 3, 20_000, Mark::ALL).verdict(), Verdict::Pass);
        let lacks = batch(200, 3, 20_000, &Mark::ALL[1..]);
        let word = Mark::ALL[0].word();
        assert_eq!(lacks.marks_missed, [word]);
        assert_eq!(lacks.invalid, [format!("no seed reached the mark {word}")]);
        let short = batch(199, 3, 20_000, &Mark::ALL[1..]);
        assert_eq!((short.marks_missed.len(), short.verdict()), (1, Verdict::Pass));
    }

    #[test]
    fn a_fault_that_never_struck_is_a_mark_that_was_missed() {
        let mut batch = Batch::default();
        let mut outcome = outcome(1, 3, 20_000, Mark::ALL);
        outcome.counts.strikes.remove("replies_lost");
        batch.add(&outcome);
        assert_eq!(batch.finish().marks_missed, ["replies_lost"]);
    }

    #[test]
    fn what_does_not_hold_fails_whatever_lacks() {
        let mut outcome = outcome(1, 3, 20_000, &[]);
        let (rule, what) = ("protected".to_owned(), "no stop".to_owned());
        outcome.violations.push(Violation { rule, what });
        let mut batch = Batch::default();
        batch.add(&outcome);
        assert_eq!(batch.finish().verdict(), Verdict::Fail);
    }
}
