//! One limit and what counts towards it: [`Window`].

use std::collections::VecDeque;

use types::limits::Limit;
use types::market::TsNanos;

/// Settled requests are kept in at most this many groups per interval; a group counts until its last
/// request may be forgotten. Bounds memory, and counts at most 1/128 of the interval too long.
const GROUPS: i64 = 128;

/// What a venue said it had counted, and what was granted since.
#[derive(Clone, Copy, Debug)]
struct Told {
    count: u64,
    at: TsNanos,
    /// When the venue's interval must be over.
    until: TsNanos,
}

/// What counts towards a limit.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) limit: Limit,
    /// Granted, not settled.
    flying: u64,
    /// Settled: when a group is forgotten, and how much it is. Oldest first.
    settled: VecDeque<(TsNanos, u64)>,
    settled_sum: u64,
    told: Option<Told>,
}

impl Window {
    pub(super) const fn new(limit: Limit) -> Self {
        Self { limit, flying: 0, settled: VecDeque::new(), settled_sum: 0, told: None }
    }

    /// Returns how much of the limit may be used up in the worst case.
    pub(super) fn used(&self) -> u64 {
        let own = self.flying + self.settled_sum;
        self.told.map_or(own, |told| told.count.max(own))
    }

    /// Counts a request that is sent now.
    pub(super) fn grant(&mut self, amount: u32) {
        self.flying += u64::from(amount);
        if let Some(told) = &mut self.told {
            told.count += u64::from(amount);
        }
    }

    /// Starts the interval after which a request is forgotten.
    pub(super) fn settle(&mut self, amount: u32, now: TsNanos) {
        let amount = u64::from(amount);
        self.flying -= amount;
        if amount == 0 {
            return;
        }
        let interval = self.limit.interval_nanos;
        let width = (interval / GROUPS).max(1);
        let end = now.as_nanos().div_euclid(width).saturating_add(1).saturating_mul(width);
        let forget = TsNanos::from_nanos(end).plus(interval);
        self.settled_sum += amount;
        match self.settled.back_mut() {
            Some((last, sum)) if *last >= forget => *sum += amount,
            Some(_) | None => self.settled.push_back((forget, amount)),
        }
    }

    /// Takes the venue's own count, told in answer to a request sent at `sent`. It may hold what others sent from this
    /// address or account, and it may or may not hold what is still flying: that is added. A lower count is
    /// believed only if its request was sent after the higher one was told: answers overtake each other.
    pub(super) fn told(&mut self, count: u32, sent: Option<TsNanos>, now: TsNanos) {
        let count = u64::from(count) + self.flying;
        let newer = |told: Told| count >= told.count || sent.is_some_and(|sent| sent >= told.at);
        if self.told.is_none_or(newer) {
            let until = now.plus(self.limit.interval_nanos);
            self.told = Some(Told { count, at: now, until });
        }
    }

    /// Forgets what no interval of the venue can hold together with a request sent now.
    pub(super) fn forget(&mut self, now: TsNanos) {
        while let Some(&(at, sum)) = self.settled.front() {
            if at > now {
                break;
            }
            self.settled_sum -= sum;
            self.settled.pop_front();
        }
        if self.told.is_some_and(|told| told.until <= now) {
            self.told = None;
        }
    }

    /// Returns when something will be forgotten next.
    pub(super) fn next_forgotten(&self) -> Option<TsNanos> {
        let settled = self.settled.front().map(|&(at, _)| at);
        let told = self.told.map(|told| told.until);
        settled.into_iter().chain(told).min()
    }

    /// Returns a window of another limit over the same interval that has counted the same.
    pub(super) fn with_limit(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::limits::LimitKind;

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_nanos(seconds * SECOND)
    }

    fn window() -> Window {
        Window::new(Limit { kind: LimitKind::Weight, max: 100, interval_nanos: 60 * SECOND })
    }

    #[test]
    fn a_request_counts_until_one_interval_after_it_is_settled() {
        let mut window = window();
        window.grant(10);
        window.forget(at(1_000));
        assert_eq!(window.used(), 10, "a request without an answer may still arrive");
        window.settle(10, at(1_000));
        window.forget(at(1_060));
        assert_eq!(window.used(), 10);
        let forgotten = window.next_forgotten().unwrap();
        assert!(forgotten > at(1_060) && forgotten <= at(1_061), "{forgotten}");
        window.forget(forgotten);
        assert_eq!((window.used(), window.next_forgotten()), (0, None));
    }

    #[test]
    fn the_larger_of_our_count_and_the_venues_holds() {
        let mut window = window();
        window.grant(10);
        window.told(50, Some(at(0)), at(0));
        assert_eq!(window.used(), 60, "what is flying may not be in the venue's count yet");
        window.settle(10, at(0));
        window.grant(5);
        assert_eq!(window.used(), 65);
        window.told(3, Some(at(-1)), at(1));
        assert_eq!(window.used(), 65, "an answer that was overtaken says nothing new");
        window.told(3, Some(at(0)), at(1));
        assert_eq!(window.used(), 15, "a new interval of the venue does not make us forget ours");
        window.told(80, None, at(2));
        window.settle(5, at(2));
        window.forget(at(61));
        assert_eq!(window.used(), 85, "others' use holds until the venue's interval must be over");
        window.forget(at(62));
        assert!(window.used() <= 15);
    }

    #[test]
    fn memory_is_bounded_however_many_requests_are_settled() {
        let mut window = window();
        for n in 0..100_000_i64 {
            let now = TsNanos::from_nanos(n * 600_000);
            window.grant(1);
            window.settle(1, now);
            window.forget(now);
        }
        assert_eq!(window.used(), 100_000);
        assert!(window.settled.len() <= 129, "{}", window.settled.len());
    }
}
