//! `config check` of a run's configuration: what it may do, with whose money, and whether its account can trade.

use engine::config::{Contradiction, Summary};
use serde_json::{Value, json};
use types::hard_limits::HardLimits;
use types::instrument::{Instrument, Market};
use types::num::{Money, Price};

use super::check::{assumptions, document, lines, prove, refuse};
use super::prices::Priced;
use crate::cli::ConfigArgs;
use crate::commands::keys;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::ladder;
use crate::limits::{self, Origin, RunLimits};
use crate::live::{Ask, Papers, WhyNot, live_gate};
use crate::out::Out;
use crate::run_config::{Capital, Mode, RunConfig};

/// Checks it.
pub(super) fn run(args: &ConfigArgs, config: &RunConfig, out: Out) -> Outcome {
    let capital = capital(args, config)?;
    let catalogue = config.catalogue().config()?;
    let priced = Priced::of(&config.run.symbols, &args.price, &catalogue, Market::Spot)?;
    let papers = (config.run.mode == Mode::Live).then(|| Papers::open(config, 0));
    let mut limits = match &papers {
        None => limits::for_run(config, capital, 0).config()?,
        Some(papers) => limits_of(papers, config, capital),
    };
    let too_low = below_smallest(config, &limits.hard, &priced);
    let mut engine = config.engine().clone();
    if let Some(rung) = config.rung() {
        let smallest = priced.0.iter().map(|of| smallest(config, of)).max().unwrap_or(Money::ZERO);
        ladder::apply(rung, &mut engine, &mut limits.hard, capital, smallest);
    }
    let account = prove(args.stop, &engine, &priced, capital)?;
    let gate = papers.as_ref().map(|papers| gate(config, papers, &priced, capital, &account));
    let mut found = too_low;
    if let Err(contradictions) = &account {
        found.extend(contradictions.iter().map(ToString::to_string));
    }
    let summary = match account {
        Ok(summary) if found.is_empty() => summary,
        Ok(_) | Err(_) => return refuse(&found, out),
    };
    let largest_order = summary.largest_order.min(limits.hard.order_notional);
    let summary = Summary { largest_order, ..summary };
    let key = key(config);
    let mut answer = document(&summary, capital);
    answer["limits"] = told(&limits);
    answer["mode"] = json!(config.run.mode);
    answer["venue"] = json!(reached(config));
    answer["run"] = json!(config.run);
    answer["key"] = json!(config.key);
    answer["live"] = json!(config.live);
    answer["key_usable"] = json!(key.as_ref().map(Result::is_ok));
    answer["before_real_money"] = json!(gate.as_ref().map(|gate| &gate.missing));
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
    limits.lines().iter().try_for_each(|line| out.line(line))?;
    out.line(assumptions(args, &priced))?;
    let Some(gate) = gate else { return Ok(Exit::Ok) };
    out.line("before real money moves:")?;
    gate.missing.iter().try_for_each(|why| out.line(format_args!("  {why}")))?;
    Ok(if gate.open_but_for_the_start { Exit::Ok } else { Exit::No })
}

/// Returns limits for machines. Money is text: its counts are larger than a number of JSON.
fn told(limits: &RunLimits) -> Value {
    let RunLimits { hard, origin } = limits;
    json!({
        "version": hard.version,
        "order_notional": hard.order_notional.to_string(),
        "gross_exposure": hard.gross_exposure.to_string(),
        "open_orders": hard.open_orders,
        "orders_per_second": hard.orders_per_second,
        "price_collar": hard.price_collar.to_string(),
        "daily_loss": hard.daily_loss.to_string(),
        "symbols": hard.symbols,
        "origin": origin,
    })
}

/// What still stands before real money.
struct Gate {
    missing: Vec<String>,
    /// Whether only that is missing which a start alone can bring: the key's rights, the typed words.
    open_but_for_the_start: bool,
}

fn gate(
    config: &RunConfig,
    papers: &Papers,
    priced: &Priced,
    capital: Money,
    account: &Result<Summary, Vec<Contradiction>>,
) -> Gate {
    let quote = priced.0.first().map(|(instrument, _)| instrument.quote.clone());
    let quote = quote.expect("a configuration without symbols is refused");
    let ask = Ask {
        config,
        limits: papers.limits.as_ref(),
        permission: papers.permission.as_ref(),
        rights: None,
        typed: None,
        capital,
        quote: &quote,
        account,
        now: keys::now(),
    };
    match live_gate(&ask) {
        Ok(permission) => {
            let names: Vec<&str> = permission.by().iter().map(|by| by.name.as_str()).collect();
            let nothing = format!(
                "nothing: {} permitted rung {} with limits {} until {}",
                names.join(", "),
                permission.rung(),
                permission.limits().version,
                permission.expires()
            );
            Gate { missing: vec![nothing], open_but_for_the_start: true }
        }
        Err(why) => Gate {
            missing: why.iter().map(ToString::to_string).collect(),
            open_but_for_the_start: why.iter().all(WhyNot::is_for_the_start),
        },
    }
}

/// Returns the signed limits, or derived ones to go on with: the gate says that they do not count.
fn limits_of(papers: &Papers, config: &RunConfig, capital: Money) -> RunLimits {
    match &papers.limits {
        Ok(signed) => {
            RunLimits { hard: signed.limits.clone(), origin: Origin::Signed(signed.by.clone()) }
        }
        Err(_) => {
            let hard = limits::derived(config.engine(), &config.run.symbols, capital, 0);
            RunLimits { hard, origin: Origin::Derived }
        }
    }
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

/// Returns what the hard limits do not let through although it is the smallest order of a symbol.
fn below_smallest(config: &RunConfig, hard: &HardLimits, priced: &Priced) -> Vec<String> {
    let line = hard.order_notional.min(hard.gross_exposure);
    let low = |of: &(Instrument, Price)| {
        let smallest = smallest(config, of);
        (smallest > line).then(|| {
            format!(
                "the hard limits let orders of {line} through, the smallest of {} is {smallest}: raise them, or leave it out",
                of.0.symbol
            )
        })
    };
    priced.0.iter().filter_map(low).collect()
}

fn smallest(config: &RunConfig, (instrument, price): &(Instrument, Price)) -> Money {
    ladder::smallest_order(instrument, *price, &config.engine().risk.orders)
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
