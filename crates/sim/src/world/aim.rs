//! [`Aim`]: what goes wrong at an exact place: at the k-th operation of the journal's disk, with the k-th message, or in an order of
//! steps that is written down. What is drawn from a seed strikes somewhere; what is aimed strikes everywhere in turn.

use journal::disk::{Fault, Times};
use serde::{Deserialize, Serialize};
use types::market::TsNanos;

use super::calls::Asked;
use super::play::{MILLI, Next, SECOND, World, millis};
use super::steps::Steps;

/// A lost event is found with the next reconciliation, nanoseconds: the hub's `reconcile_every`.
const FOUND_WITHIN: i64 = 60 * SECOND;
/// The caller of a request that is lost waits so long, nanoseconds.
const WAITED: i64 = 10 * SECOND;
/// The next life of a process that a message kills starts so much later, milliseconds: as fast as anybody starts one anew.
const DOWN_MS: u64 = 1_000;
/// What is lost until further notice is so until so long before faults are over, nanoseconds: the last call that was lost is given
/// up 10 s later, and the breaker that this opens stays so for 60 s (spec: "Execution").
const OVER_BEFORE: i64 = 75 * SECOND;

/// What goes wrong at an exact place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "aim", rename_all = "snake_case")]
pub enum Aim {
    /// An operation of a disk.
    Disk {
        /// Of which.
        #[serde(default)]
        of: Medium,
        /// Which, counted from 1: the first of this number or above that the fault can strike.
        operation: u64,
        /// How it goes wrong.
        fault: DiskFault,
        /// That one only, or each from then on.
        times: Repeats,
    },
    /// A message between the hub and the venue.
    Message {
        /// Of which kind.
        way: Way,
        /// Which of its kind, counted from 1.
        number: u64,
        /// What becomes of it.
        fate: Fate,
    },
    /// Three entries, their cancellations and fills and a restart, one after the other.
    Steps {
        /// In this order.
        steps: Steps,
    },
}

/// How an operation of a disk goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// The power goes in the middle of it; a write is torn.
    PowerCut,
    /// It fails with `EIO`.
    InputOutput,
    /// It fails with `ENOSPC`.
    NoSpace,
    /// A write writes some of its bytes and says so.
    ShortWrite,
    /// A sync fails and forgets what it did not write.
    SyncFails,
    /// A write says that it went well, and one bit of it is wrong.
    FlippedBit,
    /// A write says that it went well, and went elsewhere.
    Misdirected,
    /// A read gives fewer bytes than were asked for and are there, and says so.
    ShortRead,
    /// A read says that it went well, and one bit of what it gives is wrong.
    FlippedRead,
}

/// A disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// The journal's.
    #[default]
    Journal,
    /// The one of the keys that sign it.
    Keys,
}

impl DiskFault {
    const fn on_disk(self) -> Fault {
        match self {
            Self::PowerCut => Fault::PowerCut,
            Self::InputOutput => Fault::InputOutput,
            Self::NoSpace => Fault::NoSpace,
            Self::ShortWrite => Fault::ShortWrite,
            Self::SyncFails => Fault::SyncFails,
            Self::FlippedBit => Fault::FlippedBit,
            Self::Misdirected => Fault::Misdirected,
            Self::ShortRead => Fault::ShortRead,
            Self::FlippedRead => Fault::FlippedRead,
        }
    }
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// Once.
    Once,
    /// From then on, until faults are over.
    Always,
}

impl Repeats {
    const fn on_disk(self) -> Times {
        match self {
            Self::Once => Times::Once,
            Self::Always => Times::Always,
        }
    }
}

/// A kind of message between the hub and the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A request of the hub.
    Request,
    /// The venue's answer to one.
    Reply,
    /// What the account's stream says.
    Event,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is lost; nobody says so.
    Lost,
    /// It is lost, and all of its kind behind it, until 75 s before faults are over.
    LostOnwards,
    /// It is lost because its stream is cut; of events alone.
    Cut,
    /// It is lost, and the account's stream is cut and refused for so many milliseconds: nobody tells of it by another way.
    LostUnheard(u64),
    /// It arrives at once and is carried out so many milliseconds late; of requests alone.
    Slow(u64),
    /// The process is killed before it: a request does not leave, an answer or event finds nobody.
    KilledBefore,
    /// The process is killed behind it: a request has left, an answer or event is heard, and nothing that follows is on disk.
    KilledBehind,
    /// It comes twice.
    Twice,
    /// It comes so many milliseconds late.
    Late(u64),
}

