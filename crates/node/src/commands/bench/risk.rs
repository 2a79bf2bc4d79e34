//! One verdict of the risk rules over an account with 50 positions.

use std::hint::black_box;

use engine::calibration::Estimate;
use engine::config::{RiskConfig, VolatilityConfig};
use engine::covariance::Covariance;
use engine::guards::{Level, LossReading};
use engine::risk::{DataAge, Exposure, Input, Intent, Rates, RiskView, SizeFlags, verdict};
use types::decision::Protective;
use types::entry::SystemMode;
use types::ids::{Symbol, SymbolId};
use types::instrument::Market;
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};

use super::Figure;
use super::parts::{nanos, now, percentile};
use sim::instruments::Catalogue;

const POSITIONS: u16 = 50;
const VERDICTS: usize = 50_000;
const RATES: Rates = Rates { slippage: Ratio::from_bps(3), fee: Ratio::from_bps(10) };

/// Measures it.
pub(super) fn verdict_p99() -> Figure {
    let config = RiskConfig { positions: 1_000, ..RiskConfig::default() };
    let (covariance, exposures) = (covariance(), exposures());
    let symbol = Symbol::new("SOLUSDT").expect("a name");
    let instrument = Catalogue::embedded().lookup(&symbol, Market::Spot).instrument;
    let equity = Money::from_units(100_000);
    let view = RiskView {
        now: TsNanos::EPOCH,
        market: Market::Spot,
        mode: SystemMode::Running,
        level: Level::Normal,
        equity,
        cash: equity,
        loss: Some(LossReading {
            loss: Money::ZERO,
            budget: Money::from_units(3_000),
            factor: Ratio::ONE,
        }),
        exposures: &exposures,
        covariance: &covariance,
        cooldown_until: None,
        bar_age: Input::Known(DataAge { age: 0, timeframe: 900_000_000_000 }),
        quote_age: Input::NotApplicable,
        venue_latency: Input::NotApplicable,
        orders_open: 0,
        orders_needed: 2,
        orders_last_second: 0,
        opposite: None,
        leverage: Input::NotApplicable,
    };
    let intent = Intent {
        symbol: SymbolId(0),
        instrument: &instrument,
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
    };
    let mut times: Vec<f64> = (0..VERDICTS)
        .map(|_| {
            let started = now();
            black_box(verdict(black_box(&config), black_box(&view), &intent));
            nanos(started) / 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Figure::at_most("risk verdict with 50 positions, p99", percentile(&times, 99), "us", 5.0)
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

/// Every symbol has its own estimate: the slowest case.
fn covariance() -> Covariance {
    let mut covariance = Covariance::new(usize::from(POSITIONS) + 1, &VolatilityConfig::default());
    let mut state = 1_u64;
    for symbol in 0..=POSITIONS {
        let mut close = 100.0;
        for day in 0..=90 {
            covariance.on_close(SymbolId(symbol), day, close);
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let draw = f64::from(u32::try_from(state >> 40).unwrap_or(0)) / 16_777_216.0;
            close *= 1.0 + 0.02 * (draw - 0.5);
        }
    }
    covariance.refresh(91);
    covariance
}

fn exposures() -> Vec<Exposure> {
    let (qty, mark) = (Qty::from_raw(100_000_000), price(100));
    (1..=POSITIONS)
        .map(|symbol| Exposure::held(SymbolId(symbol), qty, Some(price(98)), mark, RATES))
        .collect()
}
