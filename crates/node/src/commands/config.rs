//! `config check` and `config explain`.

use std::fmt::Write as _;

use engine::border;
use engine::config::{Candidate, satisfiable};
use serde_json::json;
use sim::backtest::BacktestConfig;
use toml::Value;
use types::ids::Symbol;
use types::instrument::{Instrument, Market};
use types::num::{Price, Ratio};

use crate::cli::{ConfigArgs, ConfigFile};
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::{setup, show};

/// Checks a configuration against itself and against an account.
pub(crate) fn check(args: &ConfigArgs, out: Out) -> Outcome {
    let mut loaded = setup::load(args.file.as_deref(), args.policy.map(Into::into))?;
    let config = &mut loaded.config;
    if let Some(market) = args.market {
        config.engine.market = Market::from(market);
    }
    if let Some(capital) = &args.capital {
        config.backtest.capital.clone_from(capital);
    }
    config.validate().config()?;
    let capital = config.capital().config()?;
    let symbols = candidates(args, config)?;
    let stop = share(args.stop / 100.0)
        .filter(|stop| *stop > Ratio::ZERO && *stop < Ratio::ONE)
        .ok_or_else(|| {
            Failure::usage(format_args!(
                "--stop is {}, wanted a percentage above 0 and below 100",
                args.stop
            ))
        })?;
    let slippage = share(config.engine.expected_costs.slippage_bps / 10_000.0).unwrap_or_default();
    let seen: Vec<Candidate<'_>> = symbols
        .iter()
        .map(|(instrument, price)| Candidate { instrument, price: *price, stop, slippage })
        .collect();
    match satisfiable(&config.engine.risk, &seen, capital) {
        Err(found) => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            out.json(&json!({ "ok": false, "contradictions": found }))?;
            found.iter().try_for_each(|line| out.line(format_args!("NO: {line}")))?;
            Ok(Exit::No)
        }
        Ok(summary) => {
            let needs: Vec<_> = summary
                .needs
                .iter()
                .map(|(symbol, need)| json!({ "symbol": symbol, "account": need.to_string() }))
                .collect();
            out.json(&json!({
                "ok": true,
                "capital": capital.to_string(),
                "largest_order": summary.largest_order.to_string(),
                "loss_at_all_stops": summary.loss_at_all_stops.to_string(),
                "smallest_account": summary.smallest_account.to_string(),
                "needs": needs,
            }))?;
            let money = |amount| show::money(border::money(amount));
            out.line(format_args!(
                "ok: the limits can be met by an account of {}",
                money(capital)
            ))?;
            out.line(format_args!("largest order              {}", money(summary.largest_order)))?;
            out.line(format_args!(
                "loss if every stop is hit  {}",
                money(summary.loss_at_all_stops)
            ))?;
            out.line(format_args!(
                "smallest workable account  {}",
                money(summary.smallest_account)
            ))?;
            for (symbol, need) in &summary.needs {
                out.line(format_args!("  to trade {symbol}: {}", money(*need)))?;
            }
            out.line(format_args!(
                "prices and stops assumed: {}, stop {} % away",
                args.price.join(", "),
                args.stop
            ))?;
            Ok(Exit::Ok)
        }
    }
}

fn share(share: f64) -> Option<Ratio> {
    border::ratio_up(share)
}

fn candidates(
    args: &ConfigArgs,
    config: &BacktestConfig,
) -> Result<Vec<(Instrument, Price)>, Failure> {
    let catalogue = setup::catalogue(args.instruments.as_deref())?;
    let one = |text: &String| {
        let wanted = || {
            Failure::usage(format_args!(
                "--price is `{text}`, wanted SYMBOL=PRICE, such as BTCUSDT=60000"
            ))
        };
        let (symbol, price) = text.split_once('=').ok_or_else(wanted)?;
        let symbol = Symbol::new(symbol).map_err(|_| wanted())?;
        let price: Price = price.parse().map_err(|_| wanted())?;
        if !price.is_positive() {
            return Err(wanted());
        }
        Ok((catalogue.lookup(&symbol, config.engine.market).instrument, price))
    };
    args.price.iter().map(one).collect()
}

/// One key of the configuration.
#[derive(Debug, serde::Serialize)]
struct Key {
    key: String,
    value: String,
    origin: &'static str,
    default: String,
    unit_and_range: String,
    meaning: String,
}

/// Prints every key with its value, where it comes from, and what it means.
pub(crate) fn explain(args: &ConfigFile, out: Out) -> Outcome {
    let loaded = setup::load(args.file.as_deref(), args.policy.map(Into::into))?;
    let table = tables(&loaded.config)?;
    let mut keys = Vec::new();
    flatten("", &table, &loaded.file, &mut keys);
    keys.retain(|key| key.key.starts_with(&args.key));
    if keys.is_empty() {
        return Err(Failure::usage(format_args!("no key begins with `{}`", args.key)));
    }
    out.json(&keys)?;
    for key in &keys {
        out.line(format_args!("{} = {}  ({})", key.key, key.value, key.origin))?;
        let mut line = format!("    {}", key.meaning);
        if !key.unit_and_range.is_empty() {
            write!(line, " Range {}.", key.unit_and_range)?;
        }
        if !key.default.is_empty() {
            write!(line, " Default {}.", key.default)?;
        }
        out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// Returns the whole configuration as it would stand in a file.
pub(crate) fn tables(config: &BacktestConfig) -> Result<toml::Table, Failure> {
    let engine = config.engine.to_toml().config()?;
    let mut table: toml::Table = toml::from_str(&engine).config()?;
    table.insert("backtest".to_owned(), Value::try_from(&config.backtest).config()?);
    table.insert("costs".to_owned(), Value::try_from(&config.costs).config()?);
    table.insert("conventions".to_owned(), Value::try_from(config.conventions).config()?);
    Ok(table)
}

fn flatten(prefix: &str, table: &toml::Table, file: &toml::Table, keys: &mut Vec<Key>) {
    let none = toml::Table::new();
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let given = file.get(name);
        match value {
            Value::Table(inner) => {
                let given = given.and_then(Value::as_table).unwrap_or(&none);
                flatten(&key, inner, given, keys);
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => {
                let doc = setup::doc_of(&key);
                let origin = if given.is_some() { "file" } else { "default" };
                let (meaning, range, default) =
                    doc.map(|doc| (doc.meaning, doc.range, doc.default)).unwrap_or_default();
                let value = value.to_string();
                keys.push(Key { key, value, origin, default, unit_and_range: range, meaning });
            }
        }
    }
}
