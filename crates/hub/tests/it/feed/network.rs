//! The way between a feed and its sources: events in time order, with faults by seed.

use std::collections::{BTreeMap, BTreeSet};

use hub::feed::{Command, Delivery, Feed, FeedConfig, Input, Item, QueryId, Report, SymbolConfig};
use types::bar::Bar;
use types::feed::{Answer, LinkEvent, MarketEvent, PublicTrade, Query, QueryFailure, SourceId};
use types::market::{Timeframe, TsNanos};

use super::venue::{Draws, SECOND, TIMEFRAMES, Venue, symbol};

const MILLI: i64 = 1_000_000;
/// Of every message on its way, beside what a fault adds.
const LATENCY: i64 = 20 * MILLI;

/// How bad the network is, in percent of messages unless said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) drop: u64,
    pub(super) double: u64,
    pub(super) unreadable: u64,
    /// Largest delay, milliseconds; later messages may overtake.
    pub(super) delay_ms: u64,
    /// Of seconds: the connection ends.
    pub(super) hang_up: u64,
    /// Of seconds: the connection falls silent without ending.
    pub(super) half_open: u64,
    /// Of questions: no answer.
    pub(super) unanswered: u64,
    /// Of tries to connect.
    pub(super) refused: u64,
}

#[derive(Clone, Debug)]
enum Coming {
    Link(SourceId, u64, LinkEvent),
    Answer(QueryId, TsNanos, Result<Answer, QueryFailure>),
}

/// A feed, its sources (mirrors of one venue), and everything on the way.
pub(super) struct World {
    pub(super) venue: Venue,
    pub(super) feed: Feed,
    pub(super) faults: Faults,
    pub(super) now: TsNanos,
    /// The venue's clock less ours, nanoseconds.
    offset: i64,
    draws: Draws,
    coming: BTreeMap<(TsNanos, u64), Coming>,
    sent: u64,
    /// Connections by source, as the sources see them.
    up: BTreeMap<SourceId, u64>,
    silent: BTreeSet<SourceId>,
    /// Sources that cannot be reached at all.
    pub(super) away: BTreeSet<SourceId>,
    pub(super) bars: BTreeMap<Timeframe, Vec<Bar>>,
    pub(super) trades: Vec<PublicTrade>,
    pub(super) reports: Vec<(TsNanos, Report)>,
    pub(super) books_compared: u64,
}

pub(super) fn config(sources: u8) -> FeedConfig {
    let mut symbol = SymbolConfig::new(symbol(), TIMEFRAMES);
    (symbol.trades, symbol.depth) = (true, true);
    let mut config = FeedConfig::new(vec![symbol]);
    config.sources = sources;
    config.warm_up_bars = 3;
    config.page = 7;
    config.pending_max = 40;
    config
}

impl World {
    pub(super) fn new(seed: u64, config: FeedConfig, offset_ms: i64) -> Self {
        let offset = offset_ms * MILLI;
        let start = TsNanos::from_nanos(1_700_000_000 * SECOND);
        let mut venue = Venue::new(seed, start);
        for _ in 0..1_800 {
            venue.tick();
        }
        let now = venue.now.plus(-offset);
        Self {
            feed: Feed::new(config, now).expect("a configuration that can be followed"),
            venue,
            faults: Faults::default(),
            now,
            offset,
            draws: Draws(seed ^ 0x5DEE_CE66),
            coming: BTreeMap::new(),
            sent: 0,
            up: BTreeMap::new(),
            silent: BTreeSet::new(),
            away: BTreeSet::new(),
            bars: BTreeMap::new(),
            trades: Vec::new(),
            reports: Vec::new(),
            books_compared: 0,
        }
    }

    /// Lets so many seconds pass.
    pub(super) fn run(&mut self, seconds: i64) {
        for _ in 0..seconds {
            let end = self.venue.now.plus(-self.offset);
            self.drain(end);
            self.now = end;
            self.disturb();
            for event in self.venue.tick() {
                self.tell(&event);
            }
        }
    }

    /// Handles what comes and what is due before a moment.
    fn drain(&mut self, end: TsNanos) {
        self.handle(Input::Timer);
        loop {
            let due = self.feed.next_deadline();
            let next = self.coming.first_key_value().map(|((at, _), _)| *at);
            let at = [due, next].into_iter().flatten().min();
            let Some(at) = at.filter(|at| *at < end) else { return };
            assert!(due.is_none_or(|due| due > self.now), "a deadline that has passed: {due:?}");
            self.now = self.now.max(at);
            if due.is_some_and(|due| due <= self.now) {
                self.handle(Input::Timer);
            }
            let key = self.coming.keys().next().copied().filter(|(at, _)| *at <= self.now);
            if let Some(coming) = key.and_then(|key| self.coming.remove(&key)) {
                self.arrive(coming);
            }
        }
    }

    fn arrive(&mut self, coming: Coming) {
        match coming {
            Coming::Link(source, number, event) => {
                self.handle(Input::Link { source, number, event });
            }
            Coming::Answer(id, sent, result) => self.handle(Input::Answered { id, sent, result }),
        }
    }

