//! Arguments of `incidents`.

use std::path::PathBuf;

use clap::Args;

use super::control::HubArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll incidents
  plimsoll incidents --all 50
  plimsoll incidents --stats
  plimsoll incidents --stats out/journal --json

Lists incidents that are open: of the running hub; where none runs, or a journal is given, from the journal as
far as it goes. --stats counts them by class: how many ended by themselves, how long that took, and what of the
error budget (at most 0.5 % of scan cycles lost) is used. A scan cycle is one symbol at one instant.

Exit code 0, whatever is open.")]
pub(crate) struct IncidentsArgs {
    /// A journal's folder; default: the journal in the state folder.
    #[arg(value_name = "JOURNAL")]
    pub(crate) journal: Option<PathBuf>,
    /// Count them by class.
    #[arg(long)]
    pub(crate) stats: bool,
    /// List so many of the newest, over or not.
    #[arg(long, value_name = "N", conflicts_with = "stats")]
    pub(crate) all: Option<u32>,
    #[command(flatten)]
    pub(crate) hub: HubArgs,
}
