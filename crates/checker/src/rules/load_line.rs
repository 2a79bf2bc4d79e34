//! `load_line` (5): no entry order takes the account past a hard limit, with every other open order filled. A line that
//! cannot be evaluated counts as failed, except where retention dropped what it would rest on.

use std::collections::BTreeMap;

use types::entry::{Body, Entry, OperatorAction, Permit, PermitKind, PermitStep};
use types::hard_limits::HardLimits;
use types::ids::SymbolId;
use types::num::{Money, Price, Ratio};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::Need;
use super::cause::price_of;
use super::judge::{About, Judge};
use super::worth::{Worth, flow_of, value};
use crate::case::{Case, Sent};
use crate::clock::SECOND;
use crate::purse::E8;

/// The account as the journal has it at an entry.
#[derive(Debug, Default)]
struct Account {
    worth: Worth,
    flows: i128,
    limits: Option<HardLimits>,
    /// The limits somebody asked for, until it is stopped.
    asked: Option<HardLimits>,
    /// Those that were granted, until they are in force.
    granted: Option<HardLimits>,
    killed: bool,
    /// When orders were commanded.
    commanded: Vec<i64>,
    /// Day, equity at its start, flows by then.
    day: Option<(i64, i128, i128)>,
}

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let by_place: BTreeMap<u64, &Sent> = case.sent.values().map(|sent| (sent.seq, sent)).collect();
    let mut account = Account::default();
    for entry in case.entries() {
        account.roll_day(entry);
        if let Some(sent) = by_place.get(&entry.seq.0) {
            account.commanded.push(sent.ts);
            if sent.is_entry() {
                judge.count("entries", 1);
                account.weigh(case, sent, judge);
            }
        }
        account.fold(case, entry, judge);
    }
    Need::Some("weighed")
}

impl Account {
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that move no line")]
    fn fold(&mut self, case: &Case, entry: &Entry, judge: &mut Judge) {
        self.worth.fold(entry);
        match &entry.body {
            Body::Flow { amount } => self.flows = self.flows.saturating_add(amount.raw()),
            Body::Adopted(adopted) => {
                self.flows = self.flows.saturating_add(flow_of(adopted));
            }
            Body::Limits(limits) => self.on_limits(entry.seq.0, limits, judge),
            Body::Permit(permit) if permit.kind == PermitKind::RaiseLimits => {
                self.on_permit(case, entry.seq.0, permit, judge);
            }
            Body::Operator(operator) => {
                self.killed |= operator.action == OperatorAction::Kill;
                self.killed &= operator.action != OperatorAction::ReleaseKill;
            }
            _ => {}
        }
    }

    /// What is granted is what was asked for, and nobody stopped it.
    fn on_permit(&mut self, case: &Case, seq: u64, permit: &Permit, judge: &mut Judge) {
        match permit.step {
            PermitStep::Asked => self.asked.clone_from(&permit.limits),
            PermitStep::Confirmed => {}
            PermitStep::Cancelled => self.asked = None,
            PermitStep::Granted => {
                judge.count("grants", 1);
                // Retention may have dropped the question.
                let known = self.asked.is_some() || case.intents.dropped == 0;
                judge.want(
                    !known || (permit.limits.is_some() && permit.limits == self.asked),
                    About::entry(seq),
                    "a grant of limits that nobody asks for",
                    "those that were asked for, not stopped since",
                );
                self.asked = None;
                self.granted.clone_from(&permit.limits);
            }
        }
    }

    /// Limits fall at once; each line rises behind a grant alone, and no further than was granted.
    fn on_limits(&mut self, seq: u64, limits: &HardLimits, judge: &mut Judge) {
        judge.count("limits", 1);
        let granted = self.granted.take();
        for line in self.limits.iter().flat_map(|old| above(limits, old)) {
            let within =
                granted.as_ref().is_some_and(|granted| !above(limits, granted).contains(&line));
            judge.want(
                within,
                About::entry(seq),
                format_args!("the hard limit {line} above the one in force"),
                if granted.is_some() { "at most what was granted" } else { "a grant first" },
            );
        }
        self.limits = Some(limits.clone());
    }

    fn roll_day(&mut self, entry: &Entry) {
        let day = entry.ts.day();
        if self.day.is_none_or(|(known, _, _)| known != day) {
            self.day = self.worth.equity().map(|equity| (day, equity, self.flows));
        }
    }

    /// Holds an entry against every line.
    fn weigh(&self, case: &Case, sent: &Sent, judge: &mut Judge) {
        let about = About::sent(sent);
        judge.want(!self.killed, about, "an entry with the kill switch on", "none");
        let Some(limits) = &self.limits else {
            unevaluable(case, "an entry without hard limits in force", about, judge);
            return;
        };
        judge.count("weighed", 1);
        let request = &sent.request;
        let symbol = case.intents.instrument(request.symbol).map(|known| &known.symbol);
        judge.want(
            symbol.is_some_and(|symbol| limits.symbols.contains(symbol)),
            about,
            format_args!("an entry of {}", symbol.map_or("?", |symbol| symbol.as_str())),
            "a symbol that the limits list",
        );
        let Some(mark) = self.worth.marks.get(&request.symbol).copied() else {
            unevaluable(case, "an entry without a mark", about, judge);
            return;
        };
        self.price_and_size(request, limits, mark, about, judge);
        let open: Vec<&Sent> = case
            .sent
            .values()
            .filter(|other| other.seq < sent.seq && !other.open_before(sent.seq).is_zero())
            .collect();
        let count = open.len() as u64 + 1;
        judge.want(
            count <= u64::from(limits.open_orders),
            about,
            format_args!("{count} open orders with it"),
            format_args!("at most {}", limits.open_orders),
        );
        let since = sent.ts.saturating_sub(SECOND);
        let recent = self.commanded.iter().filter(|ts| **ts > since).count() as u64;
        judge.want(
            recent <= u64::from(limits.orders_per_second),
            about,
            format_args!("{recent} orders within a second"),
            format_args!("at most {}", limits.orders_per_second),
        );
        self.exposure(case, &open, sent, limits, judge);
        self.daily_loss(case, limits, about, judge);
    }

