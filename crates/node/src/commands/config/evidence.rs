//! What is brought for a permission: state folders of runs on the rung below, journals of backtests of the same periods.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use journal::JournalId;
use journal::verify::{VerifyOptions, verify};
use types::entry::{Body, Entry};

use crate::cli::PermitArgs;
use crate::commands::parity::compared;
use crate::exit::{Failure, Kind as _, told};
use crate::ladder::{Claim, Earned, ParityShown, Service, earned};
use crate::run_config::RunConfig;
use crate::setup::{JournalFolder, Watched};

/// Returns with what the rung of a configuration was earned.
///
/// # Errors
/// With everything that stands against it, line by line.
pub(super) fn look(args: &PermitArgs, config: &RunConfig) -> Result<Earned, Failure> {
    let rung = config.live.rung;
    let Some((below, wanted)) = config.stage_below() else {
        return Err(Failure::config(format_args!("rung {rung} has none below it to be earned on")));
    };
    let states = states(args, config);
    let (served, backtests) = (states.len(), args.backtest.len());
    if backtests > served {
        return Err(Failure::usage(format_args!(
            "--backtest was given {backtests} times for {served} state folders, wanted one for each --served, in their order"
        )));
    }
    let backtests = args.backtest.iter().map(Some).chain(std::iter::repeat(None));
    let claims: Vec<Claim> =
        states.iter().zip(backtests).map(|(state, backtest)| claim(state, backtest)).collect();
    earned(below, &wanted, &claims).map_err(|why| {
        let why: Vec<String> = why.iter().map(|why| format!("\n  {why}")).collect();
        Failure::config(format_args!("rung {rung} was not earned on rung {below}:{}", why.concat()))
    })
}

/// Returns the folders that are named, or the run's own if there is a journal in it.
fn states(args: &PermitArgs, config: &RunConfig) -> Vec<PathBuf> {
    let own = &config.run.state;
    if args.served.is_empty() && own.join("journal").exists() {
        return vec![own.clone()];
    }
    args.served.clone()
}

fn claim(state: &Path, backtest: Option<&PathBuf>) -> Claim {
    let run = JournalFolder::within(state);
    let read = verified(&run).and_then(|id| Ok((id, service(&run)?)));
    let parity = match (&read, backtest) {
        (Ok((id, _)), Some(backtest)) => {
            shown(&run, *id, backtest).unwrap_or_else(ParityShown::Unusable)
        }
        // Of what does not count nothing is compared.
        (Err(_), Some(_)) | (Ok(_) | Err(_), None) => ParityShown::Nothing,
    };
    let state = state.display().to_string();
    Claim { state, service: read.map(|(_, service)| service), parity }
}

fn service(run: &JournalFolder) -> Result<Service, String> {
    let mut service = Service::default();
    run.each_entry(|entry| service.on_entry(entry)).map_err(|failure| told(&failure.error))?;
    Ok(service)
}

/// Returns how a run compares with a backtest, or why that backtest proves nothing.
fn shown(run: &JournalFolder, id: JournalId, backtest: &Path) -> Result<ParityShown, String> {
    let other = JournalFolder::within(backtest);
    let backtest = backtest.display().to_string();
    if verified(&other)? == id {
        return Err(format!("{backtest} is the journal of the run itself, wanted a backtest's"));
    }
    let mut stage = None;
    let words = |failure: Failure| told(&failure.error);
    let of_run = |entry: &Entry| {
        if let Body::Stage(of_run) = &entry.body {
            stage = Some(of_run.clone());
        }
    };
    other.each_entry(of_run).map_err(words)?;
    if let Some(stage) = stage {
        return Err(format!("{backtest} is the journal of a run in {stage}, wanted a backtest's"));
    }
    let parity = compared(run, &other).map_err(words)?;
    let period = parity.period.filter(|_| parity.compares());
    Ok(ParityShown::Compared { backtest, period, unknown: parity.unknown() })
}

/// Holds every bit of a journal against its hashes and signatures; returns whose it is.
fn verified(journal: &JournalFolder) -> Result<JournalId, String> {
    let disk = Watched::new(journal.disk(), "verify");
    let report = verify(&disk, &VerifyOptions::default()).with_context(|| journal.shown()).data();
    let report = report.map_err(|failure| told(&failure.error))?;
    match (report.findings.first(), report.id) {
        (None, Some(id)) if report.holds() => Ok(id),
        (Some(found), _) => Err(format!("{} does not verify: {found}", journal.shown())),
        (None, _) => Err(format!("{} does not verify", journal.shown())),
    }
}
