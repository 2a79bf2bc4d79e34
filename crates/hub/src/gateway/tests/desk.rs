//! [`Desk`]: a gateway with a journal and a venue that says what a story tells it to.
//!
//! A story is a list of `(what happens, what follows)`; its words are below, in `act`.

use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::entry::{
    Body, Command, CommandAction, Entry, Mode, ModeCause, Operator, OperatorAction, ReportEvent,
    Source, SystemMode,
};
use types::fill::Liquidity;
use types::hard_limits::HardLimits;
use types::ids::{Asset, ClientOrderId, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::venue::{
    FeeCharged, Listing, ListingStatus, OrderKindName, OrderReport, OrderStatus, Progress,
    ReportedKind, VenueFill, VenueOrderId,
};

use crate::gateway::words::{Answer, Input, LookUp, Named, Outcome, Output, Request, Ticket};
use crate::gateway::{Gateway, Settings};

pub(crate) const SYMBOL: SymbolId = SymbolId(0);
const MILLI: i64 = 1_000_000;

/// A gateway, its journal, and what was sent and is not answered.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) gateway: Gateway,
    pub(crate) journal: Vec<Entry>,
    settings: Settings,
    pub(crate) now: TsNanos,
    /// What the steps are about.
    symbol: SymbolId,
    sent: Vec<(Ticket, Request)>,
    /// Names of the orders, in the order of their commands.
    names: Vec<(OrderId, String)>,
    kinds: Vec<OrderKindName>,
    /// The disk takes longer than a step.
    slow: bool,
}

impl Desk {
    /// A desk with 1,000 in cash and BTCUSDT at 100.
    pub(crate) fn new(settings: Settings) -> Self {
        Self::trading(settings, vec![instrument("0.1")])
    }

    /// A desk with 1,000 in cash and each of these at 100.
    pub(crate) fn trading(settings: Settings, table: Vec<Instrument>) -> Self {
        let symbols = crate::units::symbol_ids(table.len());
        let mut desk = Self {
            gateway: Gateway::new(settings.clone()),
            journal: Vec::new(),
            settings,
            now: TsNanos::from_nanos(1_700_000_000_000_000_000),
            symbol: SYMBOL,
            sent: Vec::new(),
            names: Vec::new(),
            kinds: OrderKindName::ALL.to_vec(),
            slow: false,
        };
        desk.append(Source::Hub, Body::Genesis { journal: JournalId([1; 16]), seed: 7 });
        desk.append(Source::Hub, Body::Instruments(table));
        desk.append(Source::Venue, Body::Flow { amount: Money::from_units(1_000) });
        desk.mode(SystemMode::Running);
        desk.append(Source::Hub, Body::Limits(limits()));
        for symbol in symbols {
            desk.append(Source::Venue, Body::Mark { symbol, price: price("100") });
        }
        assert_eq!(desk.drain(), "");
        desk
    }

    /// Tells a story and compares what follows each step.
    pub(crate) fn story(&mut self, steps: &[(&str, &str)]) {
        for (number, (step, wanted)) in steps.iter().enumerate() {
            self.act(step);
            let seen = self.drain();
            assert_eq!(&seen, wanted, "step {}: {step}", number + 1);
        }
    }

    pub(crate) fn append(&mut self, source: Source, body: Body) {
        let seq = Seq(self.journal.len() as u64 + 1);
        let entry = Entry { seq, ts_event: self.now, ts: self.now, source, body };
        self.gateway.handle(Input::Entry(&entry), self.now);
        self.journal.push(entry);
    }

    fn mode(&mut self, mode: SystemMode) {
        let mode = Mode { mode, cause: ModeCause::Started, latched_until: None };
        self.append(Source::Hub, Body::Mode(mode));
    }

    fn operator(&mut self, action: OperatorAction) {
        let operator = Operator { name: "ada".to_owned(), action, by: None };
        self.append(Source::Operator, Body::Operator(operator));
    }

