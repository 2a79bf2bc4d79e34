//! The runtime's side of the words: from commands to what the hub is asked, from what it says to answers.

use hub::system::{
    AdoptionLine as HubAdoption, ComponentState, Confirmed as HubConfirmed, OperatorRequest,
    OrderLine as HubOrder, PositionLine, Reply, Status,
};
use serde_json::json;
use types::entry::SystemMode;
use types::ids::Seq;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::OrderKind;
use types::side::Side;

use super::told::{
    Budget, IfStopped, IncidentTold, JournalTold, Next, OrderTold, PartTold, PositionTold,
    RestartTold, StatusTold,
};
use super::words::{AdoptionLine, Answer, ClosedLine, Command, Confirmed, OrderLine, Said};
use crate::run_config::Mode;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// What the runtime knows and the hub does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// Whose money.
    pub(crate) money: Mode,
    /// Market seconds in a second; `None` where the market waits for us.
    pub(crate) speed: Option<u32>,
    /// The next close of the finest timeframe in use: the hub's `next_close`.
    pub(crate) next_close: Option<TsNanos>,
    /// The engine's loss budget, and what is left of it.
    pub(crate) loss: Option<(Money, Money)>,
    /// The journal's name.
    pub(crate) journal: String,
}

/// Returns what the hub is asked for a command; `None` for questions, and for what needs the configuration, keys, a code or another look first.
pub(crate) const fn request(command: &Command) -> Option<OperatorRequest> {
    Some(match command {
        Command::Pause => OperatorRequest::Pause,
        Command::Resume => OperatorRequest::Resume,
        Command::SafeModeOn => OperatorRequest::SafeMode,
        Command::SafeModeRelease => OperatorRequest::Release,
        Command::MaintenanceOn => OperatorRequest::MaintenanceOn,
        Command::MaintenanceOff => OperatorRequest::MaintenanceOff,
        Command::Flatten => OperatorRequest::Flatten,
        Command::WindDown { by } => OperatorRequest::WindDown { by: *by },
        Command::Kill => OperatorRequest::Kill,
        Command::Stop => OperatorRequest::Stop,
        Command::CloseIncident { incident } => {
            OperatorRequest::CloseIncident { incident: Seq(*incident) }
        }
        Command::Status
        | Command::Doctor
        | Command::Orders
        | Command::Positions
        | Command::Incidents
        | Command::Permits
        | Command::Adopt(_)
        | Command::Permit(_)
        | Command::ConfigReload(_)
        | Command::KeysRotate => return None,
    })
}

/// Answers a question; `None` where the command is none.
pub(crate) fn answer(command: &Command, status: &Status, around: &Surroundings) -> Option<Answer> {
    let told = match command {
        Command::Status => json!(told(status, around)),
        Command::Doctor => json!(doctor(status)),
        Command::Orders => json!(orders(status)),
        Command::Positions => json!(positions(status)),
        Command::Incidents => json!(incidents(status)),
        Command::Permits => json!(permits::of(status)),
        Command::Pause
        | Command::Resume
        | Command::SafeModeOn
        | Command::SafeModeRelease
        | Command::MaintenanceOn
        | Command::MaintenanceOff
        | Command::Flatten
        | Command::WindDown { .. }
        | Command::Kill
        | Command::Stop
        | Command::CloseIncident { .. }
        | Command::Adopt(_)
        | Command::Permit(_)
        | Command::ConfigReload(_)
        | Command::KeysRotate => return None,
    };
    Some(Answer::Told(told))
}

/// Returns what a reply of the hub says to whoever asked.
pub(crate) fn said(reply: Reply) -> Said {
    match reply {
        Reply::Progress(text) => Said::Progress(text),
        Reply::Done(confirmed) => Said::Answer(Answer::Done(of_confirmed(confirmed))),
        Reply::Unconfirmed(confirmed) => Said::Answer(Answer::Unconfirmed(of_confirmed(confirmed))),
        Reply::Refused { code, message } => Said::Answer(Answer::Refused { code, message }),
    }
}

fn of_confirmed(confirmed: HubConfirmed) -> Confirmed {
    let orders = |lines: &[HubOrder]| lines.iter().map(order_line).collect();
    Confirmed {
        seq: confirmed.seq.map(|seq| seq.0),
        mode: confirmed.mode.map(|mode| mode_word(mode).to_owned()),
        cancelled: orders(&confirmed.cancelled),
        closed: confirmed
            .closed
            .iter()
            .map(|closed| ClosedLine {
                symbol: closed.symbol.to_string(),
                qty: closed.qty.to_string(),
                price: closed.price.map(|price| price.to_string()),
                fills: closed.fills,
                realised: Some(closed.realised.to_string()),
            })
            .collect(),
        resting: orders(&confirmed.resting),
        adoption: confirmed.adoption.as_deref().map(adoption_line).map(Box::new),
        open: confirmed.open,
        notes: confirmed.notes,
    }
}

