//! When something is tried again: 100 ms, doubled, at most 800 ms, with jitter; a placement three times.

use types::ids::OrderId;

/// Attempts at one command.
pub(super) const ATTEMPTS: u8 = OrderId::ATTEMPTS;

/// First wait, nanoseconds.
const FIRST: i64 = 100_000_000;
/// Longest wait, nanoseconds (spec: at most 5 s). Whatever is in doubt may have left a position without its stop, and from
/// the end of an outage to the stop no more than the second of invariant 6 may pass, however long it was: two requests have to fit in what is left.
pub(super) const LONGEST: i64 = 800_000_000;

/// Returns the wait after so many tries: doubled each time, up to a quarter longer by a draw from the seed, so that
/// orders that failed together are not tried together. Never longer than 800 ms of wall time; `pace`: how fast the venue's time passes.
pub(super) fn wait_after(tries: u32, order: OrderId, seed: u64, pace: i64) -> i64 {
    let doubled = FIRST.saturating_mul(1_i64 << tries.min(16)).min(LONGEST);
    let leg = u64::from(order.leg.number()) << 40 | u64::from(order.attempt) << 32;
    let draw = mix(seed ^ mix(order.command.0) ^ leg ^ u64::from(tries));
    let jitter = i64::try_from(draw % 1_000).expect("below a thousand") * (doubled / 4_000);
    (doubled + jitter).min(LONGEST).saturating_mul(pace)
}

/// Mixes 64 bits (splitmix64; Steele, Lea, Flood: *Fast Splittable Pseudorandom Number Generators*, 2014).
const fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::{Leg, Seq};

    #[test]
    fn waits_double_to_800_ms_and_a_seed_repeats_them() {
        let order = OrderId::first(Seq(7), Leg::Main);
        for (tries, least) in [(0, 100), (1, 200), (2, 400), (3, 800), (6, 800), (60, 800)] {
            let wait = wait_after(tries, order, 1, 1) / 1_000_000;
            assert!(wait >= least && wait <= (least * 5 / 4).min(800), "{tries}: {wait} ms");
            assert_eq!(wait_after(tries, order, 1, 1), wait_after(tries, order, 1, 1));
        }
        let other = OrderId::first(Seq(8), Leg::Main);
        assert_ne!(wait_after(0, order, 1, 1), wait_after(0, other, 1, 1));
        assert_ne!(wait_after(0, order, 1, 1), wait_after(0, order, 2, 1));
    }
}
