//! [`World`]: one hub with its journal and its venue, moved by a story.

use std::collections::{BTreeMap, BTreeSet};

use types::bar::Bar;
use types::entry::{
    Body, Entry, Incident, IncidentKind, OperatorAction, Part, ReportEvent, SystemMode,
};
use types::feed::{BarUpdate, LinkEvent, MarketEvent, Quote, SourceId, Stream};
use types::hard_limits::HardLimits;
use types::ids::{JournalId, Seq, Symbol, SymbolId};
use types::limits::Throttle;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};

use super::engine::Scripted;
use super::venue::{Exchange, asset};
use crate::budget::{BudgetConfig, Ticket};
use crate::feed::{FeedConfig, SymbolConfig};
use crate::gateway::{self, Capabilities, Outcome, Settings};
use crate::permits::Profile;
use crate::system::{
    AccountAnswer, AccountQuestion, Answer, Call, Costs, Custody, Event, Hub, HubConfig,
    IncidentLine, Input, LinkCommand, OperatorRequest, Output, Reply, ReplyTicket, SnapshotError,
    Speed, Times,
};

pub(super) const MINUTE: i64 = 60_000_000_000;
pub(super) const BTC: SymbolId = SymbolId(0);
/// 2023-11-14T00:00:00Z.
const START: i64 = 1_699_920_000_000_000_000;

/// One hub with its journal and its venue.
pub(super) struct World {
    pub(super) hub: Hub<Scripted>,
    pub(super) venue: Exchange,
    /// What is on disk.
    pub(super) journal: Vec<Entry>,
    pub(super) emergency: Vec<Entry>,
    pub(super) events: Vec<Event>,
    pub(super) replies: BTreeMap<u64, Vec<Reply>>,
    pub(super) stopped: bool,
    /// Parts that are to be made anew, each after so many milliseconds.
    pub(super) restarts: Vec<(Part, i64)>,
    /// How often the venue was asked for open orders.
    pub(super) asked: u32,
    /// The venue is slow with the account: its answers are kept until the story hands them in.
    pub(super) keeps_account: bool,
    pub(super) kept: Vec<Input>,
    /// The venue is slow with open orders: the question waits until the story lets the venue look.
    pub(super) keeps_orders: bool,
    unseen: Option<Ticket>,
    /// A venue that is down takes no connections: what is sent to it is known not to have left.
    pub(super) refuses_connections: bool,
    /// The source of market data answers no question.
    pub(super) source_down: bool,
    /// What the venue says in each answer.
    pub(super) throttle: Option<Throttle>,
    /// What the venue does not answer, while it answers everything else.
    pub(super) unanswered: Option<AccountQuestion>,
    config: HubConfig,
    script: Scripted,
    link: Option<(SourceId, u64, Vec<Stream>)>,
    connected: u64,
    tickets: u64,
    /// Market data reaches the hub.
    pub(super) feed_works: bool,
    /// The disk takes entries.
    pub(super) disk_works: bool,
    /// The disk has no room now.
    pub(super) disk_full: bool,
    /// And nothing else has: not even the emergency record.
    pub(super) keeps_nothing: bool,
    /// What waits for room, as the pen keeps it.
    pub(super) roomless: Vec<Entry>,
    /// Timeframes of a symbol that the stream leaves out.
    pub(super) left_out: BTreeSet<(usize, Timeframe)>,
    quote_id: u64,
}

pub(super) fn limits() -> HardLimits {
    HardLimits {
        version: 1,
        order_notional: Money::from_units(500),
        gross_exposure: Money::from_units(900),
        open_orders: 20,
        orders_per_second: 20,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: ["BTCUSDT", "ETHUSDT"].iter().map(|name| Symbol::new(name).unwrap()).collect(),
    }
}

