//! [`Lockstep`]: one total order, and who folds it.

use serde::{Deserialize, Serialize};
use types::decision::{Action, Decision};
use types::defects::{Defect, planted};
use types::entry::{Body, Entry, ModeCause, Source};
use types::ids::{Seq, SlotId};
use types::market::TsNanos;
use types::slot::Engine;

use super::{Authorities, Tap};
use crate::gateway::{self, Gateway, Output, Request, Settings, State, Ticket};
use crate::modes::{ModeEvent, ModeRefusal, Modes};

/// Gives each entry its place, has slot and gateway fold it, and appends the slot's decisions behind it.
///
/// For entry n the slot folds, then decides; its decisions are appended directly behind n and folded before anything
/// else. A decision that asks for SAFE_MODE becomes the mode in the same breath: no order of that instant can pass.
/// One slot in this process; those in other processes are a transport that has yet to come.
#[derive(Debug)]
pub struct Lockstep<E> {
    slot: SlotId,
    engine: E,
    authorities: Authorities,
    modes: Modes,
    gateway: Gateway,
    last: Seq,
    ts: TsNanos,
    /// SAFE_MODE that was asked for and is no entry yet.
    asked: Option<ModeCause>,
    scratch: Vec<Decision>,
}

/// What a snapshot holds of a lockstep.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored<E, S> {
    engine: E,
    gateway: S,
    authorities: Authorities,
    modes: Modes,
    last: Seq,
    ts: TsNanos,
    asked: Option<ModeCause>,
}

impl<E, S> Stored<E, S> {
    /// Returns the engine, and the place of the last entry it has folded.
    pub(crate) fn into_engine(self) -> (Seq, E) {
        (self.last, self.engine)
    }
}

impl<E: Engine> Lockstep<E> {
    /// Returns what a snapshot holds.
    pub(crate) fn stored(&self) -> Stored<&E, &State> {
        Stored {
            engine: &self.engine,
            gateway: self.gateway.state(),
            authorities: self.authorities.clone(),
            modes: self.modes.clone(),
            last: self.last,
            ts: self.ts,
            asked: self.asked,
        }
    }

    /// Returns a lockstep as a snapshot holds it.
    pub(crate) fn of_stored(stored: Stored<E, State>, settings: Settings) -> Self {
        Self {
            slot: SlotId::default(),
            engine: stored.engine,
            authorities: stored.authorities,
            modes: stored.modes,
            gateway: Gateway::of_state(settings, stored.gateway),
            last: stored.last,
            ts: stored.ts,
            asked: stored.asked,
            scratch: Vec::new(),
        }
    }

    /// Returns a lockstep before the first entry. `cooldown`: length of SAFE_MODE's latch, nanoseconds.
    #[must_use]
    pub fn new(engine: E, settings: Settings, cooldown: i64) -> Self {
        Self {
            slot: SlotId::default(),
            engine,
            authorities: Authorities::default(),
            modes: Modes::new(cooldown),
            gateway: Gateway::new(settings),
            last: Seq(0),
            ts: TsNanos::from_nanos(i64::MIN),
            asked: None,
            scratch: Vec::new(),
        }
    }

    /// Returns the engine.
    #[must_use]
    pub const fn engine(&self) -> &E {
        &self.engine
    }

    /// Returns the engine, for what is no entry's business (hashes of what it folded).
    #[must_use]
    pub const fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// Returns the gateway.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Returns the gateway, to hand it what is no entry. What follows comes from [`Lockstep::settle`].
    #[must_use]
    pub const fn gateway_mut(&mut self) -> &mut Gateway {
        &mut self.gateway
    }

    /// Takes note that everything up to a place is on disk.
    pub fn durable(&mut self, seq: Seq) {
        let ts = self.ts;
        self.gateway.handle(gateway::Input::Durable(seq), ts);
    }

    /// Returns the mode, its latch and its conditions.
    #[must_use]
    pub const fn modes(&self) -> &Modes {
        &self.modes
    }

    /// Returns the mode, to tell it which conditions hold.
    #[must_use]
    pub const fn modes_mut(&mut self) -> &mut Modes {
        &mut self.modes
    }

    /// Returns the place of the newest entry.
    #[must_use]
    pub const fn last(&self) -> Seq {
        self.last
    }

    /// Returns when the newest entry was sequenced.
    #[must_use]
    pub const fn ts(&self) -> TsNanos {
        self.ts
    }

    /// Folds a stored entry of an earlier life. Nobody decides: what was decided then is stored behind it.
    pub fn restore(&mut self, entry: &Entry) {
        self.last = entry.seq;
        self.ts = entry.ts;
        self.fold(entry);
    }

    /// Takes note that the next place holds an entry of the journal's own: nobody else's business.
    pub fn skip(&mut self) -> Seq {
        let seq = Seq(self.last.0 + 1);
        self.last = seq;
        let ts = self.ts;
        self.gateway.handle(gateway::Input::Skipped(seq), ts);
        seq
    }

