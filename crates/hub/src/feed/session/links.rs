//! Connections: made, kept, given up.

use types::feed::{LinkEvent, SourceId, Stream};
use types::ids::Symbol;
use types::market::TsNanos;

use super::super::words::{Command, Report};
use super::Feed;

impl Feed {
    /// Takes what a connection said; a former connection's last words are nobody's.
    pub(super) fn on_link(&mut self, id: SourceId, number: u64, event: LinkEvent) {
        let known = self.sources.get(usize::from(id.0)).is_some_and(|s| s.link.number() == number);
        if !known {
            return;
        }
        match event {
            LinkEvent::Connected => self.connected(id),
            LinkEvent::Closed { why } => self.closed(id, why),
            LinkEvent::Subscribed(stream) => self.subscribed(id, &stream),
            LinkEvent::Refused { stream, why } => {
                self.report(Report::Refused { source: id, stream, why });
            }
            LinkEvent::Market(event) => {
                if self.source(id).link.is_up() {
                    self.on_market(id, event);
                }
            }
            LinkEvent::Malformed { stream, why } => self.unusable(id, stream, why),
        }
    }

    /// Makes what is due: connections, and an end to those that hang or are silent.
    pub(super) fn look_after_links(&mut self) {
        for place in 0..self.config.sources {
            let id = SourceId(place);
            let now = self.now;
            if self.source(id).link.hangs(now) {
                self.give_up(id, "not connected in time".to_owned());
            }
            let silent = self.source(id).link.silent(now);
            if let Some(first) = silent.first() {
                let why = format!("{} was silent", first.stream);
                for silent in silent {
                    let (stream, silent_nanos) = (silent.stream, silent.for_nanos);
                    self.report(Report::Stale { source: id, stream, silent_nanos });
                }
                self.give_up(id, why);
            }
            if let Some(number) = self.source_mut(id).link.connect(now) {
                self.commands.push_back(Command::Connect { source: id, number });
            }
        }
    }

    /// Tries sources that are away at once: what connections are made with is new.
    pub fn connect_now(&mut self, now: TsNanos) {
        self.passes(now);
        for source in &mut self.sources {
            source.link.hurry(now);
        }
        self.look_after_links();
    }

    fn give_up(&mut self, id: SourceId, why: String) {
        let number = self.source(id).link.number();
        self.commands.push_back(Command::Disconnect { source: id, number });
        self.closed(id, why);
    }

    fn closed(&mut self, id: SourceId, why: String) {
        let now = self.now;
        let source = self.source_mut(id);
        let retry_at = source.link.down(now);
        source.clock.query = None;
        self.questions.retain(|_, asked| asked.source != id);
        self.report(Report::Closed { source: id, why, retry_at });
        for symbol in self.symbols_of(id) {
            self.watched_mut(&symbol).reconnect(now);
        }
        self.settle_all();
    }

    fn connected(&mut self, id: SourceId) {
        let now = self.now;
        let source = self.source_mut(id);
        if source.link.is_up() {
            return;
        }
        source.link.connected(now);
        source.clock.ask_at = now;
        for view in source.views.values_mut() {
            view.quotes.restart();
        }
        let streams: Vec<Stream> = self.config.symbols.iter().flat_map(|s| s.streams()).collect();
        self.commands.push_back(Command::Subscribe { source: id, streams });
        self.ask_clocks();
        for symbol in self.symbols_of(id) {
            self.watched_mut(&symbol).reconnect(now);
        }
        self.settle_all();
    }

    fn subscribed(&mut self, id: SourceId, stream: &Stream) {
        let link = &mut self.source_mut(id).link;
        if !link.is_up() {
            return;
        }
        link.subscribed(stream);
        if self.symbols.get(&stream.symbol).is_some_and(|watched| watched.active.is_none()) {
            self.settle(&stream.symbol);
        }
    }

    /// The symbols that are taken from a source.
    fn symbols_of(&self, id: SourceId) -> Vec<Symbol> {
        let of_it = self.symbols.iter().filter(|(_, watched)| watched.active == Some(id));
        of_it.map(|(symbol, _)| symbol.clone()).collect()
    }

    /// Counts a message that cannot be used; the first of a run is told.
    pub(super) fn unusable(&mut self, id: SourceId, stream: Option<Stream>, why: String) {
        let now = self.now;
        let source = self.source_mut(id);
        source.count(stream.as_ref().map(|stream| &stream.symbol), now, |counts| {
            counts.received += 1;
            counts.failed += 1;
        });
        let first = !std::mem::replace(&mut source.unusable, true);
        let symbol = stream.as_ref().map(|stream| stream.symbol.clone());
        if first {
            self.report(Report::Unusable { source: id, stream, why });
        }
        match symbol.filter(|symbol| self.symbols.contains_key(symbol)) {
            Some(symbol) => self.settle(&symbol),
            None => self.settle_all(),
        }
    }
}
