//! [`World`]: one engine, its gateway and its exchange, moved from instant to instant.

use std::collections::VecDeque;

use engine::config::PolicyName;
use engine::guards::latched_until;
use types::decision::{Action, Decision};
use types::entry::{
    Body, Command, CommandAction, Mode, ModeCause, Operator, OperatorAction, Report, ReportEvent,
    Source, SystemMode,
};
use types::fill::Fill;
use types::ids::{JournalId, Leg, OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price};
use types::order::{OrderKind, OrderRequest};

use super::BacktestError;
use super::config::{BacktestConfig, Release};
use super::feeding::Moment;
use super::gateway::{Gateway, Step};
use super::recorder::Recorder;
use super::run::Aside;
use super::sequencer::Sequencer;
use crate::exchange::{EntryFill, Exchange, Happening};

/// The name under which the scripted operator acts.
const OPERATOR: &str = "backtest";

/// One engine, its gateway and its exchange.
#[derive(Debug)]
pub(super) struct World<'o> {
    config: BacktestConfig,
    seed: u64,
    instruments: Vec<Instrument>,
    sequencer: Sequencer<'o>,
    exchange: Exchange,
    gateway: Gateway,
    recorder: Recorder,
    decided: Vec<(Seq, Decision)>,
    spare: Vec<(Seq, Decision)>,
    steps: Vec<Step>,
    happenings: VecDeque<Happening>,
}

impl<'o> World<'o> {
    /// Returns a world whose journal begins with identity, configuration, instruments and cash.
    pub(super) fn new(
        config: BacktestConfig,
        instruments: Vec<Instrument>,
        seed: u64,
        start: TsNanos,
        aside: Aside<'o>,
    ) -> Result<Self, BacktestError> {
        let mut instruments = instruments;
        for instrument in &mut instruments {
            // The fees in force are the instrument's own from here on: the engine expects them and
            // the hashes stand for them.
            instrument.taker_fee = config.costs.taker_fee.unwrap_or(instrument.taker_fee);
            instrument.maker_fee = config.costs.maker_fee.unwrap_or(instrument.maker_fee);
        }
        let capital = config.capital()?;
        let market = config.engine.market;
        let mut exchange = Exchange::new(
            market,
            instruments.clone(),
            config.costs.clone(),
            config.conventions,
            capital,
        )?;
        let leverage = config.engine.risk.perp.leverage;
        for index in 0..instruments.len() {
            let symbol = SymbolId(u16::try_from(index).expect("symbol ids are 16 bits"));
            exchange.set_leverage(symbol, leverage);
        }
        let mut world = Self {
            sequencer: Sequencer::new(aside),
            exchange,
            gateway: Gateway::new(&instruments),
            recorder: Recorder::new(instruments.len()),
            decided: Vec::new(),
            spare: Vec::new(),
            steps: Vec::new(),
            happenings: VecDeque::new(),
            instruments,
            config,
            seed,
        };
        let toml = world.config.engine.to_toml()?;
        let table = world.instruments.clone();
        world.append(start, Source::Hub, Body::Genesis { journal: JournalId::default(), seed });
        world.append(start, Source::Hub, Body::Config { toml });
        world.append(start, Source::Hub, Body::Instruments(table));
        world.append(start, Source::Venue, Body::Flow { amount: capital });
        world.mode(start, SystemMode::Running, ModeCause::Started, None);
        Ok(world)
    }

    /// Returns the engine.
    pub(super) const fn engine(&self) -> &engine::State {
        self.sequencer.engine()
    }

