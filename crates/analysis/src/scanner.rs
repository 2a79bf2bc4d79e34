//! One symbol on one timeframe, bar by bar: [`Scanner`].

use serde::{Deserialize, Serialize};
use types::market::{Timeframe, TsNanos};

use crate::bar::Bar;
use crate::components::{ComponentInputs, Components, components, ema_order};
use crate::indicators::{IndicatorSet, Indicators, Profile, Sma, volume_profile};
use crate::params::Params;
use crate::patterns::{Board, Oscillation, Pattern, Swings, View};
use crate::regime::{RegimeInputs, RegimeReader, RegimeReading};
use crate::ring::Ring;

/// What one symbol shows on one timeframe after a closed bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// The timeframe.
    pub timeframe: Timeframe,
    /// When the newest bar closed; the epoch before the first.
    pub close_time: TsNanos,
    /// Closed bars seen.
    pub bars_seen: u64,
    /// Last price of the newest bar; 0 before the first.
    pub close: f64,
    /// Every indicator column.
    pub indicators: Indicators,
    /// The signed components; `None` until 200 bars were seen.
    pub components: Option<Components>,
    /// The regime; `None` until 200 bars were seen.
    pub regime: Option<RegimeReading>,
    /// The patterns in force, one per identity, in the order of their identities.
    pub patterns: Vec<Pattern>,
}

/// Scans one symbol on one timeframe. Only closed bars go in, oldest first; gaps in time are
/// ignored. Allocates nothing per bar once warm; work per bar is bounded by the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scanner {
    params: Params,
    indicators: IndicatorSet,
    bars: Ring<Bar>,
    /// Mean volume of the bars before the newest.
    volumes: Sma,
    histograms: Ring<f64>,
    oscillations: Ring<Oscillation>,
    swings: Swings,
    near_swings: Swings,
    board: Board,
    regime: RegimeReader,
    scan: Scan,
}

impl Scanner {
    /// Returns a scanner that has seen nothing. `params` should have passed
    /// [`Params::validate`].
    #[must_use]
    pub fn new(timeframe: Timeframe, params: &Params) -> Self {
        let (p, c) = (&params.patterns, &params.components);
        let longest = [
            p.swing_window,
            params.indicators.profile_bars,
            p.range_bars,
            p.breakout_inside,
            c.distance_bars,
            params.regime.distance_bars,
        ];
        let longest = longest.into_iter().max().map_or(1, |period| period.get() + 1);
        Self {
            params: *params,
            indicators: IndicatorSet::new(params),
            bars: Ring::new(longest),
            volumes: Sma::new(c.volume_bars),
            histograms: Ring::new(c.macd_change_bars.get() + 1),
            oscillations: Ring::new(p.divergence_bars.get()),
            swings: Swings::new(p.swing_reach, p.swing_window),
            near_swings: Swings::new(p.divergence_reach, p.divergence_bars),
            board: Board::new(timeframe, p),
            regime: RegimeReader::new(&params.regime),
            scan: Scan {
                timeframe,
                close_time: TsNanos::EPOCH,
                bars_seen: 0,
                close: 0.0,
                indicators: Indicators::default(),
                components: None,
                regime: None,
                patterns: Vec::new(),
            },
        }
    }

    /// Takes the next closed bar and returns what is seen after it.
    pub fn on_bar(&mut self, bar: &Bar) -> &Scan {
        let volume_before = self.take_volume(bar);
        self.bars.push(*bar);
        self.scan.indicators = *self.indicators.update(bar);
        self.remember_oscillators();
        self.find_patterns(bar, volume_before);
        self.scan.close_time = bar.open_time.plus(self.scan.timeframe.nanos());
        self.scan.close = bar.close;
        self.scan.bars_seen += 1;
        self.read_regime();
        self.vote(bar, volume_before);
        &self.scan
    }

    /// Returns what was seen after the newest bar.
    #[must_use]
    pub const fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Returns the timeframe.
    #[must_use]
    pub const fn timeframe(&self) -> Timeframe {
        self.scan.timeframe
    }

    /// Returns the volume profile of the newest bars; `None` without volume. Computed when asked.
    #[must_use]
    pub fn volume_profile(&self) -> Option<Profile> {
        let p = &self.params.indicators;
        let newest = self.bars.len().saturating_sub(p.profile_bars.get());
        let bars: Vec<Bar> = self.bars.oldest_first().skip(newest).copied().collect();
        volume_profile(&bars, p.profile_levels, p.profile_value_area)
    }

    /// Returns the bar's volume with the mean of those before it, and adds it to that mean.
    fn take_volume(&mut self, bar: &Bar) -> Option<(f64, f64)> {
        let Some(volume) = bar.volume else {
            self.volumes.restart();
            return None;
        };
        let before = self.volumes.mean();
        self.volumes.update(volume);
        before.map(|before| (volume, before))
    }

    fn remember_oscillators(&mut self) {
        let signed = self.indicators.signed();
        self.oscillations.push(Oscillation { rsi: signed.rsi, macd: signed.macd });
        if let Some(histogram) = signed.macd_hist {
            self.histograms.push(histogram);
        }
        if let Some(atr) = signed.atr {
            self.regime.push_atr(atr);
        }
    }

    fn find_patterns(&mut self, bar: &Bar, volume_before: Option<(f64, f64)>) {
        let now = self.scan.bars_seen;
        self.swings.on_bar(&self.bars, now);
        self.near_swings.on_bar(&self.bars, now);
        let ratio = |(volume, mean): (f64, f64)| (mean > 0.0).then(|| volume / mean);
        self.board.on_bar(&View {
            params: &self.params.patterns,
            bar,
            bars: &self.bars,
            now,
            unit: self.indicators.signed().unit,
            volume_ratio: volume_before.and_then(ratio),
            swings: &self.swings,
            near_swings: &self.near_swings,
            oscillations: &self.oscillations,
        });
        self.scan.patterns.clear();
        self.scan.patterns.extend_from_slice(self.board.patterns());
    }

    fn is_warm(&self) -> bool {
        self.scan.bars_seen >= u64::from(u32::from(self.params.components.warm_up))
    }

    fn read_regime(&mut self) {
        let signed = self.indicators.signed();
        let distance = self.travelled(self.params.regime.distance_bars.get());
        let inputs = || {
            let distance = signed.unit.map_or(Some(0.0), |unit| Some(distance? / unit))?;
            let (order, adx) = (ema_order(signed)?, self.scan.indicators.adx14?);
            Some(RegimeInputs { order, distance, adx })
        };
        let inputs = if self.is_warm() { inputs() } else { None };
        self.scan.regime = inputs.map(|inputs| self.regime.read(inputs));
    }

    fn vote(&mut self, bar: &Bar, volume: Option<(f64, f64)>) {
        let inputs = || {
            let p = &self.params.components;
            let histogram = self.histograms.back(0)?;
            let inputs = ComponentInputs {
                distance: self.travelled(p.distance_bars.get())?,
                macd_change: histogram - self.histograms.back(p.macd_change_bars.get())?,
                step: bar.close - self.bars.back(1)?.close,
                volume,
                patterns: self.board.signed_sum(),
            };
            components(p, self.indicators.signed(), &inputs)
        };
        self.scan.components = if self.is_warm() { inputs() } else { None };
    }

    /// Returns the newest close - the close that many bars before, in price.
    fn travelled(&self, bars: usize) -> Option<f64> {
        Some(self.bars.back(0)?.close - self.bars.back(bars)?.close)
    }
}
