//! `entries_while_running`: no entry is commanded, none accepted and none left to rest outside of the mode running or with the
//! gateway closed.

use std::collections::BTreeMap;

use types::entry::{Body, Operator, OperatorAction, SystemMode};

use super::Need;
use super::judge::{About, Judge};
use super::protected::Excluded;
use crate::case::Case;
use crate::clock::seconds;

/// How long a request that has left may still be accepted, in seconds at speed 1: the venue's `recvWindow` and its own
/// time-out of ten seconds.
pub(super) const UNDER_WAY_SECONDS: i64 = 12;

/// How long an entry that rests may take to be off the book, in seconds at speed 1, without the times in which that could not
/// be done: three rounds of reconciliation, whatever became of the first request.
const LEFT_SECONDS: i64 = 180;

/// Why no entry may be sent, from a place and a time on.
#[derive(Clone, Debug)]
struct Closed {
    seq: u64,
    from: i64,
    to: Option<(u64, i64)>,
    why: String,
}

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let (closed, excluded) = (closed(case), Excluded::of(case));
    for sent in case.sent.values().filter(|sent| sent.is_entry()) {
        judge.count("entries", 1);
        let about = About::sent(sent);
        let within = |closed: &&Closed| {
            closed.seq < sent.seq && closed.to.is_none_or(|(seq, _)| sent.seq < seq)
        };
        if let Some(closed) = closed.iter().find(within) {
            let seen =
                format_args!("an entry commanded while {} since entry {}", closed.why, closed.seq);
            judge.find(about, seen, "none until it is over");
            continue;
        }
        let Some(row) = case.accepted(sent) else { continue };
        let under_way = case.ledger.market_nanos(UNDER_WAY_SECONDS, row.t);
        let grace = under_way.saturating_add(case.tolerance);
        let late = closed.iter().find(|closed| {
            row.t > closed.from.saturating_add(grace) && closed.to.is_none_or(|(_, to)| row.t < to)
        });
        if let Some(closed) = late {
            judge.find(
                about.beside(Some(row)),
                format_args!(
                    "an entry accepted {} after {} in entry {}",
                    seconds(row.t.saturating_sub(closed.from)),
                    closed.why,
                    closed.seq
                ),
                "none that left before may take so long",
            );
        }
        let ended = case.ended(sent).map_or(case.intents.last_ts, |row| row.t);
        let left = case.ledger.market_nanos(LEFT_SECONDS, row.t);
        let resting = closed.iter().filter(|closed| closed.from > row.t).find(|closed| {
            let until = closed.to.map_or(ended, |(_, to)| to.min(ended));
            excluded.age(case, sent.request.symbol, closed.from, until) > left
        });
        if let Some(closed) = resting {
            judge.find(
                about.beside(Some(row)),
                format_args!("an entry that rests on while {} in entry {}", closed.why, closed.seq),
                "its cancellation",
            );
        }
    }
    Need::Some("entries")
}

/// Returns the stretches of the journal in which no entry may be sent.
fn closed(case: &Case) -> Vec<Closed> {
    let mut closed =
        vec![Closed { seq: 0, from: 0, to: None, why: "nothing had started".to_owned() }];
    let mut mode = Some(0);
    let mut doors: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in case.entries() {
        let (seq, from) = (entry.seq.0, entry.ts.as_nanos());
        if let Body::Mode(new) = &entry.body {
            if let Some(before) = mode.take() {
                closed[before].to = Some((seq, from));
            }
            if new.mode != SystemMode::Running {
                let why = format!("the mode was {:?}", new.mode);
                mode = Some(closed.len());
                closed.push(Closed { seq, from, to: None, why });
            }
        }
        let Body::Operator(operator) = &entry.body else { continue };
        let Some((door, opens)) = door_of(operator) else { continue };
        match (doors.remove(door), opens) {
            (Some(before), true) => closed[before].to = Some((seq, from)),
            (Some(before), false) => {
                doors.insert(door, before);
            }
            (None, true) => {}
            (None, false) => {
                doors.insert(door, closed.len());
                closed.push(Closed { seq, from, to: None, why: door.to_owned() });
            }
        }
    }
    closed
}

/// Returns which door an operator shuts or opens, in words, and whether it is opened.
const fn door_of(operator: &Operator) -> Option<(&'static str, bool)> {
    const KILL: &str = "the gateway was closed by kill";
    const PAUSE: &str = "entries were paused";
    match operator.action {
        OperatorAction::Kill => Some((KILL, false)),
        OperatorAction::ReleaseKill => Some((KILL, true)),
        OperatorAction::Pause => Some((PAUSE, false)),
        OperatorAction::Resume => Some((PAUSE, true)),
        OperatorAction::WindDown => Some(("the account was wound down", operator.by.is_none())),
        OperatorAction::SafeMode
        | OperatorAction::Release
        | OperatorAction::Flatten
        | OperatorAction::MaintenanceOn
        | OperatorAction::MaintenanceOff
        | OperatorAction::Stop
        | OperatorAction::ReloadConfig
        | OperatorAction::RotateKeys => None,
    }
}
