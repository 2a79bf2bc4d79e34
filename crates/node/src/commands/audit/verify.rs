//! `audit verify`: every bit of a journal.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use base64ct::{Base64, Encoding as _};
use journal::note::{SignedNote, VerifyingKey};
use journal::verify::{Finding, Report, VerifyOptions, verify};
use serde_json::{Value, json};

use crate::cli::VerifyArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup::{JournalFolder, Watched};

/// Reads everything and names what does not hold.
pub(crate) fn run(args: &VerifyArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    let checkpoints = args.checkpoint.iter().map(|file| outside(file)).collect::<Result<_, _>>()?;
    let key = args.key.as_deref().map(key).transpose()?;
    let disk = Watched::new(folder.disk(), "verify");
    let report = verify(&disk, &VerifyOptions { checkpoints, key });
    let report = report.with_context(|| folder.shown()).data()?;
    drop(disk);
    warn_of_misreads(&report, out);
    out.json(&machine_form(&report))?;
    out.line(report.to_string().trim_end())?;
    Ok(if report.holds() { Exit::Ok } else { Exit::No })
}

/// Warns of reads that went wrong: the answer does not depend on them, and the next may be believed.
pub(in crate::commands) fn warn_of_misreads(report: &Report, out: Out) {
    if let Some(first) = report.misread.first() {
        let count = report.misread.len();
        out.note(format_args!(
            "plimsoll: WARNING: read differently twice: {first} ({count} in all); nothing is damaged there, look at disk, cable and controller"
        ));
    }
}

/// Reads a checkpoint that was kept outside.
pub(in crate::commands) fn outside(file: &Path) -> Result<SignedNote, Failure> {
    let shown = || file.display().to_string();
    let bytes = fs::read(file).with_context(shown).data()?;
    SignedNote::parse(&bytes).with_context(shown).data()
}

/// Reads a public key: as it is in `journal.pub`, as other signed-note tools write it, or a file of
/// either.
pub(in crate::commands) fn key(given: &str) -> Result<VerifyingKey, Failure> {
    let text = match fs::read_to_string(given) {
        Ok(text) => text,
        Err(_) => given.to_owned(),
    };
    let text = text.trim();
    let wrong = || {
        Failure::usage(format_args!(
            "--key is {given}, wanted the text of a journal.pub, a signed-note verifier key, or a \
             file of one of them"
        ))
    };
    if let Ok((_, key)) = VerifyingKey::parse_note_key(text) {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    match Base64::decode(text, &mut bytes) {
        Ok(whole) if whole.len() == 32 => VerifyingKey::from_bytes(&bytes).map_err(|_| wrong()),
        Ok(_) | Err(_) => Err(wrong()),
    }
}

fn machine_form(report: &Report) -> Value {
    json!({
        "holds": report.holds(),
        "id": report.id.map(|id| id.to_string()),
        "entries": report.size.0,
        "root": report.root.map(|root| root.to_string()),
        "vouched": report.vouched.map(|seq| seq.0),
        "unseen_beyond": ["whole commits cut from the tail", "an older folder restored"],
        "dropped": report.dropped,
        "segments": report.counts.segments,
        "checkpoints": report.counts.checkpoints,
        "bodies": report.counts.bodies,
        "snapshots": report.counts.snapshots,
        "findings_count": report.findings_count,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "misread": report.misread.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "file": finding.file,
        "offset": finding.offset,
        "seq": finding.seq.map(|seq| seq.0),
        "seen": finding.seen,
        "wanted": finding.wanted,
    })
}
