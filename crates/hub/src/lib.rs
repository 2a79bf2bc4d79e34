//! Sans-IO: [`Feed`](feed::Feed) and [`Budget`](budget::Budget), each `handle`, `poll`, `next_deadline`. Knows no socket, clock, thread or venue's name.

pub mod budget;
