//! Snapshots of the hub: a start from one knows what a fold of the whole journal knows, or the world does not hold.

use engine::State;
use hub::system::Hub;

use super::marks::Mark;
use super::play::World;

/// A snapshot is taken behind so many entries, so that lives of a minute have one.
const EVERY: u64 = 1_000;

/// What a hub knew at a place of the journal that is on disk.
#[derive(Debug)]
pub(super) struct Snapshot {
    seq: u64,
    state: Vec<u8>,
}

impl World {
    /// Takes a snapshot if one is due and the hub is in the middle of nothing.
    pub(super) fn take_snapshot(&mut self, durable: u64) {
        let last = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let Some(process) = &self.process else { return };
        if durable < last + EVERY || process.hub.last().0 != durable {
            return;
        }
        if let Ok(state) = process.hub.snapshot() {
            self.snapshot = Some(Snapshot { seq: durable, state });
        }
    }

    /// Returns the hubs of a start, which the journal is folded into: one that knows nothing, and one as the snapshot knows it.
    pub(super) fn hubs(&mut self) -> Vec<Hub<State>> {
        let config = &self.setting.hub;
        let mut hubs =
            vec![Hub::new(config.clone(), State::default()).expect("it can be followed")];
        if let Some(snapshot) = &self.snapshot {
            match Hub::of_snapshot(config.clone(), &snapshot.state) {
                Ok(hub) => hubs.push(hub),
                Err(error) => self.violated("snapshot", error.to_string()),
            }
        }
        hubs
    }

    /// Returns the hub of a start, once the journal is folded into all of them.
    pub(super) fn restored(&mut self, mut hubs: Vec<Hub<State>>) -> Hub<State> {
        let hub = hubs.pop().expect("there is one at least");
        let Some(whole) = hubs.pop() else { return hub };
        self.marks.sometimes(Mark::RestartFromSnapshot, true);
        let (seen, wanted) = (hub.snapshot(), whole.snapshot());
        if seen.ok() != wanted.ok() {
            let (seen, wanted) = (hub.last().0, whole.last().0);
            let what = format!("entry {seen} from a snapshot, {wanted} from the whole journal");
            self.violated("snapshot", format!("the states differ: {what}"));
        }
        hub
    }
}
