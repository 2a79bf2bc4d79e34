//! [`World`]: everything there is, and what happens next.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hub::system::Agreed;
use types::entry::Entry;
use types::feed::LinkEvent;
use types::feed::SourceId;
use types::ids::{Asset, Symbol};
use types::market::{Timeframe, TsNanos};
use types::num::Money;
use types::venue::UserEvent;

use super::adopting::Differences;
use super::agenda::Agenda;
use super::aim::Passed;
use super::calls::{Asked, Came};
use super::clock::Clock;
use super::dice::Dice;
use super::doors::Doors;
use super::kind::Point;
use super::marking::Marking;
use super::marks::Marks;
use super::plan::Plan;
use super::process::{Newborn, Process, RESTART_MS, Setting};
use super::report::{Counts, Outcome, Violation};
use super::second::Sleeper;
use super::snapshots::Snapshot;
use super::steps::Schedule;
use super::store::Store;
use super::trace::{Lines, Trace};
use super::venue::Venue;

pub(super) const MILLI: i64 = 1_000_000;
pub(super) const SECOND: i64 = 1_000 * MILLI;
/// Market data is told so often, nanoseconds: a quote of each symbol.
pub(super) const TICK: i64 = 5 * SECOND;
/// Somebody looks after the system so often, nanoseconds.
const ATTEND: i64 = 60 * SECOND;
/// Most things that one world does; one that does more does not end.
const EVENTS_MAX: u64 = 2_000_000_000;

/// What happens next.
#[derive(Debug)]
pub(super) enum Next {
    /// A fault of the plan begins.
    Begins(usize),
    /// A fault of the plan ends.
    Ends(usize),
    /// What parts us from the venue goes on.
    Parted,
    /// The process starts.
    Start,
    /// It begins, where it had to wait.
    Ready { life: u64 },
    /// A process that was stopped goes on.
    Wakes,
    /// The process comes to its end.
    Die { life: u64, down_ms: u64 },
    /// A request reaches the venue's edge.
    Arrives(Box<Asked>),
    /// The venue carries a request out.
    Executes(Box<Asked>),
    /// An answer reaches the process.
    Answered { life: u64, came: Box<Came> },
    /// The account's stream is asked for.
    Listen { life: u64 },
    /// The account's stream stands, or does not.
    Stream { life: u64, number: u64, why: Option<String> },
    /// The account's stream says something.
    Says { life: u64, number: u64, event: Box<UserEvent> },
    /// A connection of market data says something.
    Link { life: u64, source: SourceId, number: u64, events: Vec<LinkEvent> },
    /// The turn of the next step has come.
    Turn,
    /// Market data is told.
    Tick,
    /// A commit of the journal ends.
    Commit { life: u64 },
    /// A full disk is tried again.
    TryAgain { life: u64 },
    /// Somebody looks after the system.
    Attend,
    /// An operator agrees to what he was shown of somebody else's trades.
    Agrees { symbol: Symbol, money: Option<Money>, agreed: Agreed },
    /// Faults are over.
    Heal,
    /// The world has to be whole again.
    Converged,
    /// An orderly end begins.
    Stop,
    /// The world is over.
    End,
}

