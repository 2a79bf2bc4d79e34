//! `audit`: what a journal holds, and whether it holds.

pub(super) mod check;
pub(super) mod checkpoint;
pub(super) mod prove;
pub(super) mod show;
pub(super) mod verify;
