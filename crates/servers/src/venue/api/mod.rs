//! One request, whichever way it came: parameters in, JSON or an [`ApiError`] out.

mod context;
mod endpoint;
mod error;
mod handlers;
mod json;
mod params;
mod perform;
mod security;
mod weight;
mod words;

pub use context::{Context, TimeUnit};
pub use endpoint::{Endpoint, Method};
pub use error::ApiError;
pub use params::{Params, Word};
pub use perform::{Asked, Done, perform};
pub use security::Security;
