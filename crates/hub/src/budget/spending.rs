//! The queue before a venue: [`Budget`].

use std::collections::{BTreeMap, VecDeque};

use types::limits::{Cost, Limit, Throttle, Used};
use types::market::TsNanos;

use super::config::check_limits;
use super::gate::Gate;
use super::window::Window;
use super::{BudgetConfig, BudgetConfigError, Class};

/// Names a request; chosen by who asks, never twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A request that wants to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its name.
    pub ticket: Ticket,
    /// What it is for.
    pub class: Class,
    /// What it adds to each count.
    pub cost: Cost,
    /// When it is of no use any more.
    pub give_up: TsNanos,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody wants to send.
    Ask(Ask),
    /// A request that waits is not wanted any more.
    Withdraw(Ticket),
    /// A request that was sent was answered, or is given up for lost.
    Settled {
        /// Which.
        ticket: Ticket,
        /// The venue's own counts, if it told them.
        used: Vec<Used>,
        /// The venue said "stop".
        throttle: Option<Throttle>,
    },
    /// A deadline has come.
    Timer,
}

/// Why a request is handed back unsent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// It waited until it was of no use.
    TooLate {
        /// For how long it waited, nanoseconds.
        waited_nanos: i64,
    },
    /// It alone is more than its class may fill of a limit.
    NeverFits {
        /// The limit.
        limit: Limit,
    },
    /// As many of its class wait as may.
    QueueFull {
        /// That many.
        waiting: usize,
    },
    /// The ticket names another request that waits or flies.
    TicketTaken,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send it now; settle it when the answer is there.
    Send(Ticket),
    /// Tell who asked that it was not sent.
    GiveUp(Ticket, GaveUp),
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    ask: Ask,
    since: TsNanos,
}

#[derive(Clone, Copy, Debug)]
struct Flying {
    cost: Cost,
    since: TsNanos,
    /// When it counts as settled whatever comes.
    lost: TsNanos,
}

/// The requests before a venue and the limits they must fit in.
///
/// Cancels go first, then reducing orders, look-ups, stops, entries, market data; in a class the first that came. A
/// request that waits holds back everything that would use up what it lacks and matters less. Starvation has two
/// bounds: market data that has waited `starved_after` goes before entries, so it waits at most one interval longer
/// while all else leaves room below the ceiling of entries; and no request waits beyond its own `give_up`.
#[derive(Clone, Debug)]
pub struct Budget {
    config: BudgetConfig,
    windows: Vec<Window>,
    gate: Gate,
    waiting: [VecDeque<Waiting>; 6],
    flying: BTreeMap<Ticket, Flying>,
    commands: VecDeque<Command>,
    now: TsNanos,
}

impl Budget {
    /// Returns a budget of which nothing is used.
    ///
    /// # Errors
    /// `BudgetConfigError` if the limits cannot be kept.
    pub fn new(config: BudgetConfig) -> Result<Self, BudgetConfigError> {
        config.check()?;
        Ok(Self {
            windows: config.limits.iter().copied().map(Window::new).collect(),
            config,
            gate: Gate::default(),
            waiting: Default::default(),
            flying: BTreeMap::new(),
            commands: VecDeque::new(),
            now: TsNanos::from_nanos(i64::MIN),
        })
    }

    /// Takes what happened. Time that runs backwards stands still.
    pub fn handle(&mut self, input: Input, now: TsNanos) {
        self.now = self.now.max(now);
        self.pass_time();
        match input {
            Input::Ask(ask) => self.ask(ask),
            Input::Withdraw(ticket) => self.withdraw(ticket),
            Input::Settled { ticket, used, throttle } => self.settled(ticket, &used, throttle),
            Input::Timer => {}
        }
        self.grant_what_fits();
    }

