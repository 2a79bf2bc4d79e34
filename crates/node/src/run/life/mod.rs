//! A life of the hub: from what is restored to its last word.

mod batch;
mod calls;
mod chores;
mod course;
mod emergency;
mod end;
mod events;
mod hand_over;
mod market;
mod paper;

pub(crate) use course::{Life, State};
pub(crate) use emergency::Emergency;
pub(crate) use end::Ended;
pub(crate) use paper::Paper;
