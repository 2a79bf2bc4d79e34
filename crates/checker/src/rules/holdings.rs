//! `money_conserved` (4): the ledger adds up to the last unit, our account covers what we own beside what is not ours, and
//! nothing is sold, or offered for sale, that we did not buy.

use std::collections::BTreeMap;

use types::entry::{Adopted, Body, Incident, IncidentKind, Source};
use types::ids::Leg;
use types::instrument::Market;
use types::num::Money;
use types::side::Side;

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;
use crate::ledger::{Event, OrderRow};
use crate::purse::E8;

/// Seconds within which a reconciliation must have seen a change from outside, at speed 1: three rounds of 60 s.
pub(super) const SEEN_WITHIN_SECONDS: i64 = 180;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    adds_up(case, judge);
    only_ours_sold(case, judge);
    covered(case, judge);
    adoptions(case, judge);
    // Books that add up say nothing of whether they cover what is ours.
    Need::Some("balances")
}

/// Each balance is what came in and what was traded, of every client.
fn adds_up(case: &Case, judge: &mut Judge) {
    let ledger = &case.ledger;
    // `None` is more than a number can hold.
    let mut sums: BTreeMap<(u32, u16), Option<i128>> = BTreeMap::new();
    let mut add = |key, amount: i128| {
        let sum = sums.entry(key).or_insert(Some(0));
        *sum = sum.and_then(|sum| sum.checked_add(amount));
    };
    for flow in &ledger.flows {
        add((flow.account, flow.asset), flow.amount);
    }
    for row in &ledger.events {
        for (asset, delta) in deltas(case, row, judge) {
            add((row.order.account, asset), delta);
        }
    }
    for key in ledger.balances.keys() {
        add(*key, 0);
    }
    for ((account, asset), sum) in sums {
        if !ledger.clients.contains_key(&account) {
            continue;
        }
        judge.count("assets", 1);
        let seen = ledger.total(account, asset);
        let name = ledger.assets.get(&asset).map_or("?", String::as_str);
        let wanted = sum.map_or("what a number can hold".to_owned(), |sum| {
            format!("{}: flows, trades and fees together", Money::from_raw(sum))
        });
        judge.want(
            Some(seen) == sum,
            About::default(),
            format_args!("{} {name} on account {account} of the venue", Money::from_raw(seen)),
            wanted,
        );
    }
}

/// Returns what a trade moves of each asset; nothing for other events.
fn deltas(case: &Case, row: &OrderRow, judge: &mut Judge) -> Vec<(u16, i128)> {
    let Event::Trade { price, qty, quote, fee, fee_asset, .. } = row.event else {
        return Vec::new();
    };
    let worth = i128::from(price) * i128::from(qty);
    judge.want(
        worth == quote,
        About::row(row),
        format_args!("a quote amount of {}", Money::from_raw(quote)),
        format_args!("{}: price times quantity", Money::from_raw(worth)),
    );
    let Some(symbol) = case.ledger.symbols.get(&row.order.symbol) else { return Vec::new() };
    let (base, paid) = (case.ledger.asset(&symbol.base), case.ledger.asset(&symbol.quote));
    let (Some(base), Some(paid)) = (base, paid) else { return Vec::new() };
    let sign = match row.order.side {
        Side::Buy => 1,
        Side::Sell => -1,
    };
    let moved = sign * i128::from(qty) * E8;
    vec![(base, moved), (paid, quote.saturating_mul(-sign)), (fee_asset, fee.saturating_neg())]
}