    pub(super) const fn sequencer(&self) -> &Sequencer<'o> {
        &self.sequencer
    }

    pub(super) const fn sequencer_mut(&mut self) -> &mut Sequencer<'o> {
        &mut self.sequencer
    }

    pub(super) const fn config(&self) -> &BacktestConfig {
        &self.config
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    pub(super) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Moves to the next close of native bars: orders meet the bars, then what closed is sequenced,
    /// then the engine decides.
    pub(super) fn on_moment(&mut self, moment: &Moment<'_>) {
        if let Some((observer, _)) = self.sequencer.observed() {
            observer.on_bars(moment.bars, moment.close);
        }
        self.take(moment);
        if let Some((observer, engine)) = self.sequencer.observed() {
            observer.on_settled(moment.close, engine, &self.exchange);
        }
    }

    fn take(&mut self, moment: &Moment<'_>) {
        self.exchange.begin_bars(moment.bars, moment.open, moment.close);
        self.walk();
        let at = moment.close;
        for (symbol, rate) in moment.funding {
            let paid = self.exchange.fund(*symbol, *rate, at);
            self.happenings.extend(paid);
            self.settle();
        }
        if moment.closed.is_empty() {
            return;
        }
        self.release(at);
        let mut closed = false;
        for (symbol, timeframe, bar) in moment.closed {
            if self.uses(*timeframe) {
                closed = true;
                let body = Body::Bar { symbol: *symbol, timeframe: *timeframe, bar: *bar };
                self.append(at, Source::Venue, body);
            }
        }
        if !closed {
            return;
        }
        for (symbol, price) in moment.marks {
            self.append(at, Source::Venue, Body::Mark { symbol: *symbol, price: *price });
        }
        self.append(at, Source::Hub, Body::InstantClosed { at });
        self.settle();
        if self.config.conventions.entry_fill == EntryFill::SignalClose {
            self.walk();
        }
        self.recorder.on_instant(at, self.sequencer.engine());
    }

    /// Closes what is open at the last price and takes the last point of the curve.
    pub(super) fn finish(&mut self, at: TsNanos) {
        self.operator(at, OperatorAction::Flatten);
        self.settle();
        self.exchange.fill_at_last();
        self.walk();
        self.append(at, Source::Hub, Body::InstantClosed { at });
        self.decided.clear();
        self.recorder.on_instant(at, self.sequencer.engine());
        self.recorder.point(at, self.sequencer.engine());
    }

    /// Walks the bars; each report is answered before the walk goes on.
    fn walk(&mut self) {
        while let Some(happening) = self.exchange.next_happening() {
            self.happenings.push_back(happening);
            self.settle();
        }
    }

    fn uses(&self, timeframe: Timeframe) -> bool {
        self.config.engine.timeframes_in_use().contains(&timeframe)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as the sequencer's `next`")]
    fn append(&mut self, at: TsNanos, source: Source, body: Body) -> Seq {
        let entry = self.sequencer.next(at, source, body);
        self.sequencer.append(&entry, &mut self.recorder, &mut self.decided);
        entry.seq
    }

    /// Carries out decisions and reports until nothing follows any more.
    fn settle(&mut self) {
        loop {
            if !self.decided.is_empty() {
                // The two buffers take turns: nothing is allocated where nothing is to be done.
                let mut decided = std::mem::take(&mut self.decided);
                std::mem::swap(&mut self.decided, &mut self.spare);
                for (seq, decision) in decided.drain(..) {
                    self.on_decision(seq, &decision);
                }
                self.spare = decided;
            } else if !self.steps.is_empty() {
                let steps = std::mem::take(&mut self.steps);
                for step in steps {
                    self.carry_out(step);
                }
            } else if let Some(happening) = self.happenings.pop_front() {
                self.on_happening(happening);
            } else {
                return;
            }
        }
    }

    fn on_decision(&mut self, seq: Seq, decision: &Decision) {
        let now = self.engine().core().now();
        self.recorder.on_decision(now, seq, decision);
        match decision.action {
            Action::Nothing => {}
            Action::RequestSafeMode { cause } => self.enter_safe_mode(now, cause),
            // Enforced here too: a decision of the instant that tripped a limit comes too late.
            Action::Enter { .. } if !self.engine().core().is_running() => {}
            Action::Enter { .. } | Action::Reduce { .. } | Action::MoveStop { .. } => {
                let books = self.sequencer.engine().core().portfolio().books();
                self.gateway.on_decision(seq, decision, books, &mut self.steps);
            }
        }
    }

    /// Writes the command, then sends it: cause before effect.
    fn carry_out(&mut self, step: Step) {
        let now = self.engine().core().now();
        match step {
            Step::Place { cause, leg, request } => {
                let id = self.command(cause, leg, request, now);
                let answers = self.exchange.place(id, request, now);
                self.happenings.extend(answers);
            }
            Step::PlaceOco { cause, stop, target } => {
                let stop_id = self.command(cause, Leg::Stop, stop, now);
                let target_id = self.command(cause, Leg::Target, target, now);
                let answers = self.exchange.place_oco([(stop_id, stop), (target_id, target)], now);
                self.happenings.extend(answers);
            }
            Step::Cancel { cause, order } => {
                let command = Command { order, cause, action: CommandAction::Cancel };
                self.append(now, Source::Hub, Body::Command(command));
                let answers = self.exchange.cancel(order, now);
                self.happenings.extend(answers);
            }
        }
    }

    /// Journals the command of an order; its place is the order's name.
    fn command(&mut self, cause: Seq, leg: Leg, request: OrderRequest, now: TsNanos) -> OrderId {
        let id = OrderId::first(Seq(self.sequencer.fold().entries() + 1), leg);
        let reference = self.reference(request.symbol, request.kind);
        let action = CommandAction::Place(request);
        self.append(now, Source::Hub, Body::Command(Command { order: id, cause, action }));
        self.gateway.on_placed(id, &request);
        if let Some(price) = reference {
            self.recorder.on_order(id, price);
        }
        id
    }

    /// Returns the price a fill is judged by: a trigger, or the mark.
    fn reference(&self, symbol: SymbolId, kind: OrderKind) -> Option<Price> {
        match kind {
            OrderKind::StopMarket { trigger }
            | OrderKind::StopLimit { trigger, .. }
            | OrderKind::TakeProfit { trigger } => Some(trigger),
            OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => {
                self.engine().core().portfolio().mark(symbol)
            }
        }
    }

    fn on_happening(&mut self, happening: Happening) {
        match happening {
            Happening::Report { at, symbol, report } => self.on_report(at, symbol, report),
            Happening::Funding { at, symbol, rate, qty, amount } => {
                self.append(at, Source::Venue, Body::Funding { symbol, rate, qty, amount });
            }
        }
    }

    fn on_report(&mut self, at: TsNanos, symbol: SymbolId, report: Report) {
        let (order, event) = (report.order, report.event.clone());
        let seq = self.append(at, Source::Venue, Body::Report(report));
        let working = |id: &OrderId| {
            self.sequencer.engine().core().portfolio().orders().any(|order| order.id == *id)
        };
        let ended = order.filter(|id| !working(id));
        if let ReportEvent::Filled(fill) = &event {
            self.on_fill(fill);
        }
        if let ReportEvent::Rejected(text) = &event {
            self.recorder.on_rejected(&self.instruments[symbol.index()], text);
        }
        let books = self.sequencer.engine().core().portfolio().books();
        match ended {
            Some(order) if matches!(event, ReportEvent::Rejected(_)) => {
                self.recorder.on_ended(order);
                self.gateway.on_rejected(seq, order, symbol, books, &mut self.steps);
            }
            Some(order) => {
                self.recorder.on_ended(order);
                self.gateway.on_ended(seq, order, symbol, books, &mut self.steps);
            }
            None if matches!(event, ReportEvent::Filled(_)) => {
                self.gateway.on_fill(seq, order, symbol, books, &mut self.steps);
            }
            None => {}
        }
    }

    fn on_fill(&mut self, fill: &Fill) {
        self.recorder.on_fill(fill);
        if let Some(settled) = self.sequencer.engine().core().portfolio().settled() {
            self.recorder.on_settled(settled, fill, &self.instruments);
        }
    }

    fn operator(&mut self, at: TsNanos, action: OperatorAction) {
        let operator = Operator { name: OPERATOR.to_owned(), action, by: None };
        self.append(at, Source::Operator, Body::Operator(operator));
    }

    fn mode(
        &mut self,
        at: TsNanos,
        mode: SystemMode,
        cause: ModeCause,
        latched_until: Option<TsNanos>,
    ) {
        self.append(at, Source::Hub, Body::Mode(Mode { mode, cause, latched_until }));
    }

    fn enter_safe_mode(&mut self, at: TsNanos, cause: ModeCause) {
        let until = latched_until(&self.config.engine.risk.drawdown, cause, at);
        self.recorder.on_safe_mode(at, cause);
        self.mode(at, SystemMode::SafeMode, cause, until);
    }

    /// The scripted operator releases SAFE_MODE once the latch allows it.
    fn release(&mut self, at: TsNanos) {
        let mode = self.engine().core().mode();
        let due = mode.latched_until.is_none_or(|until| at >= until);
        let scripted = self.config.backtest.release == Release::AfterCooldown;
        if mode.mode == SystemMode::SafeMode && scripted && due {
            self.operator(at, OperatorAction::Release);
            self.mode(at, SystemMode::Running, ModeCause::Operator, None);
            self.recorder.on_release(at);
        }
    }

    /// Returns the policy that decides here.
    pub(super) const fn policy(&self) -> PolicyName {
        self.config.engine.policy
    }

    /// Returns cash and positions at mark, to the last unit.
    pub(super) fn equity(&self) -> Money {
        self.engine().core().portfolio().equity()
    }
}
