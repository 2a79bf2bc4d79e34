//! The steps, one file each.

mod flipped;
mod killed;
mod opens;
mod safe_mode;
mod swallowed;

pub(super) use flipped::FLIPPED;
pub(super) use killed::KILLED;
pub(super) use opens::OPENS;
pub(super) use safe_mode::SAFE_MODE;
pub(super) use swallowed::SWALLOWED;
