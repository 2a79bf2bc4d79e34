//! [`Hub`]: who listens to which stream, and the one place where messages go out.
//!
//! A message is written once for each unit of time and each wrapping that somebody wants; the
//! listeners share its bytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ws::Utf8Bytes;
use types::ids::Symbol;
use types::market::TsNanos;

use super::late::Late;
use super::messages;
use super::name::{AllFeed, Feed, Stream};
use crate::venue::api::TimeUnit;
use crate::venue::faults::{Api, Faults, Site};
use crate::venue::interval::KlineInterval;
use crate::venue::socket::Outbox;

/// Both units of time.
const UNITS: [TimeUnit; 2] = [TimeUnit::Milli, TimeUnit::Micro];

/// A connection as the hub knows it.
#[derive(Debug)]
pub struct Listener {
    /// Tells connections apart.
    pub id: u64,
    /// Where its messages go.
    pub outbox: Outbox,
    /// Whether messages are wrapped with the name of their stream.
    pub combined: AtomicBool,
    /// In which unit it reads times.
    pub unit: TimeUnit,
}

impl Listener {
    /// Returns which of the four forms of a message it reads.
    fn form(&self) -> usize {
        form(self.unit, self.combined.load(Ordering::Relaxed))
    }
}

const fn form(unit: TimeUnit, combined: bool) -> usize {
    let unit = match unit {
        TimeUnit::Milli => 0,
        TimeUnit::Micro => 2,
    };
    if combined { unit + 1 } else { unit }
}

/// The stream of one symbol or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    One(usize, Feed),
    All(AllFeed),
}

fn is_of_seconds(place: &Place) -> bool {
    matches!(place, Place::One(_, Feed::Kline(KlineInterval::S1, _)))
}

/// A message in the forms that were wanted when it was made.
#[derive(Clone, Debug, Default)]
struct Message([Option<Utf8Bytes>; 4]);

#[derive(Debug)]
struct Topic {
    name: String,
    listeners: Vec<Arc<Listener>>,
}

impl Topic {
    /// Writes a message in the forms that are wanted.
    fn write(&self, render: impl Fn(TimeUnit) -> String) -> Message {
        let mut message = Message::default();
        for unit in UNITS {
            let wanted = |combined| {
                self.listeners.iter().any(|listener| listener.form() == form(unit, combined))
            };
            let (raw, combined) = (wanted(false), wanted(true));
            if !raw && !combined {
                continue;
            }
            let text = render(unit);
            message.0[form(unit, true)] =
                combined.then(|| messages::combined(&self.name, &text).into());
            message.0[form(unit, false)] = raw.then(|| text.into());
        }
        message
    }

    fn deliver(&mut self, message: &Message) {
        self.listeners.retain(|listener| !listener.outbox.is_gone());
        for listener in &self.listeners {
            if let Some(text) = &message.0[listener.form()] {
                listener.outbox.offer(text.clone());
            }
        }
    }
}

/// All listeners of market streams.
pub(super) struct Hub {
    symbols: Vec<Symbol>,
    places: BTreeMap<Symbol, usize>,
    topics: BTreeMap<Place, Topic>,
    late: Late<Place, Message>,
    faults: Faults,
    /// Somebody listens to bars of a second.
    seconds: bool,
}

impl Hub {
    /// Returns a hub nobody listens to; `symbols` in the order of their ids.
    #[must_use]
    pub(super) fn new(symbols: Vec<Symbol>, faults: Faults) -> Self {
        let places = symbols.iter().cloned().zip(0..).collect();
        Self {
            symbols,
            places,
            topics: BTreeMap::new(),
            late: Late::default(),
            faults,
            seconds: false,
        }
    }

    /// Adds a listener to a stream. The streams of a symbol that is not traded stay silent, as the
    /// exchange's do.
    pub(super) fn join(&mut self, stream: &Stream, listener: &Arc<Listener>) {
        let Some(place) = self.place(stream) else { return };
        let topic = self
            .topics
            .entry(place)
            .or_insert_with(|| Topic { name: stream.to_string(), listeners: Vec::new() });
        if topic.listeners.iter().all(|known| known.id != listener.id) {
            topic.listeners.push(Arc::clone(listener));
        }
        self.seconds |= is_of_seconds(&place);
    }

    /// Takes a listener off a stream.
    pub(super) fn leave(&mut self, stream: &Stream, listener: &Listener) {
        let Some(place) = self.place(stream) else { return };
        if let Some(topic) = self.topics.get_mut(&place) {
            topic.listeners.retain(|known| known.id != listener.id);
            if topic.listeners.is_empty() {
                self.topics.remove(&place);
                self.seconds = self.topics.keys().any(is_of_seconds);
            }
        }
    }

    fn place(&self, stream: &Stream) -> Option<Place> {
        match stream {
            Stream::One(symbol, feed) => {
                self.places.get(symbol).map(|place| Place::One(*place, *feed))
            }
            Stream::All(feed) => Some(Place::All(*feed)),
        }
    }

    /// Returns the feeds of a symbol that somebody listens to.
    pub(super) fn wanted(&self, symbol: usize) -> impl Iterator<Item = Feed> {
        let from = Place::One(symbol, Feed::AggTrade);
        let ours = self.topics.range(from..).map(|(place, _)| *place);
        ours.map_while(move |place| match place {
            Place::One(index, feed) if index == symbol => Some(feed),
            Place::One(..) | Place::All(_) => None,
        })
    }

    /// Returns whether somebody listens to a feed of a symbol.
    #[must_use]
    pub(super) fn wants(&self, symbol: usize, feed: Feed) -> bool {
        self.topics.contains_key(&Place::One(symbol, feed))
    }

    /// Returns whether somebody listens to bars of a second.
    pub(super) const fn wants_seconds(&self) -> bool {
        self.seconds
    }

    /// Returns whether somebody listens to a stream of all symbols.
    #[must_use]
    pub(super) fn wants_all(&self, feed: AllFeed) -> bool {
        self.topics.contains_key(&Place::All(feed))
    }

    /// Sends a message of one symbol.
    pub(super) fn tell(
        &mut self,
        now: TsNanos,
        symbol: usize,
        feed: Feed,
        render: impl Fn(TimeUnit) -> String,
    ) {
        self.send(now, Place::One(symbol, feed), render);
    }

    /// Sends a message of all symbols.
    pub(super) fn tell_all(
        &mut self,
        now: TsNanos,
        feed: AllFeed,
        render: impl Fn(TimeUnit) -> String,
    ) {
        self.send(now, Place::All(feed), render);
    }

    fn send(&mut self, now: TsNanos, place: Place, render: impl Fn(TimeUnit) -> String) {
        let Some(topic) = self.topics.get_mut(&place) else { return };
        let symbol = match place {
            Place::One(index, _) => self.symbols.get(index).map(Symbol::as_str),
            Place::All(_) => None,
        };
        let site = Site { api: Api::Stream, endpoint: &topic.name, symbol, account: None };
        let fault = self.faults.event(now, &site);
        let message = topic.write(render);
        for message in self.late.pass(now, &place, message, &fault) {
            topic.deliver(&message);
        }
    }

    /// Sends what a fault has delayed until now.
    pub(super) fn catch_up(&mut self, now: TsNanos) {
        for (place, message) in self.late.due(now) {
            if let Some(topic) = self.topics.get_mut(&place) {
                topic.deliver(&message);
            }
        }
    }
}
