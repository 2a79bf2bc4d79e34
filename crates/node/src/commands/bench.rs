//! `bench`: speed and memory on this machine.

mod parts;
mod processes;
mod risk;

use engine::config::PolicyName;
use serde::Serialize;
use sim::backtest::{BacktestConfig, Run};
use tempfile::TempDir;
use types::instrument::Market;
use types::market::Timeframe;

use super::backtest::{Clock, failure};
use super::generate;
use crate::cli::BenchArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::machine::{self, Machine};
use crate::out::{Out, columns};
use crate::setup::{Bars, Made, Pass};
use crate::show;
use processes::{Measured, Missing};

/// One figure with its target.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    /// What the design asks for, and whether at most or at least that.
    target: Option<f64>,
    at_most: bool,
}

impl Figure {
    pub(super) fn at_most(name: &str, value: f64, unit: &'static str, target: f64) -> Self {
        Self { name: name.to_owned(), value, unit, target: Some(target), at_most: true }
    }

    fn at_least(name: String, value: f64, unit: &'static str, target: f64) -> Self {
        Self { name, value, unit, target: Some(target), at_most: false }
    }

    pub(super) fn plain(name: &str, value: f64, unit: &'static str) -> Self {
        Self { name: name.to_owned(), value, unit, target: None, at_most: true }
    }

    fn row(&self) -> Vec<String> {
        let decimals = if self.value < 100.0 { 2 } else { 0 };
        let target = self.target.map(|target| {
            let side = if self.at_most { "<=" } else { ">=" };
            let met = if self.at_most { self.value <= target } else { self.value >= target };
            let word = if met { "met" } else { "missed" };
            format!("{side} {} {word}", show::number(target, 0))
        });
        vec![
            self.name.clone(),
            show::number(self.value, decimals),
            self.unit.to_owned(),
            target.unwrap_or_default(),
        ]
    }
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    what: String,
    figures: Vec<Figure>,
    /// What could not be measured, each with its reason.
    missing: Vec<Missing>,
}

/// Measures and prints.
pub(crate) fn run(args: &BenchArgs, out: Out) -> Outcome {
    let machine = Machine::here();
    if machine.profile == "debug" {
        out.note("plimsoll: this is a debug build, figures of a release build are what counts");
    }
    if args.processes {
        let note = |what: &str| out.note(format_args!("plimsoll: measuring {what}"));
        let Measured { figures, missing } = processes::measured(args.kills, note)?;
        return tell(machine, "processes over loopback".to_owned(), (figures, missing), out);
    }
    let mut figures = parts::figures();
    figures.push(risk::verdict_p99());
    let (bars, what, _folder) = bars(args)?;
    for (policy, target) in [(PolicyName::Confluence, 1e6), (PolicyName::EmaCross, 3e6)] {
        figures.push(backtest(&bars, policy, target)?);
    }
    if let Some(peak) = machine::peak_memory() {
        figures.push(Figure::at_most("peak memory", peak, "MiB", 500.0));
    }
    tell(machine, format!("backtests over {what}"), (figures, Vec::new()), out)
}

fn tell(
    machine: Machine,
    what: String,
    (figures, missing): (Vec<Figure>, Vec<Missing>),
    out: Out,
) -> Outcome {
    out.line(format_args!(
        "{}, {} cores, {}, {} build of {}",
        machine.cpu, machine.cores, machine.system, machine.profile, machine.commit
    ))?;
    out.line(&what)?;
    out.line("")?;
    let rows: Vec<Vec<String>> = figures.iter().map(Figure::row).collect();
    for line in columns(&["what", "value", "unit", "target"], &rows) {
        out.line(line)?;
    }
    for missing in &missing {
        out.line(missing.shown())?;
    }
    out.json(&Report { machine, what, figures, missing })?;
    Ok(Exit::Ok)
}

/// Returns the bars, what they are, and the folder they lie in while they are needed: generated
/// bars are read from files, as recorded ones would be.
fn bars(args: &BenchArgs) -> Result<(Bars, String, Option<TempDir>), Failure> {
    if !args.data.is_empty() {
        let names: Vec<String> = args.data.iter().map(|path| path.display().to_string()).collect();
        return Ok((Bars::of_files(&args.data, Market::Spot)?, names.join(", "), None));
    }
    let folder = tempfile::tempdir()?;
    let (days, symbols, timeframe) = (args.days, args.symbols, Timeframe::M1);
    let made = Made { days, symbols, seed: 1, timeframe };
    for mut source in made.generator()?.sources() {
        generate::write(source.as_mut(), folder.path(), made)?;
    }
    let bars = Bars::of_files(&[folder.path().to_owned()], Market::Spot)?;
    let what =
        format!("{} generated days of one-minute bars of {} symbols", args.days, args.symbols);
    Ok((bars, what, Some(folder)))
}

fn backtest(bars: &Bars, policy: PolicyName, target: f64) -> Result<Figure, Failure> {
    let Pass { options, mut inputs } = bars.pass(None)?;
    let runs = [Run { config: BacktestConfig::named(policy), seed: 1 }];
    let clock = Clock::start();
    let outcome = sim::backtest::run(&options, &runs, &mut inputs, &mut ()).map_err(failure)?;
    let (cpu, wall) = clock.stop();
    #[expect(clippy::cast_precision_loss, reason = "a rate to be shown")]
    let read = outcome.runs[0].bars as f64;
    let rate = read / analysis::num::max(cpu.unwrap_or(wall), 1e-9);
    let name = format!("backtest, {}", policy.name());
    Ok(Figure::at_least(name, rate, "bars per processor second", target))
}