    fn price_and_size(
        &self,
        request: &OrderRequest,
        limits: &HardLimits,
        mark: Price,
        about: About<'_>,
        judge: &mut Judge,
    ) {
        let notional = value(i128::from(request.qty.raw()) * E8, worst(request, mark));
        judge.want(
            notional <= limits.order_notional.raw(),
            about,
            format_args!("a notional of {}", Money::from_raw(notional)),
            format_args!("at most {}", limits.order_notional),
        );
        let Some(price) = price_of(request) else {
            judge.find(about, "an entry without a worst price", "one inside the price collar");
            return;
        };
        let beyond = match request.side {
            Side::Buy => i128::from(price.raw()) - i128::from(mark.raw()),
            Side::Sell => i128::from(mark.raw()) - i128::from(price.raw()),
        };
        let room = share(limits.price_collar, i128::from(mark.raw()));
        judge.want(
            beyond <= room,
            about,
            format_args!("a price of {price} with the mark at {mark}"),
            format_args!("at most {} of it away", limits.price_collar),
        );
    }

    /// Every open order filled, whichever side is worse for its symbol.
    fn exposure(
        &self,
        case: &Case,
        open: &[&Sent],
        sent: &Sent,
        limits: &HardLimits,
        judge: &mut Judge,
    ) {
        let about = About::sent(sent);
        let mut sides: BTreeMap<SymbolId, (i128, i128)> = BTreeMap::new();
        for (symbol, held) in self.worth.purse.symbols().filter(|(_, held)| *held != 0) {
            let Some(mark) = self.worth.marks.get(&symbol) else {
                unevaluable(case, "an exposure with a position without a mark", about, judge);
                return;
            };
            let held = value(held, *mark);
            sides.insert(symbol, (held, held.saturating_neg()));
        }
        let before = open.iter().map(|other| (&other.request, other.open_before(sent.seq)));
        for (request, qty) in before.chain([(&sent.request, sent.request.qty)]) {
            if request.reduce_only {
                continue;
            }
            let Some(mark) = self.worth.marks.get(&request.symbol) else {
                unevaluable(case, "an exposure with an open order without a mark", about, judge);
                return;
            };
            let notional = value(i128::from(qty.raw()) * E8, worst(request, *mark));
            let (long, short) = sides.entry(request.symbol).or_default();
            match request.side {
                Side::Buy => *long = long.saturating_add(notional),
                Side::Sell => *short = short.saturating_add(notional),
            }
        }
        let worse = sides.values().map(|(long, short)| (*long).max(*short).max(0));
        let gross = worse.fold(0, i128::saturating_add);
        judge.want(
            gross <= limits.gross_exposure.raw(),
            about,
            format_args!("an exposure of {} with all open orders filled", Money::from_raw(gross)),
            format_args!("at most {}", limits.gross_exposure),
        );
    }

    fn daily_loss(&self, case: &Case, limits: &HardLimits, about: About<'_>, judge: &mut Judge) {
        let (Some((_, start, flows)), Some(equity)) = (self.day, self.worth.equity()) else {
            unevaluable(case, "an entry without an equity", about, judge);
            return;
        };
        let came = self.flows.saturating_sub(flows);
        let loss = start.saturating_add(came).saturating_sub(equity);
        judge.want(
            loss <= 0 || loss < share(limits.daily_loss, start),
            about,
            format_args!("an entry with {} lost since 00:00 UTC", Money::from_raw(loss)),
            format_args!("none from {} of {} on", limits.daily_loss, Money::from_raw(start)),
        );
    }
}

/// A line that cannot be evaluated counts as failed. What retention dropped is missed by no fault of the run.
fn unevaluable(case: &Case, seen: &str, about: About<'_>, judge: &mut Judge) {
    if case.intents.dropped > 0 {
        judge.count("lines_behind_retention", 1);
    } else {
        judge.find(about, seen, "a limit that can be evaluated");
    }
}

/// Returns a share of an amount, rounded down.
fn share(ratio: Ratio, of: i128) -> i128 {
    let ratio = i128::from(ratio.raw());
    (of / E8).saturating_mul(ratio).saturating_add(of % E8 * ratio / E8)
}

/// Returns the highest price at which an order's quantity can count.
fn worst(request: &OrderRequest, mark: Price) -> Price {
    let own = match request.kind {
        OrderKind::Limit { price }
        | OrderKind::LimitMaker { price }
        | OrderKind::StopLimit { price, .. } => price,
        OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => trigger,
        OrderKind::Market => mark,
    };
    own.max(mark)
}

/// Returns which lines of the new limits lie above the old ones.
fn above(new: &HardLimits, old: &HardLimits) -> Vec<&'static str> {
    let lines = [
        ("order_notional", new.order_notional > old.order_notional),
        ("gross_exposure", new.gross_exposure > old.gross_exposure),
        ("open_orders", new.open_orders > old.open_orders),
        ("orders_per_second", new.orders_per_second > old.orders_per_second),
        ("price_collar", new.price_collar > old.price_collar),
        ("daily_loss", new.daily_loss > old.daily_loss),
        ("symbols", new.symbols.iter().any(|symbol| !old.symbols.contains(symbol))),
    ];
    lines.into_iter().filter(|(_, rises)| *rises).map(|(line, _)| line).collect()
}
