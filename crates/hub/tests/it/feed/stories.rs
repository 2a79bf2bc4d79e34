//! Stories of a feed, one line a step: what comes, and what is done.

use hub::feed::{Command, Delivery, Feed, FeedConfig, Input, Item, QueryId, Report, SymbolConfig};
use types::bar::Bar;
use types::feed::{
    Answer, BarUpdate, Channel, LinkEvent, MarketEvent, PublicTrade, Query, QueryFailure, Quote,
    SourceId, Stream,
};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};

const MILLI: i64 = 1_000_000;
const MINUTE: i64 = 60_000;
const M1: Timeframe = Timeframe::M1;
const M5: Timeframe = Timeframe::M5;

/// A feed, and the milliseconds of its story; minute 0 is a multiple of five.
struct Story {
    feed: Feed,
    millis: i64,
    updates: u64,
    /// Wall clocks of the sources less ours, milliseconds.
    offsets: [i64; 3],
    asked: Vec<(QueryId, SourceId, Query)>,
    /// Number of each source's connection.
    numbers: [u64; 3],
    timeframes: Vec<Timeframe>,
}

fn base() -> i64 {
    TsNanos::from_nanos(1_700_000_100 * 1_000 * MILLI).as_nanos()
}

fn minute(n: i64) -> TsNanos {
    TsNanos::from_nanos(base() + n * MINUTE * MILLI)
}

fn symbol() -> Symbol {
    Symbol::new("EURUSD").expect("a symbol")
}

fn bar(timeframe: Timeframe, n: i64, close: i64) -> Bar {
    let open_time = TsNanos::from_nanos(base() + n * timeframe.nanos());
    let [low, high, close] = [close.min(1_000), close.max(1_000), close].map(Price::from_raw);
    Bar { open_time, open: Price::from_raw(1_000), high, low, close, volume: Some(1.0) }
}

fn watching(timeframes: &[Timeframe], sources: u8) -> FeedConfig {
    let mut config = FeedConfig::new(vec![SymbolConfig::new(symbol(), timeframes.to_vec())]);
    (config.sources, config.warm_up_bars) = (sources, 2);
    config
}

impl Story {
    fn new(config: FeedConfig) -> Self {
        let timeframes = config.symbols[0].timeframes.iter().copied().collect();
        let feed = Feed::new(config, minute(0)).expect("a configuration that can be followed");
        let (asked, offsets, numbers) = (Vec::new(), [0; 3], [0; 3]);
        Self { feed, millis: 0, updates: 0, offsets, asked, numbers, timeframes }
    }

    /// Connected, heard, clock known, history there: entries are open at minute 0, 100 ms.
    fn running(config: FeedConfig) -> Self {
        let sources = config.sources;
        let mut story = Self::new(config);
        story.wait(0);
        for id in (0..sources).rev() {
            story.start(id);
        }
        story.wait(100);
        story.answer_all();
        assert_eq!(story.reasons(), "", "a story begins well");
        story
    }

    /// Connects a source and lets each stream be heard.
    fn start(&mut self, id: u8) -> Vec<String> {
        let mut seen = self.link(id, LinkEvent::Connected);
        seen.extend(self.answer_all());
        seen.extend(self.alive(id));
        seen
    }

    /// Lets a source say what says nothing new.
    fn alive(&mut self, id: u8) -> Vec<String> {
        let mut seen = Vec::new();
        for timeframe in self.timeframes.clone() {
            let n = self.now().since(minute(0)).div_euclid(timeframe.nanos());
            seen.extend(self.bar(id, timeframe, n, 1_000, false));
        }
        seen.extend(self.quote(id, 999, 1_001));
        seen
    }

    /// Goes to a moment while these sources live, say each closed minute, and answer what is asked.
    fn live(&mut self, sources: &[u8], until_millis: i64) -> Vec<String> {
        let mut seen = Vec::new();
        while self.millis < until_millis {
            let next = (self.millis / 5_000 + 1) * 5_000;
            seen.extend(self.wait(next.min(until_millis)));
            seen.extend(self.answer_all());
            for &id in sources {
                if self.millis % MINUTE == 0 {
                    seen.extend(self.bar(id, M1, self.millis / MINUTE - 1, 1_000, true));
                }
                seen.extend(self.alive(id));
            }
            seen.extend(self.answer_all());
        }
        seen
    }

    /// Puts the question about bars first.
    fn bars_first(&mut self) {
        let at = self.asked.iter().position(|(_, _, query)| matches!(query, Query::Bars { .. }));
        self.asked.swap(0, at.expect("bars were asked for"));
    }

