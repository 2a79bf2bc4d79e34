//! The user data stream of a run, folded as whoever trusts it must: every message may come twice, late or
//! out of order.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use types::venue::{Execution, UserEvent, VenueFill};

use super::Driver;
use crate::feed::{AccountEvent, UserFeed};

/// What a stream owes under the faults of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamPromise {
    /// Every fill, in whatever order and however often.
    Everything,
    /// Nothing that did not happen; what is missing is asked for.
    NothingFalse,
    /// Nothing: the run opens no stream at all and asks for everything.
    Unwatched,
}

/// What a stream said.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Fills by number of the trade.
    pub(super) fills: BTreeMap<u64, VenueFill>,
    seen: BTreeSet<(String, u64)>,
    repeated: usize,
    findings: Vec<String>,
}

/// A stream that is read beside the run.
pub(super) struct Watch {
    done: mpsc::Receiver<Watched>,
    stop: mpsc::Sender<()>,
}

impl Watch {
    /// Starts to read.
    pub(super) fn start(mut feed: UserFeed) -> Self {
        let (stop, mut stopped) = mpsc::channel(1);
        let (result, done) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut watched = Watched::default();
            loop {
                let event = tokio::select! {
                    event = feed.next() => event,
                    _ = stopped.recv() => break,
                };
                match event {
                    Some(event) => watched.on_event(event),
                    None => break,
                }
            }
            // A run that is gone does not want it any more.
            let _ = result.send(watched).await;
        });
        Self { done, stop }
    }

    /// Ends the reading and returns what was said.
    pub(super) async fn finish(mut self, driver: &mut Driver<'_>) -> Watched {
        let _ = self.stop.send(()).await;
        let mut watched = self.done.recv().await.unwrap_or_default();
        driver.verdict.repeated += watched.repeated;
        for finding in std::mem::take(&mut watched.findings) {
            driver.finding(finding);
        }
        watched
    }
}

impl Watched {
    fn on_event(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::User(UserEvent::Order { execution, report, execution_id, .. }) => {
                if !self.seen.insert((report.venue_order_id.0.clone(), execution_id)) {
                    self.repeated += 1;
                }
                let Execution::Fill(fill) = execution else { return };
                let id = fill.trade_id;
                if let Some(before) = self.fills.insert(id, fill.clone())
                    && before != fill
                {
                    self.findings.push(format!("trade {id} was told twice and differently"));
                }
            }
            AccountEvent::Malformed(error) => self.findings.push(format!("user stream: {error}")),
            AccountEvent::User(
                UserEvent::List { .. }
                | UserEvent::Balances { .. }
                | UserEvent::BalanceChange { .. }
                | UserEvent::Ended { .. },
            )
            | AccountEvent::Subscribed
            | AccountEvent::Closed { .. } => {}
        }
    }
}
