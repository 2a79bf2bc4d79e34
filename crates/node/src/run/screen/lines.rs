//! Entries and events as lines for people.

use hub::system::Event;
use types::books::ClosedTrade;
use types::decision::{Action, Decision};
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::fill::Fill;
use types::ids::{Leg, OrderId, SymbolId};
use types::market::{Direction, TsNanos};
use types::order::OrderKind;
use types::side::Side;

use super::{Screen, mode};
use crate::commands::decision;
use crate::show;

/// Closes of so many symbols stand in a line.
const CLOSES_SHOWN: usize = 6;

/// Returns what an entry says to a person; nothing for most.
pub(super) fn entry(screen: &Screen, entry: &Entry) -> Vec<String> {
    let at = show::minute(entry.ts);
    let one = |line: String| vec![line];
    match &entry.body {
        Body::Mode(entered) => {
            one(format!("{at}  {} ({})", mode(entered.mode), word(&entered.cause)))
        }
        Body::Incident(incident) => {
            let symbol = incident.symbol.map(|symbol| format!(" {}", screen.symbol(symbol)));
            let symbol = symbol.unwrap_or_default();
            let (kind, seen, wanted) = (word(&incident.kind), incident.seen, incident.wanted);
            one(format!("{at}  INCIDENT {kind}{symbol}: seen {seen}, wanted {wanted}"))
        }
        Body::IncidentOver(over) => {
            let what = screen.incidents.get(&over.incident).map_or("incident", String::as_str);
            one(format!("{at}  over: {what}"))
        }
        Body::Operator(operator) => {
            one(format!("{at}  {} says: {}", operator.name, word(&operator.action)))
        }
        Body::Adopted(adopted) => {
            let (symbol, flow) = (screen.symbol(adopted.symbol), adopted.flow());
            let (name, gone, reason) = (&adopted.name, adopted.qty, &adopted.reason);
            one(format!("{at}  {name} adopts {gone} {symbol}, a flow of {flow}: {reason}"))
        }
        Body::Permit(permit) => {
            let (kind, step) = (word(&permit.kind), word(&permit.step));
            one(format!("{at}  PERMIT {kind}: {step}, {}", permit.name))
        }
        Body::Limits(limits) => one(format!(
            "{at}  hard limits version {}: {} an order, {} in all",
            limits.version, limits.order_notional, limits.gross_exposure
        )),
        _ if screen.brief => Vec::new(),
        Body::InstantClosed { at } => instant(screen, *at),
        Body::Decision(decided) => decision_lines(screen, decided, &at),
        Body::Refused(refused) => {
            one(format!("{at}  refused {}: {}", screen.symbol(refused.symbol), refused.refusal))
        }
        Body::Command(command) => match command.action {
            CommandAction::Place(_) => {
                one(format!("{at}  order     {}", order(screen, command.order)))
            }
            CommandAction::Cancel => {
                one(format!("{at}  cancel    {}", order(screen, command.order)))
            }
        },
        Body::Report(report) => {
            let whose =
                report.order.map_or_else(|| "the venue's own".to_owned(), |id| order(screen, id));
            match &report.event {
                ReportEvent::Accepted => one(match report.order.map(|order| order.leg) {
                    Some(Leg::Stop) => format!("{at}  STOP RESTS at the venue: {whose}"),
                    Some(Leg::Target) => format!("{at}  target rests at the venue: {whose}"),
                    Some(Leg::Main) | None => format!("{at}  accepted  {whose}"),
                }),
                ReportEvent::Filled(fill) => {
                    one(format!("{at}  FILL      {}", filled(screen, fill)))
                }
                ReportEvent::Rejected(why) => one(format!("{at}  REJECTED  {whose}: {why}")),
                ReportEvent::Cancelled => one(format!("{at}  cancelled {whose}")),
                ReportEvent::Expired => one(format!("{at}  expired   {whose}")),
                ReportEvent::NeverAccepted => one(format!("{at}  never accepted: {whose}")),
                ReportEvent::CancelRejected => {
                    one(format!("{at}  not cancelled, works on: {whose}"))
                }
            }
        }
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Bar { .. }
        | Body::Mark { .. }
        | Body::Timer { .. }
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::Authority(_)
        | Body::History { .. } => Vec::new(),
    }
}

/// Returns the word that machines read, with blanks.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str).map(|word| word.replace('_', " "));
    word.unwrap_or_else(|| "?".to_owned())
}

