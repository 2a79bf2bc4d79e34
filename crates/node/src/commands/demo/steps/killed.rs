//! After the restart: nothing lost, nothing doubled, nothing unprotected.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;

use super::super::Step;
use super::super::shown::Shown;
use super::super::stage::{SPEED, Stage, show_rows};

pub(in super::super) const KILLED: Step = Step {
    name: "killed",
    title: "it is started again: 1 unknown found, 0 lost, 0 doubled, unprotected 0.0 s",
    run,
};

fn run(stage: &mut Stage) -> anyhow::Result<Shown> {
    let swallowed = stage.swallowed.clone().context("no answer was swallowed")?;
    let hub = stage.start_hub()?;
    let told = hub.hear("message after the restart", Duration::from_secs(60), |event| {
        event["event"] == "restarted"
    })?;
    let mut shown = Shown::default();
    shown.line("hub", &told);
    let account = stage.account()?;
    let rows: Vec<_> = account
        .rows
        .iter()
        .filter(|row| row.order.client_id.as_str() == swallowed.client_id)
        .collect();
    show_rows(&mut shown, &account, &rows);
    for line in stage.lines("Report")?.iter().rev().take(2).rev() {
        shown.line("journal", line);
    }
    // The hub's word, and what the venue's rows add up to.
    let accepted = rows.iter().map(|row| row.order.id).collect::<BTreeSet<_>>().len();
    let unknown = told["unknown"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (found, lost): (Vec<_>, Vec<_>) =
        unknown.iter().partition(|order| !order["state"].is_null());
    let named = found.iter().any(|order| order["client_id"] == *swallowed.client_id);
    shown.claim(
        "unknown orders found",
        format_args!("hub {}, ledger {accepted}", found.len()),
        found.len() == 1 && named && accepted == 1,
    );
    let journal = stage.journal().display().to_string();
    let ledger = stage.ledger().display().to_string();
    let (code, said) = stage.plimsoll(&["audit", "check", &journal, "--ledger", &ledger])?;
    let verdict = said.lines().last().unwrap_or_default();
    shown.claim(
        "orders lost",
        format_args!("hub {}; the checker, over both records: {verdict}", lost.len()),
        lost.is_empty() && code == Some(0),
    );
    let doubled = account.doubled();
    shown.claim("orders doubled", format_args!("ledger {doubled}"), doubled == 0);
    let bare = account.unprotected(swallowed.symbol, swallowed.accepted, account.t);
    // The market runs fast; a person waits in real time.
    let tenths = bare / SPEED / 100_000_000;
    shown.claim(
        "longest time without a stop, real seconds",
        format_args!("ledger {}.{}", tenths / 10, tenths % 10),
        tenths == 0,
    );
    shown.figure("unknown_found", found.len());
    shown.figure("lost", lost.len());
    shown.figure("doubled", doubled);
    shown.figure("unprotected_ns_of_the_market", bare);
    Ok(shown)
}