    fn now(&self) -> TsNanos {
        minute(0).plus(self.millis * MILLI)
    }

    fn handle(&mut self, input: Input) -> Vec<String> {
        let now = self.now();
        self.feed.handle(input, now);
        let mut seen = Vec::new();
        while let Some(command) = self.feed.poll() {
            if let Command::Ask { id, source, query } = &command {
                self.asked.push((*id, *source, query.clone()));
            }
            if let Command::Connect { source, number } = &command {
                self.numbers[usize::from(source.0)] = *number;
            }
            seen.push(shown(&command));
        }
        seen
    }

    /// Goes to a moment over every deadline before it.
    fn wait(&mut self, until_millis: i64) -> Vec<String> {
        let mut seen = Vec::new();
        let end = minute(0).plus(until_millis * MILLI);
        while let Some(due) = self.feed.next_deadline().filter(|due| *due <= end) {
            let due_millis = due.since(minute(0)).div_euclid(MILLI);
            let odd = i64::from(due.since(minute(0)).rem_euclid(MILLI) != 0);
            self.millis = self.millis.max(due_millis + odd);
            seen.extend(self.handle(Input::Timer));
        }
        self.millis = until_millis;
        seen.extend(self.handle(Input::Timer));
        seen
    }

    fn link(&mut self, id: u8, event: LinkEvent) -> Vec<String> {
        let number = self.numbers[usize::from(id)];
        self.handle(Input::Link { source: SourceId(id), number, event })
    }

    fn market(&mut self, id: u8, event: MarketEvent) -> Vec<String> {
        self.link(id, LinkEvent::Market(event))
    }

    fn bar(
        &mut self,
        id: u8,
        timeframe: Timeframe,
        n: i64,
        close: i64,
        closed: bool,
    ) -> Vec<String> {
        let (bar, at) = (bar(timeframe, n, close), self.now());
        let update = BarUpdate { symbol: symbol(), timeframe, bar, closed, at };
        self.market(id, MarketEvent::Bar(update))
    }

    fn closed(&mut self, n: i64) -> Vec<String> {
        self.bar(0, M1, n, 1_000, true)
    }

    fn quote(&mut self, id: u8, bid: i64, ask: i64) -> Vec<String> {
        self.updates += 1;
        let [bid, ask] = [bid, ask].map(Price::from_raw);
        let (bid_qty, ask_qty, update_id) = (Qty::ONE, Qty::ONE, self.updates);
        let quote = Quote { symbol: symbol(), bid, bid_qty, ask, ask_qty, update_id, at: None };
        self.market(id, MarketEvent::Quote(quote))
    }

    fn trade(&mut self, n: u64) -> Vec<String> {
        let trade = trade(n, self.now());
        self.market(0, MarketEvent::Trade(trade))
    }

    /// Answers the oldest question.
    fn answer(&mut self, result: Result<Answer, QueryFailure>) -> Vec<String> {
        let (id, _, _) = self.asked.remove(0);
        let sent = self.now();
        self.handle(Input::Answered { id, sent, result })
    }

    /// Answers every question with what a good source has: closed bars up to now, an unfinished one behind them.
    fn answer_all(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some((_, source, query)) = self.asked.first().cloned() {
            let offset = self.offsets[usize::from(source.0)] * MILLI;
            let theirs = self.now().plus(offset);
            let answer = match query {
                Query::Time => Answer::Time(theirs),
                Query::Bars { timeframe, from, until, .. } => {
                    let first = from.since(minute(0)).div_euclid(timeframe.nanos());
                    let count = until.since(from) / timeframe.nanos();
                    // One more than was asked for, and that one unfinished.
                    Answer::Bars(
                        (first..=first + count).map(|n| bar(timeframe, n, 1_000)).collect(),
                    )
                }
                Query::Trades { from_id, .. } => {
                    Answer::Trades((from_id..self.updates).map(|n| trade(n, theirs)).collect())
                }
                Query::Depth { .. } => unreachable!("no story asks for a book"),
            };
            seen.extend(self.answer(Ok(answer)));
        }
        seen
    }

    /// Lets the first source say a hundred times what says nothing new: one gap is no bad quality then.
    fn chatter(&mut self) {
        let n = self.millis.div_euclid(MINUTE);
        for _ in 0..100 {
            self.bar(0, M1, n, 1_000, false);
        }
    }