fn config(symbols: &[&str]) -> HubConfig {
    let watched = |name: &&str| {
        SymbolConfig::new(Symbol::new(name).unwrap(), [Timeframe::M15, Timeframe::H1])
    };
    let mut feed = FeedConfig::new(symbols.iter().map(watched).collect());
    feed.warm_up_bars = 20;
    // Of the handful of messages here one that lacks would be a tenth.
    feed.score_min = 0.0;
    HubConfig {
        journal: JournalId([7; 16]),
        seed: 7,
        engine: "policy = \"scripted\"\n".to_owned(),
        stage: None,
        feed,
        settlement: asset("USDT"),
        capital: Money::from_units(900),
        custody: Custody::Venue,
        gateway: Settings::live("main", Capabilities::binance_spot()),
        budget: BudgetConfig::new(Vec::new()),
        costs: Costs::default(),
        limits: Some(limits()),
        profile: Profile::Solo,
        safe_mode_cooldown: 24 * 60 * MINUTE,
        times: Times::default(),
        queue_high: 100,
        // A second of wall time is a minute: nothing goes stale between two quarters of an hour.
        speed: Speed::times(60),
    }
}

impl World {
    /// A world that has not begun.
    pub(super) fn new(symbols: &[&str]) -> Self {
        let config = config(symbols);
        let now = TsNanos::from_nanos(START);
        Self {
            hub: Hub::new(config.clone(), Scripted::default()).unwrap(),
            venue: Exchange::new(symbols, now),
            journal: Vec::new(),
            emergency: Vec::new(),
            events: Vec::new(),
            replies: BTreeMap::new(),
            stopped: false,
            restarts: Vec::new(),
            asked: 0,
            keeps_account: false,
            kept: Vec::new(),
            keeps_orders: false,
            unseen: None,
            refuses_connections: false,
            source_down: false,
            throttle: None,
            unanswered: None,
            config,
            script: Scripted::default(),
            link: None,
            connected: 0,
            tickets: 0,
            feed_works: true,
            disk_works: true,
            disk_full: false,
            keeps_nothing: false,
            roomless: Vec::new(),
            left_out: BTreeSet::new(),
            quote_id: 0,
        }
    }

    /// A world whose hub trades.
    pub(super) fn running(symbols: &[&str]) -> Self {
        let mut world = Self::new(symbols);
        world.begin();
        assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
        world
    }

    /// Changes the script; it holds from the next life on, unless the story says it before the first.
    pub(super) fn plan(&mut self, change: impl FnOnce(&mut Scripted)) {
        change(&mut self.script);
    }

    pub(super) fn configure(&mut self, change: impl FnOnce(&mut HubConfig)) {
        change(&mut self.config);
    }

    /// The number of the connection of market data.
    pub(super) const fn connected(&self) -> u64 {
        self.connected
    }

    /// The streams of that connection.
    pub(super) fn streams(&self) -> Vec<Stream> {
        self.link.as_ref().map(|(_, _, streams)| streams.clone()).unwrap_or_default()
    }

    pub(super) fn now(&self) -> TsNanos {
        self.venue.now
    }

    /// The moment so many minutes after the world began.
    pub(super) fn minute(minutes: i64) -> TsNanos {
        TsNanos::from_nanos(START + minutes * MINUTE)
    }

    /// Begins a life from the journal, and lets it come to rest.
    pub(super) fn begin(&mut self) {
        self.begin_with(None, Seq(0));
    }

    pub(super) fn of_snapshot(&self, bytes: &[u8]) -> Result<Hub<Scripted>, SnapshotError> {
        Hub::of_snapshot(self.config.clone(), bytes)
    }

    /// Returns the snapshot of a hub that folded every entry.
    pub(super) fn folded_anew(&self) -> Vec<u8> {
        let mut hub = Hub::new(self.config.clone(), self.script.clone()).unwrap();
        self.journal.iter().for_each(|entry| hub.restore(entry));
        hub.snapshot().unwrap()
    }

    /// Begins a life from a snapshot and the entries behind its place.
    pub(super) fn begin_with(&mut self, snapshot: Option<&[u8]>, place: Seq) {
        self.hub = match snapshot {
            Some(bytes) => self.of_snapshot(bytes).unwrap(),
            None => Hub::new(self.config.clone(), self.script.clone()).unwrap(),
        };
        self.link = None;
        self.stopped = false;
        self.roomless.clear();
        for entry in self.journal.iter().filter(|entry| entry.seq > place) {
            self.hub.restore(entry);
        }
        self.hub.begin(self.now());
        self.feed(Input::UserStreamUp);
        self.rest();
        for _ in 0..200 {
            if self.hub.status().gates.iter().all(|gate| gate.took_nanos.is_some()) {
                break;
            }
            self.wait(1);
        }
    }