/// The hub with its journal, a venue, the links between them.
pub struct World {
    pub(super) plan: Plan,
    pub(super) now: TsNanos,
    pub(super) begun: TsNanos,
    pub(super) agenda: Agenda<Next>,
    pub(super) venue: Venue,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) setting: Setting,
    pub(super) process: Option<Process>,
    /// One that has started and keeps quiet yet.
    pub(super) newborn: Option<Newborn>,
    /// Number of the life; what is meant for an earlier one comes to nothing.
    pub(super) life: u64,
    /// Faults of the plan that are on.
    pub(super) on: BTreeMap<usize, Dice>,
    /// Until when we are parted from the venue, or not yet together again.
    pub(super) parted: TsNanos,
    /// A `Parted` is on the agenda.
    pub(super) parted_told: bool,
    /// Where the process is to die next.
    pub(super) armed: Option<(Point, u64)>,
    /// The process dies when it is done with what it is at.
    pub(super) doomed: Option<u64>,
    /// The process is stopped for so long, milliseconds, behind the next request that places.
    pub(super) sleepy: Option<u64>,
    /// It is stopped for so long when it is done with what it is at.
    pub(super) sleeps: Option<u64>,
    /// One that was stopped.
    pub(super) sleeper: Option<Sleeper>,
    pub(super) links: Dice,
    pub(super) disk: Dice,
    /// The process was told that the disk is full.
    pub(super) journal_full: bool,
    pub(super) healing: bool,
    /// The world has to be whole by then.
    pub(super) heals_by: TsNanos,
    /// What somebody else traded, and a person looks at.
    pub(super) differences: Differences,
    /// Since when something that a person ends keeps the system from trading.
    pub(super) held_since: Option<TsNanos>,
    pub(super) over: bool,
    /// What a hub without a journal wrote elsewhere, until the next opening adopts it.
    pub(super) emergency: Vec<Entry>,
    /// The newest one.
    pub(super) snapshot: Option<Snapshot>,
    /// For how long a hub goes on when its journal fails, milliseconds.
    pub(super) goes_on_ms: u64,
    pub(super) tickets: u64,
    /// Messages that have passed.
    pub(super) passed: Passed,
    /// Steps whose turn has not come.
    pub(super) schedule: Option<Schedule>,
    pub(super) trace: Trace,
    pub(super) marks: Marks,
    pub(super) marking: Marking,
    pub(super) doors: Doors,
    pub(super) counts: Counts,
    pub(super) violations: Vec<Violation>,
    pub(super) ticks: u64,
}

/// Plays a plan to its end and judges it. `out` gets each line of the trace. A panic is a violation like any other.
///
/// # Errors
/// `PlanError` if the plan cannot be played.
pub fn run(plan: &Plan, out: Lines) -> Result<Outcome, super::plan::PlanError> {
    plan.check()?;
    let world = World::new(plan.clone(), out);
    let played = catch_unwind(AssertUnwindSafe(|| world.play()));
    Ok(played.unwrap_or_else(|why| Outcome::panicked(plan, &*why)))
}

impl World {
    /// Returns the world of a plan before its beginning.
    #[must_use]
    pub fn new(plan: Plan, out: Lines) -> Self {
        let settlement = Asset::new("USDT").expect("it is a name");
        let store = Store::new(plan.seed);
        let setting = Setting::new(&plan, store.id(), settlement.clone());
        let timeframes: Vec<Timeframe> = setting.timeframes();
        let venue = Venue::new(&plan, &timeframes, &settlement, Money::from_units(12_000));
        let now = venue.now();
        let mut world = Self {
            now,
            begun: now,
            agenda: Agenda::new(plan.seed),
            store,
            clock: Clock::new(now),
            setting,
            venue,
            process: None,
            newborn: None,
            life: 0,
            on: BTreeMap::new(),
            parted: TsNanos::EPOCH,
            parted_told: false,
            armed: None,
            doomed: None,
            sleepy: None,
            sleeps: None,
            sleeper: None,
            links: Dice::new(plan.seed, "links", 0),
            disk: Dice::new(plan.seed, "disk", 0),
            journal_full: false,
            healing: false,
            heals_by: TsNanos::MAX,
            differences: Differences::new(plan.seed),
            held_since: None,
            over: false,
            emergency: Vec::new(),
            snapshot: None,
            goes_on_ms: RESTART_MS,
            tickets: 0,
            passed: Passed::default(),
            schedule: None,
            trace: Trace::new(out),
            marks: Marks::default(),
            marking: Marking::default(),
            doors: Doors::default(),
            counts: Counts::default(),
            violations: Vec::new(),
            ticks: 0,
            plan,
        };
        world.take_aim();
        world.plan_ahead();
        world
    }

