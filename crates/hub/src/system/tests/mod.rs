//! Whole stories: a hub, its journal, and a venue that does what a story says.

mod adopting;
mod disk;
mod drawdown;
mod emergency;
mod engine;
mod failures;
mod health;
mod incidents;
mod life;
mod market;
mod operators;
mod recovery;
mod venue;
mod world;