    /// The process is killed: what is not on disk is lost.
    pub(super) fn kill_and_begin(&mut self) {
        self.begin();
    }

    pub(super) fn feed(&mut self, input: Input) {
        let now = self.now();
        self.hub.handle(input, now);
    }

    /// Does everything the hub asks for until it says nothing more.
    pub(super) fn rest(&mut self) {
        for round in 0.. {
            assert!(round < 1_000, "it does not come to rest");
            let mut quiet = true;
            let mut written = None;
            while let Some(output) = self.hub.poll() {
                quiet = false;
                self.on_output(output, &mut written);
            }
            if let Some(seq) = written {
                self.feed(Input::Durable(seq));
            }
            quiet &= !self.keep();
            for event in std::mem::take(&mut self.venue.events) {
                quiet = false;
                self.feed(Input::User(event));
            }
            if quiet {
                break;
            }
        }
    }

    /// Keeps what the full disk has no room for in the emergency record, where something waits for it. Returns whether it did.
    fn keep(&mut self) -> bool {
        let kept = self.emergency.last().map_or(Seq(0), |entry| entry.seq);
        let new: Vec<Entry> =
            self.roomless.iter().filter(|entry| entry.seq > kept).cloned().collect();
        let Some(last) = new
            .last()
            .map(|entry| entry.seq)
            .filter(|_| self.hub.is_held_up() && !self.keeps_nothing)
        else {
            return false;
        };
        self.emergency.extend(new);
        self.feed(Input::Kept(last));
        true
    }

    /// There is room again: the journal takes all that waited, in its order. Returns what had been kept elsewhere.
    pub(super) fn room_again(&mut self) -> Vec<Entry> {
        self.disk_full = false;
        self.journal.append(&mut self.roomless);
        let last = Seq(self.journal.len() as u64);
        self.feed(Input::Durable(last));
        self.feed(Input::JournalFull { waiting: None });
        self.rest();
        std::mem::take(&mut self.emergency)
    }

