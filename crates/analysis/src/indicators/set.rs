//! All indicators of one timeframe, fed together: [`IndicatorSet`].

use serde::{Deserialize, Serialize};

use super::{
    Adx, Atr, Bollinger, Cci, Ema, Indicators, Macd, Mfi, Obv, Rsi, Sma, Stochastic, Vwap,
};
use crate::bar::Bar;
use crate::params::{IndicatorParams, Params};

/// All indicators of one timeframe. Work per bar is bounded by the periods.
///
/// Averages of the close are taken relative to the first close and moved back for the columns: the
/// same numbers, but their differences are exactly odd under mirrored prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndicatorSet {
    anchor: Option<f64>,
    ema_fast: Ema,
    ema_middle: Ema,
    ema_slow: Ema,
    rsi: Rsi,
    macd: Macd,
    bollinger: Bollinger,
    atr: Atr,
    stochastic: Stochastic,
    cci: Cci,
    mfi: Mfi,
    sma: Sma,
    adx: Adx,
    obv: Obv,
    vwap: Vwap,
    atr_floor: f64,
    cci_full: f64,
    values: Indicators,
    signed: Signed,
}

/// The same indicators as the score wants them: exactly odd or exactly even under mirrored prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// Unit of distances: the ATR, in price. `None` until warm, while it is below its floor, and
    /// while nothing moved for its whole period.
    pub unit: Option<f64>,
    /// Short - middle average, in price.
    pub fast_over_middle: Option<f64>,
    /// Middle - long average, in price.
    pub middle_over_slow: Option<f64>,
    /// MACD line, in price.
    pub macd: Option<f64>,
    /// MACD histogram, in price.
    pub macd_hist: Option<f64>,
    /// RSI about its middle, -1 to 1.
    pub rsi: Option<f64>,
    /// Slow %K about its middle, -1 to 1.
    pub stochastic: Option<f64>,
    /// CCI as a share of what counts as 1, unbounded.
    pub cci: Option<f64>,
    /// Money flow by volume alone about its middle, -1 to 1.
    pub mfi: Option<f64>,
    /// ATR, in price, whether it says something or not.
    pub atr: Option<f64>,
}

impl IndicatorSet {
    /// Returns indicators that have seen nothing.
    #[must_use]
    pub fn new(params: &Params) -> Self {
        let p: &IndicatorParams = &params.indicators;
        Self {
            anchor: None,
            ema_fast: Ema::new(p.ema_fast),
            ema_middle: Ema::new(p.ema_middle),
            ema_slow: Ema::new(p.ema_slow),
            rsi: Rsi::new(p.rsi),
            macd: Macd::new(p.macd_fast, p.macd_slow, p.macd_signal),
            bollinger: Bollinger::new(p.bollinger, p.bollinger_sigma),
            atr: Atr::new(p.atr),
            stochastic: Stochastic::new(p.stochastic, p.stochastic_k, p.stochastic_d),
            cci: Cci::new(p.cci, p.cci_factor),
            mfi: Mfi::new(p.mfi),
            sma: Sma::new(p.sma),
            adx: Adx::new(p.adx),
            obv: Obv::new(),
            vwap: Vwap::new(),
            atr_floor: params.components.atr_floor,
            cci_full: params.components.cci_full,
            values: Indicators::default(),
            signed: Signed::default(),
        }
    }

    /// Takes the next closed bar and returns all columns.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> &Indicators {
        let anchor = *self.anchor.get_or_insert(bar.close);
        let x = bar.close - anchor;
        let back = |value: Option<f64>| value.map(|value| value + anchor);
        let fast = self.ema_fast.update(x);
        let middle = self.ema_middle.update(x);
        let slow = self.ema_slow.update(x);
        let rsi = self.rsi.update(bar.close);
        let macd = self.macd.update(x);
        let bands = self.bollinger.update(x).map(|bands| bands.moved(anchor));
        let atr = self.atr.update(bar);
        let stochastic = self.stochastic.update(bar);
        let cci = self.cci.update(bar);
        let mfi = self.mfi.update(bar);
        let dmi = self.adx.update(bar);
        self.values = Indicators {
            ema20: back(fast),
            ema50: back(middle),
            ema200: back(slow),
            rsi14: rsi.map(|rsi| rsi.value),
            macd: macd.map(|macd| macd.line),
            macd_signal: macd.map(|macd| macd.signal),
            macd_hist: macd.map(|macd| macd.histogram),
            bb_upper: bands.map(|bands| bands.upper),
            bb_middle: bands.map(|bands| bands.middle),
            bb_lower: bands.map(|bands| bands.lower),
            atr14: atr,
            stoch_k: stochastic.map(|stochastic| stochastic.k),
            stoch_d: stochastic.map(|stochastic| stochastic.d),
            cci20: cci,
            mfi14: mfi.map(|mfi| mfi.value),
            sma20: back(self.sma.update(x)),
            adx14: dmi.and_then(|dmi| dmi.adx),
            obv: self.obv.update(bar),
            vwap_day: self.vwap.update(bar),
            bb_percent_b: bands.and_then(|bands| bands.percent_b(bar.close)),
            bb_width: bands.and_then(|bands| bands.width()),
            plus_di: dmi.map(|dmi| dmi.plus_di),
            minus_di: dmi.map(|dmi| dmi.minus_di),
        };
        let says = |atr: &f64| !self.atr.is_flat() && *atr >= self.atr_floor * bar.close;
        self.signed = Signed {
            unit: atr.filter(says).filter(|atr| *atr > 0.0),
            fast_over_middle: difference(fast, middle),
            middle_over_slow: difference(middle, slow),
            macd: macd.map(|macd| macd.line),
            macd_hist: macd.map(|macd| macd.histogram),
            rsi: rsi.map(|rsi| rsi.tilt),
            stochastic: stochastic.map(|stochastic| stochastic.tilt),
            cci: cci.map(|cci| cci / self.cci_full),
            mfi: mfi.map(|mfi| mfi.tilt),
            atr,
        };
        &self.values
    }

    /// Returns all columns after the last bar.
    #[must_use]
    pub const fn values(&self) -> &Indicators {
        &self.values
    }

    /// Returns the indicators as the score wants them.
    #[must_use]
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }
}

fn difference(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? - b?)
}
