//! The words of Plimsoll: [`Entry`](entry::Entry) and what it carries. Knows no file, venue or rule.

pub mod bar;
pub mod books;
pub mod canon;
pub mod decision;
pub mod defects;
pub mod entry;
pub mod feed;
pub mod fill;
pub mod hard_limits;
pub mod ids;
pub mod instrument;
pub mod limits;
pub mod market;
pub mod num;
pub mod order;
pub mod share;
pub mod side;
pub mod slot;
pub mod venue;
