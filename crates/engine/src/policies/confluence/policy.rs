//! Folding and deciding: [`Confluence`].

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::ids::{Seq, SymbolId};
use types::instrument::Market;
use types::market::{Direction, Timeframe, TsNanos};

use super::candidates::{Candidate, decide_candidates};
use super::watch::{ScanStats, Signal, Watch};
use crate::calibration::{Calibration, Scan};
use crate::config::EngineConfig;
use crate::policies::exits::{Close, manage};
use crate::policies::{Policy, entry};
use crate::state::Core;

/// The threshold under `conservative_mode`.
const CONSERVATIVE_THRESHOLD: f64 = 75.0;

/// What became of a symbol before risk was asked.
enum Turn<'a> {
    /// It is decided.
    Decided(Action, Reason),
    /// It may become an entry.
    Candidate(Candidate<'a>),
}

/// The default policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confluence {
    watches: Vec<Watch>,
    calibration: Calibration,
}

impl Confluence {
    pub(crate) fn new(config: &EngineConfig, symbols: usize) -> Self {
        Self {
            watches: vec![Watch::new(config); symbols],
            calibration: Calibration::new(&config.calibration, config.exit.target_ratio()),
        }
    }

    /// Returns what became of scores.
    #[must_use]
    pub const fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Returns how often each symbol could have traded and did.
    #[must_use]
    pub fn stats(&self) -> Vec<ScanStats> {
        self.watches.iter().map(|watch| watch.stats).collect()
    }

    fn threshold(core: &Core) -> f64 {
        let threshold = core.config().entry.threshold;
        if core.config().flags.conservative_mode {
            analysis::num::max(threshold, CONSERVATIVE_THRESHOLD)
        } else {
            threshold
        }
    }

    /// A signal is born at a decision close: score at the threshold, the day not against it.
    fn bear_signal(watch: &mut Watch, core: &Core, at: TsNanos) {
        let Some(reading) = &watch.reading else { return };
        let Some(direction) = reading.score.direction else { return };
        let strong = reading.score.score.get() >= Self::threshold(core);
        let day_agrees = reading.daily.is_none_or(|daily| daily * direction.sign() >= 0.0);
        if !strong || !day_agrees {
            return;
        }
        let expires = at.plus(core.config().entry.decision_timeframe.nanos());
        watch.signal = Some(Signal { reading: reading.clone(), direction, expires });
    }

    /// Returns whether a signal against the holding was born at this instant.
    fn is_opposite(watch: &Watch, core: &Core, direction: Direction) -> bool {
        let born = watch.signal.as_ref().filter(|signal| {
            watch.decides
                && signal.expires.since(core.now())
                    >= core.config().entry.decision_timeframe.nanos()
        });
        born.is_some_and(|signal| signal.direction != direction)
    }

