//! Prices that turned the market more than once: [`Level`].

use std::collections::VecDeque;

use types::market::TsNanos;

use super::swings::Swing;
use super::view::View;
use crate::num;

/// A price touched by several extrema of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// The price of its newest touch.
    pub(super) price: f64,
    /// How sure it is.
    pub(super) confidence: f64,
    /// Open time of its first touch.
    pub(super) first: TsNanos,
}

/// Returns the surest level among the prices accepted, the newest of equals.
pub(super) fn surest(
    view: &View<'_>,
    swings: &VecDeque<Swing>,
    unit: f64,
    accepted: impl Fn(f64) -> bool,
) -> Option<Level> {
    let mut best: Option<Level> = None;
    for swing in swings.iter().rev().filter(|swing| accepted(swing.price)) {
        let level = level_at(view, swings, swing.price, unit);
        let surer = |level: &Level| best.is_none_or(|best| level.confidence > best.confidence);
        best = level.filter(surer).or(best);
    }
    best
}

fn level_at(view: &View<'_>, swings: &VecDeque<Swing>, price: f64, unit: f64) -> Option<Level> {
    let p = view.params;
    let width = p.level_width_atr * unit;
    let mut touches = swings.iter().filter(|swing| num::abs(swing.price - price) <= width);
    let first = touches.next()?;
    let further = touches.count();
    if further + 1 < p.level_touches.get() {
        return None;
    }
    let age = num::min(1.0, num::count(view.age(first)) / p.swing_window.as_f64());
    let confidence = p.level_per_touch * num::count(further) + p.level_per_age * age;
    Some(Level { price, confidence: num::min(confidence, p.level_cap), first: first.time })
}
