//! `parity`: two runs of the same period, decision by decision and order by order.

use std::path::Path;

use anyhow::Context as _;
use journal::{Item, KIND_OWN_MIN, Seq};
use serde_json::json;
use types::entry::Entry;

use crate::cli::ParityArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::parity::{Difference, Parity, Story, What, compare};
use crate::progress::Progress;
use crate::setup::JournalFolder;
use crate::show;

/// Reads both journals and says where they part, and why.
pub(crate) fn run(args: &ParityArgs, out: Out) -> Outcome {
    let (a, b) = (read(&args.first, Story::default())?, read(&args.second, Story::default())?);
    let (a, b) = match a.common_end(&b) {
        // One goes on where the other has ended: what both have is compared.
        Some(end) => {
            (read(&args.first, Story::until(end))?, read(&args.second, Story::until(end))?)
        }
        None => (a, b),
    };
    let parity = compare(&a, &b);
    let passed = compares(&parity) && parity.unknown() == 0;
    out.json(&json!({
        "equal": compares(&parity) && parity.differences.is_empty(),
        "named": passed,
        "from": parity.period.map(|(from, _)| from.to_string()),
        "to": parity.period.map(|(_, to)| to.to_string()),
        "instants": parity.instants,
        "decisions": parity.decisions,
        "orders": parity.orders,
        "inputs": parity.inputs.all().iter().map(|parting| json!({
            "at": parting.at.to_string(),
            "cause": parting.cause,
            "words": parting.words,
        })).collect::<Vec<_>>(),
        "causes": parity.by_cause().iter().map(|(cause, count)| json!({
            "cause": cause,
            "means": cause.means(),
            "differences": count,
        })).collect::<Vec<_>>(),
        "differences": parity.differences,
    }))?;
    for line in human_form(&parity) {
        out.line(line)?;
    }
    Ok(if passed { Exit::Ok } else { Exit::No })
}

/// Returns whether there was anything to compare: no data is never a pass.
fn compares(parity: &Parity) -> bool {
    parity.period.is_some() && parity.decisions + parity.orders > 0
}

/// Reads a journal's folder, or a state folder with one in it, into a story.
fn read(path: &Path, mut story: Story) -> Result<Story, Failure> {
    let inner = path.join("journal");
    let folder = JournalFolder::new(if inner.is_dir() { &inner } else { path }, None);
    let mut reader = folder.read(Seq(1))?;
    let mut progress = Progress::new("reading the journal");
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        match item {
            Item::Entry(stored) if stored.kind >= KIND_OWN_MIN => {}
            Item::Entry(stored) => {
                let seq = stored.seq.0;
                let entry = Entry::decode(stored.payload);
                let entry = entry.with_context(|| format!("entry {seq}")).data()?;
                story.on_entry(&entry);
                if seq.is_multiple_of(4_096) {
                    progress.set(seq, reader.committed().0.max(seq));
                }
            }
            Item::Dropped { first, last } => {
                return Err(Failure::data(format_args!(
                    "{}: entries {first} to {last} were dropped by retention and cannot be compared",
                    folder.shown()
                )));
            }
        }
    }
    Ok(story)
}

fn human_form(parity: &Parity) -> Vec<String> {
    let Some((from, to)) = parity.period else {
        return vec!["INCONCLUSIVE: the two runs have no instant in common".to_owned()];
    };
    if !compares(parity) {
        return vec!["INCONCLUSIVE: neither run decided or ordered anything".to_owned()];
    }
    let count = |n: usize| show::count(n as u64);
    let mut lines = vec![format!(
        "{from} to {to}: {} instants, {} decisions, {} orders compared",
        count(parity.instants),
        count(parity.decisions),
        count(parity.orders)
    )];
    for parting in parity.inputs.all() {
        lines.push(format!("went in differently: {}, {}", parting.cause.word(), parting.words));
    }
    let Some(first) = parity.differences.first() else {
        lines.push("0 differences".to_owned());
        return lines;
    };
    lines.push(format!("{} differences; the first:", count(parity.differences.len())));
    lines.extend(of(first).into_iter().map(|line| format!("  {line}")));
    lines.push("by cause:".to_owned());
    for (cause, n) in parity.by_cause() {
        lines.push(format!("  {:>7}  {:<14} {}", count(n), cause.word(), cause.means()));
    }
    lines.push("all:".to_owned());
    lines.extend(parity.differences.iter().flat_map(of).map(|line| format!("  {line}")));
    if parity.unknown() > 0 {
        lines.push(format!("FAILED: {} differences have no cause", count(parity.unknown())));
    }
    lines
}

/// Says one difference.
fn of(difference: &Difference) -> Vec<String> {
    let what = match difference.what {
        What::Decision => "decision",
        What::Order => "order",
        What::Fill => "fill",
    };
    let side = |words: &Option<String>| words.clone().unwrap_or_else(|| "nothing".to_owned());
    let because =
        difference.because.as_ref().map(|words| format!(" ({words})")).unwrap_or_default();
    vec![
        format!(
            "{} {} {what}, {}: {}{because}",
            difference.instant,
            difference.symbol.as_deref().unwrap_or("account"),
            difference.aspect,
            difference.cause.word()
        ),
        format!("    first:  {}", side(&difference.a)),
        format!("    second: {}", side(&difference.b)),
    ]
}
