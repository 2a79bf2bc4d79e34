//! [`HandOver`]: when entries go to the journal's disk.

use std::time::{Duration, Instant};

use types::entry::{Body, Entry};

/// So long entries that nobody waits for wait for others. A commit of them alone would be one that an order's has to wait for: marks come
/// with the last bar of an instant, and a timer just before it.
const IDLE_WAIT: Duration = Duration::from_millis(100);

/// What waits to be handed to the journal.
#[derive(Debug, Default)]
pub(super) struct HandOver {
    since: Option<Instant>,
    /// Something may be waited for among them.
    wanted: bool,
}

impl HandOver {
    /// Takes note of an entry that waits from now on.
    pub(super) fn take(&mut self, entry: &Entry, now: Instant) {
        self.since.get_or_insert(now);
        // What follows from a timer is an entry of its own.
        self.wanted |= !matches!(entry.body, Body::Mark { .. } | Body::Timer { .. });
    }

    /// Returns whether they go now: marks and timers alone wait a while. `stands`: a market stands still until they are on disk.
    pub(super) fn is_due(&self, now: Instant, stands: bool) -> bool {
        self.wanted || stands || self.left(now).is_none_or(|left| left.is_zero())
    }

    /// Returns how long they may wait; `None` if nothing waits.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let waited = now.saturating_duration_since(self.since?);
        Some(IDLE_WAIT.saturating_sub(waited))
    }

    /// Takes note that all were handed over.
    pub(super) fn done(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use types::entry::Source;
    use types::ids::{Seq, SymbolId};
    use types::market::TsNanos;
    use types::num::Price;

    use super::*;

    fn entry(body: Body) -> Entry {
        let at = TsNanos::EPOCH;
        Entry { seq: Seq(1), ts: at, ts_event: at, source: Source::Hub, body }
    }

    #[test]
    fn marks_and_timers_wait_for_others_and_not_for_ever() {
        let mark = entry(Body::Mark { symbol: SymbolId(0), price: Price::from_raw(1) });
        let timer = entry(Body::Timer { at: TsNanos::EPOCH });
        let closed = entry(Body::InstantClosed { at: TsNanos::EPOCH });
        let began = crate::run::speed::now();
        let mut waiting = HandOver::default();
        assert_eq!(waiting.left(began), None);
        waiting.take(&mark, began);
        let nearly = began + IDLE_WAIT - Duration::from_nanos(1);
        waiting.take(&timer, nearly);
        assert!(!waiting.is_due(began, false) && !waiting.is_due(nearly, false));
        assert!(waiting.is_due(began, true), "a market stands still for them");
        assert!(waiting.is_due(began + IDLE_WAIT, false), "the first has waited long enough");
        assert_eq!(waiting.left(nearly), Some(Duration::from_nanos(1)));
        waiting.take(&closed, nearly);
        assert!(waiting.is_due(nearly, false), "and goes with what does not wait");
        waiting.done();
        waiting.take(&mark, nearly);
        assert!(!waiting.is_due(nearly, false));
    }
}
