//! Messages of streams: judged, counted, put in order.

use types::bar::Bar;
use types::defects::{Defect, planted};
use types::feed::{
    BarUpdate, Channel, DepthDiff, MarketEvent, PublicTrade, Quote, SourceId, Stream,
};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use super::super::depth::DepthStep;
use super::super::line::{Lack, Offered};
use super::super::quotes::QuoteStep;
use super::super::watched::{bar_number, bar_open};
use super::super::words::{Command, Delivery, Item, Report};
use super::Feed;

/// A bar that closes further than this beyond the venue's clock cannot be true, nanoseconds.
const FUTURE_MAX: i64 = 1_000_000_000;
/// A close further than this from the one before it is an outlier, percent: the same line as in files.
const OUTLIER_PERCENT: i128 = 20;

impl Feed {
    pub(super) fn on_market(&mut self, id: SourceId, event: MarketEvent) {
        let stream = event.stream();
        if !self.symbols.contains_key(&stream.symbol) {
            return;
        }
        if let Err(why) = self.believable(id, &event) {
            self.unusable(id, Some(stream), why);
            return;
        }
        let now = self.now;
        let source = self.source_mut(id);
        source.unusable = false;
        source.link.heard(&stream, now);
        source.count(Some(&stream.symbol), now, |counts| {
            counts.received += 1;
            counts.parsed += 1;
        });
        let in_use = self.symbols[&stream.symbol].active == Some(id);
        match event {
            // Until it is closed it says only that the stream lives.
            MarketEvent::Bar(update)
                if in_use && (update.closed || planted(Defect::OpenBarUsed)) =>
            {
                self.on_bar(id, &update);
            }
            MarketEvent::Trade(trade) if in_use => self.on_trade(id, trade),
            MarketEvent::Depth(diff) if in_use => self.on_depth(id, diff),
            MarketEvent::Quote(quote) => self.on_quote(id, quote, in_use),
            MarketEvent::Bar(_)
            | MarketEvent::Trade(_)
            | MarketEvent::Depth(_)
            | MarketEvent::AggTrade(_)
            | MarketEvent::DepthTop(_) => {}
        }
        self.settle(&stream.symbol);
    }

    /// Checks that a message can be true.
    fn believable(&self, id: SourceId, event: &MarketEvent) -> Result<(), String> {
        match event {
            MarketEvent::Bar(update) => self.believable_bar(id, update),
            MarketEvent::Trade(trade) => {
                let good = trade.price.is_positive() && trade.qty.is_positive();
                let seen = || format!("price {}, quantity {}", trade.price, trade.qty);
                if good { Ok(()) } else { Err(format!("{}, wanted both above 0", seen())) }
            }
            MarketEvent::Depth(diff) if diff.first_id > diff.last_id => {
                Err(format!("changes {} to {}", diff.first_id, diff.last_id))
            }
            MarketEvent::Quote(_)
            | MarketEvent::Depth(_)
            | MarketEvent::AggTrade(_)
            | MarketEvent::DepthTop(_) => Ok(()),
        }
    }

    fn believable_bar(&self, id: SourceId, update: &BarUpdate) -> Result<(), String> {
        let BarUpdate { timeframe, bar, closed, .. } = update;
        bar.check().map_err(|error| error.to_string())?;
        if bar_number(*timeframe, bar.open_time).is_none() {
            return Err(format!("opens at {}, not on the grid of {timeframe}", bar.open_time));
        }
        let theirs = self.source(id).clock.theirs(self.now);
        let future = FUTURE_MAX.saturating_mul(self.config.pace);
        let closes = bar.close_time(*timeframe);
        if *closed && theirs.is_some_and(|theirs| closes > theirs.plus(future)) {
            return Err(format!("closed at {closes}, which has not come yet"));
        }
        Ok(())
    }

    fn on_bar(&mut self, id: SourceId, update: &BarUpdate) {
        let BarUpdate { symbol, timeframe, bar, .. } = update;
        let (timeframe, now) = (*timeframe, self.now);
        let number = bar_number(timeframe, bar.open_time).expect("a believable bar is on the grid");
        let first = self.config.first_bar(timeframe, number);
        let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
        line.begin(first, now);
        let offered = line.offer(number, *bar);
        let known = line.recent().iter().rev().find(|(known, _)| *known == number).map(|(_, b)| *b);
        match offered {
            Offered::New => self.hand_on_bars(id, symbol, timeframe, Some(number)),
            Offered::Duplicate => {
                self.source_mut(id).count(Some(symbol), now, |counts| counts.duplicate += 1);
            }
            Offered::Late => {
                self.source_mut(id).count(Some(symbol), now, |counts| counts.late += 1);
            }
            Offered::Contradicts => {
                self.source_mut(id).count(Some(symbol), now, |counts| counts.duplicate += 1);
                let stream = Stream::new(symbol.clone(), Channel::Bars(timeframe));
                let (delivered, other) = (known.unwrap_or(*bar), *bar);
                self.report(Report::Contradiction { source: id, stream, bar: delivered, other });
            }
        }
    }