    /// Puts on the agenda what the plan says.
    fn plan_ahead(&mut self) {
        let begun = self.begun;
        self.agenda.at(begun.plus(millis(self.plan.starts_ms)), Next::Start);
        self.agenda.at(begun, Next::Tick);
        self.agenda.at(begun.plus(ATTEND), Next::Attend);
        for (place, fault) in self.plan.faults.iter().enumerate() {
            let at = begun.plus(millis(fault.at_ms));
            self.agenda.at(at, Next::Begins(place));
            if let Some(lasts) = fault.kind.lasts_ms() {
                self.agenda.at(at.plus(millis(lasts)), Next::Ends(place));
            }
        }
        let end = begun.plus(i64::from(self.plan.minutes) * 60 * SECOND);
        self.agenda.at(end, Next::Heal);
    }

    /// Plays to the end.
    #[must_use]
    pub fn play(mut self) -> Outcome {
        while !self.over {
            self.counts.events += 1;
            assert!(self.counts.events < EVENTS_MAX, "the world does not end");
            self.step();
        }
        self.outcome()
    }

    /// Lets the next thing happen: the market before what is on the agenda, that before the process wakes by itself.
    fn step(&mut self) {
        let market = self.venue.next_move();
        let agenda = self.agenda.next_at().expect("the end is on it");
        let wake = self.wake_at();
        if market.is_some_and(|at| at <= agenda && wake.is_none_or(|wake| at <= wake)) {
            self.venue.step();
            self.now = self.now.max(self.venue.now());
            self.tell_account();
            return;
        }
        if let Some(wake) = wake.filter(|wake| *wake < agenda) {
            self.pass(wake);
            self.wake();
            return;
        }
        self.pass(agenda);
        if let Some(next) = self.agenda.pop() {
            self.on_next(next);
        }
    }

    fn pass(&mut self, to: TsNanos) {
        self.now = self.now.max(to);
        self.venue.pass(self.now);
    }

    fn on_next(&mut self, next: Next) {
        match next {
            Next::Begins(place) => self.begins(place),
            Next::Ends(place) => self.ends(place),
            Next::Parted => self.on_parted(),
            Next::Start => self.start(),
            Next::Ready { life } => {
                if life == self.life {
                    self.begin_life();
                }
            }
            Next::Wakes => self.wakes(),
            Next::Die { life, down_ms } => {
                if life == self.life {
                    self.die(super::store::Death::Killed, down_ms);
                }
            }
            Next::Arrives(asked) => self.arrives(asked),
            Next::Executes(asked) => self.executes(&asked),
            Next::Answered { life, came } => {
                if life == self.life {
                    self.answered(*came);
                } else {
                    self.overhears(life, *came);
                }
            }
            Next::Listen { life } => {
                if life == self.life {
                    self.listen();
                }
            }
            Next::Stream { life, number, why } => {
                if life == self.life {
                    self.stream(number, why);
                }
            }
            Next::Says { life, number, event } => {
                if life == self.life {
                    self.says(number, *event);
                }
            }
            Next::Link { life, source, number, events } => {
                if life == self.life {
                    self.link_says(source, number, events);
                }
            }
            Next::Turn => self.turn(),
            Next::Tick => self.tick(),
            Next::Commit { life } => {
                if life == self.life {
                    self.committed();
                }
            }
            Next::TryAgain { life } => {
                if life == self.life {
                    self.store.try_again();
                    self.pump();
                }
            }
            Next::Attend => {
                self.attend();
                self.agenda.at(self.now.plus(ATTEND), Next::Attend);
            }
            Next::Agrees { symbol, money, agreed } => self.agrees(symbol, money, agreed),
            Next::Heal => self.heal(),
            Next::Converged => self.converged(),
            Next::Stop => self.stop(),
            Next::End => self.over = true,
        }
        self.tell_account();
    }

    /// Adds a line to the trace.
    pub(super) fn say(&mut self, what: std::fmt::Arguments<'_>) {
        self.trace.say(self.now, what);
    }

    /// Takes down that something does not hold.
    pub(super) fn violated(&mut self, rule: &str, what: String) {
        self.say(format_args!("VIOLATION {rule}: {what}"));
        self.violations.push(Violation { rule: rule.to_owned(), what });
    }
}

/// Returns milliseconds of a plan in nanoseconds.
pub(super) fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX / MILLI).saturating_mul(MILLI)
}
