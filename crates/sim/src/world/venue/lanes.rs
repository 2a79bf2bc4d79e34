//! [`Lanes`]: what moves the market: each symbol's script, played by its crowd on the book.

use std::collections::BTreeSet;

use types::ids::{Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::Qty;

use super::super::plan::Plan;
use super::bars::Bars;
use crate::data::{Aggregator, DataError, Quality, Row, RowSource};
use crate::exchange::book::MatchingEngine;
use crate::instruments::Catalogue;
use crate::market::crowd::{Crowd, CrowdConfig, Grid, Script, Step};
use crate::market::{Calendar, Generator, GeneratorConfig, Listing, Trends};

const DAY: i64 = 86_400_000_000_000;
/// Where every world begins: 2024-03-04T00:00:00Z, a Monday.
pub(super) const START: TsNanos = TsNanos::from_nanos(1_709_510_400_000_000_000);
/// So many bars of the longest timeframe lie before it, at least: the engine wants 200.
const HISTORY_BARS: i64 = 210;
/// Days that are made beyond the plan's: time to heal.
const BEYOND_DAYS: u32 = 2;
/// The crowd's quantities are multiples of so many lots: they pass when lots become coarser.
pub(super) const CROWD_LOTS: i64 = 10;
/// What can be traded.
const NAMES: [&str; 7] =
    ["ADAUSDT", "BTCUSDT", "ETHUSDT", "LTCUSDT", "SOLUSDT", "TRXUSDT", "XRPUSDT"];

/// One symbol: its script, its crowd, its next step.
struct Lane {
    symbol: SymbolId,
    script: Script,
    crowd: Crowd,
    next: Option<Step>,
}

/// What moves the market.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    queue: BTreeSet<(TsNanos, usize)>,
}

/// A symbol before the start.
pub(super) struct Listed {
    pub(super) instrument: Instrument,
    pub(super) bars: Bars,
}

/// Returns what a plan trades, by number.
pub(in super::super) fn symbols(plan: &Plan) -> impl Iterator<Item = Symbol> + use<> {
    let names = NAMES.iter().take(plan.symbols.into());
    names.map(|name| Symbol::new(name).expect("it is a name"))
}

impl Lanes {
    /// Makes the market of a plan: its symbols with what happened before the start.
    pub(super) fn open(plan: &Plan, timeframes: &[Timeframe]) -> (Self, Vec<Listed>) {
        let listing = |symbol| Listing { trends: Trends::Own, ..Listing::of(symbol) };
        let minutes = plan.minutes.div_ceil(1_440) + BEYOND_DAYS;
        let longest = timeframes.iter().map(|timeframe| timeframe.nanos()).max().unwrap_or(DAY);
        let days = (longest * HISTORY_BARS + DAY - 1) / DAY;
        let history = u32::try_from(days).expect("a small number");
        let config = GeneratorConfig {
            seed: plan.seed,
            listings: symbols(plan).map(listing).collect(),
            start: START.plus(-days * DAY),
            days: history + minutes,
            timeframe: Timeframe::M1,
            calendar: Calendar::Always,
            features: plan.features,
        };
        let generator = Generator::new(config).expect("names and days are in range");
        let crowd = CrowdConfig {
            seed: plan.seed,
            trades_per_minute: 6,
            beats_per_minute: 12,
            levels: 4,
            ..CrowdConfig::default()
        };
        let catalogue = Catalogue::embedded();
        let (mut lanes, mut listed) = (Vec::new(), Vec::new());
        let sources = generator.config().listings.iter().zip(generator.sources());
        for ((symbol, rows), place) in sources.zip(0..) {
            let instrument = catalogue.lookup(&symbol.symbol, Market::Spot).instrument;
            let lot = Qty::from_raw(instrument.lot.raw() * CROWD_LOTS);
            let grid = Grid::new(instrument.tick, lot).expect("it is known");
            let mut bars = Bars::new(timeframes);
            let rows = Box::new(past(rows, timeframes, &mut bars));
            let script = Script::of_bars(symbol.symbol.clone(), rows, Timeframe::M1, grid, crowd);
            let script = script.expect("the crowd's numbers are in range");
            let crowd = Crowd::new(grid, crowd);
            lanes.push(Lane { symbol: SymbolId(place), script, crowd, next: None });
            listed.push(Listed { instrument, bars });
        }
        let mut lanes = Self { lanes, queue: BTreeSet::new() };
        for place in 0..lanes.lanes.len() {
            lanes.read(place);
        }
        (lanes, listed)
    }

    /// Returns when the market moves next.
    pub(super) fn next_at(&self) -> Option<TsNanos> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Plays the next step on the book; returns its time.
    pub(super) fn play(&mut self, engine: &mut MatchingEngine) -> Option<TsNanos> {
        let (_, place) = self.queue.pop_first()?;
        let lane = &mut self.lanes[place];
        let step = lane.next.take()?;
        lane.crowd.act(&step, engine, lane.symbol, step.at);
        self.read(place);
        Some(step.at)
    }

    fn read(&mut self, place: usize) {
        let lane = &mut self.lanes[place];
        lane.next = lane.script.next_step().expect("what is made can be read");
        if let Some(step) = &lane.next {
            self.queue.insert((step.at, place));
        }
    }
}

/// Adds the bars that closed before the start to the history; returns those that follow.
fn past(mut rows: Box<dyn RowSource>, timeframes: &[Timeframe], bars: &mut Bars) -> Rest {
    let mut coarser =
        Aggregator::new(Timeframe::M1, timeframes).expect("nothing is finer than a minute");
    let mut closed: Vec<(Timeframe, types::bar::Bar)> = Vec::new();
    let first = loop {
        match rows.next_row().expect("what is made can be read") {
            Some(row) if row.bar.open_time < START => coarser.push(&row.bar, &mut closed),
            row => break row,
        }
    };
    coarser.close_until(START, &mut closed);
    for (timeframe, bar) in closed {
        bars.add_history(timeframe, bar);
    }
    bars.roll(START);
    Rest { first, rows }
}

/// The bars that follow the history.
#[derive(Debug)]
struct Rest {
    first: Option<Row>,
    rows: Box<dyn RowSource>,
}

impl RowSource for Rest {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        match self.first.take() {
            Some(row) => Ok(Some(row)),
            None => self.rows.next_row(),
        }
    }

    fn quality(&self) -> &Quality {
        self.rows.quality()
    }
}