    /// Answers what time it is, and nothing else.
    fn answer_time_alone(&mut self) {
        while let Some((_, _, query)) = self.asked.first() {
            let result = match query {
                Query::Time => Ok(Answer::Time(self.now())),
                Query::Bars { .. } | Query::Trades { .. } | Query::Depth { .. } => {
                    Err(QueryFailure::Unavailable("down".to_owned()))
                }
            };
            self.answer(result);
        }
    }

    fn reasons(&self) -> String {
        let reasons = self.feed.no_entries(&symbol());
        reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(" ")
    }

    fn counts(&self, id: u8) -> hub::feed::Counts {
        self.feed.counts(SourceId(id), &symbol()).expect("a watched symbol")
    }
}

fn trade(id: u64, at: TsNanos) -> PublicTrade {
    let (price, qty) = (Price::from_raw(1_000), Qty::ONE);
    let sent_at = None;
    PublicTrade { symbol: symbol(), id, price, qty, buyer_is_maker: true, at, sent_at }
}

/// Short words for what is done: `bar 1m 5 of 0`.
fn shown(command: &Command) -> String {
    let n = |timeframe: Timeframe, at: TsNanos| at.since(minute(0)) / timeframe.nanos();
    match command {
        Command::Connect { source, number } => format!("connect {}#{number}", source.0),
        Command::Disconnect { source, number } => format!("disconnect {}#{number}", source.0),
        Command::Subscribe { source, streams } => {
            format!("subscribe {} {}", source.0, streams.len())
        }
        Command::Ask { source, query, .. } => match query {
            Query::Time => format!("ask {} time", source.0),
            Query::Bars { timeframe: t, from, until, .. } => {
                format!("ask {} {t} {}..{}", source.0, n(*t, *from), n(*t, *until))
            }
            Query::Trades { from_id, .. } => format!("ask {} trades {from_id}", source.0),
            Query::Depth { .. } => format!("ask {} depth", source.0),
        },
        Command::Deliver(Delivery { source, filled, item }) => {
            let how = if *filled { "filled by" } else { "of" };
            match item {
                Item::Bar { timeframe, bar, .. } => {
                    format!("bar {timeframe} {} {how} {}", n(*timeframe, bar.open_time), source.0)
                }
                Item::Quote(_) => format!("quote {how} {}", source.0),
                Item::Trade(trade) => format!("trade {} {how} {}", trade.id, source.0),
                Item::Book { last_id, .. } => format!("book {last_id} {how} {}", source.0),
            }
        }
        Command::Report(report) => told(report),
    }
}

fn told(report: &Report) -> String {
    match report {
        Report::Closed { source, why, .. } => format!("closed {}: {why}", source.0),
        Report::Stale { source, stream, silent_nanos } => {
            format!("stale {} {} {} ms", source.0, stream.channel, silent_nanos / MILLI)
        }
        Report::Refused { source, .. } => format!("refused {}", source.0),
        Report::Unusable { source, why, .. } => format!("unusable {}: {why}", source.0),
        Report::SourceChanged { from, to, .. } => match from {
            Some(from) => format!("source {} to {}", from.0, to.0),
            None => format!("source {}", to.0),
        },
        Report::Gap { stream, missing, .. } => format!("gap {} {missing}", stream.channel),
        Report::Filled { stream, brought, .. } => format!("filled {} {brought}", stream.channel),
        Report::Hole { stream, missing, .. } => format!("hole {} {missing}", stream.channel),
        Report::Unanswered { query, why, .. } => format!("unanswered {query}: {why}"),
        Report::Resync { why, .. } => format!("resync: {why}"),
        Report::Skew { source, offset_nanos, past } => {
            format!(
                "skew {} {} ms {}",
                source.0,
                offset_nanos / MILLI,
                if *past { "past" } else { "back" }
            )
        }
        Report::OutOfStep { timeframe, .. } => format!("out of step {timeframe}"),
        Report::Outlier { stream, .. } => format!("outlier {}", stream.channel),
        Report::Crossed { source, .. } => format!("crossed {}", source.0),
        Report::Outlying { source, .. } => format!("outlying {}", source.0),
        Report::Contradiction { stream, .. } => format!("contradiction {}", stream.channel),
        Report::Entries { reasons, .. } => {
            let codes: Vec<_> = reasons.iter().map(hub::feed::NoEntry::code).collect();
            format!(
                "entries {}",
                if codes.is_empty() { "open".to_owned() } else { codes.join(" ") }
            )
        }
    }
}