    fn on_output(&mut self, output: Output, written: &mut Option<Seq>) {
        match output {
            Output::Append(entry) => {
                if !self.disk_works {
                    self.feed(Input::JournalFailed { why: "no space left".to_owned() });
                    return;
                }
                let mut bytes = Vec::new();
                entry.encode(&mut bytes);
                assert_eq!(Entry::decode(&bytes).unwrap(), entry, "it is stored as it is");
                let before = self.journal.len() + self.roomless.len();
                assert_eq!(entry.seq.0, before as u64 + 1);
                if self.disk_full || self.keeps_nothing {
                    let waiting = Some(self.roomless.len() as u64 + 1);
                    if self.roomless.is_empty() {
                        self.feed(Input::JournalFull { waiting });
                    }
                    self.roomless.push(entry);
                    return;
                }
                *written = Some(entry.seq);
                self.journal.push(entry);
            }
            Output::Emergency(entry) => {
                *written = Some(entry.seq);
                self.emergency.push(entry);
            }
            Output::Call { ticket, call, .. } => {
                if self.keeps_account && call == Call::Account(AccountQuestion::Account) {
                    let answer = Answer::Account(self.answer(AccountQuestion::Account));
                    let (used, throttle) = (vec![], None);
                    self.kept.push(Input::Answered { ticket, answer, used, throttle });
                    return;
                }
                if self.keeps_orders && call == Call::Account(AccountQuestion::OpenOrders) {
                    self.unseen = Some(ticket);
                    return;
                }
                let silent = self.unanswered.map(Call::Account);
                let of_source = match &call {
                    Call::Market { query, .. } => self.source_down || self.venue.fails(query),
                    Call::Order(_) | Call::Account(_) => false,
                };
                if self.venue.down || of_source || silent.as_ref() == Some(&call) {
                    let answer = match lost(&call, self.now()) {
                        Answer::Order(gateway::Answer::Done(_)) if self.refuses_connections => {
                            Answer::Order(gateway::Answer::Done(Outcome::NotSent))
                        }
                        answer
                        @ (Answer::Order(_) | Answer::Account(_) | Answer::Market { .. }) => answer,
                    };
                    let (used, throttle) = (vec![], None);
                    self.feed(Input::Answered { ticket, answer, used, throttle });
                    return;
                }
                let (reports, answer) = match &call {
                    Call::Order(request) => {
                        let (reports, answer) = self.venue.carry_out(request);
                        (reports, Answer::Order(answer))
                    }
                    Call::Account(question) => {
                        self.asked += u32::from(*question == AccountQuestion::OpenOrders);
                        (vec![], Answer::Account(self.answer(*question)))
                    }
                    Call::Market { query, .. } => {
                        let result = Ok(self.venue.market(query));
                        (vec![], Answer::Market { sent: self.now(), result })
                    }
                };
                if self.venue.swallow > 0 && matches!(call, Call::Order(_)) {
                    self.venue.swallow -= 1;
                    let answer = lost(&call, self.now());
                    let (used, throttle) = (vec![], None);
                    self.feed(Input::Answered { ticket, answer, used, throttle });
                    return;
                }
                for report in reports {
                    self.feed(Input::Order(Box::new(report)));
                }
                let throttle = self.throttle;
                self.feed(Input::Answered { ticket, answer, used: vec![], throttle });
            }
            Output::Link(LinkCommand::Connect { source, number }) => {
                self.connected = number;
                let event = if self.feed_works {
                    LinkEvent::Connected
                } else {
                    LinkEvent::Closed { why: "refused".to_owned() }
                };
                self.feed(Input::Link { source, number, event });
            }
            Output::Link(LinkCommand::Disconnect { .. }) => self.link = None,
            Output::Link(LinkCommand::Subscribe { source, streams }) => {
                let number = self.connected;
                for stream in &streams {
                    let event = LinkEvent::Subscribed(stream.clone());
                    self.feed(Input::Link { source, number, event });
                }
                self.link = Some((source, number, streams));
                self.say_quotes();
                self.say_open_bars();
            }
            Output::Reply { ticket, reply } => {
                self.replies.entry(ticket.0).or_default().push(reply);
            }
            Output::Restart { part, wait_nanos } => {
                self.restarts.push((part, wait_nanos / 1_000_000));
            }
            Output::Tell(event) => self.events.push(event),
            Output::Stopped => self.stopped = true,
            Output::Walk { until, .. } => self.feed(Input::Walked(until)),
        }
    }

    fn answer(&self, question: AccountQuestion) -> AccountAnswer {
        match question {
            AccountQuestion::Account | AccountQuestion::OpenOrders if self.venue.refuses_key => {
                AccountAnswer::KeyRefused("invalid key".to_owned())
            }
            AccountQuestion::Account => AccountAnswer::Account(self.venue.account()),
            AccountQuestion::OpenOrders => AccountAnswer::OpenOrders(self.venue.open()),
            AccountQuestion::Listings => {
                AccountAnswer::Listings { listings: self.venue.listings(), limits: Vec::new() }
            }
        }
    }

    fn say(&mut self, event: MarketEvent) {
        if let Some((source, number, _)) = self.link.clone().filter(|_| self.feed_works) {
            let event = LinkEvent::Market(event);
            self.feed(Input::Link { source, number, event });
        }
    }

    pub(super) fn say_quotes(&mut self) {
        for place in 0..self.venue.symbols.len() {
            if self.venue.gone.contains(&place) {
                continue;
            }
            self.quote_id += 1;
            let price = self.venue.prices[place];
            let one: Price = "1".parse().unwrap();
            let qty: Qty = "5".parse().unwrap();
            self.say(MarketEvent::Quote(Quote {
                symbol: self.venue.symbols[place].clone(),
                bid: price,
                bid_qty: qty,
                ask: price + one,
                ask_qty: qty,
                update_id: self.quote_id,
                at: None,
            }));
        }
    }

