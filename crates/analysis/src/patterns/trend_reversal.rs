//! Trend reversal: a structure of rising or falling extrema is broken by a close.

use types::market::{Direction, PatternKind};

use super::board::Found;
use super::swings::Swings;
use super::view::{BOTH, View};
use crate::num;

/// Bearish when the last two highs and the last two lows rose and the close falls below the last
/// low; bullish the other way round. Shown at the first such close only.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    for direction in BOTH {
        if let Some(pattern) = reversal(view, direction) {
            found(pattern);
        }
    }
}

fn reversal(view: &View<'_>, direction: Direction) -> Option<Found> {
    let unit = view.unit?;
    let p = view.params;
    let sign = direction.sign();
    let (old_high, high) = Swings::last_two(&view.swings.highs)?;
    let (old_low, low) = Swings::last_two(&view.swings.lows)?;
    let against = |from: f64, to: f64| sign * (to - from) < 0.0;
    if !against(old_high.price, high.price) || !against(old_low.price, low.price) {
        return None;
    }
    let (old, last) = match direction {
        Direction::Long => (old_high, high),
        Direction::Short => (old_low, low),
    };
    let beyond = |close: f64| sign * (close - last.price);
    if beyond(view.bar.close) <= 0.0 || beyond(view.back(1)?.close) > 0.0 {
        return None;
    }
    let confidence = p.reversal_base + p.reversal_per_atr * (beyond(view.bar.close) / unit);
    Some(Found {
        kind: PatternKind::TrendReversal,
        direction: Some(direction),
        confidence: num::min(confidence, p.reversal_cap),
        first: old.time,
        level: Some(last.price),
    })
}
