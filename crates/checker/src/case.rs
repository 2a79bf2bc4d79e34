//! [`Case`]: both histories beside each other: each order we commanded with what we heard of it and what the venue did.

use std::collections::{BTreeMap, BTreeSet};

use types::decision::Action;
use types::entry::{Adopted, Body, CommandAction, Entry, Incident, Report, ReportEvent};
use types::fill::Fill;
use types::ids::{ClientOrderId, Leg, OrderId, Seq, SymbolId};
use types::num::Qty;
use types::order::OrderRequest;

use crate::check::{CheckError, Options};
use crate::intents::Intents;
use crate::ledger::{Ledger, OrderRow};

/// Seconds before the journal's end in which the venue's word may still be on its way, at speed 1.
const SLACK_SECONDS: i64 = 5;

/// What was heard of an order, without its fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) seq: u64,
    pub(crate) ts: i64,
    pub(crate) event: ReportEvent,
}

/// An order that we commanded.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: OrderId,
    /// Place of its command.
    pub(crate) seq: u64,
    pub(crate) ts: i64,
    pub(crate) cause: Seq,
    pub(crate) request: OrderRequest,
    pub(crate) client_id: String,
    pub(crate) heard: Vec<Heard>,
    /// The venue's orders of this name, by place in [`Case::venue`]; more than one is one too many.
    pub(crate) venue: Vec<usize>,
}

impl Sent {
    /// Returns whether it opens or enlarges a position.
    pub(crate) fn is_entry(&self) -> bool {
        self.id.leg == Leg::Main && !self.request.reduce_only
    }

    /// Returns what has traded of it by what was heard before a place.
    pub(crate) fn filled_before(&self, seq: u64) -> Qty {
        total(self.fills().filter(|(at, _)| *at < seq).map(|(_, fill)| fill.qty))
    }

