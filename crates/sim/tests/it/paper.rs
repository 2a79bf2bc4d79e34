//! Backtest and paper of the same recorded days: a whole hub, with the desk as its venue and bars that come as a
//! venue's public streams bring them, against the backtest, decision by decision and order by order.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::BTreeMap;

use engine::State;
use hub::budget::BudgetConfig;
use hub::feed::{FeedConfig, SymbolConfig};
use hub::gateway::Settings;
use hub::permits::Profile;
use hub::system::{
    AccountAnswer, AccountQuestion, Answer, Call, Costs, Custody, Hub, HubConfig, Input,
    LinkCommand, OperatorRequest, Output, ReplyTicket, Speed, Times,
};
use sim::backtest::{BacktestConfig, Observer};
use sim::data::Aggregator;
use sim::desk::{PaperDesk, Word};
use types::bar::Bar;
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::feed::{Answer as Told, BarUpdate, LinkEvent, MarketEvent, Query, Quote, SourceId};
use types::hard_limits::HardLimits;
use types::ids::{JournalId, Seq};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty, Ratio};
use types::venue::{Listing, ListingStatus, OrderKindName};

use crate::worlds::{QUICK, START, Series, config, inputs, made, options, run_series};

const NATIVE: Timeframe = Timeframe::M5;

/// How long after a close it is known.
const LATER: i64 = 300_000_000;

/// The entries of a backtest.
#[derive(Debug, Default)]
struct Journal(Vec<Entry>);

impl Observer for Journal {
    fn on_entry(&mut self, entry: &Entry, _: &State) {
        self.0.push(entry.clone());
    }
}

/// A hub with its journal, the desk as its venue, and what a venue's public streams say.
struct Paper {
    hub: Hub<State>,
    desk: PaperDesk,
    journal: Vec<Entry>,
    settings: HubConfig,
    instruments: Vec<Instrument>,
    aggregators: Vec<Aggregator>,
    /// Closed bars by symbol and timeframe: what a question for history is answered with.
    closed: BTreeMap<(usize, Timeframe), Vec<Bar>>,
    prices: Vec<Price>,
    now: TsNanos,
    connected: Option<(SourceId, u64)>,
    quotes: u64,
    stopped: bool,
}

impl Paper {
    fn new(config: &BacktestConfig, series: &[Series]) -> Self {
        let instruments = options(&inputs(series), Market::Spot).instruments;
        let engine = config.engine.clone().resolved(NATIVE).unwrap();
        let timeframes = engine.timeframes_in_use().to_vec();
        let watched = |instrument: &Instrument| {
            SymbolConfig::new(instrument.symbol.clone(), timeframes.iter().copied())
        };
        let mut feed = FeedConfig::new(instruments.iter().map(watched).collect());
        feed.warm_up_bars = 1;
        let capital = config.capital().unwrap();
        let settings = HubConfig {
            journal: JournalId([3; 16]),
            seed: 0,
            engine: engine.to_toml().unwrap(),
            stage: None,
            feed,
            settlement: instruments[0].quote.clone(),
            capital,
            custody: Custody::InProcess { walks: NATIVE },
            gateway: Settings::paper("paper"),
            budget: BudgetConfig::new(Vec::new()),
            costs: Costs::default(),
            limits: Some(HardLimits {
                version: 1,
                order_notional: capital,
                gross_exposure: capital + capital,
                open_orders: 100,
                orders_per_second: 100,
                price_collar: Ratio::from_bps(2_000),
                daily_loss: Ratio::from_bps(9_000),
                symbols: instruments.iter().map(|i| i.symbol.clone()).collect(),
            }),
            profile: Profile::Solo,
            safe_mode_cooldown: engine.risk.drawdown.latch.nanos(),
            // Prices between two closes are no entries: a backtest has none.
            times: Times { mark_every: i64::MAX, ..Times::default() },
            queue_high: 1_000,
            speed: Speed::PACED,
        };
        let desk = PaperDesk::new(Market::Spot, config.costs.clone(), config.conventions, NATIVE);
        Self {
            hub: Hub::new(settings.clone(), State::default()).unwrap(),
            desk,
            journal: Vec::new(),
            settings,
            aggregators: vec![Aggregator::new(NATIVE, &timeframes).unwrap(); instruments.len()],
            closed: BTreeMap::new(),
            prices: series.iter().map(|series| series.rows()[0].bar.open).collect(),
            instruments,
            now: START,
            connected: None,
            quotes: 0,
            stopped: false,
        }
    }

