//! [`Desk`]: takes the gateway's requests to the exchange, and brings back what the exchange says.

use std::collections::VecDeque;

use hub::gateway::{Answer, LookUp, Named, Placing, Request, Ticket};
use types::entry::{Body, CommandAction, Entry, Report, ReportEvent};
use types::ids::{OrderId, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Qty, Ratio};
use types::order::OrderRequest;

use super::asked::{Asked, not_there};
use super::known::Known;
use crate::exchange::{BarInput, Exchange, Happening};

/// What the venue says, in market time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Something about an order, or that the venue closed a position.
    Report {
        /// When.
        at: TsNanos,
        /// What.
        report: Report,
    },
    /// The answer to a request. It comes behind the reports of what the request did.
    Answer {
        /// When.
        at: TsNanos,
        /// To which.
        ticket: Ticket,
        /// What.
        answer: Answer,
    },
    /// Funding of a perpetual position was charged.
    Funding {
        /// When.
        at: TsNanos,
        /// Whose.
        symbol: SymbolId,
        /// Rate of the interval.
        rate: Ratio,
        /// Signed quantity it was charged on.
        qty: Qty,
        /// Received (+) or paid (-).
        amount: Money,
    },
}

impl Word {
    /// Returns when it is said.
    #[must_use]
    pub const fn at(&self) -> TsNanos {
        match self {
            Self::Report { at, .. } | Self::Answer { at, .. } | Self::Funding { at, .. } => *at,
        }
    }
}

/// The venue's side of the gateway's requests, over the bar walk of an [`Exchange`].
///
/// Backtests and paper trading meet the same desk. The driver's loop, once per instant of native bars:
///
/// ```text
/// desk.begin_bars(&bars, open_time, close_time);
/// while let Some(word) = desk.next_word() {
///     // to the gateway; then append what it wants appended, send what it wants sent
/// }
/// ```
///
/// The walk stands still between two words: what is sent there is live from the path's present point on.
#[derive(Clone, Debug)]
pub struct Desk {
    exchange: Exchange,
    asked: Vec<Asked>,
    said: VecDeque<Word>,
    known: Known,
}

impl Desk {
    /// Returns a desk in front of an exchange.
    #[must_use]
    pub fn new(exchange: Exchange) -> Self {
        Self::knowing(exchange, Known::default())
    }

    /// Returns a desk that knows of orders of an earlier life.
    pub(super) const fn knowing(exchange: Exchange, known: Known) -> Self {
        Self { exchange, asked: Vec::new(), said: VecDeque::new(), known }
    }

