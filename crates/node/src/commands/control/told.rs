//! Asking a hub, and telling what came of it.

use serde_json::{Value, json};

use super::confirmed;
use crate::cli::control::{ActArgs, HubArgs};
use crate::control::{Answer, AskError, Command, Request, ask};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;

/// Asks for an action and tells what came of it. `what` is the command as it was typed.
pub(super) fn act(what: &str, args: &ActArgs, command: Command, out: Out) -> Outcome {
    let request = Request::new(command, args.operator.clone());
    match ask(&args.hub.state, &request, args.hub.wait, |text| out.note(text)) {
        Ok(answer) => tell(what, &answer, out),
        Err(error) => Err(failed(error, out)?),
    }
}

/// Asks to be told something.
pub(super) fn told(args: &HubArgs, command: Command, out: Out) -> Result<Value, Failure> {
    match told_unless_none(args, command, out)? {
        Some(told) => Ok(told),
        None => Err(failed(AskError::NoHub { state: args.state.clone() }, out)?),
    }
}

/// Asks to be told something; `None` where no hub is running.
pub(super) fn told_unless_none(
    args: &HubArgs,
    command: Command,
    out: Out,
) -> Result<Option<Value>, Failure> {
    match ask(&args.state, &Request::new(command, None), args.wait, |_| {}) {
        Ok(Answer::Told(value)) => Ok(Some(value)),
        Err(AskError::NoHub { .. }) => Ok(None),
        Ok(other) => {
            let lines = confirmed::lines("the hub", &other).join("\n");
            Err(Failure { exit: confirmed::exit(&other), error: anyhow::anyhow!(lines) })
        }
        Err(error) => Err(failed(error, out)?),
    }
}

/// Tells what came of an action.
pub(super) fn tell(what: &str, answer: &Answer, out: Out) -> Outcome {
    out.json(&machine_form(answer))?;
    for line in confirmed::lines(what, answer) {
        out.line(line)?;
    }
    Ok(confirmed::exit(answer))
}

/// Returns an answer as one flat object: `outcome` beside its fields.
pub(super) fn machine_form(answer: &Answer) -> Value {
    let (outcome, mut fields) = match answer {
        Answer::Told(value) => ("told", json!({ "told": value })),
        Answer::Done(confirmed) => ("done", json!(confirmed)),
        Answer::Unconfirmed(confirmed) => ("unconfirmed", json!(confirmed)),
        Answer::Refused { code, message } => {
            ("refused", json!({ "code": code, "message": message }))
        }
        Answer::Failed { message } => ("failed", json!({ "message": message })),
    };
    fields["outcome"] = outcome.into();
    fields
}

/// Returns how the program ends without an answer, having told it to machines.
pub(super) fn failed(error: AskError, out: Out) -> Result<Failure, Failure> {
    let (exit, outcome) = match error {
        AskError::NoHub { .. } => (Exit::NoHub, "no_hub"),
        AskError::Silent { .. } => (Exit::Unconfirmed, "unconfirmed"),
        AskError::Unusable { .. } | AskError::Garbled { .. } => (Exit::Failure, "failed"),
    };
    out.json(&json!({ "outcome": outcome, "message": error.to_string() }))?;
    Ok(Failure { exit, error: error.into() })
}
