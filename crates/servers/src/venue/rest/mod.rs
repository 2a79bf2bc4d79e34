//! The REST side: from bytes to a request, from an answer to bytes.

mod connection;
mod read;
mod server;

pub(super) use connection::serve;
pub(super) use server::{Rest, routes};
