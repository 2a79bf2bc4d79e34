//! [`check_clock`]: whether a machine's clock is good enough to begin a life by.
//!
//! Time of a journal does not run backwards: what a clock that is ahead enters is in the way of all that follows until the right
//! time has caught up, and a clock that is behind stands still at the newest entry. So it is asked for before anything is entered.

use types::market::TsNanos;

/// A clock that is further off than this is no clock to begin by, nanoseconds. What is less keeps the gate of the venue shut
/// (`skew_max_nanos`), and is soon over in a journal.
pub const CLOCK_OFF_MAX: i64 = 10_000_000_000;

/// A clock by which no life begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongClock {
    /// The venue's shows something else.
    #[error(
        "this machine's clock is {} s {} the venue's, wanted at most {} s: set it; nothing was entered",
        seconds(*ahead_nanos), side(*ahead_nanos), seconds(CLOCK_OFF_MAX)
    )]
    Venue {
        /// How far it is ahead, nanoseconds; behind is negative.
        ahead_nanos: i64,
    },
    /// The journal has been further.
    #[error(
        "this machine's clock is {} s behind the journal's newest entry of {last}, wanted at most {} s: set it, or wait until it \
         has caught up; nothing was entered",
        seconds(*behind_nanos), seconds(CLOCK_OFF_MAX)
    )]
    Journal {
        /// How far it is behind, nanoseconds.
        behind_nanos: i64,
        /// The newest entry's time.
        last: TsNanos,
    },
}

/// Holds a clock that shows `now` against the venue's and the journal's newest entry, as far as they are known.
///
/// # Errors
/// `WrongClock` if a life that begins by it would stand still, or would be in the way of the next one.
pub fn check_clock(
    now: TsNanos,
    venue: Option<TsNanos>,
    last: Option<TsNanos>,
) -> Result<(), WrongClock> {
    let ahead = venue.map_or(0, |venue| now.since(venue));
    if ahead.saturating_abs() > CLOCK_OFF_MAX {
        return Err(WrongClock::Venue { ahead_nanos: ahead });
    }
    match last.map(|last| (last, last.since(now))) {
        Some((last, behind_nanos)) if behind_nanos > CLOCK_OFF_MAX => {
            Err(WrongClock::Journal { behind_nanos, last })
        }
        Some(_) | None => Ok(()),
    }
}

const fn seconds(nanos: i64) -> i64 {
    nanos.saturating_abs() / 1_000_000_000
}

const fn side(ahead_nanos: i64) -> &'static str {
    if ahead_nanos > 0 { "ahead of" } else { "behind" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_far_off_begins_nothing() {
        let hour = 3_600_000_000_000;
        let now = TsNanos::from_nanos(10 * hour);
        let at = |by: i64| Some(now.plus(by));
        for (venue, last, begins) in [
            (None, None, true),
            (at(CLOCK_OFF_MAX), at(-hour), true),
            (at(-CLOCK_OFF_MAX), at(CLOCK_OFF_MAX), true),
            (at(CLOCK_OFF_MAX + 1), None, false),
            (at(-CLOCK_OFF_MAX - 1), None, false),
            (at(0), at(CLOCK_OFF_MAX + 1), false),
            (None, at(hour), false),
        ] {
            assert_eq!(check_clock(now, venue, last).is_ok(), begins, "{venue:?} {last:?}");
        }
        let ahead = check_clock(now, at(-hour), None).unwrap_err().to_string();
        let wanted = "this machine's clock is 3600 s ahead of the venue's, wanted at most 10 s: \
                      set it; nothing was entered";
        assert_eq!(ahead, wanted);
        let behind = check_clock(now, at(hour), None).unwrap_err().to_string();
        assert!(behind.contains("3600 s behind the venue's"), "{behind}");
        let stands = check_clock(now, None, at(hour)).unwrap_err().to_string();
        assert!(stands.contains("3600 s behind the journal's newest entry"), "{stands}");
    }
}
