//! Ranges of the limits, and limits that contradict each other.

use std::fmt;

use super::RiskConfig;
use crate::config::units::{Share, Span};
use crate::config::{ConfigError, within};

/// Two limits, or a limit and an account, that cannot both be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {seen}, wanted {wanted}: {remedy}")]
pub struct Contradiction {
    /// The key.
    pub key: String,
    /// Its value.
    pub seen: String,
    /// What would fit.
    pub wanted: String,
    /// What the reader can do.
    pub remedy: String,
}

impl Contradiction {
    pub(super) fn new(
        key: &str,
        seen: impl fmt::Display,
        wanted: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            key: key.to_owned(),
            seen: seen.to_string(),
            wanted: wanted.into(),
            remedy: remedy.into(),
        }
    }
}

impl From<Contradiction> for ConfigError {
    fn from(found: Contradiction) -> Self {
        Self::Range {
            key: found.key,
            seen: found.seen,
            wanted: format!("{}: {}", found.wanted, found.remedy),
        }
    }
}

/// Checks each key by itself.
pub(super) fn ranges(c: &RiskConfig) -> Result<(), ConfigError> {
    let pct = Share::percent;
    let bps = Share::bps;
    for (key, seen, low, high) in [
        ("risk.per_trade", c.per_trade, bps(10), pct(2)),
        ("risk.open_risk", c.open_risk, pct(1), pct(20)),
        ("risk.cluster", c.cluster, pct(1), pct(300)),
        ("risk.spot.gross", c.spot.gross, pct(1), pct(100)),
        ("risk.spot.symbol", c.spot.symbol, pct(1), pct(100)),
        ("risk.perp.gross", c.perp.gross, pct(1), pct(300)),
        ("risk.perp.symbol", c.perp.symbol, pct(1), pct(300)),
        ("risk.perp.margin_warn", c.perp.margin_warn, pct(1), pct(100)),
        ("risk.perp.margin", c.perp.margin, pct(1), pct(100)),
        ("risk.size.conservative", c.size.conservative, pct(10), pct(100)),
        ("risk.volatility.max", c.volatility.max, pct(1), pct(300)),
        ("risk.loss_budget.max", c.loss_budget.max, bps(50), pct(15)),
        ("risk.loss_budget.warn", c.loss_budget.warn, pct(10), pct(100)),
        ("risk.loss_budget.factor", c.loss_budget.factor, pct(10), pct(100)),
        ("risk.drawdown.daily", c.drawdown.daily, pct(1), pct(15)),
        ("risk.drawdown.monthly", c.drawdown.monthly, pct(2), pct(30)),
        ("risk.drawdown.peak", c.drawdown.peak, pct(5), pct(50)),
        ("risk.stop.distance", c.stop.distance, pct(1), pct(50)),
        ("risk.orders.collar", c.orders.collar, bps(10), pct(10)),
        ("risk.orders.min_notional", c.orders.min_notional, pct(100), pct(300)),
    ] {
        ordered(key, seen, low, high)?;
    }
    for (key, seen, low, high) in [
        ("risk.drawdown.latch", c.drawdown.latch, Span::hours(1), Span::hours(72)),
        ("risk.cooldown.pause", c.cooldown.pause, Span::hours(0), Span::hours(720)),
        ("risk.feed.quote_age", c.feed.quote_age, Span::seconds(1), Span::seconds(60)),
        ("risk.feed.latency", c.feed.latency, Span::millis(100), Span::seconds(10)),
    ] {
        ordered(key, seen, low, high)?;
    }
    for (key, seen, low, high) in [
        ("risk.positions", c.positions, 1, 1_000),
        ("risk.perp.leverage", c.perp.leverage, 1, 10),
        ("risk.perp.leverage_max", c.perp.leverage_max, 1, 10),
        ("risk.perp.liquidation_stops", c.perp.liquidation_stops, 1, 20),
        ("risk.volatility.days", c.volatility.days, 20, 1_000),
        ("risk.volatility.days_per_year", c.volatility.days_per_year, 200, 366),
        ("risk.cooldown.losses", c.cooldown.losses, 1, 100),
        ("risk.stop.market_ticks", c.stop.market_ticks, 1, 1_000),
        ("risk.orders.per_second", c.orders.per_second, 1, 50),
        ("risk.feed.age_bars", c.feed.age_bars, 1, 10),
    ] {
        ordered(key, seen, low, high)?;
    }
    within("risk.cluster_rho", c.cluster_rho, 0.0, 1.0)?;
    within("risk.size.floor", c.size.floor, 0.05, 1.0)?;
    within("risk.size.ceiling", c.size.ceiling, 1.0, 2.0)?;
    within("risk.size.slope", c.size.slope, 0.0, 10.0)?;
    within("risk.size.outcomes", c.size.outcomes, 50.0, 10_000.0)?;
    within("risk.volatility.unknown", c.volatility.unknown, 1.0, 10.0)?;
    within("risk.stop.market_atr", c.stop.market_atr, 0.0, 10.0)?;
    within("risk.stop.step_atr", c.stop.step_atr, 0.0, 5.0)
}

