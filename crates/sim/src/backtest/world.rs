//! [`World`]: one engine, the hub's gateway and a venue, moved from instant to instant.

use engine::config::PolicyName;
use hub::gateway::{Input, Request, Settings, Ticket};
use hub::lockstep::Lockstep;
use hub::modes::ModeEvent;
use types::entry::{Body, Operator, OperatorAction, Source, SystemMode};
use types::ids::{JournalId, SymbolId};
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::Money;

use super::BacktestError;
use super::config::{BacktestConfig, Release};
use super::feeding::Moment;
use super::fold::Fold;
use super::recorder::Recorder;
use super::run::Aside;
use super::scribe::Scribe;
use crate::desk::{Desk, Word};
use crate::exchange::{EntryFill, Exchange};

/// The name under which the scripted operator acts.
const OPERATOR: &str = "backtest";

/// One engine, the hub's gateway and a venue.
#[derive(Debug)]
pub(super) struct World<'o> {
    config: BacktestConfig,
    seed: u64,
    lockstep: Lockstep<Fold>,
    scribe: Scribe<'o>,
    desk: Desk,
    /// Market time of what is being carried out.
    now: TsNanos,
    /// What the gateway sends, on its way to the desk.
    sent: Vec<(Ticket, Request)>,
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
        let cooldown = config.engine.risk.drawdown.latch.nanos();
        let toml = config.engine.to_toml()?;
        let mut world = Self {
            lockstep: Lockstep::new(Fold::default(), Settings::backtest(), cooldown),
            scribe: Scribe::new(Recorder::new(&instruments), aside),
            desk: Desk::new(exchange),
            now: start,
            sent: Vec::new(),
            config,
            seed,
        };
        world.append(Source::Hub, Body::Genesis { journal: JournalId::default(), seed });
        world.append(Source::Hub, Body::Config { toml });
        world.append(Source::Hub, Body::Instruments(instruments));
        world.append(Source::Venue, Body::Flow { amount: capital });
        world.mode(ModeEvent::Started);
        Ok(world)
    }

    /// Returns the engine.
    pub(super) const fn engine(&self) -> &engine::State {
        self.lockstep.engine().engine()
    }

    /// Returns the engine with the hashes of what it folded.
    pub(super) const fn fold(&self) -> &Fold {
        self.lockstep.engine()
    }

    pub(super) const fn fold_mut(&mut self) -> &mut Fold {
        self.lockstep.engine_mut()
    }

    pub(super) const fn config(&self) -> &BacktestConfig {
        &self.config
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) const fn recorder(&self) -> &Recorder {
        &self.scribe.recorder
    }

    pub(super) const fn exchange(&self) -> &Exchange {
        self.desk.exchange()
    }

    /// Moves to the next close of native bars: orders meet the bars, then what closed is sequenced,
    /// then the engine decides.
    pub(super) fn on_moment(&mut self, moment: &Moment<'_>) {
        self.scribe.observe(|observer| observer.on_bars(moment.bars, moment.close));
        self.take(moment);
        let (engine, exchange) = (self.lockstep.engine().engine(), self.desk.exchange());
        self.scribe.observe(|observer| observer.on_settled(moment.close, engine, exchange));
    }

    fn take(&mut self, moment: &Moment<'_>) {
        self.desk.begin_bars(moment.bars, moment.open, moment.close);
        self.walk();
        self.now = moment.close;
        for (symbol, rate) in moment.funding {
            self.desk.fund(*symbol, *rate, self.now);
            self.settle();
        }
        if moment.closed.is_empty() {
            return;
        }
        self.release();
        let mut closed = false;
        for (symbol, timeframe, bar) in moment.closed {
            if self.uses(*timeframe) {
                closed = true;
                let body = Body::Bar { symbol: *symbol, timeframe: *timeframe, bar: *bar };
                self.append(Source::Venue, body);
            }
        }
        if !closed {
            return;
        }
        for (symbol, price) in moment.marks {
            self.append(Source::Venue, Body::Mark { symbol: *symbol, price: *price });
        }
        self.append(Source::Hub, Body::InstantClosed { at: self.now });
        self.settle();
        if self.config.conventions.entry_fill == EntryFill::SignalClose {
            self.walk();
        }
        self.scribe.recorder.on_instant(self.now, self.lockstep.engine().engine());
    }

    /// Between two instants: what has gathered goes to where the run is kept.
    pub(super) fn between(&mut self) -> Result<(), BacktestError> {
        self.scribe.between(self.lockstep.engine_mut())
    }

    /// At the end: so does the rest.
    pub(super) fn seal(&mut self) -> Result<(), BacktestError> {
        self.scribe.finish(self.lockstep.engine_mut())
    }

    /// Closes what is open at the last price and takes the last point of the curve.
    pub(super) fn finish(&mut self, at: TsNanos) {
        self.now = at;
        self.operator(OperatorAction::Flatten);
        self.settle();
        self.desk.fill_at_last();
        self.walk();
        // What is decided here is carried out by nobody.
        self.append(Source::Hub, Body::InstantClosed { at });
        let engine = self.lockstep.engine().engine();
        self.scribe.recorder.on_instant(at, engine);
        self.scribe.recorder.point(at, engine);
    }

    /// Walks the bars; each word of the venue is answered before the walk goes on.
    fn walk(&mut self) {
        while let Some(word) = self.desk.next_word() {
            self.on_word(word);
            self.settle();
        }
    }

    fn uses(&self, timeframe: Timeframe) -> bool {
        self.config.engine.timeframes_in_use().contains(&timeframe)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as the lockstep's")]
    fn append(&mut self, source: Source, body: Body) {
        self.lockstep.append((self.now, self.now), source, body, &mut self.scribe);
    }

    /// Carries out what follows until nothing follows any more. What is appended is durable at once: a
    /// backtest has no disk to wait for.
    fn settle(&mut self) {
        loop {
            self.lockstep.settle(self.now, &mut self.scribe, &mut self.sent);
            if let Some(seq) = self.lockstep.gateway().waits_for() {
                self.lockstep.durable(seq);
            } else if !self.sent.is_empty() {
                for (ticket, request) in self.sent.drain(..) {
                    self.desk.send(ticket, request, self.now);
                }
            } else if let Some(word) = self.desk.next_said() {
                self.on_word(word);
            } else {
                return;
            }
        }
    }

    fn on_word(&mut self, word: Word) {
        match word {
            Word::Report { at, report } => {
                self.now = at;
                self.lockstep.gateway_mut().handle(Input::Report(report), at);
            }
            Word::Answer { at, ticket, answer } => {
                self.now = at;
                self.lockstep.gateway_mut().handle(Input::Answer(ticket, answer), at);
            }
            Word::Funding { at, symbol, rate, qty, amount } => {
                self.now = at;
                self.append(Source::Venue, Body::Funding { symbol, rate, qty, amount });
            }
        }
    }

    fn operator(&mut self, action: OperatorAction) {
        let operator = Operator { name: OPERATOR.to_owned(), action, by: None };
        self.append(Source::Operator, Body::Operator(operator));
    }

    /// Appends the mode that follows from an event, where the table has such an edge.
    fn mode(&mut self, event: ModeEvent) {
        let _ = self.lockstep.ask_mode(event, self.now, &mut self.scribe);
    }

    /// The scripted operator releases SAFE_MODE once the latch allows it.
    fn release(&mut self) {
        let scripted = self.config.backtest.release == Release::AfterCooldown;
        let modes = self.lockstep.modes();
        if modes.mode() != SystemMode::SafeMode || !scripted {
            return;
        }
        if modes.ask(ModeEvent::Release, self.now).is_ok() {
            self.operator(OperatorAction::Release);
            self.mode(ModeEvent::Release);
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
