//! One verdict of the risk rules over an account with 50 positions.

use std::hint::black_box;

use engine::risk::Scene;
use sim::instruments::Catalogue;
use types::ids::Symbol;
use types::instrument::Market;

use super::Figure;
use super::parts::{nanos, now, percentile};

const VERDICTS: usize = 50_000;

/// Measures it.
pub(super) fn verdict_p99() -> Figure {
    let symbol = Symbol::new("SOLUSDT").expect("a name");
    let instrument = Catalogue::embedded().lookup(&symbol, Market::Spot).instrument;
    let scene = Scene::new(instrument, 50, 0);
    let mut times: Vec<f64> = (0..VERDICTS)
        .map(|_| {
            let started = now();
            black_box(black_box(&scene).verdict());
            nanos(started) / 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Figure::at_most("risk verdict with 50 positions, p99", percentile(&times, 99), "us", 5.0)
}
