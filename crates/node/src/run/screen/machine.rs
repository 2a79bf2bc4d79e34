//! Entries as fields for machines. Names are stable: new ones may come, none changes.

use serde_json::{Value, json};
use types::books::ClosedTrade;
use types::decision::Action;
use types::entry::{Body, CommandAction, Entry, ReportEvent};

use super::{Screen, mode};
use crate::commands::decision;

/// Returns the event of an entry and its fields; `None` for bars, marks and the like, which the journal has.
pub(super) fn entry(screen: &Screen, entry: &Entry) -> Option<(&'static str, Value)> {
    let seq = entry.seq.0;
    Some(match &entry.body {
        Body::Decision(decided) if decided.action != Action::Nothing => (
            "decision",
            json!({
                "seq": seq,
                "symbol": decided.symbol.map(|symbol| screen.symbol(symbol)),
                "code": decided.reason.code.code(),
                "what": decision::what(&decided.action),
                "why": decision::why(decided),
            }),
        ),
        Body::Command(command) => {
            let (name, request) = match &command.action {
                CommandAction::Place(request) => ("command", Some(request)),
                CommandAction::Cancel => ("cancel", screen.orders.get(&command.order)),
            };
            let fields = json!({
                "seq": seq,
                "client_order_id": screen.client_id(command.order),
                "leg": command.order.leg,
                "symbol": request.map(|request| screen.symbol(request.symbol)),
                "side": request.map(|request| request.side),
                "qty": request.map(|request| request.qty.to_string()),
                "kind": request.map(|request| request.kind),
            });
            (name, fields)
        }
        Body::Report(report) => {
            let (what, more) = match &report.event {
                ReportEvent::Accepted => ("accepted", Value::Null),
                ReportEvent::Rejected(why) => ("rejected", json!(why)),
                ReportEvent::Filled(fill) => (
                    "filled",
                    json!({
                        "trade_id": fill.trade_id,
                        "side": fill.side,
                        "qty": fill.qty.to_string(),
                        "price": fill.price.to_string(),
                    }),
                ),
                ReportEvent::Cancelled => ("cancelled", Value::Null),
                ReportEvent::Expired => ("expired", Value::Null),
                ReportEvent::NeverAccepted => ("never_accepted", Value::Null),
                ReportEvent::CancelRejected => ("cancel_rejected", Value::Null),
            };
            let order = report.order;
            let request = order.and_then(|order| screen.orders.get(&order));
            let fields = json!({
                "seq": seq,
                "client_order_id": order.map(|order| screen.client_id(order)),
                "leg": order.map(|order| order.leg),
                "symbol": request.map(|request| screen.symbol(request.symbol)),
                "what": what,
                "more": more,
            });
            ("report", fields)
        }
        Body::Refused(refused) => (
            "refused",
            json!({
                "seq": seq,
                "symbol": screen.symbol(refused.symbol),
                "code": refused.refusal.code.code(),
                "message": refused.refusal.to_string(),
            }),
        ),
        Body::Mode(entered) => (
            "mode",
            json!({ "seq": seq, "mode": entered.mode, "cause": entered.cause, "shown": mode(entered.mode) }),
        ),
        Body::Incident(incident) => {
            let fields = json!({
                "seq": seq,
                "kind": incident.kind,
                "class": incident.kind.class(),
                "severity": incident.kind.severity(),
                "symbol": incident.symbol.map(|symbol| screen.symbol(symbol)),
                "client_order_id": incident.order.map(|order| screen.client_id(order)),
                "part": incident.part,
                // As text: a number of money is larger than one of JSON.
                "seen": incident.seen.to_string(),
                "wanted": incident.wanted.to_string(),
            });
            ("incident", fields)
        }
        Body::IncidentOver(over) => {
            ("incident_over", json!({ "seq": seq, "incident": over.incident }))
        }
        Body::Operator(operator) => {
            ("operator", json!({ "seq": seq, "name": operator.name, "action": operator.action }))
        }
        Body::Adopted(adopted) => (
            "adopted",
            json!({
                "seq": seq,
                "name": adopted.name,
                "reason": adopted.reason,
                "symbol": screen.symbol(adopted.symbol),
                "incident": adopted.incident.0,
                "qty": adopted.qty.to_string(),
                "cash": adopted.cash.to_string(),
                "price": adopted.price.to_string(),
                "flow": adopted.flow().to_string(),
            }),
        ),
        Body::Permit(permit) => (
            "permit",
            json!({ "seq": seq, "kind": permit.kind, "step": permit.step, "name": permit.name }),
        ),
        Body::Limits(limits) => {
            let fields = json!({
                "seq": seq,
                "version": limits.version,
                "order_notional": limits.order_notional.to_string(),
                "gross_exposure": limits.gross_exposure.to_string(),
            });
            ("limits", fields)
        }
        Body::InstantClosed { at } => {
            let quiet = &screen.instant.quiet;
            let codes: serde_json::Map<String, Value> =
                quiet.iter().map(|(code, of)| (code.code().to_owned(), of.len().into())).collect();
            ("instant", json!({ "seq": seq, "at": at.as_millis(), "no_trade": codes }))
        }
        Body::Decision(_)
        | Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Bar { .. }
        | Body::Mark { .. }
        | Body::Timer { .. }
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::History { .. }
        | Body::Authority(_) => return None,
    })
}

/// Returns a trade that has ended.
pub(super) fn trade(trade: &ClosedTrade, symbol: &str) -> Value {
    json!({
        "symbol": symbol,
        "direction": trade.direction,
        "qty": trade.qty.to_string(),
        "entry": trade.entry.to_string(),
        "exit": trade.exit.to_string(),
        "pnl": trade.pnl.to_string(),
        "opened": trade.opened_at.as_millis(),
        "closed": trade.closed_at.as_millis(),
    })
}
