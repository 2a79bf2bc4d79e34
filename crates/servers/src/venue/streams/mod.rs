//! Market streams: names, subscriptions, messages and the sockets that carry them.

mod connection;
mod control;
mod feeds;
mod hub;
mod ladder;
pub mod late;
mod messages;
mod name;
mod publisher;
mod pump;
mod routes;
pub mod written;

pub use connection::{STREAMS_MAX, StreamsState};
pub(crate) use messages::server_shutdown;
pub use publisher::Publisher;
pub use pump::pump;
pub use routes::routes;
