//! Stories of a queue before a venue, one line a step.

use super::*;
use types::limits::LimitKind;

const SECOND: i64 = 1_000_000_000;

/// A budget with 100 points a minute and 4 orders in 10 seconds, and the clock of its story in milliseconds.
struct Story {
    budget: Budget,
    millis: i64,
    next: u64,
}

fn limits() -> Vec<Limit> {
    vec![
        Limit { kind: LimitKind::Weight, max: 100, interval_nanos: 60 * SECOND },
        Limit { kind: LimitKind::Orders, max: 4, interval_nanos: 10 * SECOND },
    ]
}

impl Story {
    fn new() -> Self {
        let budget = Budget::new(BudgetConfig::new(limits())).unwrap();
        Self { budget, millis: 0, next: 1 }
    }

    fn now(&self) -> TsNanos {
        TsNanos::from_millis(self.millis).unwrap()
    }

    fn handle(&mut self, input: Input) -> Vec<Command> {
        self.budget.handle(input, self.now());
        std::iter::from_fn(|| self.budget.poll()).collect()
    }

    /// Moves the clock and says what was done.
    fn at(&mut self, millis: i64) -> Vec<Command> {
        self.millis = millis;
        self.handle(Input::Timer)
    }

    fn ask_for(&mut self, class: Class, cost: Cost, give_up_seconds: i64) -> Vec<Command> {
        let ticket = Ticket(self.next);
        self.next += 1;
        let give_up = self.now().plus(give_up_seconds * SECOND);
        self.handle(Input::Ask(Ask { ticket, class, cost, give_up }))
    }

    fn ask(&mut self, class: Class, weight: u32) -> Vec<Command> {
        self.ask_for(class, Cost::weight(weight), 3_600)
    }

    fn order(&mut self, class: Class) -> Vec<Command> {
        self.ask_for(class, Cost { weight: 1, orders: 1, requests: 1 }, 3_600)
    }

    fn settle(&mut self, ticket: u64) -> Vec<Command> {
        let ticket = Ticket(ticket);
        self.handle(Input::Settled { ticket, used: Vec::new(), throttle: None })
    }

    fn told(&mut self, ticket: u64, count: u32) -> Vec<Command> {
        let used = Used { kind: LimitKind::Weight, interval_nanos: 60 * SECOND, count };
        self.handle(Input::Settled { ticket: Ticket(ticket), used: vec![used], throttle: None })
    }

    fn throttled(&mut self, ticket: u64, kind: Option<LimitKind>, millis: i64) -> Vec<Command> {
        let throttle = Throttle { kind, retry_after_nanos: Some(millis * 1_000_000) };
        let (ticket, used) = (Ticket(ticket), Vec::new());
        self.handle(Input::Settled { ticket, used, throttle: Some(throttle) })
    }
}

fn sent(tickets: &[u64]) -> Vec<Command> {
    tickets.iter().map(|ticket| Command::Send(Ticket(*ticket))).collect()
}

#[test]
fn each_class_stops_at_its_ceiling_and_cancels_find_room() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Data, 60), sent(&[1]));
    assert_eq!(story.ask(Class::Data, 1), [], "data ends at 60 %");
    assert_eq!(story.ask(Class::Enter, 15), sent(&[3]));
    assert_eq!(story.ask(Class::Enter, 1), [], "entries end at 75 %");
    assert_eq!(story.ask(Class::LookUp, 10), sent(&[5]));
    assert_eq!(story.ask(Class::LookUp, 1), [], "look-ups end at 85 %");
    assert_eq!(story.ask(Class::Protect, 10), sent(&[7]), "a stop takes what look-ups may not");
    assert_eq!(story.ask(Class::Protect, 1), []);
    assert_eq!(story.ask(Class::Reduce, 3), sent(&[9]));
    assert_eq!(story.ask(Class::Reduce, 1), []);
    assert_eq!(story.ask(Class::Cancel, 2), sent(&[11]));
    assert_eq!(story.ask(Class::Cancel, 1), [], "100 %");
}

