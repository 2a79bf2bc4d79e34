//! Folding entries.

use analysis::Period;
use analysis::indicators::Atr;
use types::entry::{Body, Entry, Mode, ModeCause, SystemMode};
use types::ids::{JournalId, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};

use super::{Core, Guarding, State};
use crate::border;
use crate::config::EngineConfig;
use crate::covariance::Covariance;
use crate::policies::Policies;
use crate::portfolio::Portfolio;

impl Default for State {
    fn default() -> Self {
        let config = EngineConfig::default();
        let policy = Policies::new(&config, 0);
        let core = Core {
            journal: JournalId::default(),
            seed: 0,
            guards: Guarding::new(0),
            covariance: Covariance::new(0, &config.risk.volatility),
            config,
            instruments: Vec::new(),
            by_name: Vec::new(),
            now: TsNanos::EPOCH,
            mode: Mode {
                mode: SystemMode::Initializing,
                cause: ModeCause::Started,
                latched_until: None,
            },
            portfolio: Portfolio::new(0),
            closed: Vec::new(),
            instant: TsNanos::EPOCH,
            collecting: false,
            marked: Vec::new(),
            equity: types::num::Money::ZERO,
            checked: TsNanos::EPOCH,
            next_check: None,
            ranges: Vec::new(),
            newest: Vec::new(),
        };
        Self { core, policy }
    }
}

impl State {
    /// Folds an entry. Every branch is here; the arithmetic is in the parts.
    pub(crate) fn fold(&mut self, entry: &Entry) {
        let core = &mut self.core;
        core.now = entry.ts;
        core.portfolio.on_entry();
        match &entry.body {
            Body::Genesis { journal, seed } => {
                core.journal = *journal;
                core.seed = *seed;
            }
            Body::Config { toml } => {
                core.config = EngineConfig::from_toml(toml)
                    .expect("a configuration is checked before it enters the journal");
            }
            Body::Instruments(table) => self.on_instruments(table),
            Body::Bar { symbol, timeframe, bar } => {
                let late = bar.close_time(*timeframe) <= core.instant;
                core.closed[symbol.index()] |= !late;
                self.on_bar(*symbol, *timeframe, bar);
            }
            Body::History { symbol, timeframe, bars } => {
                bars.iter().for_each(|bar| self.on_bar(*symbol, *timeframe, bar));
            }
            Body::Mark { symbol, price } => {
                core.marked[symbol.index()] = true;
                core.portfolio.on_mark(*symbol, *price);
            }
            Body::InstantClosed { at } => self.on_instant(*at),
            Body::Timer { .. } => core.check(),
            Body::Decision(decision) => {
                core.portfolio.on_decision(entry.seq, decision, entry.ts);
                self.policy.as_mut().on_decision(&self.core, entry.seq, decision);
            }
            Body::Command(command) => core.portfolio.on_command(command, entry.ts),
            Body::Report(report) => {
                core.portfolio.on_report(report, &core.instruments, entry.ts);
                if let Some(settled) = core.portfolio.settled() {
                    let (symbol, pnl) = (settled.trade.symbol, settled.trade.pnl);
                    core.guards.on_closed(&core.config.risk, symbol, pnl, entry.ts);
                }
            }
            Body::Mode(mode) => {
                core.guards.on_mode(core.mode, *mode, entry.ts);
                core.mode = *mode;
            }
            Body::Operator(_) => {}
            Body::Flow { amount } => {
                core.portfolio.on_flow(*amount);
                core.equity = core.portfolio.equity();
                core.guards.on_mark(entry.ts, core.equity, core.portfolio.books().flows());
            }
            Body::Adopted(adopted) => {
                core.portfolio.on_adopted(adopted, &core.instruments, entry.ts);
                core.equity = core.portfolio.equity();
                core.guards.on_mark(entry.ts, core.equity, core.portfolio.books().flows());
            }
            Body::Funding { symbol, amount, .. } => core.portfolio.on_funding(*symbol, *amount),
            Body::Refused(refused) => core.portfolio.on_refused(refused),
            Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_) => {}
        }
    }

    /// The instrument table comes after the configuration: everything is sized by it. A later one has the
    /// same symbols in the same places, with other rules.
    fn on_instruments(&mut self, table: &[Instrument]) {
        let core = &mut self.core;
        if !core.instruments.is_empty() {
            assert_eq!(core.instruments.len(), table.len(), "a journal keeps its symbols");
            core.instruments = table.to_vec();
            return;
        }
        let count = u16::try_from(table.len()).expect("symbol ids are 16 bits");
        core.instruments = table.to_vec();
        core.by_name = (0..count).map(SymbolId).collect();
        core.by_name.sort_by(|a, b| table[a.index()].symbol.cmp(&table[b.index()].symbol));
        core.portfolio = Portfolio::new(table.len());
        core.closed = vec![false; table.len()];
        let period = Period::new(14).expect("14 bars");
        core.newest = vec![None; table.len()];
        core.ranges = vec![Atr::new(period); table.len()];
        core.marked = vec![false; table.len()];
        core.guards = Guarding::new(table.len());
        core.covariance = Covariance::new(table.len(), &core.config.risk.volatility);
        self.policy = Policies::new(&core.config, table.len());
    }

    fn on_bar(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &types::bar::Bar) {
        let core = &mut self.core;
        core.on_newest(symbol, timeframe, bar);
        // A perpetual is valued at the mark price once there is one: its entry comes with the bars.
        if core.config.market == Market::Spot || !core.marked_by_venue(symbol) {
            core.portfolio.on_mark(symbol, bar.close);
        }
        if timeframe == core.config.entry.decision_timeframe {
            core.portfolio.on_decision_bar(symbol, bar);
            if core.is_guarded() {
                core.on_range(symbol, timeframe, bar);
            }
        }
        if timeframe == Timeframe::D1 && core.is_guarded() {
            // The day is the one the bar covers: its close is 00:00 of the next.
            core.covariance.on_close(symbol, bar.open_time.day(), border::price(bar.close));
        }
        self.policy.as_mut().on_bar(&self.core, symbol, timeframe, bar);
    }

    fn on_instant(&mut self, at: TsNanos) {
        let core = &mut self.core;
        core.instant = at;
        core.equity = core.portfolio.equity();
        if core.is_guarded() {
            // One that comes late lies behind a look that was taken meanwhile.
            let at = at.max(core.checked);
            core.guards.on_mark(at, core.equity, core.portfolio.books().flows());
            core.covariance.refresh(at.day());
            core.checked(at);
        }
        self.policy.as_mut().on_instant(&self.core, at);
    }
}