#[test]
fn from_nothing_to_open_entries() {
    let mut story = Story::new(watching(&[M1], 1));
    assert_eq!(story.wait(0), ["connect 0#1", "entries NO_SOURCE"]);
    assert_eq!(story.link(0, LinkEvent::Connected), ["subscribe 0 2", "ask 0 time"]);
    assert_eq!(story.answer_all(), [""; 0], "nothing was heard yet");
    assert_eq!(story.bar(0, M1, 0, 1_000, false), [""; 0], "an unfinished bar is no bar");
    assert_eq!(
        story.quote(0, 999, 1_001),
        ["source 0", "ask 0 1m -2..0", "entries FILLING WARMING_UP"],
        "the quote came before there was a source"
    );
    assert_eq!(
        story.answer_all(),
        ["bar 1m -2 filled by 0", "bar 1m -1 filled by 0", "filled bars of 1m 2", "entries open"]
    );
    assert_eq!(story.quote(0, 999, 1_002), ["quote of 0"]);
}

#[test]
fn history_is_asked_for_as_soon_as_the_streams_will_tell_what_follows() {
    let mut story = Story::new(watching(&[M1], 1));
    story.wait(0);
    story.link(0, LinkEvent::Connected);
    let subscribed = |channel| LinkEvent::Subscribed(Stream::new(symbol(), channel));
    assert_eq!(story.link(0, subscribed(Channel::Bars(M1))), [""; 0]);
    assert_eq!(story.link(0, subscribed(Channel::Quotes)), [""; 0], "what time is it there?");
    assert_eq!(
        story.answer_all(),
        [
            "source 0",
            "ask 0 1m -2..0",
            "entries SOURCE_NOT_FRESH FILLING WARMING_UP QUOTE_OLD",
            "bar 1m -2 filled by 0",
            "bar 1m -1 filled by 0",
            "filled bars of 1m 2",
            "entries SOURCE_NOT_FRESH QUOTE_OLD",
        ]
    );
    assert!(story.feed.has_answers(&symbol()));
    assert_eq!(story.bar(0, M1, 0, 1_000, false), [""; 0]);
    assert_eq!(story.quote(0, 999, 1_001), ["quote of 0", "entries open"], "every stream is heard");
}

#[test]
fn one_stream_that_is_not_subscribed_to_is_waited_for() {
    let mut story = Story::new(watching(&[M1], 1));
    story.wait(0);
    story.link(0, LinkEvent::Connected);
    story.link(0, LinkEvent::Subscribed(Stream::new(symbol(), Channel::Bars(M1))));
    assert_eq!(story.answer_all(), [""; 0]);
    assert!(!story.feed.has_answers(&symbol()));
    assert_eq!(story.reasons(), "NO_SOURCE");
    // Of another connection nothing is known.
    story.link(0, LinkEvent::Closed { why: "cut".to_owned() });
    story.wait(30_000);
    story.numbers[0] = 2;
    story.link(0, LinkEvent::Connected);
    story.link(0, LinkEvent::Subscribed(Stream::new(symbol(), Channel::Quotes)));
    story.answer_all();
    assert_eq!(story.reasons(), "NO_SOURCE");
}

#[test]
fn history_that_begins_later_than_was_wanted_lacks_nothing() {
    let mut story = Story::new(watching(&[M1], 1));
    story.wait(0);
    story.link(0, LinkEvent::Connected);
    story.answer_all();
    story.alive(0);
    let seen = story.answer(Ok(Answer::Bars(vec![bar(M1, -1, 1_000)])));
    assert_eq!(seen, ["bar 1m -1 filled by 0", "filled bars of 1m 1", "entries WARMING_UP"]);
    assert!(story.asked.is_empty() && story.feed.has_answers(&symbol()));
}

#[test]
fn a_source_that_has_no_history_has_answered_and_one_that_fails_has_not() {
    for has_nothing in [true, false] {
        let mut story = Story::new(watching(&[M1], 1));
        story.wait(0);
        story.link(0, LinkEvent::Connected);
        story.answer_all();
        story.alive(0);
        assert!(!story.feed.has_answers(&symbol()), "the question is on its way");
        let down = QueryFailure::Unavailable("down".to_owned());
        story.answer(if has_nothing { Ok(Answer::Bars(Vec::new())) } else { Err(down) });
        assert_eq!(story.feed.has_answers(&symbol()), has_nothing);
        assert_eq!(story.reasons(), "FILLING WARMING_UP", "and no position is opened");
        assert_eq!(story.wait(1_000), ["ask 0 1m -2..0"]);
        story.answer_all();
        assert_eq!(story.reasons(), "");
    }
}

