//! Volume by price: [`volume_profile`].

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::num;
use crate::params::Period;

/// Volume by price over a stretch of bars. Prices in quote currency, volumes in units of base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Lowest price of the stretch.
    pub low: f64,
    /// Highest price of the stretch.
    pub high: f64,
    /// Number of levels.
    pub bins: usize,
    /// Height of a level.
    pub bin_width: f64,
    /// Volume of each level, lowest first.
    pub volumes: Vec<f64>,
    /// The level of greatest volume, the lowest of equals (point of control).
    pub poc_bin: usize,
    /// The middle of that level.
    pub poc_price: f64,
    /// Lower edge of the value area.
    pub value_area_low: f64,
    /// Upper edge of the value area.
    pub value_area_high: f64,
}

/// Returns the volume profile of the bars, `None` when there is no bar, no volume or a bar of
/// unknown volume.
///
/// Equal levels between lowest low and highest high; a bar's whole volume goes to the level of its
/// typical price. The value area grows from the point of control, one level at a time, to the
/// larger neighbour (a tie: upwards) until it holds `value_area` of the volume.
/// O(bars + levels).
#[must_use]
pub fn volume_profile<'a>(
    bars: impl IntoIterator<Item = &'a Bar, IntoIter: Clone>,
    levels: Period,
    value_area: f64,
) -> Option<Profile> {
    let bars = bars.into_iter();
    let (low, high) = bars.clone().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), bar| {
        (num::min(low, bar.low), num::max(high, bar.high))
    });
    let bin_width = (high - low) / levels.as_f64();
    let mut volumes = vec![0.0; levels.get()];
    for bar in bars {
        if let Some(level) = volumes.get_mut(level_of(bar.typical() - low, bin_width, levels)) {
            *level += bar.volume?;
        }
    }
    let total = volumes.iter().sum::<f64>();
    if total <= 0.0 {
        return None;
    }
    let poc_bin = greatest(&volumes);
    let (first, last) = grow(&volumes, poc_bin, value_area * total);
    Some(Profile {
        low,
        high,
        bins: levels.get(),
        bin_width,
        poc_bin,
        poc_price: low + (num::count(poc_bin) + 0.5) * bin_width,
        value_area_low: low + num::count(first) * bin_width,
        value_area_high: low + num::count(last + 1) * bin_width,
        volumes,
    })
}

fn level_of(above_low: f64, bin_width: f64, levels: Period) -> usize {
    if bin_width <= 0.0 {
        return 0;
    }
    let highest = levels.as_f64() - 1.0;
    let level = num::clip(num::floor(above_low / bin_width), 0.0, highest);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number within 0 and the number of levels"
    )]
    let level = level as usize;
    level
}

fn greatest(volumes: &[f64]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, volume) in volumes.iter().enumerate() {
        if *volume > best.1 {
            best = (place, *volume);
        }
    }
    best.0
}

fn grow(volumes: &[f64], from: usize, wanted: f64) -> (usize, usize) {
    let (mut first, mut last) = (from, from);
    let mut held = volumes.get(from).copied().unwrap_or(0.0);
    while held < wanted {
        let below = first.checked_sub(1).and_then(|place| volumes.get(place)).copied();
        let above = volumes.get(last + 1).copied();
        match (below, above) {
            (Some(below), Some(above)) if below > above => {
                first -= 1;
                held += below;
            }
            (_, Some(above)) => {
                last += 1;
                held += above;
            }
            (Some(below), None) => {
                first -= 1;
                held += below;
            }
            (None, None) => break,
        }
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traded(price: f64, volume: f64) -> Bar {
        let volume = Some(volume);
        Bar { open: price, high: price, low: price, close: price, volume, ..Bar::default() }
    }

    #[test]
    fn the_value_area_grows_to_the_larger_neighbour_and_upwards_on_a_tie() {
        let levels = Period::new(4).unwrap();
        let at = |volumes: [f64; 4]| {
            let bars: Vec<Bar> = (0..4).map(|i| traded(num::count(i), volumes[i])).collect();
            let profile = volume_profile(&bars, levels, 0.7).unwrap();
            assert_eq!(profile.volumes, volumes);
            (profile.poc_bin, profile.value_area_low, profile.value_area_high)
        };
        assert_eq!(at([1.0, 5.0, 2.0, 2.0]), (1, 0.75, 2.25));
        assert_eq!(at([2.0, 5.0, 1.0, 2.0]), (1, 0.0, 1.5));
        assert_eq!(at([2.0, 4.0, 2.0, 1.0]), (1, 0.0, 2.25));
        assert_eq!(at([0.0, 0.0, 0.0, 3.0]), (3, 2.25, 3.0));
    }

    #[test]
    fn without_volume_there_is_no_profile() {
        let levels = Period::new(4).unwrap();
        let unknown = Bar { volume: None, ..traded(1.0, 1.0) };
        assert_eq!(volume_profile(&[], levels, 0.7), None);
        assert_eq!(volume_profile(&[traded(1.0, 0.0)], levels, 0.7), None);
        assert_eq!(volume_profile(&[traded(1.0, 1.0), unknown], levels, 0.7), None);
        let flat = volume_profile(&[traded(1.0, 1.0)], levels, 0.7).unwrap();
        assert_eq!((flat.poc_price, flat.value_area_high), (1.0, 1.0));
    }
}
