//! [`Scans`]: scan cycles that were due, and those that did not happen.

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};

/// What is due at instants. A scan cycle is one symbol at one instant, all of its timeframes that close there.
///
/// A symbol is due from its first bar on, at every close of the shortest timeframe that any symbol has shown.
/// It is lost if no bar of it came before the instant closed, or if the instant itself never came. An outage whose
/// bars are replayed in order loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scans {
    /// Whether a bar came since the instant before, by symbol; `None` before the first one.
    seen: Vec<Option<bool>>,
    shortest: Option<Timeframe>,
    last: Option<TsNanos>,
    /// Cycles of the last instant that happened.
    happened: u64,
}

impl Scans {
    /// Takes note of a bar.
    pub(crate) fn on_bar(&mut self, symbol: SymbolId, timeframe: Timeframe) {
        let index = symbol.index();
        if self.seen.len() <= index {
            self.seen.resize(index + 1, None);
        }
        if let Some(seen) = self.seen.get_mut(index) {
            *seen = Some(true);
        }
        let shorter = |known: Timeframe| timeframe.minutes() < known.minutes();
        if self.shortest.is_none_or(shorter) {
            self.shortest = Some(timeframe);
        }
    }

    /// Returns how many cycles were due since the instant before, and how many of them are lost.
    pub(crate) fn on_instant(&mut self, at: TsNanos) -> (u64, u64) {
        if self.last == Some(at) {
            // The end of a backtest closes its last instant again, after everything was sold.
            return (0, 0);
        }
        let due = count(&self.seen, |_| true);
        self.happened = count(&self.seen, |seen| seen);
        let missed = self.instants_missed(at) * due;
        self.last = Some(at);
        for seen in self.seen.iter_mut().flatten() {
            *seen = false;
        }
        (due + missed, due - self.happened + missed)
    }

    /// Returns the cycles of the last instant that had happened, once: their answer was thrown away.
    pub(crate) fn take_last(&mut self) -> u64 {
        std::mem::take(&mut self.happened)
    }

    fn instants_missed(&self, at: TsNanos) -> u64 {
        let (Some(last), Some(shortest)) = (self.last, self.shortest) else { return 0 };
        let steps = at.since(last) / shortest.nanos();
        u64::try_from(steps - 1).unwrap_or(0)
    }
}

fn count(seen: &[Option<bool>], wanted: impl Fn(bool) -> bool) -> u64 {
    seen.iter().flatten().map(|seen| u64::from(wanted(*seen))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SymbolId = SymbolId(0);
    const B: SymbolId = SymbolId(2);

    fn at(hour: i64) -> TsNanos {
        TsNanos::from_nanos(hour * Timeframe::H1.nanos())
    }

    #[test]
    fn cycles_are_due_from_a_symbols_first_bar_on() {
        let mut scans = Scans::default();
        assert_eq!(scans.on_instant(at(0)), (0, 0), "nothing is listened to yet");
        // (hour, symbols with a bar, due, lost)
        let story: [(i64, &[SymbolId], u64, u64); 6] = [
            (1, &[A], 1, 0),
            (2, &[A, B], 2, 0),
            (3, &[A], 2, 1),
            (4, &[], 2, 2),
            // Instants 5 and 6 never came.
            (7, &[A, B], 6, 4),
            (8, &[A, B], 2, 0),
        ];
        for (hour, symbols, due, lost) in story {
            for symbol in symbols {
                scans.on_bar(*symbol, Timeframe::H1);
            }
            assert_eq!(scans.on_instant(at(hour)), (due, lost), "hour {hour}");
        }
        assert_eq!(scans.take_last(), 2);
        assert_eq!(scans.take_last(), 0, "an answer is thrown away once");
    }

    #[test]
    fn the_shortest_timeframe_says_when_an_instant_is_due() {
        let mut scans = Scans::default();
        scans.on_bar(A, Timeframe::H4);
        scans.on_bar(A, Timeframe::H1);
        scans.on_instant(at(4));
        scans.on_bar(A, Timeframe::H1);
        assert_eq!(scans.on_instant(at(5)), (1, 0), "a bar of any timeframe is the cycle");
        assert_eq!(scans.on_instant(at(5)), (0, 0), "the same instant again is no cycle");
    }
}
