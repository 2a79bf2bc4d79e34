//! How long a verdict takes with 50 open positions, and a refit of the calibration.

use divan::counter::ItemsCount;
use engine::calibration::{Calibration, Scan};
use engine::config::CalibrationConfig;
use engine::risk::Scene;
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};

fn main() {
    divan::main();
}

/// `working` of the positions are entries on their way.
#[divan::bench(args = [0, 10])]
fn verdict_with_50_positions(bencher: divan::Bencher<'_, '_>, working: u16) {
    let name = |text| Asset::new(text).expect("a name");
    let symbol = Symbol::new("SOLUSDT").expect("a name");
    let instrument = Instrument::unknown(symbol, name("SOL"), name("USDT"), Market::Spot);
    let scene = Scene::new(instrument, 50, working);
    bencher.bench(|| divan::black_box(&scene).verdict());
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
