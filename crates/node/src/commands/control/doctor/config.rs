//! The configuration and the hard limits of a run.

use std::path::Path;

use super::check::Check;
use crate::limits;
use crate::operator_keys::KeyFolder;
use crate::run_config::RunConfig;

/// Looks whether the configuration can be used, and its limits.
pub(super) fn all(file: Option<&Path>) -> Vec<Check> {
    let name = "configuration";
    let Some(path) = file else {
        return vec![Check::unknown(name, "no --config was given: the defaults hold")];
    };
    let shown = path.display();
    let config = match RunConfig::open(path) {
        Ok(config) => config,
        Err(error) => {
            let remedy = format!("change it: `plimsoll config explain '{shown}'` shows every key");
            return vec![Check::bad(name, error.to_string(), remedy)];
        }
    };
    let mut checks =
        vec![Check::fine(name, format!("{shown} can be used, mode {}", config.run.mode))];
    // A share of the account is known once the venue is asked.
    if let Some(capital) = config.run.capital.amount() {
        checks.push(match limits::for_run(&config, capital, 0) {
            Ok(limits) => Check::fine("hard limits", format!("version {}", limits.hard.version)),
            Err(error) => Check::bad("hard limits", error.to_string(), "see docs/limits.md"),
        });
    }
    checks.push(operator_keys(&config));
    checks
}

/// Nobody else may read an operator's private key, or the secret of their codes.
fn operator_keys(config: &RunConfig) -> Check {
    let name = "operators' keys";
    let remedy = "see docs/limits.md, Signing";
    let folder = match KeyFolder::at(config.run.keys.as_deref()) {
        Ok(folder) => folder,
        Err(error) => return Check::unknown(name, error.to_string()),
    };
    let shown = folder.path().display();
    match folder.list() {
        Ok(keys) if keys.is_empty() => Check::unknown(name, format!("none in {shown}")),
        Ok(keys) => {
            Check::fine(name, format!("{} in {shown}, only its owner can read them", keys.len()))
        }
        Err(error) => Check::bad(name, error.to_string(), remedy),
    }
}
