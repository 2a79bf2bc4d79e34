//! Market data on its way to the engine: history, instants, late bars, quotes and marks, and what keeps entries off.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use types::entry::{Body, Incident, IncidentKind, Source};
use types::feed::Quote;
use types::ids::{Symbol, SymbolId};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price};
use types::slot::Engine;

use super::event::Event;
use super::held_back::HeldBack;
use super::hub::Hub;
use super::instants::{Closed, Taken};
use super::status::Component;
use crate::breaker::BreakerState;
use crate::feed::{Delivery, FeedConfig, Item, NoEntry, Report};
use crate::gateway;
use crate::units::{seconds, symbol_ids};

/// What has come from the feed and is not in the journal.
#[derive(Debug, Default)]
pub(super) struct Market {
    ids: BTreeMap<Symbol, SymbolId>,
    bars: VecDeque<(Symbol, Timeframe, types::bar::Bar, bool)>,
    /// The newest quote of each symbol that the gateway has not seen.
    quotes: BTreeMap<Symbol, Quote>,
    /// When a mark of a symbol was entered last.
    marked: BTreeMap<SymbolId, TsNanos>,
    /// What keeps entries off, by symbol, as the feed told last.
    reasons: BTreeMap<Symbol, Vec<NoEntry>>,
    /// The feed has changed since it was asked what keeps entries off.
    stirred: bool,
    /// History is in the journal: from here on instants are closed.
    watching: bool,
    /// Symbols of which the venue had nothing when it was asked for history: no instant waits for them, and what comes of them waits
    /// until it is whole.
    without_history: BTreeSet<SymbolId>,
    held_back: HeldBack,
}

impl Market {
    /// Takes a delivery; the newest quote of a symbol wins.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        match delivery.item {
            Item::Bar { symbol, timeframe, bar } => {
                self.bars.push_back((symbol, timeframe, bar, delivery.filled));
            }
            Item::Quote(quote) => {
                self.quotes.insert(quote.symbol.clone(), quote);
            }
            // Neither is asked for by what decides today.
            Item::Trade(_) | Item::Book { .. } => {}
        }
    }

    pub(super) const fn feed_stirred(&mut self) {
        self.stirred = true;
    }

    pub(super) const fn is_watching(&self) -> bool {
        self.watching
    }

    pub(super) fn id(&self, symbol: &Symbol) -> Option<SymbolId> {
        self.ids.get(symbol).copied()
    }

    /// Returns each symbol with the time after which a stream of it is stale, and what keeps entries off it.
    pub(super) fn judged<'a>(
        &'a self,
        feed: &'a FeedConfig,
    ) -> impl Iterator<Item = (SymbolId, i64, &'a [NoEntry])> {
        feed.symbols.iter().filter_map(|watched| {
            let reasons = self.reasons.get(&watched.symbol).map_or(&[][..], Vec::as_slice);
            Some((self.id(&watched.symbol)?, watched.stale_after_nanos, reasons))
        })
    }

    /// Returns the symbols and their places.
    pub(super) fn ids(&self) -> impl Iterator<Item = (&Symbol, SymbolId)> {
        self.ids.iter().map(|(name, symbol)| (name, *symbol))
    }

    /// Returns what keeps entries off a symbol, as the feed told last.
    pub(super) const fn reasons(&self) -> &BTreeMap<Symbol, Vec<NoEntry>> {
        &self.reasons
    }

    /// Returns what keeps entries off a symbol, as codes.
    pub(super) fn codes(&self) -> BTreeMap<Symbol, Vec<String>> {
        let codes = |reasons: &Vec<NoEntry>| reasons.iter().map(|r| r.code().to_owned()).collect();
        self.reasons.iter().map(|(symbol, reasons)| (symbol.clone(), codes(reasons))).collect()
    }
}