fn adoption_line(line: &HubAdoption) -> AdoptionLine {
    AdoptionLine {
        symbol: line.symbol.to_string(),
        asset: line.asset.to_string(),
        total: line.total.to_string(),
        foreign: line.foreign.to_string(),
        owned: line.owned.to_string(),
        change: line.change.to_string(),
        foreign_after: line.foreign_after.to_string(),
        beyond: line.beyond.to_string(),
        beside: line.beside.iter().map(ToString::to_string).collect(),
        cash: line.cash.to_string(),
        price: line.price.to_string(),
        flow: line.flow.to_string(),
    }
}

fn order_line(order: &HubOrder) -> OrderLine {
    OrderLine {
        symbol: order.symbol.to_string(),
        side: side_word(order.side).to_owned(),
        kind: kind_words(order.kind),
        qty: order.qty.to_string(),
        client_id: order.client_id.clone(),
        venue_id: None,
    }
}

fn told(status: &Status, around: &Surroundings) -> StatusTold {
    StatusTold {
        money: around.money,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        speed: around.speed,
        now: status.now.to_string(),
        mode: mode_word(status.mode).to_owned(),
        why: why(status),
        equity: status.equity.map(|equity| equity.to_string()),
        cash: status.cash.to_string(),
        today: status.equity.zip(status.day_start).map(|(now, then)| (now - then).to_string()),
        loss_budget: around
            .loss
            .map(|(limit, left)| Budget { limit: limit.to_string(), left: left.to_string() }),
        if_stopped: if_stopped(status),
        positions: positions(status),
        orders: orders(status),
        incidents: incidents(status),
        permits: permits::of(status),
        parts: parts(status),
        no_entries: status
            .no_entries
            .iter()
            .filter(|(_, codes)| !codes.is_empty())
            .map(|(symbol, codes)| (symbol.to_string(), codes.clone()))
            .collect(),
        instant: status.instant.map(|at| at.to_string()),
        next_decision: around
            .next_close
            .map(|at| Next { at: at.to_string(), seconds: at.since(status.now).max(0) / SECOND }),
        journal: JournalTold {
            id: around.journal.clone(),
            seq: status.seq.0,
            durable: status.durable.0,
        },
        restart: status.restart.as_ref().map(|restart| RestartTold {
            down_ms: restart.down_nanos / 1_000_000,
            quiet_ms: restart.quiet_nanos / 1_000_000,
            unknown: restart
                .unknown
                .iter()
                .map(|order| (order.client_id.clone(), order.state.clone()))
                .collect(),
            positions: restart.positions,
            protected: restart.protected,
            unprotected_ms: restart.unprotected_nanos / 1_000_000,
            dropped: restart.dropped,
        }),
    }
}

/// What keeps the system from entering, each in words.
fn why(status: &Status) -> Vec<String> {
    let mut why = Vec::new();
    if status.killed {
        why.push("the kill switch is on: people release it (plimsoll release-kill)".to_owned());
    }
    if status.paused {
        why.push("an operator paused entries (plimsoll resume)".to_owned());
    }
    if let Some(by) = status.winding_down {
        why.push(format!("it winds down: everything is closed at {by}"));
    }
    let cause = word(status.mode_cause);
    match status.mode {
        SystemMode::SafeMode => why.push(match status.latched_until {
            Some(until) => format!("SAFE_MODE because of {cause}, latched until {until}"),
            None => format!("SAFE_MODE because of {cause} (plimsoll safe-mode release)"),
        }),
        SystemMode::Maintenance => {
            why.push("planned work goes on (plimsoll maintenance off)".to_owned());
        }
        SystemMode::Shutdown => why.push("the hub is ending".to_owned()),
        SystemMode::Initializing | SystemMode::Running => {}
    }
    let critical = status.incidents.iter().filter(|line| line.incident.kind.is_critical());
    why.extend(critical.map(|line| format!("incident {}: {:?}", line.seq.0, line.incident.kind)));
    let waiting = status.gates.iter().find(|gate| gate.state != ComponentState::Working);
    if let Some(gate) = waiting.filter(|_| status.mode == SystemMode::Initializing) {
        let how = match &gate.state {
            ComponentState::Failing(why) => why.as_str(),
            ComponentState::Waiting | ComponentState::Working | ComponentState::Degraded(_) => {
                "not passed yet"
            }
        };
        why.push(format!("the start waits for {}: {how}", word(gate.component)));
    }
    why
}

fn if_stopped(status: &Status) -> IfStopped {
    let mut found = IfStopped::default();
    let mut sum = Some(Money::ZERO);
    for position in status.positions.iter().filter(|position| !position.qty.is_zero()) {
        match (resting(position), position.mark) {
            (Some(stop), Some(mark)) => {
                let change = stop.notional(position.qty) - mark.notional(position.qty);
                sum = sum.map(|sum| sum + change);
            }
            (None, _) if !position.dust.is_zero() => {}
            (None, _) => found.without += 1,
            (Some(_), None) => sum = None,
        }
    }
    found.amount = sum.map(|sum| sum.to_string());
    let bps = sum.zip(status.equity.filter(|equity| *equity > Money::ZERO));
    found.bps = bps.and_then(|(sum, equity)| {
        i64::try_from(sum.raw().checked_mul(10_000)? / equity.raw()).ok()
    });
    found
}