    /// Hands on the bars whose turn it is. `told` is the number that the stream has just told.
    pub(super) fn hand_on_bars(
        &mut self,
        id: SourceId,
        symbol: &Symbol,
        timeframe: Timeframe,
        told: Option<i64>,
    ) {
        loop {
            let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
            let before = line.last().copied();
            let Some((number, bar)) = line.pop() else { break };
            self.hand_on_bar(id, symbol, timeframe, (bar, before), told == Some(number));
        }
        self.notice_gap(id, symbol, Channel::Bars(timeframe));
        self.compare_timeframes(id, symbol, timeframe);
    }

    fn hand_on_bar(
        &mut self,
        id: SourceId,
        symbol: &Symbol,
        timeframe: Timeframe,
        (bar, before): (Bar, Option<Bar>),
        told: bool,
    ) {
        let now = self.now;
        let item = Item::Bar { symbol: symbol.clone(), timeframe, bar };
        self.commands.push_back(Command::Deliver(Delivery { source: id, filled: !told, item }));
        if before.is_some_and(|before| is_outlier(before, bar)) {
            self.source_mut(id).count(Some(symbol), now, |counts| counts.outliers += 1);
            let stream = Stream::new(symbol.clone(), Channel::Bars(timeframe));
            self.report(Report::Outlier { source: id, stream });
        }
        let closed_at = bar.close_time(timeframe);
        if !told {
            self.watched_mut(symbol).step.filled(timeframe, closed_at);
            return;
        }
        let theirs = self.source(id).clock.theirs(now).unwrap_or(now);
        if theirs.since(closed_at) > self.config.late_after_nanos {
            self.source_mut(id).count(Some(symbol), now, |counts| counts.late += 1);
        }
        let allowed = self.config.step_max_nanos;
        let watched = self.watched_mut(symbol);
        let in_use = watched.config.timeframes.iter().copied();
        let spread = watched.step.came((timeframe, closed_at), in_use, allowed, now);
        if let Some(spread_nanos) = spread {
            let symbol = symbol.clone();
            self.report(Report::OutOfStep { symbol, timeframe, spread_nanos });
        }
    }

    pub(super) fn look_after_step(&mut self, symbol: &Symbol) {
        let (allowed, now) = (self.config.step_max_nanos, self.now);
        for timeframe in self.watched_mut(symbol).step.late(allowed, now) {
            let symbol = symbol.clone();
            self.report(Report::OutOfStep { symbol, timeframe, spread_nanos: allowed + 1 });
        }
    }

    /// Compares a timeframe with its neighbours among those in use.
    fn compare_timeframes(&mut self, id: SourceId, symbol: &Symbol, timeframe: Timeframe) {
        let watched = self.watched_mut(symbol);
        let mut reports = Vec::new();
        for cross in &mut watched.crosses {
            if cross.long != timeframe && cross.short != timeframe {
                continue;
            }
            for found in cross.run(&watched.bars[&cross.long], &watched.bars[&cross.short]) {
                let stream = Stream::new(symbol.clone(), Channel::Bars(cross.long));
                let (bar, other) = (found.native, found.aggregated);
                reports.push(Report::Contradiction { source: id, stream, bar, other });
            }
        }
        for report in reports {
            self.report(report);
        }
    }

    fn on_trade(&mut self, id: SourceId, trade: PublicTrade) {
        let (symbol, now, at) = (trade.symbol.clone(), self.now, trade.at);
        let Ok(number) = i64::try_from(trade.id) else { return };
        let offered = self.watched_mut(&symbol).trades.offer(number, trade);
        let theirs = self.source(id).clock.theirs(now).unwrap_or(now);
        let late = theirs.since(at) > self.config.late_after_nanos;
        self.source_mut(id).count(Some(&symbol), now, |counts| match offered {
            Offered::New => counts.late += u64::from(late),
            Offered::Duplicate | Offered::Contradicts => counts.duplicate += 1,
            Offered::Late => counts.late += 1,
        });
        self.hand_on_trades(id, &symbol, Some(number));
    }

    /// Hands on the trades whose turn it is. `told` is the number that the stream has just told.
    pub(super) fn hand_on_trades(&mut self, id: SourceId, symbol: &Symbol, told: Option<i64>) {
        while let Some((number, trade)) = self.watched_mut(symbol).trades.pop() {
            let filled = told != Some(number);
            let item = Item::Trade(trade);
            self.commands.push_back(Command::Deliver(Delivery { source: id, filled, item }));
        }
        self.notice_gap(id, symbol, Channel::Trades);
    }

