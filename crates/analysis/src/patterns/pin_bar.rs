//! Pin bar: a long wick with a small body at its end.

use types::market::{Direction, PatternKind};

use super::board::Found;
use super::view::{BOTH, View};
use crate::num;

/// Bullish with a long lower wick, bearish with a long upper one.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    let (p, bar) = (view.params, view.bar);
    for direction in BOTH {
        let (long, other) = match direction {
            Direction::Long => (bar.lower_wick(), bar.upper_wick()),
            Direction::Short => (bar.upper_wick(), bar.lower_wick()),
        };
        let pinned = long > p.pin_wick_bodies * bar.body()
            && other < p.pin_other_wick * long
            && bar.body() < p.pin_body_share * bar.range();
        if pinned {
            let confidence = p.pin_base + p.pin_per_wick * (long / bar.range());
            found(Found {
                kind: PatternKind::PinBar,
                direction: Some(direction),
                confidence: num::min(confidence, p.pin_cap),
                first: bar.open_time,
                level: None,
            });
        }
    }
}
