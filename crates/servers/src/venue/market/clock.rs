//! [`Clock`]: the market's time.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
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

/// The market's time: a start and a speed, or what was set last.
#[derive(Debug)]
pub struct Clock {
    speed: Speed,
    start: TsNanos,
    started: Instant,
    /// Of speed `Max`: nanoseconds, set by whoever paces the market.
    set: AtomicI64,
    moved: Notify,
    /// How far the time that the server shows is off, in nanoseconds.
    skew: AtomicI64,
}

impl Clock {
    /// Returns a clock that shows `start` now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the market's time is derived from this moment")]
    pub fn new(start: TsNanos, speed: Speed) -> Self {
        let (set, skew) = (AtomicI64::new(start.as_nanos()), AtomicI64::new(0));
        Self { speed, start, started: Instant::now(), set, moved: Notify::new(), skew }
    }

    /// Returns how fast it runs.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Returns what it showed at first.
    #[must_use]
    pub const fn start(&self) -> TsNanos {
        self.start
    }

    /// Returns the market's time.
    #[must_use]
    pub fn now(&self) -> TsNanos {
        match self.speed {
            Speed::Times(n) => {
                let nanos = self.started.elapsed().as_nanos().saturating_mul(u128::from(n.get()));
                self.start.plus(i64::try_from(nanos).unwrap_or(i64::MAX))
            }
            Speed::Max => TsNanos::from_nanos(self.set.load(Ordering::Acquire)),
        }
    }

    /// Returns the time that the server shows and checks timestamps with: off by the skew that a fault gave it.
    #[must_use]
    pub fn server_now(&self) -> Moment {
        let skew = self.skew.load(Ordering::Acquire);
        Moment { at: self.now().plus(skew), speed: self.speed }
    }

    /// Sets how far the time that the server shows is off, in nanoseconds.
    pub fn set_skew(&self, nanos: i64) {
        self.skew.store(nanos, Ordering::Release);
    }

    /// Moves a clock of speed `Max` on; never back.
    pub fn set(&self, to: TsNanos) {
        self.set.fetch_max(to.as_nanos(), Ordering::AcqRel);
        self.moved.notify_waiters();
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
            match self.speed {
                Speed::Times(n) => {
                    let nanos = left.unsigned_abs().div_ceil(u64::from(n.get()));
                    tokio::time::sleep(Duration::from_nanos(nanos)).await;
                }
                Speed::Max => moved.await,
            }
        }
    }

    /// Waits for a length of market time. At `Max` it is one of real time: the market stands still while it is waited for.
    pub async fn sleep(&self, length: Duration) {
        let real = match self.speed {
            Speed::Times(n) => length / n.get(),
            Speed::Max => length,
        };
        tokio::time::sleep(real).await;
    }
}
