//! Questions and answers: what lacks is asked for, page by page.

use types::bar::Bar;
use types::feed::{
    Answer, Channel, DepthSnapshot, PublicTrade, Query, QueryFailure, SourceId, Stream,
};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use super::super::clock::Measured;
use super::super::depth::SnapshotStep;
use super::super::line::{Fill, Filling, Lack, Line};
use super::super::watched::{Watched, bar_number, bar_open, last_closed};
use super::super::words::{Command, QueryId, Report};
use super::market::stretch;
use super::{About, Asked, Feed};

/// A clock that could not be read is asked again after this time, nanoseconds.
const CLOCK_AGAIN: i64 = 5_000_000_000;
/// A snapshot that was of no use is asked for again after this time, nanoseconds.
const SNAPSHOT_AGAIN: i64 = 1_000_000_000;

impl Feed {
    pub(super) fn ask_clocks(&mut self) {
        for place in 0..self.config.sources {
            let id = SourceId(place);
            let source = self.source(id);
            let due = source.clock.ask_at <= self.now && source.clock.query.is_none();
            if source.link.is_up() && due {
                let query = self.ask(id, About::Clock, Query::Time);
                self.source_mut(id).clock.query = Some(query);
            }
        }
    }

    /// Asks for what lacks of a symbol, where it can be asked for.
    pub(super) fn ask_for_what_lacks(&mut self, symbol: &Symbol) {
        let watched = &self.symbols[symbol];
        let Some((id, theirs)) = self.can_ask(watched) else { return };
        let timeframes: Vec<Timeframe> = watched.bars.keys().copied().collect();
        for timeframe in timeframes {
            self.notice_overdue(id, symbol, timeframe, theirs);
            self.ask_for_bars(id, symbol, timeframe, theirs);
        }
        self.ask_for_trades(id, symbol);
        let watched = &self.symbols[symbol];
        if watched.depth.wants_snapshot() && watched.depth.ask_at <= self.now {
            let query = Query::Depth { symbol: symbol.clone(), limit: self.config.page };
            let query = self.ask(id, About::Depth(symbol.clone()), query);
            self.watched_mut(symbol).depth.query = Some(query);
        }
    }

    /// Returns whom to ask, and the time there: the clock must be known, or an unfinished bar could be taken for a closed one.
    fn can_ask(&self, watched: &Watched) -> Option<(SourceId, TsNanos)> {
        let id = watched.active?;
        let source = self.source(id);
        let theirs = source.clock.theirs(self.now)?;
        source.link.is_up().then_some((id, theirs))
    }

    /// A bar that has not come some time after its close was left out: nobody waits for the next one to show it.
    fn notice_overdue(
        &mut self,
        source: SourceId,
        symbol: &Symbol,
        timeframe: Timeframe,
        theirs: TsNanos,
    ) {
        let (now, grace) = (self.now, self.config.late_after_nanos);
        let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
        let Some(due) = overdue_at(line, timeframe, grace) else { return };
        if theirs < due {
            return;
        }
        line.start_filling(Lack::Gap, now);
        let last = last_closed(timeframe, theirs.plus(-grace));
        let missing = line.next().map_or(0, |next| last + 1 - next);
        let missing = u64::try_from(missing).unwrap_or(0);
        self.source_mut(source).count(Some(symbol), now, |counts| counts.gaps += missing);
        let stream = Stream::new(symbol.clone(), Channel::Bars(timeframe));
        self.report(Report::Gap { source, stream, missing });
    }

