//! What a venue that said "stop" still lets pass: [`Gate`].

use std::collections::BTreeMap;

use types::limits::{Cost, Limit, LimitKind, Throttle};
use types::market::TsNanos;

/// Closed for everything, for what adds to one count, or for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    /// `None` stands for everything.
    closed: BTreeMap<Option<LimitKind>, TsNanos>,
    /// How often in a row the venue said "stop" without saying for how long.
    unsaid: BTreeMap<Option<LimitKind>, u32>,
}

impl Gate {
    /// Closes as the venue asked. Where it does not say for how long: the shortest interval of what ran over, twice as
    /// long each further time in a row, up to the longest.
    pub(super) fn close(&mut self, throttle: Throttle, limits: &[Limit], now: TsNanos) {
        let nanos = throttle.retry_after_nanos.unwrap_or_else(|| {
            let times = self.unsaid.entry(throttle.kind).or_default();
            let wait = unsaid_wait(throttle.kind, limits, *times);
            *times = times.saturating_add(1);
            wait
        });
        let until = now.plus(nanos.max(0));
        let closed = self.closed.entry(throttle.kind).or_insert(until);
        *closed = (*closed).max(until);
    }

    /// Notes that the venue took a request: it is not angry any more.
    pub(super) fn passed(&mut self, cost: &Cost) {
        self.unsaid.retain(|kind, _| kind.is_some_and(|kind| cost.of(kind) == 0));
    }

    /// Returns until when a request must wait; `None` if it need not.
    pub(super) fn closed_for(&self, cost: &Cost) -> Option<TsNanos> {
        let concerns = |kind: &Option<LimitKind>| kind.is_none_or(|kind| cost.of(kind) > 0);
        self.closed.iter().filter(|(kind, _)| concerns(kind)).map(|(_, until)| *until).max()
    }

    /// Opens what is due.
    pub(super) fn open(&mut self, now: TsNanos) {
        self.closed.retain(|_, until| *until > now);
    }

    pub(super) fn next_opening(&self) -> Option<TsNanos> {
        self.closed.values().min().copied()
    }
}

/// Returns the wait where the venue names none, nanoseconds.
fn unsaid_wait(kind: Option<LimitKind>, limits: &[Limit], times: u32) -> i64 {
    const MINUTE: i64 = 60_000_000_000;
    let concerned = || {
        let concerned = limits.iter().filter(|limit| kind.is_none_or(|kind| kind == limit.kind));
        concerned.map(|limit| limit.interval_nanos)
    };
    let shortest = concerned().min().unwrap_or(MINUTE);
    let longest = concerned().max().unwrap_or(MINUTE);
    let doubled = 1_i64.checked_shl(times.min(32)).unwrap_or(i64::MAX);
    shortest.saturating_mul(doubled).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_nanos(seconds * SECOND)
    }

    fn limits() -> [Limit; 2] {
        [(100, 10), (1_000, 86_400)].map(|(max, seconds)| Limit {
            kind: LimitKind::Orders,
            max,
            interval_nanos: seconds * SECOND,
        })
    }

    const ORDER: Cost = Cost { weight: 1, orders: 1, requests: 1 };

    #[test]
    fn too_many_orders_leave_cancels_alone() {
        let mut gate = Gate::default();
        let throttle = Throttle { kind: Some(LimitKind::Orders), retry_after_nanos: Some(SECOND) };
        gate.close(throttle, &limits(), at(0));
        assert_eq!(gate.closed_for(&ORDER), Some(at(1)));
        assert_eq!(gate.closed_for(&Cost::weight(1)), None);
    }

    #[test]
    fn a_ban_stops_everything_and_a_later_shorter_word_does_not_lift_it() {
        let mut gate = Gate::default();
        let ban = |seconds: i64| Throttle { kind: None, retry_after_nanos: Some(seconds * SECOND) };
        gate.close(ban(120), &limits(), at(0));
        gate.close(ban(1), &limits(), at(1));
        assert_eq!(gate.closed_for(&Cost::weight(1)), Some(at(120)));
        gate.open(at(119));
        assert_eq!(gate.next_opening(), Some(at(120)));
        gate.open(at(120));
        assert_eq!(gate.closed_for(&ORDER), None);
    }

    #[test]
    fn a_stop_without_a_time_lasts_an_interval_and_doubles_until_one_is_taken() {
        let mut gate = Gate::default();
        let throttle = Throttle { kind: Some(LimitKind::Orders), retry_after_nanos: None };
        for (now, until) in [(0, 10), (10, 30), (30, 70), (70, 150)] {
            gate.open(at(now));
            gate.close(throttle, &limits(), at(now));
            assert_eq!(gate.closed_for(&ORDER), Some(at(until)));
        }
        gate.passed(&Cost::weight(1));
        gate.open(at(150));
        gate.close(throttle, &limits(), at(150));
        assert_eq!(gate.closed_for(&ORDER), Some(at(310)), "a cancel proves nothing about orders");
        gate.open(at(310));
        gate.passed(&ORDER);
        gate.close(throttle, &limits(), at(310));
        assert_eq!(gate.closed_for(&ORDER), Some(at(320)));
        for n in 0..60 {
            gate.close(throttle, &limits(), at(1_000 + n));
        }
        assert!(gate.closed_for(&ORDER).unwrap() <= at(1_060 + 86_400), "the longest interval");
    }
}
