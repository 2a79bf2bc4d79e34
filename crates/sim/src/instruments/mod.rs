//! [`Catalogue`]: what is known of symbols: steps, minima, fees, margin.

mod catalogue;
mod file;

pub use catalogue::{Catalogue, Listing};
pub use file::InstrumentsError;
