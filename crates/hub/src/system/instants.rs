//! [`Instants`]: bars that close at one moment, collected until all are there or their time is over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::entry::Body;
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};

use crate::units::symbol_ids;

/// A bar and whose it is.
pub(super) type Closed = (SymbolId, Timeframe, Bar);

/// Bars by close, then by symbol, then short to long.
type Pending = BTreeMap<TsNanos, BTreeMap<(SymbolId, Timeframe), Bar>>;

/// What became of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is in the journal already.
    Known,
    /// Its instant is closed: it is to be appended by itself.
    Late,
    /// It waits for its instant.
    Waits,
}

/// An instant that is due.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Instant {
    pub(super) at: TsNanos,
    /// By symbol, then short to long.
    pub(super) bars: Vec<Closed>,
    /// Bars of symbols of which another lacks: they come behind the instant, so that nobody scans half a symbol.
    pub(super) held: Vec<Closed>,
    pub(super) missing: Vec<(SymbolId, Timeframe)>,
}

/// The bars on their way into the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Instants {
    /// Timeframes in use, short to long, by symbol.
    #[serde(skip)]
    timeframes: Vec<Vec<Timeframe>>,
    /// Close of the newest bar in the journal.
    newest: BTreeMap<(SymbolId, Timeframe), TsNanos>,
    #[serde(skip)]
    pending: Pending,
    /// The instant closed last.
    last: Option<TsNanos>,
    /// When a bar that had been asked for came last: more of them may be on their way.
    #[serde(skip)]
    filled_at: Option<TsNanos>,
}

impl Instants {
    /// Takes what is watched, by symbol.
    pub(super) fn watch(&mut self, timeframes: Vec<Vec<Timeframe>>) {
        self.timeframes = timeframes;
    }

    /// Folds an entry.
    pub(super) fn fold(&mut self, body: &Body) {
        match body {
            Body::Bar { symbol, timeframe, bar } => self.know(*symbol, *timeframe, bar),
            Body::History { symbol, timeframe, bars } => {
                bars.iter().for_each(|bar| self.know(*symbol, *timeframe, bar));
            }
            Body::InstantClosed { at } => self.last = Some(*at),
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Report(_)
            | Body::Refused(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_) => {}
        }
    }

    fn know(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        let closed = bar.close_time(timeframe);
        let newest = self.newest.entry((symbol, timeframe)).or_insert(closed);
        *newest = (*newest).max(closed);
    }

    /// Returns the instant closed last.
    pub(super) const fn last(&self) -> Option<TsNanos> {
        self.last
    }

    /// Returns whether bars of a symbol and timeframe belong to instants.
    pub(super) fn uses(&self, symbol: SymbolId, timeframe: Timeframe) -> bool {
        self.timeframes.get(symbol.index()).is_some_and(|in_use| in_use.contains(&timeframe))
    }

    /// Returns the first instant of which a bar is here.
    pub(super) fn first(&self) -> Option<TsNanos> {
        self.pending.first_key_value().map(|(at, _)| *at)
    }

    /// Returns whether a moment is one at which an instant is yet to be closed.
    pub(super) fn is_open(&self, at: TsNanos) -> bool {
        self.last.is_none_or(|last| last < at) && self.expected(at).next().is_some()
    }

    /// Takes a bar of the feed; `filled`: it had been asked for.
    pub(super) fn take(&mut self, closed: Closed, filled: bool, now: TsNanos) -> Taken {
        let (symbol, timeframe, bar) = closed;
        if filled {
            self.filled_at = Some(now);
        }
        let at = bar.close_time(timeframe);
        if self.knows(symbol, timeframe, at) {
            return Taken::Known;
        }
        if self.last.is_some_and(|last| at <= last) {
            return Taken::Late;
        }
        self.pending.entry(at).or_default().insert((symbol, timeframe), bar);
        Taken::Waits
    }

    fn knows(&self, symbol: SymbolId, timeframe: Timeframe, at: TsNanos) -> bool {
        self.newest.get(&(symbol, timeframe)).is_some_and(|newest| at <= *newest)
    }

    /// Returns what belongs to a moment and is not in the journal yet.
    fn expected(&self, at: TsNanos) -> impl Iterator<Item = (SymbolId, Timeframe)> {
        let symbols = symbol_ids(self.timeframes.len()).zip(&self.timeframes);
        let all = symbols.flat_map(|(symbol, timeframes)| {
            timeframes.iter().map(move |timeframe| (symbol, *timeframe))
        });
        all.filter(move |(symbol, timeframe)| {
            timeframe.closes_at(at) && !self.knows(*symbol, *timeframe, at)
        })
    }

    fn missing(
        &self,
        at: TsNanos,
        trades: impl Fn(SymbolId) -> bool,
    ) -> Vec<(SymbolId, Timeframe)> {
        let here = self.pending.get(&at);
        let lacks = |key: &(SymbolId, Timeframe)| here.is_none_or(|here| !here.contains_key(key));
        self.expected(at).filter(|key| trades(key.0) && lacks(key)).collect()
    }

