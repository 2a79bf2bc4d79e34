//! [`Script`]: what happens on a symbol, step by step, from its source.

use std::collections::VecDeque;

use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::side::Side;

use super::config::{CrowdConfig, Grid};
use super::path;
use super::step::{Print, Step, StepKind};
use super::ticks::Ticks;
use crate::data::{DataError, Row, RowSource, TickSource};

/// Why a script cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The source cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A key of the crowd is out of range.
    #[error("{0}")]
    Config(String),
}

/// Where a script's prices come from.
enum Source {
    Bars(Box<dyn RowSource>, Timeframe),
    Ticks(Ticks),
}

/// What happens on a symbol, step by step: a function of the source, the seed and the symbol.
/// Steps ascend by time. Nothing is held but the stretch that is being played.
pub struct Script {
    symbol: Symbol,
    grid: Grid,
    config: CrowdConfig,
    source: Source,
    ready: VecDeque<Step>,
    /// The end of what the source has told so far.
    told_until: Option<TsNanos>,
    /// The last trade of a bar: its price in ticks and who took.
    last: Option<(i64, Side)>,
    ended: bool,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script")
            .field("symbol", &self.symbol)
            .field("told_until", &self.told_until)
            .finish_non_exhaustive()
    }
}

impl Script {
    /// A script of bars of one timeframe, in time order.
    ///
    /// # Errors
    /// `Config` naming a key of the crowd that is out of range.
    pub fn of_bars(
        symbol: Symbol,
        bars: Box<dyn RowSource>,
        timeframe: Timeframe,
        grid: Grid,
        config: CrowdConfig,
    ) -> Result<Self, ScriptError> {
        Self::new(symbol, Source::Bars(bars, timeframe), grid, config)
    }

    /// A script of recorded trades or quotes, in time order.
    ///
    /// # Errors
    /// `Config` naming a key of the crowd that is out of range.
    pub fn of_ticks(
        symbol: Symbol,
        ticks: Box<dyn TickSource>,
        grid: Grid,
        config: CrowdConfig,
    ) -> Result<Self, ScriptError> {
        Self::new(symbol, Source::Ticks(Ticks::new(ticks)), grid, config)
    }

    fn new(
        symbol: Symbol,
        source: Source,
        grid: Grid,
        config: CrowdConfig,
    ) -> Result<Self, ScriptError> {
        config.validate().map_err(ScriptError::Config)?;
        let ready = VecDeque::new();
        Ok(Self { symbol, grid, config, source, ready, told_until: None, last: None, ended: false })
    }

    /// Returns whose script it is.
    #[must_use]
    pub const fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// Returns the symbol's steps of price and quantity.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Returns the next step; after [`StepKind::End`] or an error, `None`.
    ///
    /// # Errors
    /// `Data` if the source cannot be read further.
    pub fn next_step(&mut self) -> Result<Option<Step>, ScriptError> {
        while self.ready.is_empty() && !self.ended {
            let told = match &mut self.source {
                Source::Bars(bars, _) => {
                    bars.next_row().map(|row| row.map(|row| self.tell_bar(&row)).is_some())
                }
                Source::Ticks(_) => self.tell_tick(),
            };
            match told {
                Ok(true) => {}
                Ok(false) => {
                    self.ended = true;
                    let at = self.told_until.unwrap_or(TsNanos::EPOCH);
                    self.ready.push_back(Step { at, kind: StepKind::End });
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error.into());
                }
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Adds the steps of a bar.
    fn tell_bar(&mut self, row: &Row) {
        let Source::Bars(_, timeframe) = self.source else { return };
        let (bar, open) = (&row.bar, row.bar.open_time);
        let price = self.grid.ticks(bar.open);
        let spread = row.half_spread.map_or_else(
            || self.spread(price),
            |half| (half.raw().saturating_mul(2) / self.grid.price(1).raw()).max(1),
        );
        let how = (&self.grid, &self.config);
        let prints = path::walk(self.symbol.as_str(), bar, timeframe, spread, self.last, how);
        let traded = prints.last().and_then(print_of);
        if self.begins(open) {
            let (bid, ask) = around(price, spread);
            let pace = traded.map_or(1, |print| print.pace);
            let kind = StepKind::Quote { bid, ask, sizes: None, pace };
            self.ready.push_back(Step { at: open, kind });
        }
        self.last = traded.map(|print| (print.price, print.taker)).or(self.last);
        let end = open.plus(timeframe.nanos());
        self.merge(prints, open, end);
        self.told_until = Some(end);
    }

    /// Adds the steps of one trade or quote; false at the end.
    fn tell_tick(&mut self) -> Result<bool, DataError> {
        let Source::Ticks(ticks) = &mut self.source else { return Ok(false) };
        let spread = |price| spread(&self.config, price);
        let Some(steps) = ticks.next(&self.grid, spread)? else { return Ok(false) };
        let Some(at) = steps.first().map(|step| step.at) else { return Ok(true) };
        let from = self.told_until;
        let halted = self.begins(at);
        if let (Some(from), false) = (from, halted) {
            self.merge(Vec::new(), from, at);
        }
        self.ready.extend(steps);
        self.told_until = Some(at);
        Ok(true)
    }

    /// Passes the silence before the source's next word; true if quotes begin anew there.
    fn begins(&mut self, at: TsNanos) -> bool {
        let Some(until) = self.told_until else { return true };
        if at.since(until) < self.config.halt_after() {
            return false;
        }
        self.ready.push_back(Step { at: until, kind: StepKind::Halt });
        self.ready.push_back(Step { at, kind: StepKind::Resume });
        true
    }

    /// Adds prints and the beats of their stretch, by time; a print goes before a beat.
    fn merge(&mut self, prints: Vec<Step>, from: TsNanos, until: TsNanos) {
        let beats = i64::from(self.config.beats_per_minute);
        let mut prints = prints.into_iter().peekable();
        if beats > 0 {
            let every = Timeframe::M1.nanos() / beats;
            let mut at = from.plus(every - from.as_nanos().rem_euclid(every));
            while at < until {
                while let Some(print) = prints.next_if(|print| print.at <= at) {
                    self.ready.push_back(print);
                }
                self.ready.push_back(Step { at, kind: StepKind::Beat });
                at = at.plus(every);
            }
        }
        self.ready.extend(prints);
    }

    fn spread(&self, price: i64) -> i64 {
        spread(&self.config, price)
    }
}

const fn print_of(step: &Step) -> Option<Print> {
    match step.kind {
        StepKind::Print(print) => Some(print),
        StepKind::Quote { .. }
        | StepKind::Beat
        | StepKind::Halt
        | StepKind::Resume
        | StepKind::End => None,
    }
}

/// Returns the spread at a price, in ticks.
fn spread(config: &CrowdConfig, price: i64) -> i64 {
    // 1,000,000 hundredths of a basis point are the price itself.
    (price.saturating_mul(i64::from(config.spread_centibps)) / 1_000_000).max(1)
}

/// Returns bid and ask about a price; the bid is at least one tick.
fn around(price: i64, spread: i64) -> (i64, i64) {
    let bid = (price - spread / 2).max(1);
    (bid, bid + spread)
}
