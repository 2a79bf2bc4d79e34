//! One request, whichever way it came: parameters in, JSON or an [`ApiError`] out.

mod error;
mod params;
mod security;

pub use error::ApiError;
pub use params::{Params, Word};
pub use security::Security;
