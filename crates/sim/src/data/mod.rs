//! Market data: [`Catalog`] finds the files, [`Feed`] puts their bars on one clock, [`Aggregator`]
//! builds coarser bars, [`Quality`] tells what was seen. Files are streamed, never held whole.

mod aggregate;
mod catalog;
mod error;
mod feed;
mod fields;
mod funding;
mod layout;
mod lines;
mod mark;
mod name;
mod pair;
mod probe;
mod quality;
mod reader;
mod row;
mod source;
mod ticks;
mod write;

pub use aggregate::Aggregator;
pub use catalog::{Catalog, Files, Series, Skipped};
pub use error::{DataError, Place};
pub use feed::Feed;
pub use funding::{FundingRate, read_funding};
pub use mark::MarkReader;
pub use name::{FileName, Kind};
pub use pair::PairReader;
pub(crate) use quality::Checker;
pub use quality::{Gap, Move, Quality, Quarantined, QuarantinedRow, TimeUnit, TimeframeFrom};
pub use reader::{BarReader, RowSource};
pub use row::{Reason, Row};
pub use ticks::{Tick, TickKind, TickReader, TickSource};
pub use write::{KlineWriter, convert, simulated_name};