    fn say_open_bars(&mut self) {
        let now = self.now();
        for place in 0..self.venue.symbols.len() {
            for timeframe in [Timeframe::M15, Timeframe::H1] {
                self.say_bar(place, timeframe, timeframe.open_of(now), false);
            }
        }
    }

    pub(super) fn say_bar(
        &mut self,
        place: usize,
        timeframe: Timeframe,
        open: TsNanos,
        closed: bool,
    ) {
        let bar = self.venue.bar(place, timeframe, open);
        self.say_this(place, timeframe, bar, closed);
    }

    pub(super) fn say_this(&mut self, place: usize, timeframe: Timeframe, bar: Bar, closed: bool) {
        if self.venue.gone.contains(&place) {
            return;
        }
        let symbol = self.venue.symbols[place].clone();
        let at = self.now();
        self.say(MarketEvent::Bar(BarUpdate { symbol, timeframe, bar, closed, at }));
    }

    /// The venue looks at the question it was slow with; its answer is kept until it arrives.
    pub(super) fn look_at_orders(&mut self) {
        let ticket = self.unseen.take().expect("it was asked");
        let answer = Answer::Account(self.answer(AccountQuestion::OpenOrders));
        self.kept.push(Input::Answered { ticket, answer, used: vec![], throttle: None });
    }

    /// The answers that the venue was slow with arrive.
    pub(super) fn answer_late(&mut self) {
        for input in std::mem::take(&mut self.kept) {
            self.feed(input);
        }
        self.rest();
    }

    /// Lets so many seconds pass; the hub is woken at each of its deadlines.
    pub(super) fn wait(&mut self, seconds: i64) {
        let end = self.now().plus(seconds * 1_000_000_000);
        for step in 0.. {
            assert!(step < 100_000, "its deadlines do not end");
            let next = self.hub.next_deadline().filter(|at| *at < end).unwrap_or(end);
            self.venue.now = next.max(self.now());
            self.feed(Input::Wake);
            self.rest();
            if self.now() >= end {
                return;
            }
        }
    }

    /// Lets time pass without a word to the hub but that it does.
    pub(super) fn pass(&mut self, nanos: i64) {
        self.venue.now = self.now().plus(nanos);
        self.feed(Input::Wake);
        self.rest();
    }

    /// Moves quarter by quarter of an hour: quotes, then the bars that close.
    pub(super) fn quarters(&mut self, count: usize) {
        for _ in 0..count {
            let next = Timeframe::M15.open_of(self.now()).plus(Timeframe::M15.nanos());
            self.wait(next.since(self.now()) / 1_000_000_000);
            self.close_bars();
            self.say_open_bars();
            self.rest();
        }
    }

    /// Tells the bars that close now, and quotes.
    pub(super) fn close_bars(&mut self) {
        self.say_quotes();
        let now = self.now();
        for place in 0..self.venue.symbols.len() {
            for timeframe in [Timeframe::M15, Timeframe::H1] {
                if timeframe.closes_at(now) && !self.left_out.contains(&(place, timeframe)) {
                    self.say_bar(place, timeframe, now.plus(-timeframe.nanos()), true);
                }
            }
        }
    }

    /// The market trades at a price; the hub hears of it.
    pub(super) fn trade(&mut self, place: usize, price: &str) {
        self.venue.trade(place, price);
        self.say_quotes();
        self.rest();
    }

    /// An operator asks; returns the last answer so far.
    pub(super) fn operator(&mut self, request: OperatorRequest) -> Reply {
        let ticket = self.ask(request);
        self.last_reply(ticket).expect("an answer")
    }

    pub(super) fn ask(&mut self, request: OperatorRequest) -> u64 {
        self.tickets += 1;
        let ticket = ReplyTicket(self.tickets);
        self.feed(Input::Operator { ticket, name: "ada".to_owned(), request });
        self.rest();
        self.tickets
    }

    pub(super) fn last_reply(&self, ticket: u64) -> Option<Reply> {
        self.replies.get(&ticket)?.last().cloned()
    }

    pub(super) fn mode(&self) -> SystemMode {
        self.hub.status().mode
    }

