//! Sans-IO: [`Hub`](system::Hub) with its [`Lockstep`](lockstep::Lockstep), [`Gateway`](gateway::Gateway), [`Feed`](feed::Feed), [`Budget`](budget::Budget), each `handle`, `poll`, `next_deadline`. Knows no socket, clock, thread or venue's name.

pub mod breaker;
pub mod budget;
pub mod feed;
pub mod gateway;
pub mod lockstep;
pub mod modes;
pub mod permits;
pub mod reconcile;
pub mod restarts;
pub mod system;
mod units;
