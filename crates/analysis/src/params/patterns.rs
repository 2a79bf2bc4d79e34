//! What counts as a pattern, and how sure it is: [`PatternParams`].

use serde::{Deserialize, Serialize};

use super::error::{ParamsError, below, within};
use super::period::Period;

/// Rules and confidences of the patterns. Distances in ATR of the timeframe, shares of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatternParams {
    /// A pattern less sure than this is not shown \[0-1\]. Default 0.3.
    pub min_confidence: f64,
    /// Bars in which a pattern's weight halves. Default 5.
    pub half_life: Period,
    /// A pattern older than this many bars is dropped. Default 20.
    pub max_age: Period,

    /// Bars on each side over which an extremum of a level must stand out. Default 5.
    pub swing_reach: Period,
    /// Bars back from which extrema make levels, structure and lines. Default 200.
    pub swing_window: Period,
    /// Extrema a level needs. Default 2.
    pub level_touches: Period,
    /// Farthest an extremum may lie from the level it touches, ATR \[0-5\]. Default 0.25.
    pub level_width_atr: f64,
    /// Farthest the close may be from a level that supports or resists it, ATR \[0-5\]. Default 0.5.
    pub level_near_atr: f64,
    /// Confidence of a level per touch after the first \[0-1\]. Default 0.2.
    pub level_per_touch: f64,
    /// Confidence of a level as old as the window \[0-1\]. Default 0.3.
    pub level_per_age: f64,
    /// Highest confidence of a level \[0-1\]. Default 0.9.
    pub level_cap: f64,

    /// Least distance of the close beyond what it breaks, ATR \[0-5\]. Default 0.25.
    pub breakout_beyond_atr: f64,
    /// Bars that must have closed inside before. Default 3.
    pub breakout_inside: Period,
    /// Bars of a range, the breaking bar not among them. Default 20.
    pub range_bars: Period,
    /// Greatest height of a range, ATR \[0.5-20\]. Default 4.
    pub range_height_atr: f64,
    /// Confidence of a range or a trend line as a level \[0-1\]. Default 0.8.
    pub breakout_line: f64,
    /// Share of the level in a breakout's confidence \[0-1\]. Default 0.7.
    pub breakout_level_share: f64,
    /// Share of the volume in a breakout's confidence \[0-1\]. Default 0.3.
    pub breakout_volume_share: f64,
    /// Volume, in means of the bars before, from which it adds confidence \[0-100\]. Default 1.5.
    pub breakout_volume_from: f64,
    /// Further volume, in means, over which it adds all of it \[0.01-100\]. Default 1.5.
    pub breakout_volume_span: f64,

    /// Least wick of a pin bar, in bodies \[0-100\]. Default 2.
    pub pin_wick_bodies: f64,
    /// A pin bar's other wick stays below this share of the long one \[0-1\]. Default 0.3.
    pub pin_other_wick: f64,
    /// A pin bar's body stays below this share of its range \[0-1\]. Default 0.3.
    pub pin_body_share: f64,
    /// Confidence of a pin bar without its wick \[0-1\]. Default 0.4.
    pub pin_base: f64,
    /// Confidence of a pin bar for the wick's share of the range \[0-1\]. Default 0.4.
    pub pin_per_wick: f64,
    /// Highest confidence of a pin bar \[0-1\]. Default 0.8.
    pub pin_cap: f64,

    /// Least body of an engulfing bar, in bodies of the one before \[1-100\]. Default 1.1.
    pub engulfing_ratio: f64,
    /// Confidence of bodies of equal size \[0-1\]. Default 0.5.
    pub engulfing_base: f64,
    /// Confidence per body by which it is greater \[0-1\]. Default 0.35.
    pub engulfing_per_ratio: f64,
    /// Highest confidence of an engulfing bar \[0-1\]. Default 0.85.
    pub engulfing_cap: f64,

    /// A doji's body stays below this share of its range \[0-1\]. Default 0.1.
    pub doji_body_share: f64,
    /// Least share of the long wick of a dragonfly or gravestone in the range \[0-1\]. Default 0.6.
    pub doji_long_wick: f64,
    /// Greatest share of their other wick in the range \[0-1\]. Default 0.2.
    pub doji_other_wick: f64,
    /// Confidence of a doji at the greatest body \[0-1\]. Default 0.3.
    pub doji_base: f64,
    /// Confidence per share of the range by which the body is smaller \[0-10\]. Default 4.
    pub doji_per_share: f64,
    /// Highest confidence of a doji \[0-1\]. Default 0.75.
    pub doji_cap: f64,

    /// Bars on each side over which an extremum of a divergence must stand out. Default 3.
    pub divergence_reach: Period,
    /// Bars back within which both extrema of a divergence lie. Default 20.
    pub divergence_bars: Period,
    /// Confidence of a divergence without distance \[0-1\]. Default 0.4.
    pub divergence_base: f64,
    /// Confidence per ATR between the two extrema \[0-1\]. Default 0.1.
    pub divergence_per_atr: f64,
    /// Highest confidence of a divergence \[0-1\]. Default 0.8.
    pub divergence_cap: f64,

    /// Confidence of a trend reversal without distance \[0-1\]. Default 0.4.
    pub reversal_base: f64,
    /// Confidence per ATR of the close beyond the broken extremum \[0-1\]. Default 0.2.
    pub reversal_per_atr: f64,
    /// Highest confidence of a trend reversal \[0-1\]. Default 0.8.
    pub reversal_cap: f64,
}

