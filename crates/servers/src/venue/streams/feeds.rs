//! [`Feeds`]: turns what happened at the venue into the messages of market streams.
//!
//! It keeps its own copy of books and bars, made from the events alone, and knows no clock: it is
//! told what happened and what time it is. Streams with an update speed speak when market time
//! crosses a multiple of it.

use sim::exchange::book::{Depth, Event, Level, Quote, Trade};
use types::ids::{Symbol, SymbolId};
use types::market::TsNanos;

use super::hub::Hub;
use super::ladder::{Mirror, Pending};
use super::messages::{self, Head};
use super::name::{AllFeed, Calendar, Feed, Levels, Speed, Window};
use crate::venue::api::TimeUnit;
use crate::venue::data::{AggTrade, MarketData, Ticker};
use crate::venue::interval::KlineInterval;

/// The finest update speed.
const TENTH: i64 = 100_000_000;
const SECOND: i64 = 10 * TENTH;
const MINUTE: i64 = 60 * SECOND;
/// Bars longer than a second are told this often.
const TWO_SECONDS: i64 = 2 * SECOND;
/// `avgPrice` looks back this long.
const AVERAGE: i64 = 300 * SECOND;
/// Ended bars told after a jump of market time; more are not kept.
const BARS_MAX: usize = 1_000;

/// The market as the streams have told it.
#[derive(Debug)]
pub(super) struct Feeds {
    symbols: Vec<SymbolFeed>,
    data: MarketData,
    now: TsNanos,
    /// Nothing with an update speed, and no quote, is told more often than this, nanoseconds; 0: as documented.
    coarse: i64,
}

#[derive(Debug)]
struct SymbolFeed {
    name: Symbol,
    book: Mirror,
    tenth: Pending,
    second: Pending,
    /// Whether anything traded, or the best prices moved, since the last second.
    traded: bool,
    quoted: bool,
    /// The best prices, where they wait for their time.
    quote: Option<Quote>,
}

impl Feeds {
    /// Returns the feeds of a market with its books as they are; `data` is what happened before.
    #[must_use]
    pub(super) fn new(books: Vec<(Symbol, Depth)>, data: MarketData, now: TsNanos) -> Self {
        let feed = |(name, depth)| SymbolFeed {
            name,
            book: Mirror::of(&depth),
            tenth: Pending::default(),
            second: Pending::default(),
            traded: false,
            quoted: false,
            quote: None,
        };
        Self { symbols: books.into_iter().map(feed).collect(), data, now, coarse: 0 }
    }

    /// Sets how often anything is told at most, nanoseconds; 0: as documented. Bars that end are told at once.
    pub(super) const fn set_coarse(&mut self, every: i64) {
        self.coarse = every;
    }

    /// Tells what is due by `now`.
    pub(super) fn advance(&mut self, now: TsNanos, hub: &mut Hub) {
        let now = now.max(self.now);
        let before = std::mem::replace(&mut self.now, now);
        let passed =
            |step: i64| before.as_nanos().div_euclid(step) != now.as_nanos().div_euclid(step);
        // All bars but those of a second begin with a minute.
        let shortest = if hub.wants_seconds() { SECOND } else { MINUTE };
        let told = TENTH.max(self.coarse);
        if !passed(shortest) && !passed(told) {
            return;
        }
        self.data.roll(now);
        for symbol in 0..self.symbols.len() {
            self.tell_ended_bars(symbol, before, now, hub);
        }
        if !passed(told) {
            return;
        }
        let (second, two_seconds) = (passed(SECOND.max(told)), passed(TWO_SECONDS.max(told)));
        for symbol in 0..self.symbols.len() {
            if let Some(quote) = self.symbols[symbol].quote.take() {
                self.tell_quote(&quote, hub);
            }
            self.tell_depth(symbol, Speed::Tenth, hub);
            if second {
                self.tell_depth(symbol, Speed::Second, hub);
                self.tell_seconds(symbol, two_seconds, hub);
            }
        }
        if second {
            self.tell_tickers_of_all(hub);
            for symbol in &mut self.symbols {
                (symbol.traded, symbol.quoted) = (false, false);
            }
        }
    }

    /// Takes what happened at the venue until `now`, in order; each event has its own moment.
    pub(super) fn on_events(&mut self, now: TsNanos, events: &[Event], hub: &mut Hub) {
        let mut aggregate = None;
        for event in events {
            if event.at() > self.now {
                self.tell_aggregate(aggregate.take(), hub);
                self.advance(event.at(), hub);
            }
            match event {
                Event::Trade(trade) => self.on_trade(trade, &mut aggregate, hub),
                Event::Level(level) => self.on_level(level),
                Event::Quote(quote) => self.on_quote(quote, hub),
                Event::Order(_)
                | Event::Rejected(_)
                | Event::List { .. }
                | Event::Balances { .. }
                | Event::Flow { .. }
                | Event::Status { .. }
                | Event::Rules { .. } => {}
            }
        }
        self.tell_aggregate(aggregate, hub);
        self.advance(now, hub);
    }

