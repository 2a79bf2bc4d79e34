//! Breakout: a close beyond a level, a range or a trend line that held the bars before.

use types::market::{Direction, PatternKind, TsNanos};

use super::board::Found;
use super::levels::surest;
use super::swings::Swings;
use super::view::{BOTH, View};
use crate::bar::Bar;
use crate::num;

/// What was broken.
struct Broken {
    price: f64,
    confidence: f64,
    first: TsNanos,
}

/// A close a quarter of an ATR beyond, after three closes inside.
///
/// Upwards it breaks a resistance, the top of a range or a falling line over highs; downwards a
/// support, the bottom of a range or a rising line under lows. The surest is shown. Volume is
/// compared with the mean of the bars **before**: a mean that holds its own bar hides a surge.
pub(super) fn detect(view: &View<'_>, found: &mut dyn FnMut(Found)) {
    let Some(unit) = view.unit else { return };
    for direction in BOTH {
        let candidates = [
            level(view, unit, direction),
            range(view, unit, direction),
            line(view, unit, direction),
        ];
        let mut surest: Option<Broken> = None;
        for broken in candidates.into_iter().flatten() {
            if surest.as_ref().is_none_or(|best| broken.confidence > best.confidence) {
                surest = Some(broken);
            }
        }
        if let Some(broken) = surest {
            found(Found {
                kind: PatternKind::Breakout,
                direction: Some(direction),
                confidence: confidence(view, broken.confidence),
                first: broken.first,
                level: Some(broken.price),
            });
        }
    }
}

fn confidence(view: &View<'_>, level: f64) -> f64 {
    let p = view.params;
    let surge = view.volume_ratio.map_or(0.0, |ratio| {
        num::clip((ratio - p.breakout_volume_from) / p.breakout_volume_span, 0.0, 1.0)
    });
    p.breakout_level_share * level + p.breakout_volume_share * surge
}

/// Returns how far the outermost close of the bars that must be inside lies from the newest close,
/// in the direction of the break; `None` until there are enough.
fn outermost_before(view: &View<'_>, direction: Direction) -> Option<f64> {
    let sign = direction.sign();
    let mut outermost = f64::NEG_INFINITY;
    for age in 1..=view.params.breakout_inside.get() {
        outermost = num::max(outermost, sign * (view.back(age)?.close - view.bar.close));
    }
    Some(outermost)
}

fn level(view: &View<'_>, unit: f64, direction: Direction) -> Option<Broken> {
    let beyond = view.params.breakout_beyond_atr * unit;
    let outermost = outermost_before(view, direction)?;
    // The level lies between the closes before and the newest: most bars leave no room for one.
    if outermost > -beyond {
        return None;
    }
    let swings = match direction {
        Direction::Long => &view.swings.highs,
        Direction::Short => &view.swings.lows,
    };
    let between = |price: f64| {
        let from_close = direction.sign() * (price - view.bar.close);
        (outermost..=-beyond).contains(&from_close)
    };
    let level = surest(view, swings, unit, between)?;
    Some(Broken { price: level.price, confidence: level.confidence, first: level.first })
}

fn range(view: &View<'_>, unit: f64, direction: Direction) -> Option<Broken> {
    let p = view.params;
    let beyond = p.breakout_beyond_atr * unit;
    let edge_of = |bar: &Bar| match direction {
        Direction::Long => bar.high,
        Direction::Short => bar.low,
    };
    let sign = direction.sign();
    if sign * (view.bar.close - edge_of(view.back(1)?)) < beyond {
        return None;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for age in 1..=p.range_bars.get() {
        let bar = view.back(age)?;
        low = num::min(low, bar.low);
        high = num::max(high, bar.high);
    }
    let edge = match direction {
        Direction::Long => high,
        Direction::Short => low,
    };
    let narrow = high - low <= p.range_height_atr * unit;
    let broken = sign * (view.bar.close - edge) >= beyond;
    let first = view.back(p.range_bars.get())?.open_time;
    (narrow && broken).then_some(Broken { price: edge, confidence: p.breakout_line, first })
}

fn line(view: &View<'_>, unit: f64, direction: Direction) -> Option<Broken> {
    let p = view.params;
    let sign = direction.sign();
    let swings = match direction {
        Direction::Long => &view.swings.highs,
        Direction::Short => &view.swings.lows,
    };
    let (old, new) = Swings::last_two(swings)?;
    if sign * (old.price - new.price) <= 0.0 {
        return None;
    }
    let slope = (new.price - old.price) / num::count(view.age(old) - view.age(new));
    // Distances are taken from the newer extremum, so that mirrored prices give mirrored ones.
    let beyond = |age: usize| {
        let run = num::count(view.age(new).checked_sub(age)?);
        Some(sign * ((view.back(age)?.close - new.price) - slope * run))
    };
    let inside = |age| beyond(age).is_some_and(|distance| distance <= 0.0);
    let broken =
        beyond(0)? >= p.breakout_beyond_atr * unit && (1..=p.breakout_inside.get()).all(inside);
    broken.then(|| Broken {
        price: new.price + slope * num::count(view.age(new)),
        confidence: p.breakout_line,
        first: old.time,
    })
}