    /// Returns the fills that were heard, with their places.
    pub(crate) fn fills(&self) -> impl Iterator<Item = (u64, &Fill)> {
        self.heard.iter().filter_map(|heard| match &heard.event {
            ReportEvent::Filled(fill) => Some((heard.seq, fill)),
            ReportEvent::Accepted
            | ReportEvent::Rejected(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted
            | ReportEvent::CancelRejected => None,
        })
    }

    /// Returns the report by which it ended, if it was heard before a place.
    pub(crate) fn end_before(&self, seq: u64) -> Option<&Heard> {
        let mut filled = Qty::ZERO;
        self.heard.iter().take_while(|heard| heard.seq < seq).find(|heard| match &heard.event {
            ReportEvent::Accepted | ReportEvent::CancelRejected => false,
            ReportEvent::Filled(fill) => {
                filled = total([filled, fill.qty]);
                filled >= self.request.qty
            }
            ReportEvent::Rejected(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted => true,
        })
    }

    /// Returns the report by which it ended.
    pub(crate) fn end(&self) -> Option<&Heard> {
        self.end_before(u64::MAX)
    }

    /// Returns what of it can still trade by what was heard before a place; unknown counts as open.
    pub(crate) fn open_before(&self, seq: u64) -> Qty {
        match self.end_before(seq) {
            Some(_) => Qty::ZERO,
            None => less(self.request.qty, self.filled_before(seq)),
        }
    }
}

/// An order of the venue under one of our names.
#[derive(Clone, Debug)]
pub(crate) struct VenueOrder {
    pub(crate) account: u32,
    /// Its rows, by place in [`Ledger::events`].
    pub(crate) rows: Vec<usize>,
}

/// Both histories, with what belongs together.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) intents: Intents,
    pub(crate) ledger: Ledger,
    pub(crate) sent: BTreeMap<OrderId, Sent>,
    /// Reports of orders that no command placed, and of none at all, by place.
    pub(crate) stray: Vec<(u64, Report)>,
    /// Commands that place an order which an earlier command placed already.
    pub(crate) repeated: Vec<(u64, OrderId)>,
    pub(crate) venue: Vec<VenueOrder>,
    /// Rows of orders with a name of our form that no command has: place in [`Ledger::events`] of their first.
    pub(crate) nameless: Vec<usize>,
    /// Orders of others on our account.
    pub(crate) foreign: u64,
    /// Our account at the venue.
    pub(crate) account: Option<u32>,
    /// What engines decided, by place: symbol, action, time.
    pub(crate) decisions: BTreeMap<Seq, (Option<SymbolId>, Action, i64)>,
    /// Incidents that are open at the end.
    pub(crate) incidents: BTreeMap<u64, Incident>,
    pub(crate) tolerance: i64,
    pub(crate) slack: i64,
}

impl Case {
    pub(crate) fn new(
        intents: Intents,
        ledger: Ledger,
        options: &Options,
    ) -> Result<Self, CheckError> {
        let slack = ledger.market_nanos(SLACK_SECONDS, intents.last_ts);
        let mut case = Self {
            intents,
            ledger,
            sent: BTreeMap::new(),
            stray: Vec::new(),
            repeated: Vec::new(),
            venue: Vec::new(),
            nameless: Vec::new(),
            foreign: 0,
            account: None,
            decisions: BTreeMap::new(),
            incidents: BTreeMap::new(),
            tolerance: options.tolerance,
            slack: options.slack.unwrap_or(slack),
        };
        case.read_journal(&options.account);
        let others = case.read_ledger();
        case.account = case.find_account(options.venue_key.as_deref())?;
        case.settle_others(others);
        Ok(case)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that are not about orders")]
    fn read_journal(&mut self, account: &str) {
        for entry in &self.intents.entries {
            let (seq, ts) = (entry.seq.0, entry.ts.as_nanos());
            match &entry.body {
                Body::Decision(decision) => {
                    self.decisions.insert(entry.seq, (decision.symbol, decision.action, ts));
                }
                Body::Command(command) => {
                    let CommandAction::Place(request) = command.action else { continue };
                    let id = command.order;
                    if self.sent.contains_key(&id) {
                        self.repeated.push((seq, id));
                        continue;
                    }
                    let journal = self.intents.id_at(seq).unwrap_or_default();
                    let client_id = ClientOrderId::of(journal, account, id).as_str().to_owned();
                    let (heard, venue) = (Vec::new(), Vec::new());
                    let cause = command.cause;
                    let sent = Sent { id, seq, ts, cause, request, client_id, heard, venue };
                    self.sent.insert(id, sent);
                }
                Body::Report(report) => {
                    let sent = report.order.and_then(|order| self.sent.get_mut(&order));
                    match sent {
                        Some(sent) => {
                            sent.heard.push(Heard { seq, ts, event: report.event.clone() });
                        }
                        None => self.stray.push((seq, report.clone())),
                    }
                }
                Body::Incident(incident) => {
                    self.incidents.insert(seq, *incident);
                }
                Body::IncidentOver(over) => {
                    self.incidents.remove(&over.incident.0);
                }
                _ => {}
            }
        }
    }

    /// Joins the venue's orders with ours; returns the first row of each of the others.
    fn read_ledger(&mut self) -> Vec<usize> {
        let names: BTreeMap<String, OrderId> =
            self.sent.values().map(|sent| (sent.client_id.clone(), sent.id)).collect();
        let mut known: BTreeMap<(u32, u16, u64), Option<usize>> = BTreeMap::new();
        let mut others = Vec::new();
        for (index, row) in self.ledger.events.iter().enumerate() {
            let order = &row.order;
            let key = (order.account, order.symbol, order.id);
            let place = *known.entry(key).or_insert_with(|| {
                let Some(id) = names.get(&order.client_id) else {
                    others.push(index);
                    return None;
                };
                self.venue.push(VenueOrder { account: order.account, rows: Vec::new() });
                let place = self.venue.len() - 1;
                self.sent.get_mut(id).expect("names are of orders").venue.push(place);
                Some(place)
            });
            if let Some(place) = place {
                self.venue[place].rows.push(index);
            }
        }
        others
    }

    /// Returns our account: the one asked for, else the one with most orders of ours, else the only one.
    fn find_account(&self, key: Option<&str>) -> Result<Option<u32>, CheckError> {
        let clients = &self.ledger.clients;
        if let Some(wanted) = key {
            let found = clients.iter().find(|(_, key)| *key == wanted).map(|(account, _)| *account);
            let known: Vec<&str> = clients.values().map(String::as_str).collect();
            let error =
                || CheckError::Account { wanted: wanted.to_owned(), known: known.join(", ") };
            return found.map(Some).ok_or_else(error);
        }
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for order in &self.venue {
            *counts.entry(order.account).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(account, _)| account);
        let only = clients.keys().next().copied().filter(|_| clients.len() == 1);
        Ok(most.or(only))
    }

    fn settle_others(&mut self, others: Vec<usize>) {
        for index in others {
            let order = &self.ledger.events[index].order;
            if Some(order.account) != self.account {
                continue;
            }
            if is_our_form(&order.client_id) {
                self.nameless.push(index);
            } else {
                self.foreign += 1;
            }
        }
    }

    /// Returns the rows of an order of the venue.
    pub(crate) fn rows<'a>(&'a self, order: &'a VenueOrder) -> impl Iterator<Item = &'a OrderRow> {
        order.rows.iter().map(|index| &self.ledger.events[*index])
    }

    /// Returns the rows of the venue's orders under the name of one of ours.
    pub(crate) fn rows_of<'a>(&'a self, sent: &'a Sent) -> impl Iterator<Item = &'a OrderRow> {
        sent.venue.iter().flat_map(|place| self.rows(&self.venue[*place]))
    }

    /// Returns the row by which the venue accepted an order of ours.
    pub(crate) fn accepted<'a>(&'a self, sent: &'a Sent) -> Option<&'a OrderRow> {
        self.rows_of(sent).next()
    }

    /// Returns the row by which an order of ours ended at the venue.
    pub(crate) fn ended<'a>(&'a self, sent: &'a Sent) -> Option<&'a OrderRow> {
        self.rows_of(sent).find(|row| !row.order.status.is_open())
    }

    /// Returns every row of our orders in the order of the ledger, with the order.
    pub(crate) fn our_rows(&self) -> Vec<(&OrderRow, &Sent)> {
        let mut rows: Vec<(&OrderRow, &Sent)> = self
            .sent
            .values()
            .flat_map(|sent| self.rows_of(sent).map(move |row| (row, sent)))
            .collect();
        rows.sort_by_key(|(row, _)| row.n);
        rows
    }

    /// Returns whether the hub must have heard by its end of what the venue did at a time.
    pub(crate) fn is_due(&self, t: i64) -> bool {
        t.saturating_add(self.slack) <= self.intents.last_ts
    }

    /// Returns the venue's number of a symbol of the journal.
    pub(crate) fn venue_symbol(&self, symbol: SymbolId) -> Option<u16> {
        let name = self.intents.instrument(symbol)?.symbol.as_str();
        self.ledger.symbols.iter().find(|(_, known)| known.name == name).map(|(number, _)| *number)
    }

    /// Returns the open incidents about an order, or about all of its symbol or the account.
    pub(crate) fn incidents_about(&self, sent: &Sent) -> impl Iterator<Item = &Incident> {
        self.incidents.values().filter(move |incident| incident.order == Some(sent.id))
    }

    /// Returns the entries of the journal that some rule looks at.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.intents.entries.iter()
    }