fn ordered<T: Ord + Copy + fmt::Display>(
    key: &str,
    seen: T,
    low: T,
    high: T,
) -> Result<(), ConfigError> {
    if seen >= low && seen <= high {
        Ok(())
    } else {
        Err(ConfigError::range(key, &seen.to_string(), &format!("{low} to {high}")))
    }
}

/// Returns the pairs of limits of which one could never be reached before the other.
pub(super) fn contradictions(c: &RiskConfig) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for (key, low, above, high) in [
        ("risk.spot.symbol", c.spot.symbol, "risk.spot.gross", c.spot.gross),
        ("risk.perp.symbol", c.perp.symbol, "risk.perp.gross", c.perp.gross),
        ("risk.per_trade", c.per_trade, "risk.open_risk", c.open_risk),
        ("risk.per_trade", c.per_trade, "risk.loss_budget.max", c.loss_budget.max),
        ("risk.loss_budget.max", c.loss_budget.max, "risk.drawdown.daily", c.drawdown.daily),
        ("risk.drawdown.daily", c.drawdown.daily, "risk.drawdown.monthly", c.drawdown.monthly),
        ("risk.drawdown.monthly", c.drawdown.monthly, "risk.drawdown.peak", c.drawdown.peak),
        ("risk.drawdown.daily", c.drawdown.daily, "risk.drawdown.peak", c.drawdown.peak),
        ("risk.perp.margin_warn", c.perp.margin_warn, "risk.perp.margin", c.perp.margin),
    ] {
        if low > high {
            found.push(Contradiction::new(
                key,
                low,
                format!("at most {above}, which is {high}"),
                format!("lower {key} or raise {above}"),
            ));
        }
    }
    if c.perp.leverage > c.perp.leverage_max {
        found.push(Contradiction::new(
            "risk.perp.leverage",
            c.perp.leverage,
            format!("at most risk.perp.leverage_max, which is {}", c.perp.leverage_max),
            "lower risk.perp.leverage or raise risk.perp.leverage_max",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold() {
        assert_eq!(RiskConfig::default().validate(), Ok(()));
    }

    /// Reads a piece of `[risk]` and returns the complaint.
    fn complaint(text: &str) -> String {
        match toml::from_str::<RiskConfig>(text) {
            Err(error) => error.to_string(),
            Ok(config) => config.validate().map_or_else(|e| e.to_string(), |()| "fine".to_owned()),
        }
    }

    #[test]
    fn both_ends_of_a_range_hold_and_one_step_beyond_does_not() {
        for (text, wanted) in [
            ("per_trade = \"0.1%\"", "fine"),
            ("per_trade = \"9bps\"", "risk.per_trade is 9bps, wanted 0.1% to 2%"),
            ("per_trade = \"2%\"", "fine"),
            ("per_trade = \"2.01%\"", "risk.per_trade is 2.01%, wanted 0.1% to 2%"),
            ("drawdown.latch = \"72h\"", "fine"),
            ("drawdown.latch = \"73h\"", "risk.drawdown.latch is 73h, wanted 1h to 3d"),
            ("perp.leverage_max = 11", "risk.perp.leverage_max is 11, wanted 1 to 10"),
            ("spot.gross = \"101%\"", "risk.spot.gross is 101%, wanted 1% to 100%"),
            ("cluster_rho = 1.5", "risk.cluster_rho is 1.5, wanted 0 to 1"),
        ] {
            assert_eq!(complaint(text), wanted, "{text}");
        }
    }

    #[test]
    fn contradicting_limits_are_refused() {
        for (text, part) in [
            ("spot.gross = \"20%\"", "at most risk.spot.gross, which is 20%"),
            ("drawdown = { daily = \"15%\", monthly = \"10%\" }", "risk.drawdown.monthly"),
            ("drawdown = { daily = \"8%\", monthly = \"30%\" }", "risk.drawdown.peak"),
            ("loss_budget.max = \"9%\"", "at most risk.drawdown.daily, which is 8%"),
            ("per_trade = \"2%\"\nopen_risk = \"1%\"", "risk.open_risk"),
            ("perp.leverage = 4", "raise risk.perp.leverage_max"),
            ("perp.margin_warn = \"95%\"", "risk.perp.margin"),
        ] {
            assert!(complaint(text).contains(part), "{text}: {}", complaint(text));
        }
    }

    #[test]
    fn an_unknown_key_and_a_share_without_unit_are_named() {
        assert!(complaint("per_trad = \"1%\"").contains("per_trad"));
        assert!(complaint("per_trade = 0.005").contains("string"));
        assert!(complaint("per_trade = \"0.5\"").contains("\"3%\" or \"25bps\""));
    }
}
