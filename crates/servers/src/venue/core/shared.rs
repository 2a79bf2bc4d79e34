//! [`Shared`]: the venue as its servers hold it: one state, one lock, one order of events.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sim::exchange::book::{ClientId, Event, Execution};
use tokio::sync::mpsc;
use types::market::TsNanos;

use super::batch::{Batch, Ticket};
use super::state::Core;
use crate::venue::market::Clock;
use crate::venue::socket::Unsent;

/// Batches that may wait for whoever sends them to subscribers. At a thousand calls a second it is a minute's worth; whoever
/// is so far behind is gone.
const BATCHES_MAX: usize = 65_536;

/// What moves the market: a file of bars or trades, a crowd of invented participants.
pub trait Driver: Send {
    /// Returns when something happens next, `None` if nothing does any more.
    fn next(&self) -> Option<TsNanos>;

    /// Lets everything happen that happens up to a moment, each at its own time, by [`Core::step`].
    fn advance(&mut self, to: TsNanos, core: &mut Core);
}

/// What keeps the venue's own record.
pub trait Recorder: Send {
    /// Takes what happened, in order; returns at once. The state is the one after it.
    fn record(&mut self, at: TsNanos, events: &[Event], core: &Core) -> Ticket;
}

/// The venue. A clone is the same venue.
#[derive(Clone)]
pub struct Shared {
    inner: Arc<Inner>,
}

struct Inner {
    desk: Mutex<Desk>,
    clock: Arc<Clock>,
    batches: mpsc::Sender<Arc<Batch>>,
    unsent: Unsent,
    /// How often streams are told at most, nanoseconds; 0: as documented.
    tell_every: AtomicI64,
}

struct Desk {
    core: Core,
    driver: Box<dyn Driver>,
    recorder: Option<Box<dyn Recorder>>,
    /// Of the last batch: what is asked later shows at least that state.
    ticket: Ticket,
}

impl Shared {
    /// Returns the venue, and what comes out of it in order.
    #[must_use]
    pub fn new(
        core: Core,
        clock: Arc<Clock>,
        driver: Box<dyn Driver>,
        recorder: Option<Box<dyn Recorder>>,
    ) -> (Self, mpsc::Receiver<Arc<Batch>>) {
        let (batches, received) = mpsc::channel(BATCHES_MAX);
        let desk = Mutex::new(Desk { core, driver, recorder, ticket: Ticket::settled() });
        let (unsent, tell_every) = (Unsent::default(), AtomicI64::new(0));
        let inner = Inner { desk, clock, batches, unsent, tell_every };
        (Self { inner: Arc::new(inner) }, received)
    }

    /// Returns the market's time.
    #[must_use]
    pub fn clock(&self) -> &Arc<Clock> {
        &self.inner.clock
    }

    /// Returns the count of what waits for those who listen: batches, then messages.
    #[must_use]
    pub fn unsent(&self) -> &Unsent {
        &self.inner.unsent
    }

    /// Returns how often streams with an update speed, and quotes, are told at most, nanoseconds; 0: as documented.
    #[must_use]
    pub fn tell_every(&self) -> i64 {
        self.inner.tell_every.load(Ordering::Acquire)
    }

    /// Sets it.
    pub fn set_tell_every(&self, nanos: i64) {
        self.inner.tell_every.store(nanos, Ordering::Release);
    }

    /// Returns when the market moves next by itself.
    #[must_use]
    pub fn next_move(&self) -> Option<TsNanos> {
        self.desk().driver.next()
    }

    /// Waits until there is room for what the next call makes happen: clients wait while subscribers are served.
    pub async fn room(&self) {
        // Without subscribers there is nothing to wait for.
        let _ = self.inner.batches.reserve().await;
    }

    /// Lets the market come up to the present, then does something with the venue. The ticket says when all that it may
    /// have seen is on disk.
    pub fn act<R>(&self, act: impl FnOnce(&mut Core) -> R) -> (R, Ticket) {
        let mut desk = self.desk();
        let Desk { core, driver, .. } = &mut *desk;
        // Taken while the venue is held, so that time never runs back between two calls.
        let now = self.inner.clock.now();
        driver.advance(now, core);
        core.pass(now);
        let result = act(core);
        desk.publish(&self.inner);
        (result, desk.ticket.clone())
    }

    /// Moves a market of speed `max` on, up to a moment, or with `until_trade` up to the first trade of a client's order
    /// before it. Returns the orders that traded where it stands then, by name.
    ///
    /// The clock shows no moment to which the market has not come.
    pub fn advance(&self, to: TsNanos, until_trade: bool) -> (Vec<ClientId>, Ticket) {
        let mut desk = self.desk();
        let Desk { core, driver, .. } = &mut *desk;
        let (mut traded, mut reached) = (Vec::new(), core.now());
        while traded.is_empty() && self.inner.clock.now() < to {
            let next = driver.next().filter(|next| until_trade && *next < to).unwrap_or(to);
            let said = core.events().len();
            // Somebody may have made it run by itself.
            if !self.inner.clock.set(next) {
                break;
            }
            driver.advance(next, core);
            reached = next;
            if until_trade {
                traded.extend(core.events()[said..].iter().filter_map(traded_order));
            }
        }
        // Nobody is answered between the steps: the bars of all of them end at once.
        core.pass(reached);
        desk.publish(&self.inner);
        (traded, desk.ticket.clone())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.inner.desk.lock().expect("whoever panicked while holding the venue has ended it")
    }
}

/// Returns the name of a client's order that traded. The crowd's orders are not told.
fn traded_order(event: &Event) -> Option<ClientId> {
    match event {
        Event::Order(event) => {
            matches!(event.execution, Execution::Trade { .. }).then_some(event.order.client_id)
        }
        Event::Rejected(_)
        | Event::List { .. }
        | Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Balances { .. }
        | Event::Flow { .. }
        | Event::Status { .. }
        | Event::Rules { .. } => None,
    }
}

impl Desk {
    fn publish(&mut self, inner: &Inner) {
        let (at, events) = (self.core.now(), self.core.take());
        if events.is_empty() {
            return;
        }
        if let Some(recorder) = &mut self.recorder {
            self.ticket = recorder.record(at, &events, &self.core);
        }
        let batch = Arc::new(Batch { at, events, ticket: self.ticket.clone() });
        inner.unsent.add(1);
        match inner.batches.try_send(batch) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => inner.unsent.take(1),
            // A stream with a hole in it would be a lie without a sign: better no venue.
            Err(mpsc::error::TrySendError::Full(_)) => {
                panic!("{BATCHES_MAX} batches wait to be sent to subscribers: the sender is stuck");
            }
        }
    }
}
