//! What is due by the clock on the wall, and the emergency record.

use std::io;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hub::permits::Proof;
use hub::system::{Component, Input, OperatorRequest};
use serde_json::json;
use types::entry::Entry;

use super::course::{Life, NAP};
use crate::control::emergency::{self, Line, What};
use crate::run::rotation::Rotation;
use crate::run::speed::{self};

/// A full disk is tried again so often.
pub(super) const FULL_AGAIN: Duration = Duration::from_millis(200);

impl Life {
    /// What is due by the clock on the wall: a full disk, signs of life, the depth of the queue, the market's speed.
    pub(super) async fn look_after(&mut self) {
        if self.state.full_since.is_some_and(|since| since.elapsed() >= FULL_AGAIN) {
            self.state.full_since = Some(speed::now());
            if let Err(dead) = self.pen.try_again() {
                self.die(dead);
            }
        }
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
            self.step_down();
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
        self.change_phase().await;
    }

    /// Falls to the lowest rung of the ladder when the drawdown says so.
    fn step_down(&mut self) {
        let Some(ladder) = &mut self.ladder else { return };
        let drawdown = self.hub.engine().core().guards().drawdown().reading().peak;
        let Some(limits) = self.hub.gateway().limits() else { return };
        let Some(limits) = ladder.look(drawdown, limits) else { return };
        let (ticket, now) = (self.state.next_ticket(), self.sender.clock.now());
        let request = OperatorRequest::Limits { limits, proof: Proof::default() };
        self.hub.handle(Input::Operator { ticket, name: "ladder".to_owned(), request }, now);
    }

    /// Takes orders to stop that were left in the emergency file, because no hub answered.
    pub(super) fn adopt(&mut self) -> io::Result<()> {
        let found = emergency::read(self.folder.path())?;
        // What a hub without a journal wrote there itself stays for who reads it after its end.
        let orders = found.lines.iter().any(|line| line.what.is_order());
        if !orders && found.broken.is_empty() {
            return Ok(());
        }
        let now = self.sender.clock.now();
        for line in found.lines {
            let request = match line.what {
                What::Kill => OperatorRequest::Kill,
                What::Flatten => OperatorRequest::Flatten,
                // The reconciliation takes over what was done.
                What::Entry { .. } => continue,
            };
            let ticket = self.state.next_ticket();
            self.hub.handle(Input::Operator { ticket, name: line.name, request }, now);
        }
        let aside = emergency::adopt(self.folder.path())?;
        let fields = json!({ "file": aside, "broken": found.broken });
        let words =
            format!("orders of the emergency file are taken; it is {} now", aside.display());
        self.screen.say("emergency_adopted", now, fields, words);
        Ok(())
    }

    /// The journal is dead: what must be known all the same goes to the emergency record on another path.
    pub(super) fn emergency(&mut self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let what = What::Entry { seq: entry.seq.0, bytes: Base64::encode_string(&bytes) };
        let line = Line { at: speed::wall().as_nanos(), name: "plimsoll run".to_owned(), what };
        let now = self.sender.clock.now();
        match emergency::append(self.folder.path(), &line) {
            Ok(_) => self.hub.handle(Input::Durable(entry.seq), now),
            Err(error) => {
                let why = format!("the emergency record cannot be written: {error}");
                self.hub.handle(Input::JournalFailed { why }, now);
            }
        }
    }
}