#[test]
fn an_unfinished_bar_is_never_taken_for_a_closed_one() {
    let mut story = Story::running(watching(&[M1], 1));
    story.live(&[0], 59_900);
    assert_eq!(story.bar(0, M1, 0, 1_010, false), [""; 0]);
    story.wait(60_010);
    story.answer_all();
    assert_eq!(story.bar(0, M1, 0, 1_011, false), [""; 0], "its time has come, its end has not");
    assert_eq!(story.bar(0, M1, 0, 1_012, true), ["bar 1m 0 of 0"]);
    // A bar that says it closed a minute before it can.
    let seen = story.bar(0, M1, 1, 1_000, true);
    assert!(seen[0].starts_with("unusable 0: closed at"), "{seen:?}");
    assert_eq!(story.counts(0).failed, 1);
}

#[test]
fn the_last_bar_of_an_answer_counts_once_the_venues_clock_says_so() {
    // Ours is 200 ms ahead: at minute 3 and 100 ms by our clock, bar 2 is still open there.
    let mut story = Story::running(watching(&[M1], 1));
    story.offsets[0] = -200;
    story.live(&[0], 60_000);
    story.link(0, LinkEvent::Closed { why: "test".to_owned() });
    story.wait(180_100);
    story.link(0, LinkEvent::Connected);
    let seen = story.answer_all();
    assert_eq!(story.feed.clock_offset(SourceId(0)), Some(-200 * MILLI));
    // The answer holds bar 2 as well, as if it were closed.
    assert_eq!(
        seen,
        ["bar 1m 1 filled by 0", "filled bars of 1m 1", "entries SOURCE_NOT_FRESH QUOTE_OLD"]
    );
    story.wait(180_300);
    story.alive(0);
    assert_eq!(story.closed(2)[0], "bar 1m 2 of 0");
}

#[test]
fn the_age_of_a_bar_or_a_trade_is_no_skew_of_the_clock() {
    let mut config = watching(&[M1], 1);
    config.symbols[0].trades = true;
    let mut story = Story::running(config);
    story.live(&[0], 59_999);
    story.wait(60_000);
    story.answer_all();
    // Opened a minute ago, told now.
    assert_eq!(story.closed(0), ["bar 1m 0 of 0"]);
    // Traded an hour ago, told now: late, and nothing else.
    let old = trade(1, minute(-60));
    assert_eq!(story.market(0, MarketEvent::Trade(old)), ["trade 1 of 0"]);
    assert_eq!((story.counts(0).late, story.reasons().as_str()), (1, ""));
    assert_eq!(story.feed.clock_offset(SourceId(0)), Some(0));
}

#[test]
fn a_skewed_clock_is_an_incident_and_keeps_entries_off() {
    let mut story = Story::running(watching(&[M1], 1));
    let skews = |seen: Vec<String>| -> Vec<String> {
        seen.into_iter().filter(|line| line.starts_with("skew")).collect()
    };
    for (until, offset, said, reasons) in [
        (61_000, 250, [""; 0].as_slice(), ""),
        (121_000, 251, &["skew 0 251 ms past"], "CLOCK_SKEWED"),
        (129_000, 251, &[], "CLOCK_SKEWED"),
        (136_000, -250, &["skew 0 -250 ms back"], ""),
    ] {
        story.offsets[0] = offset;
        assert_eq!(skews(story.live(&[0], until)), said, "until {until} ms");
        assert_eq!(story.reasons(), reasons, "at {until} ms");
    }
}

#[test]
fn a_gap_is_counted_filled_and_delivered_in_order() {
    let mut story = Story::running(watching(&[M1], 1));
    assert!(story.live(&[0], 60_000).contains(&"bar 1m 0 of 0".to_owned()));
    story.millis = 240_000;
    let seen = story.closed(3);
    assert_eq!(seen[..2], ["gap bars of 1m 2", "ask 0 1m 1..4"], "{seen:?}");
    assert!(story.reasons().contains("FILLING"));
    assert_eq!(story.counts(0).gaps, 2);
    story.bars_first();
    let seen = story.answer(Ok(Answer::Bars(vec![bar(M1, 1, 1_000), bar(M1, 2, 1_000)])));
    assert_eq!(
        seen[..3],
        ["bar 1m 1 filled by 0", "bar 1m 2 filled by 0", "bar 1m 3 filled by 0"],
        "what waited comes after what lacked"
    );
    assert_eq!(seen[3], "filled bars of 1m 3");
    assert!(!story.reasons().contains("FILLING"));
}

