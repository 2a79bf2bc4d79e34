//! `backtest`: a policy over bars, with everything to judge it by.

mod answer;
mod filled;
mod gates;
mod null;
mod study;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::config::PolicyName;
use journal::Options;
use serde_json::json;
use sim::backtest::{BacktestConfig, Keep, LookaheadReport, Run, check_lookahead};
use types::market::TsNanos;

pub(crate) use answer::summary;
pub(crate) use study::{Clock, Study, Told, Wanted, failure};

use super::entry;
use crate::cli::BacktestArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::gate::{Gate, Seen};
use crate::out::Out;
use crate::report::{self, Edge};
use crate::setup::{self, Bars, JournalFolder, Kept, Pass};

/// Random runs that a report of `confluence` is compared with.
const NULL_SEEDS: u64 = 200;

/// Places at which `--check-lookahead` cuts the bars, at least.
const CUTS: usize = 100;

/// Runs, answers, and compares with gates.
pub(crate) fn run(args: &BacktestArgs, out: Out) -> Outcome {
    let gate = args.gate.as_deref().map(Gate::read).transpose()?;
    let loaded = setup::load_for(&args.market)?;
    let policy = loaded.config.engine.policy;
    let bars = Bars::open(&args.market, loaded.config.engine.market)?;
    let confluence = policy == PolicyName::Confluence;
    let usual = if args.report.is_some() && confluence { NULL_SEEDS } else { 0 };
    let wanted = Wanted {
        yardsticks: args.report.is_some(),
        null_seeds: args.null_seeds.unwrap_or(usual),
        seed: args.market.seed,
    };
    if wanted.null_seeds > 0 && !confluence {
        return Err(Failure::usage(format_args!(
            "--null-seeds compares with as many entries as confluence made, but the policy is {}",
            policy.name()
        )));
    }
    hint(&loaded.config, out);
    let mut kept = args.journal.as_deref().map(|path| keep(path, args)).transpose()?;
    let keep = kept.as_mut().map(|kept| kept as &mut dyn Keep);
    let study = Study::of(&bars, &loaded.config, wanted, keep)?;
    let kept = kept.map(Kept::close).transpose()?;
    let found = if args.check_lookahead {
        Some(check_ahead(&bars, &loaded.config, args.market.seed)?)
    } else {
        None
    };
    let breaches = gate.map(|gate| gate.breaches(&seen(&study))).unwrap_or_default();
    let written = match &args.report {
        Some(folder) => Some(write_report(folder, &bars, &loaded, &study)?),
        None => None,
    };
    let mut answer = answer::machine_form(&study, found.as_ref(), &breaches, written.as_deref());
    if let (Some(path), Some(head)) = (&args.journal, &kept) {
        answer["journal"] = json!({
            "path": path,
            "id": head.id.to_string(),
            "entries": head.seq.0,
            "root": head.root.to_string(),
        });
    }
    out.json(&answer)?;
    for line in summary(&study) {
        out.line(line)?;
    }
    if let Some(found) = &found {
        out.line(found)?;
    }
    if let Some(path) = &written {
        out.line(format_args!("report: {}", path.display()))?;
    }
    if let (Some(path), Some(head)) = (&args.journal, &kept) {
        let entries = entry::entries(head.seq.0);
        out.line(format_args!("journal: {} ({entries}, root {})", path.display(), head.root))?;
    }
    for breach in &breaches {
        out.note(format_args!("gate: {breach}"));
    }
    // No data is never a pass.
    let proven = found.is_none_or(|found| found.is_clean() && answer::is_conclusive(&found));
    Ok(if proven && breaches.is_empty() { Exit::Ok } else { Exit::No })
}

/// Begins the journal of a run. The run can be made again, so its commits do not wait for the disk;
/// its close does.
fn keep(path: &Path, args: &BacktestArgs) -> Result<Kept, Failure> {
    let folder = JournalFolder::new(path, args.keys.as_deref());
    folder.create(Options { sync: false, ..Options::default() })
}

/// Says what `null` lacks when it is run alone.
fn hint(config: &BacktestConfig, out: Out) {
    let engine = &config.engine;
    if engine.policy == PolicyName::Null && engine.null.quotas.is_empty() {
        out.note(
            "plimsoll: the policy null has no [[null.quotas]] (symbol, entries, closes) in its \
             configuration and enters nothing; to compare confluence with random entries, run \
             --policy confluence --null-seeds 200",
        );
    }
}

/// Cuts the bars and compares what was decided and done up to each cut.
fn check_ahead(
    bars: &Bars,
    config: &BacktestConfig,
    seed: u64,
) -> Result<LookaheadReport, Failure> {
    let Pass { options, .. } = bars.pass(None)?;
    let run = Run { config: config.clone(), seed };
    let open = |cut: Option<TsNanos>| {
        let bars = cut.map_or_else(|| bars.clone(), |cut| bars.until(cut));
        Ok(bars.inputs(None)?)
    };
    let mut progress = Told::new("looking ahead", None);
    check_lookahead(&options, &run, open, CUTS, &mut progress).map_err(failure)
}

fn seen(study: &Study) -> Seen<'_> {
    let edge = study.null.as_ref().and_then(|null| null.edge(study.result.final_equity));
    Seen {
        result: &study.result,
        metrics: &study.metrics,
        above_band: edge.map(|edge| edge == Edge::Above),
    }
}

/// Writes the report into a folder and returns its path.
pub(crate) fn write_report(
    folder: &Path,
    bars: &Bars,
    loaded: &setup::LoadedConfig,
    study: &Study,
) -> Result<PathBuf, Failure> {
    let beside = filled::Beside { bars, loaded, command: command_line() };
    let page = report::render(&filled::report_of(study, &beside));
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = folder.join("report.html");
    fs::write(&path, page).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// The command as it was given, words with spaces quoted.
fn command_line() -> String {
    let words = std::env::args().skip(1).map(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    std::iter::once("plimsoll".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
