//! Stores over journals on disk.

#![expect(clippy::unwrap_used, reason = "tests")]

mod following;
mod support;
