//! [`open`]: a market from its configuration: symbols with their history, a clock, and the driver that plays it.

use std::collections::VecDeque;
use std::sync::Arc;

use sim::data::{DataError, Quality, Row, RowSource};
use sim::exchange::book::SymbolRules;
use sim::instruments::Catalogue;
use sim::market::crowd::{Crowd, CrowdConfig, Grid, Print, Script, ScriptError, Step, StepKind};
use types::ids::{Symbol, SymbolId};
use types::instrument;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price};
use types::side::Side;

use super::driver::{Lane, MarketDriver};
use super::history::History;
use super::source::{Prices, Stream};
use super::{Clock, Speed};
use crate::venue::data::KlinePiece;
use crate::venue::faults::Faults;
use crate::venue::interval::KlineInterval;
use crate::venue::ledger::MARK_EVERY;

const DAY: i64 = 86_400_000_000_000;
/// Daily bars before the start, where the source has them.
const HISTORY_DAYS: i64 = 300;
/// 2024-01-01, where a made-up market begins that does not run in real time.
const MADE_FROM: TsNanos = TsNanos::from_nanos(1_704_067_200_000_000_000);

/// A market to open.
#[derive(Clone, Debug)]
pub struct MarketConfig {
    /// Where its prices come from.
    pub prices: Prices,
    /// Seed of made-up prices and of the crowd.
    pub seed: u64,
    /// How fast its time runs.
    pub speed: Speed,
    /// Where in the source it begins; `None` leaves 300 days of history, or half of what there is.
    pub from: Option<TsNanos>,
    /// The crowd; its seed is the one above.
    pub crowd: CrowdConfig,
    /// Steps, minima and fees.
    pub instruments: Catalogue,
    /// The time outside.
    pub wall: TsNanos,
    /// Where an earlier run stopped.
    pub resume: Option<Resume>,
}

/// Where an earlier run of the same market stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// A time that no answer was later than: [`Kept::not_before`](crate::venue::ledger::Kept::not_before).
    pub at: TsNanos,
    /// How much later its times were than those of the source.
    pub shift: i64,
    /// Of made-up prices: their first bar.
    pub origin: Option<TsNanos>,
}

/// A symbol, and what happened before the start.
#[derive(Clone, Debug)]
pub struct ListedSymbol {
    /// Its rules.
    pub rules: SymbolRules,
    /// The price that filters judge by until something trades.
    pub reference: Option<Price>,
    /// Bars from before the start, oldest first.
    pub history: Vec<(KlineInterval, KlinePiece)>,
}

/// A market that is open.
#[derive(Debug)]
pub struct Opened {
    /// Its symbols, by name; their numbers follow this order.
    pub symbols: Vec<ListedSymbol>,
    /// Its time.
    pub clock: Arc<Clock>,
    /// What moves it.
    pub driver: MarketDriver,
    /// The faults that it heeds.
    pub faults: Faults,
    /// How much later its times are than those of the source, in nanoseconds.
    pub shift: i64,
    /// Of made-up prices: their first bar.
    pub origin: Option<TsNanos>,
}

/// Why a market cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum MarketError {
    /// The source cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The crowd cannot play it.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// It would begin after its source has ended.
    #[error(
        "the market would begin at {at}, its source ends at {end}: give more data, or an earlier start"
    )]
    Over {
        /// Where it would begin, at the source's time.
        at: TsNanos,
        /// Where the source ends.
        end: TsNanos,
    },
    /// No symbol.
    #[error("the source has no symbol, wanted at least one")]
    Empty,
    /// More symbols than numbers.
    #[error("{0} symbols, wanted at most 65536")]
    TooMany(usize),
    /// A plan of faults that makes no sense.
    #[error(transparent)]
    Faults(#[from] crate::venue::faults::PlanError),
    /// An instrument without steps.
    #[error("{0}: tick and lot are not above 0")]
    Steps(Symbol),
}

/// Opens a market. `faults` gets the venue's time at the start.
///
/// # Errors
/// `MarketError`.
pub fn open(
    config: &MarketConfig,
    faults: impl FnOnce(TsNanos) -> Result<Faults, crate::venue::faults::PlanError>,
) -> Result<Opened, MarketError> {
    let (prices, origin) = placed(config);
    let source = prices.open(config.seed)?;
    let span = match origin {
        Some(origin) => Span { first: origin, end: origin.plus(36_500 * DAY), has_bars: true },
        None => span(source.streams())?,
    };
    let start = begin(config, span);
    if start.source >= span.end {
        return Err(MarketError::Over { at: start.source, end: span.end });
    }
    let clock = Arc::new(Clock::new(start.source.plus(start.shift), config.speed));
    let faults = faults(clock.start())?;
    let (mut symbols, mut lanes) = (Vec::new(), Vec::new());
    for (place, (symbol, stream)) in source.streams().into_iter().enumerate() {
        let id = u16::try_from(place).map(SymbolId).map_err(|_| MarketError::TooMany(place + 1))?;
        let (listed, lane) = list(config, (id, symbol), stream, start)?;
        symbols.push(listed);
        lanes.push(lane);
    }
    if symbols.is_empty() {
        return Err(MarketError::Empty);
    }
    let driver = MarketDriver::new(lanes, faults.clone(), Arc::clone(&clock));
    Ok(Opened { symbols, clock, driver, faults, shift: start.shift, origin })
}