    /// Does all that the gateway asks for and says what that was.
    pub(crate) fn drain(&mut self) -> String {
        let mut said = Vec::new();
        loop {
            if !self.slow {
                self.gateway.handle(Input::Durable(Seq(self.journal.len() as u64)), self.now);
            }
            match self.gateway.poll() {
                None => return said.join("; "),
                Some(Output::Append { source, body, .. }) => {
                    let line = self.say(&body);
                    self.append(source, body);
                    said.push(line);
                }
                Some(Output::Send { ticket, request }) => {
                    said.push(self.say_request(&request));
                    self.sent.push((ticket, request));
                }
            }
            assert!(said.len() < 100, "it does not come to rest: {said:?}");
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the gateway appends no other kind")]
    fn say(&mut self, body: &Body) -> String {
        match body {
            Body::Command(command) => match &command.action {
                CommandAction::Place(request) => {
                    let name = self.name_new(command.order, request);
                    format!("place {name} {}", say_order(request))
                }
                CommandAction::Cancel => format!("cancel {}", self.name(command.order)),
            },
            Body::Report(report) => {
                let name =
                    report.order.map_or_else(|| "venue".to_owned(), |order| self.name(order));
                match &report.event {
                    ReportEvent::Accepted => format!("{name} accepted"),
                    ReportEvent::Rejected(_) => format!("{name} rejected"),
                    ReportEvent::Filled(fill) => {
                        format!("{name} filled {} at {}", fill.qty, fill.price)
                    }
                    ReportEvent::Cancelled => format!("{name} cancelled"),
                    ReportEvent::Expired => format!("{name} expired"),
                    ReportEvent::NeverAccepted => format!("{name} never accepted"),
                    ReportEvent::CancelRejected => format!("{name} not cancelled"),
                }
            }
            Body::Refused(refused) => format!("refused {}", refused.refusal.code.code()),
            Body::Incident(incident) => {
                let order = incident.order.map(|order| format!(" {}", self.name(order)));
                format!("incident {:?}{}", incident.kind, order.unwrap_or_default())
            }
            Body::IncidentOver(over) => {
                let place = usize::try_from(over.incident.0 - 1).unwrap();
                let Body::Incident(incident) = &self.journal[place].body else { panic!("none") };
                format!("over {:?}", incident.kind)
            }
            other => panic!("the gateway appends no {other:?}"),
        }
    }

    fn say_request(&self, request: &Request) -> String {
        let place = |place: &[super::super::Placing]| {
            let names: Vec<_> = place.iter().map(|p| self.name(p.named().order)).collect();
            names.join("+")
        };
        match request {
            Request::Place(placings) => format!("send {}", place(placings)),
            Request::Cancel(cancel) => format!("send cancel {}", self.name(cancel.order)),
            Request::Replace { cancel, place: placings } => {
                format!("send {} for {}", place(placings), self.name(cancel.order))
            }
            Request::LookUp(named) => format!("look up {}", self.name(named.order)),
            Request::Fills(named) => format!("ask fills of {}", self.name(named.order)),
        }
    }

    fn name_new(&mut self, order: OrderId, request: &OrderRequest) -> String {
        let word = match (order.leg, request.reduce_only) {
            (Leg::Main, false) => "entry",
            (Leg::Main, true) => "sale",
            (Leg::Stop, _) => "stop",
            (Leg::Target, _) => "target",
        };
        let first = OrderId { attempt: 0, ..order };
        let name = if order.attempt > 0 {
            format!("{}#{}", self.name(first), order.attempt + 1)
        } else {
            let same = |(id, name): &&(OrderId, String)| id.attempt == 0 && name.starts_with(word);
            match self.names.iter().filter(same).count() {
                0 => word.to_owned(),
                earlier => format!("{word}{}", earlier + 1),
            }
        };
        self.names.push((order, name.clone()));
        name
    }

    fn name(&self, order: OrderId) -> String {
        let known = self.names.iter().find(|(id, _)| *id == order);
        known.map(|(_, name)| name.clone()).unwrap_or_else(|| format!("{order:?}"))
    }

    pub(crate) fn order(&self, name: &str) -> OrderId {
        let known = self.names.iter().find(|(_, known)| known == name);
        known.unwrap_or_else(|| panic!("no order {name} among {:?}", self.names)).0
    }

    fn request_of(&self, order: OrderId) -> OrderRequest {
        let command = self.journal.iter().find_map(|entry| {
            let Body::Command(command) = &entry.body else { return None };
            let CommandAction::Place(request) = command.action else { return None };
            (command.order == order).then_some(request)
        });
        command.expect("it was commanded")
    }

    /// Carries one step out. Words in capitals are numbers or names.
    pub(crate) fn act(&mut self, step: &str) {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words.as_slice() {
            ["enter", qty, rest @ ..] => self.enter(qty, rest),
            ["exit"] => self.decide(Action::Reduce { qty: None }),
            ["exit", qty] => self.decide(Action::Reduce { qty: Some(self::qty(qty)) }),
            ["move", trigger] => self.decide(Action::MoveStop { trigger: price(trigger) }),
            ["quote", bid, ask] => {
                let (bid, ask) = (price(bid), price(ask));
                self.gateway.handle(Input::Quote { symbol: self.symbol, bid, ask }, self.now);
            }
            ["mark", at] => {
                self.append(Source::Venue, Body::Mark { symbol: self.symbol, price: price(at) });
            }
            ["symbol", number] => self.symbol = SymbolId(number.parse().unwrap()),
            ["wait", millis] => {
                self.now = self.now.plus(millis.parse::<i64>().unwrap() * MILLI);
                self.gateway.handle(Input::Wake, self.now);
            }
            // Time passes, and nobody says so.
            ["later", millis] => self.now = self.now.plus(millis.parse::<i64>().unwrap() * MILLI),
            // To the nanosecond at which the gateway wants to be told the time.
            ["due"] => {
                self.now = self.gateway.next_deadline().expect("something is due");
                self.gateway.handle(Input::Wake, self.now);
            }
            ["reply", word] => self.reply(Answer::Done(outcome(word))),
            ["reply", cancel, place] => {
                let (cancel, place) = (outcome(cancel), outcome(place));
                self.reply(Answer::Replaced { cancel, place });
            }
            // The orders as they ended come later than the answer.
            ["reply-first", cancel, place] => {
                let (cancel, place) = (outcome(cancel), outcome(place));
                let (ticket, _) = self.take_change();
                let answer = Answer::Replaced { cancel, place };
                self.gateway.handle(Input::Answer(ticket, answer), self.now);
            }
            ["found", name, status @ ..] => {
                let report = Box::new(self.report(name, status));
                self.answer(Answer::LookUp(LookUp::Found(report)));
            }
            ["not-found"] => self.answer(Answer::LookUp(LookUp::NotFound)),
            ["look-up-failed"] => self.answer(Answer::LookUp(LookUp::Failed)),
            ["no-fills"] => self.answer(Answer::Fills(None)),
            ["fills", fills @ ..] => {
                let asked = self.sent.iter().rev().find_map(|(_, request)| {
                    let Request::Fills(Named { order, .. }) = request else { return None };
                    Some(*order)
                });
                let order = asked.expect("fills were asked for");
                let fills = fills.iter().map(|text| self.fill(order, text)).collect();
                self.answer(Answer::Fills(Some(fills)));
            }
            // The venue says something by itself: a status, what was executed, fills ID:QTY@PRICE[-FEE].
            ["says", name, status @ ..] => {
                let report = self.report(name, status);
                self.gateway.handle(Input::Order(&report), self.now);
            }
            ["restart"] => self.restart(0),
            // So long after the life before had sent its last.
            ["restart", millis] => self.restart(millis.parse::<i64>().unwrap() * MILLI),
            ["mode", "safe"] => self.mode(SystemMode::SafeMode),
            ["mode", "running"] => self.mode(SystemMode::Running),
            ["mode", "maintenance"] => self.mode(SystemMode::Maintenance),
            ["gross", limit] => {
                let gross_exposure = Money::of_qty(qty(limit));
                self.append(Source::Hub, Body::Limits(HardLimits { gross_exposure, ..limits() }));
            }
            ["orders", limit] => {
                let open_orders = limit.parse().unwrap();
                self.append(Source::Hub, Body::Limits(HardLimits { open_orders, ..limits() }));
            }
            ["kinds", kinds @ ..] => {
                let named =
                    |text: &&str| OrderKindName::ALL.into_iter().find(|k| k.name() == *text);
                self.kinds = kinds.iter().map(|text| named(text).expect("a kind")).collect();
                self.list(ListingStatus::Trading);
            }
            ["disk", "slow"] => self.slow = true,
            // All that was appended is on disk, or in the emergency record.
            ["disk", "done"] => self.slow = false,
            ["disk", "full"] => self.gateway.handle(Input::JournalFull { on: true }, self.now),
            ["disk", "roomy"] => self.gateway.handle(Input::JournalFull { on: false }, self.now),
            ["disk", "dead"] => self.gateway.handle(Input::JournalFailed, self.now),
            ["kill"] => self.operator(OperatorAction::Kill),
            ["open-again"] => self.operator(OperatorAction::ReleaseKill),
            ["flatten"] => self.operator(OperatorAction::Flatten),
            ["pause"] => self.operator(OperatorAction::Pause),
            ["go-on"] => self.operator(OperatorAction::Resume),
            // The command alone, as of a life that ended before it left.
            ["cancel", name] => {
                let (order, action) = (self.order(name), CommandAction::Cancel);
                let command = Command { order, cause: Seq(1), action };
                self.append(Source::Hub, Body::Command(command));
            }
            ["missing", name] => {
                self.gateway.handle(Input::Missing(self.order(name)), self.now);
            }
            ["halt"] => self.list(ListingStatus::Halted),
            ["resume"] => self.list(ListingStatus::Trading),
            ["delist"] => {
                self.gateway
                    .handle(Input::Listing { symbol: self.symbol, listing: None }, self.now);
            }
            ["lot", lot] => self.append(Source::Hub, Body::Instruments(vec![instrument(lot)])),
            _ => panic!("no such step: {step}"),
        }
    }

    fn enter(&mut self, size: &str, words: &[&str]) {
        let mut protection = None;
        let (mut limit, mut expires, mut direction) = (None, None, Direction::Long);
        for pair in words.chunks(2) {
            match pair {
                ["stop", distance] => {
                    let stop = Protective::Distance(price(distance));
                    protection = Some(Protection { stop, target: None });
                }
                ["target", distance] => {
                    let known: &mut Protection = protection.as_mut().expect("stop first");
                    known.target = Some(Protective::Distance(price(distance)));
                }
                ["limit", at] => limit = Some(price(at)),
                ["side", "short"] => direction = Direction::Short,
                ["within", millis] => {
                    expires = Some(self.now.plus(millis.parse::<i64>().unwrap() * MILLI));
                }
                _ => panic!("no such word: {pair:?}"),
            }
        }
        self.decide(Action::Enter { direction, qty: qty(size), limit, protection, expires });
    }

    fn decide(&mut self, action: Action) {
        let reason = Reason::word(ReasonCode::Enter);
        let decision = Decision { symbol: Some(self.symbol), action, reason };
        self.append(Source::Engine, Body::Decision(decision));
    }

    fn list(&mut self, status: ListingStatus) {
        let listing = Listing {
            instrument: instrument("0.1"),
            status,
            kinds: self.kinds.clone(),
            oco: self.settings.venue.oco,
            oto: false,
            cancel_replace: self.settings.venue.replace,
            amend: false,
            min_price: Price::ZERO,
            max_price: Price::ZERO,
            max_notional: None,
            market_lot: None,
            buy_band: None,
            sell_band: None,
            max_triggered_orders: None,
            max_lists: None,
            max_position: None,
        };
        let symbol = self.symbol;
        self.gateway.handle(Input::Listing { symbol, listing: Some(&listing) }, self.now);
    }

    /// Answers the oldest request that changes something.
    /// Takes the oldest request that changes something off the list of what is not answered.
    fn take_change(&mut self) -> (Ticket, Request) {
        let changes = |(_, request): &(Ticket, Request)| match request {
            Request::Place(_) | Request::Cancel(_) | Request::Replace { .. } => true,
            Request::LookUp(_) | Request::Fills(_) => false,
        };
        let place = self.sent.iter().position(changes).expect("something was sent");
        self.sent.remove(place)
    }

    fn reply(&mut self, answer: Answer) {
        let (ticket, request) = self.take_change();
        let ends = matches!(
            answer,
            Answer::Done(Outcome::Accepted) | Answer::Replaced { cancel: Outcome::Accepted, .. }
        );
        if let (true, Request::Cancel(named) | Request::Replace { cancel: named, .. }) =
            (ends, request)
        {
            self.ended(named.order);
        }
        self.gateway.handle(Input::Answer(ticket, answer), self.now);
    }

    /// A cancellation that was done comes with the orders as they ended.
    fn ended(&mut self, order: OrderId) {
        let live = self.gateway.state.orders.get(order).expect("it was placed");
        let pair = live.pair;
        let both = [Some(order), pair].into_iter().flatten();
        for order in
            both.filter(|order| self.gateway.state.orders.is_open(*order)).collect::<Vec<_>>()
        {
            let live = self.gateway.state.orders.get(order).expect("it was placed");
            let filled = live.filled.to_string();
            let name = self.name(order);
            let report = self.report(&name, &["cancelled", &filled]);
            self.gateway.handle(Input::Order(&report), self.now);
        }
    }

    /// Answers the newest question that such an answer belongs to.
    fn answer(&mut self, answer: Answer) {
        let asks = |(_, request): &(Ticket, Request)| match (request, &answer) {
            (Request::LookUp(named), Answer::LookUp(LookUp::Found(report))) => {
                named.client_id.as_str() == report.client_order_id
            }
            (Request::LookUp(_), Answer::LookUp(_)) | (Request::Fills(_), Answer::Fills(_)) => true,
            _ => false,
        };
        let place = self.sent.iter().rposition(asks).expect("something was asked");
        let (ticket, _) = self.sent.remove(place);
        self.gateway.handle(Input::Answer(ticket, answer), self.now);
    }

    fn report(&self, name: &str, words: &[&str]) -> OrderReport {
        let order = self.order(name);
        let request = self.request_of(order);
        let (status, words) = words.split_first().expect("a status");
        let status = match *status {
            "working" => OrderStatus::Working,
            "partly" => OrderStatus::PartiallyFilled,
            "filled" => OrderStatus::Filled,
            "cancelled" => OrderStatus::Cancelled,
            "rejected" => OrderStatus::Rejected,
            "expired" => OrderStatus::Expired,
            other => panic!("no status {other}"),
        };
        let (filled, fills) =
            words.split_first().map_or(("0", words), |(first, rest)| (*first, rest));
        OrderReport {
            symbol: Symbol::new("BTCUSDT").unwrap(),
            client_order_id: self.client_id(order).as_str().to_owned(),
            venue_order_id: VenueOrderId("1".to_owned()),
            list_id: None,
            side: request.side,
            kind: ReportedKind::Ours(request.kind),
            tif: request.tif,
            progress: Progress {
                qty: request.qty,
                filled: qty(filled),
                filled_quote: None,
                status,
            },
            updated_at: self.now,
            fills: fills.iter().map(|text| self.fill(order, text)).collect(),
        }
    }

    pub(crate) fn client_id(&self, order: OrderId) -> ClientOrderId {
        ClientOrderId::of(JournalId([1; 16]), &self.settings.account, order)
    }

    /// Reads `ID:QTY@PRICE` with `-FEE` in base behind it where one was taken, or `-FEE/ASSET`.
    fn fill(&self, order: OrderId, text: &str) -> VenueFill {
        let (text, fee) =
            text.split_once('-').map_or((text, None), |(text, fee)| (text, Some(fee)));
        let fee = fee.map(|fee| fee.split_once('/').unwrap_or((fee, "BTC")));
        let (id, text) = text.split_once(':').expect("ID:");
        let (size, at) = text.split_once('@').expect("QTY@PRICE");
        VenueFill {
            symbol: Symbol::new("BTCUSDT").unwrap(),
            trade_id: id.parse().unwrap(),
            venue_order_id: VenueOrderId("1".to_owned()),
            side: self.request_of(order).side,
            qty: qty(size),
            price: price(at),
            fee: fee.map(|(fee, asset)| FeeCharged {
                asset: Asset::new(asset).unwrap(),
                amount: Money::of_qty(qty(fee)),
            }),
            liquidity: Some(Liquidity::Maker),
            at: self.now,
        }
    }

    /// A new life from the journal alone.
    fn restart(&mut self, quiet: i64) {
        let mut gateway = Gateway::new(self.settings.clone());
        for entry in &self.journal {
            gateway.handle(Input::Entry(entry), entry.ts);
        }
        assert_eq!(gateway.state, self.gateway.state, "a restart knows what the journal says");
        gateway.handle(Input::Restored { quiet }, self.now);
        self.gateway = gateway;
        self.sent.clear();
    }

    /// Returns both numbers of the last refusal.
    pub(crate) fn refused(&self) -> (String, String) {
        let refusal = self.journal.iter().rev().find_map(|entry| {
            let Body::Refused(refused) = &entry.body else { return None };
            Some(refused.refusal)
        });
        let refusal = refusal.expect("something was refused");
        (refusal.seen.to_string(), refusal.limit.to_string())
    }

    /// Returns what is held.
    pub(crate) fn held(&self) -> String {
        self.gateway.books().position(SYMBOL).qty().to_string()
    }
}

fn say_order(request: &OrderRequest) -> String {
    let side = request.side.name();
    let kind = match request.kind {
        OrderKind::Market => "market".to_owned(),
        OrderKind::Limit { price } => format!("limit {price}"),
        OrderKind::StopMarket { trigger } => format!("stop {trigger}"),
        OrderKind::StopLimit { trigger, price } => format!("stop {trigger} limit {price}"),
        OrderKind::TakeProfit { trigger } => format!("target {trigger}"),
        OrderKind::LimitMaker { price } => format!("maker {price}"),
    };
    let ioc = if request.tif == TimeInForce::Ioc { " ioc" } else { "" };
    format!("{side} {} {kind}{ioc}", request.qty)
}

fn outcome(word: &str) -> Outcome {
    match word {
        "accepted" => Outcome::Accepted,
        "rejected" => Outcome::Rejected("no".to_owned()),
        "unknown" => Outcome::Unknown,
        "not-sent" => Outcome::NotSent,
        other => panic!("no outcome {other}"),
    }
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub(crate) fn instrument(lot: &str) -> Instrument {
    Instrument {
        tick: price("1"),
        lot: qty(lot),
        min_qty: qty("0.1"),
        min_notional: Money::from_units(20),
        ..Instrument::unknown(
            Symbol::new("BTCUSDT").unwrap(),
            Asset::new("BTC").unwrap(),
            Asset::new("USDT").unwrap(),
            Market::Spot,
        )
    }
}

fn limits() -> HardLimits {
    HardLimits {
        version: 1,
        order_notional: Money::from_units(500),
        gross_exposure: Money::from_units(900),
        open_orders: 20,
        orders_per_second: 20,
        price_collar: Ratio::from_bps(200),
        daily_loss: Ratio::from_bps(1_000),
        symbols: vec![Symbol::new("BTCUSDT").unwrap()],
    }
}
