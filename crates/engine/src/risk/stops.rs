//! Where the first stop lies: right side, not too far, not too near to the market.

use types::market::Direction;
use types::num::{Price, Qty};

use super::facts::{Facts, Known};
use super::finding::{Finding, at_least, numbers, prices};
use crate::border;

/// The stop loses: for a long it lies below both the worst entry and the market.
pub(super) fn side(facts: &Facts<'_>, _: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let (losing, line) = match facts.intent.direction {
        Direction::Long => {
            let line = facts.intent.worst.min(known.mark);
            (known.stop.is_positive() && known.stop < line, line)
        }
        Direction::Short => {
            let line = facts.intent.worst.max(known.mark);
            (known.stop > line, line)
        }
    };
    Finding::Gate(losing, prices(known.stop, line))
}

/// The first stop is within a share of the entry price, of the lower that can come about.
pub(super) fn distance(facts: &Facts<'_>, _: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let entry = facts.intent.worst.min(known.mark);
    let limit = facts.config.stop.distance.get();
    let seen = border::price(known.distance) / border::price(entry);
    let near = known.distance <= entry.scaled_down(limit);
    Finding::Gate(near, numbers(seen, border::ratio(limit)))
}

/// The stop is far enough from the market for its noise.
pub(super) fn near_atr(facts: &Facts<'_>, _: Qty) -> Finding {
    // A market without any range gives no distance to keep: refused like a missing one.
    let atr = facts.intent.atr_shortest.filter(|atr| *atr > 0.0 && atr.is_finite());
    let (Some(known), Some(atr)) = (facts.prices, atr) else {
        return Finding::Missing;
    };
    let limit = facts.config.stop.market_atr;
    at_least(border::price(from_market(facts, &known)) / atr, limit)
}

/// The stop is far enough from the market for the venue's steps.
pub(super) fn near_ticks(facts: &Facts<'_>, _: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let tick = facts.intent.instrument.tick.max(Price::STEP);
    let ticks = from_market(facts, &known).raw().div_euclid(tick.raw());
    let limit = facts.config.stop.market_ticks;
    Finding::Gate(ticks >= i64::from(limit), numbers(ticks as f64, f64::from(limit)))
}

/// Distance from the market to the stop, negative beyond it.
fn from_market(facts: &Facts<'_>, known: &Known) -> Price {
    match facts.intent.direction {
        Direction::Long => known.mark - known.stop,
        Direction::Short => known.stop - known.mark,
    }
}