    /// Decides what needs no risk budget; a candidate is returned to be decided by score.
    fn decide_one(&self, core: &Core, symbol: SymbolId) -> Turn<'_> {
        let nothing = |code| Turn::Decided(Action::Nothing, Reason::word(code));
        let watch = &self.watches[symbol.index()];
        if let Some(holding) = core.portfolio().holding(symbol)
            && core.can_leave(symbol)
        {
            let (Some(atr), Some(atr_short), true) =
                (watch.atr(), watch.atr_short(), watch.decides)
            else {
                return nothing(ReasonCode::Holding);
            };
            let opposite = Self::is_opposite(watch, core, holding.plan.direction);
            let close = Close { atr, atr_short, opposite };
            let (action, reason) = manage(core, symbol, holding, close);
            return Turn::Decided(action, reason);
        }
        if core.portfolio().has_main_order(symbol) {
            return nothing(ReasonCode::OrderWorking);
        }
        if !core.closed[symbol.index()] {
            return nothing(ReasonCode::NoBar);
        }
        if !watch.is_warm() {
            #[expect(clippy::cast_precision_loss, reason = "bars are counted in thousands")]
            let seen = watch.cold_bars() as f64;
            let needed = core.config().analysis.components.warm_up.as_f64();
            let reason = Reason::compared(ReasonCode::NotWarm, seen, needed);
            return Turn::Decided(Action::Nothing, reason);
        }
        match &watch.signal {
            Some(signal) if Self::is_tradable(core, signal.direction) => {
                Self::ripe(core, symbol, watch, signal)
            }
            Some(_) | None => Turn::Decided(Action::Nothing, Self::why_no_signal(core, watch)),
        }
    }

    fn is_tradable(core: &Core, direction: Direction) -> bool {
        core.config().market == Market::Perp || direction == Direction::Long
    }

    /// Returns a live signal as a candidate once the shortest timeframe and the price allow it.
    fn ripe<'a>(core: &Core, symbol: SymbolId, watch: &'a Watch, signal: &'a Signal) -> Turn<'a> {
        let config = core.config();
        let sign = signal.direction.sign();
        let with_score = |reason: Reason| {
            let score = watch.decides.then(|| Box::new(signal.reading.score.clone()));
            Turn::Decided(Action::Nothing, Reason { score, ..reason })
        };
        let short = watch.short_sum(&config.analysis).unwrap_or(0.0);
        if short * sign < 0.0 {
            let reason = Reason::compared(ReasonCode::WaitShortOpposite, short, 0.0);
            return with_score(reason);
        }
        let mark = core.portfolio().mark(symbol).map(crate::border::price);
        let price = mark.unwrap_or_else(|| watch.close());
        let away = (price - signal.reading.close).abs();
        let reach = config.entry.reach_atr * signal.reading.atr;
        if away > reach {
            return with_score(Reason::compared(ReasonCode::WaitPriceAway, away, reach));
        }
        let Some(atr_short) = watch.atr_short() else {
            return Turn::Decided(Action::Nothing, Reason::word(ReasonCode::NotWarm));
        };
        Turn::Candidate(Candidate { symbol, signal, atr_short })
    }

    /// Says why there is no live signal that could be traded.
    fn why_no_signal(core: &Core, watch: &Watch) -> Reason {
        if !watch.decides {
            let code =
                if watch.expired { ReasonCode::SignalExpired } else { ReasonCode::NoDecisionClose };
            return Reason::word(code);
        }
        let Some(reading) = &watch.reading else {
            return Reason::word(ReasonCode::NotWarm);
        };
        let seen = reading.score.score.get();
        let threshold = Self::threshold(core);
        let reason = match reading.score.direction {
            None => Reason::word(ReasonCode::NoDirection),
            Some(_) if seen < threshold => {
                Reason::compared(ReasonCode::BelowThreshold, seen, threshold)
            }
            Some(direction) if !Self::is_tradable(core, direction) => {
                Reason::compared(ReasonCode::ShortNotOnSpot, seen, threshold)
            }
            Some(_) => {
                Reason::compared(ReasonCode::DailyOpposite, reading.daily.unwrap_or(0.0), 0.0)
            }
        };
        Reason { score: Some(Box::new(reading.score.clone())), ..reason }
    }
}

impl Policy for Confluence {
    fn on_bar(&mut self, core: &Core, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        self.watches[symbol.index()].on_bar(timeframe, bar);
        if timeframe == core.config().entry.decision_timeframe {
            let bar_f64 = crate::border::bar(bar);
            self.calibration.on_bar(symbol, bar_f64.high, bar_f64.low, bar_f64.close);
        }
    }

    fn on_instant(&mut self, core: &Core, at: TsNanos) {
        let config = core.config();
        self.calibration.settle();
        for &symbol in &core.by_name {
            let watch = &mut self.watches[symbol.index()];
            let closed = core.closed[symbol.index()];
            if !watch.on_instant(config.entry.decision_timeframe, at, closed) {
                continue;
            }
            let Some(reading) = watch.read(&config.analysis, at) else { continue };
            let (score, close) = (reading.score.score.get(), reading.close);
            let stop = config.exit.stop_atr() * reading.atr;
            if let Some(direction) = reading.score.direction {
                let scan = Scan { symbol, direction, score, close, stop_distance: stop };
                let rho = |other| core.covariance().rho(symbol, other);
                self.calibration.on_scan(at, &scan, rho);
            }
            Self::bear_signal(&mut self.watches[symbol.index()], core, at);
        }
    }

    fn on_decision(&mut self, _: &Core, _: Seq, decision: &Decision) {
        let Some(symbol) = decision.symbol else { return };
        let watch = &mut self.watches[symbol.index()];
        if matches!(decision.action, Action::Enter { .. }) {
            watch.signal = None;
            watch.stats.entries = watch.stats.entries.saturating_add(1);
        }
    }

    fn decide(&self, core: &Core, _: Seq, _: TsNanos, out: &mut Vec<Decision>) {
        let mut candidates = Vec::new();
        for &symbol in &core.by_name {
            match self.decide_one(core, symbol) {
                Turn::Candidate(candidate) => candidates.push(candidate),
                Turn::Decided(action, reason) => {
                    out.push(Decision { symbol: Some(symbol), action, reason });
                }
            }
        }
        let mut taken = entry::Taken::default();
        decide_candidates(core, &self.calibration, candidates, &mut taken, out);
    }
}
