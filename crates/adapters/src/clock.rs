//! [`ClockOffset`]: how far a venue's clock is from ours, and how well that is known.

use std::collections::VecDeque;

use types::market::TsNanos;

/// How many samples are kept; the best of them counts.
const SAMPLES: usize = 8;

/// A clock further off than this is a data incident: 250 ms.
pub const SKEW_NANOS_MAX: i64 = 250_000_000;

/// One question for the venue's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSample {
    /// When the question left, by our clock.
    pub sent: TsNanos,
    /// When the answer was here, by our clock.
    pub received: TsNanos,
    /// What the venue's clock said in between.
    pub venue: TsNanos,
}

/// Two clocks that cannot both be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer was here at {received}, before the question left at {sent}: our clock moved")]
pub struct ClockError {
    /// When the question left.
    pub sent: TsNanos,
    /// When the answer was here.
    pub received: TsNanos,
}

/// What is known about a venue's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// What is to be added to our clock to get the venue's.
    pub offset_nanos: i64,
    /// How wrong that can be: half of the round trip, plus what the venue rounds away.
    pub error_nanos: i64,
}

impl Skew {
    /// Returns whether the clocks are certainly more than 250 ms apart.
    #[must_use]
    pub const fn is_excessive(&self) -> bool {
        self.offset_nanos.saturating_abs() > SKEW_NANOS_MAX.saturating_add(self.error_nanos)
    }

    /// Returns the venue's time at a moment of our clock.
    #[must_use]
    pub const fn venue_time(&self, ours: TsNanos) -> TsNanos {
        ours.plus(self.offset_nanos)
    }
}

/// The offset to a venue's clock from its answers so far.
///
/// The venue read its clock somewhere between question and answer. The middle is the best guess and
/// half of the round trip the most it can be wrong by (RFC 5905, section 8, with one timestamp of the
/// server instead of two). Of the last samples the one with the shortest round trip counts.
#[derive(Clone, Debug, Default)]
pub struct ClockOffset {
    samples: VecDeque<Skew>,
    /// What the venue's timestamps are rounded to.
    resolution_nanos: i64,
}

impl ClockOffset {
    /// Returns an offset that nothing is known about, for timestamps of that resolution.
    #[must_use]
    pub const fn new(resolution_nanos: i64) -> Self {
        Self { samples: VecDeque::new(), resolution_nanos }
    }

    /// Takes a sample and returns what it says by itself.
    ///
    /// # Errors
    /// `ClockError` if the answer was here before the question left.
    pub fn on_sample(&mut self, sample: ClockSample) -> Result<Skew, ClockError> {
        let ClockSample { sent, received, venue } = sample;
        let round_trip = received.since(sent);
        if round_trip < 0 {
            return Err(ClockError { sent, received });
        }
        let middle = sent.plus(round_trip / 2);
        let skew = Skew {
            offset_nanos: venue.since(middle),
            error_nanos: round_trip - round_trip / 2 + self.resolution_nanos,
        };
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(skew);
        Ok(skew)
    }

    /// Returns the best of the last samples, `None` before the first.
    #[must_use]
    pub fn skew(&self) -> Option<Skew> {
        self.samples.iter().min_by_key(|skew| skew.error_nanos).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: i64 = 1_000_000;

    fn at(ms: i64) -> TsNanos {
        TsNanos::from_nanos(ms * MS)
    }

    fn sample(sent: i64, received: i64, venue: i64) -> ClockSample {
        ClockSample { sent: at(sent), received: at(received), venue: at(venue) }
    }

    #[test]
    fn half_of_the_round_trip_is_taken_off() {
        let mut clock = ClockOffset::new(MS);
        let skew = clock.on_sample(sample(1_000, 1_040, 1_120)).expect("time moves on");
        assert_eq!(skew, Skew { offset_nanos: 100 * MS, error_nanos: 21 * MS });
        assert_eq!(skew.venue_time(at(2_000)), at(2_100));
        assert!(!skew.is_excessive());
    }

    #[test]
    fn the_shortest_round_trip_counts_until_it_is_old() {
        let mut clock = ClockOffset::new(0);
        clock.on_sample(sample(0, 10, 105)).expect("the best");
        for turn in (1..).take(SAMPLES - 1) {
            clock.on_sample(sample(turn * 1_000, turn * 1_000 + 500, turn * 1_000)).expect("slow");
            assert_eq!(clock.skew().map(|skew| skew.offset_nanos), Some(100 * MS));
        }
        clock.on_sample(sample(90_000, 90_400, 90_200)).expect("slow");
        assert_eq!(clock.skew(), Some(Skew { offset_nanos: 0, error_nanos: 200 * MS }));
    }

    #[test]
    fn only_a_skew_beyond_its_own_error_is_excessive() {
        let skew = |offset_nanos, error_nanos| Skew { offset_nanos, error_nanos };
        assert!(!skew(250 * MS, 0).is_excessive());
        assert!(skew(250 * MS + 1, 0).is_excessive());
        assert!(skew(-250 * MS - 1, 0).is_excessive());
        assert!(!skew(300 * MS, 60 * MS).is_excessive(), "it may be 240 ms");
        assert!(skew(i64::MIN, 0).is_excessive());
    }

    #[test]
    fn a_clock_that_went_back_is_an_error() {
        let mut clock = ClockOffset::new(0);
        let wrong = clock.on_sample(sample(100, 99, 100));
        assert_eq!(wrong, Err(ClockError { sent: at(100), received: at(99) }));
        assert_eq!(clock.skew(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_true_offset_is_always_within_the_error(
            offset in -5_000_000_000_i64..5_000_000_000,
            out in 0_i64..900_000_000,
            back in 0_i64..900_000_000,
        ) {
            let sent = TsNanos::from_nanos(1_700_000_000_000_000_000);
            let exact = sent.plus(out + offset);
            let venue = TsNanos::from_millis(exact.as_millis()).expect("it fits");
            let mut clock = ClockOffset::new(MS);
            let skew = clock
                .on_sample(ClockSample { sent, received: sent.plus(out + back), venue })
                .expect("time moves on");
            prop_assert!((skew.offset_nanos - offset).abs() <= skew.error_nanos);
        }
    }
}
