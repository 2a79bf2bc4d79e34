//! Times, timeframes, directions, regimes, pattern kinds, scores: what an analyst needs.
//!
//! Knows no price, quantity, money or order: `analysis` may use this module and nothing else.

mod direction;
mod pattern;
mod regime;
mod score;
mod time;
mod timeframe;

pub use direction::Direction;
pub use pattern::{DojiKind, PatternId, PatternKind};
pub use regime::Regime;
pub use score::{Component, Contribution, Grade, Score, ScoreError};
pub use time::{TimeError, TsNanos};
pub use timeframe::{Timeframe, TimeframeError};
