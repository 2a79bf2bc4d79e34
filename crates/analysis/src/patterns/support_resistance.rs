//! Support and resistance: the close is near a level that held before.

use types::market::{Direction, PatternKind};

use super::board::Found;
use super::levels::surest;
use super::view::{BOTH, View};

/// Bullish up to half an ATR above a support, bearish up to half an ATR below a resistance.
///
/// Supports are made of lows, resistances of highs. An extremum is known only when the bars after
/// it have closed, so the newest five bars touch nothing.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    let Some(unit) = view.unit else { return };
    let near = view.params.level_near_atr * unit;
    for direction in BOTH {
        let swings = match direction {
            Direction::Long => &view.swings.lows,
            Direction::Short => &view.swings.highs,
        };
        let held = |price: f64| {
            let away = direction.sign() * (view.bar.close - price);
            (0.0..=near).contains(&away)
        };
        if let Some(level) = surest(view, swings, unit, held) {
            found(Found {
                kind: PatternKind::SupportResistance,
                direction: Some(direction),
                confidence: level.confidence,
                first: level.first,
                level: Some(level.price),
            });
        }
    }
}
