//! The two files that `init` writes, from the answers to its questions.

use std::path::Path;

use engine::config::units::Share;
use engine::config::{DrawdownConfig, EngineConfig};

use super::Answers;
use crate::control::own_name;
use crate::exit::{Failure, Kind};
use crate::limits::{LimitsFile, derived};
use crate::operator_keys::is_name;
use crate::run_config::{Mode, RunConfig};

/// Longest configuration that is written, in lines.
#[cfg(test)]
pub(super) const LINES_MAX: usize = 25;

/// The two files.
pub(super) struct Files {
    /// The configuration.
    pub(super) config: String,
    /// The hard limits.
    pub(super) limits: String,
}

impl Files {
    /// Writes both, and reads them back: what cannot be used is not written.
    ///
    /// # Errors
    /// If the answers do not go together after all.
    pub(super) fn of(answers: &Answers, mode: Mode, limits_path: &Path) -> Result<Self, Failure> {
        let name = limits_path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let files = Self { config: config(answers, mode, name), limits: limits(answers) };
        let folder = limits_path.parent().unwrap_or(Path::new("."));
        RunConfig::from_toml(&files.config, folder).config()?;
        LimitsFile::limits_of(&files.limits).config()?;
        Ok(files)
    }
}

fn config(answers: &Answers, mode: Mode, limits: &str) -> String {
    let Answers { capital, loss, loss_share, .. } = answers;
    let mode = mode.to_string().to_lowercase();
    let (symbols, operator) = (quoted(&answers.symbols), operator());
    let never_touch = quoted(&answers.never_touch);
    let mut text = format!(
        "# Every key with its meaning: plimsoll config explain FILE
[run]
mode = \"{mode}\"  # simulated | paper | testnet | live
capital = \"{capital}\"  # what Plimsoll may use
never_touch = [{never_touch}]
symbols = [{symbols}]
limits = \"{limits}\"  # hard limits; signed before real money
operators = [\"{operator}\"]  # who may act; anyone may stop
profile = \"solo\"  # or team: two persons

# {loss} of {capital}: a day that lost it brings no new entry.
[risk.loss_budget]
max = \"{loss_share}\"
"
    );
    // SAFE_MODE must not come before the budget is used up.
    if *loss_share > DrawdownConfig::default().daily {
        text += &format!("\n[risk.drawdown]\ndaily = \"{loss_share}\"\n");
    }
    text
}

/// Returns the login name of who asks, or a word in its place where it is no name for a configuration.
fn operator() -> String {
    let login = own_name(None);
    if is_name(&login) { login } else { "operator".to_owned() }
}

fn limits(answers: &Answers) -> String {
    let hard = derived(&EngineConfig::default(), &answers.symbols, answers.capital, 1);
    let Answers { capital, loss, .. } = answers;
    format!(
        "# Hard limits: no order passes them, whatever the rules say. Raise the version with each change.
version = 1
order_notional = \"{}\"  # largest order
gross_exposure = \"{}\"  # all positions and open orders
open_orders = {}
order_rate = {}  # orders within one second
price_collar = \"{}\"  # how far from the mark an order may trade
daily_loss = \"{loss}\"  # of the capital below
capital = \"{capital}\"
symbols = [{}]
",
        hard.order_notional,
        hard.gross_exposure,
        hard.open_orders,
        hard.orders_per_second,
        Share::of(hard.price_collar),
        quoted(&hard.symbols),
    )
}

fn quoted(names: &[impl std::fmt::Display]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
