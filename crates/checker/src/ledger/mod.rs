//! [`Ledger`]: the venue's history, read by its document.

mod line;
mod read;
mod row;

pub use read::LedgerError;
pub(crate) use read::{Ledger, OrderRow};
pub(crate) use row::{Event, Kind, Order, SymbolStatus, Tif};
