//! `config explain`: every key with its value, where it comes from, and what it means.

use std::fmt::Write as _;

use sim::backtest::BacktestConfig;
use toml::Value;

use crate::cli::ConfigFile;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::run_config::RunConfig;
use crate::setup;

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
pub(super) fn run(args: &ConfigFile, out: Out) -> Outcome {
    let loaded = setup::load(args.file.as_deref(), args.policy.map(Into::into))?;
    let mut table = tables(&loaded.config)?;
    if let Some(run) = &loaded.run {
        table.extend(sections(run)?);
    }
    let mut keys = Vec::new();
    flatten("", &table, &loaded.file, &mut keys);
    if loaded.run.is_some() {
        keys.extend(unset(&table));
    }
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
fn tables(config: &BacktestConfig) -> Result<toml::Table, Failure> {
    let engine = config.engine.to_toml().config()?;
    let mut table: toml::Table = toml::from_str(&engine).config()?;
    table.insert("backtest".to_owned(), Value::try_from(&config.backtest).config()?);
    table.insert("costs".to_owned(), Value::try_from(&config.costs).config()?);
    table.insert("conventions".to_owned(), Value::try_from(config.conventions).config()?);
    Ok(table)
}

/// Returns the sections that only a run has.
fn sections(config: &RunConfig) -> Result<toml::Table, Failure> {
    let mut table = toml::Table::new();
    table.insert("run".to_owned(), Value::try_from(&config.run).config()?);
    table.insert("venue".to_owned(), Value::try_from(&config.venue).config()?);
    table.insert("key".to_owned(), Value::try_from(&config.key).config()?);
    table.insert("live".to_owned(), Value::try_from(&config.live).config()?);
    Ok(table)
}

/// Returns the documented keys of those sections that neither file nor default sets.
fn unset(table: &toml::Table) -> Vec<Key> {
    let absent = |(section, name): &(&str, &str)| {
        table.get(*section).and_then(Value::as_table).is_some_and(|keys| !keys.contains_key(*name))
    };
    let key = |(section, name): (&str, &str)| {
        let key = format!("{section}.{name}");
        let doc = setup::doc_of(&key)?;
        let value = "unset".to_owned();
        let (meaning, default) = (doc.meaning, doc.default);
        Some(Key { key, value, origin: "default", default, unit_and_range: doc.range, meaning })
    };
    setup::keys_of_runs().filter(absent).filter_map(key).collect()
}

fn flatten(prefix: &str, table: &toml::Table, file: &toml::Table, keys: &mut Vec<Key>) {
    let none = toml::Table::new();
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let given = file.get(name);
        match value {
            Value::Table(inner) if !is_leaf(&key, inner) => {
                let given = given.and_then(Value::as_table).unwrap_or(&none);
                flatten(&key, inner, given, keys);
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => {
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

/// Whether a table is one value, such as `{ env = "NAME" }`: what stands in it is not documented by itself.
fn is_leaf(key: &str, table: &toml::Table) -> bool {
    let documented = |name: &String| setup::doc_of(&format!("{key}.{name}")).is_some();
    setup::doc_of(key).is_some() && !table.is_empty() && !table.keys().any(documented)
}
