//! `safe_mode_released`: SAFE_MODE ends behind an operator's release, after its latch, and a restart does not end it.

use types::entry::{Body, OperatorAction, SystemMode};
use types::market::TsNanos;

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;

/// SAFE_MODE in force.
#[derive(Clone, Copy, Debug)]
struct Held {
    since: u64,
    until: Option<TsNanos>,
    released: Option<TsNanos>,
}

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut held: Option<Held> = None;
    for entry in case.entries() {
        if let Body::Operator(operator) = &entry.body
            && operator.action == OperatorAction::Release
            && let Some(held) = &mut held
        {
            held.released = Some(entry.ts);
        }
        let Body::Mode(mode) = &entry.body else { continue };
        match mode.mode {
            SystemMode::SafeMode => {
                judge.count("times_entered", u64::from(held.is_none()));
                let before = held.map_or((entry.seq.0, None), |held| (held.since, held.until));
                let until = before.1.max(mode.latched_until);
                held = Some(Held { since: before.0, until, released: None });
            }
            SystemMode::Running => {
                if let Some(held) = held.take() {
                    released(held, entry.seq.0, judge);
                }
            }
            SystemMode::Maintenance => judge.want(
                held.is_none(),
                About::entry(entry.seq.0),
                "maintenance in the stead of SAFE_MODE",
                "a release first",
            ),
            // A stop or a start does not end it: the next start goes back to it.
            SystemMode::Initializing | SystemMode::Shutdown => {}
        }
    }
    if let Some(held) = held {
        judge.remark(format_args!("in force at the end, since entry {}", held.since));
    }
    if judge.counted("times_entered") == 0 {
        return Need::Absent("SAFE_MODE was never entered");
    }
    Need::Some("times_entered")
}

fn released(held: Held, seq: u64, judge: &mut Judge) {
    let about = About::entry(seq);
    match (held.released, held.until) {
        (None, _) => judge.find(
            about,
            format_args!("running again behind SAFE_MODE of entry {}", held.since),
            "an operator's release between them",
        ),
        (Some(at), Some(until)) => judge.want(
            at >= until,
            about,
            format_args!("a release at {at}"),
            format_args!("none before the latch ends at {until}"),
        ),
        (Some(_), None) => {}
    }
}