/// A sale of ours sells what we bought: on spot our holding is never below zero, by the venue's own order of trades.
fn only_ours_sold(case: &Case, judge: &mut Judge) {
    let mut held: BTreeMap<u16, i128> = BTreeMap::new();
    // What each open sale can still sell, in 1e-16.
    let mut offered: BTreeMap<u16, BTreeMap<u64, i128>> = BTreeMap::new();
    let spot = |sent: &crate::case::Sent| {
        let instrument = case.intents.instrument(sent.request.symbol);
        instrument.is_none_or(|known| known.market == Market::Spot)
    };
    let mut adopted = case.adopted().peekable();
    for (row, sent) in case.our_rows().into_iter().filter(|(_, sent)| spot(sent)) {
        while let Some((_, adopted)) = adopted.next_if(|(at, _)| *at <= row.t) {
            let [(asset, coins), _] = moved(case, adopted);
            let held = held.entry(asset).or_default();
            *held = held.saturating_add(coins);
        }
        let base =
            case.ledger.symbols.get(&row.order.symbol).and_then(|s| case.ledger.asset(&s.base));
        let Some(base) = base else { continue };
        for (asset, delta) in deltas(case, row, &mut Judge::default()) {
            let held = held.entry(asset).or_default();
            *held = held.saturating_add(delta);
        }
        let left = held.get(&base).copied().unwrap_or_default();
        if row.order.side == Side::Sell && matches!(row.event, Event::Trade { .. }) {
            judge.count("sales", 1);
            judge.want(
                left >= 0,
                About::sent(sent).beside(Some(row)),
                format_args!(
                    "{} sold more than we had bought",
                    Money::from_raw(left.saturating_neg())
                ),
                "what was there before us, or came from outside, left alone",
            );
        }
        // A target shares its quantity with the stop of its list.
        if row.order.side == Side::Buy || sent.id.leg == Leg::Target {
            continue;
        }
        let offered = offered.entry(base).or_default();
        offered.insert(row.order.id, i128::from(row.order.left()) * E8);
        let together = offered.values().sum::<i128>();
        judge.want(
            together <= left.max(0),
            About::sent(sent).beside(Some(row)),
            format_args!(
                "{} offered for sale by stops and sales together",
                Money::from_raw(together)
            ),
            format_args!("at most the {} that we hold", Money::from_raw(left)),
        );
    }
}

/// What an operator has booked of somebody else's trades settles an incident that says so, says why, and makes no coin ours.
fn adoptions(case: &Case, judge: &mut Judge) {
    let mut open: BTreeMap<u64, &Incident> = BTreeMap::new();
    for entry in case.entries() {
        if let Body::Incident(incident) = &entry.body
            && is_drift(incident)
        {
            open.insert(entry.seq.0, incident);
        }
        if let Body::IncidentOver(over) = &entry.body {
            open.remove(&over.incident.0);
        }
        let Body::Adopted(adopted) = &entry.body else { continue };
        judge.count("adoptions", 1);
        let about = About::entry(entry.seq.0);
        let settles = open.get(&adopted.incident.0);
        // Retention may have dropped it.
        let known = settles.is_some_and(|open| open.symbol == Some(adopted.symbol))
            || case.intents.dropped > 0;
        let wanted = "an open incident that says that they differ";
        judge.want(known, about, "an adoption where books and venue agree", wanted);
        let signed = !adopted.reason.is_empty() && entry.source == Source::Operator;
        judge.want(signed, about, "an adoption that nobody gives a reason for", "a person's word");
        judge.want(
            adopted.qty.raw() <= 0,
            about,
            format_args!("{} coins adopted", adopted.qty),
            "coins that come from outside left alone",
        );
    }
}

const fn is_drift(incident: &Incident) -> bool {
    matches!(incident.kind, IncidentKind::BalanceShort | IncidentKind::PositionDiffers)
}

