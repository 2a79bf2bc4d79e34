//! [`PaperDesk`]: the venue of a paper account: a venue's public bars, walked as a backtest walks them.

use std::collections::BTreeMap;

use hub::gateway::{Request, Ticket};
use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::entry::{Body, Entry};
use types::ids::SymbolId;
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::Money;

use super::known::Known;
use super::{Desk, Word};
use crate::exchange::{BarInput, Conventions, CostModel, Exchange, ExchangeError, Past};

/// The venue of a paper account: a venue's public bars, walked as a backtest walks them.
///
/// It is given every entry of the journal, stored ones first: they say what is traded and how much money there
/// is, and what an earlier life held and had resting. Closed bars of the finest timeframe, which are no entries,
/// move it. The runtime's loop:
///
/// ```text
/// a snapshot -> restore, if there is one; stored entries behind it -> on_entry; then begin()
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
    /// The instruments as the journal has them.
    table: Vec<Instrument>,
    /// What all entries so far say and no more: it walks nothing, and the next life begins with it.
    past: Option<Desk>,
    /// When the newest of them was sequenced.
    recorded: TsNanos,
    /// The desk of this life, once it has begun.
    desk: Option<Desk>,
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

/// What a snapshot holds of a [`PaperDesk`].
#[derive(Serialize, Deserialize)]
struct Stored {
    table: Vec<Instrument>,
    past: Option<(Past, Known)>,
    recorded: TsNanos,
}

/// A snapshot of a [`PaperDesk`] that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not the form this build gives it.
    #[error("the paper account of the snapshot is not of this build's form ({0})")]
    Form(#[from] postcard::Error),
    /// Its instruments cannot share one account.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// Its account is of other symbols, or of another kind, than its instruments.
    #[error("the paper account of the snapshot is another one than its instruments need")]
    OtherAccount,
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
            table: Vec::new(),
            past: None,
            recorded: TsNanos::EPOCH,
            desk: None,
            waiting: BTreeMap::new(),
            closed: TsNanos::EPOCH,
            walking: None,
            walked: TsNanos::EPOCH,
            now: TsNanos::EPOCH,
            begun: false,
        }
    }

    /// Returns it before the first entry.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::new(self.market, self.costs.clone(), self.conventions, self.native)
    }

    /// Takes an entry, stored or new, in the order of the journal.
    ///
    /// # Errors
    /// `ExchangeError` if the instruments cannot share one account.
    pub fn on_entry(&mut self, entry: &Entry) -> Result<(), ExchangeError> {
        if let Body::Instruments(table) = &entry.body {
            return self.on_instruments(table);
        }
        let Some(past) = &mut self.past else { return Ok(()) };
        past.on_stored(entry);
        self.recorded = self.recorded.max(entry.ts);
        if let Body::Flow { amount } = entry.body {
            past.exchange_mut().flow(amount);
            if let Some(desk) = &mut self.desk {
                desk.exchange_mut().flow(amount);
            }
        }
        Ok(())
    }

    fn on_instruments(&mut self, table: &[Instrument]) -> Result<(), ExchangeError> {
        table.clone_into(&mut self.table);
        if self.past.is_none() {
            self.past = Some(Desk::new(self.exchange()?));
            // The first life has begun before there were instruments.
            self.desk = self.past.clone().filter(|_| self.begun);
            return Ok(());
        }
        let priced = self.priced();
        for desk in self.past.iter_mut().chain(&mut self.desk) {
            desk.exchange_mut().change_rules(&priced)?;
        }
        Ok(())
    }

    /// Returns the instruments with the costs in force: as in a backtest, those of the configuration.
    fn priced(&self) -> Vec<Instrument> {
        let mut table = self.table.clone();
        for instrument in &mut table {
            instrument.taker_fee = self.costs.taker_fee.unwrap_or(instrument.taker_fee);
            instrument.maker_fee = self.costs.maker_fee.unwrap_or(instrument.maker_fee);
        }
        table
    }

    /// Returns an exchange on which nothing has happened.
    fn exchange(&self) -> Result<Exchange, ExchangeError> {
        let (costs, conventions) = (self.costs.clone(), self.conventions);
        Exchange::new(self.market, self.priced(), costs, conventions, Money::ZERO)
    }

    /// Returns bytes from which [`PaperDesk::restore`] knows what all entries so far say, in the same build.
    ///
    /// # Errors
    /// If it has no such form: a bug.
    pub fn snapshot(&self) -> Result<Vec<u8>, postcard::Error> {
        let past = self.past.as_ref().map(|past| (past.exchange().past(), past.known().clone()));
        postcard::to_stdvec(&Stored { table: self.table.clone(), past, recorded: self.recorded })
    }

    /// Takes over a snapshot in place of the entries it was taken behind; before [`PaperDesk::begin`].
    ///
    /// # Errors
    /// [`SnapshotError`] if it is of another form, or does not fit its own instruments: nothing is taken over then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let Stored { table, past, recorded } = postcard::from_bytes(bytes)?;
        let mut fresh = Self { table, ..self.clone() };
        fresh.recorded = recorded;
        fresh.past = match past {
            None => None,
            Some((past, known)) => {
                let mut exchange = fresh.exchange()?;
                if !exchange.resume_past(past) {
                    return Err(SnapshotError::OtherAccount);
                }
                Some(Desk::knowing(exchange, known))
            }
        };
        *self = fresh;
        Ok(())
    }

    /// Ends the stored entries: what worked rests again.
    pub fn begin(&mut self) {
        self.begun = true;
        // An entry has the time of the walk: bars that had closed by then were walked.
        self.walked = self.walked.max(self.native.open_of(self.recorded));
        self.now = self.now.max(self.recorded);
        self.desk = self.past.clone();
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
            let whole = next
                .filter(|(close, bars)| bars.len() >= self.table.len() || **close <= self.closed);
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
}
