//! The connection of market data.

use hub::system::Input;
use types::feed::{LinkEvent, MarketEvent, SourceId, Stream};
use types::market::TsNanos;

use super::play::{MILLI, Next, TICK, World};

/// Bars that are open are told each so many ticks.
const OPEN_EVERY: u64 = 4;

/// A connection.
#[derive(Debug)]
pub(super) struct FeedLink {
    source: SourceId,
    number: u64,
    streams: Vec<Stream>,
    /// When its last message comes: they come in their order.
    last: TsNanos,
}

impl World {
    /// The process connects.
    pub(super) fn connect(&mut self, source: SourceId, number: u64) {
        let refused = self.is_away() || self.strikes("feed_cut").is_some();
        let event = if refused {
            LinkEvent::Closed { why: "refused".to_owned() }
        } else {
            LinkEvent::Connected
        };
        let last = self.now;
        if let Some(process) = &mut self.process {
            let link = FeedLink { source, number, streams: Vec::new(), last };
            process.feed = (!refused).then_some(link);
        }
        self.send_link(source, number, vec![event], 0);
    }

    pub(super) fn disconnect(&mut self, number: u64) {
        if let Some(process) = &mut self.process
            && process.feed.as_ref().is_some_and(|link| link.number == number)
        {
            process.feed = None;
        }
    }

    pub(super) fn subscribe(&mut self, source: SourceId, streams: &[Stream]) {
        let Some(link) = self.process.as_mut().and_then(|process| process.feed.as_mut()) else {
            return;
        };
        let number = link.number;
        link.streams.extend(streams.iter().cloned());
        let mut events: Vec<LinkEvent> =
            streams.iter().map(|stream| LinkEvent::Subscribed(stream.clone())).collect();
        if self.strikes("feed_silent").is_none() {
            for stream in streams {
                let said = self.venue.say(stream, true);
                events.extend(said.into_iter().filter(is_open).map(LinkEvent::Market));
            }
        }
        self.send_link(source, number, events, 0);
    }

    fn send_link(&mut self, source: SourceId, number: u64, events: Vec<LinkEvent>, late: i64) {
        let takes = self.links.magnitude(MILLI, 80 * MILLI) + late;
        let (now, life) = (self.now, self.life);
        let mut at = now.plus(takes);
        if let Some(link) = self.process.as_mut().and_then(|process| process.feed.as_mut())
            && link.number == number
        {
            at = at.max(link.last.plus(1));
            link.last = at;
        }
        self.agenda.at(at, Next::Link { life, source, number, events });
    }

    /// The connection is cut.
    pub(super) fn cut_feed(&mut self) {
        let Some(link) = self.process.as_mut().and_then(|process| process.feed.take()) else {
            return;
        };
        let (at, life) = (link.last.max(self.now).plus(1), self.life);
        let events = vec![LinkEvent::Closed { why: "cut".to_owned() }];
        let (source, number) = (link.source, link.number);
        self.agenda.at(at, Next::Link { life, source, number, events });
    }

    /// Market data is told: a quote of each symbol, bars that close now, now and then those that are open.
    pub(super) fn tick(&mut self) {
        self.agenda.at(self.now.plus(TICK), Next::Tick);
        self.ticks += 1;
        self.venue.roll();
        let open = self.ticks.is_multiple_of(OPEN_EVERY);
        let link = self.process.as_ref().and_then(|process| process.feed.as_ref());
        let Some(link) = link.filter(|link| !link.streams.is_empty()) else { return };
        let (source, number) = (link.source, link.number);
        let said: Vec<MarketEvent> =
            link.streams.iter().flat_map(|stream| self.venue.say(stream, open)).collect();
        if self.strikes("feed_silent").is_some() {
            return;
        }
        let stop = self.strikes("quotes_stop").is_some();
        let mut events = Vec::with_capacity(said.len());
        for event in said {
            match event {
                MarketEvent::Quote(mut quote) => {
                    if stop {
                        continue;
                    }
                    if self.strikes("quotes_crossed").is_some() {
                        std::mem::swap(&mut quote.bid, &mut quote.ask);
                    }
                    events.push(LinkEvent::Market(MarketEvent::Quote(quote)));
                }
                MarketEvent::Bar(update) => {
                    if update.closed && self.strikes("bars_lost").is_some() {
                        continue;
                    }
                    events.push(LinkEvent::Market(MarketEvent::Bar(update)));
                }
                MarketEvent::Trade(_)
                | MarketEvent::AggTrade(_)
                | MarketEvent::Depth(_)
                | MarketEvent::DepthTop(_) => {}
            }
        }
        if events.is_empty() {
            return;
        }
        let late = self.strikes("feed_late").unwrap_or(0);
        self.send_link(source, number, events, late);
    }

    /// The connection says something.
    pub(super) fn link_says(&mut self, source: SourceId, number: u64, events: Vec<LinkEvent>) {
        for event in events {
            if !matches!(event, LinkEvent::Market(_)) {
                self.say(format_args!("link {number} {event:?}"));
            }
            self.feed_hub(Input::Link { source, number, event });
        }
        self.pump();
    }
}

/// What a stream tells when it begins: nothing of what has closed before.
const fn is_open(event: &MarketEvent) -> bool {
    match event {
        MarketEvent::Bar(update) => !update.closed,
        MarketEvent::Quote(_)
        | MarketEvent::Trade(_)
        | MarketEvent::AggTrade(_)
        | MarketEvent::Depth(_)
        | MarketEvent::DepthTop(_) => true,
    }
}
