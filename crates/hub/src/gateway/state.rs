//! [`State`]: everything the gateway knows from the journal, and nothing else.
//!
//! A restart folds the same entries and knows the same. Where an order's request is at the moment (written,
//! unanswered, being looked up) dies with the process and is in [`super::flight`].

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::books::Books;
use types::decision::{Action, Decision};
use types::defects::{Defect, planted};
use types::entry::{
    Body, Command, CommandAction, Entry, Incident, IncidentKind, Mode, ModeCause, Operator,
    OperatorAction, Source, SystemMode,
};
use types::hard_limits::HardLimits;
use types::ids::{ClientOrderId, JournalId, Leg, OrderId, Seq, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, Timeframe, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{Order, OrderEvent};

use super::guard::{Failed, Guard, is_dust, nearer_to_profit};
use super::live::{Live, Orders};
use super::range::Range;
use crate::units::symbol_ids;

/// The name under which the hub itself asks for everything to be sold.
pub(crate) const EMERGENCY: &str = "emergency";

/// Nanoseconds over which the rate of orders is measured.
pub(super) const RATE_WINDOW: i64 = 1_000_000_000;

/// A decision that is not answered by a command or a refusal yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) symbol: SymbolId,
    pub(super) action: Action,
    pub(super) at: TsNanos,
    /// The instant it was decided on, if one was closed yet.
    pub(super) instant: Option<TsNanos>,
}

/// An entry under way: one decision, one order after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entering {
    pub(super) decision: Seq,
    pub(super) direction: Direction,
    pub(super) qty: Qty,
    pub(super) limit: Option<Price>,
    pub(super) expires: Option<TsNanos>,
    pub(super) since: TsNanos,
    /// Orders placed for it, proven failures not counted.
    pub(super) placed: u8,
    pub(super) filled: Qty,
    /// What protects it has begun to trade, or what it bought is being sold: it goes no further.
    pub(super) stopped: bool,
    pub(super) failed: Option<Failed>,
}

/// Equity at the start of the UTC day, for the loss of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DayStart {
    pub(super) day: i64,
    pub(super) equity: Money,
    pub(super) flows: Money,
}

/// What the journal says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    account: String,
    range_timeframe: Timeframe,
    pub(super) journal: JournalId,
    pub(super) seed: u64,
    pub(super) last: Seq,
    pub(super) now: TsNanos,
    pub(super) instruments: Vec<Instrument>,
    pub(super) books: Books,
    pub(super) marks: Vec<Option<(Price, TsNanos)>>,
    pub(super) ranges: Vec<Range>,
    pub(super) guards: Vec<Guard>,
    pub(super) entering: Vec<Option<Entering>>,
    /// The last entry that touched a symbol: the cause of what follows from it.
    pub(super) causes: Vec<Seq>,
    pub(super) orders: Orders,
    pub(super) wanted: BTreeMap<Seq, Wanted>,
    pub(super) mode: Mode,
    pub(super) killed: bool,
    /// An operator has paused entries.
    pub(super) paused: bool,
    /// Equity when a drawdown put SAFE_MODE in force.
    pub(super) tripped: Option<Money>,
    /// A drawdown goes on: what is held is sold in stages.
    pub(super) emergency: bool,
    /// The system is being wound down: no entries, until when.
    pub(super) winding: Option<TsNanos>,
    /// The instant closed last: what decisions are made on.
    pub(super) instant: Option<TsNanos>,
    /// The shortest timeframe seen: data is as old as that allows.
    pub(super) shortest: Option<Timeframe>,
    pub(super) limits: Option<HardLimits>,
    pub(super) incidents: BTreeMap<Seq, Incident>,
    /// When orders were commanded, as far back as the rate is measured.
    pub(super) sent: VecDeque<TsNanos>,
    pub(super) day: Option<DayStart>,
}

/// What an entry touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched {
    Nothing,
    Symbol(SymbolId),
    Everything,
}

