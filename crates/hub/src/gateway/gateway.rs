//! [`Gateway`]: carries out decisions at a venue, exactly once, inside hard limits, with every position protected.

use std::collections::{BTreeMap, VecDeque};

use types::decision::Action;
use types::defects::{Defect, planted};
use types::entry::{Body, Entry, IncidentKind, ReportEvent};
use types::ids::{OrderId, Seq, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::OrderState;

use super::flight::{Doubt, Flight};
use super::group::Group;
use super::hearing::Said;
use super::settings::Settings;
use super::state::{State, Touched};
use super::terms::{Terms, Trading};
use super::unprotected::{Clock, Unprotected};
use super::words::{Input, Output, Request, Ticket};
use crate::reconcile::Ours;
use crate::units::symbol_ids;

/// The best prices and when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) bid: Price,
    pub(super) ask: Price,
    pub(super) at: TsNanos,
}

impl Touch {
    /// Returns the price at which a position could be closed.
    pub(super) fn closing(&self, qty: Qty) -> Price {
        if qty.is_positive() { self.bid } else { self.ask }
    }
}

/// What was counted since the start of this life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reports that said nothing new: duplicates, overtaken ones.
    pub repeated: u64,
    /// Reports of orders that are not ours.
    pub foreign: u64,
    /// Reports that cannot follow from what was reported before.
    pub impossible: u64,
}

/// Order life from command to terminal state, without clock, thread or socket.
///
/// The caller gives it every entry of the journal and does what [`Gateway::poll`] hands out, in that order:
/// appends what it wants appended and hands the entry back, says how far the disk is, sends what it wants sent
/// and hands the answer back. **Cause before effect**: a request comes out only after [`Input::Durable`] has
/// passed its command; the gateway stops with an assertion where a caller skips a step.
#[derive(Debug)]
pub struct Gateway {
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) now: TsNanos,
    pub(super) flights: BTreeMap<OrderId, Flight>,
    pub(super) terms: Vec<Terms>,
    pub(super) quotes: Vec<Option<Touch>>,
    pub(super) clocks: Vec<Clock>,
    pub(super) sent: BTreeMap<Ticket, (Request, TsNanos)>,
    pub(super) inbox: VecDeque<Said>,
    pub(super) outbox: VecDeque<(Seq, Request)>,
    /// Symbols to be planned, in the order in which they were touched.
    pub(super) dirty: VecDeque<SymbolId>,
    pub(super) wake: BTreeMap<SymbolId, TsNanos>,
    pub(super) counts: Counts,
    /// What is held and open lies above a limit that was lowered; both numbers.
    pub(super) above: Option<(Money, Money)>,
    /// Entries before this one are of an earlier life.
    pub(super) restored: Seq,
    /// When this life began.
    pub(super) begun: TsNanos,
    /// The journal cannot be written: nothing that raises exposure is planned.
    pub(super) not_durable: bool,
    /// The journal's disk has no room now: the same, as long as that lasts.
    pub(super) full: bool,
    /// Symbols on whose market data, or on whose venue, nothing may be opened now.
    pub(super) blocked: Vec<bool>,
    /// Whether anything happened since [`Gateway::poll`] last found nothing to do.
    pub(super) stirred: bool,
    group: Group,
    /// The place that the next step of the group was handed out for.
    awaiting: Option<Seq>,
    durable: Seq,
    next_ticket: u64,
}

