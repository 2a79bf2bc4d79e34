//! Sans-IO: [`Feed`](feed::Feed), [`Budget`](budget::Budget), [`Gateway`](gateway::Gateway), each `handle`, `poll`, `next_deadline`. Knows no socket, clock, thread or venue's name.

pub mod budget;
pub mod feed;
pub mod gateway;
pub mod modes;
pub mod permits;
pub mod reconcile;