/// The venue's balances cover what is not ours and what our orders came to.
fn covered(case: &Case, judge: &mut Judge) {
    let Some(account) = case.account else { return };
    let (mut baseline, mut flows) = (BTreeMap::new(), 0_i128);
    let mut known = false;
    for entry in case.entries() {
        if let Body::Baseline { asset, amount } = &entry.body {
            baseline.insert(asset.as_str().to_owned(), amount.raw());
            known = true;
        }
        if let Body::Flow { amount } = &entry.body {
            flows = flows.saturating_add(amount.raw());
            known = true;
        }
    }
    if !known {
        judge.remark(
            "no entry says what was held at first: whether the balances cover it is not judged",
        );
        return;
    }
    let mut ours: BTreeMap<u16, i128> = BTreeMap::new();
    for (row, _) in case.our_rows() {
        for (asset, delta) in deltas(case, row, &mut Judge::default()) {
            let ours = ours.entry(asset).or_default();
            *ours = ours.saturating_add(delta);
        }
    }
    for (asset, delta) in case.adopted().flat_map(|(_, adopted)| moved(case, adopted)) {
        let ours = ours.entry(asset).or_default();
        *ours = ours.saturating_add(delta);
    }
    let settlement = case.intents.instruments.first().map(|known| known.quote.as_str().to_owned());
    let mut assets: Vec<String> = baseline.keys().cloned().collect();
    assets.extend(case.intents.instruments.iter().map(|known| known.base.as_str().to_owned()));
    assets.extend(settlement.clone());
    assets.sort_unstable();
    assets.dedup();
    for name in assets {
        let number = case.ledger.asset(&name);
        let total = number.map_or(0, |asset| case.ledger.total(account, asset));
        let traded = number.and_then(|asset| ours.get(&asset)).copied().unwrap_or_default();
        let capital = if Some(&name) == settlement.as_ref() { flows } else { 0 };
        let foreign = baseline.get(&name).copied().unwrap_or_default();
        judge.count("balances", 1);
        cover(case, &name, total, capital.saturating_add(traded), foreign, judge);
    }
}

/// Returns what an adoption moves of coins and money, in 1e-16.
fn moved(case: &Case, adopted: &Adopted) -> [(u16, i128); 2] {
    let asset = |name: &types::ids::Asset| case.ledger.asset(name.as_str()).unwrap_or(u16::MAX);
    let known = case.intents.instrument(adopted.symbol);
    let [base, quote] = [known.map(|known| &known.base), known.map(|known| &known.quote)];
    let number = |name: Option<&types::ids::Asset>| name.map_or(u16::MAX, asset);
    let coins = i128::from(adopted.qty.raw()) * E8;
    [(number(base), coins), (number(quote), adopted.cash.raw())]
}

fn cover(case: &Case, name: &str, total: i128, owned: i128, foreign: i128, judge: &mut Judge) {
    let short = owned.saturating_add(foreign).saturating_sub(total);
    let (total, owned, foreign) =
        (Money::from_raw(total), Money::from_raw(owned), Money::from_raw(foreign));
    if short <= 0 {
        if short < 0 {
            let more = Money::from_raw(short.saturating_neg());
            judge.remark(format_args!("{more} {name} more than we know of: not ours to sell"));
        }
        return;
    }
    let excused = case.incidents.values().any(|incident| {
        let about = incident.symbol.and_then(|symbol| case.intents.instrument(symbol));
        let here =
            about.is_none_or(|known| known.base.as_str() == name || known.quote.as_str() == name);
        here && is_drift(incident)
    });
    if excused {
        judge.remark(format_args!(
            "{} {name} short, and an incident is open about it",
            Money::from_raw(short)
        ));
    } else if unseen(case, name) >= short {
        judge.remark(format_args!(
            "{} {name} went out too shortly before the journal's end to be in it",
            Money::from_raw(short)
        ));
    } else {
        judge.find(
            About::default(),
            format_args!("{total} {name} at the venue"),
            format_args!("{owned} that we own and {foreign} that is not ours"),
        );
    }
}

/// Returns what went out of our account so late, or after the end, that the journal need not have it.
fn unseen(case: &Case, name: &str) -> i128 {
    let ledger = &case.ledger;
    let end = case.intents.last_ts;
    let from = end.saturating_sub(ledger.market_nanos(SEEN_WITHIN_SECONDS, end));
    let late = ledger.flows.iter().filter(|flow| {
        flow.t >= from
            && Some(flow.account) == case.account
            && Some(flow.asset) == ledger.asset(name)
    });
    late.map(|flow| flow.amount.saturating_neg().max(0)).fold(0, i128::saturating_add)
}