#[test]
fn room_that_comes_free_goes_to_cancels_first_and_data_last() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 100), sent(&[1]));
    assert_eq!(story.settle(1), [], "the venue may have counted it this very moment");
    story.millis = 40_000;
    for class in [Class::Data, Class::Enter, Class::Protect, Class::LookUp, Class::Reduce] {
        assert_eq!(story.ask(class, 1), []);
    }
    assert_eq!(story.ask(Class::Cancel, 1), []);
    assert_eq!(story.at(59_999), []);
    assert_eq!(story.at(61_000), sent(&[7, 6, 5, 4, 3, 2]));
}

#[test]
fn a_cancel_that_waits_holds_back_whatever_would_take_its_room() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 50), sent(&[1]));
    assert_eq!(story.settle(1), []);
    story.millis = 10_000;
    assert_eq!(story.ask(Class::Cancel, 45), sent(&[2]));
    assert_eq!(story.settle(2), []);
    assert_eq!(story.ask(Class::Cancel, 60), [], "too large for what is left");
    assert_eq!(story.ask(Class::Reduce, 1), [], "would fit, but takes from the cancel");
    assert_eq!(story.at(61_000), [], "45 + 60 > 100");
    assert_eq!(story.at(71_000), sent(&[3, 4]));
}

#[test]
fn an_order_that_waits_for_the_order_count_holds_back_no_look_up_and_no_cancel() {
    let mut story = Story::new();
    for ticket in 1..=3 {
        assert_eq!(story.order(Class::Enter), sent(&[ticket]));
    }
    assert_eq!(story.order(Class::Enter), [], "entries end at 75 % of 4 orders");
    assert_eq!(story.order(Class::Protect), [], "95 % of 4 is 3");
    assert_eq!(story.ask(Class::LookUp, 1), sent(&[6]));
    assert_eq!(story.ask(Class::Cancel, 1), sent(&[7]));
    assert_eq!(story.ask(Class::Data, 1), sent(&[8]));
}

#[test]
fn data_that_has_starved_goes_before_entries_and_up_to_their_ceiling() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Enter, 75), sent(&[1]));
    assert_eq!(story.settle(1), []);
    story.millis = 40_000;
    assert_eq!(story.ask(Class::Data, 15), []);
    assert_eq!(story.ask(Class::Enter, 70), []);
    assert_eq!(story.ask(Class::Enter, 4), []);
    assert_eq!(story.at(61_000), sent(&[3, 4]), "entries first; 74 is past the ceiling of data");
    assert_eq!(story.settle(3), []);
    assert_eq!(story.settle(4), []);
    assert_eq!(story.ask(Class::Enter, 10), []);
    assert_eq!(story.at(121_600), sent(&[2, 5]), "data waited 81 s: before the entry now");
}

#[test]
fn what_others_use_up_counts_until_the_venues_interval_is_over() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 1), sent(&[1]));
    assert_eq!(story.told(1, 98), []);
    assert_eq!(story.ask(Class::Cancel, 2), sent(&[2]));
    assert_eq!(story.ask(Class::Cancel, 1), []);
    assert_eq!(story.at(59_999), []);
    assert_eq!(story.at(60_000), sent(&[3]));
}

#[test]
fn a_throttled_address_sends_nothing_until_it_may() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Enter, 1), sent(&[1]));
    assert_eq!(story.throttled(1, None, 5_000), []);
    assert_eq!(story.ask(Class::Data, 1), []);
    assert_eq!(story.ask(Class::Cancel, 1), []);
    assert_eq!(story.budget.next_deadline(), Some(TsNanos::from_millis(5_000).unwrap()));
    assert_eq!(story.at(4_999), []);
    assert_eq!(story.at(5_000), sent(&[3, 2]));
}

#[test]
fn too_many_orders_leave_cancels_and_look_ups_going() {
    let mut story = Story::new();
    assert_eq!(story.order(Class::Enter), sent(&[1]));
    assert_eq!(story.throttled(1, Some(LimitKind::Orders), 10_000), []);
    assert_eq!(story.order(Class::Reduce), []);
    assert_eq!(story.ask(Class::Cancel, 1), sent(&[3]));
    assert_eq!(story.ask(Class::LookUp, 1), sent(&[4]));
    assert_eq!(story.at(10_000), sent(&[2]));
}

