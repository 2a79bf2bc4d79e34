//! Who may ask: accounts with their keys, and the check of a signed request.

mod account;
mod verify;

pub use account::{AccountConfig, AccountError, Balance, Rights};
pub use verify::{Secret, SecretError};
