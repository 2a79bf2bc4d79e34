//! `protected` (6): a position is covered by a resting stop within a second of each fill, by the venue's own times.
//!
//! One clock: from the row of the fill to the row by which the covering stop was accepted. Limits of wall time are held at
//! the venue's speed. Not counted are times in which no hub ran, the symbol did not trade, it was not known whether an
//! order had been accepted, books and venue differed, or the venue had changed the symbol's steps and the hub had not asked again yet; where a fault of the venue struck, the second begins anew, and what went before it has to
//! have been within one.

use std::collections::BTreeMap;
use std::iter;

use types::decision::{Action, Protective};
use types::entry::{Adopted, Body, IncidentKind};
use types::ids::{Leg, SymbolId};
use types::num::Price;
use types::side::Side;

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Sent};
use crate::clock::{SECOND, Stretches, seconds};
use crate::ledger::{Event, Kind, Order, OrderRow, SymbolStatus, Tif};
use crate::purse::E8;

/// Longest time without a stop that a fill may have, at speed 1.
const UNPROTECTED_MAX: i64 = SECOND;

/// A hub asks each minute for the rules of what it trades, and may wait for the answer.
const RULES_HEARD_MAX: i64 = 65 * SECOND;

/// A quantity that waits for its stop.
#[derive(Clone, Copy, Debug)]
struct Waiting<'a> {
    row: &'a OrderRow,
    sent: &'a Sent,
    /// From when on it counts.
    since: i64,
    /// What was held then, in 1e-8.
    held: i128,
}

/// One symbol as the venue has it, of our orders alone.
#[derive(Debug, Default)]
struct Watch<'a> {
    /// Base in 1e-16.
    held: i128,
    /// What each open order that closes the position can still sell, in 1e-8.
    covers: BTreeMap<u64, i128>,
    waiting: Vec<Waiting<'a>>,
    bare: i128,
    /// Where the stop was decided to lie, about.
    stop: Option<Price>,
    /// The decision of the position asks for a stop.
    guarded: bool,
}

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut watches: BTreeMap<SymbolId, Watch<'_>> = BTreeMap::new();
    let excluded = Excluded::of(case);
    let mut adopted = case.adopted().peekable();
    for (row, sent) in case.our_rows() {
        if row.t > case.intents.last_ts {
            break;
        }
        while let Some((at, adopted)) = adopted.next_if(|(at, _)| *at <= row.t) {
            let watch = watches.entry(adopted.symbol).or_default();
            watch.adopt(case, &excluded, (at, adopted), judge);
        }
        let watch = watches.entry(sent.request.symbol).or_default();
        watch.fold(case, row, sent, judge);
        watch.settle(case, &excluded, (sent.request.symbol, row.t), Some((row, sent)), judge);
    }
    for adopted in adopted {
        let watch = watches.entry(adopted.1.symbol).or_default();
        watch.adopt(case, &excluded, adopted, judge);
    }
    for (symbol, watch) in &watches {
        for waiting in &watch.waiting {
            let open = excluded.age(case, *symbol, waiting.since, case.intents.last_ts);
            late(case, waiting, open, "still without a stop at the end", judge);
        }
    }
    Need::Some("protected_fills")
}

impl<'a> Watch<'a> {
    /// Takes what a row says of the position and of what closes it.
    fn fold(&mut self, case: &Case, row: &'a OrderRow, sent: &'a Sent, judge: &mut Judge) {
        let order = &row.order;
        if let Event::Trade { price, qty, fee, fee_asset, .. } = row.event {
            let base =
                case.ledger.symbols.get(&order.symbol).and_then(|s| case.ledger.asset(&s.base));
            let sign = if order.side == Side::Buy { 1 } else { -1 };
            let paid = if base == Some(fee_asset) { fee } else { 0 };
            let moved = (sign * i128::from(qty) * E8).saturating_sub(paid);
            self.held = self.held.saturating_add(moved);
            if sent.is_entry() {
                self.on_entry_fill(case, sent, Price::from_raw(price), judge);
            }
        }
        if covers(sent, order) {
            match order.left() {
                0 => self.covers.remove(&order.id),
                left => self.covers.insert(order.id, left.into()),
            };
        }
    }

    /// Coins that somebody else sold want no stop.
    fn adopt(
        &mut self,
        case: &Case,
        excluded: &Excluded,
        (at, adopted): (i64, &Adopted),
        judge: &mut Judge,
    ) {
        self.held = self.held.saturating_add(i128::from(adopted.qty.raw()) * E8);
        self.settle(case, excluded, (adopted.symbol, at), None, judge);
    }

    fn on_entry_fill(&mut self, case: &Case, sent: &Sent, price: Price, judge: &mut Judge) {
        let decided = case.decisions.get(&sent.cause);
        let Some((_, Action::Enter { protection, .. }, _)) = decided else { return };
        let Some(protection) = protection else {
            judge.count("fills_without_a_decided_stop", 1);
            return;
        };
        judge.count("entry_fills", 1);
        self.guarded = true;
        self.stop = Some(match (protection.stop, sent.request.side) {
            (Protective::At(at), _) => at,
            (Protective::Distance(distance), Side::Buy) => {
                Price::from_raw(price.raw().saturating_sub(distance.raw()))
            }
            (Protective::Distance(distance), Side::Sell) => {
                Price::from_raw(price.raw().saturating_add(distance.raw()))
            }
        });
    }

