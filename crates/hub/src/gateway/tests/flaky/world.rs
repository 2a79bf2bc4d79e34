//! [`World`]: a gateway, its journal on a disk that lags, a network that does what it likes, a venue.

use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::entry::{Body, Entry, Mode, ModeCause, Source, SystemMode};
use types::hard_limits::HardLimits;
use types::ids::{JournalId, Seq, Symbol, SymbolId};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::OrderKind;
use types::side::Side;
use types::venue::OrderReport;

use super::super::super::words::{Answer, Input, LookUp, Outcome, Output, Request, Ticket};
use super::super::super::{CidUniqueness, Gateway, Settings};
use super::super::desk::instrument;
use super::venue::{Said, Venue};

const SYMBOL: SymbolId = SymbolId(0);
const MILLI: i64 = 1_000_000;

/// How often things go wrong, in a thousand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    /// A request does not leave, is lost on the way, or comes late.
    request: u64,
    /// An answer is lost.
    answer: u64,
    /// A report is lost, doubled or late.
    report: u64,
    /// The process dies.
    crash: u64,
}

impl Faults {
    pub(super) const ALL: Self = Self { request: 150, answer: 150, report: 200, crash: 30 };
    pub(super) const NONE: Self = Self { request: 0, answer: 0, report: 0, crash: 0 };
}

/// What a campaign has met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    entries: u64,
    reports: u64,
    lost_answers: u64,
    late_requests: u64,
    crashes_with_open_orders: u64,
    attempts: u64,
    refused: u64,
    incidents: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.reports += other.reports;
        self.lost_answers += other.lost_answers;
        self.late_requests += other.late_requests;
        self.crashes_with_open_orders += other.crashes_with_open_orders;
        self.attempts += other.attempts;
        self.refused += other.refused;
        self.incidents += other.incidents;
    }

    pub(super) fn assert_all(&self) {
        let all = [
            self.entries,
            self.reports,
            self.lost_answers,
            self.late_requests,
            self.crashes_with_open_orders,
            self.attempts,
            self.refused,
            self.incidents,
        ];
        assert!(all.iter().all(|count| *count >= 100), "{self:?}");
    }
}

/// Something on its way.
#[derive(Debug)]
enum Travelling {
    Request(Ticket, Request, bool),
    Answer(Ticket, Answer),
    Report(Box<OrderReport>),
}

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    seed: u64,
    random: u64,
    settings: Settings,
    gateway: Gateway,
    journal: Vec<Entry>,
    durable: usize,
    venue: Venue,
    now: TsNanos,
    travelling: Vec<(TsNanos, Travelling)>,
    faults: Faults,
    longest: i64,
    pub(super) seen: Seen,
}

impl World {
    pub(super) fn new(seed: u64, settings: Settings, faults: Faults) -> Self {
        let forever = settings.cid_uniqueness_is_forever();
        let mut world = Self {
            seed,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d,
            gateway: Gateway::new(settings.clone()),
            settings,
            journal: Vec::new(),
            durable: 0,
            venue: Venue::new(forever),
            now: TsNanos::from_nanos(1_700_000_000_000_000_000),
            travelling: Vec::new(),
            faults,
            longest: 0,
            seen: Seen::default(),
        };
        let mode =
            Mode { mode: SystemMode::Running, cause: ModeCause::Started, latched_until: None };
        let limits = HardLimits {
            version: 1,
            order_notional: Money::from_units(400),
            gross_exposure: Money::from_units(450),
            open_orders: 20,
            orders_per_second: 50,
            price_collar: Ratio::from_bps(500),
            daily_loss: Ratio::from_bps(9_000),
            symbols: vec![Symbol::new("BTCUSDT").unwrap()],
        };
        for body in [
            Body::Genesis { journal: JournalId([3; 16]), seed },
            Body::Instruments(vec![instrument("0.1")]),
            Body::Flow { amount: Money::from_units(1_000) },
            Body::Mode(mode),
            Body::Limits(limits),
        ] {
            world.append(Source::Hub, body);
        }
        world.sync();
        world.quote();
        world
    }

    /// A draw below `below` (xorshift; Marsaglia, *Xorshift RNGs*, 2003).
    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn happens(&mut self, in_a_thousand: u64) -> bool {
        self.draw(1_000) < in_a_thousand
    }

