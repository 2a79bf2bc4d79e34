//! [`Late`]: messages that a fault delays, doubles, swaps or loses.

use std::collections::BTreeMap;

use types::market::TsNanos;

use crate::venue::faults::EventFault;

/// Delayed messages kept; one more is delivered at once.
const LATE_MAX: usize = 10_000;
/// A message that waits to be swapped with the next one is sent after this if there is no next one.
const SWAP_WITHIN: i64 = 1_000_000_000;

/// Messages under way to the streams named by `K`.
#[derive(Debug)]
pub struct Late<K, M> {
    /// By the moment at which they are due and by their number.
    waiting: BTreeMap<(TsNanos, u64), (K, M)>,
    /// One of each stream that lets the next one pass.
    held: BTreeMap<K, (TsNanos, M)>,
    next: u64,
}

impl<K, M> Default for Late<K, M> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), held: BTreeMap::new(), next: 0 }
    }
}

impl<K: Ord + Clone, M: Clone> Late<K, M> {
    /// Takes a message and returns what is to be delivered now, in order.
    pub fn pass(&mut self, now: TsNanos, key: &K, message: M, fault: &EventFault) -> Vec<M> {
        if fault.hold && !self.held.contains_key(key) {
            self.held.insert(key.clone(), (now.plus(SWAP_WITHIN), message));
            return Vec::new();
        }
        let mut deliver = Vec::new();
        for delay in &fault.deliver {
            let nanos = i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX);
            if nanos == 0 || self.waiting.len() >= LATE_MAX {
                deliver.push(message.clone());
            } else {
                self.next += 1;
                let due = (now.plus(nanos), self.next);
                self.waiting.insert(due, (key.clone(), message.clone()));
            }
        }
        deliver.extend(self.held.remove(key).map(|(_, held)| held));
        deliver
    }

    /// Returns what has become due, in order.
    pub fn due(&mut self, now: TsNanos) -> Vec<(K, M)> {
        let rest = self.waiting.split_off(&(now.plus(1), 0));
        let mut due: Vec<_> = std::mem::replace(&mut self.waiting, rest).into_values().collect();
        let over = |(until, _): &(TsNanos, M)| *until <= now;
        let keys: Vec<K> =
            self.held.iter().filter(|(_, held)| over(held)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            due.extend(self.held.remove(&key).map(|(_, message)| (key, message)));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_nanos(seconds * SECOND)
    }

    fn fault(delays: &[u64], hold: bool) -> EventFault {
        EventFault { deliver: delays.iter().map(|s| Duration::from_secs(*s)).collect(), hold }
    }

    /// Sends one message a second with its fault; returns second and message as delivered.
    fn story(faults: &[EventFault]) -> Vec<(usize, usize)> {
        let (mut late, mut seen) = (Late::default(), Vec::new());
        for second in 0..20 {
            let now = at(i64::try_from(second).unwrap());
            seen.extend(late.due(now).into_iter().map(|((), message)| (second, message)));
            if let Some(fault) = faults.get(second) {
                let passed = late.pass(now, &(), second, fault);
                seen.extend(passed.into_iter().map(|message| (second, message)));
            }
        }
        seen
    }

    #[test]
    fn messages_are_lost_doubled_delayed_and_swapped() {
        let pass = || fault(&[0], false);
        assert_eq!(story(&[pass(), pass()]), [(0, 0), (1, 1)]);
        assert_eq!(story(&[fault(&[], false), pass()]), [(1, 1)]);
        assert_eq!(story(&[fault(&[0, 0], false), pass()]), [(0, 0), (0, 0), (1, 1)]);
        assert_eq!(story(&[fault(&[3], false), pass()]), [(1, 1), (3, 0)]);
        assert_eq!(story(&[fault(&[0, 2], false), pass()]), [(0, 0), (1, 1), (2, 0)]);
    }

    #[test]
    fn a_held_message_lets_one_pass_or_goes_after_a_second() {
        let (mut late, pass, hold) = (Late::default(), fault(&[0], false), fault(&[0], true));
        assert!(late.pass(at(0), &(), "a", &hold).is_empty());
        assert_eq!(late.pass(at(0), &(), "b", &pass), ["b", "a"]);
        assert!(late.pass(at(5), &(), "c", &hold).is_empty());
        assert_eq!(late.due(at(5)), []);
        assert_eq!(late.due(at(6)), [((), "c")]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut late = Late::default();
        for message in 0..LATE_MAX {
            assert!(late.pass(at(0), &(), message, &fault(&[9], false)).is_empty());
        }
        assert_eq!(late.pass(at(0), &(), 7, &fault(&[9], false)), [7]);
    }
}
