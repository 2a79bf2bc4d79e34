//! A venue that knows what is true: bars, trades and a book of one symbol, second by second.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::feed::{
    Answer, BarUpdate, DepthDiff, DepthSnapshot, Level, MarketEvent, PublicTrade, Query, Quote,
};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};

pub(super) const SECOND: i64 = 1_000_000_000;
/// The timeframes that are watched.
pub(super) const TIMEFRAMES: [Timeframe; 2] = [Timeframe::M1, Timeframe::M5];

/// Draws that depend on a seed alone.
#[derive(Clone, Debug)]
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn below(&mut self, n: u64) -> u64 {
        // Knuth's MMIX multiplier; the high bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

pub(super) fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").expect("a symbol")
}

/// The truth. Its clock is `offset` ahead of the feed's.
pub(super) struct Venue {
    draws: Draws,
    pub(super) now: TsNanos,
    price: i64,
    pub(super) trades: Vec<PublicTrade>,
    /// By timeframe, oldest first; the last is unfinished.
    pub(super) bars: BTreeMap<Timeframe, Vec<Bar>>,
    book: BTreeMap<(bool, i64), i64>,
    pub(super) last_id: u64,
    /// The book after each diff, for who wants to compare.
    pub(super) books: BTreeMap<u64, (Vec<Level>, Vec<Level>)>,
}

impl Venue {
    pub(super) fn new(seed: u64, start: TsNanos) -> Self {
        let bars = TIMEFRAMES.into_iter().map(|timeframe| (timeframe, Vec::new())).collect();
        let (trades, book, books) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let draws = Draws(seed);
        Self { draws, now: start, price: 1_000_000, trades, bars, book, last_id: 0, books }
    }

    /// Goes on one second; returns what its streams say.
    pub(super) fn tick(&mut self) -> Vec<MarketEvent> {
        let mut said = self.close_bars();
        for _ in 0..1 + self.draws.below(3) {
            said.push(MarketEvent::Trade(self.trade()));
        }
        for (&timeframe, bars) in &self.bars {
            let bar = *bars.last().expect("a trade opens a bar");
            said.push(bar_event(timeframe, bar, false, self.now));
        }
        said.push(MarketEvent::Depth(self.change_book()));
        said.push(MarketEvent::Quote(self.quote()));
        self.now = self.now.plus(SECOND);
        said
    }

    fn close_bars(&mut self) -> Vec<MarketEvent> {
        let mut said = Vec::new();
        for (&timeframe, bars) in &self.bars {
            if let Some(bar) = bars.last().filter(|bar| bar.close_time(timeframe) == self.now) {
                said.push(bar_event(timeframe, *bar, true, self.now));
            }
        }
        said
    }

    fn trade(&mut self) -> PublicTrade {
        self.price += i64::try_from(self.draws.below(2_001)).expect("small") - 1_000;
        self.price = self.price.clamp(900_000, 1_100_000);
        let price = Price::from_raw(self.price);
        let trade = PublicTrade {
            symbol: symbol(),
            id: self.trades.len() as u64 + 1,
            price,
            qty: Qty::ONE,
            buyer_is_maker: self.draws.percent(50),
            at: self.now,
            sent_at: Some(self.now),
        };
        for (&timeframe, bars) in &mut self.bars {
            let open_time = timeframe.open_of(self.now);
            match bars.last_mut().filter(|bar| bar.open_time == open_time) {
                Some(bar) => {
                    (bar.high, bar.low) = (bar.high.max(price), bar.low.min(price));
                    (bar.close, bar.volume) = (price, bar.volume.map(|volume| volume + 1.0));
                }
                None => bars.push(Bar {
                    open_time,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: Some(1.0),
                }),
            }
        }
        self.trades.push(trade.clone());
        trade
    }

    fn change_book(&mut self) -> DepthDiff {
        let first_id = self.last_id + 1;
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        for _ in 0..1 + self.draws.below(4) {
            self.last_id += 1;
            let buyers = self.draws.percent(50);
            let away = 1 + i64::try_from(self.draws.below(20)).expect("small");
            let price = if buyers { 1_000 - away } else { 1_000 + away };
            let qty = i64::try_from(self.draws.below(3)).expect("small");
            if qty == 0 {
                self.book.remove(&(buyers, price));
            } else {
                self.book.insert((buyers, price), qty);
            }
            let level = Level { price: Price::from_raw(price), qty: Qty::from_raw(qty) };
            if buyers { bids.push(level) } else { asks.push(level) }
        }
        self.books.insert(self.last_id, self.levels());
        let (last_id, at) = (self.last_id, self.now);
        DepthDiff { symbol: symbol(), first_id, last_id, bids, asks, at }
    }

    /// Both sides, best first.
    fn levels(&self) -> (Vec<Level>, Vec<Level>) {
        let side = |buyers: bool| {
            let of_side = self.book.iter().filter(move |((side, _), _)| *side == buyers);
            of_side.map(|((_, price), qty)| Level {
                price: Price::from_raw(*price),
                qty: Qty::from_raw(*qty),
            })
        };
        (side(true).rev().collect(), side(false).collect())
    }

    fn quote(&self) -> Quote {
        let [bid, ask] = [self.price - 10, self.price + 10].map(Price::from_raw);
        let (bid_qty, ask_qty) = (Qty::ONE, Qty::ONE);
        let at = None;
        Quote { symbol: symbol(), bid, bid_qty, ask, ask_qty, update_id: self.last_id, at }
    }

    /// Bars that have closed.
    pub(super) fn closed(&self, timeframe: Timeframe) -> impl Iterator<Item = &Bar> {
        self.bars[&timeframe].iter().filter(move |bar| bar.close_time(timeframe) <= self.now)
    }

    /// Answers, the unfinished bar included, as real venues do.
    pub(super) fn answer(&self, query: &Query) -> Answer {
        match query {
            Query::Time => unreachable!("the way knows the time"),
            Query::Bars { timeframe, from, until, limit, .. } => {
                let within = self.bars[timeframe]
                    .iter()
                    .filter(|bar| (*from..*until).contains(&bar.open_time));
                Answer::Bars(within.take(usize::from(*limit)).copied().collect())
            }
            Query::Trades { from_id, limit, .. } => {
                let from = self.trades.iter().filter(|trade| trade.id >= *from_id);
                Answer::Trades(from.take(usize::from(*limit)).cloned().collect())
            }
            Query::Depth { .. } => {
                let (bids, asks) = self.levels();
                Answer::Depth(DepthSnapshot { last_id: self.last_id, bids, asks })
            }
        }
    }
}

fn bar_event(timeframe: Timeframe, bar: Bar, closed: bool, at: TsNanos) -> MarketEvent {
    MarketEvent::Bar(BarUpdate { symbol: symbol(), timeframe, bar, closed, at })
}
