//! `study`: a backtest with yardsticks and a report on a generated market, for people without data.

use engine::config::PolicyName;
use serde_json::json;
use sim::backtest::BacktestConfig;
use types::market::Timeframe;

use super::backtest::{Study, Wanted, summary, write_report};
use crate::cli::StudyArgs;
use crate::exit::{Exit, Outcome};
use crate::out::Out;
use crate::setup::{Bars, LoadedConfig, Made};

/// Runs, prints what came of it, and writes the report.
pub(crate) fn run(args: &StudyArgs, out: Out) -> Outcome {
    let timeframe = Timeframe::M15;
    let made = Made { days: args.days, symbols: args.symbols, seed: args.seed, timeframe };
    out.note(format_args!(
        "Plimsoll trades an invented market: {} days of {timeframe} bars of {} symbols.",
        args.days, args.symbols
    ));
    let bars = Bars::made(made)?;
    let config = BacktestConfig::named(PolicyName::Confluence);
    let wanted = Wanted { yardsticks: true, null_seeds: args.null_seeds, seed: args.seed };
    let study = Study::of(&bars, &config, wanted, None)?;
    let loaded = LoadedConfig { config, file: toml::Table::new(), path: None, run: None };
    let report = write_report(&args.out, &bars, &loaded, &study)?;
    out.json(&json!({
        "simulated": true,
        "final_equity": study.result.final_equity,
        "trades": study.metrics.trades,
        "decisions_hash": study.result.decisions_hash.to_string(),
        "state_hash": study.result.state_hash.to_string(),
        "report": report,
    }))?;
    out.line("")?;
    for line in summary(&study) {
        out.line(line)?;
    }
    out.line("")?;
    out.line("ALL OF THIS IS SIMULATED: the bars were invented, no order left this machine, and")?;
    out.line("what earns here says nothing about what earns elsewhere.")?;
    out.line("")?;
    out.line(format_args!("Open the report in a browser: {}", report.display()))?;
    Ok(Exit::Ok)
}
