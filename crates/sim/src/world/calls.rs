//! Requests on their way to the venue, what becomes of them there, and answers on their way back.

use hub::budget::Ticket;
use hub::gateway::{self, LookUp, Outcome, Request};
use hub::system::{AccountAnswer, AccountQuestion, Answer, Call, Input};
use types::feed::QueryFailure;
use types::limits::Throttle;
use types::market::TsNanos;
use types::venue::OrderReport;

use super::aim::{Fate, Way};
use super::kind::Point;
use super::marks::Mark;
use super::play::{MILLI, Next, SECOND, World, millis};

/// A request of an earlier moment than this is not looked at: `recvWindow`.
const WINDOW: i64 = 2 * SECOND;
/// Nor is one of a later moment than this.
const AHEAD: i64 = SECOND;
/// The caller waits so long for an answer.
const PATIENCE: i64 = 10 * SECOND;

/// A request on its way.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    life: u64,
    ticket: Ticket,
    call: Call,
    /// The moment it was signed with, by the machine's clock.
    stamp: TsNanos,
    /// When the caller gives it up.
    until: TsNanos,
    /// The caller was stopped between its signature and its leaving.
    slept: bool,
    /// Somebody waits for its answer: not for that of one that the way doubled.
    awaited: bool,
}

impl Asked {
    /// Returns what is asked.
    pub(super) const fn call(&self) -> &Call {
        &self.call
    }

    /// Returns the same once more, for whose answer nobody waits.
    pub(super) fn unanswered(&self) -> Self {
        Self { awaited: false, ..self.clone() }
    }
}

/// An answer on its way.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) ticket: Ticket,
    pub(super) reports: Vec<OrderReport>,
    pub(super) answer: Answer,
    pub(super) throttle: Option<Throttle>,
    /// It may have changed something.
    changes: bool,
}

impl World {
    /// Sends a request of a life that is over: nobody waits for its answer.
    pub(super) fn call_of_old(&mut self, life: u64, ticket: Ticket, call: Call) {
        let (stamp, until) = (self.shown(), self.now.plus(PATIENCE));
        let asked = Asked { life, ticket, call, stamp, until, awaited: false, slept: false };
        let takes = self.links.magnitude(2 * MILLI, 60 * MILLI);
        self.agenda.at(self.now.plus(takes), Next::Arrives(Box::new(asked)));
    }

    /// Sends a request.
    pub(super) fn call(&mut self, ticket: Ticket, call: Call) {
        self.judge_leaving(&call);
        let stamp = self.shown();
        if let Call::Order(request) = &call {
            self.say(format_args!("send {} {request:?}", ticket.0));
        }
        let changes = changes(&call);
        let places = places(&call);
        if let Some(process) = &mut self.process {
            process.sent += u64::from(changes);
            if let Call::Order(request) = &call {
                process.heard.asks(ticket, request);
            }
        }
        let until = self.now.plus(PATIENCE);
        let life = self.life;
        let asked = Asked { life, ticket, call, stamp, until, awaited: true, slept: false };
        let Some(mut asked) = self.aim_request(Box::new(asked)) else { return };
        if self.is_away() {
            if self.links.chance(500_000) {
                let answer = unsent(&asked.call, self.now, "no connection");
                self.answer(&asked, Vec::new(), answer, None, self.now.plus(20 * MILLI));
            } else {
                self.lose(&asked);
            }
            return;
        }
        if self.strikes("requests_lost").is_some() {
            self.lose(&asked);
        } else {
            let late = self.strikes("requests_late").unwrap_or(0);
            let slept = if places { self.sleepy.take() } else { None };
            self.sleeps = self.sleeps.or(slept);
            asked.slept = slept.is_some();
            let slept = millis(slept.unwrap_or(0));
            let takes = self.links.magnitude(2 * MILLI, 60 * MILLI) + late + slept;
            self.agenda.at(self.now.plus(takes), Next::Arrives(asked));
        }
        if places && let Some((Point::RequestSent, down_ms)) = self.armed {
            self.armed = None;
            self.doomed = Some(down_ms);
        }
    }

