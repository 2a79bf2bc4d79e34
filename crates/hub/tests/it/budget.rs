//! Whatever is asked in whatever order, and however late it arrives, no interval of the venue holds more than its limit.

use std::collections::BTreeMap;

use hub::budget::{Ask, Budget, BudgetConfig, Class, Command, GaveUp, Input, Ticket};
use proptest::prelude::*;
use types::limits::{Cost, Limit, LimitKind};
use types::market::TsNanos;

const MILLI: i64 = 1_000_000;
/// Places in `Class::ALL`.
const ENTER: usize = 4;
const DATA: usize = 5;

/// One thing that happens; times are in milliseconds.
#[derive(Clone, Debug)]
enum Step {
    Ask {
        class: usize,
        weight: u32,
        order: bool,
        useful: i64,
    },
    Wait(i64),
    /// Settles one of those in flight, by place.
    Settle(usize),
    /// Goes on to the budget's own deadline.
    Deadline,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = (0_usize..6, 1_u32..30, any::<bool>(), 1_i64..100_000);
    let step = prop_oneof![
        6 => ask.prop_map(|(class, weight, order, useful)| Step::Ask { class, weight, order, useful }),
        3 => (0_i64..4_000).prop_map(Step::Wait),
        4 => (0_usize..64).prop_map(Step::Settle),
        2 => Just(Step::Deadline),
    ];
    proptest::collection::vec(step, 1..200)
}

fn limits() -> Vec<Limit> {
    [
        (LimitKind::Weight, 100, 60_000),
        (LimitKind::Orders, 8, 10_000),
        (LimitKind::Orders, 30, 120_000),
        (LimitKind::RawRequests, 60, 30_000),
    ]
    .map(|(kind, max, millis)| Limit { kind, max, interval_nanos: millis * MILLI })
    .to_vec()
}

#[derive(Clone, Copy)]
struct Asked {
    class: Class,
    cost: Cost,
    give_up: i64,
}

/// A venue that counts a request when it arrives: some time between its sending and its answer.
struct Venue {
    budget: Budget,
    now: i64,
    asked: Vec<Asked>,
    waiting: BTreeMap<u64, Asked>,
    /// Ticket and when it was sent.
    flying: Vec<(u64, i64)>,
    /// When each arrived, and what it cost.
    arrived: Vec<(i64, Cost)>,
    /// Which share of its flight lies before its arrival, in percent, by ticket.
    delays: Vec<u8>,
}

impl Venue {
    fn new(delays: Vec<u8>) -> Self {
        let mut config = BudgetConfig::new(limits());
        // So that nothing is given up for lost that the venue may still count.
        config.flight_max_nanos = i64::MAX;
        Self {
            budget: Budget::new(config).expect("limits that can be kept"),
            now: 0,
            asked: Vec::new(),
            waiting: BTreeMap::new(),
            flying: Vec::new(),
            arrived: Vec::new(),
            delays,
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Ask { class, weight, order, useful } => {
                let cost = Cost { weight, orders: u32::from(order), requests: 1 };
                let asked = Asked { class: Class::ALL[class], cost, give_up: self.now + useful };
                let ticket = Ticket(self.asked.len() as u64);
                self.asked.push(asked);
                self.waiting.insert(ticket.0, asked);
                let give_up = TsNanos::from_nanos(asked.give_up * MILLI);
                self.handle(Input::Ask(Ask { ticket, class: asked.class, cost, give_up }));
            }
            Step::Wait(millis) => {
                self.now += millis;
                self.handle(Input::Timer);
            }
            Step::Settle(place) => self.settle(place),
            Step::Deadline => self.go_to_deadline(),
        }
        for asked in self.waiting.values() {
            assert!(asked.give_up > self.now, "handed back when it was of no use any more");
        }
    }

    fn go_to_deadline(&mut self) {
        if let Some(at) = self.budget.next_deadline() {
            let at = at.as_nanos().div_euclid(MILLI) + 1;
            self.now = self.now.max(at.min(self.now + 1_000_000));
            self.handle(Input::Timer);
        }
    }

