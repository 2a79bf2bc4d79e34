//! [`Observer`]: looks on while a run is driven.

use std::fmt;

use engine::State;
use types::entry::Entry;
use types::market::TsNanos;

use crate::exchange::{BarInput, Exchange};

/// Looks on while a run is driven. What it does changes nothing of the run.
pub trait Observer: fmt::Debug {
    /// The native bars of the next instant are about to be walked.
    fn on_bars(&mut self, _bars: &[BarInput], _close: TsNanos) {}

    /// An entry was folded.
    fn on_entry(&mut self, _entry: &Entry, _engine: &State) {}

    /// Everything that follows from the native bars that closed at `at` was carried out.
    fn on_settled(&mut self, _at: TsNanos, _engine: &State, _exchange: &Exchange) {}
}

impl Observer for () {}
