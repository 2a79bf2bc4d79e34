//! Properties of the hub's parts, seen from outside.

mod budget;
mod feed;
