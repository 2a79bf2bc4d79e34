//! [`Clock`]: the market's time, at a speed that may change.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use types::market::TsNanos;

/// How fast the market's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// So many market seconds in a second.
    Times(NonZeroU32),
    /// As fast as its paced clients let it.
    Max,
}

impl Speed {
    /// Market time is real time.
    pub const REAL: Self = Self::Times(NonZeroU32::MIN);

    /// Returns that many market seconds in a second, `None` for zero.
    #[must_use]
    pub const fn times(n: u32) -> Option<Self> {
        match NonZeroU32::new(n) {
            Some(n) => Some(Self::Times(n)),
            None => None,
        }
    }
}

/// A moment of the market, with how fast its time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Market time.
    pub at: TsNanos,
    /// Its speed.
    pub speed: Speed,
}

impl Moment {
    /// Returns how much market time passes in that much of a client's time; without bound at `Max`.
    #[must_use]
    pub fn scaled(self, span: i64) -> i64 {
        match self.speed {
            Speed::Times(n) => span.saturating_mul(i64::from(n.get())),
            Speed::Max => i64::MAX,
        }
    }
}

/// The market's time: from a moment on at a speed, or what was set last.
///
/// The speed may be changed while it runs; the time never jumps by that, and never runs back.
#[derive(Debug)]
pub struct Clock {
    start: TsNanos,
    pace: Mutex<Pace>,
    moved: Notify,
    /// How far the time that the server shows is off, in nanoseconds.
    skew: AtomicI64,
}

/// Since when time runs at the present speed.
#[derive(Clone, Copy, Debug)]
struct Pace {
    speed: Speed,
    /// What the clock showed then; of speed `Max`: what it shows.
    from: TsNanos,
    since: Instant,
}

impl Pace {
    #[expect(clippy::disallowed_methods, reason = "the market's time is derived from this moment")]
    fn begin(speed: Speed, from: TsNanos) -> Self {
        Self { speed, from, since: Instant::now() }
    }

    fn now(self) -> TsNanos {
        match self.speed {
            Speed::Times(n) => {
                let nanos = self.since.elapsed().as_nanos().saturating_mul(u128::from(n.get()));
                self.from.plus(i64::try_from(nanos).unwrap_or(i64::MAX))
            }
            Speed::Max => self.from,
        }
    }
}

impl Clock {
    /// Returns a clock that shows `start` now.
    #[must_use]
    pub fn new(start: TsNanos, speed: Speed) -> Self {
        let pace = Mutex::new(Pace::begin(speed, start));
        Self { start, pace, moved: Notify::new(), skew: AtomicI64::new(0) }
    }

    /// Returns how fast it runs.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.pace().speed
    }

    /// Goes on at another speed from the moment it shows; returns that moment.
    pub fn set_speed(&self, speed: Speed) -> TsNanos {
        let mut pace = self.pace();
        let now = pace.now();
        *pace = Pace::begin(speed, now);
        drop(pace);
        // Whoever sleeps has to reckon again.
        self.moved.notify_waiters();
        now
    }

    /// Returns what it showed at first.
    #[must_use]
    pub const fn start(&self) -> TsNanos {
        self.start
    }

    /// Returns the market's time.
    #[must_use]
    pub fn now(&self) -> TsNanos {
        self.pace().now()
    }

    /// Returns the time that the server shows and checks timestamps with: off by the skew that a fault gave it.
    #[must_use]
    pub fn server_now(&self) -> Moment {
        let skew = self.skew.load(Ordering::Acquire);
        let pace = *self.pace();
        Moment { at: pace.now().plus(skew), speed: pace.speed }
    }

    /// Sets how far the time that the server shows is off, in nanoseconds.
    pub fn set_skew(&self, nanos: i64) {
        self.skew.store(nanos, Ordering::Release);
    }

    /// Moves a clock of speed `Max` on, never back. One that runs by itself is left alone: returns `false`.
    pub fn set(&self, to: TsNanos) -> bool {
        let mut pace = self.pace();
        if pace.speed != Speed::Max {
            return false;
        }
        pace.from = pace.from.max(to);
        drop(pace);
        self.moved.notify_waiters();
        true
    }

    /// Waits until the market's time is there.
    pub async fn sleep_until(&self, at: TsNanos) {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            // From here on no move is missed.
            moved.as_mut().enable();
            let left = at.since(self.now());
            if left <= 0 {
                return;
            }
            match self.speed() {
                Speed::Times(n) => {
                    let nanos = left.unsigned_abs().div_ceil(u64::from(n.get()));
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_nanos(nanos)) => {}
                        () = moved => {}
                    }
                }
                Speed::Max => moved.await,
            }
        }
    }

    /// Waits for a length of market time. At `Max` it is one of real time: the market stands still while it is waited for.
    pub async fn sleep(&self, length: Duration) {
        let speed = self.speed();
        let until = self.now().plus(i64::try_from(length.as_nanos()).unwrap_or(i64::MAX));
        let real = match speed {
            Speed::Times(n) => length / n.get(),
            Speed::Max => length,
        };
        // Whichever comes first: with another speed meanwhile, the market may be there earlier, or may stand still.
        tokio::select! {
            () = tokio::time::sleep(real) => {}
            () = self.sleep_until(until) => {}
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // It is replaced whole, wherever another thread has panicked.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    #[test]
    fn time_goes_on_from_where_it_is_when_the_speed_changes() {
        let start = TsNanos::from_nanos(7 * HOUR);
        let fast = Speed::times(1_000_000).expect("not zero");
        let clock = Clock::new(start, Speed::Max);
        clock.set(start.plus(HOUR));
        assert_eq!(clock.set_speed(fast), start.plus(HOUR));
        let mut last = start.plus(HOUR);
        // A market that runs by itself is not set.
        clock.set(start.plus(1_000_000 * HOUR));
        for speed in [fast, Speed::REAL, Speed::Max, fast, Speed::Max] {
            let now = clock.now();
            assert!(now >= last && now < start.plus(1_000 * HOUR), "{now}");
            last = clock.set_speed(speed);
            assert!(last >= now);
        }
        assert_eq!((clock.now(), clock.start()), (last, start));
        clock.set(last.plus(-1));
        assert_eq!(clock.now(), last, "never back");
    }

    #[tokio::test]
    async fn a_sleeper_reckons_again_when_the_speed_changes() {
        let clock = std::sync::Arc::new(Clock::new(TsNanos::EPOCH, Speed::Max));
        for (speed, until) in [(Speed::times(1_000_000), HOUR), (Some(Speed::Max), i64::MAX)] {
            let own = std::sync::Arc::clone(&clock);
            let at = TsNanos::from_nanos(until);
            let sleeper = tokio::spawn(async move { own.sleep_until(at).await });
            tokio::task::yield_now().await;
            clock.set_speed(speed.expect("not zero"));
            clock.set(at);
            sleeper.await.expect("it does not panic");
            assert!(clock.now() >= at);
        }
    }
}
