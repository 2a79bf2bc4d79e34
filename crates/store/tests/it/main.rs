//! Stores over journals on disk.

#![expect(clippy::unwrap_used, reason = "tests")]

mod following;
mod killed;
mod living;
mod migrating;
mod support;
mod viewing;