    /// Begins a life: all that an earlier one left is the journal.
    fn begin(&mut self) {
        self.hub = Hub::new(self.settings.clone(), State::default()).unwrap();
        self.connected = None;
        let (mut whole, mut restored) = (self.desk.anew(), self.desk.anew());
        for entry in &self.journal {
            self.hub.restore(entry);
            whole.on_entry(entry).unwrap();
        }
        let snapshot = self.desk.snapshot().unwrap();
        assert!(snapshot == whole.snapshot().unwrap(), "a snapshot says what the journal says");
        restored.restore(&snapshot).unwrap();
        assert!(restored.snapshot().unwrap() == snapshot, "nothing of it is lost");
        self.desk = restored;
        self.desk.begin();
        self.hub.begin(self.now);
        self.run();
        self.hear(Input::Wake);
        let gates = self.hub.status().gates;
        assert!(gates.iter().all(|gate| gate.took_nanos.is_some()), "{gates:?}");
    }

    fn hear(&mut self, input: Input) {
        self.hub.handle(input, self.now);
        self.run();
    }

    /// Does what the hub asks for and hands on what the desk says, one word at a time, each answered before the next.
    fn run(&mut self) {
        let mut told = None;
        loop {
            self.rest();
            assert!(self.hub.is_at_rest());
            let word = self.desk.next_word();
            let input = match word.as_ref().map(Word::at) {
                Some(at) => Input::Walking(at),
                None if told < Some(self.desk.walked()) => {
                    told = Some(self.desk.walked());
                    Input::Walked(self.desk.walked())
                }
                None => return,
            };
            self.hub.handle(input, self.now);
            let Some(word) = word else { continue };
            let input = match word {
                Word::Report { report, .. } => Input::Report(report),
                Word::Answer { ticket, answer, .. } => Input::Answered {
                    ticket: hub::budget::Ticket(ticket.0),
                    answer: Answer::Order(answer),
                    used: Vec::new(),
                    throttle: None,
                },
                Word::Funding { .. } => panic!("no funding on spot"),
            };
            self.hub.handle(input, self.now);
        }
    }

