//! `explain --state`: why something was decided in a journal that is kept, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use journal::{Item, KIND_OWN_MIN};
use serde_json::json;
use types::decision::Decision;
use types::entry::{Body, CommandAction, Entry};
use types::ids::{OrderId, Seq, Symbol};
use types::market::TsNanos;

use crate::commands::decision;
use crate::commands::entry::{self, Names};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup::JournalFolder;

/// A decision of the instant, with what followed from it.
#[derive(Debug)]
struct Found {
    seq: Seq,
    symbol: Option<String>,
    decision: Decision,
    /// Refusals, commands and reports, in the words of `audit show`.
    followed: Vec<String>,
}

/// What a journal says of one instant.
#[derive(Debug, Default)]
struct Instant {
    names: Names,
    /// The instant asked for; `None` takes the last.
    wanted: Option<TsNanos>,
    last: Option<TsNanos>,
    /// Whether the entries now read belong to the instant.
    inside: bool,
    /// Whether the instant was there at all.
    seen: bool,
    /// Decisions, by their place.
    found: BTreeMap<Seq, Found>,
    /// Orders that follow from them, and from which.
    orders: BTreeMap<OrderId, Seq>,
    /// The mode at the instant, and as it is where the journal is being read.
    mode: String,
    mode_now: String,
}

/// Shows the decisions of an instant, the last one where none is named.
pub(super) fn run(state: &Path, at: Option<TsNanos>, symbol: Option<&Symbol>, out: Out) -> Outcome {
    let inner = state.join("journal");
    let folder = JournalFolder::new(if inner.is_dir() { &inner } else { state }, None);
    let mut reader = folder.read(journal::Seq(1))?;
    let mut instant = Instant { wanted: at, ..Instant::default() };
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        let Item::Entry(stored) = item else { continue };
        if stored.kind >= KIND_OWN_MIN {
            continue;
        }
        let place = stored.seq.0;
        let read = Entry::decode(stored.payload);
        instant.on_entry(&read.with_context(|| format!("entry {place}")).data()?);
    }
    let Some(at) = instant.shown_at() else {
        let last = instant.last.map_or_else(|| "none".to_owned(), |at| at.to_string());
        let wanted = at.map_or_else(String::new, |at| format!(" at {at}"));
        return Err(Failure::usage(format_args!(
            "{}: no instant was closed{wanted}; the last one is {last}",
            folder.shown()
        )));
    };
    tell(&instant, at, symbol, out)
}

impl Instant {
    fn on_entry(&mut self, read: &Entry) {
        self.names.on_entry(read);
        match &read.body {
            Body::InstantClosed { at } => {
                self.last = Some(*at);
                self.inside = self.wanted.is_none_or(|wanted| wanted == *at);
                if self.inside {
                    self.seen = true;
                    self.mode.clone_from(&self.mode_now);
                    self.found.clear();
                    self.orders.clear();
                }
            }
            Body::Mode(mode) => self.mode_now = format!("{:?}", mode.mode),
            Body::Decision(decision) if self.inside => {
                let found = Found {
                    seq: read.seq,
                    symbol: entry::symbol(read, &self.names),
                    decision: decision.clone(),
                    followed: Vec::new(),
                };
                self.found.insert(read.seq, found);
            }
            Body::Refused(refused) => self.follow(refused.cause, read),
            Body::Command(command) => {
                let known = self.orders.get(&command.order).copied();
                let cause = match command.action {
                    CommandAction::Place(_) => Some(command.cause),
                    CommandAction::Cancel => known,
                };
                if let Some(cause) = cause.filter(|seq| self.found.contains_key(seq)) {
                    self.orders.insert(command.order, cause);
                    self.follow(cause, read);
                }
            }
            Body::Report(report) => {
                let order = report.order.and_then(|order| self.orders.get(&order)).copied();
                if let Some(cause) = order {
                    self.follow(cause, read);
                }
            }
            Body::Decision(_)
            | Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// Notes what followed from a decision of the instant.
    fn follow(&mut self, cause: Seq, read: &Entry) {
        if let Some(found) = self.found.get_mut(&cause) {
            found.followed.push(entry::line(read, &self.names));
        }
    }

    /// Returns the instant that was found.
    fn shown_at(&self) -> Option<TsNanos> {
        self.wanted.filter(|_| self.seen).or_else(|| self.last.filter(|_| self.wanted.is_none()))
    }
}

fn tell(instant: &Instant, at: TsNanos, symbol: Option<&Symbol>, out: Out) -> Outcome {
    let fits = |found: &&Found| match (symbol, &found.symbol) {
        (Some(wanted), Some(seen)) => wanted.as_str() == seen,
        (None, _) | (_, None) => true,
    };
    let shown: Vec<&Found> = instant.found.values().filter(fits).collect();
    let decisions: Vec<_> = shown
        .iter()
        .map(|found| {
            json!({
                "seq": found.seq.0,
                "symbol": found.symbol,
                "code": found.decision.reason.code,
                "what": decision::what(&found.decision.action),
                "why": decision::why(&found.decision),
                "decision": found.decision,
                "followed": found.followed,
            })
        })
        .collect();
    out.json(&json!({ "at": at.to_string(), "mode": instant.mode, "decisions": decisions }))?;
    out.line(format_args!("{at}: mode {}", instant.mode))?;
    for found in &shown {
        let name = found.symbol.as_deref().unwrap_or("account");
        let (code, what) =
            (found.decision.reason.code.code(), decision::what(&found.decision.action));
        out.line("")?;
        out.line(format_args!("{name}: {code} -> {what} (entry {})", found.seq.0))?;
        let lines = decision::why(&found.decision);
        for line in lines.iter().chain(&found.followed) {
            out.line(format_args!("  {line}"))?;
        }
    }
    if shown.is_empty() {
        let others: BTreeSet<_> =
            instant.found.values().filter_map(|found| found.symbol.as_deref()).collect();
        let others: Vec<_> = others.into_iter().collect();
        out.line(format_args!("nothing was decided of it; of others: {}", others.join(", ")))?;
    }
    Ok(Exit::Ok)
}
