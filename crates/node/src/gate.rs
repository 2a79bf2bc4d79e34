//! `--gate`: thresholds and a stored result that a run must meet: [`Gate`].

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use sim::backtest::RunResult;
use sim::performance::Metrics;
use types::num::Ratio;

use crate::exit::{Failure, Kind};
use crate::show;

/// A gate file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gate {
    /// What any good run meets.
    thresholds: Thresholds,
    /// What this run gave before.
    baseline: Baseline,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Thresholds {
    min_bars: Option<u64>,
    min_decisions: Option<u64>,
    min_trades: Option<u64>,
    max_trades: Option<u64>,
    max_rejections: Option<u64>,
    min_sharpe: Option<f64>,
    /// `"25%"` or `"2500bps"`.
    max_drawdown: Option<engine::config::units::Share>,
    /// Of the trades' P&L before costs.
    max_cost_share: Option<engine::config::units::Share>,
    /// Whether the result must lie above the band of random entries.
    above_null_band: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Baseline {
    decisions_hash: Option<String>,
    state_hash: Option<String>,
    books_hash: Option<String>,
    trades: Option<u64>,
    final_equity: Option<f64>,
    /// How far final equity may be off, in quote currency. Default 0.01.
    tolerance: Option<f64>,
}

/// What is compared.
pub(crate) struct Seen<'a> {
    pub(crate) result: &'a RunResult,
    pub(crate) metrics: &'a Metrics,
    /// Whether the result lies above the band; `None` without one.
    pub(crate) above_band: Option<bool>,
}

impl Gate {
    /// Reads a gate file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = || path.display().to_string();
        let text = fs::read_to_string(path).with_context(name).config()?;
        let gate: Self = toml::from_str(&text).with_context(name).config()?;
        if gate == Self::default() {
            return Err(Failure::config(format_args!(
                "{}: holds no threshold and no baseline, wanted at least one",
                path.display()
            )));
        }
        Ok(gate)
    }

    /// Returns what is missed, each with what was seen and wanted; empty if all is met.
    pub(crate) fn breaches(&self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Breaches::default();
        self.thresholds(seen, &mut found);
        self.baseline(seen, &mut found);
        found.0
    }

    fn thresholds(&self, seen: &Seen<'_>, found: &mut Breaches) {
        let (t, result, metrics) = (&self.thresholds, seen.result, seen.metrics);
        found.at_least("min_bars", result.bars, t.min_bars);
        found.at_least("min_decisions", result.decisions, t.min_decisions);
        found.at_least("min_trades", metrics.trades, t.min_trades);
        found.at_most("max_trades", metrics.trades, t.max_trades);
        found.at_most("max_rejections", result.rejections, t.max_rejections);
        if let Some(wanted) = t.min_sharpe {
            found.check(
                "min_sharpe",
                metrics.sharpe.is_some_and(|sharpe| sharpe >= wanted),
                || (show::option(metrics.sharpe, |s| s.to_string()), format!("at least {wanted}")),
            );
        }
        let shares = [
            ("max_drawdown", metrics.drawdown.map(|d| d.share), t.max_drawdown),
            ("max_cost_share", metrics.costs.share_of_gross, t.max_cost_share),
        ];
        for (name, share, limit) in shares {
            let Some(limit) = limit else { continue };
            let line = ratio(limit.get());
            found.check(name, share.is_some_and(|share| share <= line), || {
                (show::option(share, show::percent), format!("at most {limit}"))
            });
        }
        if t.above_null_band {
            found.check("above_null_band", seen.above_band == Some(true), || {
                let seen = match seen.above_band {
                    Some(_) => "within or below the band of random entries",
                    None => "no band: pass --null-seeds",
                };
                (seen.to_owned(), "above it".to_owned())
            });
        }
    }

    fn baseline(&self, seen: &Seen<'_>, found: &mut Breaches) {
        let (b, result) = (&self.baseline, seen.result);
        for (name, value, wanted) in [
            ("decisions_hash", result.decisions_hash, &b.decisions_hash),
            ("state_hash", result.state_hash, &b.state_hash),
            ("books_hash", result.books_hash, &b.books_hash),
        ] {
            let value = value.to_string();
            if let Some(wanted) = wanted {
                found.check(name, value == *wanted, || (value.clone(), wanted.clone()));
            }
        }
        if let Some(wanted) = b.trades {
            let trades = seen.metrics.trades;
            found.check("trades", trades == wanted, || (trades.to_string(), wanted.to_string()));
        }
        if let Some(wanted) = b.final_equity {
            let tolerance = b.tolerance.unwrap_or(0.01);
            let near = (result.final_equity - wanted).abs() <= tolerance;
            found.check("final_equity", near, || {
                (result.final_equity.to_string(), format!("{wanted} within {tolerance}"))
            });
        }
    }
}

fn ratio(share: Ratio) -> f64 {
    engine::border::ratio(share)
}

/// What is missed, in words.
#[derive(Default)]
struct Breaches(Vec<String>);

impl Breaches {
    fn check(&mut self, name: &str, holds: bool, numbers: impl FnOnce() -> (String, String)) {
        if !holds {
            let (seen, wanted) = numbers();
            self.0.push(format!("{name}: saw {seen}, wanted {wanted}"));
        }
    }

    fn at_least(&mut self, name: &str, seen: u64, wanted: Option<u64>) {
        if let Some(wanted) = wanted {
            self.check(name, seen >= wanted, || (seen.to_string(), format!("at least {wanted}")));
        }
    }

    fn at_most(&mut self, name: &str, seen: u64, wanted: Option<u64>) {
        if let Some(wanted) = wanted {
            self.check(name, seen <= wanted, || (seen.to_string(), format!("at most {wanted}")));
        }
    }
}
