//! Chart patterns, one file each: [`Pattern`].

mod board;
mod breakout;
mod divergence;
mod doji;
mod engulfing;
mod levels;
mod pin_bar;
mod support_resistance;
mod swings;
#[cfg(test)]
mod tests;
mod trend_reversal;
mod view;

pub use board::Pattern;

pub(crate) use board::Board;
pub(crate) use swings::Swings;
pub(crate) use view::{Oscillation, View};

use board::Found;

/// Looks at the newest closed bar and reports what it shows.
type Detector = fn(&View<'_>, &mut dyn FnMut(Found));

/// Every pattern, in the order of reports. A bar is asked once for each.
const DETECTORS: [Detector; 7] = [
    support_resistance::detect,
    breakout::detect,
    trend_reversal::detect,
    pin_bar::detect,
    engulfing::detect,
    doji::detect,
    divergence::detect,
];
