//! [`Hub`]: what happened goes in, what is to be done comes out.

use std::collections::VecDeque;

use types::entry::Entry;
use types::market::TsNanos;
use types::slot::Engine;

use super::config::{HubConfig, HubConfigError, Speed};
use super::status::Status;
use super::words::{Input, Output};
use crate::lockstep::Lockstep;

/// The whole system without its sockets, disks and clocks: feed, instants, engine, gateway, budget, reconciliation,
/// modes, operators, health.
///
/// A process folds the stored entries with [`Hub::restore`], then says [`Hub::begin`] once. From then on what happened
/// goes into [`Hub::handle`]; [`Hub::poll`] says what is to be done until it says nothing more, and
/// [`Hub::next_deadline`] when it wants [`Input::Wake`] at the latest.
#[derive(Debug)]
pub struct Hub<E> {
    config: HubConfig,
    lockstep: Lockstep<E>,
    outputs: VecDeque<Output>,
    now: TsNanos,
}

impl<E: Engine> Hub<E> {
    /// Returns a hub before its first entry.
    ///
    /// # Errors
    /// `HubConfigError` if the configuration cannot be followed.
    pub fn new(config: HubConfig, engine: E) -> Result<Self, HubConfigError> {
        let lockstep = Lockstep::new(engine, config.gateway.clone(), config.safe_mode_cooldown);
        Ok(Self { config, lockstep, outputs: VecDeque::new(), now: TsNanos::EPOCH })
    }

    /// Folds a stored entry of an earlier life; in order, before [`Hub::begin`].
    pub fn restore(&mut self, entry: &Entry) {
        self.lockstep.restore(entry);
    }

    /// Takes note that the next stored entry is the journal's own.
    pub fn restore_own(&mut self) {
        self.lockstep.skip();
    }

    /// Begins this life: everything stored is folded.
    pub fn begin(&mut self, now: TsNanos) {
        self.now = now;
    }

    /// Takes what happened. Time that runs backwards stands still.
    pub fn handle(&mut self, input: Input, now: TsNanos) {
        let _ = input;
        self.now = self.now.max(now);
    }

    /// Returns what is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns when [`Input::Wake`] is wanted at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        None
    }

    /// Returns whether nothing is in flight and every bar that is expected now has come: a venue that waits for us may
    /// let its time go on.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.outputs.is_empty()
    }

    /// Returns the next close of the finest timeframe in use.
    #[must_use]
    pub fn next_close(&self) -> Option<TsNanos> {
        None
    }

    /// Takes over another speed of the venue's time.
    pub fn set_speed(&mut self, speed: Speed, now: TsNanos) {
        self.now = self.now.max(now);
        self.config.speed = speed;
    }

    /// Returns the engine.
    #[must_use]
    pub const fn engine(&self) -> &E {
        self.lockstep.engine()
    }
}

impl<E: Engine> Hub<E> {
    /// Returns everything the hub says of itself.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        None
    }
}
