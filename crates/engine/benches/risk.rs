//! How long a verdict takes with 50 open positions, and a refit of the calibration.

use divan::counter::ItemsCount;
use engine::calibration::{Calibration, Estimate, Scan};
use engine::config::{CalibrationConfig, RiskConfig, VolatilityConfig};
use engine::covariance::Covariance;
use engine::guards::{Level, LossReading};
use engine::risk::{
    DataAge, Exposure, Input, Intent, Rates, RiskView, SizeFlags, WorkingEntry, verdict,
};
use types::decision::Protective;
use types::entry::SystemMode;
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};

const POSITIONS: u16 = 50;
const RATES: Rates = Rates { slippage: Ratio::from_bps(3), fee: Ratio::from_bps(10) };

fn main() {
    divan::main();
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

/// Every symbol has its own estimate: the slowest case.
fn covariance() -> Covariance {
    let symbols = usize::from(POSITIONS) + 1;
    let mut covariance = Covariance::new(symbols, &VolatilityConfig::default());
    let mut state = 1_u64;
    for k in 0..=POSITIONS {
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

/// `working` of the positions are entries on their way.
fn exposures(working: u16) -> Vec<Exposure> {
    let mark = price(100);
    let entry = WorkingEntry {
        direction: Direction::Long,
        qty: Qty::from_raw(100_000_000),
        worst: price(101),
        stop: Some(Protective::Distance(price(10))),
    };
    (1..=POSITIONS)
        .map(|k| {
            if k <= working {
                Exposure::flat(SymbolId(k)).with_entry(&entry, mark, RATES)
            } else {
                Exposure::held(SymbolId(k), entry.qty, Some(price(98)), mark, RATES)
            }
        })
        .collect()
}

#[divan::bench(args = [0, 10])]
fn verdict_with_50_positions(bencher: divan::Bencher<'_, '_>, working: u16) {
    let config = RiskConfig { positions: 1_000, ..RiskConfig::default() };
    let (covariance, exposures) = (covariance(), exposures(working));
    let name = |text| Asset::new(text).expect("a name");
    let symbol = Symbol::new("SOLUSDT").expect("a name");
    let instrument = Instrument::unknown(symbol, name("SOL"), name("USDT"), Market::Spot);
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
    let seen = verdict(&config, &view, &intent);
    assert!(seen.is_approved(), "{seen:?}");
    bencher.bench(|| verdict(divan::black_box(&config), divan::black_box(&view), &intent));
}

/// One outcome and a new fit, below and above the line of the isotonic one.
#[divan::bench(args = [500, 2_000])]
fn calibration_refit(bencher: divan::Bencher<'_, '_>, outcomes: u32) {
    let mut calibration = Calibration::new(&CalibrationConfig::default(), 1.5);
    let mut number = 0;
    let mut one = move |calibration: &mut Calibration| {
        number += 1;
        let scan = Scan {
            symbol: SymbolId(0),
            direction: Direction::Long,
            score: 40.0 + f64::from(number * 37 % 600) / 10.0,
            close: 100.0,
            stop_distance: 10.0,
        };
        calibration.on_scan(TsNanos::EPOCH, &scan, |_| 0.0);
        let high = if number % 5 < 2 { 120.0 } else { 101.0 };
        calibration.on_bar(SymbolId(0), high, if high > 110.0 { 99.0 } else { 80.0 }, 100.0);
    };
    for _ in 0..outcomes {
        one(&mut calibration);
    }
    bencher.counter(ItemsCount::new(1_u32)).bench_local(move || {
        one(&mut calibration);
        calibration.settle();
    });
}
