//! [`Tap`]: who sees every entry.

use types::entry::Entry;

/// Sees every entry in its place, folded by the engine already.
pub trait Tap<E> {
    /// Takes an entry.
    fn on_entry(&mut self, entry: &Entry, engine: &E);
}

impl<E> Tap<E> for () {
    fn on_entry(&mut self, _: &Entry, _: &E) {}
}

/// Keeps the entries.
impl<E> Tap<E> for Vec<Entry> {
    fn on_entry(&mut self, entry: &Entry, _: &E) {
        self.push(entry.clone());
    }
}
