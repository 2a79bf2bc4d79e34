//! [`Fold`]: what entries have come to so far, as the projections need it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::books::{Books, ClosedTrade};
use types::entry::{
    Adopted, Body, Command, CommandAction, Entry, IncidentKind, Report, ReportEvent,
};
use types::ids::{OrderId, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{Money, Price};
use types::order::{Order, OrderEvent, TransitionError};

use crate::scans::Scans;

/// How long an order that has ended is remembered: late reports come within seconds.
const REMEMBERED_NANOS: i64 = 86_400_000_000_000;

/// What entries have come to so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fold {
    instruments: Vec<Instrument>,
    books: Books,
    marks: Vec<Option<Price>>,
    orders: BTreeMap<OrderId, Order>,
    peak: Option<Money>,
    scans: Scans,
    /// When each incident began whose end was not booked, by the place of its entry.
    open: BTreeMap<u64, TsNanos>,
    day: Day,
}

/// Figures of one UTC day so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// When its first entry was sequenced.
    pub at: TsNanos,
    /// Equity before its first entry, of which flows are no part.
    pub opened: Money,
    /// The lowest and highest equity at an instant.
    pub low: Option<Money>,
    /// See `low`.
    pub high: Option<Money>,
    /// Trades that ended.
    pub trades: u64,
    /// Trades that ended with a profit.
    pub won: u64,
    /// What the trades that ended brought, after fees and funding.
    pub pnl: Money,
    /// Fees of all fills, in quote.
    pub fees: Money,
    /// Funding received (+) or paid (-).
    pub funding: Money,
    /// Money that came in (+) or went out (-).
    pub flows: Money,
    /// Fills.
    pub fills: u64,
    /// Scan cycles that were due: a symbol at an instant.
    pub scans: u64,
    /// Those of them that did not happen.
    pub scans_lost: u64,
}

/// What one entry changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The order that was placed or reported on.
    pub order: Option<OrderId>,
    /// The trade that a fill ended.
    pub closed: Option<ClosedTrade>,
    /// What could not be folded, in words: a report that its order's state excludes.
    pub oddity: Option<String>,
    /// How long the incident had lasted that this ends, in nanoseconds.
    pub recovered_in: Option<i64>,
    /// The figures of the day that ended before this entry.
    pub ended: Option<Day>,
}

