//! [`Walk`]: the bars that an exchange in this process trades along, one close after the other, and the instants between.
//!
//! What happens at such an exchange is known once a bar has closed, and is sequenced with the moment at which it happened: the
//! journal's time is that of the walk. So a decision is made with the same moments behind it as in a backtest.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::slot::Engine;

use super::config::Custody;
use super::hub::Hub;
use super::words::Output;
use crate::feed::NoEntry;

/// How long a bar is waited for whose symbol lacks data, from the first bar of the same close on, nanoseconds of wall time. What an
/// outage left out is asked for page by page.
const WAIT: i64 = 60_000_000_000;

/// Bars of one close, and when the first of them came.
#[derive(Debug)]
struct Waiting {
    since: TsNanos,
    bars: BTreeMap<SymbolId, Bar>,
}

/// How far an exchange in this process has come.
#[derive(Debug)]
pub(super) struct Walk {
    timeframe: Timeframe,
    /// Bars that were not handed over, by their close.
    waiting: BTreeMap<TsNanos, Waiting>,
    /// Close of the newest bar of each symbol.
    reached: BTreeMap<SymbolId, TsNanos>,
    /// No bar that closes until then will be handed over any more.
    given: TsNanos,
    /// Everything that happened until then is told.
    walked: TsNanos,
    /// When that happened which is told now.
    now: TsNanos,
}

impl Walk {
    /// Returns a walk that begins at a moment.
    fn new(timeframe: Timeframe, now: TsNanos) -> Self {
        let begun = timeframe.open_of(now);
        Self {
            timeframe,
            waiting: BTreeMap::new(),
            reached: BTreeMap::new(),
            given: begun,
            walked: begun,
            now,
        }
    }

    fn take(&mut self, symbol: SymbolId, bar: Bar, now: TsNanos) {
        let close = bar.close_time(self.timeframe);
        let reached = self.reached.entry(symbol).or_insert(close);
        *reached = (*reached).max(close);
        if close > self.given {
            let new = || Waiting { since: now, bars: BTreeMap::new() };
            self.waiting.entry(close).or_insert_with(new).bars.insert(symbol, bar);
        }
    }

    /// Returns the bars of the next close if all are here or their time is over. `waits`: whether a bar of a symbol that lacks is
    /// waited for longer than `grace`; `None`: it is not expected at all. `held`: an instant is to be decided first.
    fn next(
        &mut self,
        (now, grace, wait): (TsNanos, i64, i64),
        symbols: impl Iterator<Item = (SymbolId, Option<bool>)>,
        held: bool,
    ) -> Option<(TsNanos, Vec<(SymbolId, Bar)>)> {
        if self.given > self.walked {
            return None;
        }
        let (close, first) = self.waiting.first_key_value()?;
        let (close, age) = (*close, now.since(first.since));
        if age < wait {
            let reached = |symbol| self.reached.get(&symbol).is_some_and(|at| *at >= close);
            let lacks = |(symbol, waits): (SymbolId, Option<bool>)| {
                waits.is_some_and(|waits| !reached(symbol) && (waits || age < grace))
            };
            if held || symbols.into_iter().any(lacks) {
                return None;
            }
        }
        self.given = close;
        let bars = self.waiting.remove(&close).map(|waiting| waiting.bars).unwrap_or_default();
        Some((close, bars.into_iter().collect()))
    }

    /// Returns when the next close is due whatever lacks, first after `grace`, then after `wait`.
    fn next_deadline(&self, grace: i64, wait: i64, now: TsNanos) -> Option<TsNanos> {
        let since = self.waiting.first_key_value()?.1.since;
        [since.plus(grace), since.plus(wait)].into_iter().find(|at| *at > now)
    }
}

impl<E: Engine> Hub<E> {
    /// Begins the walk of an exchange in this process: where the journal ends, or now.
    pub(super) fn begin_walk(&mut self, fresh: bool) {
        let Custody::InProcess { walks } = self.config.custody else { return };
        let now = if fresh { self.now } else { self.lockstep.ts() };
        let walk = Walk::new(walks, now);
        let (until, bars) = (walk.walked, Vec::new());
        self.record.outputs.push_back(Output::Walk { until, bars });
        self.walk = Some(walk);
    }

    /// Returns the journal's time: the venue's, or, where the exchange is in this process, that of its walk.
    pub(super) fn stamp(&self) -> TsNanos {
        self.walk.as_ref().map_or(self.now, |walk| walk.now)
    }

    /// What is said next happened then.
    pub(super) fn on_walking(&mut self, at: TsNanos) {
        if let Some(walk) = &mut self.walk {
            walk.now = walk.now.max(at);
        }
    }

    /// Everything that happened until then is told.
    pub(super) fn on_walked(&mut self, until: TsNanos) {
        if let Some(walk) = &mut self.walk {
            walk.now = walk.now.max(until);
            walk.walked = walk.walked.max(until);
        }
    }

    /// Takes a bar of the feed; returns whether it is one that is walked along and nothing else.
    pub(super) fn take_walked(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: Bar) -> bool {
        let now = self.now;
        let Some(walk) = self.walk.as_mut().filter(|walk| walk.timeframe == timeframe) else {
            return false;
        };
        walk.take(symbol, bar, now);
        !self.record.ledger.instants.uses(symbol, timeframe)
    }

