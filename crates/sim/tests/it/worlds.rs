//! Small worlds: bars from memory, configurations in a line, and a watchman who checks every entry.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use engine::State;
use sim::backtest::{
    BacktestConfig, BacktestError, Inputs, Observer, Options, Run, RunResult, run_observed,
};
use sim::data::{DataError, Feed, Quality, Row, RowSource, TimeframeFrom};
use sim::exchange::Exchange;
use sim::instruments::Catalogue;
use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing};
use types::decision::Action;
use types::entry::{Body, Command, CommandAction, Entry, Mode, ModeCause, ReportEvent, SystemMode};
use types::fill::Fill;
use types::ids::{Leg, OrderId, Symbol, SymbolId};
use types::instrument::Market;
use types::market::{Direction, Timeframe, TsNanos};
use types::num::{Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest};

/// 2024-01-01T00:00:00Z.
pub(crate) const START: TsNanos = TsNanos::from_nanos(1_704_067_200_000_000_000);

/// Acts told before what did not hold.
const STORY: usize = 20;

/// A stop that lies up to half below the entry makes dust of twice the venue's smallest order, and it stays dust wherever the
/// market goes: a stop that does not trail is worth no more then.
const DUST: Ratio = Ratio::from_bps(20_000);

/// Short indicators: a timeframe is warm after 30 bars.
pub(crate) const QUICK: &str = "\
    [analysis.components]\nwarm_up = 30\n\
    [analysis.indicators]\nema_fast = 5\nema_middle = 10\nema_slow = 25\n\
    macd_fast = 5\nmacd_slow = 10\nmacd_signal = 4\n";

pub(crate) fn config(text: &str) -> BacktestConfig {
    BacktestConfig::from_toml(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// Bars of one symbol in memory.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    quality: Quality,
    rows: Vec<Row>,
    next: usize,
}

impl Series {
    pub(crate) fn new(symbol: &str, timeframe: Timeframe, rows: Vec<Row>) -> Self {
        let symbol = Symbol::new(symbol).unwrap();
        let quality = Quality::new(symbol, timeframe, TimeframeFrom::Configuration);
        Self { quality, rows, next: 0 }
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn rows_mut(&mut self) -> &mut [Row] {
        &mut self.rows
    }
}

impl RowSource for Series {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        self.next += 1;
        Ok(self.rows.get(self.next - 1).copied())
    }

    fn quality(&self) -> &Quality {
        &self.quality
    }
}

/// Bars of a made-up market.
pub(crate) fn made(symbols: &[&str], timeframe: Timeframe, days: u32) -> Vec<Series> {
    let listing = |name: &&str| Listing::of(Symbol::new(name).unwrap());
    let generator = Generator::new(GeneratorConfig {
        seed: 5,
        listings: symbols.iter().map(listing).collect(),
        start: START,
        days,
        timeframe,
        calendar: Calendar::Always,
        features: Features::ALL,
    });
    let sources = generator.unwrap().sources();
    let drained = sources.into_iter().zip(symbols).map(|(mut source, symbol)| {
        let mut rows = Vec::new();
        while let Some(row) = source.next_row().unwrap() {
            rows.push(row);
        }
        Series::new(symbol, timeframe, rows)
    });
    drained.collect()
}

pub(crate) fn inputs(series: &[Series]) -> Inputs {
    let boxed = |series: &Series| Box::new(series.clone()) as Box<dyn RowSource>;
    Inputs::of_bars(Feed::new(series.iter().map(boxed).collect()).unwrap())
}

/// Returns the embedded instruments of the series; positions are closed at the end.
pub(crate) fn options(inputs: &Inputs, market: Market) -> Options {
    let table = Catalogue::embedded().table(inputs.feed.symbols(), market);
    Options {
        known: table.iter().map(|(_, listing)| listing.known).collect(),
        instruments: table.into_iter().map(|(_, listing)| listing.instrument).collect(),
        close_at_end: true,
    }
}

/// Runs over bars in memory with somebody looking on.
pub(crate) fn run_series(
    series: &[Series],
    config: &BacktestConfig,
    observer: &mut dyn Observer,
) -> Result<RunResult, BacktestError> {
    let mut inputs = inputs(series);
    let options = options(&inputs, config.engine.market);
    let run = Run { config: config.clone(), seed: 0 };
    run_observed(&options, &run, &mut inputs, &mut (), observer).map(|mut out| out.runs.remove(0))
}

/// How often what was watched happened: a property of things that never happen shows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) entries: u64,
    pub(crate) fills: u64,
    pub(crate) partial: u64,
    pub(crate) trades: u64,
    pub(crate) stops_moved: u64,
    pub(crate) safe_modes: u64,
    pub(crate) exits_in_safe_mode: u64,
    pub(crate) releases: u64,
    pub(crate) rejected: u64,
    pub(crate) refused: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.fills += other.fills;
        self.partial += other.partial;
        self.trades += other.trades;
        self.stops_moved += other.stops_moved;
        self.safe_modes += other.safe_modes;
        self.exits_in_safe_mode += other.exits_in_safe_mode;
        self.releases += other.releases;
        self.rejected += other.rejected;
        self.refused += other.refused;
    }
}