    /// Returns what operators have booked of somebody else's trades, with the moment of each, oldest first.
    pub(crate) fn adopted(&self) -> impl Iterator<Item = (i64, &Adopted)> {
        self.entries().filter_map(|entry| {
            let Body::Adopted(adopted) = &entry.body else { return None };
            Some((entry.ts.as_nanos(), adopted))
        })
    }

    /// Returns the accounts under which orders of ours were accepted.
    pub(crate) fn accounts(&self) -> BTreeSet<u32> {
        self.venue.iter().map(|order| order.account).collect()
    }
}

/// Returns quantities together; numbers of a file may be too much for one, and are no reason to stop.
pub(crate) fn total(all: impl IntoIterator<Item = Qty>) -> Qty {
    Qty::from_raw(all.into_iter().fold(0, |sum, qty| qty.raw().saturating_add(sum)))
}

/// Returns what is left of a quantity, at least nothing.
fn less(qty: Qty, by: Qty) -> Qty {
    Qty::from_raw(qty.raw().saturating_sub(by.raw()).max(0))
}

/// Returns whether a name has the form of those we give: `p` and 32 characters of base32.
pub(crate) fn is_our_form(name: &str) -> bool {
    let base32 = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    name.len() == 33 && name.starts_with('p') && name.chars().all(base32)
}
