//! Which source a symbol is taken from.

use types::feed::SourceId;
use types::ids::Symbol;
use types::market::TsNanos;

use super::super::quotes::outlying;
use super::super::watched::Watched;
use super::super::words::Report;
use super::Feed;

impl Feed {
    /// Takes the first source that is good. One that is good is left only for a preferred one that has been good for a
    /// while; one that is not is left at once. When none is good, the one in use stays: it is as good as any to come back.
    pub(super) fn choose(&mut self, symbol: &Symbol) {
        let now = self.now;
        let mut good = Vec::new();
        for place in 0..self.config.sources {
            let id = SourceId(place);
            let is_good = self.is_good(id, symbol);
            let Some(view) = self.source_mut(id).views.get_mut(symbol) else { continue };
            if is_good {
                let since = *view.good_since.get_or_insert(now);
                good.push((id, since));
            } else {
                view.good_since = None;
            }
        }
        let active = self.symbols[symbol].active;
        if good.is_empty() {
            // Nothing of quality: what can be used at all is better than what cannot, though no position is opened on it.
            let usable = |id: &SourceId| self.source(*id).usable(symbol, now);
            let stays = active.is_some_and(|id| usable(&id));
            let sources = || (0..self.config.sources).map(SourceId);
            // At the start one that has said nothing yet will do to be asked for history: no position is opened before it is heard.
            let silent =
                |id: &SourceId| active.is_none() && self.source(*id).can_be_asked(symbol, now);
            let first = sources().find(usable).or_else(|| sources().find(silent));
            good.extend(first.filter(|_| !stays).map(|id| (id, now)));
        }
        let active_is_good = good.iter().any(|(id, _)| Some(*id) == active);
        let proven = |since: TsNanos| now.since(since) >= self.config.failback_after_nanos;
        let best = good
            .into_iter()
            .find(|(id, since)| Some(*id) == active || !active_is_good || proven(*since));
        let Some((to, _)) = best.filter(|(id, _)| Some(*id) != active) else { return };
        self.watched_mut(symbol).change_source(to, now);
        self.report(Report::SourceChanged { symbol: symbol.clone(), from: active, to });
    }

    /// Returns whether a source can be used for a symbol: connected and heard, its clock right, nothing against it.
    fn is_good(&self, id: SourceId, symbol: &Symbol) -> bool {
        let source = self.source(id);
        let counts = source.recent(symbol, self.now);
        let score = counts.score().is_none_or(|score| score >= self.config.score_min);
        let parsed = counts.parse_rate().is_none_or(|rate| rate >= self.config.parse_rate_min);
        source.usable(symbol, self.now) && score && parsed
    }

    /// Leaves the source in use if the others contradict it.
    pub(super) fn compare_sources(&mut self, symbol: &Symbol) {
        let now = self.now;
        let Some(active) = self.symbols[symbol].active else { return };
        let since = now.plus(-self.config.quote_age_max_nanos);
        let mut others = Vec::new();
        for place in (0..self.config.sources).filter(|place| *place != active.0) {
            let source = self.source(SourceId(place));
            let view = source.views.get(symbol).filter(|_| source.usable(symbol, now));
            others.extend(view.and_then(|view| view.quotes.mid_since(since)));
        }
        let until = now.plus(self.config.failback_after_nanos);
        let Some(view) = self.source_mut(active).views.get_mut(symbol) else { return };
        if view.outlying_until <= now && outlying(&view.quotes, &others, since) {
            view.outlying_until = until;
            self.report(Report::Outlying { source: active, symbol: symbol.clone() });
        }
    }

    /// Returns when another source may have to be taken.
    pub(super) fn choice_deadline(&self, watched: &Watched) -> Option<TsNanos> {
        let active = watched.active.map_or(u8::MAX, |id| id.0);
        let symbol = &watched.config.symbol;
        let views = self.sources.iter().filter_map(|source| source.views.get(symbol));
        (0_u8..)
            .zip(views)
            .flat_map(|(place, view)| {
                let proven = view.good_since.filter(|_| place < active);
                let proven = proven.map(|since| since.plus(self.config.failback_after_nanos));
                proven.into_iter().chain([view.outlying_until])
            })
            .filter(|at| *at > self.now)
            .min()
    }
}
