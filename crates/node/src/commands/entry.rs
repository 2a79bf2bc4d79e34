//! An entry of the journal in words, and for machines.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use types::decision::Figure;
use types::entry::{Body, CommandAction, Entry, Report, ReportEvent, Scope, Source};
use types::fill::{Fee, Fill};
use types::ids::{OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::order::{OrderKind, OrderRequest};

use super::decision;
use crate::show;

/// What is needed to name the symbols of entries: the newest table of instruments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Vec<Instrument>);

impl Names {
    /// Notes the table, if the entry is one.
    pub(crate) fn on_entry(&mut self, entry: &Entry) {
        if let Body::Instruments(table) = &entry.body {
            self.0.clone_from(table);
        }
    }

    fn of(&self, symbol: SymbolId) -> String {
        let known = self.0.get(symbol.index());
        known.map_or_else(|| format!("symbol {}", symbol.0), |listed| listed.symbol.to_string())
    }
}

/// Returns the name of an entry's kind.
pub(crate) fn kind(entry: &Entry) -> &'static str {
    let number = entry.body.kind();
    let known = Body::KINDS.iter().find(|(_, known)| *known == number);
    known.map_or("?", |(name, _)| *name)
}

/// Returns the symbol that an entry is about, if it is about one.
pub(crate) fn symbol(entry: &Entry, names: &Names) -> Option<String> {
    let id = match &entry.body {
        Body::Bar { symbol, .. }
        | Body::Mark { symbol, .. }
        | Body::Funding { symbol, .. }
        | Body::History { symbol, .. } => Some(*symbol),
        Body::Decision(decision) => decision.symbol,
        Body::Refused(refused) => Some(refused.symbol),
        Body::Incident(incident) => incident.symbol,
        Body::Command(command) => match &command.action {
            CommandAction::Place(request) => Some(request.symbol),
            CommandAction::Cancel => None,
        },
        Body::Report(Report { event: ReportEvent::Filled(fill), .. }) => Some(fill.symbol),
        Body::Adopted(adopted) => Some(adopted.symbol),
        Body::Report(_)
        | Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::InstantClosed { .. }
        | Body::Timer { .. }
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Limits(_)
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::Permit(_)
        | Body::IncidentOver(_)
        | Body::Authority(_) => None,
    };
    id.map(|id| names.of(id))
}

/// Returns one line for people.
pub(crate) fn line(entry: &Entry, names: &Names) -> String {
    let what = what(entry, names);
    let sep = if what.is_empty() { "" } else { " " };
    format!("{} {} {}{sep}{what}", entry.seq.0, entry.ts, kind(entry))
}

/// An entry for machines: the fields of `docs/entries.md`, numbers in its units.
#[derive(Debug, Serialize)]
struct MachineForm<'a> {
    seq: Seq,
    kind: &'static str,
    ts: TsNanos,
    ts_event: TsNanos,
    at: String,
    source: &'a Source,
    symbol: Option<String>,
    /// As text: an amount of money has more digits than a JSON value in memory.
    body: Option<Box<RawValue>>,
}

/// Returns the entry for machines, as JSON.
pub(crate) fn machine_form(entry: &Entry, names: &Names) -> Box<RawValue> {
    let tagged = serde_json::to_string(&entry.body);
    let tagged = tagged.and_then(|text| serde_json::from_str::<BTreeMap<String, _>>(&text));
    let form = MachineForm {
        seq: entry.seq,
        kind: kind(entry),
        ts: entry.ts,
        ts_event: entry.ts_event,
        at: entry.ts.to_string(),
        source: &entry.source,
        symbol: symbol(entry, names),
        body: tagged.ok().and_then(|tagged| tagged.into_values().next()),
    };
    to_raw_value(&form).expect("names and numbers can be written as JSON")
}

