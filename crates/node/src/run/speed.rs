//! [`Speed`] of a market, and [`MarketClock`]: its time, reckoned from what the venue told last.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use adapters::SKEW_NANOS_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::market::TsNanos;

/// Most market seconds in a second.
const TIMES_MAX: u32 = 1_000_000;

/// How fast a market's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speed {
    /// So many market seconds in a second; 1 at every real venue.
    Times(NonZeroU32),
    /// It stands still while we work, and goes on when we have nothing to do.
    Max,
}

impl Speed {
    /// The speed of real time.
    pub(crate) const REAL: Self = Self::Times(NonZeroU32::MIN);

    /// Returns that many market seconds in a second.
    ///
    /// # Errors
    /// In words, if there is no such speed.
    pub(crate) fn times(n: u32) -> Result<Self, String> {
        let times = NonZeroU32::new(n).filter(|_| n <= TIMES_MAX).map(Self::Times);
        times.ok_or_else(|| format!("`{n}`, wanted a whole number from 1 to {TIMES_MAX}, or `max`"))
    }

    /// Returns how long a stretch of market time lasts on our clock; nothing at `max`.
    pub(crate) fn real(self, market_nanos: i64) -> Duration {
        let nanos = u64::try_from(market_nanos).unwrap_or(0);
        match self {
            Self::Times(n) => Duration::from_nanos(nanos.div_ceil(u64::from(n.get()))),
            Self::Max => Duration::ZERO,
        }
    }

    /// Returns it in the hub's words.
    pub(crate) fn of_hub(self) -> hub::system::Speed {
        match self {
            Self::Times(n) => hub::system::Speed::times(n.get()),
            Self::Max => hub::system::Speed::PACED,
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let wanted = || format!("`{text}`, wanted a whole number from 1 to {TIMES_MAX}, or `max`");
        text.parse().map_err(|_| wanted()).and_then(Self::times)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(n) => write!(f, "{n}x"),
            Self::Max => f.write_str("as fast as it goes"),
        }
    }
}

