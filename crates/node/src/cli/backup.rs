//! Arguments of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::audit::JournalArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll backup plimsoll-state/journal --to /media/stick/2026-11-26
  plimsoll backup plimsoll-state/journal --to /media/stick/2026-11-26 --json

Copies the journal up to its last whole commit, with snapshots and bodies, while a hub may be writing it; reads the
copy back and verifies every bit; then writes DIR/backup.json, without which a backup is not finished. Keys are
not copied: keep them apart. Keep what is printed (entries and root) apart as well: it vouches for the backup.

Exit code 65: the journal is damaged, with the file, the offset and the entry.")]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// Where to; a folder that is absent or empty.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll restore /media/stick/2026-11-26 --verify
  plimsoll restore /media/stick/2026-11-26 --to new-state --verify --checkpoint kept/checkpoint

Verifies every bit of a backup, its signed checkpoints and its end; then puts the journal into the state folder,
which must have none, and makes the rows of the store again. --verify reads the restored journal back, too; without
--to the backup is verified and nothing is written. The next start goes on under a new journal id (Forked) and
reconciles with the venue before anything is sent: orders placed since the backup are found there.

Exit code 65: the backup is damaged or not whole, with the file, the offset and the entry.")]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "DIR")]
    pub(crate) backup: PathBuf,
    /// The state folder.
    #[arg(long, value_name = "STATE", required_unless_present = "verify")]
    pub(crate) to: Option<PathBuf>,
    /// Read what was restored back and verify it.
    #[arg(long)]
    pub(crate) verify: bool,
    /// A checkpoint that was kept outside; several may be given.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// A public key that must have signed the journal: a journal.pub, or a file of a verifier key.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}
