//! The venue accepts an order and swallows the answer.

use std::time::Duration;

use serde_json::{Value, json};
use sim::exchange::book::Execution;
use types::market::TsNanos;

use super::super::shown::Shown;
use super::super::stage::{Stage, Swallowed, show_rows};
use super::super::{Step, wait_for};

pub(in super::super) const SWALLOWED: Step = Step {
    name: "swallowed",
    title: "the venue accepts an order and swallows the answer; the hub is killed with -9 at that moment",
    run,
};

/// The symbol that trades at every close.
const SYMBOL: &str = "ETHUSDT";

/// How often the moment may pass by: a stop that is touched before it is moved.
const TRIES: usize = 5;

fn run(stage: &mut Stage) -> anyhow::Result<Shown> {
    for attempt in 0..TRIES {
        if let Some(shown) = attempt_once(stage, attempt)? {
            return Ok(shown);
        }
    }
    anyhow::bail!("no stop was moved in {TRIES} positions")
}

/// The faults: the answer of what replaces the stop, the events about it, and answers to who asks for it.
fn faults(attempt: usize) -> [Value; 3] {
    let name = |what: &str| format!("{what}-{attempt}");
    [
        json!({
            "name": name("answer-swallowed"),
            "what": { "kind": "reply_lost" },
            "on": { "api": "rest", "endpoint": "POST /api/v3/order/cancelReplace", "symbol": SYMBOL },
            "when": { "times": 1 },
        }),
        json!({
            "name": name("events-swallowed"),
            "what": { "kind": "gap" },
            "on": { "api": "user_stream", "endpoint": "executionReport" },
        }),
        json!({
            "name": name("questions-refused"),
            "what": { "kind": "error", "error": "busy" },
            "on": { "api": "rest", "endpoint": "GET /api/v3/o*" },
        }),
    ]
}

/// Waits for a position at rest, arms the faults and waits for the next order; `None` if the position ended before.
fn attempt_once(stage: &mut Stage, attempt: usize) -> anyhow::Result<Option<Shown>> {
    let patience = Duration::from_secs(40);
    let symbol = wait_for("protected position", patience, || {
        let account = stage.account()?;
        let found = account.held().find(|symbol| account.name(*symbol) == SYMBOL);
        let Some(symbol) = found else { return Ok(None) };
        let standing = account.at(symbol, TsNanos::MAX);
        let at_rest = standing.is_held() && standing.is_protected();
        Ok((at_rest && account.open(symbol).count() == 1).then_some(symbol))
    })?;
    let faults = faults(attempt);
    for fault in &faults {
        stage.fault(fault)?;
    }
    let name = faults[0]["name"].as_str().unwrap_or_default();
    let fired = wait_for("swallowed answer, or end of the position", patience, || {
        let account = stage.account()?;
        if account.faults.contains_key(name) {
            return Ok(Some(true));
        }
        Ok((!account.at(symbol, TsNanos::MAX).is_held()).then_some(false))
    })?;
    if fired {
        stage.kill_hub()?;
    }
    for fault in &faults {
        stage.heal(fault["name"].as_str().unwrap_or_default())?;
    }
    if !fired {
        return Ok(None);
    }
    told(stage, symbol, name).map(Some)
}

fn told(stage: &mut Stage, symbol: types::ids::SymbolId, fault: &str) -> anyhow::Result<Shown> {
    let account = stage.account()?;
    let mut shown = Shown::default();
    let new = account
        .rows
        .iter()
        .rfind(|row| row.order.symbol == symbol && matches!(row.event, Execution::New));
    let new = new.ok_or_else(|| anyhow::anyhow!("the ledger has no order of {SYMBOL}"))?;
    show_rows(&mut shown, &account, &[new]);
    shown.line("ledger", format_args!("fault {fault} fired {} time(s)", account.faults[fault]));
    let client_id = new.order.client_id.as_str().to_owned();
    let command = stage
        .told()?
        .into_iter()
        .find(|event| event["event"] == "command" && event["client_order_id"] == *client_id);
    let command = command.and_then(|event| event["seq"].as_u64()).unwrap_or(0);
    for line in stage.lines("Command")? {
        if line.starts_with(&format!("{command} ")) {
            shown.line("journal", line);
        }
    }
    // An order is named by the place of its command.
    let names = |entry: &&Value| entry["body"]["order"]["command"] == command;
    let commanded = stage.entries("Command")?.iter().filter(names).count();
    let reported = stage.entries("Report")?.iter().filter(names).count();
    shown.claim(
        "its command is in the journal, an answer is not",
        format_args!("entry {command}, {reported} reports of that order"),
        commanded == 1 && reported == 0,
    );
    shown.claim("the venue accepted the order", &client_id, account.doubled() == 0);
    stage.swallowed = Some(Swallowed { symbol, client_id, accepted: new.t });
    Ok(shown)
}
