//! Histories written by hand, and what the checker says of them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod books;
mod defects;
mod formats;
mod planted;
mod rows;
mod second;
mod story;