    /// Returns the bars of symbols and timeframes that the journal has none of: history, each in one piece. What
    /// belongs to an instant that is not complete yet stays for it. `trades`: whether bars of a symbol are expected.
    pub(super) fn take_history(
        &mut self,
        trades: impl Fn(SymbolId) -> bool + Copy,
        of: impl Fn(SymbolId) -> bool,
    ) -> Vec<(SymbolId, Timeframe, Vec<Bar>)> {
        let newest = self.pending.last_key_value().map(|(at, _)| *at);
        let open = newest.filter(|at| !self.missing(*at, trades).is_empty());
        let mut history: BTreeMap<(SymbolId, Timeframe), Vec<Bar>> = BTreeMap::new();
        for (at, bars) in &mut self.pending {
            if Some(*at) == open {
                continue;
            }
            bars.retain(|key, bar| {
                let new = of(key.0) && !self.newest.contains_key(key);
                if new {
                    history.entry(*key).or_default().push(*bar);
                }
                !new
            });
        }
        self.pending.retain(|_, bars| !bars.is_empty());
        history.into_iter().map(|((symbol, timeframe), bars)| (symbol, timeframe, bars)).collect()
    }

    /// Returns when the first instant is due whatever lacks. What is asked for page by page may still be coming.
    pub(super) fn deadline(&self, grace: i64) -> Option<TsNanos> {
        let (at, _) = self.pending.first_key_value()?;
        let from = self.filled_at.map_or(*at, |filled| filled.max(*at));
        Some(from.plus(grace))
    }

    /// Returns the next instant, if it is complete or its time is over. `trades`: whether bars of a symbol are expected.
    pub(super) fn next(
        &mut self,
        now: TsNanos,
        grace: i64,
        trades: impl Fn(SymbolId) -> bool,
    ) -> Option<Instant> {
        let (at, _) = self.pending.first_key_value()?;
        let at = *at;
        let missing = self.missing(at, trades);
        let due = self.deadline(grace).is_some_and(|deadline| now >= deadline);
        if !missing.is_empty() && !due {
            return None;
        }
        let bars = self.pending.remove(&at).unwrap_or_default();
        let bars = bars.into_iter().map(|((symbol, timeframe), bar)| (symbol, timeframe, bar));
        let lacks = |symbol: SymbolId| missing.iter().any(|(other, _)| *other == symbol);
        let (held, bars) = bars.partition(|(symbol, ..)| lacks(*symbol));
        Some(Instant { at, bars, held, missing })
    }

    /// Returns whether bars that closed by now are still expected.
    pub(super) fn expects(&self, now: TsNanos, trades: impl Fn(SymbolId) -> bool) -> bool {
        let Some(finest) = self.finest() else { return false };
        let at = finest.open_of(now);
        let new = self.last.is_none_or(|last| at > last);
        new && !self.missing(at, trades).is_empty() && self.newest.values().any(|known| *known < at)
    }

