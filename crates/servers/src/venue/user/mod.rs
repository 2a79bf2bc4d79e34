//! The user data stream: what happened to an account, told to whoever may know.

mod account;
mod audience;
mod execution;
mod names;

pub use account::terminated;
pub use audience::{Audience, Subscriber, wrapped};
pub use names::Names;
