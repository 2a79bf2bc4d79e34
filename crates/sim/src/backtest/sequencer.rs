//! [`Sequencer`]: gives each entry its place, and keeps the engine in lockstep.

use engine::State;
use types::decision::{Action, Decision};
use types::entry::{Body, Entry, Source};
use types::ids::Seq;
use types::market::TsNanos;

use super::BacktestError;
use super::fold::Fold;
use super::keeper::Keeper;
use super::observer::Observer;
use super::recorder::Recorder;
use super::run::Aside;

/// Gives each entry its place, and has the engine fold it and its decisions.
#[derive(Debug)]
pub(super) struct Sequencer<'o> {
    fold: Fold,
    observer: Option<&'o mut dyn Observer>,
    keeper: Option<Keeper<'o>>,
    ts: TsNanos,
    scratch: Vec<Decision>,
}

impl<'o> Sequencer<'o> {
    pub(super) fn new(aside: Aside<'o>) -> Self {
        Self {
            fold: Fold::default(),
            observer: aside.observer,
            keeper: aside.keep.map(Keeper::new),
            ts: TsNanos::from_nanos(i64::MIN),
            scratch: Vec::new(),
        }
    }

    pub(super) const fn engine(&self) -> &State {
        self.fold.engine()
    }

    pub(super) const fn fold(&self) -> &Fold {
        &self.fold
    }

    pub(super) const fn fold_mut(&mut self) -> &mut Fold {
        &mut self.fold
    }

    /// Returns who looks on, beside the engine it looks at.
    pub(super) fn observed(&mut self) -> Option<(&mut dyn Observer, &State)> {
        match &mut self.observer {
            Some(observer) => Some((&mut **observer, self.fold.engine())),
            None => None,
        }
    }

    /// Returns an entry in the next place. Time never goes back.
    ///
    /// Entries are large, and to copy one just written stalls the processor: inlined, and with nothing
    /// that could panic while it holds a body, its body is made where it stays.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "measured: a fortieth of a run with three entries a bar"
    )]
    pub(super) fn next(&mut self, ts: TsNanos, source: Source, body: Body) -> Entry {
        self.ts = self.ts.max(ts);
        let seq = Seq(self.fold.entries().saturating_add(1));
        Entry { seq, ts_event: ts, ts: self.ts, source, body }
    }

    /// Appends the entry in the next place, then the engine's decisions about it, each folded before
    /// the next entry. All are counted; those that ask for something go to `out` with their places.
    pub(super) fn append(
        &mut self,
        entry: &Entry,
        recorder: &mut Recorder,
        out: &mut Vec<(Seq, Decision)>,
    ) {
        self.take(entry);
        self.fold.decide(entry, &mut self.scratch);
        if self.scratch.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        for decision in scratch.drain(..) {
            let entry = self.next(entry.ts_event, Source::Engine, Body::Decision(decision));
            self.take(&entry);
            let Entry { seq, body: Body::Decision(decision), .. } = &entry else { continue };
            recorder.count(decision);
            if decision.action != Action::Nothing {
                out.push((*seq, decision.clone()));
            }
        }
        self.scratch = scratch;
    }

    /// Folds an entry, and keeps it where a run is kept.
    #[inline]
    fn take(&mut self, entry: &Entry) {
        self.fold.fold_new(entry);
        if let Some(keeper) = &mut self.keeper {
            keeper.push(entry);
        }
        if let Some((observer, engine)) = self.observed() {
            observer.on_entry(entry, engine);
        }
    }

    /// Between two instants: what has gathered goes to where the run is kept.
    pub(super) fn between(&mut self) -> Result<(), BacktestError> {
        match &mut self.keeper {
            Some(keeper) => keeper.between(&mut self.fold),
            None => Ok(()),
        }
    }

    /// At the end: so does the rest.
    pub(super) fn finish(&mut self) -> Result<(), BacktestError> {
        match &mut self.keeper {
            Some(keeper) => keeper.finish(&mut self.fold),
            None => Ok(()),
        }
    }
}
