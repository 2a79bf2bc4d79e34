//! A second hub takes over while the first one sleeps in the middle of its work; then the first one wakes up and does not know it.
//!
//! What the first had signed before is refused by its age, what it wants to send then by its term, and what it goes on to append is in
//! no file. The term is looked at as the runtime does it: behind the moment a request is signed with.

use std::collections::BTreeMap;

use hub::system::{Input, Output};
use types::defects::{Defect, planted};
use types::venue::UserEvent;

use super::calls::Came;
use super::marks::Mark;
use super::play::{MILLI, Next, SECOND, World, millis};
use super::process::Process;
use super::store::Pen;

/// Behind the end of the term before, a successor waits so long before it sends, nanoseconds: `recvWindow`, and a little.
const WAITS: i64 = 2 * SECOND + 100 * MILLI;
/// Most that one that sleeps is told of.
const INBOX_MAX: usize = 1_000;

/// A hub that was stopped in the middle of its work.
pub(super) struct Sleeper {
    process: Process,
    pen: Pen,
    life: u64,
    /// What came for it meanwhile.
    inbox: Vec<Input>,
    /// Its successor has ended its term.
    pub(super) is_sealed: bool,
}

impl World {
    /// The process is stopped, now or behind the next request that places, and another one takes over.
    pub(super) fn take_over(&mut self, for_ms: u64, at_send: bool) {
        if at_send {
            self.sleepy = Some(for_ms);
        } else {
            self.fall_asleep(for_ms);
        }
    }

    /// The process is stopped. Not while the venue is slow in itself: nobody can call back what it took in time.
    pub(super) fn fall_asleep(&mut self, for_ms: u64) {
        let slow = |place: &usize| self.plan.faults[*place].kind.class() == "engine_slow";
        let slow = self.on.keys().any(slow);
        let busy = self.sleeper.is_some() || self.healing || self.journal_full || slow;
        if busy || self.process.as_ref().is_none_or(|process| process.journal_dead) {
            return;
        }
        let Some(process) = self.process.take() else { return };
        let (life, pen) = (self.life, self.store.put_down());
        self.say(format_args!("life {life} sleeps"));
        self.marking.dies();
        (self.armed, self.doomed) = (None, None);
        self.sleeper = Some(Sleeper { process, pen, life, inbox: Vec::new(), is_sealed: false });
        self.life += 1;
        self.agenda.at(self.now.plus(millis(for_ms)), Next::Wakes);
        self.agenda.at(self.now.plus(500 * MILLI), Next::Start);
    }

    /// The successor ends the term before and waits; says whether it did so just now.
    pub(super) fn seals(&mut self) -> bool {
        let Some(sleeper) = self.sleeper.as_mut().filter(|sleeper| !sleeper.is_sealed) else {
            return false;
        };
        sleeper.is_sealed = true;
        let mut hubs = self.hubs();
        let emergency = std::mem::take(&mut self.emergency);
        let opened = self.store.open(&mut hubs, &emergency);
        self.emergency = emergency;
        self.say(format_args!("the term before is sealed: {opened:?}"));
        let _ = self.store.close();
        self.agenda.at(self.now.plus(WAITS), Next::Start);
        true
    }

    /// Takes note of a start that is a take-over.
    pub(super) fn mark_take_over(&mut self, sealed: bool) {
        let unknown = self
            .process
            .as_ref()
            .is_some_and(|process| !process.hub.gateway().unknown().is_empty());
        self.marks.sometimes(Mark::TakenOver, sealed);
        self.marks.sometimes(Mark::TakenOverWithUnknown, sealed && unknown);
    }

    /// An answer comes for one that sleeps.
    pub(super) fn overhears(&mut self, life: u64, came: Came) {
        if let Some(sleeper) = self.sleeper.as_mut().filter(|sleeper| sleeper.life == life) {
            sleeper.inbox.extend(came.into_inputs());
        }
    }

    /// The account's stream tells one that sleeps something.
    pub(super) fn tell_sleeper(&mut self, events: &[UserEvent]) {
        if let Some(sleeper) = &mut self.sleeper {
            let room = INBOX_MAX.saturating_sub(sleeper.inbox.len());
            sleeper.inbox.extend(events.iter().take(room).cloned().map(Input::User));
        }
    }

    /// The first one wakes up: it takes all that came for new, and does what follows.
    pub(super) fn wakes(&mut self) {
        let Some(sleeper) = self.sleeper.take() else { return };
        let Sleeper { mut process, mut pen, life, inbox, .. } = sleeper;
        if !self.store.is_behind(&pen) {
            // Nobody has taken over yet: it was stopped for a while, and is killed.
            return;
        }
        self.say(format_args!("life {life} wakes with {} things to hear", inbox.len()));
        let shown = self.shown();
        let (mut refused, mut sent) = (0_u64, 0_u64);
        for input in inbox.into_iter().chain([Input::Wake]) {
            process.hub.handle(input, shown);
            while let Some(output) = process.hub.poll() {
                match output {
                    Output::Append(entry) => pen.append(&entry),
                    Output::Call { ticket, call, .. } => {
                        if self.store.is_behind(&pen) && !planted(Defect::OldEpochAccepted) {
                            refused += 1;
                            let answer =
                                super::calls::unsent(&call, self.now, "another one writes");
                            let (used, throttle) = (Vec::new(), None);
                            let input = Input::Answered { ticket, answer, used, throttle };
                            process.hub.handle(input, shown);
                        } else {
                            sent += 1;
                            self.call_of_old(life, ticket, call);
                        }
                    }
                    Output::Emergency(_)
                    | Output::Link(_)
                    | Output::Reply { .. }
                    | Output::Walk { .. }
                    | Output::Restart { .. }
                    | Output::Tell(_)
                    | Output::Stopped => {}
                }
            }
        }
        let before = self.store.lengths();
        let written = pen.write();
        let after = self.store.lengths();
        self.say(format_args!("it wanted to send {refused} requests, and to append: {written:?}"));
        if sent > 0 || written == Ok(true) || before != after {
            let what = format!("a hub whose turn is over sent {sent} requests, wrote {written:?}");
            self.violated("one_authority", what);
        }
        self.marks.sometimes(Mark::OldHubSilent, refused > 0);
        self.marks.sometimes(Mark::OldEntriesUnread, written.is_err());
    }
}

impl Came {
    fn into_inputs(self) -> Vec<Input> {
        let Self { ticket, reports, answer, throttle, .. } = self;
        let reports = reports.into_iter().map(|report| Input::Order(Box::new(report)));
        let answered = Input::Answered { ticket, answer, used: Vec::new(), throttle };
        reports.chain([answered]).collect()
    }
}

/// Lengths of files, by name.
pub(super) type Lengths = BTreeMap<String, usize>;
