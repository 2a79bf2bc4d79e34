//! [`Batch`]: moments kept for a while, so that each of many worlds takes a stretch of them while its
//! state is in the processor's cache. Measured: one-minute bars through 20 worlds, moment by
//! moment, waited for memory most of the time.

use std::ops::Range;

use types::bar::Bar;
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Ratio};

use super::feeding::Moment;
use crate::exchange::BarInput;

/// Moments of a batch: long enough that a world's state is fetched rarely, short enough that the
/// moments themselves stay near.
const MOMENTS: usize = 1_024;

/// Moments kept for a while.
#[derive(Debug, Default)]
pub(super) struct Batch {
    spans: Vec<Span>,
    bars: Vec<BarInput>,
    closed: Vec<(SymbolId, Timeframe, Bar)>,
    marks: Vec<(SymbolId, Price)>,
    funding: Vec<(SymbolId, Ratio)>,
}

/// Where a moment's parts lie.
#[derive(Clone, Debug)]
struct Span {
    open: TsNanos,
    close: TsNanos,
    bars: Range<usize>,
    closed: Range<usize>,
    marks: Range<usize>,
    funding: Range<usize>,
}

impl Batch {
    /// Keeps a moment.
    pub(super) fn push(&mut self, moment: &Moment<'_>) {
        self.spans.push(Span {
            open: moment.open,
            close: moment.close,
            bars: append(&mut self.bars, moment.bars),
            closed: append(&mut self.closed, moment.closed),
            marks: append(&mut self.marks, moment.marks),
            funding: append(&mut self.funding, moment.funding),
        });
    }

    /// Returns whether it is time to work the batch off.
    pub(super) fn is_full(&self) -> bool {
        self.spans.len() >= MOMENTS
    }

    /// Returns the moments, oldest first.
    pub(super) fn moments(&self) -> impl Iterator<Item = Moment<'_>> {
        self.spans.iter().map(|span| Moment {
            open: span.open,
            close: span.close,
            bars: &self.bars[span.bars.clone()],
            closed: &self.closed[span.closed.clone()],
            marks: &self.marks[span.marks.clone()],
            funding: &self.funding[span.funding.clone()],
        })
    }

    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.bars.clear();
        self.closed.clear();
        self.marks.clear();
        self.funding.clear();
    }
}

fn append<T: Clone>(all: &mut Vec<T>, part: &[T]) -> Range<usize> {
    let start = all.len();
    all.extend_from_slice(part);
    start..all.len()
}