    /// Returns the shortest timeframe in use.
    pub(super) fn finest(&self) -> Option<Timeframe> {
        self.timeframes.iter().flatten().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::num::Price;

    const MINUTE: i64 = 60_000_000_000;
    const GRACE: i64 = 2_000_000_000;
    const A: SymbolId = SymbolId(0);
    const B: SymbolId = SymbolId(1);

    fn minute(minutes: i64) -> TsNanos {
        TsNanos::from_nanos(minutes * MINUTE)
    }

    fn bar(timeframe: Timeframe, close: i64) -> Bar {
        let price = Price::from_raw(close);
        let open_time = minute(close).plus(-timeframe.nanos());
        Bar { open_time, open: price, high: price, low: price, close: price, volume: None }
    }

    fn two() -> Instants {
        let mut instants = Instants::default();
        instants.watch(vec![vec![Timeframe::M15, Timeframe::H1]; 2]);
        instants
    }

    fn offer(
        instants: &mut Instants,
        symbol: SymbolId,
        timeframe: Timeframe,
        at: i64,
        now: TsNanos,
    ) -> Taken {
        instants.take((symbol, timeframe, bar(timeframe, at)), false, now)
    }

    /// Appends an instant as the hub does.
    fn append(instants: &mut Instants, instant: &Instant) {
        let body = |(symbol, timeframe, bar): &Closed| Body::Bar {
            symbol: *symbol,
            timeframe: *timeframe,
            bar: *bar,
        };
        instant.bars.iter().for_each(|closed| instants.fold(&body(closed)));
        instants.fold(&Body::InstantClosed { at: instant.at });
        instant.held.iter().for_each(|closed| instants.fold(&body(closed)));
    }

    #[test]
    fn an_instant_waits_for_all_of_it_and_orders_by_symbol_then_length() {
        let mut instants = two();
        let at = minute(60);
        for (symbol, timeframe) in [(B, Timeframe::M15), (A, Timeframe::H1), (B, Timeframe::H1)] {
            assert_eq!(offer(&mut instants, symbol, timeframe, 60, at), Taken::Waits);
            assert_eq!(instants.next(at, GRACE, |_| true), None, "the last one lacks");
        }
        offer(&mut instants, A, Timeframe::M15, 60, at);
        let instant = instants.next(at, GRACE, |_| true).unwrap();
        let order: Vec<_> = instant.bars.iter().map(|(s, t, _)| (*s, *t)).collect();
        let (short, long) = (Timeframe::M15, Timeframe::H1);
        assert_eq!(order, [(A, short), (A, long), (B, short), (B, long)]);
        append(&mut instants, &instant);
        // At 01:15 the hour does not close: a quarter is all of it.
        let at = minute(75);
        offer(&mut instants, A, short, 75, at);
        assert!(instants.expects(at, |_| true));
        offer(&mut instants, B, short, 75, at);
        assert!(!instants.expects(at, |_| true));
        assert_eq!(instants.next(at, GRACE, |_| true).unwrap().bars.len(), 2);
    }

    #[test]
    fn a_symbol_of_which_a_bar_lacks_comes_behind_the_instant_and_the_late_bar_by_itself() {
        let mut instants = two();
        let at = minute(60);
        for (symbol, timeframe) in [(A, Timeframe::M15), (A, Timeframe::H1), (B, Timeframe::M15)] {
            offer(&mut instants, symbol, timeframe, 60, at);
        }
        assert_eq!(instants.next(at.plus(GRACE - 1), GRACE, |_| true), None);
        assert_eq!(instants.deadline(GRACE), Some(at.plus(GRACE)));
        let instant = instants.next(at.plus(GRACE), GRACE, |_| true).unwrap();
        assert_eq!(instant.missing, [(B, Timeframe::H1)]);
        assert_eq!(instant.bars.len(), 2);
        assert_eq!(instant.held, [(B, Timeframe::M15, bar(Timeframe::M15, 60))]);
        append(&mut instants, &instant);
        assert_eq!(offer(&mut instants, B, Timeframe::M15, 60, at), Taken::Known);
        assert_eq!(offer(&mut instants, B, Timeframe::H1, 60, at), Taken::Late);
    }

    #[test]
    fn one_that_does_not_trade_is_not_waited_for() {
        let mut instants = two();
        let at = minute(75);
        offer(&mut instants, A, Timeframe::M15, 75, at);
        assert_eq!(instants.next(at, GRACE, |_| true), None);
        let instant = instants.next(at, GRACE, |symbol| symbol == A).unwrap();
        assert_eq!((instant.bars.len(), instant.missing.len()), (1, 0));
    }

    #[test]
    fn what_was_missed_comes_in_order_while_pages_still_arrive() {
        let mut instants = two();
        let now = minute(135);
        // A's page is here, B's comes a moment later.
        for at in [75, 90, 105] {
            instants.take((A, Timeframe::M15, bar(Timeframe::M15, at)), true, now);
        }
        assert_eq!(instants.next(now.plus(GRACE - 1), GRACE, |_| true), None);
        for at in [75, 90, 105] {
            let closed = (B, Timeframe::M15, bar(Timeframe::M15, at));
            instants.take(closed, true, now.plus(GRACE / 2));
        }
        let mut seen = Vec::new();
        while let Some(instant) = instants.next(now.plus(GRACE / 2), GRACE, |_| true) {
            assert!(instant.missing.is_empty());
            seen.push(instant.at);
            append(&mut instants, &instant);
        }
        assert_eq!(seen, [minute(75), minute(90), minute(105)]);
    }

    #[test]
    fn history_is_what_the_journal_has_none_of_and_an_open_instant_is_not_torn() {
        let mut instants = two();
        for at in [15, 30, 45, 60] {
            offer(&mut instants, A, Timeframe::M15, at, minute(60));
            offer(&mut instants, B, Timeframe::M15, at, minute(60));
        }
        offer(&mut instants, A, Timeframe::H1, 60, minute(60));
        // B's hour lacks: 01:00 stays whole.
        let history = instants.take_history(|_| true, |_| true);
        let lengths: Vec<_> = history.iter().map(|(s, t, bars)| (*s, *t, bars.len())).collect();
        assert_eq!(lengths, [(A, Timeframe::M15, 3), (B, Timeframe::M15, 3)]);
        for (symbol, timeframe, bars) in history {
            instants.fold(&Body::History { symbol, timeframe, bars });
        }
        offer(&mut instants, B, Timeframe::H1, 60, minute(60));
        assert_eq!(instants.next(minute(60), GRACE, |_| true).unwrap().bars.len(), 4);
        assert_eq!(instants.deadline(GRACE), None);
    }
}
