//! `load_line` (5): no entry order takes the account past a hard limit, with every other open order filled.

use std::collections::BTreeMap;

use types::entry::{Body, Entry, OperatorAction, PermitKind, PermitStep, ReportEvent};
use types::hard_limits::HardLimits;
use types::ids::SymbolId;
use types::num::{Money, Price, Ratio};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::Need;
use super::cause::price_of;
use super::judge::{About, Judge};
use crate::case::{Case, Sent};
use crate::clock::SECOND;
use crate::purse::{E8, Purse};

/// The account as the journal has it at an entry.
#[derive(Debug, Default)]
struct Account {
    purse: Purse,
    flows: i128,
    marks: BTreeMap<SymbolId, Price>,
    limits: Option<HardLimits>,
    raise_granted: bool,
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
        account.fold(entry, judge);
    }
    if account.limits.is_none() {
        judge.remark("no hard limits were ever in force: an entry without them passes no line");
    }
    Need::Some("weighed")
}

impl Account {
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that move no line")]
    fn fold(&mut self, entry: &Entry, judge: &mut Judge) {
        match &entry.body {
            Body::Bar { symbol, bar, .. } => {
                self.marks.insert(*symbol, bar.close);
            }
            Body::Mark { symbol, price } => {
                self.marks.insert(*symbol, *price);
            }
            Body::Report(report) => {
                if let ReportEvent::Filled(fill) = &report.event {
                    self.purse.fill(fill);
                }
            }
            Body::Flow { amount } => {
                self.flows += amount.raw();
                self.purse.cash += amount.raw();
            }
            Body::Funding { amount, .. } => self.purse.cash += amount.raw(),
            Body::Limits(limits) => self.on_limits(entry.seq.0, limits, judge),
            Body::Permit(permit) => {
                self.raise_granted |=
                    permit.kind == PermitKind::RaiseLimits && permit.step == PermitStep::Granted;
            }
            Body::Operator(operator) => {
                self.killed |= operator.action == OperatorAction::Kill;
                self.killed &= operator.action != OperatorAction::ReleaseKill;
            }
            _ => {}
        }
    }

    /// Limits fall at once; they rise behind a grant alone.
    fn on_limits(&mut self, seq: u64, limits: &HardLimits, judge: &mut Judge) {
        judge.count("limits", 1);
        let rises = self.limits.as_ref().is_some_and(|old| rises(limits, old));
        judge.want(
            !rises || self.raise_granted,
            About::entry(seq),
            "hard limits above those in force",
            "a permit granted for it first",
        );
        self.raise_granted = false;
        self.limits = Some(limits.clone());
    }

    fn equity(&self) -> Option<i128> {
        let mut equity = self.purse.cash;
        for (symbol, held) in self.purse.symbols().filter(|(_, held)| *held != 0) {
            equity += value(held, *self.marks.get(&symbol)?);
        }
        (self.flows != 0).then_some(equity)
    }

    fn roll_day(&mut self, entry: &Entry) {
        let day = entry.ts.day();
        if self.day.is_none_or(|(known, _, _)| known != day) {
            self.day = self.equity().map(|equity| (day, equity, self.flows));
        }
    }

    /// Holds an entry against every line.
    fn weigh(&self, case: &Case, sent: &Sent, judge: &mut Judge) {
        let about = About::sent(sent);
        judge.want(!self.killed, about, "an entry with the kill switch on", "none");
        let Some(limits) = &self.limits else { return };
        judge.count("weighed", 1);
        let request = &sent.request;
        let symbol = case.intents.instrument(request.symbol).map(|known| &known.symbol);
        judge.want(
            symbol.is_some_and(|symbol| limits.symbols.contains(symbol)),
            about,
            format_args!("an entry of {}", symbol.map_or("?", |symbol| symbol.as_str())),
            "a symbol that the limits list",
        );
        let Some(mark) = self.marks.get(&request.symbol).copied() else {
            judge.find(about, "an entry without a mark", "a limit that can be evaluated");
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
        self.exposure(&open, sent, limits, about, judge);
        self.daily_loss(limits, about, judge);
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
            Side::Buy => price.raw() - mark.raw(),
            Side::Sell => mark.raw() - price.raw(),
        };
        let room = share(limits.price_collar, i128::from(mark.raw()));
        judge.want(
            i128::from(beyond) <= room,
            about,
            format_args!("a price of {price} with the mark at {mark}"),
            format_args!("at most {} of it away", limits.price_collar),
        );
    }

    /// Every open order filled, whichever side is worse for its symbol.
    fn exposure(
        &self,
        open: &[&Sent],
        sent: &Sent,
        limits: &HardLimits,
        about: About<'_>,
        judge: &mut Judge,
    ) {
        let mut sides: BTreeMap<SymbolId, (i128, i128)> = BTreeMap::new();
        for (symbol, held) in self.purse.symbols() {
            let Some(mark) = self.marks.get(&symbol) else { continue };
            let held = value(held, *mark);
            sides.insert(symbol, (held, -held));
        }
        let before = open.iter().map(|other| (&other.request, other.open_before(sent.seq)));
        for (request, qty) in before.chain([(&sent.request, sent.request.qty)]) {
            if request.reduce_only {
                continue;
            }
            let Some(mark) = self.marks.get(&request.symbol) else { continue };
            let notional = value(i128::from(qty.raw()) * E8, worst(request, *mark));
            let (long, short) = sides.entry(request.symbol).or_default();
            match request.side {
                Side::Buy => *long += notional,
                Side::Sell => *short += notional,
            }
        }
        let gross: i128 = sides.values().map(|(long, short)| (*long).max(*short).max(0)).sum();
        judge.want(
            gross <= limits.gross_exposure.raw(),
            about,
            format_args!("an exposure of {} with all open orders filled", Money::from_raw(gross)),
            format_args!("at most {}", limits.gross_exposure),
        );
    }

    fn daily_loss(&self, limits: &HardLimits, about: About<'_>, judge: &mut Judge) {
        let (Some((_, start, flows)), Some(equity)) = (self.day, self.equity()) else { return };
        let loss = start + (self.flows - flows) - equity;
        judge.want(
            loss <= 0 || loss < share(limits.daily_loss, start),
            about,
            format_args!("an entry with {} lost since 00:00 UTC", Money::from_raw(loss)),
            format_args!("none from {} of {} on", limits.daily_loss, Money::from_raw(start)),
        );
    }
}

/// Returns what a quantity in 1e-16 is worth at a price, in 1e-16.
fn value(held: i128, price: Price) -> i128 {
    held / E8 * i128::from(price.raw())
}

/// Returns a share of an amount, rounded down.
fn share(ratio: Ratio, of: i128) -> i128 {
    of / E8 * i128::from(ratio.raw()) + of % E8 * i128::from(ratio.raw()) / E8
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

/// Returns whether some line of the new limits lies above the old one.
fn rises(new: &HardLimits, old: &HardLimits) -> bool {
    new.order_notional > old.order_notional
        || new.gross_exposure > old.gross_exposure
        || new.open_orders > old.open_orders
        || new.orders_per_second > old.orders_per_second
        || new.price_collar > old.price_collar
        || new.daily_loss > old.daily_loss
        || new.symbols.iter().any(|symbol| !old.symbols.contains(symbol))
}
