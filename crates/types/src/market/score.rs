//! The confluence score, its contributions and its grade.

use serde::{Deserialize, Serialize};

use super::Timeframe;

/// A confluence score, 0 to 100. Its direction is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

/// A number that is no score.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("score is {0}, wanted a number from 0 to 100")]
pub struct ScoreError(pub f64);

impl Score {
    /// The lowest score: nothing speaks for a trade.
    pub const ZERO: Self = Self(0.0);

    /// Returns a score.
    ///
    /// # Errors
    /// `ScoreError` if the number is not within 0 to 100.
    pub fn new(value: f64) -> Result<Self, ScoreError> {
        if (0.0..=100.0).contains(&value) { Ok(Self(value)) } else { Err(ScoreError(value)) }
    }

    /// Returns the number, 0 to 100.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Returns the grade for people to read.
    #[must_use]
    pub fn grade(self) -> Grade {
        match self.0 {
            s if s >= 90.0 => Grade::APlus,
            s if s >= 80.0 => Grade::A,
            s if s >= 70.0 => Grade::BPlus,
            s if s >= 60.0 => Grade::B,
            s if s >= 50.0 => Grade::CPlus,
            s if s >= 40.0 => Grade::C,
            s if s >= 30.0 => Grade::D,
            _ => Grade::F,
        }
    }
}

impl TryFrom<f64> for Score {
    type Error = ScoreError;
    fn try_from(value: f64) -> Result<Self, ScoreError> {
        Self::new(value)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// A score in letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// 90 and more.
    APlus,
    /// 80 and more.
    A,
    /// 70 and more.
    BPlus,
    /// 60 and more.
    B,
    /// 50 and more.
    CPlus,
    /// 40 and more.
    C,
    /// 30 and more.
    D,
    /// Less than 30.
    F,
}

impl Grade {
    /// Returns the letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::BPlus => "B+",
            Self::B => "B",
            Self::CPlus => "C+",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

/// A group of inputs that votes once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// Order of averages, MACD, distance travelled.
    Trend,
    /// Oscillators.
    Momentum,
    /// Volume behind the last move.
    Volume,
    /// Chart patterns.
    Pattern,
}

impl Component {
    /// Every component, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Trend, Self::Momentum, Self::Volume, Self::Pattern];

    /// Returns the word used in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trend => "trend",
            Self::Momentum => "momentum",
            Self::Volume => "volume",
            Self::Pattern => "pattern",
        }
    }
}

/// What one component on one timeframe added to the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Where it was measured.
    pub timeframe: Timeframe,
    /// What was measured.
    pub component: Component,
    /// The component, signed, within [-1, 1].
    pub value: f64,
    /// Its share in the sum, timeframe weight x component weight, within [0, 1].
    pub weight: f64,
    /// The points it added to the score; all points of a score add up to it.
    pub points: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_outside_0_to_100_is_an_error() {
        for bad in [-0.001, 100.001, f64::NAN, f64::INFINITY] {
            assert!(Score::new(bad).is_err(), "{bad}");
        }
        assert!(Score::new(0.0).is_ok() && Score::new(100.0).is_ok());
    }

    /// What was stored is checked as what is computed.
    #[test]
    fn a_stored_score_outside_0_to_100_is_an_error() {
        type Stored = serde::de::value::F64Deserializer<serde::de::value::Error>;
        let read = |value| Score::deserialize(Stored::new(value));
        assert_eq!(read(62.5).map(f64::from), Ok(62.5));
        let text = read(100.5).unwrap_err().to_string();
        assert_eq!(text, "score is 100.5, wanted a number from 0 to 100");
    }

    #[test]
    fn components_are_reported_in_their_order() {
        let names = Component::ALL.map(Component::name);
        assert_eq!(names, ["trend", "momentum", "volume", "pattern"]);
    }

    #[test]
    fn grades_change_at_their_lines() {
        let grade = |s: f64| Score::new(s).map(Score::grade).map(Grade::name);
        for (below, at, line) in [
            ("A", "A+", 90.0),
            ("B+", "A", 80.0),
            ("B", "B+", 70.0),
            ("C+", "B", 60.0),
            ("C", "C+", 50.0),
            ("D", "C", 40.0),
            ("F", "D", 30.0),
        ] {
            assert_eq!(grade(line), Ok(at));
            assert_eq!(grade(line - 1e-9), Ok(below));
        }
    }
}
