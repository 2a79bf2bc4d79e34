//! `incidents`: what is to be handled, and how often something was.

use store::views::{IncidentRow, Which, incidents};
use store::{Budget, ClassStats, IncidentStats};

use crate::cli::IncidentsArgs;
use crate::control::{Answer, AskError, Command, Request, ask};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::{Out, columns};
use crate::setup::JournalFolder;

/// Lists incidents, or counts them.
pub(crate) fn run(args: &IncidentsArgs, out: Out) -> Outcome {
    if let Some(incident) = args.close {
        return super::control::act::close_incident(incident, &args.act, out);
    }
    let here = args.journal.clone().unwrap_or_else(|| args.act.hub.state.join("journal"));
    let folder = JournalFolder::new(&here, None);
    if args.stats {
        return stats(&IncidentStats::of(&folder.rows()?)?, out);
    }
    if args.journal.is_none() && args.all.is_none() {
        let request = Request::new(Command::Incidents, None);
        match ask(&args.act.hub.state, &request, args.act.hub.wait, |_| {}) {
            Ok(Answer::Told(open)) => return super::control::lists::incidents(open, out),
            Ok(Answer::Refused { message, .. } | Answer::Failed { message }) => {
                return Err(Failure::from(anyhow::anyhow!(message)));
            }
            // The journal knows as much as there is to know.
            Ok(Answer::Done(_) | Answer::Unconfirmed(_)) | Err(AskError::NoHub { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let store = folder.rows()?;
    let rows = incidents(&store, args.all.map_or(Which::Open, Which::Newest))?;
    out.json(&rows)?;
    for line in list(&rows) {
        out.line(line)?;
    }
    let seq = store.seq()?;
    if rows.is_empty() {
        out.line(format_args!("no incident is open as of entry {seq}"))?;
    }
    out.note(format_args!("as of entry {seq} of the journal"));
    Ok(Exit::Ok)
}

fn stats(stats: &IncidentStats, out: Out) -> Outcome {
    out.json(stats)?;
    let rows: Vec<Vec<String>> = stats.classes.iter().chain([&stats.all]).map(class).collect();
    let head =
        ["class", "count", "noted", "open", "over", "by itself", "p50", "p95", "max to recover"];
    for line in columns(&head, &rows) {
        out.line(line)?;
    }
    out.line(budget(&stats.budget))?;
    for line in list(&stats.open) {
        out.line(line)?;
    }
    out.line(format_args!("as of entry {}", stats.as_of_seq))?;
    Ok(Exit::Ok)
}

fn class(stats: &ClassStats) -> Vec<String> {
    let counts = [stats.count, stats.noted, stats.open, stats.over, stats.self_healed];
    let spread = stats.seconds_to_recover.map(|spread| [spread.p50, spread.p95, spread.max]);
    let seconds = spread.map_or(["-", "-", "-"].map(str::to_owned), |spread| {
        spread.map(|seconds| format!("{seconds:.3} s"))
    });
    let counts = counts.map(|count| count.to_string());
    [stats.class.clone()].into_iter().chain(counts).chain(seconds).collect()
}

fn budget(budget: &Budget) -> String {
    let Budget { scans, lost, lost_share, lost_share_max, kept } = budget;
    let line = lost_share_max * 100.0;
    match (lost_share, kept) {
        (Some(share), Some(kept)) => format!(
            "error budget: {lost} of {scans} scan cycles lost, {:.3} %, at most {line} % allowed: {}",
            share * 100.0,
            if *kept { "kept" } else { "USED UP" }
        ),
        (_, _) => format!("error budget: no scan cycle yet; at most {line} % may be lost"),
    }
}

/// One line an incident.
fn list(rows: &[IncidentRow]) -> Vec<String> {
    rows.iter().map(line).collect()
}

fn line(row: &IncidentRow) -> String {
    let mut text = format!("{} {} {} {} {}", row.id, row.at, row.class, row.severity, row.kind);
    let order = row.order.map(|order| format!("order {order}"));
    for whose in row.symbol.iter().chain(&order).chain(&row.part) {
        text.push(' ');
        text.push_str(whose);
    }
    if row.unit != "none" {
        text.push_str(&format!(" (seen {}, wanted {} {})", row.seen, row.wanted, row.unit));
    }
    match (&row.over_at, row.seconds_to_recover, row.by_itself) {
        (Some(at), Some(seconds), by_itself) => {
            let how = if by_itself == Some(true) { "by itself" } else { "by a person" };
            text.push_str(&format!(": over {at}, {seconds:.3} s later, {how}"));
        }
        (_, _, _) => text.push_str(&format!(": {}", row.state)),
    }
    text
}
