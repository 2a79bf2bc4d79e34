//! Market streams over real sockets, read by a client that knows nothing of the server's types.

mod book;
mod connection;
mod fields;
mod hostile;
mod rig;