impl Gateway {
    /// Returns a gateway before the first entry.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let state = State::new(&settings.account, settings.range_timeframe);
        Self {
            settings,
            state,
            now: TsNanos::EPOCH,
            flights: BTreeMap::new(),
            terms: Vec::new(),
            quotes: Vec::new(),
            clocks: Vec::new(),
            sent: BTreeMap::new(),
            inbox: VecDeque::new(),
            outbox: VecDeque::new(),
            dirty: VecDeque::new(),
            wake: BTreeMap::new(),
            counts: Counts::default(),
            above: None,
            restored: Seq(0),
            begun: TsNanos::EPOCH,
            not_durable: false,
            full: false,
            blocked: Vec::new(),
            stirred: false,
            group: Group::default(),
            awaiting: None,
            durable: Seq(0),
            next_ticket: 0,
        }
    }

    /// Returns a gateway that knows what the journal said up to a snapshot.
    pub(crate) fn of_state(settings: Settings, mut state: State) -> Self {
        state.adopt(&settings.account, settings.range_timeframe);
        let above = state.limits.as_ref().and_then(|_| super::limits::above(&state));
        let mut gateway = Self { state, above, ..Self::new(settings) };
        gateway.size();
        gateway
    }

    /// Returns everything it knows from the journal.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// Takes note of something. What follows from it comes from [`Gateway::poll`].
    ///
    /// # Panics
    /// If entries come in another order than the journal has them, or another entry is appended where one of
    /// the gateway's was awaited: the caller breaks `cause before effect`.
    #[inline]
    pub fn handle(&mut self, input: Input<'_>, now: TsNanos) {
        if let Input::Entry(entry) = &input
            && self.awaiting.is_none()
            && is_quiet(&entry.body)
        {
            self.on_quiet(entry, now);
        } else {
            self.on_input(input, now);
        }
    }

    /// Folds an entry that asks for nothing by itself, as almost all of them are.
    fn on_quiet(&mut self, entry: &Entry, now: TsNanos) {
        self.expect_next(entry);
        self.now = self.now.max(now).max(entry.ts);
        self.state.fold_quiet(entry);
        if let Body::Bar { symbol, .. } | Body::Mark { symbol, .. } = entry.body {
            self.on_price(symbol);
        }
        self.on_time();
    }

    fn on_input(&mut self, input: Input<'_>, now: TsNanos) {
        self.now = self.now.max(now);
        match input {
            Input::Entry(entry) => self.on_entry(entry),
            Input::Durable(seq) => self.durable = self.durable.max(seq),
            Input::Skipped(seq) => {
                assert!(
                    seq == Seq(self.state.last.0 + 1) && self.awaiting.is_none(),
                    "entries come in the order of the journal"
                );
                self.state.last = seq;
            }
            Input::Block { symbol, on } => {
                if self.blocked[symbol.index()] != on {
                    self.blocked[symbol.index()] = on;
                    self.touch(symbol);
                }
            }
            Input::JournalFailed => {
                self.not_durable = true;
                self.touch_all();
            }
            Input::JournalFull { on } => {
                if std::mem::replace(&mut self.full, on) != on {
                    self.touch_all();
                }
            }
            Input::Restored { quiet } => self.on_restored(quiet),
            Input::Answer(ticket, answer) => self.on_answer(ticket, answer),
            Input::Order(report) => self.on_order(report),
            // One that is in doubt is being looked up already: to begin anew would put its proof off for ever.
            Input::Missing(order) if self.is_in_doubt(order) => {}
            // The venue cannot know it yet; that it does not is no proof of anything.
            Input::Missing(order) if self.waits_to_leave(order) => {
                if planted(Defect::WaitingOrderBuried) {
                    self.inbox.push_back(Said::Event(order, ReportEvent::NeverAccepted));
                }
            }
            Input::Missing(order) => self.doubt(order, false),
            Input::Report(report) => self.inbox.push_back(Said::of_report(report)),
            Input::Quote { symbol, bid, ask } => {
                self.quotes[symbol.index()] = Some(Touch { bid, ask, at: self.now });
                self.on_price(symbol);
            }
            Input::Listing { symbol, listing } => {
                self.terms[symbol.index()] =
                    listing.map_or_else(Terms::delisted, Terms::of_listing);
                self.touch(symbol);
            }
            Input::Wake => {}
        }
        self.stirred = true;
        self.on_time();
    }

    /// Returns what is to be done next, `None` when nothing is.
    ///
    /// # Panics
    /// If what it handed out to be appended was not handed back as an entry.
    #[inline]
    pub fn poll(&mut self) -> Option<Output> {
        // Bars by the thousand concern nothing under way.
        if self.stirred || !self.flights.is_empty() { self.look() } else { None }
    }

    fn look(&mut self) -> Option<Output> {
        assert!(
            self.awaiting.is_none(),
            "cause before effect: what was to be appended was not handed back"
        );
        loop {
            if let Some(output) = self.next_append() {
                return Some(output);
            }
            if let Some(group) = self.next_group() {
                self.begin(group);
            } else if !self.hear_next() && !self.withdraw_next() {
                break;
            }
        }
        let send = self.next_send();
        self.stirred = send.is_some();
        send
    }

    /// Returns when the gateway wants to be told the time.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        let answers = self.sent.values().map(|(_, at)| at.plus(self.settings.answer_within));
        let pace = self.settings.pace;
        let flights = self.flights.values().flat_map(|flight| flight.deadlines(pace));
        let all = answers.chain(flights).chain(self.wake.values().copied());
        // What is due and still here waits for something else than time, as the cancellation of a halted symbol's stop: it
        // hides nothing of the others.
        all.filter(|at| *at > self.now).min()
    }

    /// Returns where an order is, `unknown` where it is in doubt whether the venue accepted it.
    #[must_use]
    pub fn order_state(&self, order: OrderId) -> Option<OrderState> {
        let state = self.state.orders.get(order)?.order.state();
        let doubt = self.flights.get(&order).and_then(|flight| flight.doubt.as_ref());
        let unknown = doubt.is_some_and(|doubt| doubt.placing) && !state.is_terminal();
        Some(if unknown { OrderState::Unknown } else { state })
    }

    /// Returns the orders that have not ended.
    pub fn open_orders(&self) -> impl Iterator<Item = OrderId> {
        self.state.orders.open().map(|live| live.order.id)
    }

    /// Returns when the command of an order was sequenced.
    #[must_use]
    pub fn placed_at(&self, order: OrderId) -> Option<TsNanos> {
        Some(self.state.orders.get(order)?.since)
    }

    /// Returns the open orders as reconciliation names them.
    #[must_use]
    pub fn ours(&self) -> Vec<Ours> {
        let ours = |live: &super::live::Live| Ours {
            order: live.order.id,
            symbol: live.request().symbol,
            client_id: live.client_id.as_str().to_owned(),
        };
        self.state.orders.open().map(ours).collect()
    }

    /// Returns which order of ours a venue's text names, ended ones included.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<(OrderId, SymbolId)> {
        let order = self.state.orders.by_text(name)?;
        Some((order, self.state.orders.get(order)?.request().symbol))
    }

    /// Returns whether nothing is under way: balances read now can be compared.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.flights.is_empty()
            && self.sent.is_empty()
            && self.inbox.is_empty()
            && self.outbox.is_empty()
            && self.awaiting.is_none()
    }

    /// Returns the place that has to be on disk before the next request may leave.
    #[must_use]
    pub fn waits_for(&self) -> Option<Seq> {
        let after = self.outbox.front().map(|(after, _)| *after);
        after.filter(|after| *after > self.durable)
    }

    /// Returns the books as the journal has them.
    #[must_use]
    pub const fn books(&self) -> &types::books::Books {
        &self.state.books
    }

    /// Returns how much of a symbol is without a stop, since when, and how much that came to.
    #[must_use]
    pub fn unprotected(&self, symbol: SymbolId) -> Unprotected {
        self.clocks[symbol.index()].read(self.now)
    }

    /// Returns what was counted since the start of this life.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn expect_next(&self, entry: &Entry) {
        let next = Seq(self.state.last.0 + 1);
        assert_eq!(entry.seq, next, "entries come in the order of the journal");
    }

    fn on_entry(&mut self, entry: &Entry) {
        self.expect_next(entry);
        self.now = self.now.max(entry.ts);
        let touched = self.state.fold(entry);
        if let Some(seq) = self.awaiting.take() {
            assert!(
                entry.seq == seq && self.group.awaits(entry),
                "cause before effect: another entry stands where one of the gateway's was awaited"
            );
            self.group.on_entry(entry, &self.state);
            if self.group.is_done()
                && let Some(request) = std::mem::take(&mut self.group).into_request()
            {
                self.outbox.push_back((entry.seq, request));
            }
        }
        self.on_touched(entry, touched);
    }

    /// Makes room for every symbol.
    fn size(&mut self) {
        let count = self.state.instruments.len();
        if self.terms.len() != count {
            self.terms.resize(count, Terms::of_venue(&self.settings.venue));
            self.quotes.resize(count, None);
            self.clocks.resize(count, Clock::default());
            self.blocked.resize(count, false);
        }
    }

    fn on_touched(&mut self, entry: &Entry, touched: Touched) {
        self.size();
        match touched {
            Touched::Nothing => {}
            Touched::Symbol(symbol) => {
                self.touch(symbol);
                self.measure(symbol);
            }
            Touched::Everything => {
                self.touch_all();
            }
        }
        if let Body::Bar { symbol, .. } | Body::Mark { symbol, .. } = entry.body {
            self.on_price(symbol);
        }
        let weighs = matches!(
            entry.body,
            Body::Limits(_) | Body::Command(_) | Body::Report(_) | Body::Adopted(_)
        );
        if weighs && self.state.limits.is_some() {
            self.above = super::limits::above(&self.state);
        }
        if let Body::Report(report) = &entry.body
            && let Some(order) = report.order
        {
            self.on_reported(order, &report.event);
        }
    }

    /// A report has been folded: what it settles is not in doubt any more.
    fn on_reported(&mut self, order: OrderId, event: &ReportEvent) {
        let open = self.state.orders.is_open(order);
        // What became of a successor is what became of the cancellation with it, once the venue has told where that order is.
        let asks = |old: &OrderId| !(open && self.is_in_doubt(*old));
        let replaced: Vec<OrderId> = self.state.orders.replaced_by(order).filter(asks).collect();
        replaced.into_iter().for_each(|old| self.doubt(old, false));
        let Some(flight) = self.flights.get_mut(&order) else { return };
        if !open {
            flight.doubt = None;
            flight.cancel_at = None;
            flight.cancels = 0;
            flight.cancelled = false;
            flight.placed = None;
            flight.resent = false;
            flight.beyond = None;
            flight.lost = false;
        } else if matches!(event, ReportEvent::Accepted | ReportEvent::Filled(_)) {
            flight.doubt = flight.doubt.take().filter(|doubt| !doubt.placing);
            flight.placed = None;
            flight.resent = false;
        } else if *event == ReportEvent::CancelRejected {
            // A later cancellation begins anew.
            flight.cancel_at = None;
            flight.cancels = 0;
        }
    }

    /// What was under way in an earlier life may or may not have left: everything open is looked up, and
    /// "never" is believed only so long after that life's end as a request can still take effect.
    fn on_restored(&mut self, quiet: i64) {
        assert!(self.awaiting.is_none() && self.group.is_done(), "a restart begins a life");
        self.restored = self.state.last;
        self.begun = self.now;
        self.durable = self.state.last;
        let now = self.now;
        for live in self.state.orders.open() {
            let flight = self.flights.entry(live.order.id).or_default();
            let doubt = Doubt::new(now, !live.heard);
            flight.doubt = Some(Doubt { since: now.plus(-quiet), ..doubt });
            if planted(Defect::RestartForgetsDoubt) {
                flight.doubt = None;
            }
        }
        self.recall_terms();
        self.touch_all();
        // What an earlier life was without is not of this one; with a snapshot it would not be known.
        self.clocks.fill(Clock::default());
        for symbol in symbol_ids(self.state.instruments.len()) {
            self.measure(symbol);
        }
    }

    /// A symbol that did not trade when the life before ended does not until the venue says so.
    fn recall_terms(&mut self) {
        for incident in self.state.incidents.values() {
            let place = incident.symbol.map(SymbolId::index);
            let Some(terms) = place.and_then(|place| self.terms.get_mut(place)) else { continue };
            if incident.kind == IncidentKind::SymbolHalted {
                terms.trading = Trading::Halted;
            } else if incident.kind == IncidentKind::Delisted {
                *terms = Terms::delisted();
            }
        }
    }

    fn touch_all(&mut self) {
        for symbol in symbol_ids(self.state.instruments.len()) {
            self.touch(symbol);
        }
    }

    /// Puts a symbol among those to be planned.
    pub(super) fn touch(&mut self, symbol: SymbolId) {
        self.stirred = true;
        if !self.dirty.contains(&symbol) {
            self.dirty.push_back(symbol);
        }
    }

    /// Lets a group of steps be the next to be appended.
    pub(super) fn begin(&mut self, group: Group) {
        debug_assert!(self.group.is_done(), "one group at a time");
        self.group = group;
    }

    fn next_append(&mut self) -> Option<Output> {
        let seq = Seq(self.state.last.0 + 1);
        let (source, body) = self.group.next()?.body(seq);
        self.awaiting = Some(seq);
        Some(Output::Append { seq, source, body })
    }

    fn next_send(&mut self) -> Option<Output> {
        self.drop_needless();
        let request = match self.outbox.front() {
            Some((after, _)) if *after <= self.durable || planted(Defect::SentBeforeDurable) => {
                self.outbox.pop_front()?.1
            }
            Some(_) | None => self.next_question()?,
        };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.on_leaving(ticket, &request);
        self.sent.insert(ticket, (request.clone(), self.now));
        Some(Output::Send { ticket, request })
    }
}

/// Returns whether an entry asks for nothing by itself: there may be something to do at its time or price.
const fn is_quiet(body: &Body) -> bool {
    match body {
        Body::Bar { .. } | Body::Mark { .. } | Body::InstantClosed { .. } | Body::Timer { .. } => {
            true
        }
        Body::Decision(decision) => matches!(decision.action, Action::Nothing),
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Command(_)
        | Body::Report(_)
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
        | Body::History { .. } => false,
    }
}
