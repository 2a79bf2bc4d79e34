//! [`Batch`]: what happened in one go, and [`Ticket`]: when it is on disk.

use sim::exchange::book::Event;
use tokio::sync::watch;
use types::market::TsNanos;

/// Everything that one call made happen, in order, the market's moves before it included.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The venue's time after it.
    pub at: TsNanos,
    /// What happened; each event has its own time.
    pub events: Vec<Event>,
    /// When it is on disk. What concerns an account is told only then.
    pub ticket: Ticket,
}

/// A place in the ledger, and how far the disk is.
#[derive(Clone, Debug)]
pub struct Ticket {
    wanted: u64,
    written: Option<watch::Receiver<u64>>,
}

/// The ledger is gone: what was accepted may not be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger ended before the record was on disk")]
pub struct Lost;

impl Ticket {
    /// Returns a ticket of a venue without a ledger: there is nothing to wait for.
    #[must_use]
    pub const fn settled() -> Self {
        Self { wanted: 0, written: None }
    }

    /// Returns a ticket that is good once `written` says `wanted` or more.
    #[must_use]
    pub const fn new(wanted: u64, written: watch::Receiver<u64>) -> Self {
        Self { wanted, written: Some(written) }
    }

    /// Waits until the disk has it.
    ///
    /// # Errors
    /// `Lost` if the ledger ended before.
    pub async fn durable(mut self) -> Result<(), Lost> {
        match &mut self.written {
            None => Ok(()),
            Some(written) => {
                let wanted = self.wanted;
                written.wait_for(|written| *written >= wanted).await.map_err(|_| Lost)?;
                Ok(())
            }
        }
    }
}