    fn append(&mut self, source: Source, body: Body) {
        let seq = Seq(self.journal.len() as u64 + 1);
        let entry = Entry { seq, ts_event: self.now, ts: self.now, source, body };
        self.gateway.handle(Input::Entry(&entry), self.now);
        self.journal.push(entry);
    }

    fn sync(&mut self) {
        self.durable = self.journal.len();
        self.gateway.handle(Input::Durable(Seq(self.durable as u64)), self.now);
    }

    pub(super) fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            self.step();
        }
    }

    fn step(&mut self) {
        match self.draw(10) {
            0..=2 => self.decide(),
            3..=5 => self.move_market(),
            6 => self.sync(),
            7 if self.happens(self.faults.crash * 10) => self.crash(),
            _ => {
                let longest = if self.draw(4) == 0 { 20_000 } else { 300 };
                let millis = i64::try_from(self.draw(longest)).unwrap();
                self.pass(millis * MILLI);
            }
        }
        self.drain();
    }

    /// Lets time pass, with everything that arrives in it and every deadline on the way.
    fn pass(&mut self, nanos: i64) {
        let end = self.now.plus(nanos);
        loop {
            let arrival = self.travelling.iter().map(|(at, _)| *at).min();
            let deadline = self.gateway.next_deadline().filter(|at| *at > self.now);
            let next = arrival.into_iter().chain(deadline).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            while let Some(place) = self.travelling.iter().position(|(at, _)| *at <= self.now) {
                let (_, thing) = self.travelling.swap_remove(place);
                self.arrive(thing);
                self.drain();
            }
            self.gateway.handle(Input::Wake, self.now);
            self.drain();
        }
        self.now = end;
        self.gateway.handle(Input::Wake, self.now);
    }

    fn drain(&mut self) {
        for _ in 0..1_000 {
            // The disk keeps up most of the time.
            if self.draw(4) != 0 || self.faults.crash == 0 {
                self.sync();
            }
            match self.gateway.poll() {
                Some(Output::Append { source, body, .. }) => {
                    self.count(&body);
                    self.append(source, body);
                }
                Some(Output::Send { ticket, request }) => self.send(ticket, request),
                None => {
                    let read = self.gateway.unprotected(SYMBOL);
                    self.longest = self.longest.max(read.longest);
                    return;
                }
            }
        }
        panic!("seed {}: the gateway does not come to rest", self.seed);
    }

    fn count(&mut self, body: &Body) {
        let again = matches!(body, Body::Command(command) if command.order.attempt > 0);
        self.seen.attempts += u64::from(again);
        self.seen.refused += u64::from(matches!(body, Body::Refused(_)));
        self.seen.incidents += u64::from(matches!(body, Body::Incident(_)));
        self.seen.reports += u64::from(matches!(body, Body::Report(_)));
    }

    fn send(&mut self, ticket: Ticket, request: Request) {
        let millis = i64::try_from(1 + self.draw(40)).unwrap();
        if !self.happens(self.faults.request) {
            let at = self.now.plus(millis * MILLI);
            self.travelling.push((at, Travelling::Request(ticket, request, true)));
            return;
        }
        match self.draw(3) {
            0 => {
                let answer = failed(&request, Outcome::NotSent);
                let at = self.now.plus(millis * MILLI);
                self.travelling.push((at, Travelling::Answer(ticket, answer)));
            }
            1 => {}
            _ => {
                // Late, and whatever is said of it is lost; never later than the venue's promise.
                self.seen.late_requests += 1;
                let late = i64::try_from(self.draw(11_000)).unwrap() * MILLI;
                let late = late.min(self.settings.venue.accepted_within - MILLI);
                self.travelling
                    .push((self.now.plus(late), Travelling::Request(ticket, request, false)));
            }
        }
    }

    fn arrive(&mut self, thing: Travelling) {
        match thing {
            Travelling::Request(ticket, request, answered) => {
                let answer = self.carry_out(&request);
                self.spread_news();
                let lost = self.happens(self.faults.answer);
                if answered && !lost {
                    let millis = i64::try_from(1 + self.draw(40)).unwrap();
                    let at = self.now.plus(millis * MILLI);
                    self.travelling.push((at, Travelling::Answer(ticket, answer)));
                } else {
                    self.seen.lost_answers += 1;
                }
            }
            Travelling::Answer(ticket, answer) => {
                self.gateway.handle(Input::Answer(ticket, answer), self.now);
            }
            Travelling::Report(report) => self.gateway.handle(Input::Order(&report), self.now),
        }
    }

    fn carry_out(&mut self, request: &Request) -> Answer {
        let now = self.now;
        let outcome = |said| match said {
            Said::Yes => Outcome::Accepted,
            Said::No => Outcome::Rejected("no".to_owned()),
        };
        let answer = match request {
            Request::Place(place) => {
                self.load_line(place);
                Answer::Done(outcome(self.venue.place(place, now)))
            }
            Request::Cancel(named) => Answer::Done(outcome(self.venue.cancel(named, now))),
            Request::Replace { cancel, place } => match self.venue.cancel(cancel, now) {
                Said::No => Answer::Replaced {
                    cancel: Outcome::Rejected("no".to_owned()),
                    place: Outcome::NotSent,
                },
                Said::Yes => Answer::Replaced {
                    cancel: Outcome::Accepted,
                    place: outcome(self.venue.place(place, now)),
                },
            },
            Request::LookUp(named) => Answer::LookUp(match self.venue.look_up(named, now) {
                Some(report) => LookUp::Found(Box::new(report)),
                None => LookUp::NotFound,
            }),
            Request::Fills(named) => Answer::Fills(Some(self.venue.fills(named))),
        };
        for ((command, leg), count) in &self.venue.accepted {
            assert!(*count <= 1, "seed {}: intent once: {command} {leg} accepted twice", self.seed);
        }
        answer
    }

    /// Held against the truth when an order arrives, not against what the gateway believed.
    fn load_line(&self, place: &[super::super::super::Placing]) {
        for placing in place.iter().filter(|placing| placing.request().side == Side::Buy) {
            let request = placing.request();
            let OrderKind::Limit { price } = request.kind else { panic!("an entry has a limit") };
            if self.venue.takes_no_more(placing.named()) {
                continue;
            }
            let worst = self.venue.base + self.venue.open_buys() + request.qty;
            let worst = price.notional(worst);
            assert!(worst <= Money::from_units(450), "seed {}: load line: {worst}", self.seed);
        }
    }

    /// Sends what the venue has to say.
    fn spread_news(&mut self) {
        for report in std::mem::take(&mut self.venue.news) {
            let mut copies = 1;
            let mut late = 30;
            if self.happens(self.faults.report) {
                copies = self.draw(3);
                late = 2_000;
            }
            for _ in 0..copies {
                let millis = i64::try_from(1 + self.draw(late)).unwrap();
                let thing = Travelling::Report(Box::new(report.clone()));
                self.travelling.push((self.now.plus(millis * MILLI), thing));
            }
        }
    }

    fn move_market(&mut self) {
        let step = i64::try_from(self.draw(7)).unwrap() - 3;
        let tick = Price::ONE.raw();
        let price = (self.venue.price.raw() / tick + step).clamp(80, 120);
        let part = Ratio::from_bps(i64::try_from(self.draw(10_000)).unwrap() + 1);
        self.venue.trade(Price::from_raw(price * tick), part, self.now);
        self.spread_news();
        self.quote();
    }

    fn quote(&mut self) {
        let (bid, tick) = (self.venue.price, Price::ONE);
        self.append(Source::Venue, Body::Mark { symbol: SYMBOL, price: bid });
        let input = Input::Quote { symbol: SYMBOL, bid, ask: bid + tick };
        self.gateway.handle(input, self.now);
    }

    fn decide(&mut self) {
        let price = |units: i64| Price::from_raw(units * Price::ONE.raw());
        let action = match self.draw(6) {
            0 => Action::Reduce { qty: None },
            1 => Action::MoveStop { trigger: self.venue.price - price(3) },
            _ => {
                self.seen.entries += 1;
                let tenths = i64::try_from(5 + self.draw(30)).unwrap();
                let target = (self.draw(2) == 0).then(|| Protective::Distance(price(12)));
                Action::Enter {
                    direction: Direction::Long,
                    qty: Qty::from_raw(tenths * (Qty::ONE.raw() / 10)),
                    limit: Some(self.venue.price + price(1)),
                    protection: Some(Protection { stop: Protective::Distance(price(6)), target }),
                    expires: None,
                }
            }
        };
        let reason = Reason::word(ReasonCode::Enter);
        let decision = Decision { symbol: Some(SYMBOL), action, reason };
        self.append(Source::Engine, Body::Decision(decision));
    }

    /// The process dies: what is not on disk may be lost, what is under way at the venue goes on.
    fn crash(&mut self) {
        let open = self.gateway.open_orders().count() > 0;
        self.seen.crashes_with_open_orders += u64::from(open);
        let beyond = (self.journal.len() - self.durable) as u64;
        let kept = self.durable + usize::try_from(self.draw(beyond + 1)).unwrap();
        self.journal.truncate(kept);
        self.durable = kept;
        self.gateway = self.restored();
        // No answer or report finds the new process; requests that left do what they do.
        self.travelling.retain(|(_, thing)| matches!(thing, Travelling::Request(..)));
        for (_, thing) in &mut self.travelling {
            if let Travelling::Request(_, _, answered) = thing {
                *answered = false;
            }
        }
        let pause = i64::try_from(self.draw(3_000)).unwrap();
        self.now = self.now.plus(pause * MILLI);
        let quiet = self.gateway.quiet_for(self.now);
        self.now = self.now.plus(quiet);
        self.gateway.handle(Input::Restored { quiet }, self.now);
        self.quote();
    }

    fn restored(&self) -> Gateway {
        let mut gateway = Gateway::new(self.settings.clone());
        for entry in &self.journal {
            gateway.handle(Input::Entry(entry), entry.ts);
        }
        gateway
    }

    /// The network heals: every order is told as it is (a reconnect), and a while passes. Then everything agrees.
    pub(super) fn heal(&mut self) {
        self.faults = Faults::NONE;
        for _ in 0..3 {
            self.drain();
            self.pass(70_000 * MILLI);
            self.drain();
            let orders: Vec<_> = self.venue.orders.values().cloned().collect();
            for held in orders {
                let report = self.venue.report_of(&held, self.now);
                self.gateway.handle(Input::Order(&report), self.now);
                self.drain();
            }
            // A market order that rests trades with the next price.
            self.venue.trade(self.venue.price, Ratio::ONE, self.now);
            self.spread_news();
            self.quote();
        }
        self.pass(70_000 * MILLI);
        self.drain();
        self.assert_agree();
    }

    fn assert_agree(&self) {
        let seed = self.seed;
        let books = self.gateway.books();
        let position = books.position(SYMBOL);
        assert_eq!(position.qty(), self.venue.base, "seed {seed}: books agree: quantity");
        assert_eq!(books.cash(), self.venue.cash, "seed {seed}: books agree: cash");
        assert!(books.is_conserved(), "seed {seed}: money is conserved");
        let theirs: Vec<String> = self
            .venue
            .orders
            .values()
            .filter(|held| held.status.is_open())
            .map(|held| held.client_id.clone())
            .collect();
        let mut ours: Vec<String> = self
            .gateway
            .state
            .orders
            .open()
            .map(|live| live.client_id.as_str().to_owned())
            .collect();
        ours.sort();
        assert_eq!(ours, theirs, "seed {seed}: books agree: open orders");
        assert!(self.gateway.flights.is_empty(), "seed {seed}: {:?}", self.gateway.flights);
        let held = self.venue.base.floor_to(Qty::from_raw(Qty::ONE.raw() / 10));
        let stop = self.gateway.state.guards[0].stop_at.unwrap_or(self.venue.price);
        let lowest = stop.min(self.venue.price);
        let dust = super::super::super::guard::is_dust(&instrument("0.1"), held, lowest);
        let stopped = self.venue.stopped();
        let selling = self
            .venue
            .orders
            .values()
            .any(|order| order.status.is_open() && order.request.kind == OrderKind::Market);
        assert!(
            dust || selling || stopped == held,
            "seed {seed}: protected: {held} is held, {stopped} has a stop"
        );
        assert_eq!(self.restored().state, self.gateway.state, "seed {seed}: replay equals run");
    }

    pub(super) fn longest_unprotected(&self) -> i64 {
        self.longest
    }
}

impl Settings {
    fn cid_uniqueness_is_forever(&self) -> bool {
        self.venue.cid_uniqueness == CidUniqueness::Forever
    }
}

/// Returns the answer to a request that did not leave.
fn failed(request: &Request, outcome: Outcome) -> Answer {
    match request {
        Request::Place(_) | Request::Cancel(_) | Request::Replace { .. } => Answer::Done(outcome),
        Request::LookUp(_) => Answer::LookUp(LookUp::Failed),
        Request::Fills(_) => Answer::Fills(None),
    }
}