impl Serialize for Speed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Times(n) => n.serialize(serializer),
            Self::Max => "max".serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Speed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Times(u32),
            Word(String),
        }
        let read = match Written::deserialize(deserializer)? {
            Written::Times(n) => Self::times(n),
            Written::Word(word) => word.parse(),
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// A market's time. It never goes back: told an earlier moment, it stands still until that has caught up.
#[derive(Debug)]
pub(crate) struct MarketClock(Mutex<Reckoning>);

#[derive(Clone, Copy, Debug)]
struct Reckoning {
    speed: Speed,
    /// What was told, and when.
    told: TsNanos,
    since: Instant,
    /// The latest that was shown.
    shown: TsNanos,
}

impl Reckoning {
    fn now(&self) -> TsNanos {
        match self.speed {
            Speed::Times(n) => {
                let nanos = self.since.elapsed().as_nanos().saturating_mul(u128::from(n.get()));
                self.told.plus(i64::try_from(nanos).unwrap_or(i64::MAX))
            }
            Speed::Max => self.told,
        }
    }
}

impl MarketClock {
    /// Returns a clock that shows a moment now.
    pub(crate) fn new(at: TsNanos, speed: Speed) -> Self {
        Self(Mutex::new(Reckoning { speed, told: at, since: now(), shown: at }))
    }

    /// Returns the clock of a venue that runs in real time: the one of this machine.
    pub(crate) fn of_this_machine() -> Self {
        Self::new(wall(), Speed::REAL)
    }

    /// Returns the market's time.
    pub(crate) fn now(&self) -> TsNanos {
        let mut held = self.held();
        held.shown = held.shown.max(held.now());
        held.shown
    }

    /// Returns how fast it runs.
    pub(crate) fn speed(&self) -> Speed {
        self.held().speed
    }

    /// Takes what the venue tells.
    pub(crate) fn tell(&self, at: TsNanos, speed: Speed) {
        let mut held = self.held();
        *held = Reckoning { speed, told: at, since: now(), shown: held.shown };
    }

    /// Takes a moment that has come at the venue, as something that happened there shows: the clock is not behind it, unless it
    /// would be by more than clocks may differ. A venue at full speed goes no further than `until`, where it waits for us.
    pub(crate) fn at_least(&self, at: TsNanos, until: Option<TsNanos>) {
        let mut held = self.held();
        let most = match held.speed {
            Speed::Times(times) => SKEW_NANOS_MAX.saturating_mul(i64::from(times.get())),
            Speed::Max => until.map_or(0, |until| until.since(held.now())),
        };
        let ahead = at.since(held.now());
        if (1..=most).contains(&ahead) {
            *held = Reckoning { told: at, since: now(), ..*held };
        }
    }

    fn held(&self) -> MutexGuard<'_, Reckoning> {
        // It is replaced whole, wherever another thread has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the time of this machine.
#[expect(clippy::disallowed_methods, reason = "a real venue runs by the clock of the world")]
pub(crate) fn wall() -> TsNanos {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    TsNanos::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Returns this moment, to measure lengths with.
#[expect(clippy::disallowed_methods, reason = "lengths of real time are measured here alone")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Sees jumps of this machine's clock, by lengths that no clock can change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jumps {
    wall: TsNanos,
    at: Instant,
}

/// A clock that is set right by less does not jump.
const JUMP_NANOS: i64 = 1_000_000_000;

impl Default for Jumps {
    /// Returns a watch that begins now.
    fn default() -> Self {
        Self { wall: wall(), at: now() }
    }
}

impl Jumps {
    /// Returns by how much the clock has jumped since the last look, nanoseconds; back is negative.
    pub(crate) fn look(&mut self) -> Option<i64> {
        self.seen(wall(), now())
    }

    fn seen(&mut self, wall: TsNanos, at: Instant) -> Option<i64> {
        let passed = i64::try_from(at.duration_since(self.at).as_nanos()).unwrap_or(i64::MAX);
        let by = wall.since(self.wall).saturating_sub(passed);
        (self.wall, self.at) = (wall, at);
        (by.saturating_abs() >= JUMP_NANOS).then_some(by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_is_seen_once_and_one_that_is_set_right_is_not() {
        let (at, hour) = (now(), 3_600_000_000_000);
        let wall =
            |seconds: i64| TsNanos::from_nanos(1_700_000_000_000_000_000 + seconds * 1_000_000_000);
        let mut jumps = Jumps { wall: wall(0), at };
        let later = |seconds| at + Duration::from_secs(seconds);
        assert_eq!(jumps.seen(wall(10), later(10)), None);
        assert_eq!(jumps.seen(wall(20).plus(900_000_000), later(20)), None, "slewed");
        assert_eq!(jumps.seen(wall(3_630).plus(900_000_000), later(30)), Some(hour));
        assert_eq!(jumps.seen(wall(3_640).plus(900_000_000), later(40)), None, "once");
        assert_eq!(jumps.seen(wall(50).plus(900_000_000), later(50)), Some(-hour));
    }

    #[test]
    fn a_speed_is_written_as_a_number_or_a_word() {
        for (text, json, shown) in
            [("1", "1", "1x"), ("900", "900", "900x"), ("max", "\"max\"", "as fast as it goes")]
        {
            let speed: Speed = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&speed).unwrap(), json);
            assert_eq!(serde_json::from_str::<Speed>(json).unwrap(), speed);
            assert_eq!(speed.to_string(), shown);
        }
        for bad in ["0", "-1", "1.5", "1000001", "fast", ""] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_has_happened_is_not_in_the_future() {
        let at = |seconds: i64| TsNanos::from_nanos(seconds * 1_000_000_000);
        let clock = MarketClock::new(at(1_000), Speed::times(900).unwrap());
        clock.at_least(at(1_100), None);
        assert!(clock.now() >= at(1_100));
        clock.at_least(at(1_000), None);
        assert!(clock.now() >= at(1_100));
        // An hour ahead is somebody else's mistake: clocks differ by a quarter of a second, of 900 seconds each.
        clock.at_least(at(4_700), None);
        assert!(clock.now() < at(4_700));
        let paced = MarketClock::new(at(1_000), Speed::Max);
        paced.at_least(at(1_001), None);
        assert_eq!(paced.now(), at(1_000), "nobody has let it go on");
        paced.at_least(at(1_900), Some(at(1_900)));
        assert_eq!(paced.now(), at(1_900));
        paced.at_least(at(1_901), Some(at(1_900)));
        assert_eq!(paced.now(), at(1_900));
    }

    #[test]
    fn time_goes_on_and_never_back() {
        let at = |nanos| TsNanos::from_nanos(nanos);
        let clock = MarketClock::new(at(1_000), Speed::Max);
        assert_eq!(clock.now(), at(1_000));
        clock.tell(at(500), Speed::Max);
        assert_eq!(clock.now(), at(1_000), "it stands still");
        clock.tell(at(2_000), Speed::times(1_000).unwrap());
        assert!(clock.now() >= at(2_000));
        assert_eq!(Speed::times(60).unwrap().real(60_000), Duration::from_nanos(1_000));
        assert_eq!(Speed::Max.real(60_000), Duration::ZERO);
    }
}
