//! The band of random entries.

use std::collections::BTreeMap;

use sim::backtest::{Run, RunResult};
use types::market::TsNanos;

use super::study::failure;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::report::NullBand;
use crate::setup::{Bars, Pass};

/// Runs that share one reading of the bars: more save reading, fewer save memory.
const TOGETHER: usize = 25;

/// Runs as many entries at random moments once per seed and returns the middle 90 % of each day.
pub(crate) fn band(
    bars: &Bars,
    main: &Run,
    confluence: &RunResult,
    seeds: u64,
) -> Result<NullBand, Failure> {
    let runs = main.null_of(confluence, seeds);
    let mut days: BTreeMap<TsNanos, Vec<f64>> = BTreeMap::new();
    let mut beaten = 0_usize;
    let mut progress = Progress::new("random entries");
    for (done, batch) in runs.chunks(TOGETHER).enumerate() {
        progress.set((done * TOGETHER) as u64, seeds);
        let Pass { options, mut inputs } = bars.pass(None)?;
        let outcome = sim::backtest::run(&options, batch, &mut inputs, &mut ()).map_err(failure)?;
        for result in outcome.runs {
            beaten += usize::from(result.final_equity < confluence.final_equity);
            for point in &result.equity {
                days.entry(point.ts).or_default().push(point.equity);
            }
        }
    }
    let days = days
        .into_iter()
        .map(|(at, mut equities)| {
            equities.sort_by(f64::total_cmp);
            (at, percentile(&equities, 5), percentile(&equities, 50), percentile(&equities, 95))
        })
        .collect();
    let beaten = analysis::num::count(beaten) / analysis::num::count(runs.len());
    Ok(NullBand { seeds: runs.len(), days, beaten })
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
