//! Public archives of klines: [`Archive`] downloads a file, whole and with the right checksum, or not at all.
//!
//! Layout and checksums as described by the exchange (repository `binance/binance-public-data`): one zip per symbol,
//! interval and month or day, beside it a `.CHECKSUM` in the form of `sha256sum`. No key is needed.

mod checksum;
mod error;
mod fetch;
mod layout;

pub use error::{ChecksumError, FetchError};
pub use fetch::{Archive, ArchiveConfig, Fetched, Outcome, Told};
pub use layout::{ArchiveFile, Period};
