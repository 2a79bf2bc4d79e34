//! [`Line`]: a small script, exhaustively: one thing goes wrong at place 1, 2, ... of it until there is no such place.

use super::aim::{Aim, DiskFault, Fate, Medium, Repeats, Way};
use super::kind::{Act, Kind, Point};
use super::plan::{Fault, Plan, Workload};
use super::play::run;
use super::report::{Outcome, Violation};
use super::steps::Steps;
use crate::market::Features;

/// No script has so many places: a line that reaches it does not end.
const PLACES_MAX: u64 = 20_000;
/// The market of the scripts: one in which entries fill, stops rest and nobody else trades in the seconds of the steps.
const SEED: u64 = 35;
/// The hub of a script starts so many minutes after midnight; entries are decided on a quarter past.
const STARTS: u64 = 14;

/// What goes wrong along a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Disk(Medium, DiskFault, Repeats),
    Message(Way, Fate),
    Steps,
}

/// One thing that goes wrong, at each place in turn.
#[derive(Clone, Debug)]
pub struct Line {
    what: What,
    first: u64,
    every: u64,
}

/// What came of a line.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Walked {
    /// The line's name.
    pub line: String,
    /// Worlds that were played in which it went wrong.
    pub runs: u64,
    /// The last place at which it went wrong; of steps, how many orders there are.
    pub places: u64,
    /// Steps that came about at their turn, of so many; none of other lines.
    pub steps: (u64, u64),
    /// What does not hold.
    pub failed: Vec<Broken>,
}

/// A place at which the script does not hold.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Broken {
    /// The line's name.
    pub line: String,
    /// The place.
    pub place: u64,
    /// What was played.
    pub plan: Plan,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

/// Returns the script: two symbols, entries at a quarter past, a kill that nobody notices for ten minutes, a planned restart,
/// exits at half past.
#[must_use]
pub fn script() -> Plan {
    let minute = 60_000;
    let killed = Kind::Killed { down_ms: 10 * minute, point: Point::Anywhere };
    let restart = Kind::Operator { act: Act::Restart };
    Plan {
        seed: SEED,
        minutes: 31,
        starts_ms: STARTS * minute,
        symbols: 2,
        patience_s: 20,
        coins: false,
        solo: false,
        limits_percent: 100,
        gross_percent: 100,
        open_orders: None,
        drawdown_percent: 8,
        workload: Workload {
            random: true,
            entries_percent: 100,
            targets: false,
            stop_atr_tenths: 30,
            time_stop_bars: 1,
            together: true,
        },
        features: Features::NONE,
        faults: vec![
            Fault { at_ms: 16 * minute, kind: killed },
            Fault { at_ms: 27 * minute, kind: restart },
        ],
        aims: Vec::new(),
    }
}

/// Returns the script of the steps: three symbols, entries of all three at a quarter past.
#[must_use]
pub fn script_of_steps() -> Plan {
    Plan { minutes: 16, symbols: 3, patience_s: 600, faults: Vec::new(), ..script() }
}

impl Walked {
    /// Adds another part of the same line.
    pub fn add(&mut self, part: Self) {
        self.runs += part.runs;
        self.places = self.places.max(part.places);
        self.steps = (self.steps.0 + part.steps.0, self.steps.1 + part.steps.1);
        self.failed.extend(part.failed);
    }
}