/// Checks, entry by entry and instant by instant, what must hold whatever the bars are.
///
/// - A stop of a trade moves only towards profit.
/// - Gateway and venue understand each other: no incident is opened.
/// - Every command's order ends or is open at the venue; no order trades beyond its size or after
///   its end.
/// - In SAFE_MODE nothing is sent that could raise exposure; it is entered once, and left by an
///   operator when the latch is over.
/// - Engine and venue agree on cash, positions and open orders; spot holds no debt of any kind.
/// - A position has a resting stop of its size, or an order that closes it.
#[derive(Debug, Default)]
pub(crate) struct Watchman {
    pub(crate) counts: Counts,
    /// Orders take time to arrive: what is under way is with neither side.
    pub(crate) delayed: bool,
    orders: BTreeMap<OrderId, (OrderRequest, Qty)>,
    known: BTreeSet<OrderId>,
    stops: BTreeMap<SymbolId, Price>,
    mode: Option<Mode>,
    entries_of_instant: u32,
    story: VecDeque<String>,
    broken: Vec<String>,
}

impl Watchman {
    /// Returns what did not hold, behind what was done before.
    pub(crate) fn broken(&self) -> Option<String> {
        (!self.broken.is_empty()).then(|| self.broken.join("\n"))
    }

    /// Notes what is done, until something does not hold.
    fn tell(&mut self, entry: &Entry) {
        let told = if let Body::Decision(decision) = &entry.body {
            (decision.action != Action::Nothing).then(|| format!("{:?}", decision.action))
        } else {
            matches!(entry.body, Body::Command(_) | Body::Report(_) | Body::Mode(_))
                .then(|| format!("{:?}", entry.body))
        };
        if let Some(action) = told
            && self.broken.is_empty()
        {
            self.story.push_back(format!("{} {} {action}", entry.seq.0, entry.ts_event));
            if self.story.len() > STORY {
                self.story.pop_front();
            }
        }
    }

    fn hold(&mut self, holds: bool, entry_or_time: impl std::fmt::Display, what: &str) {
        if !holds && self.broken.len() < STORY + 5 {
            self.broken.extend(self.story.drain(..));
            self.broken.push(format!("{entry_or_time}: {what}"));
        }
    }

    fn is_safe(&self) -> bool {
        self.mode.is_some_and(|mode| mode.mode == SystemMode::SafeMode)
    }