    /// Compares what is held with what covers it, as it is after a row or an adoption.
    fn settle(
        &mut self,
        case: &Case,
        excluded: &Excluded,
        (symbol, t): (SymbolId, i64),
        row: Option<(&'a OrderRow, &'a Sent)>,
        judge: &mut Judge,
    ) {
        let (held, dust) = self.sellable(case, symbol, t);
        if held == 0 && !dust {
            self.guarded = false;
        }
        let covered: i128 = self.covers.values().sum();
        let bare = if self.guarded { held.saturating_sub(covered).max(0) } else { 0 };
        if dust && self.guarded && bare == 0 {
            judge.count(
                "times_dust",
                u64::from(
                    self.bare > 0
                        || row.is_some_and(|(row, _)| matches!(row.event, Event::Trade { .. })),
                ),
            );
        }
        let done = |waiting: &Waiting<'_>| covered >= waiting.held.min(held);
        let (met, waiting): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(done);
        self.waiting = waiting;
        for waiting in met {
            let open = excluded.age(case, symbol, waiting.since, t);
            judge.count("protected_fills", 1);
            late(case, &waiting, open, "until its stop", judge);
        }
        if let Some((row, sent)) = row.filter(|_| bare > self.bare) {
            self.waiting.push(Waiting { row, sent, since: row.t, held });
        }
        self.bare = bare;
    }

    /// Returns the quantity that can rest as an order, in 1e-8, and whether what is held is too little for one.
    fn sellable(&self, case: &Case, symbol: SymbolId, t: i64) -> (i128, bool) {
        let symbol = case.venue_symbol(symbol).and_then(|number| case.ledger.symbols.get(&number));
        let Some(terms) = symbol.and_then(|symbol| symbol.terms_at(t)) else {
            return (0, false);
        };
        // More sold than bought is no position on spot; `money_conserved` names it.
        let held = self.held.max(0) / E8;
        let lot = i128::from(terms.lot.max(1));
        let whole = held - held % lot;
        let price = self.stop.unwrap_or(Price::ZERO).raw().max(0);
        let worth = whole.saturating_mul(price.into());
        let small = whole < i128::from(terms.min_qty) || worth < terms.min_notional;
        if small { (0, whole > 0) } else { (whole, false) }
    }
}

/// Returns whether an order keeps the position from a loss: a stop, or a sale at once in its stead. What rests at a price of
/// its own, such as a take-profit, waits for a profit and covers nothing.
fn covers(sent: &Sent, order: &Order) -> bool {
    let sale = sent.id.leg == Leg::Main && !sent.is_entry();
    match order.kind {
        Kind::StopLoss { .. } | Kind::StopLossLimit { .. } => sent.id.leg == Leg::Stop || sale,
        Kind::Market | Kind::Limit { tif: Tif::Ioc | Tif::Fok, .. } => sale,
        Kind::Limit { tif: Tif::Gtc, .. }
        | Kind::LimitMaker { .. }
        | Kind::TakeProfit { .. }
        | Kind::TakeProfitLimit { .. } => false,
    }
}

/// Takes down a quantity that was too long without a stop.
fn late(case: &Case, waiting: &Waiting<'_>, open: i64, until: &str, judge: &mut Judge) {
    let speed = case.ledger.speed_at(waiting.row.t);
    judge.most("longest_unprotected_ms", open / speed / 1_000_000);
    judge.want(
        open <= UNPROTECTED_MAX.saturating_mul(speed),
        About::sent(waiting.sent).beside(Some(waiting.row)),
        format_args!("{} {until}, the venue at speed {speed}", seconds(open)),
        format_args!("at most {}", seconds(UNPROTECTED_MAX.saturating_mul(speed))),
    );
}

/// Times that do not count.
pub(super) struct Excluded {
    down: Vec<(i64, i64)>,
    /// In which an outcome was unknown.
    unknown: BTreeMap<SymbolId, Vec<(i64, i64)>>,
    /// All others.
    of: BTreeMap<SymbolId, Vec<(i64, i64)>>,
}

impl Excluded {
    pub(super) fn of(case: &Case) -> Self {
        let mut unknown: BTreeMap<SymbolId, Vec<(i64, i64)>> = BTreeMap::new();
        let mut of: BTreeMap<SymbolId, Vec<(i64, i64)>> = BTreeMap::new();
        let mut open: BTreeMap<u64, (SymbolId, i64)> = BTreeMap::new();
        for entry in case.entries() {
            if let Body::Incident(incident) = &entry.body
                && incident.kind == IncidentKind::OutcomeUnknown
                && let Some(symbol) = incident.symbol
            {
                let command = incident.order.and_then(|order| case.sent.get(&order));
                let from = command.map_or(entry.ts.as_nanos(), |sent| sent.ts);
                open.insert(entry.seq.0, (symbol, from));
            }
            if let Body::IncidentOver(over) = &entry.body
                && let Some((symbol, from)) = open.remove(&over.incident.0)
            {
                unknown.entry(symbol).or_default().push((from, entry.ts.as_nanos()));
            }
        }
        for (symbol, from) in open.into_values() {
            unknown.entry(symbol).or_default().push((from, i64::MAX));
        }
        for (symbol, stretch) in differs(case) {
            of.entry(symbol).or_default().push(stretch);
        }
        for sent in case.sent.values() {
            of.entry(sent.request.symbol).or_default();
        }
        for (symbol, stretches) in &mut of {
            stretches.extend(halts(case, *symbol));
            stretches.extend(unheard(case, *symbol));
        }
        Self { down: case.intents.down.clone(), unknown, of }
    }