/// What a source spans.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: TsNanos,
    end: TsNanos,
    has_bars: bool,
}

/// Where a market begins, at the source's time, and how much later the venue's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Begin {
    source: TsNanos,
    shift: i64,
}

/// Gives made-up prices their first bar: in real time, history enough before today.
fn placed(config: &MarketConfig) -> (Prices, Option<TsNanos>) {
    let Prices::Generated { symbols, trends, .. } = &config.prices else {
        return (config.prices.clone(), None);
    };
    let kept = config.resume.and_then(|resume| resume.origin);
    let origin = kept.unwrap_or_else(|| match config.speed {
        Speed::REAL => config.wall.start_of_day().plus(-(HISTORY_DAYS + 1) * DAY),
        Speed::Times(_) | Speed::Max => MADE_FROM,
    });
    (Prices::Generated { symbols: symbols.clone(), origin, trends: *trends }, Some(origin))
}

/// Reads through all prices for their first and last time.
fn span(streams: Vec<(Symbol, Stream)>) -> Result<Span, MarketError> {
    let (mut first, mut end, mut has_bars) = (TsNanos::MAX, TsNanos::EPOCH, false);
    for (_, stream) in streams {
        match stream {
            Stream::Bars(mut rows, timeframe) => {
                has_bars = true;
                while let Some(row) = rows.next_row()? {
                    first = first.min(row.bar.open_time);
                    end = end.max(row.bar.close_time(timeframe));
                }
            }
            Stream::Ticks(mut ticks) => {
                while let Some(tick) = ticks.next_tick()? {
                    first = first.min(tick.at);
                    end = end.max(tick.at);
                }
            }
        }
    }
    Ok(Span { first, end, has_bars })
}

/// Says where a market begins.
fn begin(config: &MarketConfig, span: Span) -> Begin {
    let real = config.speed == Speed::REAL;
    if let Some(Resume { at, shift, .. }) = config.resume {
        // In real time nothing that was answered was later than now; a clock that was set back is not followed.
        let venue = if real { config.wall.max(at.plus(-MARK_EVERY)) } else { at };
        return Begin { source: venue.plus(-shift), shift };
    }
    let history =
        if span.has_bars { (HISTORY_DAYS * DAY).min(span.end.since(span.first) / 2) } else { 0 };
    let earliest = config.from.unwrap_or_else(|| span.first.plus(history));
    let up_to = |step: i64| earliest.plus((-earliest.as_nanos()).rem_euclid(step));
    if matches!(config.prices, Prices::Generated { .. }) && real && config.from.is_none() {
        return Begin { source: config.wall, shift: 0 };
    }
    if !real {
        let midnight = up_to(DAY);
        let source = if config.from.is_none() && midnight < span.end { midnight } else { earliest };
        return Begin { source, shift: 0 };
    }
    // The same time of day, so that days stay days; where the source is too short for it, the same second.
    let same = |step: i64| {
        let source = up_to(step).plus(config.wall.as_nanos().rem_euclid(step));
        if source.since(earliest) >= step { source.plus(-step) } else { source }
    };
    let of_day = same(DAY);
    let source = if of_day < span.end { of_day } else { same(Timeframe::M1.nanos()) };
    Begin { source, shift: config.wall.since(source) }
}

/// Reads a symbol's history and places its script behind it.
fn list(
    config: &MarketConfig,
    (id, symbol): (SymbolId, Symbol),
    stream: Stream,
    start: Begin,
) -> Result<(ListedSymbol, Lane), MarketError> {
    let instrument = config.instruments.lookup(&symbol, instrument::Market::Spot).instrument;
    let grid = Grid::new(instrument.tick, instrument.lot)
        .ok_or_else(|| MarketError::Steps(symbol.clone()))?;
    let crowd = CrowdConfig { seed: config.seed, ..config.crowd };
    let native = match &stream {
        Stream::Bars(_, timeframe) => *timeframe,
        Stream::Ticks(_) => Timeframe::M1,
    };
    let mut history = History::new(native, start.source, start.shift)?;
    let script = match stream {
        Stream::Bars(rows, timeframe) => {
            let rows = Box::new(rest(rows, timeframe, start.source, &mut history)?);
            Script::of_bars(symbol, rows, timeframe, grid, crowd)?
        }
        Stream::Ticks(ticks) => Script::of_ticks(symbol, ticks, grid, crowd)?,
    };
    let mut lane = Lane::new(id, script, Crowd::new(grid, crowd), start.shift);
    pass(&mut lane, &grid, start, &mut history)?;
    let (history, reference) = history.finish();
    Ok((ListedSymbol { rules: SymbolRules::of(instrument), reference, history }, lane))
}

