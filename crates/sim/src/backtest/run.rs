//! [`run`]: one pass over the data, any number of worlds.

use engine::Policies;
use engine::border;
use engine::config::{NullConfig, NullQuota, PolicyName};
use types::ids::SymbolId;
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};

use super::batch::Batch;
use super::config::BacktestConfig;
use super::feeding::{Clock, Inputs, Moment, Moments, Progress};
use super::hold::Hold;
use super::keeper::Keep;
use super::observer::Observer;
use super::result::{CalibrationResult, RunResult, SymbolResult};
use super::world::World;
use super::{BacktestError, RuleCount};
use crate::performance::EquityPoint;

/// Bars between two words of progress.
const PROGRESS_EVERY: u64 = 50_000;

/// What is run over the data.
#[derive(Clone, Debug)]
pub struct Run {
    /// The configuration.
    pub config: BacktestConfig,
    /// Seed of every draw.
    pub seed: u64,
}

/// What all runs of a pass share.
#[derive(Clone, Debug)]
pub struct Options {
    /// The instruments; a symbol's id is its place. In the order of names.
    pub instruments: Vec<Instrument>,
    /// Whether the instrument list knew each of them.
    pub known: Vec<bool>,
    /// Whether open positions are closed at the last price.
    pub close_at_end: bool,
}

/// What a pass over the data gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One result per run, in order.
    pub runs: Vec<RunResult>,
    /// Buy-and-hold of the same symbols with the capital and costs of the first run, one point per
    /// day.
    pub hold: Vec<EquityPoint>,
}

/// Runs every configuration over one pass of the data, each in a world of its own: reading and
/// aggregating cost once, and memory does not grow with the number of bars.
///
/// # Errors
/// `BacktestError` if a configuration does not fit the data, or the data cannot be read.
pub fn run(
    options: &Options,
    runs: &[Run],
    inputs: &mut Inputs,
    progress: &mut dyn Progress,
) -> Result<Outcome, BacktestError> {
    run_aside(options, runs, inputs, progress, Aside::default())
}

/// Runs one configuration with somebody looking on.
///
/// # Errors
/// As [`run`].
pub fn run_observed(
    options: &Options,
    run: &Run,
    inputs: &mut Inputs,
    progress: &mut dyn Progress,
    observer: &mut dyn Observer,
) -> Result<Outcome, BacktestError> {
    let aside = Aside { observer: Some(observer), keep: None };
    run_aside(options, std::slice::from_ref(run), inputs, progress, aside)
}

/// As [`run`]; the entries of the first run are kept.
///
/// # Errors
/// As [`run`], and what hinders that they are kept.
pub fn run_kept(
    options: &Options,
    runs: &[Run],
    inputs: &mut Inputs,
    progress: &mut dyn Progress,
    keep: &mut dyn Keep,
) -> Result<Outcome, BacktestError> {
    run_aside(options, runs, inputs, progress, Aside { observer: None, keep: Some(keep) })
}

fn run_aside(
    options: &Options,
    runs: &[Run],
    inputs: &mut Inputs,
    progress: &mut dyn Progress,
    aside: Aside<'_>,
) -> Result<Outcome, BacktestError> {
    let plan = Plan::of(runs, inputs.feed.timeframe())?;
    let mut moments = Moments::new(inputs, &plan.timeframes)?;
    drive(options, plan, &mut moments, progress, aside)
}

/// Who stands beside the first run of a pass.
#[derive(Debug, Default)]
pub(super) struct Aside<'o> {
    /// Who looks on.
    pub(super) observer: Option<&'o mut dyn Observer>,
    /// Who keeps the entries.
    pub(super) keep: Option<&'o mut dyn Keep>,
}

/// Configurations fitted to the data.
#[derive(Debug)]
pub(super) struct Plan {
    native: Timeframe,
    configs: Vec<(BacktestConfig, u64)>,
    /// Every timeframe that any of them uses.
    pub(super) timeframes: Vec<Timeframe>,
}

