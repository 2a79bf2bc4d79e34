//! [`Lockstep`]: each entry folded by engine and gateway before the next, each decision behind its cause.

mod authority;
mod core;
mod tap;

pub use authority::Authorities;
pub use core::Lockstep;
pub(crate) use core::Stored;
pub use tap::Tap;
