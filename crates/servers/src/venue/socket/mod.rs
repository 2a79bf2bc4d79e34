//! [`Wire`]: one WebSocket of the venue, with its limits, its pulse and its bounded queue.

mod inbound;
mod limits;
mod outbox;
mod pulse;
mod wire;

pub use limits::SocketLimits;
pub use outbox::{Outbox, Post, Unsent};
pub use wire::{End, Gate, Heard, Wire};