#[test]
fn duplicates_late_ones_and_contradictions_are_delivered_once() {
    let mut story = Story::running(watching(&[M1], 1));
    assert!(story.live(&[0], 60_000).contains(&"bar 1m 0 of 0".to_owned()));
    let quality = |story: &Story| (story.counts(0).duplicate, story.counts(0).late);
    assert_eq!((story.closed(0), quality(&story)), (Vec::new(), (1, 0)));
    let seen = story.bar(0, M1, 0, 1_001, true);
    assert_eq!(seen[0], "contradiction bars of 1m");
    assert_eq!(quality(&story), (2, 0));
    assert_eq!(story.bar(0, M1, -9, 1_000, true), [""; 0], "before the history that was asked for");
    assert_eq!(quality(&story), (2, 1));
    story.live(&[0], 119_999);
    story.wait(122_000);
    story.answer_all();
    story.millis = 122_001;
    assert!(story.closed(1).contains(&"bar 1m 1 of 0".to_owned()));
    assert_eq!(quality(&story), (2, 2), "more than two seconds after its close");
}

#[test]
fn a_bar_that_the_venue_does_not_have_is_passed_over_not_invented() {
    let mut story = Story::running(watching(&[M1], 1));
    story.live(&[0], 60_000);
    story.asked.clear();
    story.millis = 180_000;
    let has = || Ok(Answer::Bars(vec![bar(M1, 2, 1_000)]));
    assert_eq!(story.closed(2)[..2], ["gap bars of 1m 1", "ask 0 1m 1..3"]);
    assert_eq!(story.answer(has()), [""; 0], "one answer may come from a server that lags");
    story.alive(0);
    assert!(story.wait(181_000).contains(&"ask 0 1m 1..3".to_owned()));
    story.bars_first();
    assert_eq!(story.answer(has()), [""; 0], "nor are two within a second a proof");
    assert!(story.wait(183_000).contains(&"ask 0 1m 1..3".to_owned()));
    story.bars_first();
    let seen = story.answer(has());
    assert_eq!(seen[..2], ["hole bars of 1m 1", "bar 1m 2 filled by 0"]);
    assert_eq!(story.counts(0).gaps, 1, "counted when it was noticed, and not twice");
}

#[test]
fn a_silent_stream_is_stale_after_thirty_seconds_ten_for_currencies() {
    for (stale_after, millis) in [(None, 30_000), (Some(10_000), 10_000)] {
        let mut config = watching(&[M1], 1);
        if let Some(stale_after) = stale_after {
            config.symbols[0].stale_after_nanos = stale_after * MILLI;
        }
        let mut story = Story::running(config);
        story.wait(5_000);
        story.bar(0, M1, 0, 1_000, false);
        assert_eq!(story.wait(9_999), [""; 0]);
        let seen = story.wait(millis - 1);
        assert!(seen.is_empty() || seen == ["entries QUOTE_OLD"], "{seen:?}");
        let seen = story.wait(millis);
        let stale = format!("stale 0 quotes {millis} ms");
        assert_eq!(seen[..3], [&stale, "disconnect 0#1", "closed 0: EURUSD quotes was silent"]);
        assert!(story.reasons().starts_with("SOURCE_NOT_FRESH"), "{}", story.reasons());
        let seen = story.wait(millis + 1_200);
        assert_eq!(seen.last().map(String::as_str), Some("connect 0#2"), "{seen:?}");
        let seen = story.handle(Input::Link {
            source: SourceId(0),
            number: 1,
            event: LinkEvent::Market(MarketEvent::Trade(trade(1, minute(0)))),
        });
        assert_eq!(seen, [""; 0], "the former connection has no say");
        story.start(0);
        assert_eq!(story.reasons(), "", "fresh again, and nothing lacks");
    }
}

#[test]
fn the_next_source_takes_over_at_once_and_the_preferred_one_comes_back_later() {
    let mut story = Story::running(watching(&[M1], 2));
    // The second came first; the preferred one is taken once it has been good for a minute.
    assert_eq!(story.feed.source_of(&symbol()), Some(SourceId(1)));
    let seen = story.live(&[0, 1], 65_000);
    assert!(seen.contains(&"bar 1m 0 filled by 0".to_owned()), "as the minute ends: {seen:?}");
    assert!(seen.contains(&"source 1 to 0".to_owned()), "{seen:?}");
    assert_eq!(story.reasons(), "");

    let seen = story.link(0, LinkEvent::Closed { why: "test".to_owned() });
    assert!(seen.contains(&"source 0 to 1".to_owned()), "at once: {seen:?}");
    story.answer_all();
    assert_eq!(story.reasons(), "", "nothing lacks");
    assert_eq!(story.quote(1, 999, 1_002), ["quote of 1"]);
    story.wait(67_000);
    story.start(0);
    let seen = story.live(&[0, 1], 125_000);
    assert!(!seen.iter().any(|line| line.starts_with("source")), "not before a minute: {seen:?}");
    let seen = story.live(&[0, 1], 130_000);
    assert!(seen.contains(&"source 1 to 0".to_owned()), "{seen:?}");
}

