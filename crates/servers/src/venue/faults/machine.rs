//! [`Machine`]: the faults of a plan with what they have done so far.

use std::time::Duration;

use serde::Serialize;
use types::market::TsNanos;

use super::plan::{Fault, On, PlanError, ServerError, What};
use super::trigger::Trigger;
use super::verdict::{Api, EventFault, Outcome, RequestFault, Shift, Site, SocketFault};
use super::world::{Change, Due};

/// A fault that has fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// When, in market time.
    pub at: TsNanos,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// The way it struck, if it struck one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// The endpoint, stream or event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The symbol it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The API key of the account it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// A fault with what it has done so far, for the control port.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The fault as it was written.
    pub fault: Fault,
    /// How often it has fired.
    pub fired: u64,
    /// Whether it can fire now.
    pub on: bool,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    trigger: Trigger,
    /// Of what happens by itself: it has begun, it has ended.
    begun: bool,
    ended: bool,
}

/// The faults of a plan with what they have done so far.
#[derive(Debug)]
pub(super) struct Machine {
    seed: u64,
    armed: Vec<Armed>,
    fired: Vec<Fired>,
}

impl Machine {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, armed: Vec::new(), fired: Vec::new() }
    }

    /// Adds a fault; its time counts from `since`.
    pub(super) fn add(&mut self, fault: Fault, since: TsNanos) -> Result<(), PlanError> {
        fault.validate()?;
        if self.armed.iter().any(|armed| armed.fault.name == fault.name) {
            return Err(PlanError::Twice(fault.name));
        }
        let key = fault
            .name
            .bytes()
            .fold(self.seed, |key, byte| (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let trigger = Trigger::new(fault.when, since, key);
        self.armed.push(Armed { fault, trigger, begun: false, ended: false });
        Ok(())
    }

    /// Takes a fault away; false if there is none of the name. What it has begun ends at once: see [`due`](Self::due).
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<Change>> {
        let index = self.armed.iter().position(|armed| armed.fault.name == name)?;
        let armed = self.armed.remove(index);
        let open = armed.begun && !armed.ended;
        Some(if open { end_of(&armed.fault).into_iter().collect() } else { Vec::new() })
    }

    pub(super) fn list(&self, now: TsNanos) -> Vec<Status> {
        let status = |armed: &Armed| Status {
            fault: armed.fault.clone(),
            fired: armed.trigger.fired(),
            on: armed.trigger.is_on(now),
        };
        self.armed.iter().map(status).collect()
    }

    /// Takes what has fired since this was last called.
    pub(super) fn take(&mut self) -> Vec<Fired> {
        std::mem::take(&mut self.fired)
    }

    /// Says what a request meets.
    pub(super) fn request(&mut self, now: TsNanos, site: &Site<'_>) -> RequestFault {
        let mut verdict = RequestFault::default();
        for armed in &mut self.armed {
            let outcome = match &armed.fault.what {
                What::Latency { delay, jitter } => {
                    if strikes(&armed.fault.on, &mut armed.trigger, now, site) {
                        let share = armed.trigger.share(2);
                        let nanos = jitter.duration().mul_f64(share);
                        verdict.delay += delay.duration() + nanos;
                        self.fired.push(fired(now, &armed.fault, Some(site)));
                    }
                    continue;
                }
                What::WrongBalance { asset, by } => {
                    if strikes(&armed.fault.on, &mut armed.trigger, now, site) {
                        verdict.balances.push(Shift { asset: asset.clone(), by: *by });
                        self.fired.push(fired(now, &armed.fault, Some(site)));
                    }
                    continue;
                }
                What::Error { error, executed } => server_error(*error, *executed),
                What::RateLimited { retry_after } => limited(429, retry_after.duration()),
                What::Banned { retry_after } => limited(418, retry_after.duration()),
                What::Maintenance {} => maintenance(),
                What::ReplyLost {} => Outcome::LoseReply,
                What::RejectLost {} => Outcome::RejectAndLose,
                What::Late { .. }
                | What::Duplicate { .. }
                | What::Reorder {}
                | What::Gap {}
                | What::Silent {}
                | What::HalfOpen {}
                | What::ClockSkew { .. }
                | What::Deposit { .. }
                | What::Withdrawal { .. }
                | What::Filters { .. }
                | What::Halt {}
                | What::Delist {} => continue,
            };
            let open = verdict.outcome == Outcome::Pass;
            if open && strikes(&armed.fault.on, &mut armed.trigger, now, site) {
                self.fired.push(fired(now, &armed.fault, Some(site)));
                verdict.outcome = outcome;
            }
        }
        verdict
    }

    /// Says what an event meets.
    pub(super) fn event(&mut self, now: TsNanos, site: &Site<'_>) -> EventFault {
        let (mut delay, mut copies, mut verdict) =
            (Duration::ZERO, Vec::new(), EventFault::default());
        let mut gone = false;
        for armed in &mut self.armed {
            let of_events = matches!(
                armed.fault.what,
                What::Late { .. } | What::Duplicate { .. } | What::Reorder {} | What::Gap {}
            );
            if !of_events || !strikes(&armed.fault.on, &mut armed.trigger, now, site) {
                continue;
            }
            self.fired.push(fired(now, &armed.fault, Some(site)));
            if let What::Late { delay: least, jitter } = armed.fault.what {
                delay += least.duration() + jitter.duration().mul_f64(armed.trigger.share(2));
            } else if let What::Duplicate { delay } = armed.fault.what {
                copies.push(delay.duration());
            } else if matches!(armed.fault.what, What::Reorder {}) {
                verdict.hold = true;
            } else {
                gone = true;
            }
        }
        verdict.deliver = if gone { Vec::new() } else { vec![delay] };
        if !gone {
            verdict.deliver.extend(copies.into_iter().map(|later| delay + later));
        }
        verdict
    }

    /// Says what a socket is.
    pub(super) fn socket(&mut self, now: TsNanos, site: &Site<'_>) -> SocketFault {
        let mut verdict = SocketFault::Open;
        for armed in &mut self.armed {
            let says = match armed.fault.what {
                What::Silent {} => SocketFault::Silent,
                What::HalfOpen {} => SocketFault::HalfOpen,
                What::Latency { .. }
                | What::Error { .. }
                | What::RateLimited { .. }
                | What::Banned { .. }
                | What::Maintenance {}
                | What::ReplyLost {}
                | What::RejectLost {}
                | What::WrongBalance { .. }
                | What::Late { .. }
                | What::Duplicate { .. }
                | What::Reorder {}
                | What::Gap {}
                | What::ClockSkew { .. }
                | What::Deposit { .. }
                | What::Withdrawal { .. }
                | What::Filters { .. }
                | What::Halt {}
                | What::Delist {} => continue,
            };
            let open = verdict == SocketFault::Open;
            if open && strikes(&armed.fault.on, &mut armed.trigger, now, site) {
                self.fired.push(fired(now, &armed.fault, Some(site)));
                verdict = says;
            }
        }
        verdict
    }

    /// Returns whether the system status says maintenance.
    pub(super) fn in_maintenance(&self, now: TsNanos) -> bool {
        let is = |armed: &&Armed| matches!(armed.fault.what, What::Maintenance {});
        self.armed.iter().filter(is).any(|armed| armed.trigger.is_on(now))
    }

    /// Returns when something happens by itself next.
    pub(super) fn next(&self) -> Option<TsNanos> {
        self.armed.iter().filter_map(Armed::next).min()
    }

    /// Takes what has happened by itself up to a moment, in order.
    pub(super) fn due(&mut self, to: TsNanos) -> Vec<Due> {
        let mut due = Vec::new();
        for armed in &mut self.armed {
            while let Some(at) = armed.next().filter(|at| *at <= to) {
                let by = armed.fault.name.clone();
                let change =
                    if armed.begun { end_of(&armed.fault) } else { start_of(&armed.fault) };
                if armed.begun {
                    armed.ended = true;
                } else {
                    armed.begun = true;
                    armed.trigger.note();
                    self.fired.push(fired(at, &armed.fault, None));
                }
                due.extend(change.map(|change| Due { at, by, change }));
            }
        }
        due.sort_by_key(|due| due.at);
        due
    }
}

impl Armed {
    fn next(&self) -> Option<TsNanos> {
        if !self.fault.what.is_of_the_world() || self.ended {
            None
        } else if self.begun {
            end_of(&self.fault).and_then(|_| self.trigger.ends())
        } else {
            Some(self.trigger.begins())
        }
    }
}

/// What a fault does when its time begins.
fn start_of(fault: &Fault) -> Option<Change> {
    let account = || fault.on.account.clone();
    let symbol = || fault.on.symbol.clone();
    match &fault.what {
        What::ClockSkew { by } => Some(Change::Skew { nanos: by.nanos() }),
        What::Deposit { asset, amount } => {
            account().map(|account| Change::Flow { account, asset: asset.clone(), amount: *amount })
        }
        What::Withdrawal { asset, amount } => account().map(|account| Change::Flow {
            account,
            asset: asset.clone(),
            amount: amount.negative(),
        }),
        What::Filters { tick, lot, min_qty, min_notional } => {
            symbol().map(|symbol| Change::Filters {
                symbol,
                tick: *tick,
                lot: *lot,
                min_qty: *min_qty,
                min_notional: *min_notional,
            })
        }
        What::Halt {} => symbol().map(|symbol| Change::Halt { symbol }),
        What::Delist {} => symbol().map(|symbol| Change::Delist { symbol }),
        What::Latency { .. }
        | What::Error { .. }
        | What::RateLimited { .. }
        | What::Banned { .. }
        | What::Maintenance {}
        | What::ReplyLost {}
        | What::RejectLost {}
        | What::WrongBalance { .. }
        | What::Late { .. }
        | What::Duplicate { .. }
        | What::Reorder {}
        | What::Gap {}
        | What::Silent {}
        | What::HalfOpen {} => None,
    }
}

/// What a fault does when its time ends; filters, money and lists do not come back by themselves.
fn end_of(fault: &Fault) -> Option<Change> {
    if matches!(fault.what, What::ClockSkew { .. }) {
        return Some(Change::Skew { nanos: 0 });
    }
    let symbol = fault.on.symbol.clone().filter(|_| matches!(fault.what, What::Halt {}));
    symbol.map(|symbol| Change::Resume { symbol })
}

/// Asks a fault at a place: counts only where it could strike.
fn strikes(on: &On, trigger: &mut Trigger, now: TsNanos, site: &Site<'_>) -> bool {
    let api = on.api.is_none_or(|api| api == site.api);
    let endpoint = on.endpoint.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
        Some(start) => site.endpoint.starts_with(start),
        None => site.endpoint == wanted,
    });
    let symbol = on.symbol.as_ref().is_none_or(|symbol| site.symbol == Some(symbol.as_str()));
    let account = on.account.as_deref().is_none_or(|account| site.account == Some(account));
    api && endpoint && symbol && account && trigger.ask(now)
}