impl Fold {
    /// Folds an entry and returns what it changed.
    pub fn evolve(&mut self, entry: &Entry) -> Change {
        let mut change = Change { ended: self.turn_day(entry.ts), ..Change::default() };
        match &entry.body {
            Body::Instruments(table) => self.list(table),
            Body::Mark { symbol, price } => self.mark(*symbol, *price),
            Body::Bar { symbol, timeframe, bar } => {
                self.mark(*symbol, bar.close);
                self.scans.on_bar(*symbol, *timeframe);
            }
            Body::InstantClosed { at } => {
                self.measure();
                let (due, lost) = self.scans.on_instant(*at);
                self.day.scans += due;
                self.day.scans_lost += lost;
            }
            Body::Command(command) => self.command(entry, command, &mut change),
            Body::Report(report) => self.report(entry, report, &mut change),
            Body::Flow { amount } => {
                self.books.on_flow(*amount);
                self.flow(*amount);
            }
            Body::Funding { symbol, amount, .. } => {
                self.books.on_funding(*symbol, *amount);
                self.day.funding += *amount;
            }
            Body::Incident(incident) => {
                if incident.kind.lasts() {
                    self.open.insert(entry.seq.0, entry.ts);
                }
                if incident.kind == IncidentKind::SlotLate {
                    // The engine's answer for the instant before was refused.
                    self.day.scans_lost += self.scans.take_last();
                }
            }
            Body::IncidentOver(over) => match self.open.remove(&over.incident.0) {
                Some(since) => change.recovered_in = Some(entry.ts.since(since)),
                None => {
                    let incident = over.incident.0;
                    change.oddity =
                        Some(format!("an end of incident {incident}, which is not open"));
                }
            },
            Body::Adopted(adopted) => self.adopt(entry, adopted, &mut change),
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Refused(_)
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Permit(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
        change
    }

    /// Returns the symbols, by id.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Returns the name of a symbol.
    #[must_use]
    pub fn symbol(&self, symbol: SymbolId) -> Option<&str> {
        self.instruments.get(symbol.index()).map(|listed| listed.symbol.as_str())
    }

    /// Returns cash and positions.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// Returns the newest price of a symbol.
    #[must_use]
    pub fn mark_of(&self, symbol: SymbolId) -> Option<Price> {
        self.marks.get(symbol.index()).copied().flatten()
    }

    /// Returns cash and positions at mark.
    #[must_use]
    pub fn equity(&self) -> Money {
        self.books.equity(&self.marks)
    }

    /// Returns the sum of absolute values held.
    #[must_use]
    pub fn gross(&self) -> Money {
        let held = self.books.positions().iter().zip(&self.marks);
        held.filter_map(|(position, mark)| mark.map(|mark| position.value(mark).abs())).sum()
    }

    /// Returns the highest equity at an instant, flows taken out.
    #[must_use]
    pub const fn peak(&self) -> Option<Money> {
        self.peak
    }

    /// Returns an order that is open, or ended within a day.
    #[must_use]
    pub fn order(&self, order: OrderId) -> Option<&Order> {
        self.orders.get(&order)
    }

    /// Returns the figures of the present day.
    #[must_use]
    pub const fn day(&self) -> &Day {
        &self.day
    }

    fn turn_day(&mut self, at: TsNanos) -> Option<Day> {
        if self.day.at.day() == at.day() && self.day.at != TsNanos::EPOCH {
            return None;
        }
        let fresh = Day { at, opened: self.equity(), ..Day::default() };
        let ended = std::mem::replace(&mut self.day, fresh);
        self.orders.retain(|_, order| {
            let last = order.history().last().map_or(at, |(since, _)| *since);
            !order.state().is_terminal() || at.since(last) < REMEMBERED_NANOS
        });
        (ended.at != TsNanos::EPOCH).then_some(ended)
    }

    /// A table that grows keeps the ids of what was listed before; books begin with the first one.
    fn list(&mut self, table: &[Instrument]) {
        if self.instruments.is_empty() {
            self.books = Books::new(table.len());
        }
        self.instruments = table.to_vec();
        self.marks.resize(table.len(), None);
    }

    fn mark(&mut self, symbol: SymbolId, price: Price) {
        if let Some(mark) = self.marks.get_mut(symbol.index()) {
            *mark = Some(price);
        }
    }

    fn measure(&mut self) {
        let equity = self.equity();
        self.peak = Some(self.peak.map_or(equity, |peak| peak.max(equity)));
        self.day.low = Some(self.day.low.map_or(equity, |low| low.min(equity)));
        self.day.high = Some(self.day.high.map_or(equity, |high| high.max(equity)));
    }

    fn command(&mut self, entry: &Entry, command: &Command, change: &mut Change) {
        change.order = Some(command.order);
        match &command.action {
            CommandAction::Place(request) => {
                let mut order = Order::new(command.order, *request, entry.ts);
                note(order.on_event(OrderEvent::Submit, entry.ts), change);
                self.orders.insert(command.order, order);
            }
            CommandAction::Cancel => self.tell(command.order, OrderEvent::AskCancel, entry, change),
        }
    }

    fn report(&mut self, entry: &Entry, report: &Report, change: &mut Change) {
        change.order = report.order;
        let event = match &report.event {
            ReportEvent::Accepted => OrderEvent::Accept,
            ReportEvent::Rejected(_) => OrderEvent::Reject,
            ReportEvent::Cancelled => OrderEvent::Cancel,
            ReportEvent::Expired => OrderEvent::Expire,
            ReportEvent::NeverAccepted => OrderEvent::NotFound,
            ReportEvent::CancelRejected => OrderEvent::CancelRejected,
            ReportEvent::Filled(fill) => {
                let listed = self.instruments.get(fill.symbol.index());
                let Some(lot) = listed.map(|listed| listed.lot) else {
                    change.oddity = Some(format!("a fill of symbol {}, not listed", fill.symbol.0));
                    return;
                };
                change.closed = self.books.on_fill(fill, lot, entry.ts_event);
                self.count(fill.fee_in_quote(), change.closed.as_ref());
                if let Some(order) = fill.order.and_then(|order| self.orders.get_mut(&order)) {
                    note(order.on_fill(fill.qty, entry.ts_event), change);
                }
                return;
            }
        };
        if let Some(order) = report.order {
            self.tell(order, event, entry, change);
        }
    }

    /// Coins that somebody else sold leave the books; a trade that ends so is nobody's result.
    fn adopt(&mut self, entry: &Entry, adopted: &Adopted, change: &mut Change) {
        let listed = self.instruments.get(adopted.symbol.index());
        let Some(lot) = listed.map(|listed| listed.lot) else {
            change.oddity = Some(format!("symbol {} adopted, not listed", adopted.symbol.0));
            return;
        };
        self.books.on_adopted(adopted, lot, entry.ts_event);
        self.flow(adopted.flow());
    }

    /// Money that comes in or goes out is no drawdown.
    fn flow(&mut self, amount: Money) {
        self.day.flows += amount;
        self.peak = self.peak.map(|peak| peak + amount);
    }

    fn tell(&mut self, id: OrderId, event: OrderEvent, entry: &Entry, change: &mut Change) {
        match self.orders.get_mut(&id) {
            Some(order) => note(order.on_event(event, entry.ts_event), change),
            None => change.oddity = Some(format!("{event:?} of an order that is not known")),
        }
    }

    fn count(&mut self, fee: Money, closed: Option<&ClosedTrade>) {
        self.day.fills += 1;
        self.day.fees += fee;
        if let Some(trade) = closed {
            self.day.trades += 1;
            self.day.won += u64::from(trade.pnl.is_positive());
            self.day.pnl += trade.pnl;
        }
    }
}

fn note(done: Result<(), TransitionError>, change: &mut Change) {
    if let Err(error) = done {
        change.oddity = Some(error.to_string());
    }
}
