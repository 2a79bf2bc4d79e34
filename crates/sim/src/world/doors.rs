//! [`Doors`]: whether an entry may leave, by what the hub has appended so far. Neither history tells when a request left; the world
//! sees it.

use std::collections::BTreeMap;

use engine::State;
use hub::gateway::{Placing, Request};
use hub::system::{Call, Hub};
use types::entry::{Body, Entry, Incident, OperatorAction, SystemMode};
use types::ids::Leg;

use super::play::World;

/// What keeps entries from leaving.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// `None` before the first life.
    mode: Option<SystemMode>,
    killed: bool,
    paused: bool,
    winding: bool,
    /// Open incidents that keep entries off a symbol, by place.
    incidents: BTreeMap<u64, Incident>,
}

impl Doors {
    /// Returns what a life begins with.
    pub(super) fn of(hub: &Hub<State>) -> Self {
        let status = hub.status();
        let kept = status.incidents.iter().map(|line| (line.seq.0, line.incident));
        Self {
            mode: Some(status.mode),
            killed: status.killed,
            paused: status.paused,
            winding: status.winding_down.is_some(),
            incidents: kept.filter(|(_, incident)| incident.kind.quarantines()).collect(),
        }
    }

    /// Takes an entry that the hub has appended.
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that open and shut nothing")]
    pub(super) fn on_entry(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Mode(mode) => self.mode = Some(mode.mode),
            Body::Operator(operator) => match operator.action {
                OperatorAction::Kill => self.killed = true,
                OperatorAction::ReleaseKill => self.killed = false,
                OperatorAction::Pause => self.paused = true,
                OperatorAction::Resume => self.paused = false,
                OperatorAction::WindDown => self.winding = operator.by.is_some(),
                OperatorAction::SafeMode
                | OperatorAction::Release
                | OperatorAction::Flatten
                | OperatorAction::MaintenanceOn
                | OperatorAction::MaintenanceOff
                | OperatorAction::Stop
                | OperatorAction::ReloadConfig
                | OperatorAction::RotateKeys => {}
            },
            Body::Incident(incident) if incident.kind.lasts() && incident.kind.quarantines() => {
                self.incidents.insert(entry.seq.0, *incident);
            }
            Body::IncidentOver(over) => {
                self.incidents.remove(&over.incident.0);
            }
            _ => {}
        }
    }

    /// Returns why an entry may not leave.
    fn shut_for(&self, entry: &Placing) -> Option<String> {
        let (symbol, order) = (entry.named().symbol, entry.named().order);
        let about = |incident: &&Incident| {
            incident.symbol == Some(symbol)
                && incident.order.is_none_or(|of| of.command != order.command)
        };
        if self.killed {
            Some("the kill switch is on".to_owned())
        } else if self.paused {
            Some("entries are paused".to_owned())
        } else if self.winding {
            Some("the account is wound down".to_owned())
        } else if self.mode != Some(SystemMode::Running) {
            Some(format!("the mode is {:?}", self.mode))
        } else {
            let open = self.incidents.values().find(about)?;
            Some(format!("{:?} of its symbol is open", open.kind))
        }
    }
}

impl World {
    /// Judges a request that leaves.
    pub(super) fn judge_leaving(&mut self, call: &Call) {
        let Call::Order(Request::Place(place)) = call else { return };
        let enters = |placing: &&Placing| {
            placing.named().order.leg == Leg::Main && !placing.request().reduce_only
        };
        let Some(entry) = place.iter().find(enters) else { return };
        let dead = self.process.as_ref().is_some_and(|process| process.journal_dead);
        let shut = if dead {
            Some("the journal takes nothing".to_owned())
        } else if self.journal_full {
            Some("the journal's disk is full".to_owned())
        } else {
            self.doors.shut_for(entry)
        };
        if let Some(why) = shut {
            let what = format!("the entry {} left while {why}", entry.named().client_id.as_str());
            self.violated("nothing_leaves_shut", what);
        }
    }
}
