//! Engulfing: a body that covers the one before, of the other colour.

use types::market::{Direction, PatternKind};

use super::board::Found;
use super::view::View;
use crate::num;

/// Bullish when a rising body covers a falling one, bearish the other way round; none when the
/// body before is 0.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    let (p, bar) = (view.params, view.bar);
    let Some(before) = view.back(1) else { return };
    let direction = Direction::of(bar.close - bar.open);
    let covers = match direction {
        Some(Direction::Long) => {
            before.close < before.open && bar.open <= before.close && bar.close >= before.open
        }
        Some(Direction::Short) => {
            before.close > before.open && bar.open >= before.close && bar.close <= before.open
        }
        None => false,
    };
    if covers && bar.body() >= p.engulfing_ratio * before.body() {
        let ratio = bar.body() / before.body();
        let confidence = p.engulfing_base + p.engulfing_per_ratio * (ratio - 1.0);
        found(Found {
            kind: PatternKind::Engulfing,
            direction,
            confidence: num::min(confidence, p.engulfing_cap),
            first: before.open_time,
            level: None,
        });
    }
}
