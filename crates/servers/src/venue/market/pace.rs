//! [`Pacer`]: at speed `max` the market moves to the next instant when every paced client is ready for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use types::market::{Timeframe, TsNanos};

use super::Speed;
use crate::venue::core::Shared;

/// So many clients may pace a market.
const CLIENTS_MAX: usize = 1_024;
/// A client that reads nothing holds the market up so long at each step.
const PATIENCE: Duration = Duration::from_secs(1);
/// The market moves on at most so far before what happened is handed to subscribers.
const STRIDE: i64 = Timeframe::M1.nanos();

/// Why a client is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaceError {
    /// The market runs by the clock.
    #[error("the market runs by the clock: only `--speed max` has paced clients")]
    NotPaced,
    /// No client of that number.
    #[error("no client has the number {0}: register first")]
    Unknown(u64),
    /// It says `ready` while an earlier one of its own waits.
    #[error("client {0} is ready already: wait for the answer")]
    Twice(u64),
    /// Too many.
    #[error("{CLIENTS_MAX} clients pace the market already")]
    TooMany,
    /// It was taken away while it waited.
    #[error("client {0} has left")]
    Left(u64),
}

#[derive(Debug, Default)]
struct Clients {
    next: u64,
    /// Up to when each is ready; `None` while it is at work.
    ready: BTreeMap<u64, Option<TsNanos>>,
    moving: bool,
}

/// Moves a market of speed `max`. A clone is the same pacer.
#[derive(Clone)]
pub struct Pacer {
    shared: Shared,
    clients: Arc<Mutex<Clients>>,
    /// Counts the moves.
    moved: watch::Sender<u64>,
}

impl std::fmt::Debug for Pacer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pacer").field("clients", &*self.clients()).finish_non_exhaustive()
    }
}

impl Pacer {
    /// A pacer without clients: the market stands still.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared, clients: Arc::default(), moved: watch::Sender::new(0) }
    }

    /// Registers a client, which is at work until it says otherwise; returns its number.
    ///
    /// # Errors
    /// `NotPaced`, `TooMany`.
    pub fn register(&self) -> Result<u64, PaceError> {
        if self.shared.clock().speed() != Speed::Max {
            return Err(PaceError::NotPaced);
        }
        let mut clients = self.clients();
        if clients.ready.len() >= CLIENTS_MAX {
            return Err(PaceError::TooMany);
        }
        clients.next += 1;
        let number = clients.next;
        clients.ready.insert(number, None);
        Ok(number)
    }

    /// Takes a client away: the market waits for it no more.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn leave(&self, client: u64) -> Result<(), PaceError> {
        if self.clients().ready.remove(&client).is_none() {
            return Err(PaceError::Unknown(client));
        }
        self.moved.send_modify(|moves| *moves += 1);
        self.go().await;
        Ok(())
    }

    /// Says that a client has nothing to do before `until`; returns when the market is there, with its time.
    ///
    /// # Errors
    /// `NotPaced`, `Unknown`, `Twice`, `Left`.
    pub async fn ready(&self, client: u64, until: TsNanos) -> Result<TsNanos, PaceError> {
        let clock = Arc::clone(self.shared.clock());
        if clock.speed() != Speed::Max {
            return Err(PaceError::NotPaced);
        }
        match self.clients().ready.get_mut(&client) {
            None => return Err(PaceError::Unknown(client)),
            Some(Some(_)) => return Err(PaceError::Twice(client)),
            Some(ready) => *ready = Some(until),
        }
        let mut moved = self.moved.subscribe();
        loop {
            self.go().await;
            let now = clock.now();
            match self.clients().ready.get_mut(&client) {
                None => return Err(PaceError::Left(client)),
                Some(ready) if clock.speed() != Speed::Max => {
                    *ready = None;
                    return Err(PaceError::NotPaced);
                }
                Some(ready) if now >= until => {
                    *ready = None;
                    return Ok(now);
                }
                Some(_) => {}
            }
            if moved.changed().await.is_err() {
                return Err(PaceError::Left(client));
            }
        }
    }

    /// Goes on at another speed; returns the moment it begins. A client that waits for a market which now runs by the
    /// clock is told so.
    pub fn set_speed(&self, speed: Speed) -> TsNanos {
        let now = self.shared.clock().set_speed(speed);
        self.moved.send_modify(|moves| *moves += 1);
        now
    }

    /// Returns how many clients there are, and how many of them are ready.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let clients = self.clients();
        let ready = clients.ready.values().filter(|until| until.is_some()).count();
        (clients.ready.len(), ready)
    }

    /// Moves the market as far as every client allows. One of them does it at a time.
    async fn go(&self) {
        let Some(target) = self.target() else { return };
        let clock = Arc::clone(self.shared.clock());
        let mut now = clock.now();
        while now < target && clock.speed() == Speed::Max {
            now = target.min(now.plus(STRIDE));
            self.shared.room().await;
            clock.set(now);
            let ticket = self.shared.act(|_| ()).1;
            self.shared.unsent().settled(PATIENCE).await;
            if now == target {
                // A ledger that has ended has said so.
                let _ = ticket.durable().await;
            } else {
                tokio::task::yield_now().await;
            }
        }
        self.clients().moving = false;
        self.moved.send_modify(|moves| *moves += 1);
    }

    /// Returns how far the market may go, `None` if a client is at work or another one moves it.
    fn target(&self) -> Option<TsNanos> {
        let now = self.shared.clock().now();
        let mut clients = self.clients();
        if clients.moving || clients.ready.is_empty() {
            return None;
        }
        let all: Option<Vec<TsNanos>> = clients.ready.values().copied().collect();
        let target = all?.into_iter().min().filter(|target| *target > now)?;
        clients.moving = true;
        Some(target)
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        // Each change is one word, wherever another thread has panicked.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
