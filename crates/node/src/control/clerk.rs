//! [`Clerk`]: between the socket and the hub: answers questions, checks codes, reads a configuration again, keeps who waits for what.

use std::collections::BTreeMap;

use hub::permits::Proof;
use hub::system::{Ask, OperatorRequest, Reply, ReplyTicket, Status};
use types::entry::PermitKind;
use types::hard_limits::HardLimits;
use types::ids::Symbol;
use types::num::Money;

use super::answers::{Surroundings, answer, request, said};
use super::desk::{Answering, ControlRequest};
use super::stays::stays;
use super::words::{Adopt, Answer, Brought, Command, Confirmed, Grant, GrantStep, Said};
use crate::limits::{self, Origin};
use crate::operator_keys::{KeyFolder, Verifier, is_name};
use crate::run_config::RunConfig;

/// Requests that wait for their answer; more are refused, what stops something apart. Each is a person or a script that waits.
const WAITING_MAX: usize = 64;

/// Most characters of why something was adopted.
const REASON_CHARS_MAX: usize = 200;

/// The code of a configuration that cannot be followed.
const CONFIG: &str = "CONFIG";

/// Where the clerk looks things up.
#[derive(Debug)]
pub(crate) struct Files {
    /// The configuration as it was read at the start.
    pub(crate) config: RunConfig,
    /// Codes of operators; `None` where none can be kept.
    pub(crate) keys: Option<KeyFolder>,
    /// Whether somebody who is trusted signed the limits of the start: then nothing unsigned takes their place.
    pub(crate) signed: bool,
    /// What the rung of the ladder lets be exposed; limits that are read again lie no higher.
    pub(crate) exposure: Option<Money>,
}

/// What the runtime is to do for a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Ask the hub.
    Ask {
        /// For the reply.
        ticket: ReplyTicket,
        /// Who, as the journal has it.
        name: String,
        /// What.
        request: OperatorRequest,
    },
    /// Tell the hub that a new configuration cannot be followed; whoever asked knows.
    ConfigRefused {
        /// In words.
        why: String,
    },
    /// Read the venue's key again and use it; then ask the hub for [`OperatorRequest::RotateKeys`] under this ticket and name, or
    /// [`Clerk::refuse`] it.
    Rotate {
        /// For the reply.
        ticket: ReplyTicket,
        /// Who.
        name: String,
    },
}

/// Why a request is not taken to the hub.
struct Refused {
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Who waits, and what their answer is to say beside what the hub says.
#[derive(Debug)]
struct Waiting {
    reply: Answering,
    notes: Vec<String>,
}

/// Between the socket and the hub. It owns no clock and waits for nobody.
#[derive(Debug)]
pub(crate) struct Clerk {
    files: Files,
    waiting: BTreeMap<ReplyTicket, Waiting>,
    next: u64,
}

impl Clerk {
    /// Returns a clerk nobody has asked anything yet.
    pub(crate) const fn new(files: Files) -> Self {
        Self { files, waiting: BTreeMap::new(), next: 0 }
    }

    /// Takes a request: answers it, or returns what is to be done first. `wall` is in seconds since 1970, for codes; `capital` is what
    /// the run may use, for limits that are read again.
    pub(crate) fn take(
        &mut self,
        asked: ControlRequest,
        status: &Status,
        around: &Surroundings,
        wall: u64,
        capital: Money,
    ) -> Option<Work> {
        let ControlRequest { name, who, command, reply } = asked;
        if let Some(answer) = answer(&command, status, around) {
            reply.finish(answer);
            return None;
        }
        if !is_anyones(&command) && !self.is_listed(&who) {
            reply.finish(refused(self.not_listed(&who)));
            return None;
        }
        if self.waiting.len() >= WAITING_MAX && !command.stops() {
            let message = format!("{WAITING_MAX} requests wait already: ask again");
            reply.finish(refused(Refused::new("BUSY", message)));
            return None;
        }
        let mut notes = Vec::new();
        let request = if let Command::Permit(grant) = &command {
            self.permit(grant, &who, wall).map(Some)
        } else if let Command::ConfigReload(brought) = &command {
            let floor = status.limits.as_ref().map_or(0, |limits| limits.version);
            self.reload(capital, floor, &mut notes)
                .and_then(|limits| {
                    // A code is used up by what it is for, not by a file that cannot be used.
                    let proof = self.proof(brought, &who, wall)?;
                    Ok(OperatorRequest::Limits { limits, proof })
                })
                .map(Some)
        } else if let Command::Adopt(wanted) = &command {
            adopt(wanted).map(Some)
        } else {
            // A new key is the runtime's.
            Ok(request(&command))
        };
        let ticket = ReplyTicket(self.next);
        match request {
            Err(refusal) => {
                let why = (refusal.code == CONFIG).then(|| refusal.message.clone());
                reply.finish(refused(refusal));
                why.map(|why| Work::ConfigRefused { why })
            }
            Ok(request) => {
                self.next += 1;
                self.waiting.insert(ticket, Waiting { reply, notes });
                Some(match request {
                    Some(request) => Work::Ask { ticket, name, request },
                    None => Work::Rotate { ticket, name },
                })
            }
        }
    }