    fn on_trade(
        &mut self,
        trade: &Trade,
        aggregate: &mut Option<(SymbolId, AggTrade)>,
        hub: &mut Hub,
    ) {
        self.data.on_trade(trade);
        let symbol = &mut self.symbols[trade.symbol.index()];
        symbol.traded = true;
        let (now, name) = (self.now, symbol.name.as_str());
        hub.tell(now, trade.symbol.index(), Feed::Trade, |unit| {
            messages::trade(Head { at: now, unit, symbol: name }, trade)
        });
        // An aggregate is told when the next trade is not part of it, or when the step is over.
        let latest = self.data.of(trade.symbol).tape.last_aggregate().copied();
        let latest = latest.map(|latest| (trade.symbol, latest));
        let ended = match (&*aggregate, &latest) {
            (Some((symbol, known)), Some((other, latest))) => {
                (symbol, known.id) != (other, latest.id)
            }
            (None, _) | (_, None) => false,
        };
        let known = std::mem::replace(aggregate, latest);
        if ended {
            self.tell_aggregate(known, hub);
        }
    }

    fn tell_aggregate(&self, aggregate: Option<(SymbolId, AggTrade)>, hub: &mut Hub) {
        let Some((id, aggregate)) = aggregate else { return };
        let (now, symbol) = (self.now, self.symbols[id.index()].name.as_str());
        hub.tell(now, id.index(), Feed::AggTrade, |unit| {
            messages::agg_trade(Head { at: now, unit, symbol }, &aggregate)
        });
    }

    fn on_level(&mut self, level: &Level) {
        let symbol = &mut self.symbols[level.symbol.index()];
        symbol.book.apply(level);
        symbol.tenth.add(level);
        symbol.second.add(level);
    }

    fn on_quote(&mut self, quote: &Quote, hub: &mut Hub) {
        let symbol = &mut self.symbols[quote.symbol.index()];
        symbol.quoted = true;
        if self.coarse > 0 {
            symbol.quote = Some(*quote);
            return;
        }
        self.tell_quote(quote, hub);
    }

    fn tell_quote(&self, quote: &Quote, hub: &mut Hub) {
        let symbol = &self.symbols[quote.symbol.index()];
        let (now, name) = (self.now, symbol.name.as_str());
        hub.tell(now, quote.symbol.index(), Feed::BookTicker, |unit| {
            messages::book_ticker(Head { at: now, unit, symbol: name }, quote)
        });
    }

    /// Tells the changes since the last time, if there are any, and the best levels.
    fn tell_depth(&mut self, index: usize, speed: Speed, hub: &mut Hub) {
        let (now, symbol) = (self.now, &mut self.symbols[index]);
        let pending = match speed {
            Speed::Tenth => &mut symbol.tenth,
            Speed::Second => &mut symbol.second,
        };
        if !hub.wants(index, Feed::Depth(speed)) {
            pending.forget();
        } else if let Some(diff) = pending.take() {
            let (name, [bids, asks]) = (symbol.name.as_str(), &diff.sides);
            hub.tell(now, index, Feed::Depth(speed), |unit| {
                messages::depth(Head { at: now, unit, symbol: name }, diff.updates, [bids, asks])
            });
        }
        for levels in Levels::ALL {
            let feed = Feed::PartialDepth(levels, speed);
            if hub.wants(index, feed) {
                let [bids, asks] = symbol.book.top(levels.count());
                let last = symbol.book.last_update();
                hub.tell(now, index, feed, |_| messages::partial_depth(last, [&bids, &asks]));
            }
        }
    }

    /// Tells bars that ended after `before`, up to now.
    fn tell_ended_bars(&self, index: usize, before: TsNanos, now: TsNanos, hub: &mut Hub) {
        if before == now {
            return;
        }
        let symbol = self.symbols[index].name.as_str();
        let klines = &self.data.of(id(index)).klines;
        for (interval, calendar) in wanted_bars(index, hub) {
            let since = Some(interval.open(before, calendar.offset()));
            let bars = klines.between(interval, calendar.offset(), since, Some(now), BARS_MAX);
            for bar in bars {
                if bar.next_open > before && bar.next_open <= now {
                    hub.tell(now, index, Feed::Kline(interval, calendar), |unit| {
                        messages::kline(Head { at: now, unit, symbol }, &bar, true)
                    });
                }
            }
        }
    }