#[test]
fn what_is_of_no_use_any_more_is_handed_back() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 100), sent(&[1]));
    assert_eq!(story.ask_for(Class::Enter, Cost::weight(1), 5), []);
    assert_eq!(story.budget.next_deadline(), Some(TsNanos::from_millis(5_000).unwrap()));
    assert_eq!(story.at(4_999), []);
    let late = GaveUp::TooLate { waited_nanos: 5 * SECOND };
    assert_eq!(story.at(5_000), [Command::GiveUp(Ticket(2), late)]);
    let late = GaveUp::TooLate { waited_nanos: 0 };
    assert_eq!(story.ask_for(Class::Enter, Cost::weight(1), 0), [Command::GiveUp(Ticket(3), late)]);
    let limit = limits()[0];
    assert_eq!(
        story.ask(Class::Data, 61),
        [Command::GiveUp(Ticket(4), GaveUp::NeverFits { limit })],
        "it alone is past the ceiling"
    );
    story.next = 1;
    assert_eq!(story.ask(Class::Data, 1), [Command::GiveUp(Ticket(1), GaveUp::TicketTaken)]);
}

#[test]
fn a_queue_has_an_end() {
    let mut config = BudgetConfig::new(limits());
    config.waiting_max = 1;
    let mut story = Story { budget: Budget::new(config).unwrap(), millis: 0, next: 1 };
    assert_eq!(story.ask(Class::Cancel, 100), sent(&[1]));
    assert_eq!(story.ask(Class::Data, 1), []);
    let full = GaveUp::QueueFull { waiting: 1 };
    assert_eq!(story.ask(Class::Data, 1), [Command::GiveUp(Ticket(3), full)]);
    assert_eq!(story.ask(Class::Enter, 1), [], "each class has its own");
    assert_eq!(story.handle(Input::Withdraw(Ticket(2))), []);
    assert_eq!(story.ask(Class::Data, 1), []);
    assert_eq!(story.budget.waiting(Class::Data), 1);
}

#[test]
fn a_request_without_an_answer_is_settled_when_it_cannot_arrive_any_more() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 100), sent(&[1]));
    assert_eq!(story.budget.next_deadline(), Some(TsNanos::from_millis(70_000).unwrap()));
    assert_eq!(story.ask(Class::Cancel, 1), []);
    assert_eq!(story.at(129_999), []);
    assert_eq!(story.settle(1), [], "too late to count anew");
    assert_eq!(story.at(131_000), []);
    assert_eq!(
        story.at(190_600),
        sent(&[2]),
        "70 s in flight at most were settled when time passed"
    );
}

#[test]
fn limits_declared_anew_keep_what_was_counted() {
    let mut story = Story::new();
    assert_eq!(story.ask(Class::Cancel, 90), sent(&[1]));
    let mut new = limits();
    new[0].max = 95;
    new.push(Limit { kind: LimitKind::RawRequests, max: 2, interval_nanos: 300 * SECOND });
    story.budget.set_limits(new.clone()).unwrap();
    let used: Vec<u64> = story.budget.used().map(|(_, used)| used).collect();
    assert_eq!(used, [90, 0, 1]);
    assert_eq!(story.ask(Class::Cancel, 6), [], "95 now");
    assert_eq!(story.ask(Class::Cancel, 5), [], "and behind the one before it");
    new[0].max = 100;
    story.budget.set_limits(new).unwrap();
    assert_eq!(story.handle(Input::Timer), sent(&[2]), "two calls in five minutes");
    let twice = vec![limits()[0], limits()[0]];
    assert!(matches!(story.budget.set_limits(twice), Err(BudgetConfigError::Twice { .. })));
    let empty = Limit { max: 0, ..limits()[0] };
    assert!(matches!(story.budget.set_limits(vec![empty]), Err(BudgetConfigError::Empty(_))));
}
