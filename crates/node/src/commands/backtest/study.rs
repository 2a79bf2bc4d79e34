//! A run with its yardsticks and its figures: [`Study`].

use std::time::Instant;

use engine::config::{EdgeTest, PolicyName};
use sim::backtest::{BacktestConfig, BacktestError, Keep, Run, RunResult, run_kept};
use sim::data::Quality;
use sim::performance::{EquityPoint, Input, Metrics, PerformanceConfig, measure};
use types::market::TsNanos;

use super::null;
use crate::exit::{Exit, Failure};
use crate::machine;
use crate::progress::Progress;
use crate::report::NullBand;
use crate::setup::{Bars, Days, Pass};

/// What a study looks at beside the run itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Whether `trend` and a variant without the edge test run beside it, and charts are kept.
    pub(crate) yardsticks: bool,
    /// Runs of `null`.
    pub(crate) null_seeds: u64,
    /// Seed of every draw.
    pub(crate) seed: u64,
}

/// A run with its yardsticks and its figures.
#[derive(Debug)]
pub(crate) struct Study {
    pub(crate) result: RunResult,
    pub(crate) metrics: Metrics,
    pub(crate) hold: Vec<EquityPoint>,
    pub(crate) trend: Option<RunResult>,
    /// The same run with the edge test off, where it was on.
    pub(crate) untested: Option<RunResult>,
    pub(crate) null: Option<NullBand>,
    pub(crate) days: Days,
    pub(crate) quality: Vec<Quality>,
    /// Symbols with mark prices, and with funding rates.
    pub(crate) perpetual: (usize, usize),
    /// Processor seconds of the pass, where the system tells them.
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) seconds: f64,
    /// The same two of a second pass of which nothing was kept, where the run was.
    pub(crate) plain: Option<(Option<f64>, f64)>,
    /// Runs that shared the pass.
    pub(crate) together: usize,
}

impl Study {
    /// Runs; the entries of the run itself go to `keep`.
    pub(crate) fn of(
        bars: &Bars,
        config: &BacktestConfig,
        wanted: Wanted,
        keep: Option<&mut dyn Keep>,
    ) -> Result<Self, Failure> {
        let main = Run { config: config.clone(), seed: wanted.seed };
        let runs = together(&main, wanted.yardsticks);
        let days = Days::default();
        let Pass { options, mut inputs } = bars.pass(wanted.yardsticks.then_some(&days))?;
        let mut progress = Told::new("backtest", bars.total());
        let is_kept = keep.is_some();
        let clock = Clock::start();
        let outcome = match keep {
            Some(keep) => run_kept(&options, &runs, &mut inputs, &mut progress, keep),
            None => sim::backtest::run(&options, &runs, &mut inputs, &mut progress),
        };
        let outcome = outcome.map_err(failure)?;
        let (cpu_seconds, seconds) = clock.stop();
        drop(progress);
        let plain = if is_kept { Some(plain_pass(bars, &runs)?) } else { None };
        let quality: Vec<Quality> = inputs.feed.quality().cloned().collect();
        let perpetual =
            (inputs.marks.iter().flatten().count(), inputs.funding.iter().flatten().count());
        drop(inputs);
        let together = outcome.runs.len();
        let mut results = outcome.runs.into_iter();
        let result = results.next().expect("one result per run, and there is one");
        let (mut trend, mut untested) = (None, None);
        for (run, result) in runs.iter().skip(1).zip(results) {
            match run.config.engine.policy {
                PolicyName::Trend => trend = Some(result),
                PolicyName::Confluence | PolicyName::EmaCross | PolicyName::Null => {
                    untested = Some(result);
                }
            }
        }
        let null = if wanted.null_seeds > 0 {
            Some(null::band(bars, &main, &result, wanted.null_seeds)?)
        } else {
            None
        };
        let metrics = figures(&result, config);
        let hold = outcome.hold;
        Ok(Self {
            result,
            metrics,
            hold,
            trend,
            untested,
            null,
            days,
            quality,
            perpetual,
            cpu_seconds,
            seconds,
            plain,
            together,
        })
    }

    /// Returns native bars per processor second, or per second where the system does not tell.
    pub(crate) fn bars_per_second(&self) -> f64 {
        self.rate((self.cpu_seconds, self.seconds))
    }

