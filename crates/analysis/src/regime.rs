//! Bull, bear or sideways, with its numbers: [`RegimeReading`].

use serde::{Deserialize, Serialize};
use types::market::Regime;

use crate::num;
use crate::params::RegimeParams;
use crate::ring::Ring;

/// The regime of one timeframe after a bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeReading {
    /// The regime.
    pub regime: Regime,
    /// What it follows from, -1 to 1, rounded to 1e-9.
    pub trend: f64,
    /// Strength of the movement whatever its direction, 0 to 1: ADX / 100.
    pub strength: f64,
    /// How sure it is, 0 to 1: |trend|, reduced in high volatility.
    pub confidence: f64,
    /// Place of the ATR among those of up to 500 bars, 0 (lowest) to 1 (highest); equals count half.
    pub volatility_percentile: f64,
    /// Bars since the regime began, 0 on its first.
    pub age_bars: u64,
}

/// What a regime is read from, of one closed bar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegimeInputs {
    /// Order of the averages, -1 to 1.
    pub(crate) order: f64,
    /// Close - close `distance_bars` ago, in ATR; 0 where the ATR says nothing.
    pub(crate) distance: f64,
    /// ADX, 0 to 100.
    pub(crate) adx: f64,
}

/// Reads the regime bar after bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RegimeReader {
    params: RegimeParams,
    atrs: Ring<f64>,
    last: Option<RegimeReading>,
}

impl RegimeReader {
    pub(crate) fn new(params: &RegimeParams) -> Self {
        Self { params: *params, atrs: Ring::new(params.volatility_bars.get()), last: None }
    }

    /// Takes the ATR of a closed bar; those from before the warm-up's end count as well.
    pub(crate) fn push_atr(&mut self, atr: f64) {
        self.atrs.push(atr);
    }

    /// Returns the regime after the bar whose ATR was pushed last.
    pub(crate) fn read(&mut self, inputs: RegimeInputs) -> RegimeReading {
        let p = &self.params;
        let distance = num::tanh(inputs.distance / p.distance_atr);
        let trend = num::round_to_1e9(p.share_order * inputs.order + p.share_distance * distance);
        let regime = if trend > p.bull_above {
            Regime::Bull
        } else if trend < p.bear_below {
            Regime::Bear
        } else {
            Regime::Sideways
        };
        let percentile = percentile(&self.atrs);
        let high = (percentile - p.volatility_high) / (1.0 - p.volatility_high);
        let doubt = p.volatility_doubt * num::clip(high, 0.0, 1.0);
        let age_bars = match &self.last {
            Some(last) if last.regime == regime => last.age_bars + 1,
            Some(_) | None => 0,
        };
        let reading = RegimeReading {
            regime,
            trend,
            strength: inputs.adx / 100.0,
            confidence: num::abs(trend) * (1.0 - doubt),
            volatility_percentile: percentile,
            age_bars,
        };
        self.last = Some(reading);
        reading
    }
}

/// Returns the share of the other values below the newest, equals counted half; 0.5 when alone.
fn percentile(values: &Ring<f64>) -> f64 {
    let (Some(newest), others @ 1..) = (values.back(0), values.len() - 1) else {
        return 0.5;
    };
    let (mut below, mut above) = (0_u32, 0_u32);
    for value in values.unordered() {
        below += u32::from(value < newest);
        above += u32::from(value > newest);
    }
    let others = num::count(others);
    (f64::from(below) + 0.5 * (others - f64::from(below) - f64::from(above))) / others
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "0 and 1 are exact")]
    use super::*;

    fn reader() -> RegimeReader {
        RegimeReader::new(&RegimeParams::default())
    }

    fn read(reader: &mut RegimeReader, order: f64, distance: f64) -> RegimeReading {
        reader.push_atr(1.0);
        reader.read(RegimeInputs { order, distance, adx: 25.0 })
    }

    #[test]
    fn bull_and_bear_begin_beyond_their_lines() {
        let line = 0.3 / 0.7;
        for (order, regime) in [
            (line, Regime::Sideways),
            (line + 2e-9, Regime::Bull),
            (-line, Regime::Sideways),
            (-line - 2e-9, Regime::Bear),
            (0.0, Regime::Sideways),
        ] {
            assert_eq!(read(&mut reader(), order, 0.0).regime, regime, "{order}");
        }
    }

    #[test]
    fn age_counts_from_the_first_bar_of_a_regime() {
        let mut reader = reader();
        let ages = [1.0, 1.0, 0.0, 0.0, 0.0, -1.0].map(|o| read(&mut reader, o, 0.0).age_bars);
        assert_eq!(ages, [0, 1, 0, 1, 2, 0]);
    }

    #[test]
    fn the_percentile_covers_500_bars_and_takes_up_to_a_fifth_of_the_confidence() {
        let mut reader = reader();
        for n in 0..600_u32 {
            reader.push_atr(f64::from(n));
        }
        let calm = RegimeInputs { order: 1.0, distance: 0.0, adx: 0.0 };
        let top = reader.read(calm);
        assert_eq!(top.volatility_percentile, 1.0);
        assert!((top.confidence - 0.7 * 0.8).abs() < 1e-12);
        reader.push_atr(100.5);
        // The 500 newest: 101 to 599 and 100.5 itself.
        assert_eq!(reader.read(calm).volatility_percentile, 0.0);
        assert!((reader.read(calm).confidence - 0.7).abs() < 1e-12);
        reader.push_atr(1e9);
        reader.push_atr(350.0);
        assert!((reader.read(calm).volatility_percentile - 0.5).abs() < 0.003);
    }

    #[test]
    fn equal_ranges_are_neither_high_nor_low() {
        let mut reader = reader();
        let readings = [0.0; 20].map(|order| read(&mut reader, order, 0.0).volatility_percentile);
        assert!(readings.iter().all(|p| (p - 0.5).abs() < 1e-12), "{readings:?}");
    }
}
