//! What came of an action, in words: what the venue confirmed, and what it did not.

use crate::control::{AdoptionLine, Answer, ClosedLine, Confirmed, OrderLine};
use crate::exit::Exit;

/// Returns the code that an answer ends with.
pub(super) const fn exit(answer: &Answer) -> Exit {
    match answer {
        Answer::Told(_) | Answer::Done(_) => Exit::Ok,
        Answer::Unconfirmed(_) => Exit::Unconfirmed,
        Answer::Refused { .. } => Exit::Refused,
        Answer::Failed { .. } => Exit::Failure,
    }
}

/// Returns the lines for people. `what` is the command as it was typed.
pub(super) fn lines(what: &str, answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Told(value) => vec![format!("{what}: {value}")],
        Answer::Done(confirmed) => with(format!("{what}: done"), confirmed),
        Answer::Unconfirmed(confirmed) => {
            with(format!("{what}: in force, NOT ALL CONFIRMED in time"), confirmed)
        }
        Answer::Refused { code, message } => vec![format!("{what}: refused, {code}: {message}")],
        Answer::Failed { message } => vec![format!("{what}: failed: {message}")],
    }
}

fn with(mut head: String, confirmed: &Confirmed) -> Vec<String> {
    if let Some(seq) = confirmed.seq {
        head += &format!(", entry {seq} of the journal");
    }
    if let Some(mode) = &confirmed.mode {
        head += &format!("; the mode is {mode}");
    }
    let mut lines = vec![head];
    let row = |word: &str, text: String| format!("  {word:<10} {text}");
    lines.extend(confirmed.closed.iter().map(|closed| row("closed", of_closed(closed))));
    lines.extend(confirmed.cancelled.iter().map(|order| row("cancelled", of_order(order))));
    lines.extend(confirmed.resting.iter().map(|order| row("rests", of_order(order))));
    lines.extend(confirmed.adoption.iter().map(|line| row("adopted", of_adoption(line))));
    lines.extend(confirmed.open.iter().map(|open| row("NOT YET", open.clone())));
    lines.extend(confirmed.notes.iter().map(|note| format!("  {note}")));
    lines
}

fn of_order(order: &OrderLine) -> String {
    let venue_id = order.venue_id.as_ref().map(|id| format!(", the venue's id {id}"));
    format!(
        "{} {} {} {} ({}{})",
        order.symbol,
        order.side,
        order.qty,
        order.kind,
        order.client_id,
        venue_id.unwrap_or_default()
    )
}

fn of_adoption(line: &AdoptionLine) -> String {
    let AdoptionLine { symbol, asset, change, foreign_after, price, flow, .. } = line;
    format!("{symbol} {change} {asset} at {price}, {foreign_after} not ours, a flow of {flow}")
}

fn of_closed(closed: &ClosedLine) -> String {
    let price = closed.price.as_ref().map(|price| format!(" at {price}")).unwrap_or_default();
    let realised =
        closed.realised.as_ref().map(|amount| format!(", realised {amount}")).unwrap_or_default();
    let fills = if closed.fills == 1 { "fill" } else { "fills" };
    format!("{} {}{price} in {} {fills}{realised}", closed.symbol, closed.qty, closed.fills)
}
