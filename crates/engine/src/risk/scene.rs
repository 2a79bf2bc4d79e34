//! [`Scene`]: an account with many positions and an entry to judge, for measuring a verdict.
//!
//! Used by `plimsoll bench` and by this crate's benchmarks, so that both measure the same.

use types::decision::{Protective, Verdict};
use types::entry::SystemMode;
use types::ids::SymbolId;
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};

use super::{DataAge, Exposure, Input, Intent, Rates, RiskView, SizeFlags, WorkingEntry, verdict};
use crate::calibration::Estimate;
use crate::config::{RiskConfig, VolatilityConfig};
use crate::covariance::Covariance;
use crate::guards::{Level, LossReading};

const RATES: Rates = Rates { slippage: Ratio::from_bps(3), fee: Ratio::from_bps(10) };

/// A spot account of 100,000 that holds one unit at 100 of every symbol but the first, each
/// with 90 days of returns of its own: no symbol is unknown, the slowest case. The entry is the
/// first symbol's; no rule refuses it.
#[derive(Clone, Debug)]
pub struct Scene {
    config: RiskConfig,
    covariance: Covariance,
    exposures: Vec<Exposure>,
    instrument: Instrument,
}

impl Scene {
    /// Returns an account with so many positions, the first `working` of them still entries on
    /// their way. `instrument` is what is entered, at a price of 100.
    #[must_use]
    pub fn new(instrument: Instrument, positions: u16, working: u16) -> Self {
        Self {
            config: RiskConfig { positions: 1_000, ..RiskConfig::default() },
            covariance: covariance(positions),
            exposures: (1..=positions).map(|k| exposure(SymbolId(k), k <= working)).collect(),
            instrument,
        }
    }

    /// Judges the entry.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        verdict(&self.config, &self.view(), &self.intent())
    }

    fn view(&self) -> RiskView<'_> {
        let equity = Money::from_units(100_000);
        let budget = Money::from_units(3_000);
        RiskView {
            now: TsNanos::EPOCH,
            market: Market::Spot,
            mode: SystemMode::Running,
            level: Level::Normal,
            equity,
            cash: equity,
            loss: Some(LossReading { loss: Money::ZERO, budget, factor: Ratio::ONE }),
            exposures: &self.exposures,
            covariance: &self.covariance,
            cooldown_until: None,
            bar_age: Input::Known(DataAge { age: 0, timeframe: 900_000_000_000 }),
            quote_age: Input::NotApplicable,
            venue_latency: Input::NotApplicable,
            orders_open: 0,
            orders_needed: 2,
            orders_last_second: 0,
            opposite: None,
            leverage: Input::NotApplicable,
        }
    }

    fn intent(&self) -> Intent<'_> {
        Intent {
            symbol: SymbolId(0),
            instrument: &self.instrument,
            direction: Direction::Long,
            worst: price(100),
            mark: Some(price(100)),
            stop: Some(Protective::Distance(price(10))),
            target: None,
            atr_shortest: Some(2.0),
            rates: RATES,
            estimate: Some(Estimate { p: 0.6, outcomes: 500.0, prior: 100.0, target_ratio: 1.5 }),
            cost: 0.05,
            advice: Ratio::ONE,
            flags: SizeFlags { adaptive_position_sizing: true, conservative_mode: false },
        }
    }
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

fn exposure(symbol: SymbolId, working: bool) -> Exposure {
    let mark = price(100);
    if !working {
        return Exposure::held(symbol, Qty::ONE, Some(price(98)), mark, RATES);
    }
    let entry = WorkingEntry {
        direction: Direction::Long,
        qty: Qty::ONE,
        worst: price(101),
        stop: Some(Protective::Distance(price(10))),
    };
    Exposure::flat(symbol).with_entry(&entry, mark, RATES)
}

/// Returns of up to 1 % a day either way, drawn by a linear congruence with a multiplier of *The Art
/// of Computer Programming* 3.3.4.
fn covariance(positions: u16) -> Covariance {
    let symbols = usize::from(positions) + 1;
    let mut covariance = Covariance::new(symbols, &VolatilityConfig::default());
    let mut state = 1_u64;
    for k in 0..=positions {
        let mut close = 100.0;
        for day in 0..=90 {
            covariance.on_close(SymbolId(k), day, close);
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let draw = f64::from(u32::try_from(state >> 40).unwrap_or(0)) / 16_777_216.0;
            close *= 1.0 + 0.02 * (draw - 0.5);
        }
    }
    covariance.refresh(91);
    covariance
}

#[cfg(test)]
mod tests {
    use types::ids::{Asset, Symbol};

    use super::*;

    #[test]
    fn every_rule_is_judged_and_none_refuses() {
        let name = |text| Asset::new(text).unwrap();
        let symbol = Symbol::new("SOLUSDT").unwrap();
        let instrument = Instrument::unknown(symbol, name("SOL"), name("USDT"), Market::Spot);
        for working in [0, 10] {
            let scene = Scene::new(instrument.clone(), 50, working);
            assert!((0..=50).all(|k| scene.covariance.volatility(SymbolId(k)).is_some()));
            let seen = scene.verdict();
            assert!(seen.is_approved() && seen.checks.len() == super::super::RULES.len());
            let on_their_way = scene.exposures.iter().filter(|e| !e.reserved.is_zero()).count();
            assert_eq!(on_their_way, usize::from(working));
        }
    }

    #[test]
    fn returns_are_within_one_percent_a_day_and_each_symbols_own() {
        let covariance = covariance(20);
        for k in 0..=20 {
            // Evenly drawn from -1 to 1 %: 0.577 % a day, 11 % a year.
            let seen = covariance.volatility(SymbolId(k)).unwrap();
            assert!((0.09..0.13).contains(&seen), "{k}: {seen}");
            let others = (0..=20).filter(|other| *other != k);
            let strong = others.filter(|o| covariance.rho(SymbolId(k), SymbolId(*o)).abs() > 0.4);
            assert_eq!(strong.count(), 0, "{k}");
        }
    }
}
