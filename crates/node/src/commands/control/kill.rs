//! `kill`: works with everything else down.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context as _;
use serde_json::json;

use super::told;
use crate::cli::control::PlainActArgs;
use crate::control::emergency::{self, Line, What};
use crate::control::{Answer, AskError, Command, Request, ask, own_name};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;

/// Asks the hub; where none answers, leaves the order where the next start, or the hub once it breathes again, finds it.
pub(crate) fn run(args: &PlainActArgs, out: Out) -> Outcome {
    let (hub, operator) = (&args.act.hub, args.act.operator.clone());
    let request = Request::new(Command::Kill, operator.clone());
    let left = |exit, why: &str| leave(&hub.state, operator.as_deref(), exit, why, out);
    match ask(&hub.state, &request, hub.wait, |text| out.note(text)) {
        // It took the order or it did not: nobody can tell, and killing twice harms nobody. Nor does a no count: it waits on disk.
        Ok(Answer::Failed { message } | Answer::Refused { message, .. }) => {
            left(Exit::Unconfirmed, &message)
        }
        Ok(answer) => told::tell("kill", &answer, out),
        Err(error @ AskError::NoHub { .. }) => left(Exit::NoHub, &error.to_string()),
        Err(
            error
            @ (AskError::Silent { .. } | AskError::Garbled { .. } | AskError::Unusable { .. }),
        ) => left(Exit::Unconfirmed, &error.to_string()),
    }
}

/// Writes the order into the emergency file and says what that means.
fn leave(state: &Path, operator: Option<&str>, exit: Exit, why: &str, out: Out) -> Outcome {
    if !state.is_dir() {
        return Err(Failure::usage(format_args!(
            "{}: no such state folder, wanted the --state of the hub that is to be stopped",
            state.display()
        )));
    }
    let line = Line { at: now()?, name: own_name(operator), what: What::Kill };
    let path = emergency::path(state);
    let written = emergency::append(state, &line);
    written.with_context(|| format!("{}: the order to kill could not be left", path.display()))?;
    let outcome = if exit == Exit::NoHub { "no_hub" } else { "unconfirmed" };
    out.json(&json!({ "outcome": outcome, "message": why, "left": path.display().to_string() }))?;
    out.line(format_args!("kill: NOTHING IS CONFIRMED: {why}"))?;
    out.line(format_args!("  the order is on disk in {}", path.display()))?;
    out.line("  a running hub adopts it within a second, else the next start does, before it sends anything")?;
    out.line(
        "  until then what is at the venue stays there: entry orders may still fill, stops rest",
    )?;
    Ok(exit)
}

#[expect(clippy::disallowed_methods, reason = "when a person gave an order is wall time")]
fn now() -> Result<i64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_nanos())?)
}
