//! [`Story`]: what a journal tells, laid out to be compared.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::books::Books;
use types::decision::Decision;
use types::entry::{Body, Command, CommandAction, Entry, Report, ReportEvent};
use types::fill::Fill;
use types::ids::{Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Qty};
use types::order::OrderRequest;

/// A decision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    pub(super) decision: Decision,
    /// Whether it was made at the instant itself; else on a fill, a timer or a mode behind it.
    pub(super) at_instant: bool,
}

/// Which order of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Entry,
    Exit,
    Stop,
    Target,
}

impl Role {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
            Self::Stop => "stop",
            Self::Target => "target",
        }
    }
}

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It has not.
    Open,
    /// Filled, cancelled or expired.
    Done,
    /// The venue did not take it.
    Rejected(String),
}

/// An order and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ordered {
    pub(super) request: OrderRequest,
    pub(super) fills: Vec<(TsNanos, Fill)>,
    pub(super) ending: Ending,
}

impl Ordered {
    /// Returns how much traded.
    pub(super) fn filled(&self) -> Qty {
        self.fills.iter().fold(Qty::ZERO, |sum, (_, fill)| sum + fill.qty)
    }

    /// Returns what the fills came to, price x quantity.
    pub(super) fn notional(&self) -> Money {
        self.fills.iter().fold(Money::ZERO, |sum, (_, fill)| sum + fill.notional())
    }

    /// Returns the fees in quote currency.
    pub(super) fn fees(&self) -> Money {
        self.fills.iter().fold(Money::ZERO, |sum, (_, fill)| sum + fill.fee_in_quote())
    }

    /// Returns when it first traded, by the venue's clock.
    pub(super) fn first_fill(&self) -> Option<TsNanos> {
        self.fills.first().map(|(at, _)| *at)
    }
}

/// Which orders stand side by side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OrderKey {
    pub(super) instant: TsNanos,
    pub(super) symbol: String,
    pub(super) role: Role,
}

/// What is held, by symbol, and the cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) held: Vec<(String, Qty)>,
    pub(super) cash: Money,
}

/// What a journal tells.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(super) seed: u64,
    /// The first configuration, and later ones with the instant before them.
    pub(super) configs: Vec<(TsNanos, String)>,
    pub(super) symbols: Vec<Instrument>,
    /// Closed bars, oldest first.
    pub(super) bars: BTreeMap<(String, Timeframe), Vec<Bar>>,
    pub(super) instants: Vec<TsNanos>,
    pub(super) decisions: BTreeMap<(TsNanos, Option<String>), Vec<Decided>>,
    pub(super) orders: BTreeMap<OrderKey, Vec<Ordered>>,
    /// What the gateway refused, by code.
    pub(super) refused: BTreeMap<(TsNanos, String), Vec<&'static str>>,
    /// Modes, operators, deposits, limits: the instant before, and the words.
    pub(super) steering: Vec<(TsNanos, String)>,
    /// The account at each instant at which it had changed, so that any start can be looked up.
    pub(super) accounts: Vec<(TsNanos, Account)>,
    places: BTreeMap<OrderId, (OrderKey, usize)>,
    books: Option<Books>,
    instant: Option<TsNanos>,
    /// The last entry was the close of an instant, or a decision behind one.
    at_instant: bool,
    /// The last instant that counts.
    cut: Option<TsNanos>,
    /// What follows is behind the last instant.
    over: bool,
}

impl Story {
    /// Returns a story that ends with what was decided and ordered at an instant. What became of it there is left out: a run
    /// that ended does not know.
    pub(crate) fn until(cut: TsNanos) -> Self {
        Self { cut: Some(cut), ..Self::default() }
    }

    /// Returns the last instant that both stories have.
    pub(crate) fn common_end(&self, other: &Self) -> Option<TsNanos> {
        Some((*self.instants.last()?).min(*other.instants.last()?))
    }

