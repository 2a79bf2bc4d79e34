//! [`OrderCounts`]: orders without a fill, by account.
//!
//! Source: `faqs/order_count_decrement.md`: each new order counts one; its first fill gives one back if it took, five if it
//! rested; never below zero; cancellations and expiries change nothing.

use std::collections::BTreeMap;

use sim::exchange::book::AccountId;
use types::market::TsNanos;

use super::window::{Count, Interval, Limit, Limits};
use crate::venue::api::ApiError;

/// Given back when a new order trades at once.
const TAKER_CREDIT: u32 = 1;
/// Given back when a resting order trades for the first time.
const MAKER_CREDIT: u32 = 5;

/// The count of each window of each account.
#[derive(Clone, Debug)]
pub struct OrderCounts {
    limits: [Limit; 2],
    counts: BTreeMap<AccountId, [Count; 2]>,
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderUse {
    /// The limit.
    pub limit: Limit,
    /// Orders without a fill in its current window.
    pub count: u32,
}

impl OrderCounts {
    /// Returns counts at zero.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { limits: limits.orders, counts: BTreeMap::new() }
    }

    /// Returns what an account has used of each limit.
    #[must_use]
    pub fn usage(&self, account: AccountId, at: TsNanos) -> [OrderUse; 2] {
        let counts = self.counts.get(&account).copied().unwrap_or_default();
        [0, 1].map(|n| {
            let limit = self.limits[n];
            OrderUse { limit, count: counts[n].at(limit.interval, at) }
        })
    }

    /// Says whether so many more orders fit, and counts nothing.
    ///
    /// # Errors
    /// -1015 if they do not.
    pub fn check(&self, account: AccountId, orders: u32, at: TsNanos) -> Result<(), ApiError> {
        let full = |usage: &OrderUse| usage.count.saturating_add(orders) > usage.limit.most;
        match self.usage(account, at).iter().find(|usage| full(usage)) {
            None => Ok(()),
            Some(OrderUse { limit, .. }) => Err(ApiError::too_many_orders(
                limit.most,
                &limit.interval.spoken(),
                limit.interval.seconds_left(at),
            )),
        }
    }

    /// Counts new orders.
    pub fn placed(&mut self, account: AccountId, orders: u32, at: TsNanos) {
        self.each(account, |count, interval| {
            count.add(interval, at, orders);
        });
    }

    /// Takes back new orders that were rejected.
    pub fn rejected(&mut self, account: AccountId, orders: u32, at: TsNanos) {
        self.each(account, |count, interval| count.subtract(interval, at, orders));
    }

    /// Gives back for the first fill of an order.
    pub fn first_fill(&mut self, account: AccountId, as_maker: bool, at: TsNanos) {
        let credit = if as_maker { MAKER_CREDIT } else { TAKER_CREDIT };
        self.each(account, |count, interval| count.subtract(interval, at, credit));
    }

    fn each(&mut self, account: AccountId, change: impl Fn(&mut Count, Interval)) {
        let counts = self.counts.entry(account).or_default();
        for (count, limit) in counts.iter_mut().zip(self.limits) {
            change(count, limit.interval);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Step {
        Place(u32),
        Took,
        Rested,
    }

    /// The examples of `faqs/order_count_decrement.md`, one line a row: second, what happened, count after it.
    #[test]
    fn the_documented_examples_count_as_they_say() {
        use Step::{Place, Rested, Took};
        let taker: &[(i64, Step, u32)] = &[
            (1, Place(1), 1),
            (2, Place(1), 2),
            (2, Took, 1),
            (3, Place(1), 2),
            (5, Place(1), 3),
            (5, Took, 2),
        ];
        let maker: &[(i64, Step, u32)] = &[
            (1, Place(1), 1),
            (1, Place(1), 2),
            (2, Place(1), 3),
            (2, Place(1), 4),
            (2, Place(1), 5),
            (3, Rested, 0),
            (4, Place(1), 1),
            (4, Place(1), 2),
            (5, Rested, 0),
            (6, Place(1), 1),
        ];
        let account = AccountId(3);
        for story in [taker, maker] {
            let mut counts = OrderCounts::new(&Limits::DOCUMENTED);
            for (second, step, wanted) in story {
                let at = TsNanos::from_millis(second * 1_000).unwrap();
                match step {
                    Place(orders) => counts.placed(account, *orders, at),
                    Took => counts.first_fill(account, false, at),
                    Rested => counts.first_fill(account, true, at),
                }
                assert_eq!(counts.usage(account, at).map(|usage| usage.count), [*wanted; 2]);
            }
        }
    }

    #[test]
    fn the_last_order_that_fits_fits_and_the_next_waits_for_the_window() {
        let mut counts = OrderCounts::new(&Limits::DOCUMENTED);
        let (one, other) = (AccountId(1), AccountId(2));
        let at = TsNanos::from_millis(13_500).unwrap();
        counts.placed(one, 98, at);
        assert_eq!(counts.check(one, 2, at), Ok(()));
        let error = counts.check(one, 3, at).unwrap_err();
        assert_eq!((error.status, error.code, error.retry_after_seconds), (429, -1015, Some(7)));
        assert_eq!(error.msg, "Too many new orders; current limit is 100 orders per 10 SECOND.");
        assert_eq!(counts.check(other, 3, at), Ok(()));
        let later = TsNanos::from_millis(20_000).unwrap();
        assert_eq!(counts.check(one, 3, later), Ok(()));
        assert_eq!(counts.usage(one, later).map(|usage| usage.count), [0, 98]);
    }
}
