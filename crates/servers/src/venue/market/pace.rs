//! [`Pacer`]: at speed `max` the market moves to the next instant when every paced client is ready for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sim::exchange::book::ClientId;
use tokio::sync::watch;
use types::market::{Timeframe, TsNanos};

use super::Speed;
use crate::venue::core::Shared;

/// So many clients may pace a market.
const CLIENTS_MAX: usize = 1_024;
/// A client that reads nothing holds the market up so long at each step.
const PATIENCE: Duration = Duration::from_secs(1);
/// The market moves on at most so far before what happened is handed to subscribers, or so far as one stream waits for its time.
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

/// Up to when a client has nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    /// The moment.
    pub at: TsNanos,
    /// It wants to be asked again as soon as an order of a client trades.
    pub trade: bool,
}

impl Until {
    /// Up to a moment, whatever trades.
    #[must_use]
    pub const fn at(at: TsNanos) -> Self {
        Self { at, trade: false }
    }

    /// Up to a moment, or to the first trade of a client's order before it.
    #[must_use]
    pub const fn trade_or(at: TsNanos) -> Self {
        Self { at, trade: true }
    }
}

/// How far a market came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Where it stands now.
    pub at: TsNanos,
    /// The clients' orders that traded then, by name; told to whoever wants to be asked at trades.
    pub traded: Vec<ClientId>,
}

/// What a client does.
#[derive(Clone, Debug)]
enum Doing {
    /// Something: the market stands still.
    Work,
    /// Nothing until then.
    Wait(Until),
    /// It has to be told that orders traded: the market stands still.
    Hear(Came),
}

#[derive(Debug, Default)]
struct Clients {
    next: u64,
    doing: BTreeMap<u64, Doing>,
    moving: bool,
}

/// How far a market may go.
#[derive(Clone, Copy, Debug)]
struct Target {
    at: TsNanos,
    /// Somebody wants to be asked at trades.
    trade: bool,
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
        if clients.doing.len() >= CLIENTS_MAX {
            return Err(PaceError::TooMany);
        }
        clients.next += 1;
        let number = clients.next;
        clients.doing.insert(number, Doing::Work);
        Ok(number)
    }

    /// Takes a client away: the market waits for it no more.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn leave(&self, client: u64) -> Result<(), PaceError> {
        if self.clients().doing.remove(&client).is_none() {
            return Err(PaceError::Unknown(client));
        }
        self.moved.send_modify(|moves| *moves += 1);
        self.go().await;
        Ok(())
    }

    /// Says that a client has nothing to do before `until`; returns when the market is there, or, if it wants to know,
    /// when an order of a client has traded on the way there. It stands still then until the client is ready again.
    ///
    /// # Errors
    /// `NotPaced`, `Unknown`, `Twice`, `Left`.
    pub async fn ready(&self, client: u64, until: Until) -> Result<Came, PaceError> {
        let clock = Arc::clone(self.shared.clock());
        if clock.speed() != Speed::Max {
            return Err(PaceError::NotPaced);
        }
        match self.clients().doing.get_mut(&client) {
            None => return Err(PaceError::Unknown(client)),
            Some(Doing::Wait(_) | Doing::Hear(_)) => return Err(PaceError::Twice(client)),
            Some(doing @ Doing::Work) => *doing = Doing::Wait(until),
        }
        let mut moved = self.moved.subscribe();
        loop {
            self.go().await;
            let now = clock.now();
            match self.clients().doing.get_mut(&client) {
                None => return Err(PaceError::Left(client)),
                Some(doing) => match doing {
                    Doing::Hear(came) => {
                        let came = came.clone();
                        *doing = Doing::Work;
                        return Ok(came);
                    }
                    Doing::Work | Doing::Wait(_) if clock.speed() != Speed::Max => {
                        *doing = Doing::Work;
                        return Err(PaceError::NotPaced);
                    }
                    Doing::Work | Doing::Wait(_) if now >= until.at => {
                        *doing = Doing::Work;
                        return Ok(Came { at: now, traded: Vec::new() });
                    }
                    Doing::Work | Doing::Wait(_) => {}
                },
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
        let ready = clients.doing.values().filter(|doing| !matches!(doing, Doing::Work)).count();
        (clients.doing.len(), ready)
    }

    /// Moves the market as far as every client allows. One of them does it at a time.
    async fn go(&self) {
        let Some(target) = self.target() else { return };
        let pacer = self.clone();
        // A client that is killed meanwhile takes its request along, not the move.
        let moved = tokio::spawn(async move { pacer.go_to(target).await });
        if let Err(ended) = moved.await
            && ended.is_panic()
        {
            std::panic::resume_unwind(ended.into_panic());
        }
    }

    async fn go_to(&self, target: Target) {
        let clock = Arc::clone(self.shared.clock());
        let mut traded = Vec::new();
        while clock.now() < target.at && clock.speed() == Speed::Max && traded.is_empty() {
            let stride = STRIDE.max(self.shared.tell_every());
            let to = target.at.min(clock.now().plus(stride));
            self.shared.room().await;
            let ticket;
            (traded, ticket) = self.shared.advance(to, target.trade);
            self.shared.unsent().settled(PATIENCE).await;
            if to == target.at || !traded.is_empty() {
                // A ledger that has ended has said so.
                let _ = ticket.durable().await;
            } else {
                tokio::task::yield_now().await;
            }
        }
        self.stand(&Came { at: clock.now(), traded });
        self.moved.send_modify(|moves| *moves += 1);
    }

    /// Ends a move: whoever wants to hear of trades does.
    fn stand(&self, came: &Came) {
        let mut clients = self.clients();
        clients.moving = false;
        if came.traded.is_empty() {
            return;
        }
        for doing in clients.doing.values_mut() {
            if matches!(doing, Doing::Wait(Until { trade: true, .. })) {
                *doing = Doing::Hear(came.clone());
            }
        }
    }

    /// Returns how far the market may go, `None` if a client is at work or another one moves it.
    fn target(&self) -> Option<Target> {
        let now = self.shared.clock().now();
        let mut clients = self.clients();
        if clients.moving || clients.doing.is_empty() {
            return None;
        }
        let waits = |doing: &Doing| match doing {
            Doing::Wait(until) => Some(*until),
            Doing::Work | Doing::Hear(_) => None,
        };
        let all: Option<Vec<Until>> = clients.doing.values().map(waits).collect();
        let all = all?;
        let at = all.iter().map(|until| until.at).min().filter(|at| *at > now)?;
        clients.moving = true;
        Some(Target { at, trade: all.iter().any(|until| until.trade) })
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        // Each change is one word, wherever another thread has panicked.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
