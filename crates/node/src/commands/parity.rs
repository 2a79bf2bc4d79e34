//! `parity`: two runs of the same period, decision by decision and order by order.

use serde_json::json;

use crate::cli::ParityArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;
use crate::parity::{Difference, Parity, Story, What, compare};
use crate::setup::JournalFolder;
use crate::show;

/// Reads both journals and says where they part, and why.
pub(crate) fn run(args: &ParityArgs, out: Out) -> Outcome {
    let parity =
        compared(&JournalFolder::within(&args.first), &JournalFolder::within(&args.second))?;
    let passed = parity.passed();
    out.json(&json!({
        "equal": parity.compares() && parity.differences.is_empty(),
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

/// Compares the runs of two journals: what both have of the time.
pub(super) fn compared(first: &JournalFolder, second: &JournalFolder) -> Result<Parity, Failure> {
    let (a, b) = (read(first, Story::default())?, read(second, Story::default())?);
    let (a, b) = match a.common_end(&b) {
        // One goes on where the other has ended: what both have is compared.
        Some(end) => (read(first, Story::until(end))?, read(second, Story::until(end))?),
        None => (a, b),
    };
    Ok(compare(&a, &b))
}

/// Reads a journal into a story.
fn read(journal: &JournalFolder, mut story: Story) -> Result<Story, Failure> {
    journal.each_entry(|entry| story.on_entry(entry))?;
    Ok(story)
}

fn human_form(parity: &Parity) -> Vec<String> {
    let Some((from, to)) = parity.period else {
        return vec!["INCONCLUSIVE: the two runs have no instant in common".to_owned()];
    };
    if !parity.compares() {
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
