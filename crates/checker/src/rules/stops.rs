//! `stops_towards_profit` (6): while a position is on, each new stop keeps at least as much as the one before.

use std::collections::BTreeMap;

use types::entry::{Body, CommandAction, ReportEvent};
use types::ids::{Leg, SymbolId};
use types::instrument::Instrument;
use types::num::Price;
use types::order::OrderKind;
use types::side::Side;

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;
use crate::purse::{E8, Purse};

/// Returns whether so much, in 1e-8, is too little to be sold: it is no position, and what is bought next to it is a new one.
fn is_dust(known: &Instrument, held: i128, price: Price) -> bool {
    let whole = held - held % i128::from(known.lot.raw().max(1));
    let least = i128::from(known.min_qty.raw()).max(1);
    whole < least || whole.saturating_mul(price.raw().into()) < known.min_notional.raw()
}

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut purse = Purse::default();
    let mut stops: BTreeMap<SymbolId, Price> = BTreeMap::new();
    for entry in case.entries() {
        if let Body::Report(report) = &entry.body
            && let ReportEvent::Filled(fill) = &report.event
        {
            purse.fill(fill);
            let held = purse.held(fill.symbol).saturating_abs() / E8;
            let known = case.intents.instrument(fill.symbol);
            if known.is_none_or(|known| is_dust(known, held, fill.price)) {
                stops.remove(&fill.symbol);
            }
        }
        if let Body::Adopted(adopted) = &entry.body {
            purse.adopt(adopted);
            let held = purse.held(adopted.symbol).saturating_abs() / E8;
            let known = case.intents.instrument(adopted.symbol);
            if known.is_none_or(|known| is_dust(known, held, adopted.price)) {
                stops.remove(&adopted.symbol);
            }
        }
        let Body::Command(command) = &entry.body else { continue };
        let CommandAction::Place(request) = command.action else { continue };
        if command.order.leg != Leg::Stop {
            continue;
        }
        let (OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. }) =
            request.kind
        else {
            judge.find(
                About::entry(entry.seq.0),
                format_args!("a stop of the kind {:?}", request.kind),
                "an order with a trigger on the losing side",
            );
            continue;
        };
        judge.count("stops", 1);
        if let Some(before) = stops.insert(request.symbol, trigger) {
            let keeps = match request.side {
                Side::Sell => trigger >= before,
                Side::Buy => trigger <= before,
            };
            judge.want(
                keeps,
                About::entry(entry.seq.0),
                format_args!("a stop at {trigger} behind one at {before}"),
                "stops that move towards profit or not at all",
            );
        }
    }
    Need::Some("stops")
}
