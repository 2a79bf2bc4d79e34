//! How far a source's clock is from ours: [`Clock`].

use types::market::TsNanos;

use super::words::QueryId;

/// A source's clock, measured by asking it. The time of a bar or a trade says when something happened, not when
/// it was told, and is never taken for a clock.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Theirs minus ours, nanoseconds; `None` until it was measured.
    offset: Option<i64>,
    skew_max: i64,
    pub(super) query: Option<QueryId>,
    pub(super) ask_at: TsNanos,
}

/// What a measurement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measured {
    /// The round trip was so long that the answer proves nothing.
    Unsure {
        /// How long, nanoseconds.
        round_trip: i64,
    },
    /// Theirs minus ours, nanoseconds.
    Offset(i64),
}

impl Clock {
    pub(super) const fn new(skew_max: i64, now: TsNanos) -> Self {
        Self { offset: None, skew_max, query: None, ask_at: now }
    }

    /// Takes an answer: `server` was read some time between sending and receiving. Its middle is the best guess, wrong by
    /// at most half the round trip; a round trip of more than twice the skew allowed cannot tell right from wrong.
    pub(super) fn measure(
        &mut self,
        sent: TsNanos,
        server: TsNanos,
        received: TsNanos,
    ) -> Measured {
        let round_trip = received.since(sent);
        if round_trip < 0 || round_trip > 2 * self.skew_max {
            return Measured::Unsure { round_trip };
        }
        let offset = server.since(sent.plus(round_trip / 2));
        self.offset = Some(offset);
        Measured::Offset(offset)
    }

    /// Our clock has jumped: theirs is asked at once.
    pub(super) const fn forget(&mut self, now: TsNanos) {
        (self.offset, self.query, self.ask_at) = (None, None, now);
    }

    pub(super) const fn set_skew_max(&mut self, skew_max: i64) {
        self.skew_max = skew_max;
    }

    pub(super) const fn offset(&self) -> Option<i64> {
        self.offset
    }

    /// Returns whether the clocks are further apart than allowed.
    pub(super) fn skewed(&self) -> bool {
        self.offset.is_some_and(|offset| offset.saturating_abs() > self.skew_max)
    }

    /// Returns their time at a moment of ours.
    pub(super) fn theirs(&self, ours: TsNanos) -> Option<TsNanos> {
        self.offset.map(|offset| ours.plus(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: i64 = 1_000_000;

    fn at(millis: i64) -> TsNanos {
        TsNanos::from_nanos(millis * MILLI)
    }

    #[test]
    fn skew_is_the_distance_from_the_middle_of_the_round_trip() {
        let mut clock = Clock::new(250 * MILLI, at(0));
        assert_eq!(clock.theirs(at(5)), None, "unknown is not zero");
        for (sent, server, received, offset, skewed) in [
            (1_000, 1_050, 1_100, 0, false),
            (1_000, 1_300, 1_100, 250, false),
            (1_000, 1_301, 1_100, 251, true),
            (1_000, 799, 1_100, -251, true),
            (1_000, 1_250, 1_500, 0, false),
        ] {
            let measured = clock.measure(at(sent), at(server), at(received));
            assert_eq!(measured, Measured::Offset(offset * MILLI));
            assert_eq!(clock.skewed(), skewed, "{offset} ms");
        }
        assert_eq!(
            clock.measure(at(1_000), at(9_000), at(1_501)),
            Measured::Unsure { round_trip: 501 * MILLI }
        );
        assert!(!clock.skewed(), "an answer that proves nothing changes nothing");
        assert!(matches!(clock.measure(at(9), at(9), at(8)), Measured::Unsure { .. }));
    }
}
