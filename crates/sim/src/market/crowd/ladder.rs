//! The ladder: which prices are quoted around a touch, and how much is wanted there.

use types::side::Side;

/// Price levels near the touch are this part of the price apart: 1 basis point.
const NEAR_PART: i64 = 10_000;
/// Far levels are so many near steps apart.
const FAR_STEPS: i64 = 10;
/// What is wanted at a level, in percent of what trades in a minute: low and high end of the draw.
const AT_TOUCH: (i64, i64) = (5, 25);
const NEAR: (i64, i64) = (20, 80);
const FAR: (i64, i64) = (100, 400);

/// Returns the step of near levels at a price in ticks: 1, 2 or 5 times a power of ten, about one
/// basis point, at least a tick. It changes where the price has moved far, not with each tick.
pub(super) fn step(price: i64) -> i64 {
    let wanted = (price / NEAR_PART).max(1);
    let mut power = 1;
    while power <= wanted / 10 {
        power *= 10;
    }
    match wanted / power {
        5.. => 5 * power,
        2.. => 2 * power,
        _less_than_two => power,
    }
}

/// Returns the levels of a side, from its touch outwards, without those below one tick: the touch,
/// `count` levels a near step apart, `count` levels a far step apart.
pub(super) fn levels(side: Side, touch: i64, count: u32) -> Vec<i64> {
    let near = step(touch);
    let each = usize::try_from(count).expect("a count of levels fits");
    let mut prices = Vec::with_capacity(1 + 2 * each);
    let mut at = touch;
    prices.push(at);
    for size in [near, near * FAR_STEPS] {
        for _ in 0..count {
            at = next(side, at, size);
            prices.push(at);
        }
    }
    if at < 1 {
        prices.retain(|price| *price >= 1);
    }
    prices
}

/// Returns whether a price is one of the levels of a side.
pub(super) fn holds(levels: &[i64], side: Side, price: i64) -> bool {
    let found = match side {
        Side::Buy => levels.binary_search_by(|level| price.cmp(level)),
        Side::Sell => levels.binary_search(&price),
    };
    found.is_ok()
}

/// Returns the next multiple of a step away from the touch.
fn next(side: Side, at: i64, step: i64) -> i64 {
    match side {
        Side::Sell => (at.div_euclid(step) + 1).saturating_mul(step),
        Side::Buy => (at - 1).div_euclid(step).saturating_mul(step),
    }
}

/// Returns how many lots are wanted at a level. Each level of a seed has its own.
pub(super) fn wanted(seed: u64, side: Side, touch: i64, price: i64, pace: i64) -> i64 {
    let distance = (price - touch).abs();
    let near = step(touch);
    let (low, high) = if distance == 0 {
        AT_TOUCH
    } else if distance <= near.saturating_mul(FAR_STEPS * 2) {
        NEAR
    } else {
        FAR
    };
    let side = match side {
        Side::Buy => 1,
        Side::Sell => 2,
    };
    let percent = low + drawn(seed ^ side, price.cast_unsigned(), (high - low).cast_unsigned());
    (pace.saturating_mul(percent) / 100).max(1)
}

/// Returns a number in `0..=top`, drawn by a key and a number: the finaliser of `SplitMix64` (Steele,
/// Lea, Flood, *Fast splittable pseudorandom number generators*, 2014).
pub(super) fn drawn(key: u64, number: u64, top: u64) -> i64 {
    let mut bits = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    i64::try_from(bits % (top + 1)).expect("a percentage fits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_about_a_basis_point_and_never_below_a_tick() {
        for (price, wanted) in [
            (1, 1),
            (9_999, 1),
            (20_000, 2),
            (49_999, 2),
            (50_000, 5),
            (4_000_000, 200),
            (9_990_000, 500),
        ] {
            assert_eq!(step(price), wanted, "{price}");
        }
    }

    #[test]
    fn levels_lie_on_the_grid_away_from_the_touch() {
        assert_eq!(
            levels(Side::Sell, 20_001, 3),
            [20_001, 20_002, 20_004, 20_006, 20_020, 20_040, 20_060]
        );
        assert_eq!(
            levels(Side::Buy, 20_001, 3),
            [20_001, 20_000, 19_998, 19_996, 19_980, 19_960, 19_940]
        );
        assert_eq!(levels(Side::Buy, 3, 2), [3, 2, 1]);
        for (side, from) in [(Side::Sell, 20_000), (Side::Buy, 19_900)] {
            let levels = levels(side, 20_001, 3);
            let held: Vec<i64> = (from..from + 102).filter(|p| holds(&levels, side, *p)).collect();
            let mut sorted = levels;
            sorted.sort_unstable();
            assert_eq!(held, sorted, "{side:?}");
        }
    }

    #[test]
    fn a_level_wants_the_same_whenever_it_is_asked() {
        let ask = |seed, price| wanted(seed, Side::Sell, 20_000, price, 1_000);
        assert_eq!(ask(1, 20_004), ask(1, 20_004));
        let amounts: std::collections::BTreeSet<i64> =
            (1..20).map(|n| ask(1, 20_000 + 2 * n)).collect();
        assert!(amounts.len() > 10, "{amounts:?}");
        assert!(amounts.iter().all(|lots| (200..=800).contains(lots)));
        assert_eq!(wanted(1, Side::Buy, 20_000, 19_999, 0), 1);
    }
}