    /// Nobody will answer: the caller waits, then knows nothing.
    pub(super) fn lose(&mut self, asked: &Asked) {
        let answer = unknown(&asked.call, self.now);
        let at = asked.until.max(self.now.plus(1));
        self.answer(asked, Vec::new(), answer, None, at);
    }

    fn answer(
        &mut self,
        asked: &Asked,
        reports: Vec<OrderReport>,
        answer: Answer,
        throttle: Option<Throttle>,
        at: TsNanos,
    ) {
        if !asked.awaited {
            return;
        }
        self.mark_failed_look_up(&asked.call, &answer);
        let (ticket, changes) = (asked.ticket, changes(&asked.call));
        let came = Box::new(Came { ticket, reports, answer, throttle, changes });
        self.agenda.at(at, Next::Answered { life: asked.life, came });
    }

    fn mark_failed_look_up(&mut self, call: &Call, answer: &Answer) {
        if let Call::Order(Request::LookUp(named)) = call
            && matches!(answer, Answer::Order(gateway::Answer::LookUp(LookUp::Failed)))
        {
            let there = self.venue.has(named);
            self.marks.sometimes(Mark::LookUpFailed, there);
        }
    }

    /// A request reaches the venue's edge: its time is looked at, and whether too many come.
    pub(super) fn arrives(&mut self, asked: Box<Asked>) {
        let Some(asked) = self.hold(asked) else { return };
        if self.is_away() {
            self.lose(&asked);
            return;
        }
        if is_signed(&asked.call) {
            let age = self.now.since(asked.stamp);
            if !(-AHEAD..=WINDOW).contains(&age) {
                let old = asked.slept && asked.life < self.life;
                self.marks.sometimes(Mark::OldRequestRefused, old);
                self.refuse(&asked, "its time is outside of recvWindow", None);
                return;
            }
        }
        if let Some(left) = self.strikes("throttled") {
            let throttle = Throttle { kind: None, retry_after_nanos: Some(left) };
            self.refuse(&asked, "too many requests", Some(throttle));
            return;
        }
        if places(&asked.call) && self.strikes("placements_rejected").is_some() {
            let (reports, answer) = self.reject(&asked);
            self.reply(&asked, reports, Answer::Order(answer), None);
            return;
        }
        match self.strikes("engine_slow") {
            Some(by) => self.agenda.at(self.now.plus(by), Next::Executes(asked)),
            None => self.executes(&asked),
        }
    }

    /// Rejects what is to be placed. In a replacement the venue looks at some of it behind the cancellation alone: then half is done.
    fn reject(&mut self, asked: &Asked) -> (Vec<OrderReport>, gateway::Answer) {
        let no = Outcome::Rejected("REJECTED: a fault says so".to_owned());
        let half = match &asked.call {
            Call::Order(Request::Replace { cancel, .. }) if asked.ticket.0 % 2 == 1 => {
                self.venue.carry_out(&Request::Cancel(cancel.clone()), self.store.id())
            }
            Call::Order(_) | Call::Account(_) | Call::Market { .. } => {
                return (Vec::new(), gateway::Answer::Done(no));
            }
        };
        let (reports, gateway::Answer::Done(cancel)) = half else {
            unreachable!("a cancellation is done or not")
        };
        let place = if cancel == Outcome::Accepted { no } else { Outcome::NotSent };
        (reports, gateway::Answer::Replaced { cancel, place })
    }

    fn refuse(&mut self, asked: &Asked, why: &str, throttle: Option<Throttle>) {
        let answer = unsent(&asked.call, self.now, why);
        self.reply(asked, Vec::new(), answer, throttle);
    }