/// Messages that have passed, by kind.
#[derive(Debug, Default)]
pub(super) struct Passed {
    requests: u64,
    replies: u64,
    events: u64,
    /// Until then the account's stream is refused.
    unheard: TsNanos,
}

impl Passed {
    const fn count(&mut self, way: Way) -> u64 {
        let count = match way {
            Way::Request => &mut self.requests,
            Way::Reply => &mut self.replies,
            Way::Event => &mut self.events,
        };
        *count += 1;
        *count
    }
}

impl Aim {
    /// Returns the fate of a message of a kind.
    fn of(&self, seen: Way, passes: u64) -> Option<Fate> {
        let Self::Message { way, number, fate } = self else { return None };
        let meets = match fate {
            Fate::LostOnwards => passes >= *number,
            Fate::Lost
            | Fate::Cut
            | Fate::LostUnheard(_)
            | Fate::Slow(_)
            | Fate::KilledBefore
            | Fate::KilledBehind
            | Fate::Twice
            | Fate::Late(_) => passes == *number,
        };
        (*way == seen && meets).then_some(*fate)
    }
}

impl World {
    /// Takes aim: what is not about a message lies ready before the world begins.
    pub(super) fn take_aim(&mut self) {
        for aim in self.plan.aims.clone() {
            match aim {
                Aim::Disk { of, operation, fault, times } => {
                    self.store.aim(of, operation, fault.on_disk(), times.on_disk());
                }
                Aim::Steps { steps } => self.schedule = Some(steps.begin()),
                Aim::Message { .. } => {}
            }
        }
    }

    /// Counts a message; returns its fate, if it has another than to arrive.
    pub(super) fn fate(&mut self, way: Way) -> Option<Fate> {
        if self.plan.aims.is_empty() || self.healing {
            return None;
        }
        let number = self.passed.count(way);
        let fate = self.plan.aims.iter().find_map(|aim| aim.of(way, number))?;
        let end = self.begun.plus(i64::from(self.plan.minutes) * 60 * SECOND);
        if fate == Fate::LostOnwards && self.now >= end.plus(-OVER_BEFORE) {
            return None;
        }
        self.say(format_args!("{way:?} {number} meets {fate:?}"));
        self.counts.aimed = self.counts.aimed.or(Some(number));
        self.part_for(way, fate);
        Some(fate)
    }

    /// A message that is late or lost parts us from the venue for as long as nobody can know.
    fn part_for(&mut self, way: Way, fate: Fate) {
        let lost = match way {
            Way::Request | Way::Reply => WAITED,
            Way::Event => FOUND_WITHIN,
        };
        match fate {
            Fate::Lost | Fate::LostOnwards => self.part(lost),
            Fate::LostUnheard(by) => self.part(lost.max(millis(by))),
            Fate::Late(by) | Fate::Slow(by) => self.part(millis(by)),
            Fate::Cut => self.part(0),
            Fate::Twice | Fate::KilledBefore | Fate::KilledBehind => {}
        }
    }

    /// Kills the process at a moment, if it lives until then.
    pub(super) fn die_at(&mut self, at: TsNanos) {
        self.agenda.at(at, Next::Die { life: self.life, down_ms: DOWN_MS });
    }

    /// Cuts the account's stream, and refuses it for a time.
    pub(super) fn unhear(&mut self, by_ms: u64) {
        self.passed.unheard = self.now.plus(millis(by_ms));
        self.cut_stream();
    }

    /// Returns whether the account's stream is refused.
    pub(super) fn is_unheard(&self) -> bool {
        self.now < self.passed.unheard
    }

    /// Returns a request that goes on its way now; sees to it that one with another fate meets that.
    pub(super) fn aim_request(&mut self, asked: Box<Asked>) -> Option<Box<Asked>> {
        let Some(fate) = self.fate(Way::Request) else { return Some(asked) };
        match fate {
            Fate::Lost | Fate::LostOnwards => self.lose(&asked),
            Fate::LostUnheard(by) => {
                self.unhear(by);
                self.lose(&asked);
            }
            Fate::Twice => {
                let again = Box::new(asked.unanswered());
                self.agenda.at(self.now.plus(70 * MILLI), Next::Arrives(again));
                return Some(asked);
            }
            Fate::Late(by) => self.agenda.at(self.now.plus(millis(by)), Next::Arrives(asked)),
            Fate::Slow(by) => self.agenda.at(self.now.plus(millis(by)), Next::Executes(asked)),
            Fate::KilledBefore => self.doomed = Some(DOWN_MS),
            Fate::KilledBehind => {
                self.doomed = Some(DOWN_MS);
                return Some(asked);
            }
            Fate::Cut => return Some(asked),
        }
        None
    }
}
