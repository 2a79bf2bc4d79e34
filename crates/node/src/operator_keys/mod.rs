//! Keys of operators: whose word raises a limit and lets live money in.

mod public;

pub(crate) use public::TrustedKey;
