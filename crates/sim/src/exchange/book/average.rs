//! The average price over the last minutes, by which filters judge.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

/// Length of a step of the window, in nanoseconds: the window moves second by second.
const STEP_NANOS: i64 = 1_000_000_000;
const STEPS_PER_MINUTE: i64 = 60;

/// What traded in one second.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Second {
    number: i64,
    quote: Money,
    /// In 1e-8, wider than a `Qty`: a second of trades may not fit one.
    qty: i128,
}

/// Trades of the last minutes, summed by second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Average {
    seconds: VecDeque<Second>,
    quote: Money,
    qty: i128,
}

impl Average {
    pub(super) fn add(&mut self, at: TsNanos, price: Price, qty: Qty, minutes: u16) {
        let number = at.as_nanos().div_euclid(STEP_NANOS);
        self.forget_before(number - i64::from(minutes) * STEPS_PER_MINUTE);
        let (quote, qty) = (price.notional(qty), i128::from(qty.raw()));
        match self.seconds.back_mut() {
            Some(second) if second.number >= number => {
                second.quote += quote;
                second.qty += qty;
            }
            Some(_) | None => self.seconds.push_back(Second { number, quote, qty }),
        }
        self.quote += quote;
        self.qty += qty;
    }

    /// Returns the average price, weighted by quantity and rounded down at 1e-8, over the `minutes`
    /// before `now`; `None` if nothing traded in them.
    pub(super) fn price(&self, now: TsNanos, minutes: u16) -> Option<Price> {
        let first = now.as_nanos().div_euclid(STEP_NANOS) - i64::from(minutes) * STEPS_PER_MINUTE;
        let (mut quote, mut qty) = (self.quote.raw(), self.qty);
        for second in self.seconds.iter().take_while(|second| second.number < first) {
            quote -= second.quote.raw();
            qty -= second.qty;
        }
        if qty == 0 {
            return None;
        }
        i64::try_from(quote.div_euclid(qty)).ok().map(Price::from_raw)
    }

    fn forget_before(&mut self, number: i64) {
        while self.seconds.front().is_some_and(|second| second.number < number) {
            if let Some(second) = self.seconds.pop_front() {
                self.quote -= second.quote;
                self.qty -= second.qty;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> TsNanos {
        TsNanos::from_nanos(second * STEP_NANOS)
    }

    fn price(units: i64) -> Price {
        Price::from_raw(units * Price::ONE.raw())
    }

    #[test]
    fn weighs_by_quantity_and_forgets_what_is_older_than_the_window() {
        let mut average = Average::default();
        assert_eq!(average.price(at(0), 1), None);
        average.add(at(0), price(100), Qty::from_raw(3), 1);
        average.add(at(30), price(200), Qty::from_raw(1), 1);
        assert_eq!(average.price(at(60), 1), Some(price(125)));
        assert_eq!(average.price(at(61), 1), Some(price(200)));
        assert_eq!(average.price(at(90), 1), Some(price(200)));
        assert_eq!(average.price(at(91), 1), None);
        average.add(at(200), price(50), Qty::from_raw(1), 1);
        assert_eq!(average.price(at(200), 1), Some(price(50)));
    }
}
