//! SAFE_MODE trips, and an entry is refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::shown::Shown;
use super::super::stage::Stage;
use super::super::{Step, wait_for};

pub(in super::super) const SAFE_MODE: Step = Step {
    name: "safe_mode",
    title: "the venue's balance no longer covers what is owned: SAFE_MODE trips and refuses an entry",
    run,
};

fn run(stage: &mut Stage) -> anyhow::Result<Shown> {
    let patience = Duration::from_secs(60);
    stage.fault(&json!({
        "name": "balance-off",
        "what": { "kind": "wrong_balance", "asset": "BTC", "by": "-1000" },
    }))?;
    // Each movement of money that the venue tells is a reason to compare both books at once.
    stage.pay_in("USDT", "1")?;
    let hub = stage.hub()?;
    let tripped = hub.hear("SAFE_MODE", patience, |event| {
        event["event"] == "mode" && event["mode"] == "safe_mode"
    })?;
    let since = tripped["seq"].as_u64();
    let refused = wait_for("refused entry", patience, || {
        let decisions = stage.entries("Decision")?;
        // A system that only starts refuses by the same rule: what comes behind the trip counts.
        let binding = |entry: &&Value| {
            entry["seq"].as_u64() > since
                && entry["body"]["reason"]["verdict"]["binding"] == "SafeMode"
        };
        Ok(decisions.iter().rfind(binding).and_then(|entry| entry["seq"].as_u64()))
    })?;
    let mut shown = Shown::default();
    shown.line("hub", &tripped);
    if let Some(line) = stage.lines("Mode")?.last() {
        shown.line("journal", line);
    }
    for line in stage.lines("Decision")? {
        if line.starts_with(&format!("{refused} ")) {
            shown.line("journal", format_args!("{line}, by the rule SafeMode"));
        }
    }
    shown.claim("SAFE_MODE is in force", &tripped["cause"], true);
    shown.claim("an entry was refused for it", format_args!("entry {refused}"), true);
    stage.heal("balance-off")?;
    Ok(shown)
}