impl State {
    pub(super) fn new(account: &str, range_timeframe: Timeframe) -> Self {
        Self {
            account: account.to_owned(),
            range_timeframe,
            journal: JournalId::default(),
            seed: 0,
            last: Seq(0),
            now: TsNanos::EPOCH,
            instruments: Vec::new(),
            books: Books::new(0),
            marks: Vec::new(),
            ranges: Vec::new(),
            guards: Vec::new(),
            entering: Vec::new(),
            causes: Vec::new(),
            orders: Orders::default(),
            wanted: BTreeMap::new(),
            mode: Mode {
                mode: SystemMode::Initializing,
                cause: ModeCause::Started,
                latched_until: None,
            },
            killed: false,
            paused: false,
            tripped: None,
            emergency: false,
            winding: None,
            instant: None,
            shortest: None,
            limits: None,
            incidents: BTreeMap::new(),
            sent: VecDeque::new(),
            day: None,
        }
    }

    /// Takes over what the configuration says and no entry does.
    pub(super) fn adopt(&mut self, account: &str, range_timeframe: Timeframe) {
        account.clone_into(&mut self.account);
        self.range_timeframe = range_timeframe;
    }

    /// Folds an entry that touches nothing, as almost all of them do, and does no more than such a one needs.
    #[inline]
    pub(super) fn fold_quiet(&mut self, entry: &Entry) {
        self.begin(entry);
        self.pass(entry);
    }

    /// Takes prices and instants as they pass.
    #[inline]
    fn pass(&mut self, entry: &Entry) {
        if let Body::Bar { symbol, timeframe, bar } = &entry.body {
            self.on_bar(*symbol, *timeframe, bar);
        } else if let Body::Mark { symbol, price } = &entry.body {
            self.marks[symbol.index()] = Some((*price, entry.ts));
        } else if let Body::InstantClosed { at } = &entry.body {
            self.instant = Some(*at);
        }
    }

    #[inline]
    fn begin(&mut self, entry: &Entry) {
        self.last = entry.seq;
        self.now = entry.ts;
        self.roll_day();
    }

    /// Folds an entry. Every branch is here.
    pub(super) fn fold(&mut self, entry: &Entry) -> Touched {
        self.begin(entry);
        let touched = match &entry.body {
            Body::Genesis { journal, seed } => {
                (self.journal, self.seed) = (*journal, *seed);
                Touched::Nothing
            }
            Body::Instruments(table) => self.on_instruments(table),
            Body::Bar { .. } | Body::Mark { .. } | Body::InstantClosed { .. } => {
                self.pass(entry);
                Touched::Nothing
            }
            Body::Decision(decision) => self.on_decision(entry.seq, decision),
            Body::Command(command) => self.on_command(command),
            Body::Report(report) => self.on_report(entry.seq, report),
            Body::Refused(refused) => self.on_refused(refused),
            Body::Mode(mode) => {
                self.mode = *mode;
                self.on_mode(*mode);
                Touched::Everything
            }
            Body::Operator(operator) => self.on_operator(operator, entry.source),
            Body::Flow { amount } => {
                self.books.on_flow(*amount);
                Touched::Nothing
            }
            Body::Funding { symbol, amount, .. } => {
                self.books.on_funding(*symbol, *amount);
                Touched::Nothing
            }
            Body::Adopted(adopted) => self.on_adopted(adopted),
            Body::Limits(limits) => {
                if self.limits.is_none() || !planted(Defect::LoweredLimitIgnored) {
                    self.limits = Some(limits.clone());
                }
                Touched::Nothing
            }
            Body::Incident(incident) => {
                if incident.kind.lasts() {
                    self.incidents.insert(entry.seq, *incident);
                }
                Touched::Nothing
            }
            Body::IncidentOver(over) => match self.incidents.remove(&over.incident) {
                // It trades again: what the venue rejected for that is not waited for.
                Some(Incident {
                    kind: IncidentKind::SymbolHalted, symbol: Some(symbol), ..
                }) => {
                    self.guards[symbol.index()].try_anew();
                    Touched::Symbol(symbol)
                }
                Some(_) | None => Touched::Nothing,
            },
            Body::History { symbol, timeframe, bars } => {
                bars.iter().for_each(|bar| self.on_bar(*symbol, *timeframe, bar));
                Touched::Nothing
            }
            Body::Baseline { .. } | Body::Permit(_) | Body::Authority(_) => Touched::Nothing,
            Body::Config { .. } | Body::Stage(_) | Body::Timer { .. } => Touched::Nothing,
        };
        match touched {
            Touched::Symbol(symbol) => self.causes[symbol.index()] = entry.seq,
            Touched::Everything => self.causes.fill(entry.seq),
            Touched::Nothing => {}
        }
        touched
    }