    /// Appends an entry, then the decisions about it, and what must stand before anything that follows from them.
    /// `ts_event`: by the clock of its source; `now`: ours. Time never goes back.
    ///
    /// Entries are large, and to copy one just written stalls the processor: inlined, and with nothing that could
    /// panic while it holds a body, its body is made where it stays.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "measured: a fortieth of a run with three entries a bar"
    )]
    pub fn append(
        &mut self,
        (ts_event, now): (TsNanos, TsNanos),
        source: Source,
        body: Body,
        tap: &mut impl Tap<E>,
    ) -> Seq {
        let entry = self.next((ts_event, now), source, body);
        if planted(Defect::DecidedBeforeFolding) {
            self.engine.decide(&entry, &mut self.scratch);
            self.take(&entry, tap);
        } else {
            self.take(&entry, tap);
            self.engine.decide(&entry, &mut self.scratch);
        }
        if !self.scratch.is_empty() {
            self.append_decisions(&entry, tap);
        }
        entry.seq
    }

    /// Appends the mode that an event leads to.
    ///
    /// # Errors
    /// `ModeRefusal` if the table has no such edge: nothing is appended then.
    pub fn ask_mode(
        &mut self,
        event: ModeEvent,
        now: TsNanos,
        tap: &mut impl Tap<E>,
    ) -> Result<Seq, ModeRefusal> {
        let mode = self.modes.ask(event, now.max(self.ts))?;
        Ok(self.append((now, now), Source::Hub, Body::Mode(mode), tap))
    }

    /// Tells the gateway something and appends what it wants appended; requests that may leave go to `out`.
    pub fn tell(
        &mut self,
        input: gateway::Input<'_>,
        now: TsNanos,
        tap: &mut impl Tap<E>,
        out: &mut Vec<(Ticket, Request)>,
    ) {
        self.gateway.handle(input, now);
        self.settle(now, tap, out);
    }

    /// Appends what the gateway wants appended until nothing follows; requests that may leave go to `out`.
    pub fn settle(
        &mut self,
        now: TsNanos,
        tap: &mut impl Tap<E>,
        out: &mut Vec<(Ticket, Request)>,
    ) {
        while let Some(output) = self.gateway.poll() {
            match output {
                Output::Append { seq, source, body } => {
                    let placed = self.append((now, now), source, body, tap);
                    debug_assert_eq!(placed, seq, "the gateway names the next place");
                }
                Output::Send { ticket, request } => out.push((ticket, request)),
            }
        }
    }

    /// SAFE_MODE that was asked for in the last breath of an earlier life is in force before anything else.
    pub fn catch_up(&mut self, now: TsNanos, tap: &mut impl Tap<E>) {
        if let Some(cause) = self.asked.take() {
            // Where it is in force already, or the system ends, there is nothing to add.
            let _ = self.ask_mode(ModeEvent::Enter(cause), now, tap);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `append`")]
    fn next(&mut self, (ts_event, now): (TsNanos, TsNanos), source: Source, body: Body) -> Entry {
        self.ts = self.ts.max(now);
        self.last = Seq(self.last.0.saturating_add(1));
        Entry { seq: self.last, ts_event, ts: self.ts, source, body }
    }

    #[inline]
    fn take(&mut self, entry: &Entry, tap: &mut impl Tap<E>) {
        self.fold(entry);
        tap.on_entry(entry, &self.engine);
    }

    #[inline]
    fn fold(&mut self, entry: &Entry) {
        self.engine.evolve(entry);
        self.gateway.handle(gateway::Input::Entry(entry), entry.ts);
        match &entry.body {
            Body::Mode(mode) => {
                self.modes.fold(*mode);
                self.asked = None;
            }
            Body::Authority(authority) => self.authorities.fold(authority),
            Body::Decision(Decision { action: Action::RequestSafeMode { cause }, .. }) => {
                self.asked = Some(*cause);
            }
            Body::Decision(_)
            | Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Command(_)
            | Body::Report(_)
            | Body::Refused(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::History { .. } => {}
        }
    }

    fn append_decisions(&mut self, cause: &Entry, tap: &mut impl Tap<E>) {
        let mut decisions = std::mem::take(&mut self.scratch);
        let whole = self.authorities.is_whole(self.slot);
        for decision in decisions.drain(..) {
            // A slot decides for every symbol; only what it has authority over is carried out.
            if whole || self.authorities.of(decision.symbol).0 == self.slot {
                let times = (cause.ts_event, cause.ts);
                let entry = self.next(times, Source::Engine, Body::Decision(decision));
                self.take(&entry, tap);
            }
        }
        self.scratch = decisions;
        let now = self.ts;
        self.catch_up(now, tap);
    }
}