    fn handle(&mut self, input: Input) {
        self.budget.handle(input, TsNanos::from_nanos(self.now * MILLI));
        while let Some(command) = self.budget.poll() {
            match command {
                Command::Send(Ticket(ticket)) => {
                    let sent = self.waiting.remove(&ticket).expect("asked for and sent once");
                    self.took_no_room_of_a_cancel(sent);
                    self.flying.push((ticket, self.now));
                }
                Command::GiveUp(Ticket(ticket), why) => {
                    let asked = self.waiting.remove(&ticket).expect("asked for");
                    match why {
                        GaveUp::TooLate { .. } => assert!(asked.give_up <= self.now),
                        GaveUp::NeverFits { limit } => {
                            assert!(asked.cost.of(limit.kind) * 100 > limit.max * 60);
                        }
                        GaveUp::QueueFull { .. } | GaveUp::TicketTaken => panic!("{why:?}"),
                    }
                }
            }
        }
    }

    /// No cancel that waits lacks a limit to which this one was added.
    fn took_no_room_of_a_cancel(&self, sent: Asked) {
        let mut cancels = self.waiting.values().filter(|asked| asked.class == Class::Cancel);
        let Some(first) = cancels.next().filter(|_| sent.class != Class::Cancel) else { return };
        for (limit, used) in self.budget.used() {
            let lacks = used + u64::from(first.cost.of(limit.kind)) > u64::from(limit.max);
            let taken = first.cost.of(limit.kind) > 0 && sent.cost.of(limit.kind) > 0;
            assert!(!(lacks && taken), "{:?} took {limit:?} of a cancel", sent.class);
        }
    }

    fn settle(&mut self, place: usize) {
        if self.flying.is_empty() {
            return;
        }
        let (ticket, sent) = self.flying.remove(place % self.flying.len());
        let place = usize::try_from(ticket).expect("few tickets");
        let share = i64::from(self.delays[place % self.delays.len()]);
        self.arrived.push((sent + (self.now - sent) * share / 100, self.asked[place].cost));
        let ticket = Ticket(ticket);
        self.handle(Input::Settled { ticket, used: Vec::new(), throttle: None });
    }

    /// Checks every interval that begins with an arrival: one that begins anywhere else holds no more.
    fn check(&mut self) {
        while !self.flying.is_empty() {
            self.settle(0);
        }
        self.arrived.sort_by_key(|(at, _)| *at);
        for limit in limits() {
            for &(begin, _) in &self.arrived {
                let end = begin + limit.interval_nanos / MILLI;
                let within = self.arrived.iter().filter(|(at, _)| (begin..end).contains(at));
                let count: u32 = within.map(|(_, cost)| cost.of(limit.kind)).sum();
                assert!(count <= limit.max, "{count} from {begin} ms on, wanted {limit:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(512),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_interval_of_the_venue_holds_more_than_its_limit(
        steps in steps(),
        delays in proptest::collection::vec(0_u8..=100, 1..40),
    ) {
        let mut venue = Venue::new(delays);
        for step in &steps {
            venue.step(step);
        }
        venue.check();
    }

    /// Entries never end. Whatever leaves room below their ceiling now and then, data gets its turn within
    /// `starved_after` (30 s), one interval (60 s) and the width of one group of settled requests.
    #[test]
    fn data_is_not_starved_by_entries(weight in 1_u32..=25, data in 1_u32..=60, every in 1_i64..2_000) {
        let mut venue = Venue::new(vec![50]);
        let useful = 3_600_000;
        let entry = Step::Ask { class: ENTER, weight, order: false, useful };
        for _ in 0..50 {
            venue.step(&entry);
        }
        venue.step(&Step::Ask { class: DATA, weight: data, order: false, useful });
        let begin = venue.now;
        while venue.waiting.values().any(|asked| asked.class == Class::Data) {
            venue.step(&Step::Wait(every));
            while !venue.flying.is_empty() {
                venue.step(&Step::Settle(0));
            }
            if venue.waiting.len() < 20 {
                venue.step(&entry);
            }
            prop_assert!(venue.now - begin <= 30_000 + 60_000 + 1_000 + every, "{} ms", venue.now - begin);
        }
    }
}
