//! The running hub's own view of its parts and of the venue.

use serde::Deserialize;

use super::check::{Check, Verdict};
use crate::cli::control::HubArgs;
use crate::control::{Answer, AskError, Command, Request, ask};

/// A part as the hub tells of it.
#[derive(Debug, Deserialize)]
struct Part {
    name: String,
    /// Whether it works; absent where it could not be looked at.
    healthy: Option<bool>,
    /// What was seen, with latency.
    #[serde(default)]
    seen: String,
}

/// Asks the hub.
pub(super) fn all(args: &HubArgs) -> Vec<Check> {
    let request = Request::new(Command::Doctor, None);
    of_answer(ask(&args.state, &request, args.wait, |_| {}))
}

fn of_answer(answer: Result<Answer, AskError>) -> Vec<Check> {
    let name = "hub";
    let remedy = "see `plimsoll status`; if it stays silent, `plimsoll kill` still works";
    match answer {
        Ok(Answer::Told(told)) => match serde_json::from_value::<Vec<Part>>(told) {
            Ok(parts) => {
                let running = Check::fine(name, "it runs and answers");
                std::iter::once(running).chain(parts.iter().map(of_part)).collect()
            }
            Err(error) => vec![Check::bad(name, format!("its answer: {error}"), remedy)],
        },
        Ok(Answer::Failed { message } | Answer::Refused { message, .. }) => {
            vec![Check::bad(name, message, remedy)]
        }
        Ok(Answer::Done(_) | Answer::Unconfirmed(_)) => {
            vec![Check::bad(name, "it answered another question", remedy)]
        }
        Err(AskError::NoHub { .. }) => {
            vec![Check::unknown(name, "none is running on this state folder")]
        }
        Err(error) => vec![Check::bad(name, error.to_string(), remedy)],
    }
}

fn of_part(part: &Part) -> Check {
    let verdict = match part.healthy {
        Some(true) => Verdict::Fine,
        Some(false) => Verdict::Bad,
        None => Verdict::Unknown,
    };
    Check {
        name: "hub's part",
        verdict,
        seen: format!("{}: {}", part.name, part.seen),
        remedy: (verdict == Verdict::Bad).then(|| "see docs/operations.md".to_owned()),
    }
}
