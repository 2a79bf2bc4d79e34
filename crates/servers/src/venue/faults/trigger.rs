//! [`Trigger`]: whether a fault fires this time.

use types::market::TsNanos;

use super::plan::When;

/// Whether a fault fires: what its `when` says, and how often it was asked.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    when: When,
    /// `after` counts from here.
    since: TsNanos,
    seed: u64,
    asked: u64,
    fired: u64,
}

impl Trigger {
    pub(super) const fn new(when: When, since: TsNanos, seed: u64) -> Self {
        Self { when, since, seed, asked: 0, fired: 0 }
    }

    /// Asks once more; true if it fires.
    pub(super) fn ask(&mut self, now: TsNanos) -> bool {
        if !self.is_on(now) {
            return false;
        }
        self.asked += 1;
        let nth = self.when.nth.unwrap_or(1);
        let every = self.when.every.unwrap_or(1);
        let counted = self.asked >= nth && (self.asked - nth).is_multiple_of(every);
        let lucky = self.when.probability.is_none_or(|p| self.share(1) < p);
        let fires = counted && lucky;
        self.fired += u64::from(fires);
        fires
    }

    /// Returns whether now is within its time and it may still fire.
    pub(super) fn is_on(&self, now: TsNanos) -> bool {
        let spent = self.when.times.is_some_and(|times| self.fired >= times);
        !spent && now >= self.begins() && self.ends().is_none_or(|end| now < end)
    }

    /// Returns when its time begins.
    pub(super) fn begins(&self) -> TsNanos {
        self.since.plus(self.when.after.map_or(0, |after| after.nanos()))
    }

    /// Returns when its time ends, `None` if never.
    pub(super) fn ends(&self) -> Option<TsNanos> {
        self.when.lasting.map(|lasting| self.begins().plus(lasting.nanos()))
    }

    /// Notes that it has fired without having been asked.
    pub(super) const fn note(&mut self) {
        self.fired += 1;
    }

    pub(super) const fn fired(&self) -> u64 {
        self.fired
    }

    /// Returns a number in [0, 1) drawn by seed, place and how often it was asked.
    pub(super) fn share(&self, draw: u64) -> f64 {
        let mut bits = self.seed ^ self.asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (draw << 56);
        // The finaliser of SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, 2014).
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let share = (bits >> 11) as f64 / 9_007_199_254_740_992.0;
        share
    }
}
