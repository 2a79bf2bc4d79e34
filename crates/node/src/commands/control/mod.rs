//! Commands that talk to a running hub over its control socket.

pub(crate) mod act;
pub(crate) mod adopt;
pub(crate) mod doctor;
pub(crate) mod kill;
pub(crate) mod lists;
pub(crate) mod permits;
pub(crate) mod status;

mod confirmed;
mod told;

#[cfg(test)]
mod tests;