    /// Returns the orders that it was sent.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// Returns the exchange.
    #[must_use]
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Returns the exchange, to tell it what is no order's business.
    pub const fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// Folds an entry of an earlier life of the account, whose orders and fills stand in its journal.
    pub fn on_stored(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Command(command) => {
                if let CommandAction::Place(request) = command.action {
                    self.known.on_sent(command.order, request, entry.ts);
                }
            }
            Body::Report(report) => {
                if let ReportEvent::Filled(fill) = &report.event {
                    self.exchange.resume_fill(fill, entry.ts);
                }
                if let Some(order) = report.order {
                    self.known.on_report(order, &report.event, entry.ts);
                }
            }
            Body::Bar { symbol, bar, .. } => self.exchange.resume_price(*symbol, bar.close),
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Refused(_)
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// Rests again what worked when the earlier life ended.
    pub fn resume(&mut self) {
        for resumed in self.known.resume() {
            self.exchange.resume_order(&resumed);
        }
    }

    /// Takes a request that was sent at `now`. What is said to it comes from [`Desk::next_word`]; after the
    /// latency, where one is set.
    pub fn send(&mut self, ticket: Ticket, request: Request, now: TsNanos) {
        let happenings = match &request {
            Request::Place(place) => self.place(place, now),
            Request::Cancel(cancel) => {
                if !self.known.is_open(cancel.order) {
                    let answer = Answer::Done(not_there());
                    self.said.push_back(Word::Answer { at: now, ticket, answer });
                    return;
                }
                self.exchange.cancel(cancel.order, now)
            }
            Request::Replace { cancel, place } => {
                self.note(place, now);
                self.exchange.replace(cancel.order, place.iter().map(leg).collect(), now)
            }
            Request::LookUp(named) => {
                let answer = Answer::LookUp(self.look_up(named));
                self.said.push_back(Word::Answer { at: now, ticket, answer });
                return;
            }
            Request::Fills(named) => {
                let instrument = self.exchange.instrument(named.symbol);
                let answer = Answer::Fills(Some(self.known.fills(named.order, instrument)));
                self.said.push_back(Word::Answer { at: now, ticket, answer });
                return;
            }
        };
        self.asked.push(Asked::new(ticket, request));
        for happening in happenings {
            self.hear(happening);
        }
    }

    /// Begins the native bars of one instant, in the order of their symbols.
    ///
    /// # Panics
    /// As [`Exchange::begin_bars`].
    pub fn begin_bars(&mut self, bars: &[BarInput], open: TsNanos, close: TsNanos) {
        self.exchange.begin_bars(bars, open, close);
    }

    /// Charges funding, as [`Exchange::fund`].
    pub fn fund(&mut self, symbol: SymbolId, rate: Ratio, at: TsNanos) {
        if let Some(happening) = self.exchange.fund(symbol, rate, at) {
            self.hear(happening);
        }
    }

    /// Lets what was sent since the last bar trade at the last price, as [`Exchange::fill_at_last`].
    pub fn fill_at_last(&mut self) {
        self.exchange.fill_at_last();
    }

    /// Returns what was said already, without walking on.
    pub fn next_said(&mut self) -> Option<Word> {
        self.said.pop_front()
    }

    /// Returns what is said next, walking on where nothing was said yet; `None` when the bars are walked to
    /// their ends.
    pub fn next_word(&mut self) -> Option<Word> {
        while self.said.is_empty() {
            let happening = self.exchange.next_happening()?;
            self.hear(happening);
        }
        self.said.pop_front()
    }

    fn place(&mut self, place: &[Placing], now: TsNanos) -> Vec<Happening> {
        self.note(place, now);
        match place {
            [one] => {
                let (order, request) = leg(one);
                self.exchange.place(order, request, now)
            }
            [stop, target] => self.exchange.place_oco([leg(stop), leg(target)], now),
            place => {
                let sent = place.iter().map(leg);
                sent.flat_map(|(order, request)| self.exchange.place(order, request, now)).collect()
            }
        }
    }

    fn note(&mut self, place: &[Placing], now: TsNanos) {
        for placing in place {
            self.known.on_sent(placing.named().order, *placing.request(), now);
        }
    }

    fn look_up(&self, named: &Named) -> LookUp {
        let instrument = self.exchange.instrument(named.symbol);
        match self.known.look_up(named, instrument) {
            Some(report) => LookUp::Found(Box::new(report)),
            None => LookUp::NotFound,
        }
    }

    /// Makes words of what happened at the exchange.
    fn hear(&mut self, happening: Happening) {
        let (at, report) = match happening {
            Happening::Report { at, symbol: _, report } => (at, report),
            Happening::Funding { at, symbol, rate, qty, amount } => {
                self.said.push_back(Word::Funding { at, symbol, rate, qty, amount });
                return;
            }
        };
        let Some(order) = report.order else {
            self.said.push_back(Word::Report { at, report });
            return;
        };
        let event = report.event.clone();
        self.known.on_report(order, &event, at);
        // An order that was never sent was not rejected either: the answer says so.
        if !self.asked.iter().any(|asked| asked.withholds(order, &event)) {
            self.said.push_back(Word::Report { at, report });
        }
        let open = self.known.is_open(order);
        let mut index = 0;
        while let Some(asked) = self.asked.get_mut(index) {
            match asked.on_report(order, &event, open) {
                Some(answer) => {
                    let ticket = self.asked.remove(index).ticket;
                    self.said.push_back(Word::Answer { at, ticket, answer });
                }
                None => index += 1,
            }
        }
    }
}

/// Returns an order as the exchange takes it.
fn leg(placing: &Placing) -> (OrderId, OrderRequest) {
    (placing.named().order, *placing.request())
}