    /// Tells what a symbol tells every second or two.
    fn tell_seconds(&self, index: usize, two_seconds: bool, hub: &mut Hub) {
        let (now, symbol) = (self.now, self.symbols[index].name.as_str());
        let head = |unit| Head { at: now, unit, symbol };
        let klines = &self.data.of(id(index)).klines;
        for (interval, calendar) in wanted_bars(index, hub) {
            if !two_seconds && interval != KlineInterval::S1 {
                continue;
            }
            let running = klines.between(interval, calendar.offset(), None, None, 1);
            if let Some(bar) = running.last() {
                hub.tell(now, index, Feed::Kline(interval, calendar), |unit| {
                    messages::kline(head(unit), bar, false)
                });
            }
        }
        if hub.wants(index, Feed::MiniTicker) {
            let day = self.day(index);
            hub.tell(now, index, Feed::MiniTicker, |unit| messages::mini_ticker(head(unit), &day));
        }
        if hub.wants(index, Feed::Ticker) {
            let (day, best) = (self.day(index), self.symbols[index].book.best());
            hub.tell(now, index, Feed::Ticker, |unit| messages::ticker(head(unit), &day, best));
        }
        for window in Window::ALL {
            if hub.wants(index, Feed::WindowTicker(window)) {
                let ticker = self.window(index, window);
                hub.tell(now, index, Feed::WindowTicker(window), |unit| {
                    messages::window_ticker(head(unit), window, &ticker)
                });
            }
        }
        if hub.wants(index, Feed::AvgPrice)
            && let Some(last) = self.data.of(id(index)).tape.last()
        {
            let window = self.data.ticker_since(id(index), now.plus(-AVERAGE), now);
            let average = if window.is_silent() { last.price } else { window.weighted_average() };
            hub.tell(now, index, Feed::AvgPrice, |unit| {
                messages::avg_price(head(unit), average, last.at)
            });
        }
    }

    /// Tells the tickers of the symbols whose figures changed, as one array.
    fn tell_tickers_of_all(&self, hub: &mut Hub) {
        let of_all = [AllFeed::MiniTicker, AllFeed::Ticker]
            .into_iter()
            .chain(Window::ALL.map(AllFeed::WindowTicker));
        for feed in of_all {
            if !hub.wants_all(feed) {
                continue;
            }
            let changed = |symbol: &SymbolFeed| match feed {
                AllFeed::Ticker => symbol.traded || symbol.quoted,
                AllFeed::MiniTicker | AllFeed::WindowTicker(_) => symbol.traded,
            };
            let changed: Vec<usize> =
                (0..self.symbols.len()).filter(|index| changed(&self.symbols[*index])).collect();
            if changed.is_empty() {
                continue;
            }
            hub.tell_all(self.now, feed, |unit| {
                let tickers: Vec<String> =
                    changed.iter().map(|index| self.ticker_text(*index, feed, unit)).collect();
                format!("[{}]", tickers.join(","))
            });
        }
    }

    fn ticker_text(&self, index: usize, feed: AllFeed, unit: TimeUnit) -> String {
        let head = Head { at: self.now, unit, symbol: self.symbols[index].name.as_str() };
        match feed {
            AllFeed::MiniTicker => messages::mini_ticker(head, &self.day(index)),
            AllFeed::Ticker => {
                messages::ticker(head, &self.day(index), self.symbols[index].book.best())
            }
            AllFeed::WindowTicker(window) => {
                messages::window_ticker(head, window, &self.window(index, window))
            }
        }
    }

    fn day(&self, index: usize) -> Ticker {
        self.data.ticker_24h(id(index), self.now)
    }

    fn window(&self, index: usize, window: Window) -> Ticker {
        let since = KlineInterval::M1.open(self.now.plus(-window.nanos()), 0);
        self.data.ticker_since(id(index), since, self.now)
    }
}

/// Returns the bars that somebody listens to.
fn wanted_bars(index: usize, hub: &Hub) -> Vec<(KlineInterval, Calendar)> {
    hub.wanted(index)
        .filter_map(|feed| match feed {
            Feed::Kline(interval, calendar) => Some((interval, calendar)),
            Feed::AggTrade
            | Feed::Trade
            | Feed::MiniTicker
            | Feed::Ticker
            | Feed::WindowTicker(_)
            | Feed::BookTicker
            | Feed::AvgPrice
            | Feed::Depth(_)
            | Feed::PartialDepth(..) => None,
        })
        .collect()
}

fn id(index: usize) -> SymbolId {
    SymbolId(u16::try_from(index).expect("the engine numbers symbols with 16 bits"))
}
