//! [`Scribe`]: sees every entry of a run, for those who record, keep and look on.

use engine::State;
use hub::lockstep::Tap;
use types::entry::Entry;

use super::BacktestError;
use super::fold::Fold;
use super::keeper::Keeper;
use super::observer::Observer;
use super::recorder::Recorder;
use super::run::Aside;

/// Sees every entry of a run once the engine has folded it.
#[derive(Debug)]
pub(super) struct Scribe<'o> {
    pub(super) recorder: Recorder,
    observer: Option<&'o mut dyn Observer>,
    keeper: Option<Keeper<'o>>,
}

impl<'o> Scribe<'o> {
    pub(super) fn new(recorder: Recorder, aside: Aside<'o>) -> Self {
        Self { recorder, observer: aside.observer, keeper: aside.keep.map(Keeper::new) }
    }

    /// Lets who looks on look, if anybody does.
    pub(super) fn observe(&mut self, look: impl FnOnce(&mut dyn Observer)) {
        if let Some(observer) = &mut self.observer {
            look(&mut **observer);
        }
    }

    /// Between two instants: what has gathered goes to where the run is kept.
    pub(super) fn between(&mut self, fold: &mut Fold) -> Result<(), BacktestError> {
        match &mut self.keeper {
            Some(keeper) => keeper.between(fold),
            None => Ok(()),
        }
    }

    /// At the end: so does the rest.
    pub(super) fn finish(&mut self, fold: &mut Fold) -> Result<(), BacktestError> {
        match &mut self.keeper {
            Some(keeper) => keeper.finish(fold),
            None => Ok(()),
        }
    }

    fn on_folded(&mut self, entry: &Entry, engine: &State) {
        if let Some(keeper) = &mut self.keeper {
            keeper.push(entry);
        }
        if let Some(observer) = &mut self.observer {
            observer.on_entry(entry, engine);
        }
    }
}

impl Tap<Fold> for Scribe<'_> {
    #[inline]
    fn on_entry(&mut self, entry: &Entry, fold: &Fold) {
        self.recorder.on_entry(entry, fold.engine());
        if self.keeper.is_some() || self.observer.is_some() {
            self.on_folded(entry, fold.engine());
        }
    }
}
