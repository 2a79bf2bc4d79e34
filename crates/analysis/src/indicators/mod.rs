//! The indicators, one file each, and all of them together: [`IndicatorSet`].
//!
//! Conventions (seed, first defined value, what a zero range yields) are those of TA-Lib with an
//! unstable period of 0, so values appear as early as they can. Bars are taken as consecutive.

mod adx;
mod atr;
mod bollinger;
mod cci;
mod ema;
mod macd;
mod mfi;
mod obv;
mod rsi;
mod set;
mod sma;
mod stochastic;
mod values;
mod volume_profile;
mod vwap;

pub use adx::{Adx, Dmi};
pub use atr::Atr;
pub use bollinger::{Bands, Bollinger};
pub use cci::Cci;
pub use ema::Ema;
pub use macd::{Macd, MacdReading};
pub use mfi::Mfi;
pub use obv::Obv;
pub use rsi::Rsi;
pub use set::{IndicatorSet, Signed};
pub use sma::Sma;
pub use stochastic::{Stochastic, StochasticReading};
pub use values::{Indicators, Oscillator};
pub use volume_profile::{Profile, volume_profile};
pub use vwap::Vwap;
