//! A disk in memory with the faults of real ones.

mod content;
mod damage;
mod disk;
mod faults;
mod inode;
mod machine;
mod names;
mod rng;

pub use disk::{Image, TestDisk};
pub use faults::{Fault, Rates, Times};
