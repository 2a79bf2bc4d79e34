//! One symbol: its scanners, the reading of its newest decision close, its live signals.

use analysis::{Params, Scanner, ScoreHistory, Sum, combine, score};
use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::ScoreReason;
use types::market::{Direction, PatternId, Timeframe, TsNanos};

use crate::border;
use crate::config::EngineConfig;

/// What the newest decision close showed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reading {
    /// Everything a reason needs.
    pub(super) score: ScoreReason,
    /// What the daily bars say by themselves, where they are in use.
    pub(super) daily: Option<f64>,
    /// ATR of the decision timeframe.
    pub(super) atr: f64,
    /// The close.
    pub(super) close: f64,
}

/// A chance to enter, born at a decision close.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Signal {
    pub(super) reading: Reading,
    pub(super) direction: Direction,
    /// The last instant at which it may become an entry.
    pub(super) expires: TsNanos,
}

/// How often a symbol was scanned and could have traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanStats {
    /// Decision closes at which every timeframe was warm.
    pub closes: u32,
    /// Entries decided.
    pub entries: u32,
}

/// One symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Watch {
    scanners: Vec<Scanner>,
    decision: usize,
    history: ScoreHistory,
    /// A bar of the decision timeframe came since the last instant.
    fresh: bool,
    /// This instant is a close of the decision timeframe with its bar folded.
    pub(super) decides: bool,
    pub(super) reading: Option<Reading>,
    pub(super) signal: Option<Signal>,
    /// A signal ended unused at this instant.
    pub(super) expired: bool,
    pub(super) stats: ScanStats,
}

impl Watch {
    pub(super) fn new(config: &EngineConfig) -> Self {
        let timeframes = config.timeframes_in_use();
        let decision = timeframes.iter().position(|t| *t == config.entry.decision_timeframe);
        Self {
            scanners: timeframes
                .iter()
                .map(|timeframe| Scanner::new(*timeframe, &config.analysis))
                .collect(),
            decision: decision.unwrap_or(0),
            history: ScoreHistory::new(&config.analysis.confluence),
            fresh: false,
            decides: false,
            reading: None,
            signal: None,
            expired: false,
            stats: ScanStats::default(),
        }
    }

    pub(super) fn on_bar(&mut self, timeframe: Timeframe, bar: &Bar) {
        let place = self.scanners.iter().position(|s| s.timeframe() == timeframe);
        let Some(place) = place else { return };
        self.scanners[place].on_bar(&border::bar(bar));
        self.fresh |= place == self.decision;
    }

    /// Closes an instant: says whether it is one at which a signal may be born.
    /// `closed`: a bar of the symbol closed at it, and not before.
    pub(super) fn on_instant(&mut self, timeframe: Timeframe, at: TsNanos, closed: bool) -> bool {
        self.decides = self.fresh && closed && timeframe.closes_at(at);
        self.fresh = false;
        self.expired = self.signal.as_ref().is_some_and(|signal| at > signal.expires);
        if self.expired {
            self.signal = None;
        }
        self.decides
    }

    /// Reads all timeframes; `None` until each is warm.
    pub(super) fn read(&mut self, params: &Params, at: TsNanos) -> Option<&Reading> {
        let sum = self.sum(params)?;
        let decision = self.scanners[self.decision].scan();
        let regime = decision.regime?;
        let atr = decision.indicators.atr14?;
        let daily = sum.of(Timeframe::D1);
        let close = decision.close;
        let confluence = score(&mut self.history, at, &sum);
        self.stats.closes = self.stats.closes.saturating_add(1);
        self.reading = Some(Reading {
            score: ScoreReason {
                direction: confluence.direction,
                score: confluence.score,
                sum: confluence.s,
                regime: regime.regime,
                trend: regime.trend,
                volatility: regime.volatility_percentile,
                contributions: confluence.contributions,
                patterns: self.patterns(),
            },
            daily,
            atr,
            close,
        });
        self.reading.as_ref()
    }

    fn sum(&self, params: &Params) -> Option<Sum> {
        let regime = self.scanners[self.decision].scan().regime?;
        let mut views = Vec::with_capacity(self.scanners.len());
        for scanner in &self.scanners {
            views.push((scanner.timeframe(), scanner.scan().components.as_ref()?));
        }
        Some(combine(params, &regime, &views))
    }

    /// Returns the patterns in force on every timeframe, signed.
    fn patterns(&self) -> Vec<(PatternId, f64)> {
        let signed = |pattern: &analysis::patterns::Pattern| {
            let sign = pattern.id.direction.map_or(0.0, Direction::sign);
            (pattern.id, sign * pattern.confidence)
        };
        self.scanners.iter().flat_map(|s| s.scan().patterns.iter().map(signed)).collect()
    }

    /// Returns whether every timeframe has seen enough bars.
    pub(super) fn is_warm(&self) -> bool {
        self.scanners.iter().all(|scanner| scanner.scan().components.is_some())
    }

    /// Returns the fewest bars seen by a timeframe that is not warm.
    pub(super) fn cold_bars(&self) -> u64 {
        let cold = self.scanners.iter().filter(|s| s.scan().components.is_none());
        cold.map(|s| s.scan().bars_seen).min().unwrap_or(0)
    }

    /// Returns what the shortest timeframe says by itself.
    pub(super) fn short_sum(&self, params: &Params) -> Option<f64> {
        let scan = self.scanners.first()?.scan();
        scan.components.as_ref().map(|components| components.sum(&params.components))
    }

    /// Returns the ATR of the shortest timeframe.
    pub(super) fn atr_short(&self) -> Option<f64> {
        self.scanners.first()?.scan().indicators.atr14
    }

    /// Returns the ATR of the decision timeframe.
    pub(super) fn atr(&self) -> Option<f64> {
        self.scanners.get(self.decision)?.scan().indicators.atr14
    }

    /// Returns high, low and close of the newest decision-timeframe bar is not kept here: the
    /// scanner's close is.
    pub(super) fn close(&self) -> f64 {
        self.scanners[self.decision].scan().close
    }
}
