//! Both histories side by side, after everything has come to rest.

use std::collections::BTreeMap;
use std::time::Duration;

use types::num::Qty;
use types::venue::{Balances, NewOrder, OrderReport, VenueFill};

use super::watch::Watched;
use super::{Belief, Driver, Ledger, StreamPromise};
use crate::venue::FillsFrom;

/// How often balances are asked for until they agree: a wrong balance is a fault, and passes.
const TRIES: u32 = 100;

impl Driver<'_> {
    /// Cancels what is open, asks for every order once more, and compares with the exchange's record.
    pub(super) async fn settle(&mut self, watched: &Watched, promise: StreamPromise) {
        let orders: Vec<NewOrder> =
            self.intents.values().map(|intent| intent.order.clone()).collect();
        for order in &orders {
            if let Belief::Accepted(report) = self.refresh(order).await
                && report.progress.status.is_open()
            {
                self.cancel(order).await;
                self.refresh(order).await;
            }
        }
        let fills = self.all_fills(&orders).await;
        let ledger = match self.other.ledger().await {
            Ok(ledger) => ledger,
            Err(error) => return self.finding(format!("the exchange's record: {error}")),
        };
        self.verdict.faults = ledger.faults.clone().into_iter().collect();
        self.compare_orders(&ledger);
        self.compare_fills(&ledger, &fills);
        self.compare_stream(&ledger, watched, promise);
        self.compare_balances(&ledger).await;
    }

    /// Asks for the fills of every order that was accepted.
    async fn all_fills(&mut self, orders: &[NewOrder]) -> BTreeMap<u64, VenueFill> {
        let mut fills = BTreeMap::new();
        for order in orders {
            let belief = &self.intents[order.client_order_id.as_str()].belief;
            let Belief::Accepted(report) = belief else { continue };
            let from = FillsFrom::Order(report.venue_order_id.clone());
            let mut last = String::new();
            let mut answered = false;
            for _ in 0..TRIES {
                match self.venue.fills(&order.symbol, &from, self.stamp()).await {
                    Ok(more) => {
                        fills.extend(more.into_iter().map(|fill| (fill.trade_id, fill)));
                        answered = true;
                        break;
                    }
                    Err(error) => last = error.to_string(),
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if !answered {
                self.finding(format!("fills were never told: {last}"));
            }
        }
        fills
    }

    /// No order lost, none doubled, each in the state it is in.
    fn compare_orders(&mut self, ledger: &Ledger) {
        let mut found = Vec::new();
        let mut accepted = 0;
        for order in &ledger.orders {
            let name = &order.client_order_id;
            let twice = ledger.orders.iter().filter(|other| other.client_order_id == *name).count();
            if twice > 1 {
                found.push(format!("doubled: the exchange accepted {name} {twice} times"));
            }
            match self.intents.get(name).map(|intent| &intent.belief) {
                None => found.push(format!("the exchange accepted {name}, which was not sent")),
                Some(Belief::Never(why)) => {
                    found.push(format!("lost: {name} was accepted, and believed not to be: {why}"));
                }
                Some(Belief::Unknown) => found.push(format!("{name} was accepted and is unknown")),
                Some(Belief::Accepted(report)) => {
                    accepted += 1;
                    found.extend(difference(order, report));
                }
            }
        }
        for (name, intent) in &self.intents {
            let recorded = ledger.orders.iter().any(|order| order.client_order_id == *name);
            if matches!(intent.belief, Belief::Accepted(_)) && !recorded {
                found.push(format!(
                    "{name} is believed accepted, and the exchange has no such order"
                ));
            }
        }
        self.verdict.accepted = accepted;
        self.verdict.findings.extend(found);
    }

    /// The same fills on both sides.
    fn compare_fills(&mut self, ledger: &Ledger, fills: &BTreeMap<u64, VenueFill>) {
        self.verdict.fills = fills.len();
        for (id, fill) in &ledger.fills {
            match fills.get(id) {
                None => self.finding(format!("trade {id} is missing")),
                Some(seen) if (seen.qty, seen.price) != (fill.qty, fill.price) => {
                    self.finding(format!("trade {id} is {seen:?}, recorded as {fill:?}"));
                }
                Some(_) => {}
            }
        }
        for id in fills.keys().filter(|id| !ledger.fills.contains_key(id)) {
            self.finding(format!("trade {id} was told, and the exchange recorded none"));
        }
    }

    /// What the stream said against the same record.
    fn compare_stream(&mut self, ledger: &Ledger, watched: &Watched, promise: StreamPromise) {
        for (id, fill) in &watched.fills {
            match ledger.fills.get(id) {
                Some(kept) if (kept.qty, kept.price) == (fill.qty, fill.price) => {}
                other => {
                    self.finding(format!(
                        "the stream told trade {id} {fill:?}, recorded {other:?}"
                    ));
                }
            }
        }
        if promise == StreamPromise::Everything {
            for id in ledger.fills.keys().filter(|id| !watched.fills.contains_key(id)) {
                self.finding(format!("the stream never told trade {id}"));
            }
        }
    }

    /// The same balances, to the last digit, as soon as a wrong answer has passed.
    async fn compare_balances(&mut self, ledger: &Ledger) {
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.venue.account(self.stamp()).await {
                Ok(account) if same(&account.balances, &ledger.balances) => return,
                Ok(account) => {
                    last = format!("{:?}, recorded {:?}", account.balances, ledger.balances);
                }
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.finding(format!("balances never agreed: {last}"));
    }
}

/// Whether balances are equal where they are not zero.
fn same(ours: &Balances, theirs: &Balances) -> bool {
    let held = |balances: &Balances| -> Balances {
        let some = |balance: &types::venue::Balance| !balance.total().is_zero();
        balances
            .iter()
            .filter(|(_, balance)| some(balance))
            .map(|(asset, balance)| (asset.clone(), *balance))
            .collect()
    };
    held(ours) == held(theirs)
}

/// Returns where an order is not as the exchange recorded it.
fn difference(order: &super::LedgerOrder, report: &OrderReport) -> Option<String> {
    let ours = (report.progress.status, report.progress.qty, report.progress.filled);
    let theirs = (order.status, order.qty, order.filled);
    let same_name = report.venue_order_id.0 == order.venue_order_id;
    let told: Qty = report.progress.filled;
    (ours != theirs || !same_name).then(|| {
        format!(
            "{} is {ours:?} as {}, recorded {theirs:?} as {} ({told} filled)",
            order.client_order_id, report.venue_order_id, order.venue_order_id
        )
    })
}
