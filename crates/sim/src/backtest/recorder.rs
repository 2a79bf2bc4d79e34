//! [`Recorder`]: what a run leaves behind for its report.

use std::collections::{BTreeMap, VecDeque};

use engine::border;
use engine::{Settled, State};
use types::decision::{Action, Decision, Outcome, ReasonCode, RefusalCode, Rule};
use types::entry::{Body, Command, CommandAction, Entry, Mode, Report, ReportEvent, SystemMode};
use types::fill::Fill;
use types::ids::{Leg, OrderId, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{Money, Price};
use types::order::OrderKind;
use types::side::Side;

use super::days::Days;
use super::result::{DecisionRecord, Gate, RuleCount, SafeModeRecord};
use crate::performance::{DrawdownMeter, EquityPoint, ExitReason, TradeRecord};

/// Decisions kept with their full reasons: all entries and exits up to this many, the newest.
const DECISIONS_KEPT: usize = 2_000;

/// More than any number of a reason.
const CODES: usize = 64;

/// Returns the place of a reason's count.
const fn place(code: ReasonCode) -> usize {
    code.number() as usize
}

/// What a run leaves behind. Grows with days, trades and changes of mode, never with bars.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) equity: Vec<EquityPoint>,
    pub(super) drawdown: DrawdownMeter,
    pub(super) trades: Vec<TradeRecord>,
    reasons: [u64; CODES],
    pub(super) rules: BTreeMap<Rule, RuleCount>,
    pub(super) decisions: VecDeque<DecisionRecord>,
    pub(super) safe_mode: Vec<SafeModeRecord>,
    pub(super) fills: u64,
    pub(super) rejected: Vec<String>,
    pub(super) rejections: u64,
    pub(super) refusals: BTreeMap<RefusalCode, u64>,
    instruments: Vec<Instrument>,
    /// Of each open order its symbol, and the price it is judged by.
    orders: BTreeMap<OrderId, (SymbolId, Option<Price>)>,
    slippage: Vec<Money>,
    days: Days,
}

impl Recorder {
    pub(super) fn new(instruments: &[Instrument]) -> Self {
        Self {
            equity: Vec::new(),
            drawdown: DrawdownMeter::new(),
            trades: Vec::new(),
            reasons: [0; CODES],
            rules: BTreeMap::new(),
            decisions: VecDeque::new(),
            safe_mode: Vec::new(),
            fills: 0,
            rejected: Vec::new(),
            rejections: 0,
            refusals: BTreeMap::new(),
            instruments: instruments.to_vec(),
            orders: BTreeMap::new(),
            slippage: vec![Money::ZERO; instruments.len()],
            days: Days::BEFORE,
        }
    }

    /// Notes equity at an instant; the first of each UTC day becomes a point of the curve.
    pub(super) fn on_instant(&mut self, at: TsNanos, engine: &State) {
        let core = engine.core();
        let equity = border::money(core.equity());
        self.drawdown.on_equity(at, equity);
        if self.days.begins(at) {
            self.point(at, engine);
        }
    }

    /// Adds a point to the curve.
    pub(super) fn point(&mut self, at: TsNanos, engine: &State) {
        let portfolio = engine.core().portfolio();
        let positions = portfolio.books().positions().iter().zip(portfolio.marks());
        let gross: Money = positions
            .map(|(position, mark)| mark.map_or(Money::ZERO, |mark| position.value(mark).abs()))
            .sum();
        let equity = engine.core().equity();
        self.equity.push(EquityPoint {
            ts: at,
            equity: border::money(equity),
            exposure: border::share(gross, equity),
        });
    }