#[test]
fn a_source_that_the_other_contradicts_is_left() {
    let mut story = Story::running(watching(&[M1], 2));
    story.quote(0, 999, 1_001);
    let seen = story.quote(1, 1_200, 1_202);
    assert_eq!(seen[..3], ["outlier quotes", "outlying 1", "source 1 to 0"], "{seen:?}");
    assert_eq!(story.counts(1).outliers, 1);
}

#[test]
fn an_outlier_waits_for_a_second_and_a_crossed_quote_is_no_quote() {
    let mut story = Story::running(watching(&[M1], 1));
    assert_eq!(story.quote(0, 1_200, 1_202), ["outlier quotes"]);
    assert_eq!(story.quote(0, 1_201, 1_203), ["quote of 0"], "the second agrees");
    assert_eq!(story.quote(0, 1_203, 1_203), ["crossed 0"]);
    assert_eq!(story.quote(0, 1_204, 1_203), [""; 0], "told once");
    assert_eq!((story.counts(0).crossed, story.counts(0).outliers), (2, 1));
    story.wait(10_100);
    story.quote(0, 1_204, 1_203);
    assert_eq!(story.reasons(), "", "10 s old");
    assert_eq!(story.wait(10_101), ["entries QUOTE_OLD"], "a crossed quote makes nothing fresh");
}

#[test]
fn a_bar_is_too_old_two_of_its_lengths_after_its_close() {
    let mut config = watching(&[M1], 1);
    config.symbols[0].quotes = false;
    let mut story = Story::running(config);
    // The last closed at minute 0, and the source has no other.
    story.chatter();
    let mut seen = Vec::new();
    for at in (25_000..=120_000).step_by(5_000) {
        seen.extend(story.wait(at));
        story.answer_time_alone();
        story.bar(0, M1, at.div_euclid(MINUTE), 1_000, false);
    }
    assert_eq!(seen.iter().filter(|line| line.starts_with("entries")).count(), 1, "{seen:?}");
    assert!(seen.contains(&"entries FILLING".to_owned()), "{seen:?}");
    assert_eq!(story.wait(120_001), ["entries FILLING BAR_OLD"]);
}

#[test]
fn a_bar_that_does_not_come_is_asked_for_before_the_next_one_shows_that_it_lacks() {
    let mut story = Story::running(watching(&[M1], 1));
    story.chatter();
    story.live(&[0], 59_999);
    assert!(story.wait(62_000).iter().all(|line| line == "ask 0 time"));
    story.answer_all();
    assert_eq!(story.wait(62_001), ["gap bars of 1m 1", "ask 0 1m 0..1", "entries FILLING"]);
    assert_eq!(story.answer_all(), ["bar 1m 0 filled by 0", "filled bars of 1m 1", "entries open"]);
    assert_eq!((story.closed(0), story.counts(0).gaps), (Vec::new(), 1), "too late to count");
}

#[test]
fn timeframes_come_in_step_within_a_tenth_of_a_second() {
    let mut story = Story::running(watching(&[M1, M5], 1));
    story.live(&[0], 299_999);
    story.wait(300_000);
    story.answer_all();
    story.quote(0, 999, 1_001);
    assert_eq!(story.closed(4), ["bar 1m 4 of 0"]);
    assert_eq!(story.wait(300_100), [""; 0]);
    assert_eq!(story.wait(300_101), ["out of step 5m", "entries OUT_OF_STEP"]);
    story.wait(300_150);
    let mut five = bar(M5, 0, 1_000);
    five.volume = Some(5.0);
    let (timeframe, at) = (M5, story.now());
    let update = BarUpdate { symbol: symbol(), timeframe, bar: five, closed: true, at };
    let seen = story.market(0, MarketEvent::Bar(update));
    assert_eq!(seen, ["bar 5m 0 of 0", "out of step 5m", "entries open"]);
}

#[test]
fn a_longer_bar_that_shorter_ones_do_not_add_up_to_keeps_entries_off() {
    let mut config = watching(&[M1, M5], 1);
    config.warm_up_bars = 10;
    let mut story = Story::new(config);
    story.wait(0);
    let seen = story.start(0);
    assert!(seen.contains(&"ask 0 1m -10..0".to_owned()), "{seen:?}");
    // The answers say a volume of 1 for each bar, whatever its length: five do not make one.
    let seen = story.answer_all();
    assert_eq!(seen.iter().filter(|line| *line == "contradiction bars of 5m").count(), 2);
    assert_eq!(story.reasons(), "CONTRADICTED");
}

