//! The configuration file and what the command line changes in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::config::PolicyName;
use sim::backtest::BacktestConfig;
use types::instrument::Market;
use types::num::Money;

use crate::cli::MarketArgs;
use crate::exit::{Failure, Kind};
use crate::ladder;
use crate::run_config::{RunConfig, is_run_config};

/// A configuration and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct LoadedConfig {
    pub(crate) config: BacktestConfig,
    /// What the file says; empty without one.
    pub(crate) file: toml::Table,
    pub(crate) path: Option<PathBuf>,
    /// The whole of it, where the file is one of a run.
    pub(crate) run: Option<Box<RunConfig>>,
}

/// Reads a file, or takes the named profile of a policy without one.
pub(crate) fn load(
    path: Option<&Path>,
    policy: Option<PolicyName>,
) -> Result<LoadedConfig, Failure> {
    let Some(path) = path else {
        let config = BacktestConfig::named(policy.unwrap_or_default());
        return Ok(LoadedConfig { config, file: toml::Table::new(), path: None, run: None });
    };
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| name.to_string()).config()?;
    let run = is_run_config(&text).then(|| RunConfig::open(path));
    let run = run.transpose().with_context(|| name.to_string()).config()?;
    let mut config = match &run {
        Some(run) => run.backtest.clone(),
        None => BacktestConfig::from_toml(&text).with_context(|| name.to_string()).config()?,
    };
    if let Some(policy) = policy {
        config.engine.policy = policy;
    }
    let file = toml::from_str(&text).config()?;
    Ok(LoadedConfig { config, file, path: Some(path.to_owned()), run: run.map(Box::new) })
}

/// The same for a run: the command line wins over the file.
pub(crate) fn load_for(args: &MarketArgs) -> Result<LoadedConfig, Failure> {
    let mut loaded = load(args.config.as_deref(), args.policy.map(PolicyName::from))?;
    if let Some(market) = args.market {
        loaded.config.engine.market = Market::from(market);
    }
    if let Some(capital) = &args.capital {
        loaded.config.backtest.capital.clone_from(capital);
    }
    if let Some(rung) = args.rung {
        let capital = loaded.config.capital().config()?;
        ladder::apply_to_rules(rung, &mut loaded.config.engine, capital, Money::ZERO);
    }
    loaded.config.validate().config()?;
    Ok(loaded)
}
