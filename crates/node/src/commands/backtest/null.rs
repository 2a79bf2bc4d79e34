//! The band of random entries.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use sim::backtest::{Run, RunResult};
use sim::performance::EquityPoint;
use types::market::TsNanos;

use super::study::failure;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::report::NullBand;
use crate::setup::{Bars, Pass};

/// Runs that share one reading of the bars: more save reading, fewer save memory.
const TOGETHER: usize = 20;

/// Equity of one seed, one point a day.
type Curve = Vec<EquityPoint>;

/// Runs as many entries at random moments once per seed and returns the middle 90 % of each day.
pub(crate) fn band(
    bars: &Bars,
    main: &Run,
    confluence: &RunResult,
    seeds: u64,
) -> Result<NullBand, Failure> {
    let runs = main.null_of(confluence, seeds);
    let curves = curves(bars, &runs)?;
    let last = |curve: &Curve| curve.last().map(|point| point.equity);
    let below = |curve: &&Curve| last(curve).is_some_and(|end| end < confluence.final_equity);
    let beaten = curves.iter().filter(below).count();
    let mut days: BTreeMap<TsNanos, Vec<f64>> = BTreeMap::new();
    for point in curves.iter().flatten() {
        days.entry(point.ts).or_default().push(point.equity);
    }
    let days = days
        .into_iter()
        .map(|(at, mut equities)| {
            equities.sort_by(f64::total_cmp);
            (at, percentile(&equities, 5), percentile(&equities, 50), percentile(&equities, 95))
        })
        .collect();
    let beaten = analysis::num::count(beaten) / analysis::num::count(curves.len());
    Ok(NullBand { seeds: curves.len(), days, beaten })
}

/// Runs all seeds on all cores. The curves come in no order; what is made of them has none.
#[expect(
    clippy::disallowed_methods,
    reason = "each run is a world of its own: threads change when it ends, not what it says"
)]
fn curves(bars: &Bars, runs: &[Run]) -> Result<Vec<Curve>, Failure> {
    let batches: Vec<&[Run]> = runs.chunks(TOGETHER).collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(batches.len());
    let mut progress = Progress::new("random entries");
    let mut curves = Vec::with_capacity(runs.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, batches, next) = (sender.clone(), &batches, &next);
            scope.spawn(move || {
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more once another batch has failed.
                    if sender.send(one_pass(bars, batch)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for batch in receiver {
            curves.append(&mut batch?);
            progress.set(curves.len() as u64, runs.len() as u64);
        }
        Ok(curves)
    })
}

fn one_pass(bars: &Bars, batch: &[Run]) -> Result<Vec<Curve>, Failure> {
    let Pass { options, mut inputs } = bars.pass(None)?;
    let outcome = sim::backtest::run(&options, batch, &mut inputs, &mut ()).map_err(failure)?;
    Ok(outcome.runs.into_iter().map(|result| result.equity).collect())
}

/// Returns the value that so many percent of a sorted list do not exceed, by nearest rank
/// (the smallest element with at least that share at or below it).
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_elements() {
        let list: Vec<f64> = (1..=200).map(f64::from).collect();
        let of = |percent| percentile(&list, percent);
        assert_eq!((of(5), of(50), of(95)), (10.0, 100.0, 190.0));
        assert_eq!((percentile(&[7.0], 5), percentile(&[7.0], 95)), (7.0, 7.0));
        assert_eq!(percentile(&[1.0, 2.0], 5).to_bits(), 1.0_f64.to_bits());
    }
}