    /// Passes on what the hub says.
    pub(crate) fn hear(&mut self, ticket: ReplyTicket, reply: Reply) {
        match said(reply) {
            Said::Progress(text) => {
                if let Some(waiting) = self.waiting.get(&ticket) {
                    waiting.reply.progress(text);
                }
            }
            Said::Answer(answer) => {
                if let Some(Waiting { reply, notes }) = self.waiting.remove(&ticket) {
                    reply.finish(with_notes(answer, notes));
                }
            }
        }
    }

    /// Says no to a request that was handed out.
    pub(crate) fn refuse(&mut self, ticket: ReplyTicket, code: &'static str, message: String) {
        if let Some(Waiting { reply, .. }) = self.waiting.remove(&ticket) {
            reply.finish(refused(Refused { code, message }));
        }
    }

    /// Returns whether somebody may act. Where the configuration names nobody, whoever may open the socket does.
    fn is_listed(&self, who: &str) -> bool {
        let named = &self.files.config.run.operators;
        named.is_empty() || named.iter().any(|name| name == who)
    }

    fn not_listed(&self, who: &str) -> Refused {
        let named = self.files.config.run.operators.join(", ");
        let message = format!(
            "`{who}` is none of run.operators ({named}): name yourself with --operator, or have the name written there, which counts \
             from the next start"
        );
        Refused::new("OPERATOR", message)
    }

    /// A step towards a permission.
    fn permit(&self, grant: &Grant, who: &str, wall: u64) -> Result<OperatorRequest, Refused> {
        let step = match grant.step {
            GrantStep::Ask => Ask::Ask,
            GrantStep::Confirm => Ask::Confirm,
            GrantStep::Cancel => Ask::Cancel,
        };
        if grant.kind == PermitKind::GoLive {
            let why = "real money is permitted by a signed file: `plimsoll config permit-live`";
            return Err(Refused::new("PERMIT", why));
        }
        let proof = self.proof(&grant.brought, who, wall)?;
        Ok(OperatorRequest::Permit { kind: grant.kind, step, proof })
    }

    /// Judges what a person brings; a code that is right is used up by it.
    fn proof(&self, brought: &Brought, who: &str, wall: u64) -> Result<Proof, Refused> {
        let typed = brought.typed.as_deref().map(str::parse::<Money>).transpose();
        let typed = typed.map_err(|error| Refused::new("AMOUNT", error.to_string()))?;
        let totp = match &brought.code {
            None => false,
            Some(code) => self.check(code, who, wall).map(|()| true)?,
        };
        Ok(Proof { totp, typed })
    }

    fn check(&self, code: &str, who: &str, wall: u64) -> Result<(), Refused> {
        let keys = self.files.keys.as_ref().filter(|_| is_name(who));
        let keys = keys.ok_or_else(|| {
            Refused::new(
                "CODE",
                format!("there are no one-time codes for `{who}`: name yourself with --operator"),
            )
        })?;
        let verifier = Verifier::open(keys, who);
        let verifier = verifier.map_err(|error| Refused::new("CODE", error.to_string()))?;
        verifier.accept(code, wall).map_err(|error| Refused::new("CODE", error.to_string()))
    }