fn fired(at: TsNanos, fault: &Fault, site: Option<&Site<'_>>) -> Fired {
    let symbol = site.and_then(|site| site.symbol.map(str::to_owned));
    let account = site.and_then(|site| site.account.map(str::to_owned));
    Fired {
        at,
        name: fault.name.clone(),
        kind: fault.what.kind(),
        api: site.map(|site| site.api),
        endpoint: site.map(|site| site.endpoint.to_owned()),
        symbol: symbol.or_else(|| fault.on.symbol.as_ref().map(ToString::to_string)),
        account: account.or_else(|| fault.on.account.clone()),
    }
}

/// The answers of `errors.md` to what went wrong behind the API. 5xx says nothing about whether the request was carried out,
/// but for -1008.
fn server_error(error: ServerError, executed: bool) -> Outcome {
    let (status, code, msg) = match error {
        ServerError::Unknown => {
            (500, -1000, "An unknown error occurred while processing the request.")
        }
        ServerError::Disconnected => {
            (500, -1001, "Internal error; unable to process your request. Please try again.")
        }
        ServerError::UnexpectedResponse => (
            500,
            -1006,
            "An unexpected response was received from the message bus. Execution status unknown.",
        ),
        ServerError::Timeout => (
            504,
            -1007,
            "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        ),
        ServerError::Busy => (
            503,
            -1008,
            "Server is currently overloaded with other requests. Please try again in a few minutes.",
        ),
    };
    Outcome::Answer { status, code, msg: msg.to_owned(), retry_after: None, executed }
}

fn limited(status: u16, retry_after: Duration) -> Outcome {
    let msg = if status == 418 {
        "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans."
    } else {
        "Too many requests queued."
    };
    Outcome::Answer {
        status,
        code: -1003,
        msg: msg.to_owned(),
        retry_after: Some(retry_after.as_secs().max(1)),
        executed: false,
    }
}

/// The front answers, the engine is away.
fn maintenance() -> Outcome {
    Outcome::Answer {
        status: 503,
        code: -1016,
        msg: "This service is no longer available.".to_owned(),
        retry_after: None,
        executed: false,
    }
}