    fn disturb(&mut self) {
        let up: Vec<SourceId> = self.up.keys().copied().collect();
        for source in up {
            if self.away.contains(&source) || self.draws.percent(self.faults.hang_up) {
                let number = self.up.remove(&source).unwrap_or(0);
                let closed = LinkEvent::Closed { why: "hung up".to_owned() };
                self.send(Coming::Link(source, number, closed), 0);
            } else if self.draws.percent(self.faults.half_open) {
                self.silent.insert(source);
            }
        }
    }

    /// A message of the venue's streams on its way to who is connected.
    fn tell(&mut self, event: &MarketEvent) {
        for (source, number) in self.up.clone() {
            if self.silent.contains(&source) || self.draws.percent(self.faults.drop) {
                continue;
            }
            let times = if self.draws.percent(self.faults.double) { 2 } else { 1 };
            for _ in 0..times {
                let told = if self.draws.percent(self.faults.unreadable) {
                    let stream = Some(event.stream());
                    LinkEvent::Malformed { stream, why: "cut".to_owned() }
                } else {
                    LinkEvent::Market(event.clone())
                };
                let delay = self.delay();
                self.send(Coming::Link(source, number, told), delay);
            }
        }
    }

    fn delay(&mut self) -> i64 {
        let millis = self.draws.below(self.faults.delay_ms + 1);
        i64::try_from(millis).expect("small") * MILLI
    }

    fn send(&mut self, coming: Coming, delay: i64) {
        self.sent += 1;
        self.coming.insert((self.now.plus(LATENCY + delay), self.sent), coming);
    }

    fn handle(&mut self, input: Input) {
        self.feed.handle(input, self.now);
        while let Some(command) = self.feed.poll() {
            match command {
                Command::Connect { source, number } => self.connect(source, number),
                Command::Disconnect { source, .. } => {
                    self.up.remove(&source);
                }
                Command::Subscribe { .. } => {}
                Command::Ask { id, source, query } => {
                    let lost =
                        self.away.contains(&source) || self.draws.percent(self.faults.unanswered);
                    let result = if lost {
                        Err(QueryFailure::Unavailable("timed out".to_owned()))
                    } else if query == Query::Time {
                        Ok(Answer::Time(self.now.plus(LATENCY + self.offset)))
                    } else {
                        Ok(self.venue.answer(&query))
                    };
                    let (sent, delay) = (self.now, self.delay());
                    self.send(Coming::Answer(id, sent, result), delay);
                }
                Command::Deliver(delivery) => self.delivered(delivery),
                Command::Report(report) => self.reports.push((self.now, report)),
            }
        }
    }

    fn connect(&mut self, source: SourceId, number: u64) {
        let refused = self.away.contains(&source) || self.draws.percent(self.faults.refused);
        let event = if refused {
            LinkEvent::Closed { why: "refused".to_owned() }
        } else {
            self.silent.remove(&source);
            self.up.insert(source, number);
            LinkEvent::Connected
        };
        let delay = self.delay();
        self.send(Coming::Link(source, number, event), delay);
    }

    fn delivered(&mut self, Delivery { item, .. }: Delivery) {
        match item {
            Item::Bar { timeframe, bar, .. } => {
                let theirs = self.now.plus(self.offset);
                assert!(bar.close_time(timeframe) <= theirs, "an unfinished bar was delivered");
                self.bars.entry(timeframe).or_default().push(bar);
            }
            Item::Trade(trade) => self.trades.push(trade),
            Item::Quote(_) => {}
            Item::Book { last_id, .. } => self.compare_book(last_id),
        }
    }

    /// The book is the venue's at the same number.
    fn compare_book(&mut self, last_id: u64) {
        let book = self.feed.book(&symbol()).expect("a book that was delivered is there");
        let (bids, asks): (Vec<_>, Vec<_>) = (book.bids().collect(), book.asks().collect());
        assert_eq!(Some(&(bids, asks)), self.venue.books.get(&last_id), "at {last_id}");
        self.books_compared += 1;
    }

    /// Every bar of the venue from the first delivered on, each once and in order, up to the last that closed.
    pub(super) fn check_bars(&self) {
        for timeframe in TIMEFRAMES {
            let delivered = &self.bars[&timeframe];
            let first = delivered[0].open_time;
            let truth: Vec<Bar> = self
                .venue
                .closed(timeframe)
                .filter(|bar| bar.open_time >= first)
                .copied()
                .collect();
            // The last closes with the second that is just beginning.
            let open: Vec<_> = delivered.iter().map(|bar| bar.open_time.to_string()).collect();
            assert!(truth.len() - delivered.len() <= 1, "{timeframe}: {open:?}");
            assert_eq!(*delivered, truth[..delivered.len()], "{timeframe}");
        }
    }

    /// Every trade from the first delivered on, each once and in order.
    pub(super) fn check_trades(&self) {
        let first = usize::try_from(self.trades[0].id - 1).expect("few trades");
        let truth = &self.venue.trades[first..];
        let recent = 2 * 3;
        assert!(
            truth.len() - self.trades.len() <= recent,
            "{} lack",
            truth.len() - self.trades.len()
        );
        assert_eq!(self.trades, truth[..self.trades.len()]);
    }

    /// Returns how many reports are of a kind.
    pub(super) fn count(&self, of: impl Fn(&Report) -> bool) -> usize {
        self.reports.iter().filter(|(_, report)| of(report)).count()
    }
}