    /// The venue carries a request out.
    pub(super) fn executes(&mut self, asked: &Asked) {
        let fails = changes(&asked.call) || is_look_up(&asked.call);
        let open = fails && self.strikes("outcomes_unknown").is_some();
        if open && self.links.chance(500_000) {
            let answer = unknown(&asked.call, self.now);
            self.reply(asked, Vec::new(), answer, None);
            return;
        }
        self.venue.lag = if self.strikes("look_ups_lag").is_some() { SECOND } else { 0 };
        let small = changes(&asked.call) && self.strikes("small_trades").is_some();
        let third = small && self.links.chance(500_000);
        let (reports, answer) = match &asked.call {
            Call::Order(request) => {
                if let (true, Request::Cancel(named) | Request::Replace { cancel: named, .. }) =
                    (small, request)
                {
                    self.venue.trade_a_little(named, third);
                }
                let (reports, answer) = self.venue.carry_out(request, self.store.id());
                if let (true, Request::Place(placed)) = (small, request)
                    && let [entry] = placed.as_slice()
                {
                    self.venue.trade_a_little(entry.named(), third);
                }
                self.say(format_args!("done {} {answer:?}", asked.ticket.0));
                (reports, Answer::Order(answer))
            }
            Call::Account(question) => (Vec::new(), Answer::Account(self.question(*question))),
            Call::Market { query, .. } => {
                let (sent, result) = (asked.stamp, Ok(self.venue.ask(query)));
                (Vec::new(), Answer::Market { sent, result })
            }
        };
        let accepted = places(&asked.call) && is_accepted(&answer);
        self.mark_replaced(&asked.call, accepted);
        if open {
            let answer = unknown(&asked.call, self.now);
            self.reply(asked, Vec::new(), answer, None);
        } else if self.strikes("replies_lost").is_some() {
            self.marks.sometimes(Mark::ReplyLost, accepted);
            self.lose(asked);
        } else {
            self.reply(asked, reports, answer, None);
        }
    }

    fn mark_replaced(&mut self, call: &Call, accepted: bool) {
        let replaces = accepted && matches!(call, Call::Order(Request::Replace { .. }));
        let cut = self.process.as_ref().is_some_and(|process| !process.user.is_live());
        self.marks.sometimes(Mark::ReplacedWhileCut, replaces && cut);
    }

    fn question(&self, question: AccountQuestion) -> AccountAnswer {
        match question {
            AccountQuestion::Account => AccountAnswer::Account(self.venue.account()),
            AccountQuestion::OpenOrders => AccountAnswer::OpenOrders(self.venue.open_orders()),
            AccountQuestion::Listings => {
                let (listings, limits) = (self.venue.listings(), Vec::new());
                AccountAnswer::Listings { listings, limits }
            }
        }
    }

    /// Sends an answer back; one that comes later than the caller waits is none.
    fn reply(
        &mut self,
        asked: &Asked,
        reports: Vec<OrderReport>,
        answer: Answer,
        throttle: Option<Throttle>,
    ) {
        let fate = if asked.awaited { self.fate(Way::Reply) } else { None };
        let late = self.strikes("replies_late").unwrap_or(0);
        let takes = self.links.magnitude(2 * MILLI, 60 * MILLI) + late;
        let at = self.now.plus(takes);
        let at = match fate {
            None | Some(Fate::Cut | Fate::Slow(_)) => at,
            Some(Fate::Lost | Fate::LostOnwards) => TsNanos::MAX,
            Some(Fate::LostUnheard(by)) => {
                self.unhear(by);
                TsNanos::MAX
            }
            Some(Fate::Late(by)) => at.plus(millis(by)),
            Some(Fate::Twice) => {
                let (reports, answer) = (reports.clone(), answer.clone());
                self.answer(asked, reports, answer, throttle, at.plus(MILLI));
                at
            }
            Some(Fate::KilledBefore) => {
                self.die_at(self.now);
                at
            }
            Some(Fate::KilledBehind) => {
                self.die_at(at.plus(1));
                at
            }
        };
        if at > asked.until {
            let accepted = places(&asked.call) && is_accepted(&answer);
            self.marks.sometimes(Mark::AcceptedAfterTimeOut, accepted);
            self.lose(asked);
        } else {
            self.answer(asked, reports, answer, throttle, at);
        }
    }

