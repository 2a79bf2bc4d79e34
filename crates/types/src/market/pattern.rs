//! The kinds of chart pattern and their stable identity.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Direction, Timeframe};

/// What a doji's wicks look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DojiKind {
    /// Wicks on both sides.
    Standard,
    /// A long lower wick: sellers were turned back.
    Dragonfly,
    /// A long upper wick: buyers were turned back.
    Gravestone,
}

/// A family of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternKind {
    /// Price near a level that held before.
    SupportResistance,
    /// A close beyond a level, a range or a trend line.
    Breakout,
    /// A structure of higher highs and lows (or lower ones) broken.
    TrendReversal,
    /// A long wick with a small body at its end.
    PinBar,
    /// A body that covers the one before.
    Engulfing,
    /// An open and close at nearly one price.
    Doji(DojiKind),
    /// Price and oscillator disagree at their extrema.
    Divergence,
}

impl PatternKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::SupportResistance,
        Self::Breakout,
        Self::TrendReversal,
        Self::PinBar,
        Self::Engulfing,
        Self::Doji(DojiKind::Standard),
        Self::Doji(DojiKind::Dragonfly),
        Self::Doji(DojiKind::Gravestone),
        Self::Divergence,
    ];

    /// Returns the word used in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SupportResistance => "support_resistance",
            Self::Breakout => "breakout",
            Self::TrendReversal => "trend_reversal",
            Self::PinBar => "pin_bar",
            Self::Engulfing => "engulfing",
            Self::Doji(DojiKind::Standard) => "doji_standard",
            Self::Doji(DojiKind::Dragonfly) => "doji_dragonfly",
            Self::Doji(DojiKind::Gravestone) => "doji_gravestone",
            Self::Divergence => "divergence",
        }
    }
}

/// Identity of a pattern for statistics: kind, direction and timeframe, never a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PatternId {
    /// The family.
    pub kind: PatternKind,
    /// `None` for a neutral pattern.
    pub direction: Option<Direction>,
    /// Where it was seen.
    pub timeframe: Timeframe,
}

impl fmt::Display for PatternId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Some(Direction::Long) => "bullish",
            Some(Direction::Short) => "bearish",
            None => "neutral",
        };
        write!(f, "{}/{direction}/{}", self.kind.name(), self.timeframe)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_pattern_is_shown_by_kind_direction_and_timeframe() {
        let shown =
            |kind, direction| PatternId { kind, direction, timeframe: Timeframe::H4 }.to_string();
        let dragonfly = PatternKind::Doji(DojiKind::Dragonfly);
        assert_eq!(shown(PatternKind::PinBar, Some(Direction::Long)), "pin_bar/bullish/4h");
        assert_eq!(shown(PatternKind::Breakout, Some(Direction::Short)), "breakout/bearish/4h");
        assert_eq!(shown(dragonfly, None), "doji_dragonfly/neutral/4h");
    }

    /// Statistics are kept by name: two kinds under one name would share their record.
    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: BTreeSet<_> = PatternKind::ALL.map(PatternKind::name).into();
        assert_eq!(names.len(), PatternKind::ALL.len());
    }
}
