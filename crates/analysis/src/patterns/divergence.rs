//! Divergence: price makes a further extremum, an oscillator does not.

use types::market::{Direction, PatternKind};

use super::board::Found;
use super::swings::{Swing, Swings};
use super::view::{BOTH, Oscillation, View};
use crate::num;

/// Bullish when a low lies below the one before while RSI or MACD lies above, bearish when a high
/// lies above while RSI or MACD lies below. Shown when the newer extremum becomes known.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    for direction in BOTH {
        if let Some(pattern) = divergence(view, direction) {
            found(pattern);
        }
    }
}

fn divergence(view: &View<'_>, direction: Direction) -> Option<Found> {
    let unit = view.unit?;
    let p = view.params;
    let sign = direction.sign();
    let swings = match direction {
        Direction::Long => &view.near_swings.lows,
        Direction::Short => &view.near_swings.highs,
    };
    let (old, new) = Swings::last_two(swings)?;
    if view.age(new) != p.divergence_reach.get() {
        return None;
    }
    let further = sign * (old.price - new.price);
    if further <= 0.0 || !disagrees(view, old, new, sign) {
        return None;
    }
    let confidence = p.divergence_base + p.divergence_per_atr * (further / unit);
    Some(Found {
        kind: PatternKind::Divergence,
        direction: Some(direction),
        confidence: num::min(confidence, p.divergence_cap),
        first: old.time,
        level: Some(new.price),
    })
}

fn disagrees(view: &View<'_>, old: &Swing, new: &Swing, sign: f64) -> bool {
    let at = |swing| view.oscillations.back(view.age(swing));
    let (Some(old), Some(new)) = (at(old), at(new)) else {
        return false;
    };
    let rose = |of: fn(&Oscillation) -> Option<f64>| match (of(old), of(new)) {
        (Some(old), Some(new)) => sign * (new - old) > 0.0,
        (None, _) | (_, None) => false,
    };
    rose(|oscillation| oscillation.rsi) || rose(|oscillation| oscillation.macd)
}