/// Returns the trigger of the stop that rests for a position. The hub tells where it belongs: for dust none can rest, and for what is wholly
/// unprotected none does yet.
fn resting(position: &PositionLine) -> Option<Price> {
    let rests = position.dust.is_zero() && position.unprotected < position.qty.abs();
    position.stop.filter(|_| rests)
}

/// Returns what of a position is too small to be sold: all of it, where what could be sold in whole lots is.
fn dust(position: &PositionLine) -> Qty {
    if position.dust.is_zero() { Qty::ZERO } else { position.qty.abs() }
}

fn positions(status: &Status) -> Vec<PositionTold> {
    let lines = status.positions.iter().filter(|position| !position.qty.is_zero());
    lines
        .map(|position| PositionTold {
            symbol: position.symbol.to_string(),
            qty: position.qty.to_string(),
            average: position.average.map(|price| price.to_string()),
            mark: position.mark.map(|price| price.to_string()),
            unrealised: position.unrealised.map(|amount| amount.to_string()),
            stop: resting(position).map(|price| price.to_string()),
            stop_confirmed_seconds: position
                .stop_confirmed
                .map(|at| status.now.since(at).max(0) / SECOND),
            unprotected: Qty::to_string(&position.unprotected),
            stops_in_doubt: Vec::new(),
            dust: Some(dust(position).to_string()),
        })
        .collect()
}

fn orders(status: &Status) -> Vec<OrderTold> {
    let lines = status.orders.iter();
    lines
        .map(|order| OrderTold {
            symbol: order.symbol.to_string(),
            side: side_word(order.side).to_owned(),
            kind: kind_words(order.kind),
            qty: order.qty.to_string(),
            filled: order.filled.to_string(),
            state: order.state.clone(),
            reduce_only: order.reduce_only,
            client_id: order.client_id.clone(),
        })
        .collect()
}

fn incidents(status: &Status) -> Vec<IncidentTold> {
    let lines = status.incidents.iter();
    lines
        .map(|line| {
            let (incident, kind) = (&line.incident, line.incident.kind);
            IncidentTold {
                seq: line.seq.0,
                kind: word(kind),
                class: word(kind.class()),
                severity: word(kind.severity()),
                symbol: line.symbol.as_ref().map(ToString::to_string),
                seen: kind.figure().show(incident.seen),
                wanted: kind.figure().show(incident.wanted),
                since: line.since.to_string(),
            }
        })
        .collect()
}

fn parts(status: &Status) -> Vec<PartTold> {
    let micros = |nanos: Option<i64>| nanos.map(|nanos| nanos / 1_000);
    let parts = status.components.iter();
    parts
        .map(|(component, part)| {
            let (healthy, trouble) = match &part.state {
                ComponentState::Waiting => (None, None),
                ComponentState::Working => (Some(true), None),
                ComponentState::Degraded(why) | ComponentState::Failing(why) => {
                    (Some(false), Some(why.clone()))
                }
            };
            PartTold {
                name: word(component),
                healthy,
                trouble,
                since: part.since.to_string(),
                p50_us: micros(part.p50_nanos),
                p99_us: micros(part.p99_nanos),
            }
        })
        .collect()
}

/// The parts as `doctor` reads them.
fn doctor(status: &Status) -> Vec<serde_json::Value> {
    let parts = parts(status).into_iter();
    parts
        .map(|part| {
            let took = part.p99_us.map(|us| format!("p99 {us} us"));
            let seen = part.trouble.or(took).unwrap_or_else(|| "no check yet".to_owned());
            json!({ "name": part.name, "healthy": part.healthy, "seen": seen })
        })
        .collect()
}

/// Returns the word of a choice, as machines read it.
fn word(choice: impl serde::Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

const fn mode_word(mode: SystemMode) -> &'static str {
    match mode {
        SystemMode::Initializing => "initializing",
        SystemMode::Running => "running",
        SystemMode::SafeMode => "SAFE_MODE",
        SystemMode::Maintenance => "maintenance",
        SystemMode::Shutdown => "shutdown",
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

fn kind_words(kind: OrderKind) -> String {
    match kind {
        OrderKind::Market => "market".to_owned(),
        OrderKind::Limit { price } => format!("limit {price}"),
        OrderKind::LimitMaker { price } => format!("post-only {price}"),
        OrderKind::StopMarket { trigger } => format!("stop {trigger}"),
        OrderKind::StopLimit { trigger, price } => format!("stop {trigger} limit {price}"),
        OrderKind::TakeProfit { trigger } => format!("target {trigger}"),
    }
}

mod permits;
#[cfg(test)]
pub(super) mod tests;