    /// Does what the hub asks for.
    fn rest(&mut self) {
        for round in 0.. {
            assert!(round < 1_000, "it does not come to rest");
            let mut written: Option<Seq> = None;
            let mut quiet = true;
            while let Some(output) = self.hub.poll() {
                quiet = false;
                self.on_output(output, &mut written);
            }
            if let Some(seq) = written {
                self.hub.handle(Input::Durable(seq), self.now);
            }
            if quiet {
                return;
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is for people")]
    fn on_output(&mut self, output: Output, written: &mut Option<Seq>) {
        match output {
            Output::Append(entry) => {
                *written = Some(entry.seq);
                self.desk.on_entry(&entry).unwrap();
                self.journal.push(entry);
            }
            Output::Walk { until, bars } => {
                for (symbol, bar) in bars {
                    assert!(self.desk.on_bar(symbol, bar), "in time");
                }
                self.desk.close(until);
            }
            Output::Call { ticket, call: Call::Order(request), .. } => {
                self.desk.send(hub::gateway::Ticket(ticket.0), request);
            }
            Output::Call { ticket, call, .. } => {
                let answer = match call {
                    Call::Account(AccountQuestion::Listings) => {
                        let listings = self.instruments.iter().map(listing).collect();
                        Answer::Account(AccountAnswer::Listings { listings, limits: Vec::new() })
                    }
                    Call::Market { query, .. } => {
                        Answer::Market { sent: self.now, result: Ok(self.history(&query)) }
                    }
                    other => panic!("a paper account is not asked for {other:?}"),
                };
                let (used, throttle) = (Vec::new(), None);
                self.hub.handle(Input::Answered { ticket, answer, used, throttle }, self.now);
            }
            Output::Link(LinkCommand::Connect { source, number }) => {
                let event = LinkEvent::Connected;
                self.connected = Some((source, number));
                self.hub.handle(Input::Link { source, number, event }, self.now);
            }
            Output::Link(LinkCommand::Subscribe { source, streams }) => {
                let (_, number) = self.connected.unwrap();
                for stream in streams {
                    let event = LinkEvent::Subscribed(stream);
                    self.hub.handle(Input::Link { source, number, event }, self.now);
                }
                self.say_quotes();
                self.say_open_bars();
            }
            Output::Link(LinkCommand::Disconnect { .. }) => panic!("the stream is good"),
            Output::Stopped => self.stopped = true,
            Output::Emergency(entry) => panic!("the journal works: {entry:?}"),
            _ => {}
        }
    }

    fn history(&self, query: &Query) -> Told {
        match query {
            Query::Time => Told::Time(self.now),
            Query::Bars { symbol, timeframe, from, until, limit } => {
                let place = self.instruments.iter().position(|i| i.symbol == *symbol).unwrap();
                let bars = self.closed.get(&(place, *timeframe)).cloned().unwrap_or_default();
                let wanted = |bar: &Bar| bar.open_time >= *from && bar.open_time < *until;
                Told::Bars(bars.into_iter().filter(wanted).take(usize::from(*limit)).collect())
            }
            Query::Trades { .. } | Query::Depth { .. } => panic!("nobody asks for {query:?}"),
        }
    }

    fn say(&mut self, event: MarketEvent) {
        if let Some((source, number)) = self.connected {
            let event = LinkEvent::Market(event);
            self.hub.handle(Input::Link { source, number, event }, self.now);
        }
    }

    fn say_quotes(&mut self) {
        for place in 0..self.instruments.len() {
            self.quotes += 1;
            let (instrument, price) = (&self.instruments[place], self.prices[place]);
            let qty = Qty::from_raw(100_000_000);
            self.say(MarketEvent::Quote(Quote {
                symbol: instrument.symbol.clone(),
                bid: price,
                bid_qty: qty,
                ask: price + instrument.tick,
                ask_qty: qty,
                update_id: self.quotes,
                at: None,
            }));
        }
    }

    /// The bars that go on: a stream tells them before they close.
    fn say_open_bars(&mut self) {
        for place in 0..self.instruments.len() {
            let timeframes = self.settings.feed.symbols[place].timeframes.clone();
            for timeframe in timeframes.into_iter().chain([NATIVE]) {
                let open_time = timeframe.open_of(self.now);
                let price = self.prices[place];
                let (open, high, low, close) = (price, price, price, price);
                let bar = Bar { open_time, open, high, low, close, volume: None };
                self.say_bar(place, timeframe, bar, false);
            }
        }
    }

    fn say_bar(&mut self, place: usize, timeframe: Timeframe, bar: Bar, closed: bool) {
        let symbol = self.instruments[place].symbol.clone();
        let at = self.now;
        self.say(MarketEvent::Bar(BarUpdate { symbol, timeframe, bar, closed, at }));
    }

    /// The bars of one close, a moment after it: the hub hears what closed, in any order.
    fn on_close(&mut self, close: TsNanos, bars: &[(usize, Bar)]) {
        for (place, bar) in bars {
            self.prices[*place] = bar.close;
        }
        self.now = close.plus(LATER);
        self.hear(Input::Wake);
        self.say_quotes();
        // A stream keeps no order among symbols and timeframes.
        for (place, timeframe, bar) in self.close_bars(close, bars).into_iter().rev() {
            self.say_bar(place, timeframe, bar, true);
        }
        self.run();
        assert_eq!(self.desk.walked(), close);
        self.say_open_bars();
        self.run();
    }

    /// Makes the bars that close of finer ones, and keeps them for those who ask.
    fn close_bars(
        &mut self,
        close: TsNanos,
        bars: &[(usize, Bar)],
    ) -> Vec<(usize, Timeframe, Bar)> {
        let mut all = Vec::new();
        for (place, bar) in bars {
            let mut closed = Vec::new();
            self.aggregators[*place].push(bar, &mut closed);
            self.aggregators[*place].close_until(close, &mut closed);
            closed.insert(0, (NATIVE, *bar));
            for (timeframe, bar) in closed {
                self.closed.entry((*place, timeframe)).or_default().push(bar);
                all.push((*place, timeframe, bar));
            }
        }
        all
    }
}

fn listing(instrument: &Instrument) -> Listing {
    Listing {
        instrument: instrument.clone(),
        status: ListingStatus::Trading,
        kinds: OrderKindName::ALL.to_vec(),
        oco: true,
        oto: false,
        cancel_replace: true,
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
    }
}

/// What was decided, sent and done, without names and places, which differ.
#[expect(clippy::wildcard_enum_match_arm, reason = "what else is there is each run's own")]
fn story(journal: &[Entry]) -> Vec<String> {
    let told = |entry: &Entry| {
        let what = match &entry.body {
            Body::Decision(decision) => format!("{decision:?}"),
            Body::Command(command) => match command.action {
                CommandAction::Place(request) => {
                    format!("place {:?} {request:?}", command.order.leg)
                }
                CommandAction::Cancel => format!("cancel {:?}", command.order.leg),
            },
            Body::Report(report) => {
                let leg = report.order.map(|order| order.leg);
                match &report.event {
                    ReportEvent::Filled(fill) => format!(
                        "filled {leg:?} {} at {} fee {:?} trade {}",
                        fill.qty, fill.price, fill.fee, fill.trade_id
                    ),
                    event => format!("{event:?} {leg:?}"),
                }
            }
            Body::Refused(refused) => format!("refused {:?}", refused.refusal),
            _ => return None,
        };
        Some(format!("{} {what}", entry.ts))
    };
    journal.iter().filter_map(told).collect()
}

/// Bars of each close, with the place of their symbol.
type Closes = BTreeMap<TsNanos, Vec<(usize, Bar)>>;

/// Returns days of two symbols, and the configuration that trades them.
fn days(costs: &str) -> (Vec<Series>, BacktestConfig) {
    let text = format!(
        "timeframes = [\"15m\"]\n\
         [entry]\ndecision_timeframe = \"15m\"\nthreshold = 40.0\ncost_limit_r = 1.0\n{QUICK}{costs}"
    );
    (made(&["BTCUSDT", "ETHUSDT"], NATIVE, 40), config(&text))
}

/// Begins a hub that trades them; returns the closes to come.
fn begun(series: &[Series], config: &BacktestConfig) -> (Paper, Closes) {
    let mut closes = Closes::new();
    for (place, series) in series.iter().enumerate() {
        for row in series.rows() {
            closes.entry(row.bar.close_time(NATIVE)).or_default().push((place, row.bar));
        }
    }
    let mut paper = Paper::new(config, series);
    let live = closes.split_off(&joined().plus(1));
    for (close, bars) in closes {
        paper.close_bars(close, &bars);
    }
    paper.now = joined().plus(LATER);
    paper.begin();
    (paper, live)
}

/// A stream is joined when something has closed: the first quarter of an hour is history.
fn joined() -> TsNanos {
    START.plus(Timeframe::M15.nanos())
}

/// Runs both over the same bars; `lives`: how often paper begins anew.
#[expect(clippy::print_stdout, reason = "how much was compared")]
fn compare(costs: &str, lives: usize) {
    let (series, config) = days(costs);
    let mut backtest = Journal::default();
    run_series(&series, &config, &mut backtest).unwrap();
    let (mut paper, closes) = begun(&series, &config);
    let every = closes.len() / lives;
    for (number, (close, bars)) in closes.iter().enumerate() {
        if number > 0 && number % every == 0 {
            paper.begin();
        }
        paper.on_close(*close, bars);
    }
    backtest.0.retain(|entry| entry.ts > joined());
    let (wanted, seen) = (story(&backtest.0), story(&paper.journal));
    // The backtest sells everything at its end.
    let end = seen.len().min(wanted.len());
    let parted = (0..end).find(|place| wanted[*place] != seen[*place]);
    if let Some(place) = parted {
        let from = place.saturating_sub(8);
        panic!("\nbacktest {:#?}\npaper {:#?}", &wanted[from..=place], &seen[from..=place]);
    }
    let orders = seen.iter().filter(|line| line.contains(" place ")).count();
    let decisions = decisions(&paper.journal);
    println!("{decisions} decisions, {orders} orders, 0 differences");
    assert!(
        orders >= 20 && wanted.len() - seen.len() < 20,
        "{orders} orders, {} of {}",
        seen.len(),
        wanted.len()
    );
}

#[test]
fn paper_and_backtest_of_the_same_days_do_the_same() {
    compare("", 1);
}

#[test]
fn paper_that_was_killed_between_bars_goes_on_as_if_it_had_not_been() {
    compare("", 5);
}

#[test]
fn a_latency_means_the_same_in_both() {
    compare("[costs]\nlatency = \"250ms\"\n", 1);
}

#[test]
fn a_stop_takes_bars_until_what_was_sent_has_ended_and_decides_nothing() {
    let (series, config) = days("");
    let (mut paper, mut closes) = begun(&series, &config);
    let entering = |paper: &Paper| {
        let mut orders = paper.hub.gateway().orders();
        orders.any(|order| order.is_entry())
    };
    while !entering(&paper) {
        let (close, bars) = closes.pop_first().expect("it trades within these days");
        paper.on_close(close, &bars);
    }
    let (name, request) = ("ada".to_owned(), OperatorRequest::Stop);
    paper.hear(Input::Operator { ticket: ReplyTicket(1), name, request });
    assert!(!paper.stopped, "its entry is on the way");
    let decided = decisions(&paper.journal);
    // Its deadline is hours of market time away.
    for _ in 0..3 {
        let (close, bars) = closes.pop_first().unwrap();
        paper.on_close(close, &bars);
        assert!(paper.hub.is_idle(), "the market may go on");
        if paper.stopped {
            break;
        }
    }
    assert!(paper.stopped && !entering(&paper), "{:#?}", story(&paper.journal));
    assert_eq!(decisions(&paper.journal), decided);
}

/// The journal's time is that of the walk: an outage shows in the moment at which the hub closed an instant.
#[test]
fn what_is_caught_up_on_says_when_it_was_closed() {
    let (series, config) = days("");
    let (mut paper, mut closes) = begun(&series, &config);
    for _ in 0..24 {
        let (close, bars) = closes.pop_first().unwrap();
        paper.on_close(close, &bars);
    }
    // Two hours in which nothing runs.
    for _ in 0..24 {
        let (close, bars) = closes.pop_first().unwrap();
        paper.close_bars(close, &bars);
        paper.now = close.plus(LATER);
    }
    let (begun, entries) = (paper.now, paper.journal.len());
    paper.begin();
    for _ in 0..12 {
        let (close, bars) = closes.pop_first().unwrap();
        paper.on_close(close, &bars);
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "instants are looked for")]
    let instants = |journal: &[Entry]| -> Vec<(TsNanos, Entry)> {
        let at = |entry: &Entry| match entry.body {
            Body::InstantClosed { at } => Some((at, entry.clone())),
            _ => None,
        };
        journal.iter().filter_map(at).collect()
    };
    let (before, after) = paper.journal.split_at(entries);
    let (before, after) = (instants(before), instants(after));
    assert_eq!((before.len(), after.len()), (8, 8 + 4));
    for (at, entry) in before.iter().chain(&after) {
        assert_eq!(entry.ts, *at);
        let missed = *at > before[7].0 && *at < begun;
        let closed =
            if missed { entry.ts_event >= begun } else { entry.ts_event == at.plus(LATER) };
        assert!(closed, "{at}: closed {}", entry.ts_event);
    }
}

fn decisions(journal: &[Entry]) -> usize {
    journal.iter().filter(|entry| matches!(entry.body, Body::Decision(_))).count()
}

#[test]
fn a_snapshot_that_does_not_fit_changes_nothing() {
    let (series, config) = days("");
    let (paper, _) = begun(&series, &config);
    let whole = paper.desk.snapshot().unwrap();
    assert!(whole.len() > 100, "instruments and an account are in it: {} bytes", whole.len());
    let mut fresh = paper.desk.anew();
    let empty = fresh.snapshot().unwrap();
    for bytes in [&whole[..whole.len() / 2], &[], &[0xff; 40]] {
        let refused = fresh.restore(bytes).expect_err("not one of this build");
        assert!(refused.to_string().contains("not of this build's form"), "{refused}");
        assert!(fresh.snapshot().unwrap() == empty);
    }
    fresh.restore(&whole).unwrap();
    assert!(fresh.snapshot().unwrap() == whole);
}
