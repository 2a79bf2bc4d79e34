//! `status`: how a running hub is, for people first.

use super::told::told;
use crate::cli::control::StatusArgs;
use crate::control::Command;
use crate::control::told::{
    IfStopped, IncidentTold, PartTold, PositionTold, RestartTold, StatusTold,
};
use crate::exit::{Exit, Outcome};
use crate::out::Out;
use crate::run_config::Mode;
use crate::show;

/// Asks and shows.
pub(crate) fn run(args: &StatusArgs, out: Out) -> Outcome {
    let told = told(&args.hub, Command::Status, out)?;
    out.json(&told)?;
    let status: StatusTold = serde_json::from_value(told)?;
    for line in lines(&status) {
        out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// Lays out a status: what matters most stands first.
pub(super) fn lines(status: &StatusTold) -> Vec<String> {
    let mut lines = vec![head(status)];
    lines.extend(status.why.iter().map(|why| format!("  NO ENTRIES: {why}")));
    lines.push(money(status));
    lines.push(stopped(&status.if_stopped, status.positions.len()));
    lines.extend(status.positions.iter().map(|held| format!("  {}", position(held))));
    if let Some(next) = &status.next_decision {
        let (minutes, seconds) = (next.seconds / 60, next.seconds % 60);
        lines.push(format!(
            "next decision in {minutes:02}:{seconds:02} of market time, at {}",
            next.at
        ));
    }
    let orders = status.orders.len();
    lines.push(format!("{orders} open {}", if orders == 1 { "order" } else { "orders" }));
    lines.push(match status.incidents.len() {
        0 => "no open incident".to_owned(),
        1 => "1 OPEN INCIDENT".to_owned(),
        n => format!("{n} OPEN INCIDENTS"),
    });
    lines.extend(status.incidents.iter().map(|open| format!("  {}", incident(open))));
    lines.extend(super::permits::lines(&status.permits));
    for (symbol, codes) in &status.no_entries {
        lines.push(format!("  no entries on {symbol}: {}", codes.join(", ")));
    }
    lines.extend(parts(&status.parts));
    let journal = &status.journal;
    lines.push(format!(
        "journal {}: entry {}, on disk up to {}",
        journal.id,
        show::count(journal.seq),
        show::count(journal.durable)
    ));
    lines.extend(status.restart.iter().map(restart));
    lines
}

/// Whose money, and what the system may do.
fn head(status: &StatusTold) -> String {
    let money = match status.money {
        Mode::Live => "LIVE, REAL MONEY".to_owned(),
        Mode::Simulated | Mode::Paper | Mode::Testnet => status.money.to_string(),
    };
    let speed = match status.speed {
        Some(1) => String::new(),
        Some(times) => format!(", {times} times as fast as time"),
        None => ", as fast as it can".to_owned(),
    };
    format!("{money}: {} at {}{speed}", status.mode, status.now)
}

/// What was won or lost, and what may still be lost.
fn money(status: &StatusTold) -> String {
    let today = status.today.as_deref().map(signed);
    let today = today.map_or_else(|| "today unknown".to_owned(), |today| format!("today {today}"));
    let budget = status.loss_budget.as_ref().map(|budget| {
        format!(", {} left of the loss budget of {}", amount(&budget.left), amount(&budget.limit))
    });
    let equity = show::option(status.equity.as_deref(), amount);
    format!("{today}{}; equity {equity}, cash {}", budget.unwrap_or_default(), amount(&status.cash))
}

/// What every stop together would cost.
fn stopped(if_stopped: &IfStopped, positions: usize) -> String {
    if positions == 0 {
        return "no position".to_owned();
    }
    let change = show::option(if_stopped.amount.as_deref(), signed);
    let share = if_stopped.bps.map(|bps| {
        let sign = if bps < 0 { "-" } else { "+" };
        format!(" ({sign}{}.{} %)", bps.abs() / 100, bps.abs() % 100 / 10)
    });
    let without = match if_stopped.without {
        0 => String::new(),
        1 => "; 1 POSITION HAS NO STOP".to_owned(),
        n => format!("; {n} POSITIONS HAVE NO STOP"),
    };
    format!(
        "if every stop is hit now: {change}{}, before fees and slippage{without}",
        share.unwrap_or_default()
    )
}

/// What is held of a symbol, and what protects it.
pub(super) fn position(held: &PositionTold) -> String {
    let at = held.average.as_ref().map(|price| format!(" at {price}")).unwrap_or_default();
    let mark = held.mark.as_ref().map(|price| format!(", now {price}")).unwrap_or_default();
    let unrealised = held.unrealised.as_deref().map(|amount| format!(" ({})", signed(amount)));
    let confirmed = match held.stop_confirmed_seconds {
        Some(seconds) => format!(", confirmed {seconds} s ago"),
        None => String::new(),
    };
    let stop = match &held.stop {
        Some(stop) => format!("stop {stop} rests{confirmed}"),
        None if held.dust.as_ref() == Some(&held.qty) => "dust, too small to be sold".to_owned(),
        None if held.stops_in_doubt.is_empty() => "NO STOP".to_owned(),
        None => "NO STOP FOR SURE".to_owned(),
    };
    let doubt = match &held.stops_in_doubt[..] {
        [] => String::new(),
        stops => format!("; not known whether it rests: stop {}", stops.join(", stop ")),
    };
    let bare = match held.unprotected.as_str() {
        "0" => String::new(),
        qty if held.stop.is_some() => format!(", {qty} UNPROTECTED"),
        _ => String::new(),
    };
    format!(
        "{} {}{at}{mark}{}; {stop}{bare}{doubt}",
        held.symbol,
        held.qty,
        unrealised.unwrap_or_default()
    )
}

/// An incident that is not over.
pub(super) fn incident(open: &IncidentTold) -> String {
    let symbol = open.symbol.as_ref().map(|symbol| format!(" {symbol}")).unwrap_or_default();
    format!(
        "{} {} {}{symbol}, class {}: seen {}, wanted {}, since {}",
        open.seq, open.severity, open.kind, open.class, open.seen, open.wanted, open.since
    )
}

/// The parts: those that fail with why, the rest in one line.
fn parts(parts: &[PartTold]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fine = Vec::new();
    for part in parts {
        let took = part.p99_us.map(|us| format!(" p99 {}", duration(us)));
        let took = took.unwrap_or_default();
        match (part.healthy, &part.trouble) {
            (Some(true), _) => fine.push(format!("{}{took}", part.name)),
            (Some(false), trouble) => lines.push(format!(
                "FAILING: {} since {}: {}",
                part.name,
                part.since,
                trouble.as_deref().unwrap_or("no reason was told")
            )),
            (None, _) => lines.push(format!("not known yet: {}", part.name)),
        }
    }
    if !fine.is_empty() {
        lines.push(format!("working: {}", fine.join(", ")));
    }
    lines
}

fn duration(us: i64) -> String {
    if us < 1_000 { format!("{us} us") } else { format!("{}.{} ms", us / 1_000, us % 1_000 / 100) }
}

/// The message after a restart.
fn restart(restart: &RestartTold) -> String {
    let unknown = restart
        .unknown
        .iter()
        .map(|(order, state)| format!("{order} {}", state.as_deref().unwrap_or("not known yet")));
    let unknown: Vec<String> = unknown.collect();
    let listed =
        if unknown.is_empty() { String::new() } else { format!(" ({})", unknown.join(", ")) };
    let quiet = match restart.quiet_ms {
        0 => String::new(),
        ms => format!(", the start waited {} for requests on their way", duration(ms * 1_000)),
    };
    format!(
        "restarted after {}{quiet}: {} unknown {} found{listed}, {} of {} positions protected, longest without a stop {}, {} signals dropped",
        duration(restart.down_ms * 1_000),
        unknown.len(),
        if unknown.len() == 1 { "order" } else { "orders" },
        restart.protected,
        restart.positions,
        duration(restart.unprotected_ms * 1_000),
        restart.dropped
    )
}

/// Shows an amount as people read it; what is no number stays as it is.
fn amount(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), show::money)
}

fn signed(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), show::signed_money)
}

#[cfg(test)]
mod tests;
