//! The comparison and its rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use types::defects::{Defect, planted};
use types::entry::{Body, Incident, IncidentKind, IncidentOver};
use types::ids::{Asset, OrderId, Seq, SymbolId};
use types::num::{Money, Qty};
use types::venue::{Balances, OrderReport};

use super::holdings::{Holdings, Ours};

/// What venues tell balances in: our books hold more digits, so less than this is no difference.
pub(super) const TOLD: Qty = Qty::from_raw(1);

/// What a comparison found, and what its rule does about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Take this report in as if it had come by itself.
    Adopt(Box<OrderReport>),
    /// Ask the venue for this order by its name.
    LookUp(OrderId),
    /// Append this entry.
    Note(Body),
}

/// Compares at start, after each reconnect and every 60 s.
///
/// A difference of balances is believed when two comparisons in a row show the same one with nothing under way
/// between them: a report may be on its way while a balance is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reconciler {
    baseline: BTreeMap<Asset, Money>,
    /// Open incidents.
    pub(super) open: BTreeMap<Seq, Incident>,
    #[serde(skip)]
    /// What the last comparison saw and did not believe yet.
    suspected: BTreeMap<Asset, Money>,
    #[serde(skip)]
    /// Foreign orders that were noted already.
    foreign: BTreeSet<String>,
}

impl Reconciler {
    /// Folds an entry: baselines and open incidents are the journal's.
    pub fn fold(&mut self, seq: Seq, body: &Body) {
        if let Body::Baseline { asset, amount } = body {
            self.baseline.insert(asset.clone(), *amount);
        }
        if let Body::Incident(incident) = body
            && incident.kind.lasts()
        {
            self.open.insert(seq, *incident);
        }
        if let Body::IncidentOver(over) = body {
            self.open.remove(&over.incident);
        }
    }

