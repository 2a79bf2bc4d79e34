//! [`HeldBack`]: bars that wait until all that was asked for of their symbol is here.

use std::collections::{BTreeMap, VecDeque};

use types::ids::SymbolId;
use types::market::Timeframe;

use super::instants::Closed;
use crate::feed::BARS_MAX;

/// Bars that wait, in the order in which they came, each with whether it had been asked for.
///
/// A symbol of which one length never comes is never whole, and bars of its other lengths go on to come.
#[derive(Debug, Default)]
pub(super) struct HeldBack {
    /// By number.
    bars: BTreeMap<u64, (Closed, bool)>,
    /// The numbers of each symbol and length, oldest first.
    of: BTreeMap<(SymbolId, Timeframe), VecDeque<u64>>,
    /// The number of the next.
    next: u64,
}

impl HeldBack {
    /// Keeps a bar; `filled`: it had been asked for.
    pub(super) fn push(&mut self, closed: Closed, filled: bool) {
        let (symbol, timeframe, _) = closed;
        let numbers = self.of.entry((symbol, timeframe)).or_default();
        numbers.push_back(self.next);
        self.bars.insert(self.next, (closed, filled));
        self.next += 1;
        // What a start asks for at most: the oldest leave.
        if i64::try_from(numbers.len()).is_ok_and(|count| count > BARS_MAX)
            && let Some(oldest) = numbers.pop_front()
        {
            self.bars.remove(&oldest);
        }
    }

    /// Returns all of them, in the order in which they came; none waits any more.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Closed, bool)> + use<> {
        std::mem::take(self).bars.into_values()
    }
}

#[cfg(test)]
mod tests {
    use types::bar::Bar;
    use types::market::TsNanos;
    use types::num::Price;

    use super::*;

    fn bar(symbol: u16, timeframe: Timeframe, number: i64) -> Closed {
        let open_time = TsNanos::from_nanos(number * timeframe.nanos());
        let price = Price::ONE;
        let bar =
            Bar { open_time, open: price, high: price, low: price, close: price, volume: None };
        (SymbolId(symbol), timeframe, bar)
    }

    #[test]
    fn of_more_bars_than_a_start_asks_for_the_oldest_of_their_length_leave() {
        let (short, long) = (Timeframe::M15, Timeframe::H1);
        let mut held = HeldBack::default();
        held.push(bar(0, long, 0), true);
        held.push(bar(1, short, 0), false);
        for number in 0..BARS_MAX + 2 {
            held.push(bar(0, short, number), number == 2);
        }
        held.push(bar(0, long, 1), false);
        let taken: Vec<_> = held.take().collect();
        // Those of other symbols and lengths stay, whatever their age, and all are in the order in which they came.
        let mut wanted = vec![(bar(0, long, 0), true), (bar(1, short, 0), false)];
        wanted.extend((2..BARS_MAX + 2).map(|number| (bar(0, short, number), number == 2)));
        wanted.push((bar(0, long, 1), false));
        assert_eq!(taken.len(), wanted.len());
        assert!(taken == wanted, "the newest {BARS_MAX} of a length, in order");
        assert_eq!(held.take().count(), 0);
    }
}
