//! [`Batch`]: what many seeds exercised and found, and whether it was dense enough to say anything.

use std::collections::BTreeMap;

use serde::Serialize;

use super::marks::{Mark, Marks};
use super::report::{Outcome, Violation};

/// Least entries, orders and faults of a simulated day: a world in which less happens proves less than it seems to.
const DENSITY: [(&str, u64); 3] = [("entries", 20_000), ("orders", 50), ("faults", 20)];

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
    /// What of the density lacks: nothing if the run says something.
    pub invalid: Vec<String>,
    /// The hash of each seed's trace: the same in every process and of every build.
    pub traces: BTreeMap<u64, String>,
    #[serde(skip)]
    marks: Marks,
    #[serde(skip)]
    minutes: u64,
}

impl Batch {
    /// Adds a world.
    pub fn add(&mut self, outcome: &Outcome) {
        let counts = &outcome.counts;
        self.seeds += 1;
        self.minutes += u64::from(outcome.minutes);
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
        let hits = |mark: &Mark| (mark.word(), self.marks.hits(*mark));
        let (hit, missed): (Vec<_>, Vec<_>) =
            Mark::ALL.iter().map(hits).partition(|(_, hits)| *hits > 0);
        self.marks_hit = hit.into_iter().collect();
        self.marks_missed = missed.into_iter().map(|(word, _)| word).collect();
        let faults: u64 = self.faults_injected.values().sum();
        let seen = [self.entries, self.orders, faults];
        for ((what, least), seen) in DENSITY.into_iter().zip(seen) {
            let a_day = seen.saturating_mul(1_440).checked_div(self.minutes).unwrap_or(0);
            if a_day < least {
                self.invalid.push(format!("{a_day} {what} a day, wanted at least {least}"));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Counts;
    use super::*;

    fn outcome(seed: u64, entries: u64, orders: u64) -> Outcome {
        let faults = BTreeMap::from([("killed", 20)]);
        Outcome {
            seed,
            minutes: 1_440,
            counts: Counts { entries, orders, faults, ..Counts::default() },
            marks: Marks::default(),
            violations: Vec::new(),
            verdicts: Vec::new(),
            trace_lines: 0,
            trace_hash: String::new(),
        }
    }

    #[test]
    fn a_batch_in_which_little_happens_is_invalid_and_says_of_what() {
        let mut batch = Batch::default();
        batch.add(&outcome(1, 20_000, 50));
        assert_eq!(batch.clone().finish().invalid, [""; 0]);
        batch.add(&outcome(2, 19_999, 51));
        assert_eq!(
            batch.finish().invalid,
            ["19999 entries a day, wanted at least 20000"],
            "an average over all days"
        );
        assert_eq!(Batch::default().finish().invalid.len(), 3, "no data is no pass");
    }
}
