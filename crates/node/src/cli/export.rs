//! Arguments of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use store::Table;

use super::audit::JournalArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll export trades out/journal > trades.csv
  plimsoll export fills out/journal --format json
  sqlite3 out/journal.sqlite 'select reason, count(*) from decisions group by 1 order by 2 desc'

What: trades, fills, orders, decisions, equity (hourly), flows, positions, days, modes, operators,
incidents, refusals (risk's and the gateway's), limits, permits, baselines, oddities (reports that the
state of their order excludes).

The rows lie in a file of SQLite beside the journal and are brought up to date first. They are made from
the journal alone: delete the file, or ask for --rebuild, and they are made again, the same. Amounts are
the nearest floating-point numbers; the journal is exact (plimsoll audit export).")]
pub(crate) struct ExportArgs {
    /// Which rows.
    #[arg(value_name = "WHAT", value_parser = |text: &str| text.parse::<Table>())]
    pub(crate) table: Table,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// In which form; --json is the same as json.
    #[arg(long, default_value = "csv")]
    pub(crate) format: FormatName,
    /// The file of SQLite; default: the journal's name with `.sqlite`, beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// Drop the rows and make them again.
    #[arg(long)]
    pub(crate) rebuild: bool,
}

/// In which form rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// A header line, then a line a row.
    Csv,
    /// An array of objects.
    Json,
}
