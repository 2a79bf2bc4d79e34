//! The words of Plimsoll: [`Entry`](entry::Entry) and what it carries. Knows no file, venue or rule.

pub mod bar;
pub mod ids;
pub mod instrument;
pub mod market;
pub mod num;