    /// Reads the configuration again: hard limits go to the hub, which lets them fall at once; what only a new start can take over is
    /// named. Whom to trust and where the limits lie is what the start was told: who can write the new file alone raises nothing.
    fn reload(
        &self,
        capital: Money,
        floor: u64,
        notes: &mut Vec<String>,
    ) -> Result<HardLimits, Refused> {
        let unusable = |message: String| Refused::new(CONFIG, message);
        let old = &self.files.config;
        let Some(path) = &old.path else {
            return Err(unusable("the hub runs without a configuration file".to_owned()));
        };
        let new = RunConfig::open(path).map_err(|error| unusable(error.to_string()))?;
        let limits = limits::for_run(old, capital, floor);
        let mut limits = limits.map_err(|error| unusable(error.to_string()))?;
        if self.files.signed && !matches!(limits.origin, Origin::Signed(_)) {
            return Err(unusable(
                "the limits of the start were signed, these are not: `plimsoll config sign` signs them".to_owned(),
            ));
        }
        if let Some(most) = self.files.exposure {
            let hard = &mut limits.hard;
            hard.gross_exposure = hard.gross_exposure.min(most);
            hard.order_notional = hard.order_notional.min(most);
        }
        notes.extend(limits.lines());
        notes.extend(stays(old, &new));
        Ok(limits.hard)
    }
}

/// Returns whether a command stops something: anyone may stop.
const fn is_anyones(command: &Command) -> bool {
    match command {
        Command::Pause
        | Command::SafeModeOn
        | Command::MaintenanceOn
        | Command::Kill
        | Command::Stop
        | Command::Permit(Grant { step: GrantStep::Cancel, .. }) => true,
        Command::Status
        | Command::Doctor
        | Command::Orders
        | Command::Positions
        | Command::Incidents
        | Command::Permits
        | Command::Resume
        | Command::SafeModeRelease
        | Command::MaintenanceOff
        | Command::Flatten
        | Command::WindDown { .. }
        | Command::CloseIncident { .. }
        | Command::Adopt(_)
        | Command::Permit(_)
        | Command::ConfigReload(_)
        | Command::KeysRotate => false,
    }
}

/// Reads what a person has looked at; a reason is wanted, and stands in the journal for good.
fn adopt(wanted: &Adopt) -> Result<OperatorRequest, Refused> {
    let symbol = Symbol::new(&wanted.symbol);
    let symbol = symbol.map_err(|error| Refused::new("SYMBOL", error.to_string()))?;
    let amount = |text: &str| {
        let amount = text.parse::<Money>();
        amount.map_err(|error| Refused::new("AMOUNT", format!("{text}: {error}")))
    };
    let money = wanted.money.as_deref().map(amount).transpose()?;
    let agreed = wanted.agreed.as_ref().map(|agreed| {
        let reason = agreed.reason.trim().to_owned();
        let chars = reason.chars().count();
        if !(1..=REASON_CHARS_MAX).contains(&chars) || reason.chars().any(char::is_control) {
            let wanted = format!("a reason has 1 to {REASON_CHARS_MAX} printable characters");
            return Err(Refused::new("REASON", format!("{wanted}, saw {chars}")));
        }
        let (total, cash) = (amount(&agreed.total)?, amount(&agreed.cash)?);
        Ok(hub::system::Agreed { reason, total, cash })
    });
    Ok(OperatorRequest::Adopt { symbol, money, agreed: agreed.transpose()? })
}

fn refused(refusal: Refused) -> Answer {
    Answer::Refused { code: refusal.code.to_owned(), message: refusal.message }
}

/// Adds to what the hub confirmed; a refusal stands alone.
fn with_notes(answer: Answer, notes: Vec<String>) -> Answer {
    let add = |mut confirmed: Confirmed| {
        confirmed.notes.extend(notes);
        confirmed
    };
    match answer {
        Answer::Done(confirmed) => Answer::Done(add(confirmed)),
        Answer::Unconfirmed(confirmed) => Answer::Unconfirmed(add(confirmed)),
        other @ (Answer::Told(_) | Answer::Refused { .. } | Answer::Failed { .. }) => other,
    }
}

#[cfg(test)]
mod tests;