    /// Starts to fill what a stream left out; what is being filled already goes on.
    fn notice_gap(&mut self, id: SourceId, symbol: &Symbol, channel: Channel) {
        let now = self.now;
        let watched = self.watched_mut(symbol);
        let missing = match channel {
            Channel::Bars(timeframe) => match watched.bars.get_mut(&timeframe) {
                Some(line) => note(line, now),
                None => 0,
            },
            Channel::Trades => note(&mut watched.trades, now),
            Channel::Quotes | Channel::Depth | Channel::AggTrades | Channel::DepthTop => 0,
        };
        if missing > 0 {
            self.source_mut(id).count(Some(symbol), now, |counts| counts.gaps += missing);
            let stream = Stream::new(symbol.clone(), channel);
            self.report(Report::Gap { source: id, stream, missing });
        }
    }

    fn on_quote(&mut self, id: SourceId, quote: Quote, in_use: bool) {
        let (now, symbol) = (self.now, quote.symbol.clone());
        let source = self.source_mut(id);
        let Some(view) = source.views.get_mut(&symbol) else { return };
        let step = view.quotes.judge(&quote, now);
        let was_crossed = std::mem::replace(&mut view.crossed, step == QuoteStep::Crossed);
        source.count(Some(&symbol), now, |counts| match step {
            QuoteStep::Believed => {}
            QuoteStep::Duplicate => counts.duplicate += 1,
            QuoteStep::Late => counts.late += 1,
            QuoteStep::Impossible => {
                counts.parsed -= 1;
                counts.failed += 1;
            }
            QuoteStep::Crossed => counts.crossed += 1,
            QuoteStep::Outlier => counts.outliers += 1,
        });
        match step {
            QuoteStep::Believed if in_use => {
                let item = Item::Quote(quote);
                let delivery = Delivery { source: id, filled: false, item };
                self.commands.push_back(Command::Deliver(delivery));
            }
            QuoteStep::Crossed if !was_crossed => {
                self.report(Report::Crossed { source: id, symbol: symbol.clone() });
            }
            QuoteStep::Outlier => {
                let stream = Stream::new(symbol.clone(), Channel::Quotes);
                self.report(Report::Outlier { source: id, stream });
            }
            QuoteStep::Believed
            | QuoteStep::Duplicate
            | QuoteStep::Late
            | QuoteStep::Impossible
            | QuoteStep::Crossed => {}
        }
        self.compare_sources(&symbol);
    }

    fn on_depth(&mut self, id: SourceId, diff: DepthDiff) {
        let (now, symbol) = (self.now, diff.symbol.clone());
        let step = self.watched_mut(&symbol).depth.on_diff(diff, now);
        self.source_mut(id).count(Some(&symbol), now, |counts| match step {
            DepthStep::Buffered | DepthStep::Applied | DepthStep::Overflow => {}
            DepthStep::Duplicate => counts.duplicate += 1,
            DepthStep::Gap { missing } => counts.gaps += missing,
            DepthStep::Crossed => counts.crossed += 1,
        });
        let why = match step {
            DepthStep::Applied => {
                self.hand_on_book(id, &symbol);
                return;
            }
            DepthStep::Buffered | DepthStep::Duplicate => return,
            DepthStep::Gap { .. } => "changes are missing",
            DepthStep::Crossed => "its bid is not below its ask",
            DepthStep::Overflow => "too many changes wait for a snapshot",
        };
        self.report(Report::Resync { source: id, symbol, why });
    }

    pub(super) fn hand_on_book(&mut self, id: SourceId, symbol: &Symbol) {
        let Some(last_id) = self.book(symbol).map(super::Book::last_id) else { return };
        let item = Item::Book { symbol: symbol.clone(), last_id };
        self.commands.push_back(Command::Deliver(Delivery { source: id, filled: false, item }));
    }
}

/// Starts to fill if something lacks that is not being filled yet; returns how many.
fn note<T: Clone + PartialEq>(line: &mut super::super::line::Line<T>, now: TsNanos) -> u64 {
    if line.filling().is_some() || line.gap() == 0 {
        return 0;
    }
    line.start_filling(Lack::Gap, now);
    u64::try_from(line.gap()).unwrap_or(0)
}

fn is_outlier(before: Bar, bar: Bar) -> bool {
    let (old, new) = (i128::from(before.close.raw()), i128::from(bar.close.raw()));
    (new - old).abs() * 100 > old * OUTLIER_PERCENT
}

/// Returns the open times of a stretch of bars.
pub(super) const fn stretch(timeframe: Timeframe, from: i64, until: i64) -> (TsNanos, TsNanos) {
    (bar_open(timeframe, from), bar_open(timeframe, until))
}
