//! How a life ends.

use std::time::Duration;

use hub::system::{Input, OperatorRequest};
use journal::{AppendError, Journal as _};
use serde_json::json;

use super::course::Life;
use crate::run::pen::{Dead, PutDown};
use crate::run::snapshots::Folded;
use crate::run::speed;

/// An orderly end takes so long at most.
const GOODBYE: Duration = Duration::from_secs(20);

/// How a life ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// In order.
    Stopped,
    /// Not in order: what the time for it left undone, in words.
    Late(Vec<String>),
    /// Another process has taken over.
    Sealed,
    /// The journal cannot be written.
    JournalFailed(String),
    /// The venue came back at other addresses: the next start finds it there.
    VenueMoved,
}

impl Life {
    /// Begins an orderly end: entry orders are cancelled, stops stay.
    pub(super) fn stop(&mut self, why: &'static str) {
        if self.state.stopping.is_some() {
            return;
        }
        self.ending(why);
        let ticket = self.state.next_ticket();
        let (name, request) = ("plimsoll run".to_owned(), OperatorRequest::Stop);
        let now = self.sender.clock.now();
        self.hub.handle(Input::Operator { ticket, name, request }, now);
    }

    /// An orderly end has begun, whoever wanted it: from here on it has so much time and no more.
    pub(super) fn ending(&mut self, why: &'static str) {
        if self.state.stopping.is_some() {
            return;
        }
        self.state.stopping = Some(speed::now());
        self.notify.stopping();
        self.fail.pass("in_stop");
        let now = self.sender.clock.now();
        self.screen.say(
            "stopping",
            now,
            json!({ "why": why }),
            format_args!("stopping ({why}): entry orders are cancelled, stops stay at the venue"),
        );
    }

    pub(super) fn ended(&self) -> Option<Ended> {
        let late = self.state.stopping.is_some_and(|since| since.elapsed() > GOODBYE);
        match &self.state.dead {
            Some(Dead::Sealed) => return Some(Ended::Sealed),
            // Entry orders are cancelled first; the emergency record has what that takes.
            Some(Dead::Failed(why)) if self.state.stopped || late => {
                return Some(Ended::JournalFailed(why.clone()));
            }
            Some(Dead::Failed(_)) | None => {}
        }
        if self.state.stopped {
            let undone = self.hub.undone();
            return Some(if undone.is_empty() { Ended::Stopped } else { Ended::Late(undone) });
        }
        if self.state.moved {
            return Some(Ended::VenueMoved);
        }
        late.then(|| Ended::Late(self.hub.undone()))
    }

    /// Ends the life: what is written is on disk, under a signed checkpoint, where the journal still is ours and can be written.
    /// Returns how the life ended after all, and the number of entries.
    ///
    /// # Errors
    /// If the journal cannot be closed.
    pub(crate) async fn close(self, ended: Ended) -> anyhow::Result<(Ended, u64)> {
        let Self {
            pen, pace, outbox, hub, screen, phases, snapshots, paper, state, sender, ..
        } = self;
        // Threads that tell of commits must not wait for a loop that has ended.
        drop(outbox);
        if let Some(mut pace) = pace {
            pace.leave().await;
        }
        let Some(PutDown { journal, lost }) = pen.put_down() else { return Ok((ended, 0)) };
        let entries = journal.head().seq.0;
        match ended {
            Ended::Sealed | Ended::JournalFailed(_) => return Ok((ended, entries)),
            Ended::Stopped | Ended::Late(_) | Ended::VenueMoved => {}
        }
        let range = journal.tree().clone();
        let kept = lost > 0 && state.emergency.kept() == hub.last().0;
        match journal.close() {
            Ok(_) | Err(AppendError::Full(_)) if kept => {
                let words = format!(
                    "the disk is full: the last {lost} entries are in the emergency record, and the next start takes them into the journal"
                );
                screen.say("kept", sender.clock.now(), json!({ "entries": lost }), words);
                Ok((ended, entries))
            }
            Ok(_) if lost > 0 => anyhow::bail!(
                "the disk is full and the last {lost} entries are not in the journal: make room and start again; the venue is asked \
                 then for what they said"
            ),
            Ok(head) => {
                if hub.last().0 == head.seq.0 {
                    let (hub, screen, phases) = (&hub, &screen, &phases);
                    let of = Folded { hub, screen, phases, paper: paper.as_ref() };
                    // Without it the next start folds a little more.
                    let _ = snapshots.close(of, &range).await;
                }
                Ok((ended, head.seq.0))
            }
            Err(AppendError::Sealed(_)) => Ok((Ended::Sealed, entries)),
            Err(error) => Err(error.into()),
        }
    }
}
