//! Stories: what the gateway is told, and what it says and sends, one line a step.

mod cancels;
mod copies;
pub(super) mod desk;
mod exits;
mod flaky;
mod hearing;
mod life;
mod planning;
mod protection;
mod quiet;
mod scenarios;
mod settings;
mod states;
mod steps;
mod times;
mod views;
mod waits;
