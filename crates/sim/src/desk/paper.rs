//! [`PaperDesk`]: the venue of a paper account: a venue's public bars, walked as a backtest walks them.

use std::collections::BTreeMap;

use hub::gateway::{Request, Ticket};
use types::bar::Bar;
use types::entry::{Body, Entry};
use types::ids::SymbolId;
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::Money;

use super::{Desk, Word};
use crate::exchange::{BarInput, Conventions, CostModel, Exchange, ExchangeError};

/// The venue of a paper account: a venue's public bars, walked as a backtest walks them.
///
/// It is given every entry of the journal, stored ones first: they say what is traded and how much money there
/// is, and what an earlier life held and had resting. Closed bars of the finest timeframe, which are no entries,
/// move it. The runtime's loop:
///
/// ```text
/// stored entries -> on_entry; then begin()
/// appended entry -> on_entry          Output::Walk { until, bars } -> on_bar for each, then close(until)
/// request of the gateway -> send
/// while the hub is at rest: next_word() -> Input::Walking(word.at()), then the word; do what the hub wants done
/// no word any more -> Input::Walked(walked())
/// ```
///
/// Its time is the walk's: what is sent between two bars was sent at the close that caused it, however long
/// the way took. So a latency means the same as in a backtest.
#[derive(Clone, Debug)]
pub struct PaperDesk {
    market: Market,
    costs: CostModel,
    conventions: Conventions,
    native: Timeframe,
    desk: Option<Desk>,
    symbols: usize,
    /// Bars that were not walked yet, by their close.
    waiting: BTreeMap<TsNanos, BTreeMap<SymbolId, Bar>>,
    /// No bar that closes until then will come any more.
    closed: TsNanos,
    /// The close of the bars that are being walked.
    walking: Option<TsNanos>,
    walked: TsNanos,
    now: TsNanos,
    begun: bool,
}

impl PaperDesk {
    /// Returns a desk before the first entry; `native` is the length of the bars that it will walk.
    #[must_use]
    pub const fn new(
        market: Market,
        costs: CostModel,
        conventions: Conventions,
        native: Timeframe,
    ) -> Self {
        Self {
            market,
            costs,
            conventions,
            native,
            desk: None,
            symbols: 0,
            waiting: BTreeMap::new(),
            closed: TsNanos::EPOCH,
            walking: None,
            walked: TsNanos::EPOCH,
            now: TsNanos::EPOCH,
            begun: false,
        }
    }

    /// Takes an entry, stored or new, in the order of the journal.
    ///
    /// # Errors
    /// `ExchangeError` if the instruments cannot share one account.
    pub fn on_entry(&mut self, entry: &Entry) -> Result<(), ExchangeError> {
        if let Body::Instruments(table) = &entry.body {
            return self.on_instruments(table);
        }
        let Some(desk) = &mut self.desk else { return Ok(()) };
        if let Body::Flow { amount } = entry.body {
            desk.exchange_mut().flow(amount);
        }
        if self.begun {
            return Ok(());
        }
        desk.on_stored(entry);
        // An entry has the time of the walk: bars that had closed by then were walked.
        self.walked = self.walked.max(self.native.open_of(entry.ts));
        self.now = self.now.max(entry.ts);
        Ok(())
    }

    fn on_instruments(
        &mut self,
        table: &[types::instrument::Instrument],
    ) -> Result<(), ExchangeError> {
        let mut table = table.to_vec();
        for instrument in &mut table {
            // As in a backtest: the costs in force are those of the configuration.
            instrument.taker_fee = self.costs.taker_fee.unwrap_or(instrument.taker_fee);
            instrument.maker_fee = self.costs.maker_fee.unwrap_or(instrument.maker_fee);
        }
        self.symbols = table.len();
        if let Some(desk) = &mut self.desk {
            return desk.exchange_mut().change_rules(&table);
        }
        let (costs, conventions) = (self.costs.clone(), self.conventions);
        let exchange = Exchange::new(self.market, table, costs, conventions, Money::ZERO)?;
        self.desk = Some(Desk::new(exchange));
        Ok(())
    }

    /// Ends the stored entries: what worked rests again.
    pub fn begin(&mut self) {
        self.begun = true;
        if let Some(desk) = &mut self.desk {
            desk.resume();
        }
    }

    /// Takes a closed bar of the finest timeframe; returns whether it came in time.
    pub fn on_bar(&mut self, symbol: SymbolId, bar: Bar) -> bool {
        let close = bar.close_time(self.native);
        let late = close <= self.walked.max(self.closed) || self.walking == Some(close);
        if !late {
            self.waiting.entry(close).or_default().insert(symbol, bar);
        }
        !late
    }

    /// Takes note that no bar will come any more that closes at `at` or before: those that lack are not waited for.
    pub fn close(&mut self, at: TsNanos) {
        self.closed = self.closed.max(at);
    }

    /// Takes a request of the gateway. What is said to it comes from [`PaperDesk::next_word`].
    ///
    /// # Panics
    /// If no instruments were given: then nothing can have been sent.
    pub fn send(&mut self, ticket: Ticket, request: Request) {
        let desk = self.desk.as_mut().expect("an order is of an instrument of the journal");
        desk.send(ticket, request, self.now);
    }

    /// Returns what the venue says next; it is to be answered, by whatever the hub wants sent, before the next
    /// word is asked for.
    pub fn next_word(&mut self) -> Option<Word> {
        loop {
            let desk = self.desk.as_mut()?;
            if let Some(word) = desk.next_word() {
                self.now = self.now.max(word.at());
                return Some(word);
            }
            if let Some(close) = self.walking.take() {
                (self.walked, self.now) = (close, self.now.max(close));
            }
            let next = self.waiting.first_key_value();
            let whole =
                next.filter(|(close, bars)| bars.len() >= self.symbols || **close <= self.closed);
            let Some(close) = whole.map(|(close, _)| *close) else {
                if self.waiting.is_empty() {
                    self.walked = self.walked.max(self.closed);
                    self.now = self.now.max(self.closed);
                }
                return None;
            };
            let bars = self.waiting.remove(&close).unwrap_or_default();
            let input = |(symbol, bar)| BarInput { symbol, bar, half_spread: None, mark: None };
            let bars: Vec<BarInput> = bars.into_iter().map(input).collect();
            desk.begin_bars(&bars, close.plus(-self.native.nanos()), close);
            self.walking = Some(close);
        }
    }

    /// Returns until when bars were walked: everything that happened before is told.
    #[must_use]
    pub const fn walked(&self) -> TsNanos {
        self.walked
    }

    /// Returns the exchange, once there are instruments.
    #[must_use]
    pub fn exchange(&self) -> Option<&Exchange> {
        self.desk.as_ref().map(Desk::exchange)
    }
}
