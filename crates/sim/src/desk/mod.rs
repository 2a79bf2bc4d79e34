//! [`Desk`]: the venue's side of the gateway's requests, over the bar walk of an
//! [`Exchange`](crate::exchange::Exchange).

mod asked;
#[expect(clippy::module_inception, reason = "the door of the folder carries its name")]
mod desk;
mod known;
mod paper;

pub use desk::{Desk, Word};
pub use paper::{PaperDesk, SnapshotError};
