//! [`Watch`]: looks after the simulated venue: its time, its latency, and that it is there at all.

use std::sync::Arc;
use std::time::Duration;

use hub::restarts::{RESTARTS_MAX, Restarts};
use hub::system::{Component, Input};
use tokio::sync::Mutex;

use super::child::{Reached, VenueChild, Wanted};
use super::inbox::{Event, Inbox};
use super::port::Port;
use super::speed::{self, MarketClock};
use super::state::StateDir;

/// How often the venue is asked for its time.
const EVERY: Duration = Duration::from_millis(250);
/// A venue that was found running and does not answer so often in a row is gone.
const SILENCES_MAX: u32 = 8;

/// The venue of a run, shared with whoever stops it at the end.
pub(crate) type Shared = Arc<Mutex<Option<VenueChild>>>;

/// Looks after a venue until it is aborted.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) state: Arc<StateDir>,
    pub(crate) reached: Reached,
    /// What to start again; `None` where somebody else started it.
    pub(crate) own: Option<(Shared, Wanted)>,
    pub(crate) clock: Arc<MarketClock>,
    pub(crate) inbox: Inbox,
}

impl Watch {
    /// Looks, again and again.
    pub(crate) async fn run(self) {
        self.look().await;
        // There is nothing to look after, or it is given up.
        std::future::pending::<()>().await;
    }

    async fn look(&self) {
        let Some(control) = self.reached.control.clone() else { return };
        let Ok(mut port) = Port::new(&control) else { return };
        let (mut silences, mut restarts) = (0, Restarts::new(1));
        loop {
            let asked = speed::now();
            match port.time().await {
                Ok(time) => {
                    silences = 0;
                    let latency = asked.elapsed();
                    self.inbox.urgent(Event::Time(time)).await;
                    self.tell(None, latency).await;
                }
                Err(error) => {
                    silences += 1;
                    self.tell(Some(format!("{error:#}")), asked.elapsed()).await;
                    if self.is_gone(silences).await {
                        self.inbox.urgent(Event::VenueDied).await;
                        let Some(wait) = restarts.take(speed::wall()) else {
                            return self.give_up().await;
                        };
                        if !self.start_again(wait).await {
                            return;
                        }
                        silences = 0;
                    }
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn tell(&self, trouble: Option<String>, latency: Duration) {
        let latency_nanos = i64::try_from(latency.as_nanos()).unwrap_or(i64::MAX);
        let component = Component::Venue;
        self.inbox.hub(Input::Health { component, trouble, latency_nanos }).await;
    }

    async fn give_up(&self) {
        let component = Component::Venue;
        let why = format!("its process ended {RESTARTS_MAX} times and is not started again");
        self.inbox.hub(Input::GivenUp { component, why }).await;
    }

    async fn is_gone(&self, silences: u32) -> bool {
        let Some((shared, _)) = &self.own else { return false };
        let mut held = shared.lock().await;
        held.as_mut().is_some_and(VenueChild::has_ended) || silences >= SILENCES_MAX
    }

    /// Starts the venue on its ledger after a while, where it was reached before. Returns whether it is there again.
    async fn start_again(&self, wait_nanos: i64) -> bool {
        tokio::time::sleep(Duration::from_nanos(u64::try_from(wait_nanos).unwrap_or(0))).await;
        let Some((shared, wanted)) = &self.own else { return false };
        // Whoever stops the run waits for this.
        let mut held = shared.lock().await;
        let Some(child) = held.as_mut() else { return false };
        if let Err(error) = child.kill(&self.state).await {
            let why = format!("the venue does not answer, and ending it failed: {error}");
            self.tell(Some(why), Duration::ZERO).await;
            return true;
        }
        let wanted = Wanted { speed: self.clock.speed(), ..wanted.clone() };
        let (state, before) = (Arc::clone(&self.state), self.reached.clone());
        let started =
            tokio::task::spawn_blocking(move || VenueChild::start(&state, &wanted, Some(&before)));
        match started.await {
            Ok(Ok(child)) => {
                let moved = child.reached.rest != self.reached.rest;
                *held = Some(child);
                drop(held);
                self.inbox.urgent(Event::VenueBack { moved }).await;
                !moved
            }
            Ok(Err(failure)) => {
                let why = format!("the venue does not start again: {:#}", failure.error);
                self.tell(Some(why), Duration::ZERO).await;
                true
            }
            Err(_) => false,
        }
    }
}