    /// An answer reaches the process.
    pub(super) fn answered(&mut self, came: Came) {
        let Came { ticket, reports, answer, throttle, changes } = came;
        if let Answer::Order(gateway::Answer::Fills(Some(fills))) = &answer {
            self.marks.sometimes(Mark::FillFoundByAsking, !fills.is_empty());
        }
        if let Answer::Order(answer) = &answer {
            self.say(format_args!("answer {} {answer:?}", ticket.0));
        }
        if let Some(process) = &mut self.process {
            process.sent = process.sent.saturating_sub(u64::from(changes));
            if let Answer::Order(answer) = &answer {
                process.heard.answered(ticket, &reports, answer);
            }
        }
        for report in reports {
            self.feed_hub(Input::Order(Box::new(report)));
        }
        self.feed_hub(Input::Answered { ticket, answer, used: Vec::new(), throttle });
        self.pump();
    }

    /// Returns whether the venue cannot be reached at all.
    pub(super) fn is_away(&mut self) -> bool {
        self.strikes("venue_away").is_some()
    }

    /// Returns whether a fault of a class strikes now, and by how much: for how long in nanoseconds, or what is left of it.
    pub(super) fn strikes(&mut self, class: &'static str) -> Option<i64> {
        let (now, begun) = (self.now, self.begun);
        let faults = &self.plan.faults;
        let mut struck = None;
        for (place, dice) in &mut self.on {
            let fault = &faults[*place];
            if fault.kind.class() != class {
                continue;
            }
            let share = fault.kind.share();
            if share < 1_000_000 && !dice.chance(share) {
                continue;
            }
            let end = fault.at_ms + fault.kind.lasts_ms().unwrap_or(0);
            let by = fault.kind.delays_ms().map(millis);
            struck = Some(by.unwrap_or_else(|| begun.plus(millis(end)).since(now)));
        }
        if struck.is_some() {
            self.counts.strike(class);
        }
        struck
    }
}

const fn changes(call: &Call) -> bool {
    matches!(call, Call::Order(Request::Place(_) | Request::Cancel(_) | Request::Replace { .. }))
}

const fn places(call: &Call) -> bool {
    matches!(call, Call::Order(Request::Place(_) | Request::Replace { .. }))
}

const fn is_look_up(call: &Call) -> bool {
    matches!(call, Call::Order(Request::LookUp(_)))
}

/// Returns whether an answer says that the venue took an order.
const fn is_accepted(answer: &Answer) -> bool {
    let (Answer::Order(gateway::Answer::Done(outcome))
    | Answer::Order(gateway::Answer::Replaced { place: outcome, .. })) = answer
    else {
        return false;
    };
    matches!(outcome, Outcome::Accepted)
}

const fn is_signed(call: &Call) -> bool {
    match call {
        Call::Order(_) | Call::Account(AccountQuestion::Account | AccountQuestion::OpenOrders) => {
            true
        }
        Call::Account(AccountQuestion::Listings) | Call::Market { .. } => false,
    }
}

/// The answer to a call of which nothing is known.
fn unknown(call: &Call, now: TsNanos) -> Answer {
    none(call, now, Outcome::Unknown, "no answer")
}

/// The answer to a call at which the venue did not look.
pub(super) fn unsent(call: &Call, now: TsNanos, why: &str) -> Answer {
    none(call, now, Outcome::NotSent, why)
}

fn none(call: &Call, now: TsNanos, outcome: Outcome, why: &str) -> Answer {
    match call {
        Call::Order(Request::Place(_) | Request::Cancel(_)) => {
            Answer::Order(gateway::Answer::Done(outcome))
        }
        Call::Order(Request::Replace { .. }) => match outcome {
            Outcome::NotSent => {
                let (cancel, place) = (Outcome::NotSent, Outcome::NotSent);
                Answer::Order(gateway::Answer::Replaced { cancel, place })
            }
            Outcome::Accepted | Outcome::Rejected(_) | Outcome::Unknown => {
                Answer::Order(gateway::Answer::Done(outcome))
            }
        },
        Call::Order(Request::LookUp(_)) => Answer::Order(gateway::Answer::LookUp(LookUp::Failed)),
        Call::Order(Request::Fills(_)) => Answer::Order(gateway::Answer::Fills(None)),
        Call::Account(_) => Answer::Account(AccountAnswer::Failed(why.to_owned())),
        Call::Market { .. } => {
            let result = Err(QueryFailure::Unavailable(why.to_owned()));
            Answer::Market { sent: now, result }
        }
    }
}
