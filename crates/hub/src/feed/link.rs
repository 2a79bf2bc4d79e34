//! The connection to one source: [`Link`].

use std::collections::BTreeMap;

use types::feed::{Channel, Stream};
use types::ids::Symbol;
use types::market::TsNanos;

use super::backoff::Backoff;

/// A connection that stood so long is a good one: the next failure starts with the shortest wait, nanoseconds.
const SETTLED_AFTER: i64 = 60_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Down { retry_at: TsNanos },
    Connecting { since: TsNanos },
    Up { since: TsNanos },
}

/// How a stream was silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silent {
    pub(super) stream: Stream,
    pub(super) for_nanos: i64,
}

/// A stream on this connection.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// For how long it may be silent, nanoseconds; `None`: as long as it likes.
    allowed: Option<i64>,
    heard: Option<TsNanos>,
    /// The source says that it will tell it.
    subscribed: bool,
}

/// A symbol on this connection.
#[derive(Clone, Debug, Default)]
struct Speaker {
    streams: BTreeMap<Channel, Told>,
    /// The venue does not trade it: its streams may be silent.
    resting: bool,
    /// When it was traded again, if it rested once.
    woken: Option<TsNanos>,
}

impl Speaker {
    /// Returns the streams that must not be silent.
    fn watched(&self) -> impl Iterator<Item = &Told> {
        self.streams.values().filter(|told| told.allowed.is_some())
    }

    fn is_heard(&self) -> bool {
        self.watched().all(|told| told.heard.is_some())
    }
}

/// A connection: down, on the way, or up with the time each stream was heard.
#[derive(Clone, Debug)]
pub(super) struct Link {
    phase: Phase,
    /// Rises with each try, so that what a former connection still says is not taken for this one's.
    number: u64,
    backoff: Backoff,
    connect_max: i64,
    /// By symbol: at each message the streams of one are looked at, and not those of all.
    symbols: BTreeMap<Symbol, Speaker>,
}

impl Link {
    pub(super) fn new(
        backoff: Backoff,
        connect_max: i64,
        watched: BTreeMap<Stream, i64>,
        now: TsNanos,
    ) -> Self {
        let phase = Phase::Down { retry_at: now };
        let mut link = Self { phase, number: 0, backoff, connect_max, symbols: BTreeMap::new() };
        link.watch(watched);
        link
    }

    /// Takes the streams that must not be silent, and for how long they may be, nanoseconds.
    fn watch(&mut self, watched: BTreeMap<Stream, i64>) {
        for told in self.symbols.values_mut().flat_map(|symbol| symbol.streams.values_mut()) {
            told.allowed = None;
        }
        for (Stream { symbol, channel }, allowed) in watched {
            let streams = &mut self.symbols.entry(symbol).or_default().streams;
            streams.entry(channel).or_default().allowed = Some(allowed);
        }
    }

    /// Takes note that the venue does not trade a symbol, or does again: what rests says nothing, and that is no fault of the
    /// connection.
    pub(super) fn set_resting(&mut self, symbol: &Symbol, rests: bool, now: TsNanos) {
        let told = self.symbols.entry(symbol.clone()).or_default();
        if told.resting && !rests {
            told.woken = Some(now);
        }
        told.resting = rests;
    }

    /// Returns the streams that have to speak, each with when it spoke last and how long it may be silent.
    fn expected(&self, since: TsNanos) -> impl Iterator<Item = ((&Symbol, Channel), TsNanos, i64)> {
        let speaking = self.symbols.iter().filter(|(_, told)| !told.resting);
        speaking.flat_map(move |(symbol, of)| {
            let woken = of.woken.unwrap_or(since);
            of.streams.iter().filter_map(move |(channel, told)| {
                let last = told.heard.unwrap_or(since).max(woken);
                Some(((symbol, *channel), last, told.allowed?))
            })
        })
    }

