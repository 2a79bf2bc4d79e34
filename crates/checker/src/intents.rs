//! [`Intents`]: the hub's history: the entries of a journal that some rule looks at.

use std::sync::Arc;

use journal::disk::Disk;
use journal::format::Own;
use journal::verify::{VerifyOptions, verify};
use journal::{Item, ReadError, Reader, Seq};
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::entry::{Body, Entry};
use types::ids::{JournalId, SymbolId};
use types::instrument::Instrument;

use crate::starts::Starts;

/// What of a journal does not hold, or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) entry: Option<u64>,
    pub(crate) seen: String,
    pub(crate) wanted: String,
}

/// Places between the journal's end and the first entry of an emergency file, at most.
const ROOM_MAX: u64 = 1_000;

/// The hub's history.
#[derive(Debug, Default)]
pub(crate) struct Intents {
    /// What some rule looks at, in order. Decisions are without their reasons, "no trade" is left out.
    pub(crate) entries: Vec<Entry>,
    /// Number of the kind by place, from entry 1; 0 for the journal's own and those that retention dropped.
    kinds: Vec<u8>,
    /// From which place on which identity is in force.
    ids: Vec<(u64, JournalId)>,
    /// The newest table of instruments.
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) last_ts: i64,
    /// Places at which later hubs began to write: an entry at or behind one is of that hub, or of a later one.
    pub(crate) writers: Vec<u64>,
    /// Times in which no hub was running, or it was not ready yet: from the last entry before a start to its end.
    pub(crate) down: Vec<(i64, i64)>,
    /// Places or times out of order.
    pub(crate) disorder: Vec<Broken>,
    /// What does not hold.
    pub(crate) broken: Vec<Broken>,
    /// What the next opening repairs by itself, in words.
    pub(crate) torn: Vec<String>,
    /// Entries that retention dropped.
    pub(crate) dropped: u64,
    /// Entries of the emergency file behind the journal's end.
    pub(crate) aside: u64,
}

impl Intents {
    /// Verifies and reads a journal. What cannot be read on is kept as a finding; what lies before it is judged.
    ///
    /// # Errors
    /// `ReadError` if there is no journal, or the disk failed.
    pub(crate) fn read(disk: &Arc<dyn Disk>, aside: Vec<Entry>) -> Result<Self, ReadError> {
        let mut intents = Self::default();
        let mut reader = Reader::open(Arc::clone(disk), Seq(1))?;
        let mut starts = Starts::of(&**disk);
        intents.writers = starts.places();
        loop {
            match reader.next() {
                Ok(Some(item)) => intents.take(&item, &mut starts),
                Ok(None) => break,
                Err(ReadError::Damage(damage)) => {
                    intents.broken.push(Broken {
                        entry: Some(damage.seq.0),
                        seen: damage.to_string(),
                        wanted: "a journal that can be read to its end".to_owned(),
                    });
                    break;
                }
                Err(error @ (ReadError::NoJournal | ReadError::Disk(_))) => return Err(error),
            }
        }
        for entry in aside {
            let seq = entry.seq.0;
            // The start that adopted the file has made them entries.
            if seq > intents.len().saturating_add(ROOM_MAX) {
                let (seen, wanted) = (format!("entry {seq} in the emergency file"), intents.len());
                let wanted = format!("one at most {ROOM_MAX} behind {wanted}");
                intents.disorder.push(Broken { entry: Some(seq), seen, wanted });
            } else if seq > intents.len() {
                // They leave room for what the next opening has to say before them.
                intents.aside += 1;
                intents.kinds.resize(usize::try_from(seq).unwrap_or(usize::MAX), 0);
                intents.fold(seq, entry, &mut starts);
            }
        }
        intents.down = starts.down();
        intents.verify(disk, reader.committed());
        Ok(intents)
    }

    fn take(&mut self, item: &Item<'_>, starts: &mut Starts) {
        match item {
            Item::Dropped { first, last } => {
                self.dropped += last.0 - first.0 + 1;
                self.kinds.resize(usize::try_from(last.0).unwrap_or(usize::MAX), 0);
            }
            Item::Entry(stored) => {
                self.kinds.push(0);
                starts.at(stored.seq.0, self.last_ts);
                match Own::parse(stored.kind, stored.schema, stored.payload) {
                    Ok(Some(Own::Forked(forked))) => {
                        self.ids.push((stored.seq.0, JournalId(forked.id.0)));
                    }
                    Ok(Some(Own::Cut(_) | Own::KeyRotated(_))) => {}
                    Ok(None) => match Entry::decode(stored.payload) {
                        Ok(entry) => self.fold(stored.seq.0, entry, starts),
                        Err(error) => self.unreadable(stored.seq.0, &error.to_string()),
                    },
                    Err(error) => self.unreadable(stored.seq.0, &error.to_string()),
                }
            }
        }
    }