/// Adds the bars that closed before the start to the history; returns those that follow.
fn rest(
    mut rows: Box<dyn RowSource>,
    timeframe: Timeframe,
    start: TsNanos,
    history: &mut History,
) -> Result<Rest, DataError> {
    let mut first = VecDeque::new();
    while let Some(row) = rows.next_row()? {
        if row.bar.close_time(timeframe) > start {
            first.push_back(row);
            break;
        }
        history.add(&row);
    }
    Ok(Rest { first, rows })
}

/// Passes the steps before the start: their trades are history, their last quotes stand at the start.
fn pass(
    lane: &mut Lane,
    grid: &Grid,
    start: Begin,
    history: &mut History,
) -> Result<(), ScriptError> {
    let at = start.source.plus(start.shift);
    let mut standing = None;
    while let Some(step) = lane.read()? {
        if step.at >= at {
            break;
        }
        match step.kind {
            StepKind::Print(print) => {
                history.add_piece(piece(&print, step.at, grid));
                standing = Some(quote(&print));
            }
            StepKind::Quote { .. } => standing = Some(step.kind),
            StepKind::Halt | StepKind::End => standing = None,
            StepKind::Beat | StepKind::Resume => {}
        }
    }
    if let Some(kind) = standing {
        lane.put_before(Step { at, kind });
    }
    Ok(())
}

/// Returns the quotes that a trade leaves.
const fn quote(print: &Print) -> StepKind {
    let Print { price, spread, pace, .. } = *print;
    let (bid, ask) = match print.taker {
        Side::Buy => (price - spread, price),
        Side::Sell => (price, price + spread),
    };
    StepKind::Quote { bid, ask, sizes: None, pace }
}

fn piece(print: &Print, at: TsNanos, grid: &Grid) -> KlinePiece {
    let price: Price = grid.price(print.price);
    let qty = grid.qty(print.lots);
    let (volume, quote) = (Money::of_qty(qty), price.notional(qty));
    let bought = print.taker == Side::Buy;
    let taken = |money| if bought { money } else { Money::ZERO };
    KlinePiece {
        volume,
        quote,
        trades: 1,
        taker_volume: taken(volume),
        taker_quote: taken(quote),
        ..KlinePiece::flat(at, price)
    }
}

/// The bars that follow the history.
#[derive(Debug)]
struct Rest {
    first: VecDeque<Row>,
    rows: Box<dyn RowSource>,
}

impl RowSource for Rest {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        match self.first.pop_front() {
            Some(row) => Ok(Some(row)),
            None => self.rows.next_row(),
        }
    }

    fn quality(&self) -> &Quality {
        self.rows.quality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(speed: Speed, wall: i64) -> MarketConfig {
        MarketConfig {
            prices: Prices::Files { paths: Vec::new(), symbol: None },
            seed: 1,
            speed,
            from: None,
            crowd: CrowdConfig::default(),
            instruments: Catalogue::embedded(),
            wall: TsNanos::from_nanos(wall),
            resume: None,
        }
    }

    const HOUR: i64 = DAY / 24;

    fn days(first: i64, end: i64) -> Span {
        let at = |day| TsNanos::from_nanos(day * DAY);
        Span { first: at(first), end: at(end), has_bars: true }
    }

    #[test]
    fn in_real_time_a_day_of_the_source_is_a_day() {
        let wall = 20_000 * DAY + 13 * HOUR + 5;
        let begin = begin(&config(Speed::REAL, wall), days(1_000, 1_400));
        assert_eq!(begin.source.as_nanos(), 1_200 * DAY + 13 * HOUR + 5);
        assert_eq!((begin.shift % DAY, begin.source.plus(begin.shift).as_nanos()), (0, wall));
    }

    #[test]
    fn a_short_source_keeps_the_second() {
        let minute = DAY / 1_440;
        let wall = 20_000 * DAY + 11 * HOUR + 7 * minute + 5;
        let begin = begin(&config(Speed::REAL, wall), days(1_000, 1_001));
        assert_eq!(begin.source.as_nanos(), 1_000 * DAY + 12 * HOUR + 5);
        assert_eq!(begin.shift % minute, 0);
    }

    #[test]
    fn at_other_speeds_times_are_those_of_the_source() {
        let begin = begin(&config(Speed::Max, 0), days(1_000, 2_000));
        assert_eq!((begin.source.as_nanos(), begin.shift), (1_300 * DAY, 0));
    }

    #[test]
    fn a_run_goes_on_where_it_stopped() {
        let resume = Some(Resume { at: TsNanos::from_nanos(50), shift: 7, origin: None });
        let go = |speed, wall| begin(&MarketConfig { resume, ..config(speed, wall) }, days(0, 1));
        assert_eq!(go(Speed::Max, 90), Begin { source: TsNanos::from_nanos(43), shift: 7 });
        assert_eq!(go(Speed::REAL, 90), Begin { source: TsNanos::from_nanos(83), shift: 7 });
        let back = go(Speed::REAL, -MARK_EVERY);
        assert_eq!(back.source, TsNanos::from_nanos(43 - MARK_EVERY), "a clock that was set back");
    }
}