    pub(super) fn set_waits(
        &mut self,
        (first, max): (i64, i64),
        connect_max: i64,
        watched: BTreeMap<Stream, i64>,
    ) {
        self.backoff.set_waits(first, max);
        self.connect_max = connect_max;
        self.watch(watched);
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// Starts a try if one is due; returns its number.
    pub(super) fn connect(&mut self, now: TsNanos) -> Option<u64> {
        match self.phase {
            Phase::Down { retry_at } if retry_at <= now => {
                self.phase = Phase::Connecting { since: now };
                self.number += 1;
                Some(self.number)
            }
            Phase::Down { .. } | Phase::Connecting { .. } | Phase::Up { .. } => None,
        }
    }

    /// Lets the next try begin at once, where one is waited for.
    pub(super) const fn hurry(&mut self, now: TsNanos) {
        if let Phase::Down { retry_at } = &mut self.phase {
            *retry_at = now;
        }
    }

    pub(super) fn connected(&mut self, now: TsNanos) {
        self.phase = Phase::Up { since: now };
        self.forget();
    }

    /// Forgets what an earlier connection has told.
    fn forget(&mut self) {
        for told in self.symbols.values_mut().flat_map(|symbol| symbol.streams.values_mut()) {
            (told.heard, told.subscribed) = (None, false);
        }
    }

    /// The connection ended or is given up; returns when the next try is due.
    pub(super) fn down(&mut self, now: TsNanos) -> TsNanos {
        if let Phase::Up { since } = self.phase
            && now.since(since) >= SETTLED_AFTER
            && self.all_heard()
        {
            self.backoff.reset();
        }
        let retry_at = now.plus(self.backoff.next());
        self.phase = Phase::Down { retry_at };
        self.forget();
        retry_at
    }

    pub(super) fn heard(&mut self, stream: &Stream, now: TsNanos) {
        self.told_mut(stream).heard = Some(now);
    }

    pub(super) fn subscribed(&mut self, stream: &Stream) {
        self.told_mut(stream).subscribed = true;
    }

    fn told_mut(&mut self, stream: &Stream) -> &mut Told {
        if !self.symbols.contains_key(&stream.symbol) {
            self.symbols.insert(stream.symbol.clone(), Speaker::default());
        }
        let symbol = self.symbols.get_mut(&stream.symbol).expect("it is put there if it is not");
        symbol.streams.entry(stream.channel).or_default()
    }

    /// Returns whether every watched stream of a symbol will be told on this connection: what happens from now on is not missed.
    pub(super) fn is_subscribed(&self, symbol: &Symbol) -> bool {
        let told = |told: &Told| told.subscribed || told.heard.is_some();
        self.is_up() && self.symbols.get(symbol).is_none_or(|of| of.watched().all(told))
    }

    /// Returns whether every watched stream of a symbol was heard on this connection.
    pub(super) fn fresh(&self, symbol: &Symbol) -> bool {
        self.is_up() && self.symbols.get(symbol).is_none_or(Speaker::is_heard)
    }

    fn all_heard(&self) -> bool {
        self.is_up() && self.symbols.values().all(|of| of.resting || of.is_heard())
    }

    /// Returns whether the try takes too long.
    pub(super) fn hangs(&self, now: TsNanos) -> bool {
        matches!(self.phase, Phase::Connecting { since } if now.since(since) >= self.connect_max)
    }

    /// Returns the streams that have been silent for too long.
    pub(super) fn silent(&self, now: TsNanos) -> Vec<Silent> {
        let Phase::Up { since } = self.phase else { return Vec::new() };
        let expected = self.expected(since);
        let silent = expected.filter(|(_, last, allowed)| now.since(*last) >= *allowed);
        silent
            .map(|((symbol, channel), last, _)| Silent {
                stream: Stream::new(symbol.clone(), channel),
                for_nanos: now.since(last),
            })
            .collect()
    }

    pub(super) fn deadline(&self) -> Option<TsNanos> {
        match self.phase {
            Phase::Down { retry_at } => Some(retry_at),
            Phase::Connecting { since } => Some(since.plus(self.connect_max)),
            Phase::Up { since } => {
                self.expected(since).map(|(_, last, allowed)| last.plus(allowed)).min()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_nanos(seconds * SECOND)
    }

    fn quotes() -> Stream {
        Stream::new(Symbol::new("BTCUSDT").unwrap(), Channel::Quotes)
    }

    fn link() -> Link {
        let backoff = Backoff::new(1, SECOND, 30 * SECOND);
        Link::new(backoff, 10 * SECOND, [(quotes(), 30 * SECOND)].into(), at(0))
    }

    #[test]
    fn a_try_that_hangs_is_given_up() {
        let mut link = link();
        assert_eq!(link.connect(at(0)), Some(1));
        assert_eq!(link.connect(at(0)), None);
        assert_eq!(link.deadline(), Some(at(10)));
        assert!(!link.hangs(at(9)) && link.hangs(at(10)));
        let retry_at = link.down(at(10));
        assert!(retry_at > at(10) && retry_at < at(12));
        assert_eq!(link.connect(at(10)), None);
        assert_eq!(link.connect(retry_at), Some(2));
        link.hurry(retry_at);
        assert_eq!(link.connect(retry_at), None, "it is on its way");
        link.down(at(30));
        link.hurry(at(30));
        assert_eq!(link.connect(at(30)), Some(3));
    }

    #[test]
    fn a_stream_is_silent_from_the_connection_or_its_last_word_on() {
        let mut link = link();
        link.connect(at(0));
        link.connected(at(1));
        assert!(!link.fresh(&quotes().symbol));
        assert!(link.silent(at(30)).is_empty());
        assert_eq!(link.silent(at(31)), [Silent { stream: quotes(), for_nanos: 30 * SECOND }]);
        link.heard(&quotes(), at(31));
        assert!(link.fresh(&quotes().symbol) && link.silent(at(60)).is_empty());
        assert_eq!(link.deadline(), Some(at(61)));
        assert_eq!(link.silent(at(61)).len(), 1);
    }

    #[test]
    fn a_symbol_that_does_not_trade_may_be_silent_until_it_trades_again() {
        let mut link = link();
        link.connect(at(0));
        link.connected(at(1));
        link.set_resting(&quotes().symbol, true, at(5));
        assert!(link.silent(at(500)).is_empty());
        assert_eq!(link.deadline(), None);
        assert!(!link.fresh(&quotes().symbol), "nothing was heard of it");
        link.set_resting(&quotes().symbol, false, at(500));
        assert!(link.silent(at(529)).is_empty(), "it has its time to speak");
        assert_eq!(link.deadline(), Some(at(530)));
        assert_eq!(link.silent(at(530)).len(), 1);
        link.heard(&quotes(), at(531));
        assert_eq!(link.deadline(), Some(at(561)));
    }

    #[test]
    fn only_a_connection_that_stood_makes_the_next_wait_short() {
        let mut link = link();
        let mut now = at(0);
        for _ in 0..6 {
            link.connect(now);
            link.connected(now);
            link.heard(&quotes(), now);
            now = link.down(now.plus(59 * SECOND));
        }
        link.connect(now);
        link.connected(now);
        let end = now.plus(60 * SECOND);
        let mut silent = link.clone();
        assert!(silent.down(end).since(end) > 20 * SECOND, "it stood, but a stream was silent");
        link.heard(&quotes(), end);
        assert!(link.down(end).since(end) < 2 * SECOND);
    }
}
