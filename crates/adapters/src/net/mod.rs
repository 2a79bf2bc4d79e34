//! Bytes over HTTP and WebSocket, the same for every venue. Knows no venue.

mod http;
mod socket;
pub(crate) mod tls;

pub(crate) use http::{Body, Http, HttpConfig, Method, Reply, SendError};
pub(crate) use socket::{Frame, Socket};
