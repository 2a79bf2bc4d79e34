//! `venue ledger`: what a venue's ledger holds, and whether it holds.

use serde::Serialize;
use serde_json::json;
use servers::venue::ledger::{LedgerError, Reader, Row, Summary, verify};
use types::market::TsNanos;

use crate::cli::VenueLedgerArgs;
use crate::exit::{Exit, Outcome};
use crate::out::Out;

/// A row as the file has it.
#[derive(Serialize)]
struct Numbered {
    n: u64,
    t: TsNanos,
    row: Row,
}

/// All of a ledger. Written as it is: amounts of money are larger than a `Value` can hold.
#[derive(Serialize)]
struct All {
    verified: bool,
    summary: Summary,
    rows: Vec<Numbered>,
}

/// Verifies all of it; prints how much there is, with `--json` every row.
pub(crate) fn run(args: &VenueLedgerArgs, out: Out) -> Outcome {
    let summary = match verify(&args.folder) {
        Ok(summary) => summary,
        Err(error @ (LedgerError::Damaged { .. } | LedgerError::Row { .. })) => {
            out.json(&json!({ "verified": false, "error": error.to_string() }))?;
            out.line(format_args!("does not verify: {error}"))?;
            return Ok(Exit::No);
        }
        Err(error) => return Err(error.into()),
    };
    if out.is_json() {
        let mut rows = Vec::new();
        Reader::open(&args.folder)?.rows(|n, t, row| rows.push(Numbered { n, t, row }))?;
        out.json(&All { verified: true, summary, rows })?;
        return Ok(Exit::Ok);
    }
    out.line(format_args!(
        "{} rows in {} groups and {} files: every checksum and the chain hold",
        summary.rows, summary.groups, summary.segments
    ))?;
    if let (Some(first), Some(last)) = (summary.first, summary.last) {
        out.line(format_args!("from {first} to {last}, the venue's time"))?;
    }
    for (kind, count) in &summary.kinds {
        out.line(format_args!("{count:>10} {kind}"))?;
    }
    if let Some(torn) = &summary.torn {
        out.line(format_args!(
            "a torn tail of {} bytes at byte {} of {}: never answered, not part of it",
            torn.bytes,
            torn.offset,
            torn.file.display()
        ))?;
    }
    out.line(format_args!("chain {}", summary.chain))?;
    Ok(Exit::Ok)
}
