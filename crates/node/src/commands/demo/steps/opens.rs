//! A trade opens, and its stop rests at the venue.

use std::time::Duration;

use sim::exchange::book::Execution;
use types::market::TsNanos;
use types::side::Side;

use super::super::account::is_stop;
use super::super::shown::Shown;
use super::super::stage::{Stage, show_rows};
use super::super::{Step, wait_for};

pub(in super::super) const OPENS: Step = Step {
    name: "opens",
    title: "a trade opens, and its stop rests at the venue, which is another process",
    run,
};

fn run(stage: &mut Stage) -> anyhow::Result<Shown> {
    stage.start_hub()?;
    let patience = Duration::from_secs(60);
    let (account, symbol) = wait_for("position with a stop in the ledger", patience, || {
        // The venue may not have begun its ledger yet.
        let Ok(account) = stage.account() else { return Ok(None) };
        let found = account.held().find(|symbol| {
            let standing = account.at(*symbol, TsNanos::MAX);
            standing.is_held() && standing.is_protected()
        });
        Ok(found.map(|symbol| (account, symbol)))
    })?;
    let mut shown = Shown::default();
    let of = || account.rows.iter().filter(|row| row.order.symbol == symbol);
    let fill = of()
        .find(|row| row.order.side == Side::Buy && matches!(row.event, Execution::Trade { .. }));
    let stop = of().rfind(|row| is_stop(&row.order) && matches!(row.event, Execution::New));
    let rows: Vec<_> = fill.into_iter().chain(stop).collect();
    show_rows(&mut shown, &account, &rows);
    let decided: Vec<String> = stage.lines("Decision")?;
    if let Some(line) = decided.iter().rfind(|line| line.contains("ENTER")) {
        shown.line("journal", line);
    }
    for line in stage.lines("Command")?.iter().rev().take(2).rev() {
        shown.line("journal", line);
    }
    let standing = account.at(symbol, TsNanos::MAX);
    let venue = stage.venue_pid()?;
    shown.claim(
        "the venue is a process of its own",
        format_args!("venue {venue}, this demo {}", std::process::id()),
        venue != u64::from(std::process::id()),
    );
    shown.claim(
        "what was bought is protected at the venue",
        format_args!(
            "{} {} held, stops for {} rest",
            account.name(symbol),
            standing.held,
            standing.protected
        ),
        standing.is_held() && standing.is_protected(),
    );
    Ok(shown)
}
