//! Arguments of `incidents`.

use std::path::PathBuf;

use clap::Args;

use super::control::ActArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll incidents
  plimsoll incidents --all 50
  plimsoll incidents --stats
  plimsoll incidents --stats out/journal --json
  plimsoll incidents --close 4711 --operator ada

Lists incidents that are open: of the running hub; where none runs, or a journal is given, from the journal as
far as it goes. --stats counts them by class: how many ended by themselves, how long that took, and what of the
error budget (at most 0.5 % of scan cycles lost) is used. A scan cycle is one symbol at one instant.

--close says that an incident is over which only a person can judge, such as an order that lives at the venue after it had ended
for us. All others are over when the thing works again, and nobody can say so before.

Exit code 0, whatever is open; of --close as of every action: 69 no hub is running, 77 refused, with the reason.")]
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
    /// Say that this one is over: the number at the head of its line.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["journal", "stats", "all"])]
    pub(crate) close: Option<u64>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}