    /// Returns whether the last comparison of balances left nothing that has yet to be believed or settled.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.suspected.is_empty() || self.drifts()
    }

    /// Returns whether a difference is open that no rule settles.
    #[must_use]
    pub fn drifts(&self) -> bool {
        self.open.values().any(is_drift)
    }

    /// Returns what of an asset is not ours.
    #[must_use]
    pub fn baseline(&self, asset: &Asset) -> Money {
        self.baseline.get(asset).copied().unwrap_or_default()
    }

    /// Returns the baselines of the first start: all that is there, less the capital we may use.
    #[must_use]
    pub fn first(balances: &Balances, settlement: &Asset, capital: Money) -> Vec<Finding> {
        let rest = |(asset, amount): (&Asset, Money)| {
            let ours = if asset == settlement { capital.min(amount) } else { Money::ZERO };
            let amount = amount - ours;
            let body = Body::Baseline { asset: asset.clone(), amount };
            amount.is_positive().then_some(Finding::Note(body))
        };
        balances.iter().map(|(asset, balance)| (asset, balance.total())).filter_map(rest).collect()
    }

    /// Compares open orders.
    ///
    /// `is_ours` says whether a name is one that our journal gave.
    pub fn orders(
        &mut self,
        ours: &[Ours],
        theirs: &[OrderReport],
        is_ours: impl Fn(&str) -> Option<(OrderId, SymbolId)>,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for report in theirs {
            let name = report.client_order_id.as_str();
            if ours.iter().any(|ours| ours.client_id == name) {
                found.push(Finding::Adopt(Box::new(report.clone())));
            } else if let Some((order, symbol)) = is_ours(name) {
                found.extend(self.incident(
                    IncidentKind::DeadOrderLives,
                    Some(symbol),
                    Some(order),
                    Money::of_qty(report.progress.qty),
                    Money::ZERO,
                ));
            } else if self.foreign.insert(name.to_owned()) {
                found.extend(self.incident(
                    IncidentKind::ForeignOrder,
                    None,
                    None,
                    Money::of_qty(report.progress.qty),
                    Money::ZERO,
                ));
            }
        }
        for order in ours {
            let listed = theirs.iter().any(|report| report.client_order_id == order.client_id);
            if !listed && !planted(Defect::MissingIgnored) {
                found.push(Finding::LookUp(order.order));
            }
        }
        found
    }

    /// Compares balances. `settled` says that no order is in doubt, no fill is asked for and nothing is under way.
    pub fn balances(&mut self, ours: &Holdings, theirs: &Balances, settled: bool) -> Vec<Finding> {
        let total = |asset: &Asset| theirs.get(asset).map(types::venue::Balance::total);
        let mut differences: BTreeMap<Asset, Money> = BTreeMap::new();
        for (asset, (_, held)) in &ours.base {
            let seen = total(asset).unwrap_or_default();
            differences.insert(asset.clone(), seen - self.baseline(asset) - Money::of_qty(*held));
        }
        if let Some(settlement) = &ours.settlement {
            let seen = total(settlement).unwrap_or_default();
            differences.insert(settlement.clone(), seen - self.baseline(settlement) - ours.cash);
        }
        differences.retain(|_, difference| difference.abs() >= Money::of_qty(TOLD));
        let known = std::mem::replace(&mut self.suspected, differences.clone());
        if !settled {
            self.suspected.clear();
            return Vec::new();
        }
        let is_believed = |asset: &Asset| known.get(asset) == differences.get(asset);
        // What coins that came or went are is told by the money beside them: they wait until that is believed too.
        let unsure = ours.settlement.as_ref().is_some_and(|asset| !is_believed(asset));
        let mut believed = differences.clone();
        believed.retain(|asset, _| is_believed(asset) && !unsure);
        self.judge(ours, &believed)
    }

    fn judge(&mut self, ours: &Holdings, believed: &BTreeMap<Asset, Money>) -> Vec<Finding> {
        let mut found = Vec::new();
        let cash = ours.settlement.as_ref().and_then(|asset| believed.get(asset)).copied();
        let mut traded = false;
        for (asset, (symbol, held)) in &ours.base {
            let Some(difference) = believed.get(asset).copied() else {
                if !self.suspected.contains_key(asset) {
                    found.extend(self.over(*symbol));
                }
                continue;
            };
            let owned = Money::of_qty(*held);
            let seen = owned + self.baseline(asset) + difference;
            let against = cash.is_some_and(|cash| cash.is_negative() != difference.is_negative());
            if against {
                // Money against coins is a trade that we were not told of, not a flow.
                traded = true;
                let kind = IncidentKind::PositionDiffers;
                found.extend(self.incident(kind, Some(*symbol), None, seen, owned));
            } else if seen < owned {
                let kind = IncidentKind::BalanceShort;
                found.extend(self.incident(kind, Some(*symbol), None, seen, owned));
            } else {
                // More came in, or the owner took of his own: what we own is covered.
                let amount = seen - owned;
                let kind = IncidentKind::ForeignBalance;
                found.extend(self.incident(kind, Some(*symbol), None, seen, owned));
                found.push(Finding::Note(Body::Baseline { asset: asset.clone(), amount }));
                self.suspected.remove(asset);
            }
        }
        let traded = traded || planted(Defect::FlowIgnored);
        if let (Some(amount), false) = (cash, traded) {
            let kind = IncidentKind::FlowSeen;
            found.extend(self.incident(kind, None, None, ours.cash + amount, ours.cash));
            found.push(Finding::Note(Body::Flow { amount }));
            self.suspected.clear();
        }
        found
    }

    /// Returns an incident, unless the same one is open.
    fn incident(
        &self,
        kind: IncidentKind,
        symbol: Option<SymbolId>,
        order: Option<OrderId>,
        seen: Money,
        wanted: Money,
    ) -> Option<Finding> {
        let new = Incident { kind, symbol, order, part: None, seen, wanted };
        if self.open.values().any(|old| old.is_same(&new)) {
            return None;
        }
        Some(Finding::Note(Body::Incident(new)))
    }

    /// Returns the ends of the incidents of a symbol whose balance agrees again.
    fn over(&self, symbol: SymbolId) -> Vec<Finding> {
        let over = |incident| {
            Finding::Note(Body::IncidentOver(IncidentOver { incident, by_itself: true }))
        };
        self.drifts_of(symbol).map(over).collect()
    }
}

/// Returns whether an incident says that books and venue differ, which no rule settles.
pub(super) const fn is_drift(incident: &Incident) -> bool {
    matches!(incident.kind, IncidentKind::BalanceShort | IncidentKind::PositionDiffers)
}

#[cfg(test)]
mod tests;
