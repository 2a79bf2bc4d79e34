//! A session of `plimsoll run`: from the command line to the last word. It holds one life of the hub.

mod course;
mod leave;
mod outside;
mod place;
mod quiet;
mod restore;
mod setup;
mod terms;

pub(crate) use course::run;
pub(crate) use setup::DEFAULT_SYMBOLS;