    /// Returns the same of the pass of which nothing was kept, where the run was.
    pub(crate) fn plain_bars_per_second(&self) -> Option<f64> {
        self.plain.map(|took| self.rate(took))
    }

    fn rate(&self, (cpu_seconds, seconds): (Option<f64>, f64)) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate to be shown")]
        let bars = self.result.bars as f64;
        bars / analysis::num::max(cpu_seconds.unwrap_or(seconds), 1e-9)
    }
}

/// Runs the same again and keeps nothing: what the journal costs is seen beside it.
fn plain_pass(bars: &Bars, runs: &[Run]) -> Result<(Option<f64>, f64), Failure> {
    let Pass { options, mut inputs } = bars.pass(None)?;
    let mut progress = Told::new("backtest without a journal", bars.total());
    let clock = Clock::start();
    sim::backtest::run(&options, runs, &mut inputs, &mut progress).map_err(failure)?;
    Ok(clock.stop())
}

/// Returns the figures of a run.
pub(crate) fn figures(result: &RunResult, config: &BacktestConfig) -> Metrics {
    let days_per_year = config.engine.risk.volatility.days_per_year;
    let input = Input {
        equity: &result.equity,
        trades: &result.trades,
        open_since: None,
        drawdown: result.drawdown,
    };
    measure(&input, PerformanceConfig { days_per_year })
        .expect("a run has at least one instant, and each first instant of a day is a point")
}

/// Returns the run, and with yardsticks `trend` and the run without the edge test.
fn together(main: &Run, yardsticks: bool) -> Vec<Run> {
    let mut runs = vec![main.clone()];
    let engine = &main.config.engine;
    if yardsticks && engine.policy != PolicyName::Trend {
        let mut trend = main.clone();
        trend.config.engine.policy = PolicyName::Trend;
        runs.push(trend);
    }
    let tested = engine.entry.edge_test != EdgeTest::Off;
    if yardsticks && engine.policy == PolicyName::Confluence && tested {
        let mut untested = main.clone();
        untested.config.engine.entry.edge_test = EdgeTest::Off;
        runs.push(untested);
    }
    runs
}

/// Names the kind of what went wrong in a run.
pub(crate) fn failure(error: BacktestError) -> Failure {
    let exit = match error {
        BacktestError::Config(_) => Exit::Config,
        BacktestError::Data(_) | BacktestError::Exchange(_) | BacktestError::NoBars => Exit::Data,
        BacktestError::State(_) | BacktestError::Fold(_) | BacktestError::Keep(_) => Exit::Failure,
    };
    Failure { exit, error: error.into() }
}

/// Processor and wall time of a stretch of work.
pub(crate) struct Clock {
    cpu: Option<f64>,
    started: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "how long the work took, for people")]
    pub(crate) fn start() -> Self {
        Self { cpu: machine::cpu_seconds(), started: Instant::now() }
    }

    /// Returns processor seconds, where the system tells them, and seconds.
    pub(crate) fn stop(&self) -> (Option<f64>, f64) {
        let cpu = self.cpu.zip(machine::cpu_seconds()).map(|(start, end)| end - start);
        (cpu, self.started.elapsed().as_secs_f64())
    }
}

/// Progress of a run as a bar.
pub(crate) struct Told {
    bar: Progress,
    total: Option<(TsNanos, TsNanos)>,
}

impl Told {
    /// `total` is the stretch of time the bars cover, where it is known.
    pub(crate) fn new(what: &str, total: Option<(TsNanos, TsNanos)>) -> Self {
        Self { bar: Progress::new(what), total }
    }
}

impl sim::backtest::Progress for Told {
    fn on_bars(&mut self, bars: u64, at: TsNanos) {
        match self.total {
            Some((from, to)) => {
                let whole = u64::try_from(to.since(from)).unwrap_or(0);
                let done = u64::try_from(at.since(from)).unwrap_or(0);
                self.bar.set(done.min(whole), whole);
            }
            None => self.bar.set(bars, bars.saturating_mul(2)),
        }
    }

    fn on_cut(&mut self, done: usize, of: usize) {
        self.bar.set(done as u64, of as u64);
    }
}
