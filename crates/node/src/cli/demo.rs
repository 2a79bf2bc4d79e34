//! Arguments of `demo`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll demo
  plimsoll demo --keep demo-state      look at journal and ledger afterwards
  plimsoll demo --json                 each claim with its evidence

It takes about a minute. The exit code is 0 only if everything that is claimed holds, 2 if something does not.")]
pub(crate) struct DemoArgs {
    /// Keep journal, ledger and what the processes said in this new folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Seed of the market.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}
