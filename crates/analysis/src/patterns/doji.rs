//! Doji: open and close at nearly one price.

use types::market::{Direction, DojiKind, PatternKind};

use super::board::Found;
use super::view::View;
use crate::num;

/// Dragonfly (long **lower** wick) is bullish, gravestone (long **upper** wick) bearish, any other
/// neutral.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    let (p, bar) = (view.params, view.bar);
    let (body, range) = (bar.body(), bar.range());
    if body >= p.doji_body_share * range {
        return;
    }
    let tailed = |long: f64, other: f64| {
        long >= p.doji_long_wick * range && other <= p.doji_other_wick * range
    };
    let (kind, direction) = if tailed(bar.lower_wick(), bar.upper_wick()) {
        (DojiKind::Dragonfly, Some(Direction::Long))
    } else if tailed(bar.upper_wick(), bar.lower_wick()) {
        (DojiKind::Gravestone, Some(Direction::Short))
    } else {
        (DojiKind::Standard, None)
    };
    let confidence = p.doji_base + p.doji_per_share * (p.doji_body_share - body / range);
    found(Found {
        kind: PatternKind::Doji(kind),
        direction,
        confidence: num::min(confidence, p.doji_cap),
        first: bar.open_time,
        level: None,
    });
}
