//! Shrinks a plan that fails to the little that makes it fail: faults, then duration, then symbols.

use super::plan::{Fault, Plan};

/// Returns a smaller plan that still fails; `fails` plays one and says whether it does, at most `tries` times.
///
/// Faults are taken away in halves, quarters and so on down to one (delta debugging; Zeller and Hildebrandt, *Simplifying and
/// Isolating Failure-Inducing Input*, 2002); the duration ends where fewer minutes would not show it.
pub fn shrink(plan: &Plan, tries: u32, mut fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut left = tries;
    let mut try_one = |plan: &Plan| {
        if left == 0 {
            return false;
        }
        left -= 1;
        fails(plan)
    };
    let mut least = plan.clone();
    // What came after a violation did not cause it: the duration first, for it makes each further try shorter.
    while least.minutes > 1 {
        let minutes = least.minutes / 2;
        let end = u64::from(minutes) * 60_000;
        let shorter = Plan { minutes, faults: before(&least.faults, end), ..least.clone() };
        if !try_one(&shorter) {
            break;
        }
        least = shorter;
    }
    let mut part = least.faults.len().div_ceil(2);
    while part > 0 {
        let mut at = 0;
        while at < least.faults.len() {
            let mut fewer = least.clone();
            let end = (at + part).min(fewer.faults.len());
            fewer.faults.drain(at..end);
            if try_one(&fewer) {
                least = fewer;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    while least.symbols > 1 {
        let fewer = Plan { symbols: least.symbols - 1, ..least.clone() };
        if !try_one(&fewer) {
            break;
        }
        least = fewer;
    }
    least
}

fn before(faults: &[Fault], end: u64) -> Vec<Fault> {
    faults.iter().filter(|fault| fault.at_ms < end).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::*;

    #[test]
    fn what_is_needed_stays_and_the_rest_goes() {
        let mut full = Plan::draw(3, 1);
        let need = |plan: &Plan| {
            plan.faults.iter().any(|fault| fault.at_ms == 7 * 60_000)
                && plan.faults.iter().any(|fault| fault.at_ms == 9 * 60_000)
        };
        for minute in [7, 9] {
            let kind = Kind::Deposit { units: 1 };
            full.faults.insert(0, Fault { at_ms: minute * 60_000, kind });
        }
        let least = shrink(&full, 10_000, need);
        assert_eq!(least.faults.len(), 2, "{least:?}");
        assert!(least.minutes < 20 && least.symbols == 1, "{least:?}");
        assert_eq!(shrink(&full, 0, need), full, "without a try nothing is known");
    }
}