/// Returns whether a reason means that bars are not what they should be yet.
const fn lacks_history(reason: &NoEntry) -> bool {
    match reason {
        NoEntry::NoSource | NoEntry::ClockUnknown | NoEntry::Filling { .. } => true,
        NoEntry::NotFresh { .. }
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

/// Returns whether a reason keeps entries off here. Whether enough bars are known is the engine's to say.
const fn blocks(reason: &NoEntry) -> bool {
    !matches!(reason, NoEntry::WarmingUp { .. })
}

/// Returns whether a reason means that no market data comes at all.
const fn is_lost(reason: &NoEntry) -> bool {
    matches!(reason, NoEntry::NoSource | NoEntry::NotFresh { .. })
}

impl<E: Engine> Hub<E> {
    /// Takes the instrument table: which names stand for which places, and which bars belong to an instant.
    pub(super) fn watch_instruments(&mut self) {
        let table = &self.record.ledger.instruments;
        let named = table.iter().map(|instrument| instrument.symbol.clone());
        self.market.ids = named.clone().zip(symbol_ids(table.len())).collect();
        let timeframes = |symbol: Symbol| {
            let watched = self.config.feed.symbols.iter().find(|s| s.symbol == symbol);
            watched.map(|s| s.timeframes.iter().copied().collect()).unwrap_or_default()
        };
        let timeframes: Vec<Vec<Timeframe>> = named.map(timeframes).collect();
        self.record.ledger.instants.watch(timeframes);
        self.market.stirred = true;
    }

    /// Returns whether the venue has answered for every symbol what was asked at the start, whatever it had.
    pub(super) fn has_history(&self) -> bool {
        let gateway = self.lockstep.gateway();
        let trades = |name| self.market.id(name).is_none_or(|symbol| gateway.trades(symbol));
        let mut names = self.config.feed.symbols.iter().map(|watched| &watched.symbol);
        // One that the venue does not trade keeps nobody else waiting.
        names.all(|name| !trades(name) || self.is_whole(name) || self.feed.has_answers(name))
    }

    /// Returns whether every bar of a symbol that was asked for is here.
    fn is_whole(&self, name: &Symbol) -> bool {
        !self.feed.no_entries(name).iter().any(lacks_history)
    }

    /// Enters the bars of symbols and timeframes that the journal has none of; symbols that are not whole stay behind.
    pub(super) fn enter_history(&mut self) {
        let lacking = self.market.ids.iter().filter(|(name, _)| !self.is_whole(name));
        self.market.without_history = lacking.map(|(_, symbol)| *symbol).collect();
        self.take_bars();
        self.append_history(|_| true);
        self.market.watching = true;
    }

    /// Lets symbols in that were not whole at the start, and are now.
    fn enter_late_history(&mut self) {
        if self.market.without_history.is_empty() {
            return;
        }
        let ids = self.market.ids.iter().map(|(name, symbol)| (name, *symbol));
        let whole: BTreeSet<SymbolId> = ids
            .filter(|(name, symbol)| {
                self.market.without_history.contains(symbol) && self.is_whole(name)
            })
            .map(|(_, symbol)| symbol)
            .collect();
        if whole.is_empty() {
            return;
        }
        self.market.without_history.retain(|symbol| !whole.contains(symbol));
        for (closed, filled) in self.market.held_back.take() {
            self.take_bar(closed, filled);
        }
        self.append_history(|symbol| whole.contains(&symbol));
    }

    fn append_history(&mut self, of: impl Fn(SymbolId) -> bool) {
        let gateway = self.lockstep.gateway();
        let expected =
            |symbol| gateway.trades(symbol) && !self.market.without_history.contains(&symbol);
        let history = self.record.ledger.instants.take_history(expected, of);
        for (symbol, timeframe, bars) in history {
            self.append(Source::Venue, Body::History { symbol, timeframe, bars });
        }
    }

    /// Returns whether bars of a symbol are waited for where an instant closes.
    pub(super) fn expects_bars(&self, symbol: SymbolId) -> bool {
        self.lockstep.gateway().trades(symbol) && !self.market.without_history.contains(&symbol)
    }

    /// Moves market data on: what keeps entries off, quotes, then the instants that are due.
    pub(super) fn move_market(&mut self) {
        if self.market.ids.is_empty() {
            return;
        }
        self.judge_symbols();
        self.take_quotes();
        self.take_bars();
        if !self.market.watching {
            return;
        }
        if self.decides() {
            self.enter_late_history();
        }
        // Behind a stop, too: what an exchange in this process was sent ends along further bars.
        self.move_walk();
        if !self.decides() {
            return;
        }
        if self.record.ledger.instants.first().is_some_and(|at| self.is_ahead_of_walk(at)) {
            return;
        }
        let trades: Vec<bool> = self.symbols().map(|symbol| self.expects_bars(symbol)).collect();
        let trades = |symbol: SymbolId| trades[symbol.index()];
        let (now, grace) = (self.now, self.times.bar_grace);
        let Some(instant) = self.record.ledger.instants.next(now, grace, trades) else { return };
        for closed in instant.bars {
            self.append_bar(closed);
        }
        let at = instant.at;
        // A walk has the journal's time; when it was caught up on is told by this clock.
        let closed = if self.walk.is_some() { now.max(at) } else { at };
        self.append_at(closed, Source::Hub, Body::InstantClosed { at });
        for closed in instant.held {
            self.append_bar(closed);
        }
        if !instant.missing.is_empty() {
            self.tell_late(at, &instant.missing);
        }
    }

    /// Returns whether instants are decided: once market data is watched, and until a stop begins.
    pub(super) const fn decides(&self) -> bool {
        self.market.watching && !self.starting.is_stopping()
    }

    fn tell_late(&mut self, at: TsNanos, missing: &[(SymbolId, Timeframe)]) {
        let mut symbols: Vec<SymbolId> = missing.iter().map(|(symbol, _)| *symbol).collect();
        symbols.dedup();
        let waited = seconds(self.now.since(at));
        for symbol in symbols {
            let late = Incident::new(IncidentKind::BarLate, waited, Money::ZERO);
            self.append(Source::Hub, Body::Incident(late.of_symbol(symbol)));
        }
        let name = |(symbol, timeframe): &(SymbolId, Timeframe)| {
            format!("{} {timeframe}", self.record.ledger.name(*symbol))
        };
        let missing = missing.iter().map(name).collect();
        self.event(Event::BarsLate { at, missing });
    }

    fn append_bar(&mut self, (symbol, timeframe, bar): Closed) {
        let at = bar.close_time(timeframe);
        self.append_at(at, Source::Venue, Body::Bar { symbol, timeframe, bar });
    }

    fn take_bars(&mut self) {
        while let Some((symbol, timeframe, bar, filled)) = self.market.bars.pop_front() {
            let Some(symbol) = self.market.ids.get(&symbol).copied() else { continue };
            if self.take_walked(symbol, timeframe, bar) {
                continue;
            }
            self.take_bar((symbol, timeframe, bar), filled);
        }
    }

    fn take_bar(&mut self, closed: Closed, filled: bool) {
        if self.market.without_history.contains(&closed.0) {
            self.market.held_back.push(closed, filled);
            return;
        }
        match self.record.ledger.instants.take(closed, filled, self.now) {
            Taken::Late => self.append_bar(closed),
            Taken::Known | Taken::Waits => {}
        }
    }

    /// Each quote goes to the gateway; the journal gets a mark now and then, and at once where a line is crossed.
    fn take_quotes(&mut self) {
        while let Some((name, quote)) = self.market.quotes.pop_first() {
            let Some(symbol) = self.market.ids.get(&name).copied() else { continue };
            let (bid, ask) = (quote.bid, quote.ask);
            self.tell(gateway::Input::Quote { symbol, bid, ask });
            let raw = bid.raw() / 2 + ask.raw() / 2 + (bid.raw() % 2 + ask.raw() % 2) / 2;
            let price = Price::from_raw(raw);
            let marked = self.market.marked.get(&symbol).copied();
            let due = marked.is_none_or(|at| self.now.since(at) >= self.times.mark_every);
            // Marks of an account in this process come from its bars alone.
            if self.walk.is_none()
                && price.is_positive()
                && (due || self.lockstep.gateway().crosses(symbol, price))
            {
                self.market.marked.insert(symbol, self.now);
                let at = quote.at.unwrap_or(self.now);
                self.append_at(at, Source::Venue, Body::Mark { symbol, price });
            }
        }
    }

    /// Keeps entries off symbols whose market data is not good, or while the venue or the account's stream is away.
    fn judge_symbols(&mut self) {
        let away = self.is_walk_behind()
            || self.watching.is_user_stream_away(self.config.custody)
            || self.calls.breaker(self.now) != BreakerState::Closed;
        if std::mem::take(&mut self.market.stirred) {
            let Market { ids, reasons, .. } = &mut self.market;
            for name in ids.keys() {
                let seen = self.feed.no_entries(name);
                match reasons.get_mut(name) {
                    Some(known) => *known = seen,
                    None => {
                        reasons.insert(name.clone(), seen);
                    }
                }
            }
            let lost = self.market.reasons.values().all(|reasons| reasons.iter().any(is_lost));
            self.watching.feed_lost(lost);
            for (name, symbol) in &self.market.ids {
                let reasons = self.market.reasons.get(name).map_or(&[][..], Vec::as_slice);
                self.troubles.see(*symbol, reasons, self.now);
            }
        }
        let blocked: Vec<(SymbolId, bool)> = self
            .market
            .ids
            .iter()
            .map(|(name, symbol)| {
                let reasons = self.market.reasons.get(name);
                let bad = reasons.is_none_or(|reasons| reasons.iter().any(blocks));
                (*symbol, away || bad)
            })
            .collect();
        for (symbol, on) in blocked {
            self.tell(gateway::Input::Block { symbol, on });
        }
    }

    pub(super) fn on_feed_report(&mut self, report: Report) {
        self.market.stirred = true;
        self.note_trouble(&report);
        match report {
            Report::Closed { why, .. } => {
                self.on_connection_closed(&why);
                self.failing(Component::Feed, why);
            }
            Report::Filled { .. } | Report::SourceChanged { .. } => {
                self.recovering.is_over();
                self.working(Component::Feed);
                self.tell_feed(&report);
            }
            // Told by the status of each symbol.
            Report::Entries { .. } => {}
            Report::Stale { .. }
            | Report::Refused { .. }
            | Report::Unusable { .. }
            | Report::Gap { .. }
            | Report::Hole { .. }
            | Report::Unanswered { .. }
            | Report::Resync { .. }
            | Report::Skew { .. }
            | Report::OutOfStep { .. }
            | Report::Outlier { .. }
            | Report::Crossed { .. }
            | Report::Outlying { .. }
            | Report::Contradiction { .. } => self.tell_feed(&report),
        }
    }

    fn tell_feed(&mut self, report: &Report) {
        let (what, incident) = (report.to_string(), report.is_incident());
        self.event(Event::Feed { what, incident });
    }
}