    fn on_command(&mut self, entry: &Entry, command: &Command, engine: &State) {
        let CommandAction::Place(request) = command.action else {
            self.hold(self.known.contains(&command.order), entry.seq.0, "cancels no order");
            return;
        };
        let first = self.known.insert(command.order);
        self.hold(first, entry.seq.0, "an order's name is used twice");
        self.orders.insert(command.order, (request, request.qty));
        let opens = command.order.leg == Leg::Main && !request.reduce_only;
        self.counts.entries += u64::from(opens);
        let rests = |(id, (resting, _)): (&OrderId, &(OrderRequest, Qty))| {
            id.leg == Leg::Stop && resting.symbol == request.symbol
        };
        if opens && !self.orders.iter().any(rests) {
            // Beside dust an entry begins anew: no stop rests that could be moved.
            self.stops.remove(&request.symbol);
        }
        self.hold(!(opens && self.is_safe()), entry.seq.0, "an entry is sent in SAFE_MODE");
        if self.is_safe() && command.order.leg == Leg::Main {
            self.counts.exits_in_safe_mode += 1;
        }
        if let (Leg::Stop, OrderKind::StopMarket { trigger }) = (command.order.leg, request.kind) {
            self.on_stop(entry, request.symbol, trigger, engine);
        }
    }

    fn on_stop(&mut self, entry: &Entry, symbol: SymbolId, trigger: Price, engine: &State) {
        let direction = engine.core().portfolio().books().position(symbol).direction();
        let before = self.stops.insert(symbol, trigger);
        let towards_profit = match (direction, before) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(Direction::Long), Some(before)) => trigger >= before,
            (Some(Direction::Short), Some(before)) => trigger <= before,
        };
        self.counts.stops_moved += u64::from(before.is_some_and(|before| before != trigger));
        let what = format!("stop {trigger} after {before:?}, position {direction:?}");
        self.hold(towards_profit, entry.seq.0, &what);
    }

    fn on_fill(&mut self, entry: &Entry, fill: &Fill, engine: &State) {
        self.counts.fills += 1;
        let books = engine.core().portfolio().books();
        let spot = engine.core().config().market == Market::Spot;
        let sold_more = spot && books.position(fill.symbol).qty() < Qty::ZERO;
        self.hold(!sold_more, entry.seq.0, "a sale beyond inventory");
        self.hold(!(spot && books.cash().is_negative()), entry.seq.0, "cash was borrowed");
        if engine.core().portfolio().settled().is_some() {
            self.counts.trades += 1;
            self.stops.remove(&fill.symbol);
        }
        let Some(id) = fill.order else { return };
        let Some((_, left)) = self.orders.get_mut(&id) else {
            self.hold(false, entry.seq.0, "an order trades that is not open");
            return;
        };
        *left -= fill.qty;
        let left = *left;
        self.hold(left >= Qty::ZERO, entry.seq.0, "an order trades beyond its size");
        self.counts.partial += u64::from(left.is_positive());
        if left.is_zero() {
            self.orders.remove(&id);
        }
    }

    fn on_mode(&mut self, entry: &Entry, mode: Mode) {
        match mode.mode {
            SystemMode::SafeMode => {
                self.hold(!self.is_safe(), entry.seq.0, "SAFE_MODE is entered twice");
                self.counts.safe_modes += 1;
            }
            SystemMode::Running if self.is_safe() => {
                let until = self.mode.and_then(|mode| mode.latched_until);
                let over = until.is_none_or(|until| entry.ts >= until);
                self.hold(over, entry.seq.0, "SAFE_MODE is left before its latch is over");
                let operator = mode.cause == ModeCause::Operator;
                self.hold(operator, entry.seq.0, "SAFE_MODE is left without an operator");
                self.counts.releases += 1;
            }
            SystemMode::Running
            | SystemMode::Initializing
            | SystemMode::Maintenance
            | SystemMode::Shutdown => {}
        }
        self.mode = Some(mode);
    }

    fn check_protection(&mut self, at: TsNanos, engine: &State, exchange: &Exchange) {
        for (index, position) in exchange.books().positions().iter().enumerate() {
            let symbol = SymbolId(u16::try_from(index).unwrap());
            let qty = position.qty().abs().floor_to(exchange.instrument(symbol).lot);
            let trade = engine.core().portfolio().books().position(symbol).trade();
            let stop = self.stops.get(&symbol).copied();
            let instrument = exchange.instrument(symbol);
            // What the venue would not take at the stop is dust.
            let spot = exchange.market() == Market::Spot;
            let entry = trade.as_ref().and_then(|trade| trade.average_entry());
            let price = stop.or(entry).or(exchange.last_price(symbol)).unwrap_or_default();
            let small = spot && price.notional(qty) < instrument.min_notional.scaled_down(DUST);
            if trade.is_none() || qty < instrument.min_qty || small {
                continue;
            }
            let guards = exchange.open_orders(symbol).any(|(id, request, left)| match id.leg {
                Leg::Stop => left == qty,
                Leg::Main => request.reduce_only,
                // A target is alone once it was touched: it trades, or waits for volume.
                Leg::Target => {
                    left < request.qty || self.orders.keys().any(|id| id.leg == Leg::Stop)
                }
            });
            self.hold(guards, at, &format!("{qty} of symbol {index} have no stop"));
        }
    }
}