impl Default for PatternParams {
    fn default() -> Self {
        Self {
            min_confidence: 0.3,
            half_life: Period::fixed(5),
            max_age: Period::fixed(20),
            swing_reach: Period::fixed(5),
            swing_window: Period::fixed(200),
            level_touches: Period::fixed(2),
            level_width_atr: 0.25,
            level_near_atr: 0.5,
            level_per_touch: 0.2,
            level_per_age: 0.3,
            level_cap: 0.9,
            breakout_beyond_atr: 0.25,
            breakout_inside: Period::fixed(3),
            range_bars: Period::fixed(20),
            range_height_atr: 4.0,
            breakout_line: 0.8,
            breakout_level_share: 0.7,
            breakout_volume_share: 0.3,
            breakout_volume_from: 1.5,
            breakout_volume_span: 1.5,
            pin_wick_bodies: 2.0,
            pin_other_wick: 0.3,
            pin_body_share: 0.3,
            pin_base: 0.4,
            pin_per_wick: 0.4,
            pin_cap: 0.8,
            engulfing_ratio: 1.1,
            engulfing_base: 0.5,
            engulfing_per_ratio: 0.35,
            engulfing_cap: 0.85,
            doji_body_share: 0.1,
            doji_long_wick: 0.6,
            doji_other_wick: 0.2,
            doji_base: 0.3,
            doji_per_share: 4.0,
            doji_cap: 0.75,
            divergence_reach: Period::fixed(3),
            divergence_bars: Period::fixed(20),
            divergence_base: 0.4,
            divergence_per_atr: 0.1,
            divergence_cap: 0.8,
            reversal_base: 0.4,
            reversal_per_atr: 0.2,
            reversal_cap: 0.8,
        }
    }
}

impl PatternParams {
    pub(super) fn validate(&self) -> Result<(), ParamsError> {
        for (key, value) in self.shares() {
            within(key, value, 0.0, 1.0)?;
        }
        for (key, value) in [
            ("patterns.level_width_atr", self.level_width_atr),
            ("patterns.level_near_atr", self.level_near_atr),
            ("patterns.breakout_beyond_atr", self.breakout_beyond_atr),
        ] {
            within(key, value, 0.0, 5.0)?;
        }
        within("patterns.range_height_atr", self.range_height_atr, 0.5, 20.0)?;
        within("patterns.breakout_volume_from", self.breakout_volume_from, 0.0, 100.0)?;
        within("patterns.breakout_volume_span", self.breakout_volume_span, 0.01, 100.0)?;
        within("patterns.pin_wick_bodies", self.pin_wick_bodies, 0.0, 100.0)?;
        within("patterns.engulfing_ratio", self.engulfing_ratio, 1.0, 100.0)?;
        within("patterns.doji_per_share", self.doji_per_share, 0.0, 10.0)?;
        self.validate_windows()
    }

    fn validate_windows(&self) -> Result<(), ParamsError> {
        let reach = 2.0 * self.swing_reach.as_f64();
        let window = self.swing_window.as_f64();
        below("patterns.swing_reach (both sides)", reach, "patterns.swing_window", window)?;
        let reach = 2.0 * self.divergence_reach.as_f64();
        let bars = self.divergence_bars.as_f64();
        below("patterns.divergence_reach (both sides)", reach, "patterns.divergence_bars", bars)?;
        below("patterns.divergence_bars", bars, "patterns.swing_window", window)?;
        below("patterns.range_bars", self.range_bars.as_f64(), "patterns.swing_window", window)?;
        let inside = self.breakout_inside.as_f64();
        below("patterns.breakout_inside", inside, "patterns.swing_window", window)
    }

    fn shares(&self) -> [(&'static str, f64); 26] {
        [
            ("patterns.min_confidence", self.min_confidence),
            ("patterns.level_per_touch", self.level_per_touch),
            ("patterns.level_per_age", self.level_per_age),
            ("patterns.level_cap", self.level_cap),
            ("patterns.breakout_line", self.breakout_line),
            ("patterns.breakout_level_share", self.breakout_level_share),
            ("patterns.breakout_volume_share", self.breakout_volume_share),
            ("patterns.pin_other_wick", self.pin_other_wick),
            ("patterns.pin_body_share", self.pin_body_share),
            ("patterns.pin_base", self.pin_base),
            ("patterns.pin_per_wick", self.pin_per_wick),
            ("patterns.pin_cap", self.pin_cap),
            ("patterns.engulfing_base", self.engulfing_base),
            ("patterns.engulfing_per_ratio", self.engulfing_per_ratio),
            ("patterns.engulfing_cap", self.engulfing_cap),
            ("patterns.doji_body_share", self.doji_body_share),
            ("patterns.doji_long_wick", self.doji_long_wick),
            ("patterns.doji_other_wick", self.doji_other_wick),
            ("patterns.doji_base", self.doji_base),
            ("patterns.doji_cap", self.doji_cap),
            ("patterns.divergence_base", self.divergence_base),
            ("patterns.divergence_per_atr", self.divergence_per_atr),
            ("patterns.divergence_cap", self.divergence_cap),
            ("patterns.reversal_base", self.reversal_base),
            ("patterns.reversal_per_atr", self.reversal_per_atr),
            ("patterns.reversal_cap", self.reversal_cap),
        ]
    }
}
