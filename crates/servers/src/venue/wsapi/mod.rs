//! The WebSocket API: what REST answers, and sessions with user data streams.

mod connection;
mod desk;
mod envelope;
mod method;
mod routes;
mod session;

pub use connection::ApiState;
pub use routes::routes;