    fn on_mode(&mut self, mode: Mode) {
        if mode.mode == SystemMode::Running {
            (self.tripped, self.emergency) = (None, false);
        } else if mode.latched_until.is_some() && self.tripped.is_none() {
            self.tripped = self.equity();
        }
    }

    /// A bar's close is a price of that moment, however late it comes.
    fn on_bar(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        let mark = &mut self.marks[symbol.index()];
        let closed = bar.close_time(timeframe);
        if mark.is_none_or(|(_, at)| at <= closed) {
            *mark = Some((bar.close, closed));
        }
        if timeframe == self.range_timeframe {
            self.ranges[symbol.index()].on_bar(bar);
        }
        self.shortest = Some(self.shortest.map_or(timeframe, |known| known.min(timeframe)));
    }

    /// Takes the equity at the first entry of a UTC day.
    #[inline]
    fn roll_day(&mut self) {
        let day = self.now.day();
        if self.day.is_none_or(|start| start.day != day) {
            let flows = self.books.flows();
            self.day = self.equity().map(|equity| DayStart { day, equity, flows });
        }
    }

    /// Returns cash plus positions at mark; `None` while a position has no mark or nothing is there.
    pub(super) fn equity(&self) -> Option<Money> {
        let mut equity = self.books.cash();
        for (position, mark) in self.books.positions().iter().zip(&self.marks) {
            if !position.qty().is_zero() {
                equity += position.value((*mark)?.0);
            }
        }
        (!self.books.flows().is_zero()).then_some(equity)
    }

    pub(super) fn mark(&self, symbol: SymbolId) -> Option<Price> {
        self.marks[symbol.index()].map(|(price, _)| price)
    }

    pub(super) fn instrument(&self, symbol: SymbolId) -> &Instrument {
        &self.instruments[symbol.index()]
    }

    pub(super) fn client_id(&self, order: OrderId) -> ClientOrderId {
        ClientOrderId::of(self.journal, &self.account, order)
    }

    /// Returns whether an open incident keeps entries off a symbol.
    pub(super) fn is_quarantined(&self, symbol: SymbolId) -> bool {
        let ignored = |kind| {
            planted(Defect::QuarantineIgnored)
                || kind == IncidentKind::SymbolHalted && planted(Defect::HaltedSymbolEntered)
        };
        self.incidents.values().any(|incident| {
            incident.symbol == Some(symbol)
                && incident.kind.quarantines()
                && !ignored(incident.kind)
        })
    }

    /// A later table has the same symbols in the same places, with other rules.
    fn on_instruments(&mut self, table: &[Instrument]) -> Touched {
        let count = table.len();
        if self.instruments.is_empty() {
            self.books = Books::new(count);
        }
        assert_eq!(count, self.books.positions().len(), "a journal keeps its symbols");
        // A sale of the wrong lot was rejected for rules that hold no more.
        for (guard, (old, new)) in self.guards.iter_mut().zip(self.instruments.iter().zip(table)) {
            if old != new {
                guard.try_anew();
            }
        }
        if self.instruments.is_empty() || !planted(Defect::LotChangeIgnored) {
            self.instruments = table.to_vec();
        }
        self.marks.resize(count, None);
        self.ranges.resize(count, Range::default());
        self.guards.resize(count, Guard::default());
        self.entering.resize(count, None);
        self.causes.resize(count, self.last);
        Touched::Everything
    }

