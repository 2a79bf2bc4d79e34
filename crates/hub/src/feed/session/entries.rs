//! Whether positions may be opened on a symbol, as far as market data goes.

use types::bar::Bar;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use super::super::line::{Filling, Line};
use super::super::watched::Watched;
use super::super::words::{NoEntry, Report};
use super::Feed;

impl Feed {
    /// Returns everything that keeps positions from being opened on a symbol now; empty: nothing does.
    #[must_use]
    pub fn no_entries(&self, symbol: &Symbol) -> Vec<NoEntry> {
        let Some(watched) = self.symbols.get(symbol) else { return vec![NoEntry::NoSource] };
        let Some(id) = watched.active else { return vec![NoEntry::NoSource] };
        let source = self.source(id);
        let mut reasons = Vec::new();
        if !source.link.fresh(symbol) {
            reasons.push(NoEntry::NotFresh { source: id });
        }
        match source.clock.offset() {
            None => reasons.push(NoEntry::ClockUnknown),
            Some(offset_nanos) if source.clock.skewed() => {
                let max_nanos = self.config.skew_max_nanos;
                reasons.push(NoEntry::Skewed { offset_nanos, max_nanos });
            }
            Some(_) => {}
        }
        if source.views.get(symbol).is_some_and(|view| view.outlying_until > self.now) {
            reasons.push(NoEntry::Outlying);
        }
        self.judge_bars(watched, &mut reasons);
        if watched.config.quotes {
            reasons.extend(self.judge_quote(watched));
        }
        let counts = source.recent(symbol, self.now);
        let (score_min, rate_min) = (self.config.score_min, self.config.parse_rate_min);
        if let Some(score) = counts.score().filter(|score| *score < score_min) {
            reasons.push(NoEntry::Quality { score, min: score_min });
        }
        if let Some(rate) = counts.parse_rate().filter(|rate| *rate < rate_min) {
            reasons.push(NoEntry::ParseRate { rate, min: rate_min });
        }
        reasons
    }

    /// Returns whether a symbol's bars were asked for and every answer is here, though it may have held nothing.
    #[must_use]
    pub fn has_answers(&self, symbol: &Symbol) -> bool {
        let Some(watched) = self.symbols.get(symbol) else { return false };
        let knows_time = watched.active.is_some_and(|id| self.source(id).clock.offset().is_some());
        let answered =
            |line: &Line<Bar>| line.next().is_some() && line.filling().is_none_or(Filling::is_vain);
        knows_time && watched.bars.values().all(answered)
    }

    fn judge_bars(&self, watched: &Watched, reasons: &mut Vec<NoEntry>) {
        for (&timeframe, line) in &watched.bars {
            if line.filling().is_some() {
                let stream = format!("{} bars of {timeframe}", watched.config.symbol);
                reasons.push(NoEntry::Filling { stream });
            }
            let (have, want) = (line.handed_on(), self.config.warm_up_bars);
            if have < u64::from(want) {
                reasons.push(NoEntry::WarmingUp { timeframe, have, want });
            }
            if let Some((closed_at, old_at)) = self.bar_age(watched, timeframe, line)
                && self.now >= old_at
            {
                let age_nanos = self.now.since(closed_at);
                let max_nanos = old_at.since(closed_at) - 1;
                reasons.push(NoEntry::BarOld { timeframe, age_nanos, max_nanos });
            }
        }
        if watched.trades.filling().is_some() {
            let stream = format!("{} trades", watched.config.symbol);
            reasons.push(NoEntry::Filling { stream });
        }
        if watched.step.out_of_step() {
            reasons.push(NoEntry::OutOfStep);
        }
        for cross in watched.crosses.iter().filter(|cross| cross.distrusted()) {
            reasons.push(NoEntry::Contradicted { timeframe: cross.long });
        }
    }

    /// Returns when the last bar of a timeframe closed, by our clock, and when it is too old. Its age counts from its
    /// close: counted from its opening, each bar would be too old the moment before the next one comes.
    fn bar_age(
        &self,
        watched: &Watched,
        timeframe: Timeframe,
        line: &Line<Bar>,
    ) -> Option<(TsNanos, TsNanos)> {
        let offset = watched.active.and_then(|id| self.source(id).clock.offset()).unwrap_or(0);
        let last = line.last()?;
        let closed_at = last.close_time(timeframe).plus(-offset);
        let max = timeframe.nanos().saturating_mul(i64::from(self.config.bar_age_max));
        Some((closed_at, closed_at.plus(max).plus(1)))
    }

    fn judge_quote(&self, watched: &Watched) -> Option<NoEntry> {
        let max_nanos = self.config.quote_age_max_nanos;
        let age_nanos = self.quote_at(watched).map(|at| self.now.since(at));
        let old = age_nanos.is_none_or(|age| age > max_nanos);
        old.then_some(NoEntry::QuoteOld { age_nanos, max_nanos })
    }

    fn quote_at(&self, watched: &Watched) -> Option<TsNanos> {
        let source = self.source(watched.active?);
        source.views.get(&watched.config.symbol)?.quotes.last_at()
    }

    /// Tells what keeps positions from being opened, if that is other than before.
    pub(super) fn tell_entries(&mut self, symbol: &Symbol) {
        let reasons = self.no_entries(symbol);
        let mut codes: Vec<&'static str> = reasons.iter().map(NoEntry::code).collect();
        codes.dedup();
        let watched = self.watched_mut(symbol);
        if watched.told.as_ref() != Some(&codes) {
            watched.told = Some(codes);
            self.report(Report::Entries { symbol: symbol.clone(), reasons });
        }
    }

    /// Returns when something will be too old.
    pub(super) fn entries_deadline(&self, watched: &Watched) -> Option<TsNanos> {
        let bars = watched.bars.iter();
        let bars = bars.filter_map(|(timeframe, line)| self.bar_age(watched, *timeframe, line));
        let quote = watched.config.quotes.then(|| self.quote_at(watched)).flatten();
        let quote = quote.map(|at| at.plus(self.config.quote_age_max_nanos).plus(1));
        bars.map(|(_, old_at)| old_at).chain(quote).filter(|at| *at > self.now).min()
    }
}