    /// Takes the next entry.
    pub(crate) fn on_entry(&mut self, entry: &Entry) {
        let behind = self.cut.is_some_and(|cut| self.instant.is_some_and(|at| at >= cut));
        self.over |= behind && goes_on(&entry.body);
        if self.over {
            return;
        }
        let instant = self.instant.unwrap_or(TsNanos::EPOCH);
        match &entry.body {
            Body::Genesis { seed, .. } => self.seed = *seed,
            Body::Config { toml } => self.configs.push((instant, toml.clone())),
            Body::Instruments(table) => {
                self.symbols.clone_from(table);
                self.books.get_or_insert_with(|| Books::new(table.len()));
            }
            Body::Bar { symbol, timeframe, bar } => {
                let key = (self.name(*symbol), *timeframe);
                self.bars.entry(key).or_default().push(*bar);
            }
            Body::History { symbol, timeframe, bars } => {
                let key = (self.name(*symbol), *timeframe);
                self.bars.entry(key).or_default().extend(bars);
            }
            Body::InstantClosed { at } => {
                self.instant = Some(*at);
                self.instants.push(*at);
                self.note_account(*at);
            }
            Body::Decision(decision) => {
                let key = (instant, decision.symbol.map(|symbol| self.name(symbol)));
                let decided = Decided { decision: decision.clone(), at_instant: self.at_instant };
                self.decisions.entry(key).or_default().push(decided);
            }
            Body::Command(command) => self.on_command(entry.seq, command, instant),
            Body::Report(report) => self.on_report(entry.ts_event, report),
            Body::Refused(refused) => {
                let key = (instant, self.name(refused.symbol));
                self.refused.entry(key).or_default().push(refused.refusal.code.code());
            }
            Body::Mode(mode) => self.steer(instant, format!("{:?} {:?}", mode.mode, mode.cause)),
            Body::Operator(operator) => self.steer(instant, format!("{:?}", operator.action)),
            Body::Limits(limits) => self.steer(instant, format!("limits {limits:?}")),
            Body::Permit(permit) => {
                self.steer(instant, format!("{:?} {:?}", permit.kind, permit.step));
            }
            Body::Flow { amount } => {
                if let Some(books) = &mut self.books {
                    books.on_flow(*amount);
                }
                self.steer(instant, format!("deposit {amount}"));
            }
            Body::Funding { symbol, amount, .. } => {
                if let Some(books) = &mut self.books {
                    books.on_funding(*symbol, *amount);
                }
            }
            Body::Adopted(adopted) => {
                let lot = self
                    .symbols
                    .get(adopted.symbol.index())
                    .map(|listed| listed.lot)
                    .unwrap_or_default();
                if let Some(books) = &mut self.books {
                    books.on_adopted(adopted, lot, entry.ts_event);
                }
                self.steer(instant, format!("{} adopted", self.name(adopted.symbol)));
            }
            Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_) => {}
        }
        // Decisions stand directly behind their cause.
        let decided = matches!(entry.body, Body::Decision(_)) && self.at_instant;
        self.at_instant = decided || matches!(entry.body, Body::InstantClosed { .. });
    }

    /// Returns the name of a symbol.
    pub(super) fn name(&self, symbol: SymbolId) -> String {
        let known = self.symbols.get(symbol.index());
        known.map_or_else(|| format!("symbol {}", symbol.0), |listed| listed.symbol.to_string())
    }

    /// Returns the symbols it trades.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.symbols.iter().map(|listed| Symbol::to_string(&listed.symbol)).collect();
        names.sort_unstable();
        names
    }

    /// Returns the account as it was when an instant closed.
    pub(super) fn account_at(&self, instant: TsNanos) -> Option<&Account> {
        let behind = self.accounts.partition_point(|(at, _)| *at <= instant);
        self.accounts.get(behind.checked_sub(1)?).map(|(_, account)| account)
    }

    /// Returns whether all it traded, it traded on the minute: a walk along bars does, a book does not.
    pub(super) fn is_walk(&self) -> bool {
        const MINUTE: i64 = 60_000_000_000;
        let fills = self.orders.values().flatten().flat_map(|order| &order.fills);
        fills.fold(true, |all, (at, _)| all && at.as_nanos() % MINUTE == 0)
    }

    fn steer(&mut self, instant: TsNanos, words: String) {
        self.steering.push((instant, words));
    }

    fn note_account(&mut self, at: TsNanos) {
        let Some(books) = &self.books else { return };
        let cash = books.cash();
        let held: Vec<(String, Qty)> = (0..=u16::MAX)
            .map(SymbolId)
            .zip(books.positions())
            .filter(|(_, position)| !position.qty().is_zero())
            .map(|(symbol, position)| (self.name(symbol), position.qty()))
            .collect();
        let account = Account { held, cash };
        if self.accounts.last().is_none_or(|(_, before)| *before != account) {
            self.accounts.push((at, account));
        }
    }

    fn on_command(&mut self, seq: Seq, command: &Command, instant: TsNanos) {
        let CommandAction::Place(request) = command.action else { return };
        debug_assert!(seq >= command.order.command, "a command names itself");
        let role = match (command.order.leg, request.reduce_only) {
            (Leg::Stop, _) => Role::Stop,
            (Leg::Target, _) => Role::Target,
            (Leg::Main, true) => Role::Exit,
            (Leg::Main, false) => Role::Entry,
        };
        let key = OrderKey { instant, symbol: self.name(request.symbol), role };
        let orders = self.orders.entry(key.clone()).or_default();
        self.places.insert(command.order, (key, orders.len()));
        orders.push(Ordered { request, fills: Vec::new(), ending: Ending::Open });
    }

    fn on_report(&mut self, at: TsNanos, report: &Report) {
        if let ReportEvent::Filled(fill) = &report.event
            && let Some(listed) = self.symbols.get(fill.symbol.index())
            && let Some(books) = &mut self.books
        {
            books.on_fill(fill, listed.lot, at);
        }
        let Some((key, nth)) = report.order.and_then(|order| self.places.get(&order)) else {
            return;
        };
        let Some(order) = self.orders.get_mut(key).and_then(|orders| orders.get_mut(*nth)) else {
            return;
        };
        match &report.event {
            ReportEvent::Accepted | ReportEvent::CancelRejected => {}
            ReportEvent::Filled(fill) => {
                order.fills.push((at, *fill));
                if order.filled() >= order.request.qty {
                    order.ending = Ending::Done;
                }
            }
            ReportEvent::Rejected(text) => order.ending = Ending::Rejected(text.clone()),
            ReportEvent::NeverAccepted => {
                order.ending = Ending::Rejected("never accepted".to_owned());
            }
            ReportEvent::Cancelled | ReportEvent::Expired => order.ending = Ending::Done,
        }
    }
}

/// Returns whether an entry behind the last instant tells that the market, or the run, went on.
const fn goes_on(body: &Body) -> bool {
    match body {
        Body::Report(report) => match report.event {
            ReportEvent::Accepted | ReportEvent::Rejected(_) | ReportEvent::CancelRejected => false,
            ReportEvent::Filled(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted => true,
        },
        Body::Decision(_)
        | Body::Command(_)
        | Body::Refused(_)
        | Body::Timer { .. }
        | Body::Incident(_)
        | Body::IncidentOver(_) => false,
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Bar { .. }
        | Body::Mark { .. }
        | Body::InstantClosed { .. }
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Limits(_)
        | Body::Permit(_)
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::Adopted(_)
        | Body::Authority(_)
        | Body::History { .. } => true,
    }
}