/// Closes and decisions of an instant at which little was done, in two lines.
fn instant(screen: &Screen, at: TsNanos) -> Vec<String> {
    let now = &screen.instant;
    let at = show::minute(at);
    let mut lines = Vec::new();
    if !now.closes.is_empty() {
        let held = |symbol: SymbolId| !screen.books.position(symbol).qty().is_zero();
        let mut closes: Vec<_> = now.closes.iter().collect();
        // What is held first; the rest as far as it fits a line.
        closes.sort_by_key(|(symbol, _)| !held(**symbol));
        let more = closes.len().saturating_sub(CLOSES_SHOWN);
        let shown: Vec<_> = closes
            .into_iter()
            .take(CLOSES_SHOWN)
            .map(|(symbol, close)| format!("{} {close}", screen.symbol(*symbol)))
            .collect();
        let more = if more > 0 { format!("   and {more} more") } else { String::new() };
        lines.push(format!("{at}  bars {}   {}{more}", screen.shown.finest, shown.join("   ")));
    }
    let scanned: usize = now.quiet.values().map(Vec::len).sum();
    if scanned > 0 {
        let codes: Vec<_> =
            now.quiet.iter().map(|(code, of)| format!("{} {}", of.len(), code.code())).collect();
        let nearest = now.nearest.map(|(seen, limit, symbol)| {
            let (seen, limit) = (show::number(seen, 1), show::number(limit, 1));
            format!("; nearest {} with {seen} of {limit}", screen.symbol(symbol))
        });
        let nearest = nearest.unwrap_or_default();
        lines.push(format!("{at}  scans     no trade: {}{nearest}", codes.join(", ")));
    }
    lines
}

fn decision_lines(screen: &Screen, decided: &Decision, at: &str) -> Vec<String> {
    if decided.action == Action::Nothing {
        return Vec::new();
    }
    let whose = decided.symbol.map_or("account", |symbol| screen.symbol(symbol));
    let code = decided.reason.code.code();
    let what = decision::what(&decided.action);
    let mut lines = vec![format!("{at}  DECISION  {whose}: {code} -> {what}")];
    let why = decision::why(decided);
    // The sums and what bound the size; `plimsoll explain` has every part.
    let telling = ["score ", "regime ", "odds ", "risk approved", "size factors"];
    let telling = |line: &&String| {
        telling.iter().any(|start| line.starts_with(start)) || line.starts_with(code)
    };
    lines.extend(why.iter().filter(telling).map(|line| format!("{:19}because {line}", "")));
    lines
}

fn order(screen: &Screen, id: OrderId) -> String {
    let Some(request) = screen.orders.get(&id) else { return format!("order {}", id.command.0) };
    let price = match request.kind {
        OrderKind::Market => "at the market".to_owned(),
        OrderKind::Limit { price } => format!("at {price} or better"),
        OrderKind::LimitMaker { price } => format!("at {price}, maker only"),
        OrderKind::StopMarket { trigger } => format!("when the price reaches {trigger}"),
        OrderKind::StopLimit { trigger, price } => {
            format!("at {price} or better when the price reaches {trigger}")
        }
        OrderKind::TakeProfit { trigger } => format!("in profit at {trigger}"),
    };
    format!("{} {} {} {price}", side(request.side), request.qty, screen.symbol(request.symbol))
}

fn filled(screen: &Screen, fill: &Fill) -> String {
    let symbol = screen.symbol(fill.symbol);
    let fee = show::number(units(fill.fee_in_quote()), 4);
    format!("{} {} {symbol} at {}, fee {fee}", side(fill.side), fill.qty, fill.price)
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// A trade from its first fill to its last, in one line.
pub(super) fn trade(trade: &ClosedTrade, symbol: &str) -> String {
    let direction = match trade.direction {
        Direction::Long => "long",
        Direction::Short => "short",
    };
    format!(
        "{}  TRADE     {symbol} {direction} {} from {} to {}: {} after fees, open since {}",
        show::minute(trade.closed_at),
        trade.qty,
        trade.entry,
        trade.exit,
        show::signed_money(units(trade.pnl)),
        show::minute(trade.opened_at),
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with four decimals at most")]
fn units(amount: types::num::Money) -> f64 {
    amount.raw() as f64 / 1e16
}

/// What is no entry.
pub(super) fn event(event: &Event, brief: bool) -> Vec<String> {
    let line = match event {
        Event::GateFailed { component, why } => {
            format!("start: {} does not open: {why}", word(component))
        }
        Event::Ready => "ready: everything that must stand stands".to_owned(),
        Event::Restarted(restart) => {
            let settled = restart.unknown.iter().filter(|order| order.state.is_some()).count();
            format!(
                "after the restart: down for {} s of market time, {} orders of unknown outcome, {settled} settled, \
                 {} positions of which {} have their stop at the venue, {} decisions dropped",
                restart.down_nanos / 1_000_000_000,
                restart.unknown.len(),
                restart.positions,
                restart.protected,
                restart.dropped
            )
        }
        Event::Failing { component, why } => format!("{} fails: {why}", word(component)),
        Event::Recovered { component, after_nanos } => {
            format!(
                "{} works again after {} s of market time",
                word(component),
                after_nanos / 1_000_000_000
            )
        }
        Event::Ended { part, why } => {
            format!("{}: {why}; it is made anew", word(part))
        }
        Event::Reset { why } => format!("the venue's connections are made anew: {why}"),
        Event::Feed { what, incident: true } => format!("market data: {what}"),
        Event::Feed { incident: false, .. } | Event::GatePassed { .. } => return Vec::new(),
        Event::BarsLate { at, missing } => {
            format!("bars of {} did not come in time: {}", show::minute(*at), missing.join(", "))
        }
        Event::GivenUp { .. } if brief => return Vec::new(),
        Event::GivenUp { what } => format!("not sent, the venue's limits left no room: {what}"),
        Event::WindingDown => "winding down: everything is closed now".to_owned(),
    };
    vec![format!("{:18}{line}", "")]
}