#[test]
fn bad_messages_are_counted_and_keep_entries_off() {
    let mut story = Story::running(watching(&[M1], 1));
    let stream = || Some(Stream::new(symbol(), Channel::Quotes));
    let malformed = |why: &str| LinkEvent::Malformed { stream: stream(), why: why.to_owned() };
    let seen = story.link(0, malformed("cut"));
    assert_eq!(seen, ["unusable 0: cut", "entries QUALITY_LOW PARSE_RATE_LOW"]);
    assert_eq!(story.link(0, malformed("cut again")), [""; 0], "the first of a run is told");
    for n in 0..97 {
        story.quote(0, 999, 1_001 + n % 2);
    }
    assert_eq!(story.reasons(), "PARSE_RATE_LOW", "2 of 101: the score would do");
    for n in 0..100 {
        story.quote(0, 999, 1_001 + n % 2);
    }
    assert_eq!(story.reasons(), "", "2 of 201");
    let nobodys = LinkEvent::Malformed { stream: None, why: "cut".to_owned() };
    assert_eq!(story.link(0, nobodys), ["unusable 0: cut", "entries PARSE_RATE_LOW"]);
    let mut bad = bar(M1, 0, 1_000);
    bad.low = Price::from_raw(2_000);
    let (timeframe, at) = (M1, story.now());
    let update = BarUpdate { symbol: symbol(), timeframe, bar: bad, closed: true, at };
    assert_eq!(story.market(0, MarketEvent::Bar(update)), [""; 0], "part of the run");
    assert_eq!(story.counts(0).failed, 3, "what is nobody's is counted for the source");
    story.quote(0, 999, 1_001);
    (bad.low, bad.open_time) = (bad.open, bad.open_time.plus(1));
    let update = BarUpdate { symbol: symbol(), timeframe, bar: bad, closed: true, at };
    let seen = story.market(0, MarketEvent::Bar(update));
    assert!(seen[0].contains("not on the grid of 1m"), "{seen:?}");
}

#[test]
fn a_question_without_an_answer_is_asked_again() {
    let mut story = Story::new(watching(&[M1], 1));
    story.wait(0);
    story.start(0);
    let lost = || QueryFailure::Unavailable("timed out".to_owned());
    assert_eq!(story.asked.len(), 1);
    let seen = story.answer(Err(lost()));
    assert_eq!(seen, ["unanswered EURUSD bars of 1m: no answer: timed out"]);
    assert_eq!(story.wait(999), [""; 0]);
    assert_eq!(story.wait(1_000), ["ask 0 1m -2..0"]);
    story.answer(Err(lost()));
    assert_eq!(story.wait(2_999), [""; 0]);
    assert_eq!(story.wait(3_000), ["ask 0 1m -2..0"], "1 s, 2 s, 4 s");
    let other = Ok(Answer::Time(story.now()));
    let seen = story.answer(other);
    let why = "unreadable answer: an answer to another question";
    assert_eq!(seen, [format!("unanswered EURUSD bars of 1m: {why}")]);
    story.wait(7_000);
    assert_eq!(story.answer_all().last().map(String::as_str), Some("entries open"));
}

#[test]
fn trades_have_no_gap_over_a_reconnect() {
    let mut config = watching(&[M1], 1);
    config.symbols[0].trades = true;
    let mut story = Story::running(config);
    for n in 0..40 {
        story.quote(0, 999, 1_001 + n % 2);
    }
    assert_eq!(story.trade(7), ["trade 7 of 0"]);
    assert_eq!(story.trade(9), ["gap trades 1", "ask 0 trades 8", "entries FILLING"]);
    assert_eq!(story.trade(9), [""; 0]);
    story.updates = 10;
    let seen = story.answer_all();
    let wanted = ["trade 8 filled by 0", "trade 9 filled by 0", "filled trades 2", "entries open"];
    assert_eq!(seen, wanted);
    story.link(0, LinkEvent::Closed { why: "test".to_owned() });
    story.wait(1_300);
    story.updates = 14;
    let seen = story.start(0);
    let trades: Vec<_> = seen.iter().filter(|line| line.starts_with("trade")).collect();
    assert_eq!(trades.len(), 4, "10 to 13, before the stream says a word: {seen:?}");
    assert_eq!(story.trade(14), ["trade 14 of 0"]);
}
