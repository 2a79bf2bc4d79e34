//! `--check-lookahead`: nothing before a cut may depend on what is after it.

use std::fmt;

use serde::Serialize;
use sim::backtest::{BacktestConfig, Run, RunResult};
use types::market::{Timeframe, TsNanos};

use super::study::failure;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::setup::{Bars, Pass};

/// Places at which the bars are cut.
const CUTS: i64 = 100;

/// What the check found.
#[derive(Debug, Serialize)]
pub(crate) struct Lookahead {
    cuts: usize,
    /// Decisions that asked for something, equity points and trades that were compared.
    compared: u64,
    /// Each difference, with its cut.
    differences: Vec<String>,
}

impl Lookahead {
    /// Returns whether nothing differed.
    pub(crate) const fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for Lookahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return write!(
                f,
                "look-ahead: none; cut at {} places, {} decisions, trades and equity points \
                 unchanged",
                self.cuts, self.compared
            );
        }
        writeln!(f, "LOOK-AHEAD: {} differences:", self.differences.len())?;
        write!(f, "{}", self.differences.join("\n"))
    }
}

/// Runs once more for each cut and compares everything up to it.
pub(crate) fn check(
    bars: &Bars,
    config: &BacktestConfig,
    seed: u64,
    whole: &RunResult,
) -> Result<Lookahead, Failure> {
    let cuts = cuts(whole.first, whole.last, whole.native);
    let mut found = Lookahead { cuts: cuts.len(), compared: 0, differences: Vec::new() };
    let mut progress = Progress::new("cutting the bars");
    let run = Run { config: config.clone(), seed };
    for (n, &cut) in cuts.iter().enumerate() {
        progress.set(n as u64, cuts.len() as u64);
        let Pass { mut options, mut inputs } = bars.until(cut).pass(None)?;
        options.close_at_end = false;
        let outcome =
            sim::backtest::run(&options, std::slice::from_ref(&run), &mut inputs, &mut ());
        let outcome = outcome.map_err(failure)?;
        compare(whole, &outcome.runs[0], cut, &mut found);
    }
    Ok(found)
}

/// Evenly spread, and beside each: one native bar before, at, and after a close of 4h or 1d.
fn cuts(first: TsNanos, last: TsNanos, native: Timeframe) -> Vec<TsNanos> {
    let step = last.since(first) / (CUTS / 3 + 2);
    let mut cuts = Vec::new();
    for n in 1..=(CUTS / 3 + 1) {
        let frame = if n % 2 == 0 { Timeframe::D1 } else { Timeframe::H4 };
        let close = frame.open_of(first.plus(n * step));
        cuts.extend([-1, 0, 1].map(|bars| close.plus(bars * native.nanos())));
    }
    cuts.retain(|cut| *cut > first.plus(native.nanos()) && *cut < last);
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn compare(whole: &RunResult, part: &RunResult, cut: TsNanos, found: &mut Lookahead) {
    let oldest = whole.actions.first().map_or(TsNanos::MAX, |record| record.at);
    let ours = whole.actions.iter().filter(|record| record.at <= cut);
    // Only the newest decisions are kept: those of the part that the whole still holds.
    let theirs = part.actions.iter().filter(|record| record.at >= oldest && record.at <= cut);
    let ours: Vec<_> = ours.map(|record| (record.at, record.seq, &record.decision)).collect();
    let theirs: Vec<_> = theirs.map(|record| (record.at, record.seq, &record.decision)).collect();
    note(found, cut, "decisions", ours == theirs, ours.len());
    let trades: Vec<_> = whole.trades.iter().filter(|trade| trade.closed_at <= cut).collect();
    note(found, cut, "trades", trades == part.trades.iter().collect::<Vec<_>>(), trades.len());
    let equity = |result: &RunResult| -> Vec<_> {
        result.equity.iter().filter(|point| point.ts < cut).copied().collect()
    };
    note(found, cut, "equity", equity(whole) == equity(part), equity(whole).len());
}

fn note(found: &mut Lookahead, cut: TsNanos, what: &str, same: bool, compared: usize) {
    found.compared += compared as u64;
    if !same {
        found.differences.push(format!("{what} before {cut} depend on what is after it"));
    }
}
