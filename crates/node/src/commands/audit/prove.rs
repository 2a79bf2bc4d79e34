//! `audit prove` and `audit verify-proof`: an entry, proven to somebody without the journal.

use std::fs;

use anyhow::Context as _;
use journal::Seq;
use journal::prove::{Proof, ProveError, Prover};
use serde_json::json;
use types::entry::Entry;

use super::verify::key;
use crate::cli::{ProveArgs, VerifyProofArgs};
use crate::commands::entry::{self, Names};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup::JournalFolder;

/// Prints the proof of an entry.
pub(crate) fn run(args: &ProveArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    // Without a journal that is the reason, not the missing checkpoint.
    folder.read(Seq(1))?;
    let mut prover = Prover::open(folder.disk()).with_context(|| folder.shown()).data()?;
    let proof = match prover.prove(Seq(args.seq)) {
        Err(error @ ProveError::Outside { .. }) => return Err(Failure::usage(error)),
        proof => proof.with_context(|| folder.shown()).data()?,
    };
    let text = proof.to_text();
    if out.is_json() {
        let size = prover.note().unverified().size.0;
        out.json(&json!({ "seq": args.seq, "size": size, "proof": text }))?;
    } else {
        out.raw(text)?;
    }
    Ok(Exit::Ok)
}

/// Verifies a proof and shows what it proves.
pub(crate) fn verify(args: &VerifyProofArgs, out: Out) -> Outcome {
    let shown = args.proof.display().to_string();
    let key = key(&args.key)?;
    let text = fs::read_to_string(&args.proof).with_context(|| shown.clone()).data()?;
    let proof = Proof::parse(&text);
    let proven = match proof.as_ref().map_err(Clone::clone).and_then(|proof| proof.verify(&key)) {
        Ok(proven) => proven,
        Err(error) => {
            out.json(&json!({ "holds": false, "why": error.to_string() }))?;
            out.line(format_args!("{shown} does not hold: {error}"))?;
            return Ok(Exit::No);
        }
    };
    let names = Names::default();
    let decoded = Entry::decode(proven.entry.payload).ok();
    out.json(&json!({
        "holds": true,
        "journal": proven.id.to_string(),
        "size": proven.size.0,
        "seq": proven.entry.seq.0,
        "entry": decoded.as_ref().map(|entry| entry::machine_form(entry, &names)),
    }))?;
    out.line(format_args!(
        "it holds: entry {} of journal {} of {}",
        proven.entry.seq,
        proven.id,
        entry::entries(proven.size.0)
    ))?;
    let told = decoded.as_ref().map_or_else(
        || format!("kind {}, which this build cannot read", proven.entry.kind),
        |entry| entry::line(entry, &names),
    );
    out.line(told)?;
    Ok(Exit::Ok)
}