fn what(entry: &Entry, names: &Names) -> String {
    match &entry.body {
        Body::Genesis { seed, .. } => format!("seed {seed}"),
        Body::Config { toml } => format!("{} lines of configuration", toml.lines().count()),
        Body::Instruments(table) => {
            let symbols: Vec<&str> = table.iter().map(|listed| listed.symbol.as_str()).collect();
            symbols.join(" ")
        }
        Body::Bar { symbol, timeframe, bar } => format!(
            "{} {timeframe} open {} high {} low {} close {}",
            names.of(*symbol),
            bar.open,
            bar.high,
            bar.low,
            bar.close
        ),
        Body::Mark { symbol, price } => format!("{} {price}", names.of(*symbol)),
        Body::InstantClosed { at } | Body::Timer { at } => at.to_string(),
        Body::Decision(decision) => {
            let symbol = decision.symbol.map_or_else(|| "account".to_owned(), |id| names.of(id));
            let code = decision.reason.code.code();
            format!("{symbol}: {code} -> {}", decision::what(&decision.action))
        }
        Body::Command(command) => match &command.action {
            CommandAction::Place(request) => {
                format!("place {} because of {}", order(request, names), command.cause.0)
            }
            CommandAction::Cancel => {
                format!("cancel {} because of {}", id(command.order), command.cause.0)
            }
        },
        Body::Report(report) => {
            let whose = report.order.map_or_else(|| "the venue's own".to_owned(), id);
            match &report.event {
                ReportEvent::Accepted => format!("{whose} accepted"),
                ReportEvent::Rejected(text) => format!("{whose} rejected: {text}"),
                ReportEvent::Filled(fill) => format!("{whose} filled: {}", filled(fill, names)),
                ReportEvent::Cancelled => format!("{whose} cancelled"),
                ReportEvent::Expired => format!("{whose} expired"),
                ReportEvent::NeverAccepted => format!("{whose} was never accepted"),
                ReportEvent::CancelRejected => format!("{whose} was not cancelled and works on"),
            }
        }
        Body::Mode(mode) => {
            let until = mode.latched_until.map(|at| format!(", latched until {at}"));
            format!("{:?} because of {:?}{}", mode.mode, mode.cause, until.unwrap_or_default())
        }
        Body::Operator(operator) => format!("{}: {:?}", operator.name, operator.action),
        Body::Flow { amount } => amount.to_string(),
        Body::Funding { symbol, rate, qty, amount } => {
            format!("{} rate {rate} on {qty}: {amount}", names.of(*symbol))
        }
        Body::Refused(refused) => {
            format!("{} of {}: {}", refused.cause.0, names.of(refused.symbol), refused.refusal)
        }
        Body::Permit(permit) => format!("{:?} {:?} by {}", permit.kind, permit.step, permit.name),
        Body::Baseline { asset, amount } => format!("{amount} {asset} are not ours"),
        Body::Stage(stage) => stage.to_string(),
        Body::Adopted(adopted) => format!(
            "{}: {} {} at {} and {} of money, by somebody else's hand: a flow of {}; {}",
            adopted.name,
            adopted.qty,
            names.of(adopted.symbol),
            adopted.price,
            adopted.cash,
            adopted.flow(),
            adopted.reason
        ),
        Body::Limits(limits) => format!(
            "version {}: {} an order, {} in all",
            limits.version, limits.order_notional, limits.gross_exposure
        ),
        Body::Incident(incident) => {
            let mut text = format!("{:?}", incident.kind);
            let of = incident.symbol.map(|symbol| names.of(symbol));
            let part = incident.part.map(|part| format!("{part:?}"));
            for whose in of.into_iter().chain(incident.order.map(id)).chain(part) {
                text.push(' ');
                text.push_str(&whose);
            }
            let figure = incident.kind.figure();
            if figure != Figure::None {
                let (seen, wanted) = (figure.show(incident.seen), figure.show(incident.wanted));
                text.push_str(&format!(": seen {seen}, wanted {wanted}"));
            }
            text
        }
        Body::IncidentOver(over) => format!("{} is over", over.incident.0),
        Body::Authority(authority) => {
            let (slot, epoch) = (authority.slot.0, authority.epoch.0);
            match authority.scope {
                Scope::Account => format!("slot {slot} acts for the account, epoch {epoch}"),
                Scope::Symbol(symbol) => {
                    format!("slot {slot} acts for {}, epoch {epoch}", names.of(symbol))
                }
            }
        }
        Body::History { timeframe, bars, .. } => format!("{} bars of {timeframe}", bars.len()),
    }
}

/// An order by the place of its command: what its client order id is made of.
fn id(order: OrderId) -> String {
    let attempt = if order.attempt == 0 { String::new() } else { format!(" #{}", order.attempt) };
    format!("order {} {:?}{attempt}", order.command.0, order.leg)
}

fn order(request: &OrderRequest, names: &Names) -> String {
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
    format!("{:?} {} {} {price}", request.side, request.qty, names.of(request.symbol))
}

fn filled(fill: &Fill, names: &Names) -> String {
    let fee = match fill.fee {
        Fee::Base(qty) => format!("{qty} of base"),
        Fee::Quote(money) => format!("{money} of quote"),
    };
    let symbol = names.of(fill.symbol);
    format!("{:?} {} {symbol} at {}, fee {fee}", fill.side, fill.qty, fill.price)
}

/// Says where two decisions part: both in words.
pub(crate) fn decided(decision: Option<&types::decision::Decision>, names: &Names) -> Vec<String> {
    let Some(decision) = decision else { return vec!["nothing".to_owned()] };
    let symbol = decision.symbol.map_or_else(|| "account".to_owned(), |id| names.of(id));
    let code = decision.reason.code.code();
    let mut lines = vec![format!("{symbol}: {code} -> {}", decision::what(&decision.action))];
    lines.extend(decision::why(decision).into_iter().map(|line| format!("  {line}")));
    lines
}

/// Says how many.
pub(crate) fn entries(count: u64) -> String {
    format!("{} {}", show::count(count), if count == 1 { "entry" } else { "entries" })
}
