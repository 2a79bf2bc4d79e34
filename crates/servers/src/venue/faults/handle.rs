//! [`Faults`]: the one place that all servers ask.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use types::market::TsNanos;

use super::machine::{Fired, Machine, Status};
use super::plan::{Fault, Plan, PlanError};
use super::verdict::{EventFault, RequestFault, Site, SocketFault};
use super::world::{Change, Due};

/// Takes note of faults that fired.
pub type Witness = Box<dyn Fn(&[Fired]) + Send + Sync>;

/// The faults of a venue. A clone is the same faults.
#[derive(Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

struct Inner {
    machine: Mutex<Machine>,
    witness: Option<Witness>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

impl Faults {
    /// Arms a plan; its times count from `start`. `seed` counts where the plan has none; `witness` is told of all that fires,
    /// in order.
    ///
    /// # Errors
    /// `PlanError` of a value that makes no sense.
    pub fn new(
        plan: Plan,
        seed: u64,
        start: TsNanos,
        witness: Option<Witness>,
    ) -> Result<Self, PlanError> {
        let mut machine = Machine::new(plan.seed.unwrap_or(seed));
        plan.faults.into_iter().try_for_each(|fault| machine.add(fault, start))?;
        Ok(Self { inner: Arc::new(Inner { machine: Mutex::new(machine), witness }) })
    }

    /// Returns faults that never strike, until some are added.
    #[must_use]
    pub fn none() -> Self {
        Self { inner: Arc::new(Inner { machine: Mutex::new(Machine::new(0)), witness: None }) }
    }

    /// Says what a request meets. Asked once for each request, after its key is known and before its weight counts.
    #[must_use]
    pub fn request(&self, now: TsNanos, site: &Site<'_>) -> RequestFault {
        self.ask(|machine| machine.request(now, site))
    }

    /// Says what a message of a stream meets. Asked once for each message and connection.
    #[must_use]
    pub fn event(&self, now: TsNanos, site: &Site<'_>) -> EventFault {
        self.ask(|machine| machine.event(now, site))
    }

    /// Says what a socket is. Asked before something is written to it.
    #[must_use]
    pub fn socket(&self, now: TsNanos, site: &Site<'_>) -> SocketFault {
        self.ask(|machine| machine.socket(now, site))
    }

    /// Returns whether the system status says maintenance.
    #[must_use]
    pub fn in_maintenance(&self, now: TsNanos) -> bool {
        self.machine().in_maintenance(now)
    }

    /// Returns when something happens by itself next.
    #[must_use]
    pub fn next(&self) -> Option<TsNanos> {
        self.machine().next()
    }

    /// Takes what happens by itself up to a moment, in order.
    #[must_use]
    pub fn due(&self, to: TsNanos) -> Vec<Due> {
        self.ask(|machine| machine.due(to))
    }

    /// Adds a fault; its time counts from now.
    ///
    /// # Errors
    /// `PlanError` of a value that makes no sense, or of a name that is there.
    pub fn add(&self, fault: Fault, now: TsNanos) -> Result<(), PlanError> {
        self.machine().add(fault, now)
    }

    /// Takes a fault away; returns what that ends, `None` if there is none of the name.
    #[must_use]
    pub fn remove(&self, name: &str) -> Option<Vec<Change>> {
        self.machine().remove(name)
    }

    /// Returns all faults with what they have done.
    #[must_use]
    pub fn list(&self, now: TsNanos) -> Vec<Status> {
        self.machine().list(now)
    }

    /// Asks, and tells the witness while nobody else can ask, so that its order is the order of the asking.
    fn ask<R>(&self, ask: impl FnOnce(&mut Machine) -> R) -> R {
        let mut machine = self.machine();
        let verdict = ask(&mut machine);
        let fired = machine.take();
        if let Some(witness) = self.inner.witness.as_ref().filter(|_| !fired.is_empty()) {
            witness(&fired);
        }
        verdict
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        // Counters are whole after each step, wherever another thread has panicked.
        self.inner.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