    /// Returns how long something was without a stop that could have had one.
    pub(super) fn age(&self, case: &Case, symbol: SymbolId, from: i64, to: i64) -> i64 {
        let own = self.of.get(&symbol).into_iter().flatten();
        self.longest(case, symbol, own, (from, to))
    }

    /// Returns for how long a hub that ran and was in no doubt did not know of something.
    pub(super) fn unaware(&self, case: &Case, symbol: SymbolId, from: i64, to: i64) -> i64 {
        self.longest(case, symbol, &[], (from, to))
    }

    /// Returns how long it was from one moment to another, without the times that do not count: the longest stretch
    /// in which no fault struck.
    fn longest<'a>(
        &'a self,
        case: &Case,
        symbol: SymbolId,
        own: impl IntoIterator<Item = &'a (i64, i64)>,
        (from, to): (i64, i64),
    ) -> i64 {
        let unknown = self.unknown.get(&symbol).into_iter().flatten();
        let stretches = Stretches::of(self.down.iter().chain(unknown).chain(own).copied());
        let faults = case.ledger.faults.iter().copied();
        let mut ends: Vec<i64> = faults.filter(|fault| (from..=to).contains(fault)).collect();
        ends.push(to);
        ends.sort_unstable();
        let begins = iter::once(from).chain(ends.iter().copied());
        let counted = begins
            .zip(&ends)
            .map(|(a, b)| b.saturating_sub(a).saturating_sub(stretches.within(a, *b)));
        counted.max().unwrap_or(0).max(0)
    }
}

/// Returns the times in which somebody else had traded what a stop should cover: from so long before the hub can have known it to
/// the incident's end.
fn differs(case: &Case) -> Vec<(SymbolId, (i64, i64))> {
    let mut open: BTreeMap<u64, (SymbolId, i64)> = BTreeMap::new();
    let mut stretches = Vec::new();
    for entry in case.entries() {
        let at = entry.ts.as_nanos();
        if let Body::Incident(incident) = &entry.body
            && matches!(incident.kind, IncidentKind::PositionDiffers | IncidentKind::BalanceShort)
            && let Some(symbol) = incident.symbol
        {
            let seen = super::holdings::SEEN_WITHIN_SECONDS;
            open.insert(
                entry.seq.0,
                (symbol, at.saturating_sub(case.ledger.market_nanos(seen, at))),
            );
        }
        if let Body::IncidentOver(over) = &entry.body
            && let Some((symbol, from)) = open.remove(&over.incident.0)
        {
            stretches.push((symbol, (from, at)));
        }
    }
    stretches.extend(open.into_values().map(|(symbol, from)| (symbol, (from, i64::MAX))));
    stretches
}

/// Returns the times in which the hub could not know of new rules of a symbol: what was dust under the old ones may be
/// enough for a stop under them.
fn unheard(case: &Case, symbol: SymbolId) -> Vec<(i64, i64)> {
    let known = case.venue_symbol(symbol).and_then(|number| case.ledger.symbols.get(&number));
    let Some((_, changes)) = known.and_then(|known| known.terms.split_first()) else {
        return Vec::new();
    };
    let heard: Vec<i64> = case
        .entries()
        .filter(|entry| matches!(entry.body, Body::Instruments(_)))
        .map(|entry| entry.ts.as_nanos())
        .collect();
    let stretch = |t: i64| {
        let latest = t.saturating_add(RULES_HEARD_MAX.saturating_mul(case.ledger.speed_at(t)));
        let first = heard.iter().find(|heard| **heard >= t);
        (t, first.map_or(latest, |first| latest.min(*first)))
    };
    changes.iter().map(|terms| stretch(terms.t)).collect()
}

/// Returns the times in which the venue did not trade a symbol.
fn halts(case: &Case, symbol: SymbolId) -> Vec<(i64, i64)> {
    let known = case.venue_symbol(symbol).and_then(|number| case.ledger.symbols.get(&number));
    let Some(known) = known else { return Vec::new() };
    let mut halts = Vec::new();
    let mut since = None;
    for (t, status) in &known.status {
        match status {
            SymbolStatus::Trading => halts.extend(since.take().map(|since| (since, *t))),
            SymbolStatus::Halt | SymbolStatus::Break | SymbolStatus::Delisted => {
                since.get_or_insert(*t);
            }
        }
    }
    halts.extend(since.map(|since| (since, i64::MAX)));
    halts
}
