//! `plimsoll run`: the shell around the hub. It owns sockets, timers, the disk and the screen, and has no opinions.

mod account;
mod adopt;
mod child;
mod fail;
#[cfg(debug_assertions)]
mod full_disk;
mod inbox;
mod life;
mod links;
mod notify;
mod operators;
mod oust;
mod pace;
mod parts;
mod pen;
mod phases;
mod port;
mod room;
mod rotation;
mod rows;
mod screen;
mod sender;
mod session;
mod snapshots;
mod speed;
mod state;
mod supervise;

pub(crate) use fail::FailPoint;
pub(crate) use room::FREE_WARN;
pub(crate) use session::{DEFAULT_SYMBOLS, run};
pub(crate) use snapshots::engine_of;
pub(crate) use speed::Speed;
