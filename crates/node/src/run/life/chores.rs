//! What is due by the clock on the wall.

use std::time::Duration;

use hub::permits::Proof;
use hub::system::{Component, Input, OperatorRequest};
use types::entry::Part;

use super::course::{Life, NAP};
use crate::ladder;
use crate::run::parts::Seen;
use crate::run::rotation::Rotation;
use crate::run::snapshots::Folded;
use crate::run::speed;

/// A full disk is tried again so often.
pub(super) const FULL_AGAIN: Duration = Duration::from_millis(200);

impl Life {
    /// What is due by the clock on the wall: a full disk, signs of life, the depth of the queue, the market's speed.
    pub(super) fn look_after(&mut self) {
        if self.state.full_since.is_some_and(|since| since.elapsed() >= FULL_AGAIN) {
            self.state.full_since = Some(speed::now());
            if let Err(dead) = self.pen.try_again() {
                self.die(dead);
            }
        }
        self.take_snapshot();
        let depth = self.outbox.depth();
        // The hub judges; it need not hear of every input.
        if depth.abs_diff(self.state.told_depth) > 1_000 {
            self.state.told_depth = depth;
            let now = self.sender.clock.now();
            self.hub.handle(Input::QueueDepth(depth), now);
        }
        if self.state.looked.is_none_or(|at| at.elapsed() >= NAP) {
            self.state.looked = Some(speed::now());
            if let Err(error) = self.adopt() {
                self.health(Component::Config, Some(format!("the emergency file: {error}")));
            }
            self.look_at_parts();
            self.keep_room();
            self.step_down();
            if let Some(by_nanos) = self.state.jumps.look() {
                let now = self.sender.clock.now();
                self.hub.handle(Input::ClockJumped { by_nanos }, now);
            }
            if self.rotation.as_mut().is_some_and(Rotation::has_changed) {
                let ticket = self.state.next_ticket();
                self.rotate(ticket, "configuration".to_owned());
            }
        }
        if let Some(every) = self.notify.every()
            && self.state.alive_at.is_none_or(|at| at.elapsed() >= every)
        {
            self.state.alive_at = Some(speed::now());
            self.notify.alive();
        }
        self.change_phase();
    }

    /// Tells the hub what has stopped by itself, and what runs again.
    fn look_at_parts(&mut self) {
        let now = self.sender.clock.now();
        for (part, seen) in self.parts.look() {
            let input = match seen {
                Seen::Ended => {
                    Input::Ended { part, why: "its task has ended by itself".to_owned() }
                }
                Seen::Runs => Input::Runs { part },
            };
            self.hub.handle(input, now);
        }
    }

    /// Makes a part anew, as the hub wants it.
    pub(super) fn make_anew(&mut self, part: Part, wait_nanos: i64) {
        if part == Part::Venue {
            self.sender.reset();
            return;
        }
        let wait = Duration::from_nanos(u64::try_from(wait_nanos).unwrap_or(0));
        self.parts.again(part, wait);
    }

    /// Falls to the lowest rung of the ladder when the drawdown says so.
    fn step_down(&mut self) {
        // Before the start is over the hub would refuse, and it is said once.
        let Some(ladder) = self.ladder.as_mut().filter(|_| self.state.ready) else { return };
        let drawdown = self.hub.engine().core().guards().drawdown().reading().peak;
        let Some(limits) = self.hub.gateway().limits() else { return };
        let Some(limits) = ladder.look(drawdown, limits) else { return };
        let (ticket, now) = (self.state.next_ticket(), self.sender.clock.now());
        let request = OperatorRequest::Limits { limits, proof: Proof::default() };
        self.hub.handle(Input::Operator { ticket, name: ladder::NAME.to_owned(), request }, now);
    }

    /// Takes a snapshot if one is due and everything that was folded is on disk.
    fn take_snapshot(&mut self) {
        let seq = self.hub.last().0;
        if !self.snapshots.is_due(seq) || self.pen.backlog() > 0 || self.state.dead.is_some() {
            return;
        }
        let Some(range) = self.pen.range().filter(|range| range.size() == seq) else { return };
        let (hub, screen, phases) = (&self.hub, &self.screen, &self.phases);
        let of = Folded { hub, screen, phases, paper: self.paper.as_ref() };
        // One that is not taken costs the next start some time.
        let _ = self.snapshots.take(of, range);
    }
}
