//! Arguments of `audit`, `replay` and `parity`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Read every bit of a journal and say whether it holds.
    #[command(after_long_help = "\
Examples:
  plimsoll audit verify out/journal
  plimsoll audit verify out/journal --checkpoint /media/stick/checkpoint

Exit code 0: everything holds. 2: something does not, each named with file, offset and seq.
Beyond the newest outside checkpoint only whole commits cut from the end, and an older copy of the
folder put in its place, can go unseen; keep one elsewhere (plimsoll audit checkpoint).")]
    Verify(VerifyArgs),
    /// Hold a journal against the venue's own ledger and judge the invariants.
    #[command(after_long_help = "\
Examples:
  plimsoll audit check state/journal --ledger state/ledger
  plimsoll audit check state/journal --ledger state/ledger --json | jq '.rules[] | select(.verdict == \"fail\")'

Each rule ends as PASS, FAIL, INCONCLUSIVE (too little to judge by), NOT_APPLICABLE or NOT_JUDGED, with
what it rests on; each finding names entry, row and order. What is judged: docs/checker.md.
Exit code 0: everything holds. 2: something does not. 3: nothing failed, some rule had too little to judge by.")]
    Check(HistoriesArgs),
    /// Show entries.
    #[command(after_long_help = "\
Examples:
  plimsoll audit show out/journal --limit 20
  plimsoll audit show out/journal --seq 1234 --json
  plimsoll audit show out/journal --kind Report --symbol BTCUSDT")]
    Show(ShowArgs),
    /// Prove that an entry is in the journal, in a text that verifies without it.
    #[command(after_long_help = "\
Examples:
  plimsoll audit prove out/journal 1234 > entry-1234.proof
  plimsoll audit verify-proof entry-1234.proof --key out/journal.keys/journal.pub")]
    Prove(ProveArgs),
    /// Verify a proof without the journal.
    VerifyProof(VerifyProofArgs),
    /// Print the newest signed checkpoint, to be kept where the journal is not.
    #[command(after_long_help = "\
Examples:
  plimsoll audit checkpoint out/journal > /media/stick/checkpoint")]
    Checkpoint(JournalArgs),
    /// Write all entries as JSON, one a line.
    #[command(after_long_help = "\
Examples:
  plimsoll audit export out/journal | jq 'select(.kind == \"Decision\")'")]
    Export(JournalArgs),
}

/// Which journal.
#[derive(Clone, Debug, Args)]
pub(crate) struct JournalArgs {
    /// The journal's folder.
    #[arg(value_name = "DIR")]
    pub(crate) journal: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// A checkpoint that was kept outside; several may be given.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// A public key that must have signed the journal: a journal.pub, or a file of a verifier key.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct HistoriesArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// The folder of the venue's ledger (plimsoll venue --ledger DIR).
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: PathBuf,
    /// Name of the account: part of each client order id.
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) account: String,
    /// API key of our account at the venue; without it the one that holds our orders, or the only one.
    #[arg(long, value_name = "KEY")]
    pub(crate) venue_key: Option<String>,
    /// The emergency file of the state folder, STATE.emergency: entries that a hub acted on while its journal was dead.
    #[arg(long, value_name = "FILE")]
    pub(crate) emergency: Option<PathBuf>,
    /// How far the hub's clock and the venue's may differ, in market time.
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(crate) tolerance: jiff::SignedDuration,
    /// How long before the journal's end the venue's word may still be on its way, in market time; without
    /// it 5 s at the venue's speed.
    #[arg(long, value_name = "TIME")]
    pub(crate) slack: Option<jiff::SignedDuration>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// Only this entry.
    #[arg(long, value_name = "SEQ", conflicts_with = "from")]
    pub(crate) seq: Option<u64>,
    /// The first entry.
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    pub(crate) from: u64,
    /// Only entries of this kind, by its name in docs/entries.md.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only entries about this symbol.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<String>,
    /// At most so many entries; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// Place of the entry.
    #[arg(value_name = "SEQ")]
    pub(crate) seq: u64,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyProofArgs {
    /// The proof.
    #[arg(value_name = "FILE")]
    pub(crate) proof: PathBuf,
    /// The public key that signed its checkpoint: a journal.pub, or a file of a verifier key.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll backtest --data klines/1h --journal out/journal
  plimsoll replay out/journal

Folds the journal, decides again with this build at every entry and compares, byte for byte; then
does the same from the newest snapshot. Exit code 2 at the first decision that differs.")]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll parity out/backtest-journal plimsoll-state
  plimsoll parity out/a out/b --json

Compares two runs of the same period by their journals: decisions by instant, symbol and kind of action; orders by instant, symbol and role
(entry, exit, stop, target), with what became of them. Prints 0 differences, or the first one, how many each cause explains, and all of them.
Exit code 0: every difference has a named cause; 2: one has none (`unknown`), or there was nothing to compare.")]
pub(crate) struct ParityArgs {
    /// A journal's folder, or a state folder.
    #[arg(value_name = "DIR")]
    pub(crate) first: PathBuf,
    /// The other.
    #[arg(value_name = "DIR")]
    pub(crate) second: PathBuf,
}