    fn unreadable(&mut self, seq: u64, error: &str) {
        self.broken.push(Broken {
            entry: Some(seq),
            seen: error.to_owned(),
            wanted: "an entry that this build can read".to_owned(),
        });
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that no rule looks at")]
    fn fold(&mut self, place: u64, mut entry: Entry, starts: &mut Starts) {
        let (seq, ts) = (entry.seq.0, entry.ts.as_nanos());
        if seq != place {
            let (seen, wanted) = (format!("it calls itself entry {seq}"), place.to_string());
            self.disorder.push(Broken { entry: Some(place), seen, wanted });
        }
        if ts < self.last_ts {
            let (seen, wanted) = (entry.ts.to_string(), format!("{} ns or later", self.last_ts));
            self.disorder.push(Broken { entry: Some(place), seen, wanted });
        }
        if let Some(kind) = self.kinds.last_mut() {
            *kind = u8::try_from(entry.body.kind()).unwrap_or(u8::MAX);
        }
        match &mut entry.body {
            Body::Genesis { journal, .. } => self.ids.push((place, *journal)),
            Body::Instruments(table) => self.instruments.clone_from(table),
            Body::Mode(mode) => starts.on_mode(mode.mode, self.last_ts, ts),
            // Of reasons the numbers of a drawdown alone are judged.
            Body::Decision(decision)
                if !matches!(decision.action, Action::RequestSafeMode { .. }) =>
            {
                decision.reason = Reason::word(ReasonCode::NotWarm);
            }
            Body::Config { toml } => toml.clear(),
            _ => {}
        }
        self.last_ts = self.last_ts.max(ts);
        if is_judged(&entry.body) {
            self.entries.push(entry);
        }
    }

    /// Takes what `verify` finds. What the next opening for writing cuts off or makes again is no finding here.
    fn verify(&mut self, disk: &Arc<dyn Disk>, committed: Seq) {
        let report = match verify(&**disk, &VerifyOptions::default()) {
            Ok(report) => report,
            Err(error) => {
                let wanted = "a journal that can be verified".to_owned();
                self.broken.push(Broken { entry: None, seen: error.to_string(), wanted });
                return;
            }
        };
        for finding in report.findings {
            let behind = finding.seq.is_some_and(|seq| seq > committed);
            let derived = finding.file.starts_with("tree/") || finding.file.ends_with(".new");
            if self.broken.is_empty() && (behind || derived) {
                self.torn.push(finding.to_string());
            } else {
                let place = format!("{} at offset {}", finding.file, finding.offset);
                self.broken.push(Broken {
                    entry: finding.seq.map(|seq| seq.0),
                    seen: format!("{place}: {}", finding.seen),
                    wanted: finding.wanted,
                });
            }
        }
    }

    /// Returns how many entries there are.
    pub(crate) fn len(&self) -> u64 {
        self.kinds.len() as u64
    }

    /// Returns the name of the kind at a place, `None` where there is no entry of ours.
    pub(crate) fn kind_at(&self, place: u64) -> Option<&'static str> {
        let index = usize::try_from(place.checked_sub(1)?).ok()?;
        let kind = u32::from(*self.kinds.get(index)?);
        Body::KINDS.iter().find(|(_, number)| *number == kind).map(|(name, _)| *name)
    }

    /// Returns how many hubs had written before the one that wrote a place.
    pub(crate) fn writer_of(&self, place: u64) -> usize {
        self.writers.partition_point(|first| *first <= place)
    }

    /// Returns the identity in force at a place.
    pub(crate) fn id_at(&self, place: u64) -> Option<JournalId> {
        self.ids.iter().rev().find(|(from, _)| *from <= place).map(|(_, id)| *id)
    }

    /// Returns an instrument of the newest table.
    pub(crate) fn instrument(&self, symbol: SymbolId) -> Option<&Instrument> {
        self.instruments.get(symbol.index())
    }
}

/// Returns whether some rule looks at entries of this kind.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not left out is kept")]
fn is_judged(body: &Body) -> bool {
    let trades_nothing = |decision: &Decision| matches!(decision.action, Action::Nothing);
    match body {
        Body::Decision(decision) => !trades_nothing(decision),
        Body::Genesis { .. } | Body::Config { .. } => false,
        Body::InstantClosed { .. } | Body::Timer { .. } => false,
        _ => true,
    }
}
