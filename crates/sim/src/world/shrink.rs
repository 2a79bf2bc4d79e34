//! Shrinks a plan that fails to the little that makes it fail: time, faults, what the market shows, symbols.

use std::collections::BTreeSet;

use super::plan::{Fault, Plan};
use crate::market::Features;

/// The duration is found to so many minutes: what comes later makes each further try longer, and no plan larger.
const MINUTES: u32 = 5;

/// Returns a smaller plan that still fails; `fails` plays one and says whether it does, at most `tries` times.
///
/// First the duration, for it makes each further try shorter: what came after a violation did not cause it. Then classes of faults,
/// then faults in halves, quarters and so on down to one, again until each that is left is needed (delta debugging; Zeller and
/// Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, 2002); then what else a plan says; then the duration once more.
pub fn shrink(plan: &Plan, tries: u32, fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut search = Search { least: plan.clone(), left: tries, fails };
    search.shorten();
    search.classes();
    search.faults();
    search.settings();
    search.symbols();
    search.faults();
    search.shorten();
    search.least
}

struct Search<F> {
    least: Plan,
    left: u32,
    fails: F,
}

impl<F: FnMut(&Plan) -> bool> Search<F> {
    /// Takes a plan that still fails; says whether it does.
    fn takes(&mut self, plan: Plan) -> bool {
        if plan == self.least || self.left == 0 {
            return false;
        }
        self.left -= 1;
        let fails = (self.fails)(&plan);
        if fails {
            self.least = plan;
        }
        fails
    }

    fn shorten(&mut self) {
        let mut holds = 0;
        while self.left > 0 && self.least.minutes.saturating_sub(holds) > MINUTES {
            let minutes = holds.midpoint(self.least.minutes);
            let end = u64::from(minutes) * 60_000;
            let faults = before(&self.least.faults, end);
            let starts_ms = self.least.starts_ms.min(end);
            let shorter = Plan { minutes, starts_ms, faults, ..self.least.clone() };
            if minutes == 0 || !self.takes(shorter) {
                holds = minutes.max(1);
            }
        }
    }

    fn classes(&mut self) {
        let all: BTreeSet<&str> =
            self.least.faults.iter().map(|fault| fault.kind.class()).collect();
        for class in all {
            let mut fewer = self.least.clone();
            fewer.faults.retain(|fault| fault.kind.class() != class);
            self.takes(fewer);
        }
    }

    fn faults(&mut self) {
        let mut part = self.least.faults.len().div_ceil(2);
        while part > 0 {
            let mut at = 0;
            let mut fell = false;
            while at < self.least.faults.len() {
                let mut fewer = self.least.clone();
                let end = (at + part).min(fewer.faults.len());
                fewer.faults.drain(at..end);
                let falls = self.takes(fewer);
                fell |= falls;
                at += if falls { 0 } else { part };
            }
            // One that was needed may not be any more once another is gone.
            part = if part == 1 && fell { 1 } else { part / 2 };
        }
    }

    /// What is as usual needs no look.
    fn settings(&mut self) {
        let usual: [fn(&mut Plan); 9] = [
            |plan| plan.features = Features::NONE,
            |plan| plan.coins = false,
            |plan| plan.solo = false,
            |plan| plan.limits_percent = 100,
            |plan| plan.gross_percent = 100,
            |plan| plan.open_orders = None,
            |plan| plan.drawdown_percent = 8,
            |plan| plan.workload.targets = false,
            |plan| plan.aims.clear(),
        ];
        for change in usual {
            let mut plainer = self.least.clone();
            change(&mut plainer);
            self.takes(plainer);
        }
    }

    fn symbols(&mut self) {
        while self.least.symbols > 1 {
            let fewer = Plan { symbols: self.least.symbols - 1, ..self.least.clone() };
            if !self.takes(fewer) {
                return;
            }
        }
    }
}

fn before(faults: &[Fault], end: u64) -> Vec<Fault> {
    faults.iter().filter(|fault| fault.at_ms < end).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::*;

    /// Returns a day of faults with one more at each of these minutes.
    fn day_with(minutes: &[u64]) -> Plan {
        let mut plan = Plan::draw(3, 1);
        for minute in minutes {
            let kind = Kind::Deposit { units: 1 };
            plan.faults.insert(0, Fault { at_ms: minute * 60_000, kind });
        }
        plan
    }

    fn has(plan: &Plan, minute: u64) -> bool {
        plan.faults.iter().any(|fault| fault.at_ms == minute * 60_000)
    }

    #[test]
    fn what_is_needed_stays_and_the_rest_goes() {
        let full = day_with(&[7, 9]);
        let least = shrink(&full, 10_000, |plan| has(plan, 7) && has(plan, 9));
        assert_eq!(least.faults.len(), 2, "{least:?}");
        assert!((10..=15).contains(&least.minutes) && least.symbols == 1, "{least:?}");
        assert_eq!(least.features, Features::NONE);
        assert_eq!(shrink(&full, 0, |_| true), full, "without a try nothing is known");
    }

    #[test]
    fn one_that_is_needed_only_beside_another_goes_with_it() {
        // The one of minute 9 matters for as long as that of minute 11 is there.
        let fails = |plan: &Plan| has(plan, 7) && (has(plan, 9) || !has(plan, 11));
        let least = shrink(&day_with(&[7, 9, 11]), 10_000, fails);
        assert_eq!(least.faults.len(), 1, "{least:?}");
    }

    #[test]
    fn the_tries_are_counted() {
        let mut played = 0;
        shrink(&Plan::draw(3, 1), 17, |_| {
            played += 1;
            false
        });
        assert_eq!(played, 17);
    }
}