    /// Takes an entry that the engine has just folded.
    #[inline]
    pub(super) fn on_entry(&mut self, entry: &Entry, engine: &State) {
        match &entry.body {
            Body::Decision(decision) => self.on_decision(entry, decision),
            Body::Command(command) => self.on_command(command, engine),
            Body::Report(report) => self.on_report(report, engine),
            Body::Mode(mode) => self.on_mode(entry.ts, *mode),
            Body::Refused(refused) => {
                *self.refusals.entry(refused.refusal.code).or_default() += 1;
            }
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
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

    /// Counts a decision, and keeps one by which something is to be done.
    fn on_decision(&mut self, entry: &Entry, decision: &Decision) {
        self.count(decision);
        if decision.action == Action::Nothing {
            return;
        }
        if self.decisions.len() == DECISIONS_KEPT {
            self.decisions.pop_front();
        }
        let (at, seq) = (entry.ts, entry.seq);
        self.decisions.push_back(DecisionRecord { at, seq, decision: decision.clone() });
    }

    fn count(&mut self, decision: &Decision) {
        let reason = &decision.reason;
        self.reasons[place(reason.code)] += 1;
        if let Some(verdict) = reason.verdict.as_deref() {
            for check in &verdict.checks {
                let count = self.rules.entry(check.rule).or_default();
                match check.outcome {
                    Outcome::Passed => count.passed += 1,
                    Outcome::Reduced => count.reduced += 1,
                    Outcome::Refused => count.refused += 1,
                    Outcome::NotApplicable => count.not_applicable += 1,
                }
            }
        }
    }

    /// Returns how often each reason was given.
    pub(super) fn reasons(&self) -> BTreeMap<ReasonCode, u64> {
        let counted = ReasonCode::ALL.iter().map(|code| (*code, self.reasons[place(*code)]));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// Returns how often each gate was passed.
    pub(super) fn gates(&self) -> BTreeMap<Gate, u64> {
        let mut gates = BTreeMap::new();
        for (code, count) in self.reasons() {
            Gate::passed_by(code, |gate| *gates.entry(gate).or_default() += count);
        }
        gates
    }

    /// Notes the price an order is judged by: a stop's trigger, or the mark at the decision.
    fn on_command(&mut self, command: &Command, engine: &State) {
        let CommandAction::Place(request) = &command.action else { return };
        let reference = match request.kind {
            OrderKind::StopMarket { trigger }
            | OrderKind::StopLimit { trigger, .. }
            | OrderKind::TakeProfit { trigger } => Some(trigger),
            OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => {
                engine.core().portfolio().mark(request.symbol)
            }
        };
        self.orders.insert(command.order, (request.symbol, reference));
    }

    fn on_report(&mut self, report: &Report, engine: &State) {
        let portfolio = engine.core().portfolio();
        match &report.event {
            ReportEvent::Filled(fill) => {
                self.on_fill(fill);
                if let Some(settled) = portfolio.settled() {
                    self.on_settled(settled, fill);
                }
            }
            ReportEvent::Rejected(text) => self.on_rejected(report.order, text),
            ReportEvent::Accepted
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted
            | ReportEvent::CancelRejected => {}
        }
        if let Some(id) = report.order
            && !portfolio.orders().any(|order| order.id == id)
        {
            self.orders.remove(&id);
        }
    }

    /// Counts a fill and what it cost against its reference price.
    fn on_fill(&mut self, fill: &Fill) {
        self.fills += 1;
        let known = fill.order.and_then(|order| self.orders.get(&order));
        let Some((_, Some(reference))) = known else { return };
        let worse = match fill.side {
            Side::Buy => fill.price - *reference,
            Side::Sell => *reference - fill.price,
        };
        self.slippage[fill.symbol.index()] += worse.notional(fill.qty);
    }

    fn on_rejected(&mut self, order: Option<OrderId>, text: &str) {
        self.rejections += 1;
        let known = order.and_then(|order| self.orders.get(&order));
        if let Some((symbol, _)) = known
            && self.rejected.len() < 10
        {
            let symbol = &self.instruments[symbol.index()].symbol;
            self.rejected.push(format!("{symbol}: {text}"));
        }
    }

    fn on_mode(&mut self, at: TsNanos, mode: Mode) {
        match mode.mode {
            SystemMode::SafeMode => {
                self.safe_mode.push(SafeModeRecord { from: at, cause: mode.cause, until: None });
            }
            SystemMode::Running => {
                if let Some(last) = self.safe_mode.last_mut() {
                    last.until.get_or_insert(at);
                }
            }
            SystemMode::Initializing | SystemMode::Maintenance | SystemMode::Shutdown => {}
        }
    }

    /// Records a trade that has ended with a fill.
    fn on_settled(&mut self, settled: &Settled, fill: &Fill) {
        let trade = &settled.trade;
        let holding = settled.holding.as_ref();
        let index = trade.symbol.index();
        let slippage = std::mem::take(&mut self.slippage[index]);
        let risk = holding.and_then(|holding| {
            let planned = holding.risk()?;
            Some(planned.notional(trade.qty))
        });
        let pnl = border::money(trade.pnl);
        self.trades.push(TradeRecord {
            symbol: self.instruments[index].symbol.clone(),
            direction: trade.direction,
            opened_at: trade.opened_at,
            closed_at: trade.closed_at,
            qty: border::qty(trade.qty),
            entry: border::price(trade.entry),
            exit: border::price(trade.exit),
            pnl,
            fees: border::money(trade.fees),
            funding: border::money(trade.funding),
            slippage: border::money(slippage),
            r: risk.filter(|risk| risk.is_positive()).map(|risk| pnl / border::money(risk)),
            exit_reason: Self::exit_reason(fill, holding.and_then(|holding| holding.exit)),
            score: holding.and_then(|holding| holding.plan.score),
            regime: holding.and_then(|holding| holding.plan.regime),
            patterns: holding.map(|holding| holding.plan.patterns.clone()).unwrap_or_default(),
        });
    }

    fn exit_reason(fill: &Fill, decided: Option<ReasonCode>) -> ExitReason {
        match fill.order.map(|order| order.leg) {
            None => ExitReason::Liquidation,
            Some(Leg::Stop) => ExitReason::Stop,
            Some(Leg::Target) => ExitReason::Target,
            Some(Leg::Main) => ExitReason::Decision(decided.unwrap_or(ReasonCode::Rebalance)),
        }
    }
}