    pub(super) fn held(&self, symbol: SymbolId) -> String {
        self.hub.gateway().books().position(symbol).qty().to_string()
    }

    /// Says in short what the journal holds from a place on: what orders did, and what was refused.
    pub(super) fn told_from(&self, from: usize) -> Vec<String> {
        self.journal[from..].iter().filter_map(tell).collect()
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.told_from(0)
    }

    pub(super) fn incidents(&self) -> Vec<IncidentKind> {
        self.journal
            .iter()
            .filter_map(|entry| {
                if let Body::Incident(incident) = &entry.body { Some(incident.kind) } else { None }
            })
            .collect()
    }

    /// Returns the incidents that are open: kind, what was seen, what was wanted.
    pub(super) fn open_incidents(&self) -> Vec<String> {
        let say = |line: IncidentLine| {
            let Incident { kind, seen, wanted, .. } = line.incident;
            format!("{kind:?} {seen}/{wanted}")
        };
        self.hub.status().incidents.into_iter().map(say).collect()
    }

    /// Every order the venue has open, as `side qty kind`.
    pub(super) fn resting(&self) -> Vec<String> {
        let open = self.venue.orders.values().filter(|order| order.status.is_open());
        let say = |order: &super::venue::Resting| {
            format!("{} {} {:?}", order.request.side.name(), order.request.qty, kind(order))
        };
        open.map(say).collect()
    }

    /// A second hub folds the journal and knows the same.
    pub(super) fn check_restart(&self) {
        let mut again = Hub::new(self.config.clone(), self.script.clone()).unwrap();
        for entry in &self.journal {
            again.restore(entry);
        }
        assert_eq!(again.engine().folded, self.journal.len() as u64);
        assert_eq!(again.gateway().books(), self.hub.gateway().books());
        assert_eq!(again.status().mode, self.hub.status().mode);
    }
}

fn kind(order: &super::venue::Resting) -> &'static str {
    types::venue::OrderKindName::of(order.request.kind).name()
}

fn lost(call: &Call, now: TsNanos) -> Answer {
    use crate::gateway::{Answer as Gate, LookUp, Outcome, Request};
    match call {
        Call::Order(Request::LookUp(_)) => Answer::Order(Gate::LookUp(LookUp::Failed)),
        Call::Order(Request::Fills(_)) => Answer::Order(Gate::Fills(None)),
        Call::Order(_) => Answer::Order(Gate::Done(Outcome::Unknown)),
        Call::Account(_) => Answer::Account(AccountAnswer::Failed("no answer".to_owned())),
        Call::Market { .. } => Answer::Market {
            sent: now,
            result: Err(types::feed::QueryFailure::Unavailable("no answer".to_owned())),
        },
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a story tells what orders do")]
fn tell(entry: &Entry) -> Option<String> {
    Some(match &entry.body {
        Body::Command(command) => match &command.action {
            types::entry::CommandAction::Place(request) => {
                let kind = types::venue::OrderKindName::of(request.kind).name();
                format!("{} {} {kind}", request.side.name(), request.qty)
            }
            types::entry::CommandAction::Cancel => "cancel".to_owned(),
        },
        Body::Report(report) => match &report.event {
            ReportEvent::Accepted => "accepted".to_owned(),
            ReportEvent::Rejected(_) => "rejected".to_owned(),
            ReportEvent::Filled(fill) => format!("filled {} at {}", fill.qty, fill.price),
            ReportEvent::Cancelled => "cancelled".to_owned(),
            ReportEvent::Expired => "expired".to_owned(),
            ReportEvent::NeverAccepted => "never accepted".to_owned(),
            ReportEvent::CancelRejected => "not cancelled".to_owned(),
        },
        Body::Refused(refused) => format!("refused {}", refused.refusal.code.code()),
        Body::Mode(mode) => format!("mode {:?}", mode.mode),
        Body::Operator(operator) if operator.action != OperatorAction::Resume => {
            format!("operator {:?}", operator.action)
        }
        Body::Incident(incident) => format!("incident {:?}", incident.kind),
        Body::IncidentOver(_) => "over".to_owned(),
        _ => return None,
    })
}