impl Observer for Watchman {
    fn on_entry(&mut self, entry: &Entry, engine: &State) {
        self.entries_of_instant += 1;
        self.tell(entry);
        assert!(self.entries_of_instant < 1_000, "an instant does not end: {:#?}", self.story);
        match &entry.body {
            Body::Command(command) => self.on_command(entry, command, engine),
            Body::Mode(mode) => self.on_mode(entry, *mode),
            Body::Report(report) => match (&report.event, report.order) {
                (ReportEvent::Filled(fill), _) => self.on_fill(entry, fill, engine),
                (ReportEvent::Accepted | ReportEvent::CancelRejected, _) | (_, None) => {}
                (ReportEvent::Rejected(_) | ReportEvent::NeverAccepted, Some(order)) => {
                    self.counts.rejected += 1;
                    let open = self.orders.remove(&order).is_some();
                    self.hold(open, entry.seq.0, "an order is rejected that is not open");
                }
                (ReportEvent::Cancelled | ReportEvent::Expired, Some(order)) => {
                    let open = self.orders.remove(&order).is_some();
                    self.hold(open, entry.seq.0, "an order ends that is not open");
                }
            },
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
            Body::Refused(_) => self.counts.refused += 1,
            Body::Incident(incident) => {
                self.hold(false, entry.seq.0, &format!("an incident: {incident:?}"));
            }
        }
    }

    fn on_settled(&mut self, at: TsNanos, engine: &State, exchange: &Exchange) {
        self.entries_of_instant = 0;
        if let Err(error) = exchange.check_invariants() {
            self.hold(false, at, &error.to_string());
        }
        let (ours, theirs) = (engine.core().portfolio().books(), exchange.books());
        let position = |p: &types::books::Position| (p.qty(), p.flow());
        let same = ours.cash() == theirs.cash()
            && ours.positions().iter().map(position).eq(theirs.positions().iter().map(position));
        self.hold(same, at, "engine and venue disagree on cash or positions");
        if self.delayed {
            return;
        }
        let table = 0..u16::try_from(theirs.positions().len()).unwrap();
        let mut open: Vec<OrderId> = table
            .flat_map(|index| exchange.open_orders(SymbolId(index)).map(|(id, ..)| id))
            .collect();
        open.sort_unstable();
        let strays = open.iter().any(|id| !self.orders.contains_key(id));
        let lost = self.orders.iter().any(|(id, (request, _))| {
            // Of a list one order waits for volume, touched; the other's end is told with its fill.
            let is_listed = |id: OrderId| matches!(id.leg, Leg::Stop | Leg::Target);
            let partner = |(other, ..): (OrderId, _, _)| is_listed(*id) && is_listed(other);
            !open.contains(id) && !exchange.open_orders(request.symbol).any(partner)
        });
        self.hold(!strays, at, "the venue holds an order that ended");
        self.hold(!lost, at, "a command's order neither ended nor is open at the venue");
        let mut working: Vec<OrderId> =
            engine.core().portfolio().orders().map(|order| order.id).collect();
        working.sort_unstable();
        let known = working.iter().eq(self.orders.keys());
        self.hold(known, at, "the engine's open orders are not those of the reports");
        self.check_protection(at, engine, exchange);
    }
}
