//! [`LedgerRecorder`]: what the matching engine says, written as rows.

use sim::exchange::book::Event;
use sim::exchange::ledger::{Holder, Known, Row, Rows, Start};
use types::market::TsNanos;

use super::rights_row;
use super::writer::Ledger;
use crate::venue::core::{Core, Recorder, Ticket};
use crate::venue::faults::Fired;

/// Writes what the matching engine says.
#[derive(Debug)]
pub struct LedgerRecorder {
    ledger: Ledger,
    rows: Rows,
    /// Of what was written last.
    ticket: Ticket,
}

impl LedgerRecorder {
    /// Writes a start, and what it starts with, at the first call. `kept` is what the ledger holds already.
    #[must_use]
    pub fn new(ledger: Ledger, start: Start, kept: &super::Kept) -> Self {
        let known = Known {
            accounts: kept.accounts.len(),
            assets: kept.assets().count(),
            symbols: kept.symbols.len(),
            at: kept.at,
        };
        Self { ledger, rows: Rows::new(start, known), ticket: Ticket::settled() }
    }
}

impl Recorder for LedgerRecorder {
    fn record(&mut self, at: TsNanos, events: &[Event], core: &Core) -> Ticket {
        let holders = || {
            let holder = |(name, key): (&str, &crate::venue::keys::Key)| Holder {
                account: key.account,
                key: name.to_owned(),
                rights: rights_row(key.account, key.rights),
            };
            core.keys.iter().map(holder).collect()
        };
        let rows = self.rows.of(at, events, core.engine(), holders);
        if !rows.is_empty() {
            let wanted = self.ledger.append(rows);
            self.ticket = Ticket::new(wanted, self.ledger.written());
        }
        self.ticket.clone()
    }
}

/// Returns the row of a fault that fired.
#[must_use]
pub fn fault_row(fired: &Fired) -> Row {
    Row::Fault {
        name: fired.name.clone(),
        kind: fired.kind.to_owned(),
        api: fired.api.map(|api| api.name().to_owned()),
        endpoint: fired.endpoint.clone(),
        symbol: fired.symbol.clone(),
        account: fired.account.clone(),
    }
}
