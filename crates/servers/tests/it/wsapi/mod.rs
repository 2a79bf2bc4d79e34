//! The WebSocket API and user data streams over real sockets.

mod client;
mod hostile;
mod requests;
mod session;
mod user_stream;
