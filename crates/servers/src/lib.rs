//! [`Venue`](venue::Venue): the other side of foreign protocols: the simulated exchange as a server.
//!
//! The room promises not to know `adapters`, in its tests neither: a misreading of an exchange's documentation must
//! not be shared by both ends.

pub mod venue;