    fn ask_for_bars(
        &mut self,
        id: SourceId,
        symbol: &Symbol,
        timeframe: Timeframe,
        theirs: TsNanos,
    ) {
        let (now, page) = (self.now, self.config.page);
        let last = last_closed(timeframe, theirs);
        let first = self.config.first_bar(timeframe, last + 1);
        let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
        line.begin(first, now);
        let (Some(next), Some(filling)) = (line.next(), line.filling()) else { return };
        if filling.query.is_some() {
            return;
        }
        let until = last.max(line.highest().unwrap_or(last));
        if next > until {
            let filling = line.filled();
            self.filled(id, symbol, Channel::Bars(timeframe), filling.as_ref());
            return;
        }
        if filling.retry_at > now {
            return;
        }
        let (from, until) = stretch(timeframe, next, until + 1);
        let query = Query::Bars { symbol: symbol.clone(), timeframe, from, until, limit: page };
        let query = self.ask(id, About::Bars(symbol.clone(), timeframe), query);
        if let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) {
            line.asked(query);
        }
    }

    fn ask_for_trades(&mut self, id: SourceId, symbol: &Symbol) {
        let now = self.now;
        let line = &self.symbols[symbol].trades;
        let (Some(next), Some(filling)) = (line.next(), line.filling()) else { return };
        if filling.query.is_some() || filling.retry_at > now {
            return;
        }
        let from_id = u64::try_from(next).unwrap_or(0);
        let limit = self.config.page;
        let query = Query::Trades { symbol: symbol.clone(), from_id, limit };
        let query = self.ask(id, About::Trades(symbol.clone()), query);
        self.watched_mut(symbol).trades.asked(query);
    }

    fn ask(&mut self, source: SourceId, about: About, query: Query) -> QueryId {
        self.last_question += 1;
        let id = QueryId(self.last_question);
        let patience_ends = self.now.plus(self.config.query_patience_nanos);
        self.questions.insert(id, Asked { source, about, patience_ends });
        self.commands.push_back(Command::Ask { id, source, query });
        id
    }

    /// Returns when something must be asked for a symbol.
    pub(super) fn filling_deadline(&self, watched: &Watched) -> Option<TsNanos> {
        let (id, _) = self.can_ask(watched)?;
        let (grace, offset) = (self.config.late_after_nanos, self.source(id).clock.offset()?);
        let overdue = watched.bars.iter().filter_map(|(timeframe, line)| {
            overdue_at(line, *timeframe, grace).map(|at| at.plus(-offset))
        });
        let of_bars = watched.bars.values().filter_map(|line| waits(line.filling()));
        let snapshot = watched.depth.wants_snapshot().then_some(watched.depth.ask_at);
        of_bars.chain(waits(watched.trades.filling())).chain(snapshot).chain(overdue).min()
    }

    pub(super) fn drop_old_questions(&mut self) {
        let now = self.now;
        let old = self.questions.iter().filter(|(_, asked)| asked.patience_ends <= now);
        let old: Vec<QueryId> = old.map(|(id, _)| *id).collect();
        for id in old {
            let why = QueryFailure::Unavailable("nobody answered".to_owned());
            self.on_answer(id, now, Err(why));
        }
    }

    /// Takes an answer; one to a question that does not matter any more is nobody's.
    pub(super) fn on_answer(
        &mut self,
        id: QueryId,
        sent: TsNanos,
        result: Result<Answer, QueryFailure>,
    ) {
        let Some(Asked { source, about, .. }) = self.questions.remove(&id) else { return };
        let result = match (&about, result) {
            (About::Clock, Ok(Answer::Time(server))) => {
                self.on_clock(source, sent, server);
                return;
            }
            (About::Bars(symbol, timeframe), Ok(Answer::Bars(bars))) => {
                self.on_bars(source, symbol, *timeframe, (id, sent), &bars);
                self.settle(symbol);
                return;
            }
            (About::Trades(symbol), Ok(Answer::Trades(trades))) => {
                self.on_trades(source, symbol, id, trades);
                self.settle(symbol);
                return;
            }
            (About::Depth(symbol), Ok(Answer::Depth(snapshot))) => {
                self.on_snapshot(source, symbol, id, &snapshot);
                self.settle(symbol);
                return;
            }
            (_, Ok(_)) => QueryFailure::Malformed("an answer to another question".to_owned()),
            (_, Err(why)) => why,
        };
        self.unanswered(source, &about, id, result);
    }

    fn unanswered(&mut self, source: SourceId, about: &About, id: QueryId, why: QueryFailure) {
        let now = self.now;
        let again = CLOCK_AGAIN.saturating_mul(self.config.pace);
        let query = match about {
            About::Clock => {
                let clock = &mut self.source_mut(source).clock;
                (clock.query, clock.ask_at) = (None, now.plus(again));
                "time".to_owned()
            }
            About::Bars(symbol, timeframe) => {
                let line = self.watched_mut(symbol).bars.get_mut(timeframe);
                if let Some(line) = line.filter(|line| is_asked(line.filling(), id)) {
                    line.failed(now);
                }
                Stream::new(symbol.clone(), Channel::Bars(*timeframe)).to_string()
            }
            About::Trades(symbol) => {
                let line = &mut self.watched_mut(symbol).trades;
                if is_asked(line.filling(), id) {
                    line.failed(now);
                }
                Stream::new(symbol.clone(), Channel::Trades).to_string()
            }
            About::Depth(symbol) => {
                let depth = &mut self.watched_mut(symbol).depth;
                if depth.query == Some(id) {
                    (depth.query, depth.ask_at) = (None, now.plus(SNAPSHOT_AGAIN));
                }
                Stream::new(symbol.clone(), Channel::Depth).to_string()
            }
        };
        self.report(Report::Unanswered { source, query, why });
    }

    fn on_clock(&mut self, id: SourceId, sent: TsNanos, server: TsNanos) {
        let (now, every) = (self.now, self.config.clock_every_nanos);
        let again = CLOCK_AGAIN.saturating_mul(self.config.pace);
        let clock = &mut self.source_mut(id).clock;
        let was_past = clock.skewed();
        clock.query = None;
        match clock.measure(sent, server, now) {
            Measured::Unsure { .. } => clock.ask_at = now.plus(again),
            Measured::Offset(offset_nanos) => {
                let past = clock.skewed();
                clock.ask_at = now.plus(if past { again } else { every });
                if past != was_past {
                    self.report(Report::Skew { source: id, offset_nanos, past });
                }
            }
        }
        self.settle_all();
    }

    fn on_bars(
        &mut self,
        source: SourceId,
        symbol: &Symbol,
        timeframe: Timeframe,
        (id, sent): (QueryId, TsNanos),
        bars: &[Bar],
    ) {
        let now = self.now;
        let Some(theirs) = self.source(source).clock.theirs(sent) else { return };
        let line = &self.symbols[symbol].bars[&timeframe];
        let (Some(before), true) = (line.next(), is_asked(line.filling(), id)) else { return };
        let mut bad = 0_u64;
        let mut first = None;
        for bar in bars {
            let number = bar_number(timeframe, bar.open_time).filter(|_| bar.check().is_ok());
            let Some(number) = number else {
                bad += 1;
                continue;
            };
            // Closed when the question was sent, by their clock: what closed since may not be final in this answer.
            let closed = bar.close_time(timeframe) <= theirs;
            let line = self.watched_mut(symbol).bars.get_mut(&timeframe);
            if let Some(line) = line.filter(|_| closed && number >= before) {
                line.offer(number, *bar);
                first = Some(first.map_or(number, |first: i64| first.min(number)));
            }
        }
        self.count_answer(source, symbol, bad);
        let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
        if let Some(first) = first {
            line.answer_begins(first);
        }
        let before = line.next().unwrap_or(before);
        self.hand_on_bars(source, symbol, timeframe, None);
        let until = last_closed(timeframe, theirs);
        let Some(line) = self.watched_mut(symbol).bars.get_mut(&timeframe) else { return };
        let brought = line.next().map_or(0, |next| next - before);
        line.brought(u64::try_from(brought).unwrap_or(0));
        match line.answered(before, until, now) {
            Fill::Done => {
                let filling = line.filled();
                self.filled(source, symbol, Channel::Bars(timeframe), filling.as_ref());
            }
            Fill::Goes => {}
            Fill::PassedOver { missing, .. } => {
                // History that begins later than was wanted lacks nothing: the symbol was listed then.
                if line.handed_on() > 0 {
                    self.hole(source, symbol, Channel::Bars(timeframe), missing);
                }
                self.hand_on_bars(source, symbol, timeframe, None);
            }
        }
    }

    fn on_trades(
        &mut self,
        source: SourceId,
        symbol: &Symbol,
        id: QueryId,
        trades: Vec<PublicTrade>,
    ) {
        let (now, page) = (self.now, usize::from(self.config.page));
        let line = &mut self.watched_mut(symbol).trades;
        let (Some(before), true) = (line.next(), is_asked(line.filling(), id)) else { return };
        let full = trades.len() >= page;
        let mut bad = 0_u64;
        for trade in trades {
            let good = trade.price.is_positive() && trade.qty.is_positive();
            match i64::try_from(trade.id).ok().filter(|_| good && trade.symbol == *symbol) {
                Some(number) if number >= before => {
                    line.offer(number, trade);
                }
                Some(_) => {}
                None => bad += 1,
            }
        }
        self.count_answer(source, symbol, bad);
        self.hand_on_trades(source, symbol, None);
        let line = &mut self.watched_mut(symbol).trades;
        let brought = line.next().map_or(0, |next| next - before);
        line.brought(u64::try_from(brought).unwrap_or(0));
        let until = if full { i64::MAX } else { i64::MIN };
        match line.answered(before, until, now) {
            Fill::Done => {
                let filling = line.filled();
                self.filled(source, symbol, Channel::Trades, filling.as_ref());
            }
            Fill::Goes => {}
            Fill::PassedOver { missing, .. } => {
                self.hole(source, symbol, Channel::Trades, missing);
                self.hand_on_trades(source, symbol, None);
            }
        }
    }

    fn on_snapshot(
        &mut self,
        source: SourceId,
        symbol: &Symbol,
        id: QueryId,
        snapshot: &DepthSnapshot,
    ) {
        let now = self.now;
        let depth = &mut self.watched_mut(symbol).depth;
        if depth.query != Some(id) {
            return;
        }
        let step = depth.on_snapshot(snapshot, now);
        match step {
            SnapshotStep::Synced => self.hand_on_book(source, symbol),
            SnapshotStep::TooOld => depth.ask_at = now.plus(SNAPSHOT_AGAIN),
            SnapshotStep::Broken => {
                depth.ask_at = now.plus(SNAPSHOT_AGAIN);
                let why = "snapshot and changes make no book";
                self.report(Report::Resync { source, symbol: symbol.clone(), why });
            }
        }
    }

    /// What was bad in an answer counts as messages that cannot be used.
    fn count_answer(&mut self, source: SourceId, symbol: &Symbol, bad: u64) {
        let now = self.now;
        if bad > 0 {
            self.source_mut(source).count(Some(symbol), now, |counts| {
                counts.received += bad;
                counts.failed += bad;
            });
        }
    }

    fn hole(&mut self, source: SourceId, symbol: &Symbol, channel: Channel, missing: i64) {
        let now = self.now;
        let missing = u64::try_from(missing).unwrap_or(0);
        // What the stream left out was counted when it was noticed.
        let filling = match channel {
            Channel::Bars(timeframe) => {
                self.symbols[symbol].bars.get(&timeframe).and_then(|line| line.filling())
            }
            Channel::Trades => self.symbols[symbol].trades.filling(),
            Channel::Quotes | Channel::Depth | Channel::AggTrades | Channel::DepthTop => None,
        };
        if filling.is_none_or(|filling| filling.lack != Lack::Gap) {
            self.source_mut(source).count(Some(symbol), now, |counts| counts.gaps += missing);
        }
        let stream = Stream::new(symbol.clone(), channel);
        self.report(Report::Hole { source, stream, missing });
    }

    /// Counts and tells that all that lacked is there.
    fn filled(
        &mut self,
        source: SourceId,
        symbol: &Symbol,
        channel: Channel,
        filling: Option<&Filling>,
    ) {
        let Some(&Filling { lack, brought, .. }) = filling else { return };
        let now = self.now;
        if lack == Lack::Outage {
            self.source_mut(source).count(Some(symbol), now, |counts| {
                counts.gaps += brought;
                counts.gaps_of_outages += brought;
            });
        }
        if brought > 0 {
            let stream = Watched::stream(&self.symbols[symbol], channel);
            self.report(Report::Filled { source, stream, brought });
        }
    }
}

/// Returns when, by the venue's clock, the next bar of a stream should have come; `None` while bars are asked for.
fn overdue_at(line: &Line<Bar>, timeframe: Timeframe, grace: i64) -> Option<TsNanos> {
    let next = line.next().filter(|_| line.filling().is_none())?;
    Some(bar_open(timeframe, next + 1).plus(grace).plus(1))
}

fn is_asked(filling: Option<&Filling>, id: QueryId) -> bool {
    filling.is_some_and(|filling| filling.query == Some(id))
}

fn waits(filling: Option<&Filling>) -> Option<TsNanos> {
    filling.filter(|filling| filling.query.is_none()).map(|filling| filling.retry_at)
}