    /// Returns the next thing to be done.
    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Returns when [`Input::Timer`] is wanted at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        let lost = self.flying.values().map(|flying| flying.lost);
        let waiting = self.waiting.iter().flatten();
        if self.waiting.iter().all(VecDeque::is_empty) {
            return lost.min();
        }
        let starved = self.config.starved_after_nanos;
        let starving = self.waiting[Class::Data.index()].front();
        waiting
            .map(|waiting| waiting.ask.give_up)
            .chain(lost)
            .chain(starving.map(|data| data.since.plus(starved)).filter(|at| *at > self.now))
            .chain(self.windows.iter().filter_map(Window::next_forgotten))
            .chain(self.gate.next_opening())
            .min()
    }

    /// Takes over limits that the venue declares anew; what has been counted stays counted.
    ///
    /// # Errors
    /// `BudgetConfigError` if they cannot be kept; the old ones stay then.
    pub fn set_limits(&mut self, limits: Vec<Limit>) -> Result<(), BudgetConfigError> {
        check_limits(&limits)?;
        let mut old = std::mem::take(&mut self.windows);
        let key = |limit: &Limit| (limit.kind, limit.interval_nanos);
        self.windows = limits
            .iter()
            .map(|limit| match old.iter().position(|window| key(&window.limit) == key(limit)) {
                Some(place) => old.swap_remove(place).with_limit(*limit),
                None => self.begun(*limit),
            })
            .collect();
        self.config.limits = limits;
        self.grant_what_fits();
        Ok(())
    }

    /// Returns, for each limit, how much of it may be used up in the worst case.
    pub fn used(&self) -> impl Iterator<Item = (Limit, u64)> {
        self.windows.iter().map(|window| (window.limit, window.used()))
    }

    /// Returns how many requests of a class wait.
    #[must_use]
    pub fn waiting(&self, class: Class) -> usize {
        self.waiting[class.index()].len()
    }

    /// Returns until when a request of this cost is kept back because the venue said "stop".
    #[must_use]
    pub fn closed_for(&self, cost: &Cost) -> Option<TsNanos> {
        self.gate.closed_for(cost)
    }

    /// A window of a limit that was not known before: what is flying counts.
    fn begun(&self, limit: Limit) -> Window {
        let mut window = Window::new(limit);
        for flying in self.flying.values() {
            window.grant(flying.cost.of(limit.kind));
        }
        window
    }

    fn pass_time(&mut self) {
        let now = self.now;
        for window in &mut self.windows {
            window.forget(now);
        }
        self.gate.open(now);
        let lost: Vec<Ticket> = self
            .flying
            .iter()
            .filter(|(_, flying)| flying.lost <= now)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in lost {
            self.land(ticket);
        }
        for queue in &mut self.waiting {
            queue.retain(|waiting| {
                let useful = waiting.ask.give_up > now;
                if !useful {
                    let waited_nanos = now.since(waiting.since);
                    let why = GaveUp::TooLate { waited_nanos };
                    self.commands.push_back(Command::GiveUp(waiting.ask.ticket, why));
                }
                useful
            });
        }
    }

    fn ask(&mut self, ask: Ask) {
        if let Err(why) = self.check(&ask) {
            self.commands.push_back(Command::GiveUp(ask.ticket, why));
            return;
        }
        self.waiting[ask.class.index()].push_back(Waiting { ask, since: self.now });
    }

    fn check(&self, ask: &Ask) -> Result<(), GaveUp> {
        let same = |waiting: &Waiting| waiting.ask.ticket == ask.ticket;
        if self.flying.contains_key(&ask.ticket) || self.waiting.iter().flatten().any(same) {
            return Err(GaveUp::TicketTaken);
        }
        if ask.give_up <= self.now {
            return Err(GaveUp::TooLate { waited_nanos: 0 });
        }
        for Window { limit, .. } in &self.windows {
            let ceiling = self.config.ceilings.of(ask.class, limit.max);
            if u64::from(ask.cost.of(limit.kind)) > ceiling {
                return Err(GaveUp::NeverFits { limit: *limit });
            }
        }
        let waiting = self.waiting(ask.class);
        if waiting >= self.config.waiting_max {
            return Err(GaveUp::QueueFull { waiting });
        }
        Ok(())
    }

    fn withdraw(&mut self, ticket: Ticket) {
        for queue in &mut self.waiting {
            queue.retain(|waiting| waiting.ask.ticket != ticket);
        }
    }

    fn settled(&mut self, ticket: Ticket, used: &[Used], throttle: Option<Throttle>) {
        // Settled twice, or after it was given up for lost: what the venue says holds all the same.
        let landed = self.land(ticket);
        let sent = landed.map(|flying| flying.since);
        for told in used {
            let now = self.now;
            let concerned = self.windows.iter_mut().filter(|window| {
                (window.limit.kind, window.limit.interval_nanos) == (told.kind, told.interval_nanos)
            });
            for window in concerned {
                window.told(told.count, sent, now);
            }
        }
        match (throttle, landed) {
            (Some(throttle), _) => self.gate.close(throttle, &self.config.limits, self.now),
            (None, Some(flying)) => self.gate.passed(&flying.cost),
            (None, None) => {}
        }
    }

    /// Settles a request in every window; returns it if it was flying.
    fn land(&mut self, ticket: Ticket) -> Option<Flying> {
        let flying = self.flying.remove(&ticket)?;
        let now = self.now;
        for window in &mut self.windows {
            window.settle(flying.cost.of(window.limit.kind), now);
        }
        Some(flying)
    }

    fn grant_what_fits(&mut self) {
        while let Some(class) = self.next_to_go() {
            let queue = &mut self.waiting[class.index()];
            let Waiting { ask, .. } = queue.pop_front().expect("a class that may go has a head");
            for window in &mut self.windows {
                window.grant(ask.cost.of(window.limit.kind));
            }
            let lost = self.now.plus(self.config.flight_max_nanos);
            self.flying.insert(ask.ticket, Flying { cost: ask.cost, since: self.now, lost });
            self.commands.push_back(Command::Send(ask.ticket));
        }
    }

    /// Returns the first class whose head fits and takes nothing from one that waits before it.
    fn next_to_go(&self) -> Option<Class> {
        let mut held_back: Vec<(Class, Waiting)> = Vec::new();
        for class in self.order() {
            let Some(&head) = self.waiting[class.index()].front() else { continue };
            let ceiling = self.ceiling_of(class, &head);
            let fits = self.gate.closed_for(&head.ask.cost).is_none()
                && self.windows.iter().all(|window| self.fits(window, ceiling, &head));
            let takes = held_back
                .iter()
                .any(|(before, waiting)| self.takes_from((*before, waiting), (ceiling, &head)));
            if fits && !takes {
                return Some(class);
            }
            held_back.push((ceiling, head));
        }
        None
    }

    /// The classes in the order in which they go now.
    fn order(&self) -> [Class; 6] {
        let [cancel, reduce, look_up, protect, enter, data] = Class::ALL;
        let last = if self.starved() { [data, enter] } else { [enter, data] };
        [cancel, reduce, look_up, protect, last[0], last[1]]
    }

    fn starved(&self) -> bool {
        let head = self.waiting[Class::Data.index()].front();
        head.is_some_and(|head| self.now.since(head.since) >= self.config.starved_after_nanos)
    }

    /// Whose ceiling a head goes by: starved data goes by that of entries.
    fn ceiling_of(&self, class: Class, head: &Waiting) -> Class {
        let starved = self.now.since(head.since) >= self.config.starved_after_nanos;
        if class == Class::Data && starved { Class::Enter } else { class }
    }

    fn fits(&self, window: &Window, ceiling: Class, head: &Waiting) -> bool {
        let amount = u64::from(head.ask.cost.of(window.limit.kind));
        amount == 0 || window.used() + amount <= self.config.ceilings.of(ceiling, window.limit.max)
    }

    /// Whether the later head would use up what the earlier one lacks: a limit both add to, in which the earlier one
    /// does not fit, and no share of which is kept for the later. Each goes with whose ceiling it goes by.
    fn takes_from(&self, earlier: (Class, &Waiting), later: (Class, &Waiting)) -> bool {
        let of = |ceiling| self.config.ceilings.percent(ceiling);
        let kept = of(later.0) > of(earlier.0);
        self.windows.iter().any(|window| {
            let kind = window.limit.kind;
            later.1.ask.cost.of(kind) > 0 && !self.fits(window, earlier.0, earlier.1) && !kept
        })
    }
}

#[cfg(test)]
mod tests;