    fn on_decision(&mut self, seq: Seq, decision: &Decision) -> Touched {
        let Some(symbol) = decision.symbol else { return Touched::Nothing };
        let guard = &mut self.guards[symbol.index()];
        match decision.action {
            Action::Nothing | Action::RequestSafeMode { .. } => return Touched::Nothing,
            Action::Enter { .. } | Action::Reduce { .. } => {}
            Action::MoveStop { trigger } => {
                let keeps = match (guard.direction, guard.stop_at) {
                    (Some(direction), Some(at)) => nearer_to_profit(direction, trigger, at),
                    (None, _) | (_, None) => true,
                };
                if keeps || planted(Defect::StopTrailsAway) {
                    guard.stop_at = Some(trigger);
                    guard.try_anew();
                    return Touched::Symbol(symbol);
                }
            }
        }
        guard.try_anew();
        let wanted =
            Wanted { symbol, action: decision.action, at: self.now, instant: self.instant };
        self.wanted.insert(seq, wanted);
        Touched::Symbol(symbol)
    }

    fn on_command(&mut self, command: &Command) -> Touched {
        let CommandAction::Place(request) = command.action else {
            return self.on_cancel(command.order);
        };
        let (id, at, symbol) = (command.order, self.now, request.symbol);
        let mut order = Order::new(id, request, at);
        // From here on it may have left: a crash in the next moment leaves no trace of whether it did.
        order.on_event(OrderEvent::Submit, at).expect("a new order can be sent");
        let guard = &mut self.guards[symbol.index()];
        let pair = match id.leg {
            Leg::Target => guard.last_stop.filter(|(seq, _)| seq.0 + 1 == self.last.0),
            Leg::Stop => {
                guard.last_stop = Some((self.last, id));
                None
            }
            Leg::Main => None,
        };
        let pair = pair.map(|(_, stop)| stop);
        let replaced = guard.last_cancel.filter(|(seq, _)| seq.0 + 1 == self.last.0);
        if let Some((_, old)) = replaced.filter(|_| request.reduce_only) {
            self.orders.set_successor(old, id);
        }
        if let Some(stop) = pair.and_then(|stop| self.orders.get_mut(stop)) {
            stop.pair = Some(id);
        }
        self.on_placed(command, symbol, request.reduce_only);
        let guard = &self.guards[symbol.index()];
        let enters = id.leg == Leg::Main && !request.reduce_only;
        let live = Live {
            order,
            filled: Qty::ZERO,
            protection: guard.protection.zip(guard.direction).filter(|_| enters),
            client_id: self.client_id(id),
            cause: command.cause,
            pair,
            successor: None,
            trades: std::collections::BTreeSet::new(),
            heard: false,
            never_accepted: false,
            since: at,
        };
        self.orders.insert(live, at);
        self.sent.push_back(at);
        while self.sent.front().is_some_and(|sent| at.since(*sent) >= RATE_WINDOW) {
            self.sent.pop_front();
        }
        Touched::Symbol(symbol)
    }

    fn on_placed(&mut self, command: &Command, symbol: SymbolId, reduces: bool) {
        let guard = &mut self.guards[symbol.index()];
        match command.order.leg {
            Leg::Stop => guard.failed_stop = None,
            Leg::Target => guard.failed_target = None,
            Leg::Main if reduces => {
                guard.sell = None;
                guard.failed_exit = None;
                self.wanted.remove(&command.cause);
                // What is being sold is not bought meanwhile.
                if let Some(entering) = &mut self.entering[symbol.index()] {
                    entering.stopped = true;
                }
            }
            Leg::Main => self.on_entry_placed(command, symbol),
        }
    }

