//! Who may ask: accounts with their keys, and the check of a signed request.

mod account;
mod ring;
mod verify;

pub use account::{AccountConfig, AccountError, Balance, Rights};
pub use ring::{Caller, Key, KeyRing, check_time};
pub use verify::{Secret, SecretError};
