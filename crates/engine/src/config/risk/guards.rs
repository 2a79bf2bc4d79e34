//! `[risk.loss_budget]`, `[risk.drawdown]`, `[risk.cooldown]`: when the account stops entering.

use serde::{Deserialize, Serialize};

use super::super::units::{Share, Span};

/// Loss after which no new entry is made: of the UTC day, and of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossBudgetConfig {
    /// The budget as a share of equity. Default `"3%"`. Range 0.5 % to 15 %.
    pub max: Share,
    /// Share of the budget from which sizes are cut. Default `"80%"`. Range 10 % to 100 %.
    pub warn: Share,
    /// Factor of the size from there. Default `"75%"`. Range 10 % to 100 %.
    pub factor: Share,
}

impl Default for LossBudgetConfig {
    fn default() -> Self {
        Self { max: Share::percent(3), warn: Share::percent(80), factor: Share::percent(75) }
    }
}

/// Drawdowns on marked equity, net of flows, at which SAFE_MODE is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrawdownConfig {
    /// From the highest since 00:00 UTC. Default `"8%"`. Range 1 % to 15 %.
    pub daily: Share,
    /// From the highest since the 1st; holds until the month ends as well. Default `"20%"`.
    /// Range 2 % to 30 %.
    pub monthly: Share,
    /// From the highest since the last release. Default `"25%"`. Range 5 % to 50 %.
    pub peak: Share,
    /// Market time before which SAFE_MODE cannot be released. Default `"24h"`. Range 1h to 72h.
    pub latch: Span,
}

impl Default for DrawdownConfig {
    fn default() -> Self {
        Self {
            daily: Share::percent(8),
            monthly: Share::percent(20),
            peak: Share::percent(25),
            latch: Span::hours(24),
        }
    }
}

/// Pause of a symbol after losses in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CooldownConfig {
    /// How many losses in a row. Default 5. Range 1 to 100.
    pub losses: u32,
    /// How long, in market time. Default `"4h"`. Range 0h to 720h.
    pub pause: Span,
}

impl Default for CooldownConfig {
    fn default() -> Self {
        Self { losses: 5, pause: Span::hours(4) }
    }
}
