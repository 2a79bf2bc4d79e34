//! Stories: what the gateway is told, and what it says and sends, one line a step.

mod cancels;
mod copies;
pub(super) mod desk;
mod exits;
mod flaky;
mod life;
mod protection;
mod quiet;
mod scenarios;
mod times;
mod views;
