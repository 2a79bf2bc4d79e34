//! [`stays`]: what differs in a configuration that is read again and is not taken over, key by key.

use serde::Serialize;
use toml::{Table, Value};

use crate::run_config::RunConfig;

/// Names what differs and stays as it was, with what takes it over.
pub(super) fn stays(old: &RunConfig, new: &RunConfig) -> Vec<String> {
    let run = [changed("run", &old.run, &new.run), changed("live", &old.live, &new.live)].concat();
    let told = [
        (engine(old, new), "until a deployment (stop and run again)"),
        (run, "until the next start; of the file of limits the lines are taken over, not its name"),
        (changed("venue", &old.venue, &new.venue), "until the next start"),
        (
            changed("key", &old.key, &new.key),
            "until the next start; `plimsoll keys rotate-venue` takes a new key from where the hub was told at its start",
        ),
    ];
    let told = told.into_iter().filter(|(keys, _)| !keys.is_empty());
    told.map(|(keys, until)| format!("not reloaded: {} stays as it was {until}", keys.join(", ")))
        .collect()
}

/// Parameters of analysis, strategy and risk.
fn engine(old: &RunConfig, new: &RunConfig) -> Vec<String> {
    let table = |config: &RunConfig| {
        let text = config.engine().to_toml().ok()?;
        text.parse::<Table>().ok()
    };
    match (table(old), table(new)) {
        (Some(old), Some(new)) => in_tables("", &old, &new),
        // What cannot be written cannot be compared by name.
        (_, _) if old.engine() != new.engine() => vec!["the engine's configuration".to_owned()],
        (_, _) => Vec::new(),
    }
}

fn changed<T: Serialize + PartialEq>(section: &str, old: &T, new: &T) -> Vec<String> {
    match (Table::try_from(old), Table::try_from(new)) {
        (Ok(old), Ok(new)) => in_tables(section, &old, &new),
        (_, _) if old != new => vec![section.to_owned()],
        (_, _) => Vec::new(),
    }
}

/// Returns the keys under which two tables differ.
fn in_tables(prefix: &str, old: &Table, new: &Table) -> Vec<String> {
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let differ = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let named = differ.flat_map(|key| {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (old.get(key), new.get(key)) {
            (Some(Value::Table(old)), Some(Value::Table(new))) => in_tables(&path, old, new),
            (_, _) => vec![path],
        }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_not_taken_over_is_named_key_by_key() {
        let read = |text: &str| RunConfig::from_toml(text, Path::new("")).unwrap();
        let old = read("[run]\nsymbols = [\"BTCUSDT\"]\n");
        assert_eq!(stays(&old, &old), Vec::<String>::new());
        for (text, parts) in [
            ("[run]\nsymbols = [\"BTCUSDT\"]\ncapital = 7\n", &["run.capital", "next start"][..]),
            (
                "[risk]\nper_trade = \"0.4%\"\n[run]\nsymbols = [\"BTCUSDT\"]\n",
                &["risk.per_trade", "deployment"],
            ),
            (
                "[run]\nsymbols = [\"BTCUSDT\"]\n[live]\nlive_trading = true\n",
                &["live.live_trading"],
            ),
            (
                "[run]\nsymbols = [\"BTCUSDT\"]\n[key]\napi_key = { env = \"OTHER\" }\n",
                &["key.api_key", "keys rotate-venue"],
            ),
            ("[run]\nsymbols = [\"ETHUSDT\"]\n", &["run.symbols stays"]),
        ] {
            let told = stays(&old, &read(text));
            assert_eq!(told.len(), 1, "{told:?}");
            for part in parts {
                assert!(told[0].contains(part), "no `{part}` in {told:?}");
            }
        }
    }
}