impl Plan {
    pub(super) fn of(runs: &[Run], native: Timeframe) -> Result<Self, BacktestError> {
        let mut configs = Vec::with_capacity(runs.len());
        let mut timeframes = Vec::new();
        for run in runs {
            let mut config = run.config.clone();
            config.engine = config.engine.resolved(native)?;
            timeframes.extend_from_slice(config.engine.timeframes_in_use());
            configs.push((config, run.seed));
        }
        timeframes.sort_unstable();
        timeframes.dedup();
        Ok(Self { native, configs, timeframes })
    }
}

/// Moves every world from moment to moment; who stands aside stands beside the first.
pub(super) fn drive(
    options: &Options,
    plan: Plan,
    clock: &mut dyn Clock,
    progress: &mut dyn Progress,
    mut aside: Aside<'_>,
) -> Result<Outcome, BacktestError> {
    let Plan { native, mut configs, timeframes: _ } = plan;
    let mut hold = configs.first().map(|(config, _)| Hold::new(options, config));
    let mut pass = Pass::new(native, options.instruments.len());
    let mut worlds: Vec<World<'_>> = Vec::with_capacity(configs.len());
    let mut batch = Batch::default();
    loop {
        let next = clock.next();
        let moment = match next {
            Ok(Some(ref moment)) => moment,
            Ok(None) => break,
            Err(error) => return Err(error.into()),
        };
        if worlds.is_empty() {
            for (config, seed) in configs.drain(..) {
                let table = options.instruments.clone();
                let aside = std::mem::take(&mut aside);
                worlds.push(World::new(config, table, seed, moment.open, aside)?);
            }
        }
        if let Some(hold) = &mut hold {
            hold.on_moment(moment);
        }
        pass.on_moment(moment, progress);
        if let [world] = worlds.as_mut_slice() {
            world.on_moment(moment);
            world.between()?;
            continue;
        }
        batch.push(moment);
        if batch.is_full() {
            work_off(&mut batch, &mut worlds)?;
        }
    }
    work_off(&mut batch, &mut worlds)?;
    let (Some(first), Some(last)) = (pass.first, pass.last) else {
        return Err(BacktestError::NoBars);
    };
    let runs = worlds
        .into_iter()
        .map(|mut world| {
            if options.close_at_end {
                world.finish(last);
            }
            world.seal()?;
            result(options, &pass, world, first, last)
        })
        .collect::<Result<_, _>>()?;
    Ok(Outcome { runs, hold: hold.map(Hold::into_points).unwrap_or_default() })
}

