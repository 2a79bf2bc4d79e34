//! What cannot stand in a run's configuration, or not together: every problem at once.

use std::collections::BTreeSet;

use adapters::venues::binance::is_this_machine;
use engine::config::ConfigError;
use sim::instruments::Catalogue;
use types::ids::Asset;
use types::instrument::Market;
use types::num::Ratio;

use super::{Capital, Mode, ProfileName, RunConfig};
use crate::ladder::Rung;

/// Longest name of an operator.
const NAME_LENGTH: usize = 32;

/// Returns every problem.
pub(super) fn of(config: &RunConfig, catalogue: &Catalogue) -> Vec<ConfigError> {
    let mut found = Vec::new();
    assets(config, catalogue, &mut found);
    capital(config, &mut found);
    people(config, &mut found);
    addresses(config, &mut found);
    for (key, source) in [("key.api_key", &config.key.api_key), ("key.secret", &config.key.secret)]
    {
        if let Some(wanted) = source.problem() {
            found.push(ConfigError::range(key, "something else", wanted));
        }
    }
    if config.run.mode == Mode::Live && config.live.rung == Rung::Paper {
        found.push(ConfigError::range(
            "live.rung",
            "paper",
            "minimal or higher: paper has no money",
        ));
    }
    if config.run.keys.as_ref().is_some_and(|keys| keys.starts_with(&config.run.state)) {
        let wanted = "a folder outside of run.state: who copies the state must not get the keys";
        found.push(ConfigError::range("run.keys", "a folder within run.state", wanted));
    }
    found
}

/// Symbols, what they are paid in, and what must not be touched.
fn assets(config: &RunConfig, catalogue: &Catalogue, found: &mut Vec<ConfigError>) {
    let run = &config.run;
    if config.engine().market != Market::Spot {
        let wanted = "spot: no venue for perpetuals is there yet, backtests have them";
        found.push(ConfigError::range("market", "perp", wanted));
    }
    if run.symbols.is_empty() {
        found.push(ConfigError::range("run.symbols", "[]", "at least one symbol"));
    }
    let mut seen = BTreeSet::new();
    let mut quotes: BTreeSet<Asset> = BTreeSet::new();
    for symbol in &run.symbols {
        if !seen.insert(symbol) {
            found.push(ConfigError::range("run.symbols", symbol.as_str(), "each symbol once"));
            continue;
        }
        let instrument = catalogue.lookup(symbol, Market::Spot).instrument;
        for asset in [&instrument.base, &instrument.quote] {
            if run.never_touch.contains(asset) {
                let wanted = format!("no {asset}, or no {symbol}: trading it touches {asset}");
                found.push(ConfigError::range("run.never_touch", asset.as_str(), &wanted));
            }
        }
        quotes.insert(instrument.quote);
    }
    if quotes.len() > 1 {
        let shown: Vec<&str> = quotes.iter().map(Asset::as_str).collect();
        let wanted = "symbols paid in one asset: run another Plimsoll for the others";
        found.push(ConfigError::range(
            "run.symbols",
            &format!("paid in {}", shown.join(", ")),
            wanted,
        ));
    }
}

fn capital(config: &RunConfig, found: &mut Vec<ConfigError>) {
    let Capital::Share(share) = config.run.capital else { return };
    let shown = share.to_string();
    if share.get() <= Ratio::ZERO || share.get() > Ratio::ONE {
        found.push(ConfigError::range("run.capital", &shown, "a share above 0% and at most 100%"));
    }
    match config.run.mode {
        Mode::Simulated | Mode::Paper => {
            let wanted = "an amount: in this mode there is no account it could be a share of";
            found.push(ConfigError::range("run.capital", &shown, wanted));
        }
        Mode::Testnet | Mode::Live => {}
    }
}

fn people(config: &RunConfig, found: &mut Vec<ConfigError>) {
    let run = &config.run;
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    let mut seen = BTreeSet::new();
    for name in &run.operators {
        if name.is_empty() || name.len() > NAME_LENGTH || !name.chars().all(sound) {
            let wanted = "1 to 32 characters of a-z, 0-9, `_` or `-`";
            found.push(ConfigError::range("run.operators", name, wanted));
        }
        if !seen.insert(name) {
            found.push(ConfigError::range("run.operators", name, "each name once"));
        }
    }
    let wanted = match run.profile {
        ProfileName::Solo => 0,
        ProfileName::Team => 2,
    };
    if seen.len() < wanted {
        let wanted = format!("at least {wanted}, or another run.profile");
        found.push(ConfigError::range("run.operators", &seen.len().to_string(), &wanted));
    }
    for (n, key) in run.trusted_keys.iter().enumerate() {
        if run.trusted_keys[..n].contains(key) {
            found.push(ConfigError::range("run.trusted_keys", &key.to_string(), "each key once"));
        }
    }
}

/// Addresses come all or not at all; without TLS they are this machine's.
fn addresses(config: &RunConfig, found: &mut Vec<ConfigError>) {
    let venue = &config.venue;
    let named = venue.named().count();
    if named != 0 && venue.endpoints().is_none() {
        let wanted = "venue.rest, venue.streams and venue.ws_api together, or none of them";
        found.push(ConfigError::range("venue", &format!("{named} of 3 addresses"), wanted));
    }
    if venue.control.is_some_and(|control| !control.ip().is_loopback()) {
        let wanted = "an address of this machine: nobody is asked who it is there";
        found.push(ConfigError::range("venue.control", "another machine", wanted));
    }
    if venue.control.is_some() && config.run.mode != Mode::Simulated && !venue.is_local() {
        let wanted = "none: the market of a venue elsewhere runs as fast as time";
        found.push(ConfigError::range("venue.control", "an address", wanted));
    }
    let seconds = venue.named_second().count();
    if seconds == 1 {
        let wanted = "venue.second_rest and venue.second_streams together, or none of them";
        found.push(ConfigError::range("venue", "1 of 2 addresses of a second source", wanted));
    }
    let ours = venue.named().map(|named| (named, venue.is_local()));
    let second = venue.named_second().map(|named| (named, is_this_machine(named.1)));
    for ((key, address), is_local) in ours.chain(second) {
        let schemes = if key.ends_with("rest") { ["https", "http"] } else { ["wss", "ws"] };
        let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
        if !schemes.contains(&scheme) {
            let wanted = format!("an address that begins with {}://", schemes[0]);
            found.push(ConfigError::range(key, &format!("`{scheme}`"), &wanted));
            continue;
        }
        if scheme == schemes[1] && !is_local {
            let wanted =
                format!("{}: without TLS a venue is reached on this machine alone", schemes[0]);
            found.push(ConfigError::range(key, &format!("`{scheme}`"), &wanted));
        }
        if config.run.mode == Mode::Simulated && !is_local {
            let wanted = "an address of this machine: prices of a real venue are mode `paper`";
            found.push(ConfigError::range(key, address, wanted));
        }
    }
}