    /// Hands the next bars over, once the instants before them are decided.
    pub(super) fn move_walk(&mut self) {
        let decides = self.decides();
        let Some(walk) = &mut self.walk else { return };
        let pace = self.config.speed;
        let times = (self.now, self.times.bar_grace, pace.of(WAIT));
        let held = decides && self.record.ledger.instants.is_open(walk.walked);
        let gateway = self.lockstep.gateway();
        let reasons = self.market.reasons();
        let symbols = self.market.ids().map(|(name, symbol)| {
            let bad = reasons.get(name).is_none_or(|reasons| reasons.iter().any(lacks_data));
            (symbol, gateway.trades(symbol).then_some(bad))
        });
        if let Some((until, bars)) = walk.next(times, symbols, held) {
            self.record.outputs.push_back(Output::Walk { until, bars });
        }
    }

    /// Returns whether an instant has to wait for the walk.
    pub(super) fn is_ahead_of_walk(&self, instant: TsNanos) -> bool {
        self.walk.as_ref().is_some_and(|walk| instant > walk.walked)
    }

    /// Returns whether the walk lags so far behind that nothing is to be opened: two bars of the finest timeframe in use.
    pub(super) fn is_walk_behind(&self) -> bool {
        let finest = self.record.ledger.instants.finest();
        let max = finest.map_or(0, |finest| 2 * finest.nanos());
        self.walk.as_ref().is_some_and(|walk| self.now.since(walk.walked) > max)
    }

    /// Returns whether a bar that has closed was not walked along yet.
    pub(super) fn expects_walk(&self) -> bool {
        let due = |walk: &Walk| walk.timeframe.open_of(self.now) > walk.walked;
        self.walk.as_ref().is_some_and(due)
    }

    pub(super) fn walk_deadline(&self) -> Option<TsNanos> {
        let wait = self.config.speed.of(WAIT);
        self.walk.as_ref()?.next_deadline(self.times.bar_grace, wait, self.now)
    }

    /// Returns whether everything that was said is sequenced, on disk, and answered: an exchange in this process may say the next.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.record.outputs.is_empty() && !self.is_stirred() && self.record.is_written()
    }
}

/// Returns whether bars of a symbol may still come that were left out.
const fn lacks_data(reason: &NoEntry) -> bool {
    match reason {
        NoEntry::NoSource | NoEntry::NotFresh { .. } | NoEntry::Filling { .. } => true,
        NoEntry::ClockUnknown
        | NoEntry::Skewed { .. }
        | NoEntry::Outlying
        | NoEntry::WarmingUp { .. }
        | NoEntry::BarOld { .. }
        | NoEntry::QuoteOld { .. }
        | NoEntry::Quality { .. }
        | NoEntry::ParseRate { .. }
        | NoEntry::OutOfStep
        | NoEntry::Contradicted { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use types::num::Price;

    use super::*;

    const MINUTE: i64 = 60_000_000_000;
    const GRACE: i64 = 2_000_000_000;
    const A: SymbolId = SymbolId(0);
    const B: SymbolId = SymbolId(1);

    fn minute(n: i64) -> TsNanos {
        TsNanos::from_nanos(n * MINUTE)
    }

    fn bar(close: i64) -> Bar {
        let price = Price::from_raw(close);
        let open_time = minute(close - 1);
        Bar { open_time, open: price, high: price, low: price, close: price, volume: None }
    }

    /// Asks for the next close; `b`: whether B's bar is waited for.
    fn next(walk: &mut Walk, now: TsNanos, b: Option<bool>, held: bool) -> Option<(i64, usize)> {
        let symbols = [(A, Some(false)), (B, b)].into_iter();
        let (close, bars) = walk.next((now, GRACE, WAIT), symbols, held)?;
        Some((close.as_nanos() / MINUTE, bars.len()))
    }

    #[test]
    fn a_close_is_handed_over_whole_in_order_and_after_the_instant_before_it() {
        let mut walk = Walk::new(Timeframe::M1, minute(10).plus(5));
        let now = minute(12);
        // What closed before the walk began is no business of it.
        for close in [10, 12, 11] {
            walk.take(B, bar(close), now);
        }
        assert_eq!(next(&mut walk, now, Some(false), false), None, "A's lacks");
        walk.take(A, bar(11), now);
        assert_eq!(next(&mut walk, now, Some(false), true), None, "an instant comes first");
        assert_eq!(next(&mut walk, now, Some(false), false), Some((11, 2)));
        walk.take(A, bar(12), now);
        assert_eq!(next(&mut walk, now, Some(false), false), None, "it is still walking");
        walk.walked = minute(11);
        assert_eq!(next(&mut walk, now, Some(false), false), Some((12, 2)));
        // A later bar says that those between will not come.
        walk.walked = minute(12);
        walk.take(A, bar(13), minute(14));
        walk.take(B, bar(14), minute(14));
        assert_eq!(next(&mut walk, minute(14), Some(true), false), Some((13, 1)));
    }

    #[test]
    fn what_lacks_is_waited_for_as_long_as_it_may_come() {
        let begin = || {
            let mut walk = Walk::new(Timeframe::M1, minute(10));
            walk.take(A, bar(11), minute(11));
            walk
        };
        let at = |nanos: i64| minute(11).plus(nanos);
        for (waits, last) in [(Some(false), GRACE), (Some(true), WAIT)] {
            let mut walk = begin();
            assert_eq!(next(&mut walk, at(last - 1), waits, false), None);
            assert_eq!(walk.next_deadline(GRACE, WAIT, at(last - 1)), Some(at(last)));
            assert_eq!(next(&mut walk, at(last), waits, false), Some((11, 1)));
        }
        assert_eq!(next(&mut begin(), at(0), None, false), Some((11, 1)), "B does not trade");
        assert_eq!(next(&mut begin(), at(WAIT), Some(true), true), Some((11, 1)), "held no longer");
    }
}
