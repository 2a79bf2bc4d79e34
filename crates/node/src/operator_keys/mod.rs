//! Keys of operators: whose word raises a limit and lets live money in. They lie in a folder of their own and sign files.

mod folder;
mod public;
mod signature;
#[cfg(test)]
mod tests;
mod totp;

pub(crate) use folder::{KeyFolder, KeyFolderError, Listed, OperatorKey, is_name};
pub(crate) use public::TrustedKey;
pub(crate) use signature::{Purpose, SignatureError, Signatures, SignedBy, signature_path};
pub(crate) use totp::{CodeRefused, Verifier};
