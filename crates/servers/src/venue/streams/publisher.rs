//! [`Publisher`]: the one place where what happened at the venue goes out to everybody who listens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sim::exchange::book::{AccountId, Depth, Event, MatchingEngine};
use types::ids::{Symbol, SymbolId};
use types::market::TsNanos;

use super::feeds::Feeds;
use super::hub::{Hub, Listener};
use super::name::Stream;
use crate::venue::data::MarketData;
use crate::venue::faults::Faults;
use crate::venue::user::{Audience, Names, Subscriber};

/// Market streams and user data streams with their listeners.
///
/// Its lock is held for the time it takes to write what somebody wants, never while anybody waits.
pub struct Publisher {
    inner: Mutex<Inner>,
    connections: AtomicU64,
}

struct Inner {
    feeds: Feeds,
    hub: Hub,
    audience: Audience,
}

impl Publisher {
    /// Returns a publisher nobody listens to, of a venue as it is `now`. `data` is what happened
    /// before; `accounts` are the names by which faults call them.
    #[must_use]
    pub fn new(
        engine: &MatchingEngine,
        data: MarketData,
        accounts: BTreeMap<AccountId, String>,
        now: TsNanos,
        faults: &Faults,
    ) -> Self {
        let books = books(engine);
        let symbols: Vec<Symbol> = books.iter().map(|(symbol, _)| symbol.clone()).collect();
        let inner = Inner {
            feeds: Feeds::new(books, data, now),
            hub: Hub::new(symbols, faults.clone()),
            audience: Audience::new(Names::of(engine), accounts, faults.clone()),
        };
        Self { inner: Mutex::new(inner), connections: AtomicU64::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no publisher panics while it holds the lock")
    }

    /// Returns the number of a new connection.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells what happened until `now`, in order.
    pub fn publish(&self, now: TsNanos, events: &[Event]) {
        let mut inner = self.lock();
        let Inner { feeds, hub, audience } = &mut *inner;
        hub.catch_up(now);
        audience.catch_up(now);
        audience.on_events(now, events);
        feeds.on_events(now, events, hub);
    }

    /// Sets how often streams with an update speed, and quotes, are told at most, nanoseconds; 0: as documented.
    pub fn set_coarse(&self, every: i64) {
        self.lock().feeds.set_coarse(every);
    }

    /// Adds a listener to streams.
    pub fn subscribe(&self, streams: &[Stream], listener: &Arc<Listener>) {
        let mut inner = self.lock();
        for stream in streams {
            inner.hub.join(stream, listener);
        }
    }

    /// Takes a listener off streams.
    pub fn unsubscribe<'a>(
        &self,
        streams: impl IntoIterator<Item = &'a Stream>,
        listener: &Listener,
    ) {
        let mut inner = self.lock();
        for stream in streams {
            inner.hub.leave(stream, listener);
        }
    }

    /// Adds a subscription to an account.
    pub fn follow(&self, account: AccountId, subscriber: Subscriber) {
        self.lock().audience.join(account, subscriber);
    }

    /// Ends a subscription to an account.
    pub fn unfollow(&self, account: AccountId, connection: u64, subscription: u16) {
        self.lock().audience.leave(account, connection, subscription);
    }

    /// Ends all subscriptions of a connection.
    pub fn unfollow_all(&self, connection: u64) {
        self.lock().audience.leave_all(connection);
    }
}

/// Returns all symbols with their books, in the order of their ids.
fn books(engine: &MatchingEngine) -> Vec<(Symbol, Depth)> {
    (0..=u16::MAX)
        .map_while(|id| {
            let rules = engine.rules(SymbolId(id))?;
            Some((rules.instrument.symbol.clone(), engine.depth(SymbolId(id), usize::MAX)))
        })
        .collect()
}