/// Moves each world through the whole batch before the next world is touched.
fn work_off(batch: &mut Batch, worlds: &mut [World<'_>]) -> Result<(), BacktestError> {
    for world in worlds {
        for moment in batch.moments() {
            world.on_moment(&moment);
            world.between()?;
        }
    }
    batch.clear();
    Ok(())
}

/// What the pass counts.
#[derive(Debug)]
struct Pass {
    native: Timeframe,
    bars: u64,
    told: u64,
    by_symbol: Vec<u64>,
    first: Option<TsNanos>,
    last: Option<TsNanos>,
}

impl Pass {
    fn new(native: Timeframe, symbols: usize) -> Self {
        Self { native, bars: 0, told: 0, by_symbol: vec![0; symbols], first: None, last: None }
    }

    fn on_moment(&mut self, moment: &Moment<'_>, progress: &mut dyn Progress) {
        for input in moment.bars {
            self.bars += 1;
            self.by_symbol[input.symbol.index()] += 1;
        }
        self.first.get_or_insert(moment.open);
        self.last = Some(moment.close);
        if self.bars >= self.told + PROGRESS_EVERY {
            self.told = self.bars;
            progress.on_bars(self.bars, moment.close);
        }
    }
}

fn result(
    options: &Options,
    pass: &Pass,
    mut world: World<'_>,
    first: TsNanos,
    last: TsNanos,
) -> Result<RunResult, BacktestError> {
    let fold = world.fold_mut();
    let decisions_hash = fold.decisions_hash();
    let state_hash = fold.state_hash()?;
    let books_hash = fold.books_hash()?;
    let core = world.engine().core();
    let portfolio = core.portfolio();
    let (calibration, stats) = match world.engine().policy() {
        Policies::Confluence(policy) => {
            let calibration = policy.calibration();
            let kept = CalibrationResult {
                method: calibration.method(),
                outcomes: calibration.outcomes(),
                reliability: calibration.reliability().clone(),
            };
            (Some(kept), policy.stats())
        }
        Policies::EmaCross(_) | Policies::Trend(_) | Policies::Null(_) => (None, Vec::new()),
    };
    let equity = world.equity();
    let recorder = world.recorder();
    let symbols = (0..options.instruments.len())
        .map(|index| {
            let position = &portfolio.books().positions()[index];
            let id = SymbolId(u16::try_from(index).expect("symbol ids are 16 bits"));
            let is_dust = !core.can_leave(id);
            let stats = stats.get(index).copied().unwrap_or_default();
            let mark = portfolio.marks()[index].unwrap_or_default();
            SymbolResult {
                symbol: options.instruments[index].symbol.clone(),
                known: options.known[index],
                bars: pass.by_symbol[index],
                closes: stats.closes,
                entries: stats.entries,
                dust: if is_dust { border::qty(position.qty()) } else { 0.0 },
                pnl: border::money(position.flow() + position.value(mark)),
            }
        })
        .collect();
    Ok(RunResult {
        policy: world.policy().name().to_owned(),
        market: world.config().engine.market.name().to_owned(),
        seed: world.seed(),
        native: pass.native,
        timeframes: world.config().engine.timeframes_in_use().to_vec(),
        first,
        last,
        symbols,
        bars: pass.bars,
        entries: world.fold().entries(),
        decisions: world.fold().decisions(),
        fills: recorder.fills,
        rejections: recorder.rejections,
        rejected: recorder.rejected.clone(),
        refusals: recorder.refusals.iter().map(|(code, count)| (code.code(), *count)).collect(),
        capital: border::money(world.config().capital()?),
        final_equity: border::money(equity),
        final_equity_exact: equity.to_string(),
        drawdown: recorder.drawdown.drawdown(),
        equity: recorder.equity.clone(),
        trades: recorder.trades.clone(),
        reasons: recorder.reasons(),
        rules: recorder
            .rules
            .iter()
            .map(|(rule, count)| (rule.code(), *count))
            .collect::<std::collections::BTreeMap<&'static str, RuleCount>>(),
        gates: recorder.gates(),
        actions: recorder.decisions.iter().cloned().collect(),
        safe_mode: recorder.safe_mode.clone(),
        calibration,
        exchange: world.exchange().statistics().clone(),
        conventions: world.config().conventions.departures(),
        decisions_hash,
        state_hash,
        books_hash,
    })
}

impl Run {
    /// Returns the runs of the yardstick `null` that go with a run of `confluence`: as many
    /// entries per symbol, one run per seed.
    #[must_use]
    pub fn null_of(&self, confluence: &RunResult, seeds: u64) -> Vec<Self> {
        let quota = |symbol: &SymbolResult| NullQuota {
            symbol: symbol.symbol.clone(),
            entries: symbol.entries,
            closes: symbol.closes,
        };
        let mut config = self.config.clone();
        config.engine.policy = PolicyName::Null;
        config.engine.null = NullConfig { quotas: confluence.symbols.iter().map(quota).collect() };
        (0..seeds)
            .map(|n| Self { config: config.clone(), seed: self.seed.wrapping_add(n) })
            .collect()
    }
}
