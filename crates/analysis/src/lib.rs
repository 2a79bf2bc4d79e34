//! Indicators, patterns, regime, confluence: [`Scanner`] in `f64`. Knows no money and no orders.
//!
//! A [`Scanner`] takes the closed bars of one symbol on one timeframe and says after each what it
//! sees ([`Scan`]). [`combine`] weighs the scans of several timeframes into one signed [`Sum`];
//! a [`ScoreHistory`] turns that sum into a score from 0 to 100.
//!
//! Everything is streaming: work and memory per bar are bounded by the [`Params`], never by the
//! number of bars seen. Everything that enters the score is exactly odd when prices are mirrored:
//! prices are taken relative to the first close, so no term depends on which side rounding fell.

mod bar;
mod components;
mod confluence;
mod history;
pub mod indicators;
pub mod num;
mod params;
pub mod patterns;
mod regime;
mod ring;
mod scanner;
mod sliding;

pub use bar::Bar;
pub use components::Components;
pub use confluence::{Confluence, Sum, TimeframeSum, combine};
pub use history::{ScoreHistory, score};
pub use params::{
    ComponentParams, ConfluenceParams, IndicatorParams, Params, ParamsError, PatternParams, Period,
    RegimeParams, TimeframeWeights,
};
pub use regime::RegimeReading;
pub use scanner::{Scan, Scanner};
