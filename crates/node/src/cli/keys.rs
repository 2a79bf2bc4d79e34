//! Arguments of `keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::control::PlainActArgs;

#[derive(Debug, Subcommand)]
#[command(after_long_help = "\
Examples:
  plimsoll keys new ada
  plimsoll keys list
  plimsoll config sign limits.toml --key ada

An operator's key signs limits and permissions. Its private half lies in a folder that its owner alone can read, outside of state and
journal; the public half goes into the configuration, under run.trusted_keys. Keep the folder off the machine that trades, if you can.")]
pub(crate) enum KeysCommand {
    /// Make a key.
    New(KeyArgs),
    /// List the public halves of all keys.
    List(KeyFolderArgs),
    /// Show the public half of one key.
    Show(KeyArgs),
    /// Put a new key in the place of one; the old private half is gone for good.
    Rotate(KeyArgs),
    /// Ask a running hub to take the venue's new key from where its configuration says, without a restart.
    #[command(after_long_help = "\
Examples:
  plimsoll keys rotate-venue --state /var/lib/plimsoll

Put the new key where the old one was (the variable of a running process cannot change: use a file or a credential), then run this. The new
key is tried first: it has to read and trade, and to be of the same account. Both keys are good meanwhile; take the old one away at the venue
once this is done. Refused with exit code 77, the old one stays in use.")]
    RotateVenue(PlainActArgs),
    /// Make the secret of one-time codes and print, once, the address that an authenticator reads.
    Totp(KeyArgs),
    /// Take one code from standard input and say whether it counts: to see that authenticator and clock agree.
    TryCode(KeyArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct KeyFolderArgs {
    /// Folder of the keys. Default: `.config/plimsoll/keys` of the user.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct KeyArgs {
    /// Name of the operator: a-z, 0-9, `_`, `-`.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) folder: KeyFolderArgs,
}
