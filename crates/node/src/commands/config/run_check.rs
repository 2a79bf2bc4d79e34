//! `config check` of a run's configuration: what it may do, with whose money, and whether its account can trade.

use serde_json::json;
use types::instrument::Market;
use types::num::Money;

use super::check::{assumptions, document, lines, prove, refuse};
use super::prices::Priced;
use crate::cli::ConfigArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::run_config::{Capital, Mode, RunConfig};

/// Checks it.
pub(super) fn run(args: &ConfigArgs, config: &RunConfig, out: Out) -> Outcome {
    let capital = capital(args, config)?;
    let catalogue = config.catalogue().config()?;
    let priced = Priced::of(&config.run.symbols, &args.price, &catalogue, Market::Spot)?;
    let summary = match prove(args, config.engine(), &priced, capital)? {
        Ok(summary) => summary,
        Err(found) => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            return refuse(&found, out);
        }
    };
    let mut answer = document(&summary, capital);
    answer["mode"] = json!(config.run.mode);
    answer["venue"] = json!(reached(config));
    answer["run"] = json!(config.run);
    answer["key"] = json!(config.key);
    answer["live"] = json!(config.live);
    let key = key(config);
    answer["key_usable"] = json!(key.as_ref().map(Result::is_ok));
    out.json(&answer)?;
    out.line(format_args!("{}: {}", config.run.mode, reached(config)))?;
    lines(&summary, capital).iter().try_for_each(|line| out.line(line))?;
    if let Some(rung) = config.rung() {
        out.line(format_args!("rung {rung}: {}", rung.allowance()))?;
    }
    match key {
        None => {}
        Some(Ok(())) => out.line("the venue's key can be read")?,
        Some(Err(why)) => out.line(format_args!("the venue's key cannot be used yet: {why}"))?,
    }
    out.line(assumptions(args, &priced))?;
    Ok(Exit::Ok)
}

/// Returns the capital; a share is one of the account that `--capital` names.
fn capital(args: &ConfigArgs, config: &RunConfig) -> Result<Money, Failure> {
    let given = args.capital.as_deref().map(Capital::parse).transpose();
    let given = given.map_err(|error| Failure::usage(format_args!("--capital: {error}")))?;
    match (given.and_then(Capital::amount), config.run.capital) {
        (Some(account), Capital::Share(_)) => Ok(config.run.capital.of(account)),
        (Some(account), Capital::Amount(_)) => Ok(account),
        (None, Capital::Amount(amount)) => Ok(amount.get()),
        (None, Capital::Share(share)) => Err(Failure::usage(format_args!(
            "run.capital is {share} of the account: say with --capital AMOUNT what the account holds"
        ))),
    }
}

/// Returns whether the venue's key can be read, where one is wanted.
fn key(config: &RunConfig) -> Option<Result<(), String>> {
    match config.run.mode {
        Mode::Simulated | Mode::Paper => None,
        Mode::Testnet | Mode::Live => {
            Some(config.key.credentials().map(|_| ()).map_err(|error| error.to_string()))
        }
    }
}

/// Says where its orders go.
fn reached(config: &RunConfig) -> String {
    match (config.binance(), config.run.mode) {
        (None, _) => "a simulated venue that `run` starts, invented prices and money".to_owned(),
        (Some(venue), Mode::Simulated) => {
            format!("the simulated venue at {}, invented prices and money", venue.endpoints.rest)
        }
        (Some(venue), Mode::Paper) => {
            format!("prices of {}, no key, fills simulated here", venue.endpoints.streams)
        }
        (Some(venue), Mode::Testnet) => format!("{}, no real money", venue.endpoints.rest),
        (Some(venue), Mode::Live) => format!("{}, REAL MONEY", venue.endpoints.rest),
    }
}