    fn on_entry_placed(&mut self, command: &Command, symbol: SymbolId) {
        if let Some(wanted) = self.wanted.remove(&command.cause)
            && let Action::Enter { direction, qty, limit, protection, expires } = wanted.action
        {
            let guard = &mut self.guards[symbol.index()];
            (guard.protection, guard.direction) = (protection, Some(direction));
            self.entering[symbol.index()] = Some(Entering {
                decision: command.cause,
                direction,
                qty,
                limit,
                expires,
                since: wanted.at,
                placed: 0,
                filled: Qty::ZERO,
                stopped: false,
                failed: None,
            });
        }
        if let Some(entering) = &mut self.entering[symbol.index()] {
            entering.failed = None;
            if command.order.attempt == 0 {
                entering.placed = entering.placed.saturating_add(1);
            }
        }
    }

    /// Returns the quantity of a position that can be sold: without its sign, whole lots.
    pub(super) fn held(&self, symbol: SymbolId) -> Qty {
        let lot = self.instrument(symbol).lot;
        let held = self.books.position(symbol).qty().abs().floor_to(lot);
        if planted(Defect::BaselineSold) { held + held } else { held }
    }

    /// Returns whether nothing is held but what no stop can rest for, and none does.
    pub(super) fn holds_dust_alone(&self, symbol: SymbolId) -> bool {
        let at = self.guards[symbol.index()].stop_at.into_iter().chain(self.mark(symbol)).min();
        let dust = is_dust(self.instrument(symbol), self.held(symbol), at.unwrap_or(Price::ONE));
        dust && self.orders.protective(symbol).next().is_none()
    }

    /// Returns whether a spot position is below zero: a sale was told before the purchase that it sold. Nothing is
    /// bought back for it; the purchase is still to come.
    pub(super) fn is_told_out_of_order(&self, symbol: SymbolId) -> bool {
        self.instrument(symbol).market == Market::Spot
            && self.books.position(symbol).qty().raw() < 0
    }

    /// Cancelling one of a list cancels the other.
    fn on_cancel(&mut self, order: OrderId) -> Touched {
        let at = self.now;
        let pair = self.orders.get(order).and_then(|live| live.pair);
        for id in [Some(order), pair].into_iter().flatten() {
            if let Some(live) = self.orders.get_mut(id) {
                // What was to take its stead with an earlier cancellation says nothing of this one.
                live.successor = None;
                // One that has ended meanwhile needs none.
                let _ = live.order.on_event(OrderEvent::AskCancel, at);
            }
        }
        let Some(symbol) = self.orders.get(order).map(|live| live.request().symbol) else {
            return Touched::Nothing;
        };
        if order.leg != Leg::Main {
            self.guards[symbol.index()].last_cancel = Some((self.last, order));
        }
        Touched::Symbol(symbol)
    }

    fn on_operator(&mut self, operator: &Operator, source: Source) -> Touched {
        match operator.action {
            OperatorAction::Kill | OperatorAction::ReleaseKill => {
                self.killed = operator.action == OperatorAction::Kill;
            }
            OperatorAction::Pause | OperatorAction::Resume => {
                self.paused = operator.action == OperatorAction::Pause;
            }
            OperatorAction::WindDown => self.winding = operator.by,
            // What is under way buys no more; the engine decides the exits.
            OperatorAction::Flatten => {
                self.entering.iter_mut().flatten().for_each(|entering| entering.stopped = true);
                for (guard, symbol) in
                    self.guards.iter_mut().zip(symbol_ids(self.instruments.len()))
                {
                    guard.flattened |= self.books.position(symbol).trade().is_some();
                }
                // A person may be called so.
                self.emergency |= source == Source::Hub && operator.name == EMERGENCY;
            }
            // With the stop behind its date a wind-down is over: whoever starts again wants to trade.
            OperatorAction::Stop => {
                self.winding = self.winding.filter(|by| self.now < *by);
                return Touched::Nothing;
            }
            OperatorAction::SafeMode
            | OperatorAction::Release
            | OperatorAction::MaintenanceOn
            | OperatorAction::MaintenanceOff
            | OperatorAction::ReloadConfig
            | OperatorAction::RotateKeys => return Touched::Nothing,
        }
        Touched::Everything
    }
}
