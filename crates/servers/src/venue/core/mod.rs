//! The venue's one state, and the one way to change it.

mod batch;
mod shared;
mod state;

pub use batch::{Batch, Lost, Ticket};
pub use shared::{Driver, Recorder, Shared};
pub use state::{Amendment, Core};
