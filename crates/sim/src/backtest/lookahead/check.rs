//! [`check_lookahead`]: runs on data that really ends, compared with the run that went on.

use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};

use super::cuts::cuts;
use super::report::{Difference, LookaheadReport};
use super::witness::{Kept, Witness};
use crate::backtest::BacktestError;
use crate::backtest::feeding::{Inputs, Progress};
use crate::backtest::run::{Options, Run, run_observed};
use crate::exchange::CostModel;

/// Runs over all data, then, for each of at least `count` cuts, over data that ends there, and
/// compares all decisions with their reasons, commands, reports and fills up to the cut. Each fill
/// of the whole run is held against its decision and its bar besides.
///
/// `open` opens the data up to a moment, or all of it. Positions are left open at the end of the
/// data. Memory grows with the cuts, not with the bars; time with the cuts.
///
/// # Errors
/// `BacktestError` if the configuration does not fit the data, or the data cannot be read.
pub fn check_lookahead(
    options: &Options,
    run: &Run,
    mut open: impl FnMut(Option<TsNanos>) -> Result<Inputs, BacktestError>,
    count: usize,
    progress: &mut dyn Progress,
) -> Result<LookaheadReport, BacktestError> {
    let span = Span::of(&mut open(None)?)?;
    let options = Options { close_at_end: false, ..options.clone() };
    let attempt = &mut |cut: Option<TsNanos>, witness: &mut Witness<'_>| {
        let mut inputs = open(cut)?;
        if let Some(cut) = cut {
            // Cut here as well: what `open` leaves behind the cut must not be seen.
            inputs = inputs.until(cut);
        }
        run_observed(&options, run, &mut inputs, &mut (), witness).map(|_| ())
    };
    let table = &options.instruments;
    Check { table, costs: &run.config.costs, attempt }.compare(&span, count, progress)
}

/// From when to when there are bars.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) first: TsNanos,
    pub(super) last: TsNanos,
    pub(super) native: Timeframe,
}

impl Span {
    fn of(inputs: &mut Inputs) -> Result<Self, BacktestError> {
        let native = inputs.feed.timeframe();
        let (mut first, mut last, mut rows) = (None, None, Vec::new());
        while let Some(close) = inputs.feed.next(&mut rows)? {
            first.get_or_insert(close.plus(-native.nanos()));
            last = Some(close);
        }
        match (first, last) {
            (Some(first), Some(last)) => Ok(Self { first, last, native }),
            (None, _) | (_, None) => Err(BacktestError::NoBars),
        }
    }
}

/// Runs over data up to a cut, or all of it, with somebody looking on.
pub(super) type Attempt<'a> =
    dyn FnMut(Option<TsNanos>, &mut Witness<'_>) -> Result<(), BacktestError> + 'a;

/// The comparison, whatever moves the runs.
pub(super) struct Check<'a, 'b> {
    pub(super) table: &'a [Instrument],
    pub(super) costs: &'a CostModel,
    pub(super) attempt: &'a mut Attempt<'b>,
}

impl Check<'_, '_> {
    pub(super) fn compare(
        mut self,
        span: &Span,
        count: usize,
        progress: &mut dyn Progress,
    ) -> Result<LookaheadReport, BacktestError> {
        let cuts = cuts(span.first, span.last, span.native, count);
        let whole = self.witness(None, &cuts, None)?;
        let mut report = LookaheadReport {
            fills_checked: whole.rules.fills,
            fault_count: whole.rules.fault_count,
            faults: whole.rules.faults.clone(),
            ..LookaheadReport::default()
        };
        for (index, cut) in cuts.iter().enumerate() {
            let upto = &cuts[..=index];
            let short = self.witness(Some(*cut), upto, None)?;
            report.decisions += short.digests[index].decisions;
            report.fills += short.digests[index].fills;
            let mut pairs = whole.digests.iter().zip(&short.digests);
            if let Some(place) = pairs.position(|(whole, short)| whole != short) {
                report.differing.push(*cut);
                if report.first.is_none() {
                    report.first = Some(self.difference(*cut, upto, place, &cuts)?);
                }
            }
            progress.on_cut(index + 1, cuts.len());
        }
        report.cuts = cuts;
        Ok(report)
    }

    /// Runs once more with and without what follows the cut, keeping the acts between the first
    /// cut whose digests differ and the one before it.
    fn difference(
        &mut self,
        cut: TsNanos,
        upto: &[TsNanos],
        place: usize,
        cuts: &[TsNanos],
    ) -> Result<Difference, BacktestError> {
        let whole = self.witness(None, cuts, Some(place))?.kept;
        let short = self.witness(Some(cut), upto, Some(place))?.kept;
        let same = whole.iter().zip(&short).take_while(|(whole, short)| whole == short).count();
        let (whole, short) = (whole.get(same), short.get(same));
        let say = |kept: Option<&Kept>, detail| kept.map(|kept| kept.act(self.table, detail));
        let in_short = [say(whole, false), say(short, false)];
        let [whole, short] = if in_short[0] == in_short[1] {
            [say(whole, true), say(short, true)]
        } else {
            in_short
        };
        Ok(Difference { cut, whole, short })
    }

    fn witness<'c>(
        &mut self,
        cut: Option<TsNanos>,
        cuts: &'c [TsNanos],
        keep: Option<usize>,
    ) -> Result<Witness<'c>, BacktestError> {
        let mut witness = Witness::new(cuts, self.table, self.costs);
        if let Some(keep) = keep {
            witness = witness.keeping(keep);
        }
        match (self.attempt)(cut, &mut witness) {
            // Data that ends before its first bar: nothing was done.
            Ok(()) | Err(BacktestError::NoBars) => {}
            Err(error) => return Err(error),
        }
        witness.finish();
        Ok(witness)
    }
}