impl Line {
    /// Returns every line; of each, one place in `every`, of the steps one in `every_steps`. Steps are dealt out to so many lines,
    /// so that they can be walked at once.
    #[must_use]
    pub fn all(every: u64, every_steps: u64, hands: u64) -> Vec<Self> {
        let (every, every_steps) = (every.max(1), every_steps.max(1));
        let line = |what| Self { what, first: 1, every };
        let (disk, messages) = (disk_lines(), message_lines());
        let mut lines: Vec<Self> = disk.into_iter().chain(messages).map(line).collect();
        let hands = hands.max(1);
        lines.extend((0..hands).map(|hand| Self {
            what: What::Steps,
            first: 1 + hand * every_steps,
            every: every_steps * hands,
        }));
        lines
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> String {
        let word = |word: &str| word.to_lowercase();
        match self.what {
            What::Disk(Medium::Journal, fault, times) => format!("disk-{fault:?}-{times:?}"),
            What::Disk(Medium::Keys, fault, times) => format!("keys-{fault:?}-{times:?}"),
            What::Message(way, Fate::Late(by)) => format!("{way:?}-late-{by}"),
            What::Message(way, Fate::Slow(by)) => format!("{way:?}-slow-{by}"),
            What::Message(way, Fate::LostUnheard(by)) => format!("{way:?}-lostunheard-{by}"),
            What::Message(way, fate) => format!("{way:?}-{fate:?}"),
            What::Steps => "steps".to_owned(),
        }
        .split('-')
        .map(word)
        .collect::<Vec<_>>()
        .join("-")
    }

    /// Returns whether it is about a disk.
    #[must_use]
    pub const fn is_disk(&self) -> bool {
        matches!(self.what, What::Disk(..))
    }

    /// Returns whether it is about the disk of the keys.
    #[must_use]
    pub const fn is_keys(&self) -> bool {
        matches!(self.what, What::Disk(Medium::Keys, ..))
    }

    /// Returns whether it is about orders of steps.
    #[must_use]
    pub const fn is_steps(&self) -> bool {
        matches!(self.what, What::Steps)
    }

    /// Plays each of its places until there is none; `tell` hears of each world.
    #[must_use]
    pub fn walk(&self, mut tell: impl FnMut(&Outcome)) -> Walked {
        let orders = if self.is_steps() { Steps::all() } else { Vec::new() };
        let mut walked = Walked {
            line: self.name(),
            runs: 0,
            places: orders.len() as u64,
            steps: (0, 0),
            failed: Vec::new(),
        };
        let mut place = self.first;
        while let Some(plan) = self.plan(place, &orders) {
            assert!(place < PLACES_MAX * 10, "a line of scripts does not end");
            let outcome = run(&plan, None).expect("a script can be played");
            tell(&outcome);
            let panicked = outcome.violations.iter().any(|violation| violation.rule == "panics");
            if !outcome.violations.is_empty() {
                let (line, violations) = (self.name(), outcome.violations);
                walked.failed.push(Broken { line, place, plan: plan.clone(), violations });
            }
            let Some(met) = self.met(place, outcome.counts.aimed, panicked) else { break };
            walked.runs += 1;
            if self.is_steps() {
                walked.steps.0 += outcome.counts.aimed.unwrap_or(0);
                walked.steps.1 += orders.first().map_or(0, Steps::len) as u64;
            } else {
                walked.places = met;
            }
            while place <= met {
                place += self.every;
            }
        }
        walked
    }

    /// Returns what is played at a place, counted from 1; `None` if there is no such order of steps.
    #[must_use]
    pub fn plan_at(&self, place: u64) -> Option<Plan> {
        let orders = if self.is_steps() { Steps::all() } else { Vec::new() };
        self.plan(place, &orders)
    }

    fn plan(&self, place: u64, orders: &[Steps]) -> Option<Plan> {
        let (script, aim) = match self.what {
            What::Disk(of, fault, times) => {
                (script(), Aim::Disk { of, operation: place, fault, times })
            }
            What::Message(way, fate) => (script(), Aim::Message { way, number: place, fate }),
            What::Steps => {
                let steps = orders.get(usize::try_from(place - 1).ok()?)?.clone();
                (script_of_steps(), Aim::Steps { steps })
            }
        };
        Some(Plan { aims: vec![aim], ..script })
    }

    /// Returns the place at which something went wrong, this or a later one; `None` if the script has no such place.
    const fn met(&self, place: u64, aimed: Option<u64>, panicked: bool) -> Option<u64> {
        match (self.what, aimed) {
            (What::Steps, _) => Some(place),
            (What::Disk(..) | What::Message(..), Some(met)) if met >= place => Some(met),
            (What::Disk(..) | What::Message(..), _) if panicked => Some(place),
            (What::Disk(..) | What::Message(..), _) => None,
        }
    }
}

fn disk_lines() -> Vec<What> {
    let faults = [
        DiskFault::PowerCut,
        DiskFault::InputOutput,
        DiskFault::NoSpace,
        DiskFault::ShortWrite,
        DiskFault::SyncFails,
        DiskFault::FlippedBit,
        DiskFault::Misdirected,
        DiskFault::ShortRead,
        DiskFault::FlippedRead,
    ];
    // The power goes once. And keys that are never written right make another journal of it at each start, under other names,
    // which these hubs do not take over.
    let silent = |fault| matches!(fault, DiskFault::FlippedBit | DiskFault::Misdirected);
    let line = move |of, fault, times| {
        let always = times == Repeats::Always;
        let never = fault == DiskFault::PowerCut || of == Medium::Keys && silent(fault);
        (!always || !never).then_some(What::Disk(of, fault, times))
    };
    let both = |of| {
        let each =
            move |fault| [Repeats::Once, Repeats::Always].map(|times| line(of, fault, times));
        faults.into_iter().flat_map(each).flatten()
    };
    both(Medium::Journal).chain(both(Medium::Keys)).collect()
}

/// The stream of the account is refused for so long, milliseconds: longer than anybody waits for an answer.
const UNHEARD_MS: u64 = 15_000;
/// A venue that carries a request out so late, milliseconds, does so when the gateway has given it up, and within its own time-out.
const SLOW_MS: u64 = 8_000;

fn message_lines() -> Vec<What> {
    // Of a request: on time by `recvWindow`, past it, past the caller's patience.
    let requests = [Fate::Lost, Fate::LostOnwards, Fate::Twice, Fate::Slow(SLOW_MS)]
        .into_iter()
        .chain([1_500, 4_000, 12_000].map(Fate::Late))
        .map(|fate| What::Message(Way::Request, fate));
    // Of an answer: before the gateway looks the order up, behind that.
    let replies = [Fate::Lost, Fate::LostOnwards, Fate::LostUnheard(UNHEARD_MS), Fate::Twice]
        .into_iter()
        .chain([1_500, 8_000].map(Fate::Late))
        .map(|fate| What::Message(Way::Reply, fate));
    let events = [Fate::Lost, Fate::Cut, Fate::LostUnheard(UNHEARD_MS), Fate::Twice]
        .into_iter()
        .chain([500, 5_000].map(Fate::Late))
        .map(|fate| What::Message(Way::Event, fate));
    let kills = [Way::Request, Way::Reply, Way::Event].into_iter().flat_map(|way| {
        [Fate::KilledBefore, Fate::KilledBehind].map(|fate| What::Message(way, fate))
    });
    requests.chain(replies).chain(events).chain(kills).collect()
}
