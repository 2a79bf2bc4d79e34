//! `[risk]`: every limit of an account, with unit, default and range (spec §8).
//!
//! All keys are the `risk` role's to change, with a deployment of the configuration.

mod checks;
mod guards;
mod orders;
mod satisfiable;

pub use checks::Contradiction;
pub use guards::{CooldownConfig, DrawdownConfig, LossBudgetConfig};
pub use orders::{FeedRules, OrderRules, StopRules};
pub use satisfiable::{Candidate, Summary, satisfiable};

use serde::{Deserialize, Serialize};
use types::instrument::Market;
use types::num::Ratio;

use super::ConfigError;
use super::units::Share;

/// The limits of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskConfig {
    /// Loss of one trade at its stop, expected slippage and fees added, as a share of equity before
    /// the size factors. Default `"0.5%"`. Range 0.1 % to 2 %.
    pub per_trade: Share,
    /// Sum of such losses over all positions and working entries; no more than what is left of the
    /// loss budget. Bounds new entries. Default `"3%"`. Range 1 % to 20 %.
    pub open_risk: Share,
    /// Most positions at once. Default 10. Range 1 to 1,000.
    pub positions: u32,
    /// Exposure of strongly correlated symbols together, as a share of equity. Default `"40%"`.
    /// Range 1 % to 300 %.
    pub cluster: Share,
    /// Correlation above which two symbols count as one. Default 0.7. Range 0 to 1.
    pub cluster_rho: f64,
    /// Notional on a spot account.
    pub spot: SpotLimits,
    /// Notional, leverage and margin on a perpetual account.
    pub perp: PerpLimits,
    /// Factors of the size.
    pub size: SizeConfig,
    /// Forecast volatility.
    pub volatility: VolatilityConfig,
    /// Loss after which no new entry is made.
    pub loss_budget: LossBudgetConfig,
    /// Drawdowns after which SAFE_MODE is asked for.
    pub drawdown: DrawdownConfig,
    /// Pause of a symbol after losses.
    pub cooldown: CooldownConfig,
    /// Where a stop may lie and move.
    pub stop: StopRules,
    /// What an order may look like.
    pub orders: OrderRules,
    /// How old data and how slow a venue may be.
    pub feed: FeedRules,
}

impl Default for RiskConfig {
    fn default() -> Self {
        Self {
            per_trade: Share::bps(50),
            open_risk: Share::percent(3),
            positions: 10,
            cluster: Share::percent(40),
            cluster_rho: 0.7,
            spot: SpotLimits::default(),
            perp: PerpLimits::default(),
            size: SizeConfig::default(),
            volatility: VolatilityConfig::default(),
            loss_budget: LossBudgetConfig::default(),
            drawdown: DrawdownConfig::default(),
            cooldown: CooldownConfig::default(),
            stop: StopRules::default(),
            orders: OrderRules::default(),
            feed: FeedRules::default(),
        }
    }
}

impl RiskConfig {
    /// Checks every range, and that no limit contradicts another.
    ///
    /// # Errors
    /// `Range` for the first key that cannot stand, with what was seen and what was wanted.
    pub fn validate(&self) -> Result<(), ConfigError> {
        checks::ranges(self)?;
        match checks::contradictions(self).into_iter().next() {
            None => Ok(()),
            Some(contradiction) => Err(contradiction.into()),
        }
    }

    /// Returns the limit on the notional of all symbols, as a share of equity.
    #[must_use]
    pub const fn gross(&self, market: Market) -> Ratio {
        match market {
            Market::Spot => self.spot.gross.get(),
            Market::Perp => self.perp.gross.get(),
        }
    }

    /// Returns the limit on the notional of one symbol, as a share of equity.
    #[must_use]
    pub const fn symbol(&self, market: Market) -> Ratio {
        match market {
            Market::Spot => self.spot.symbol.get(),
            Market::Perp => self.perp.symbol.get(),
        }
    }
}

/// Notional on a spot account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpotLimits {
    /// All symbols, as a share of equity. Default `"100%"`. Range 1 % to 100 %: nothing is borrowed.
    pub gross: Share,
    /// One symbol, as a share of equity. Default `"25%"`. Range 1 % to 100 %.
    pub symbol: Share,
}

impl Default for SpotLimits {
    fn default() -> Self {
        Self { gross: Share::percent(100), symbol: Share::percent(25) }
    }
}

/// Notional, leverage and margin on a perpetual account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerpLimits {
    /// All symbols, as a share of equity. Default `"100%"`. Range 1 % to 300 %.
    pub gross: Share,
    /// One symbol, as a share of equity. Default `"50%"`. Range 1 % to 300 %.
    pub symbol: Share,
    /// Leverage set at the venue: notional over margin. Default 1. Range 1 to 10.
    pub leverage: u32,
    /// Highest leverage that is traded with. Default 3. Range 1 to 10.
    pub leverage_max: u32,
    /// Distance of liquidation from the entry, in stop distances. Default 2. Range 1 to 20.
    pub liquidation_stops: u32,
    /// Margin in use that warns, as a share of equity. Default `"75%"`. Range 1 % to 100 %.
    pub margin_warn: Share,
    /// Margin in use that no order may pass, as a share of equity. Default `"90%"`.
    /// Range 1 % to 100 %.
    pub margin: Share,
}

impl Default for PerpLimits {
    fn default() -> Self {
        Self {
            gross: Share::percent(100),
            symbol: Share::percent(50),
            leverage: 1,
            leverage_max: 3,
            liquidation_stops: 2,
            margin_warn: Share::percent(75),
            margin: Share::percent(90),
        }
    }
}

/// Factors of the size: `m` and the flags'.
///
/// `m` is `floor` below `outcomes` effective outcomes, else 1 + `slope` x e80 within `floor` and
/// `ceiling`; e80 is the edge in R at the lower end of an 80 % interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SizeConfig {
    /// Smallest `m`, and `m` while uncalibrated. Default 0.25. Range 0.05 to 1.
    pub floor: f64,
    /// Largest `m`. Default 1.5. Range 1 to 2.
    pub ceiling: f64,
    /// Rise of `m` per R of edge. Default 2. Range 0 to 10.
    pub slope: f64,
    /// Effective outcomes below which `m` is `floor`. Default 200. Range 50 to 10,000.
    pub outcomes: f64,
    /// Factor of flag `conservative_mode`. Default `"50%"`. Range 10 % to 100 %.
    pub conservative: Share,
}

impl Default for SizeConfig {
    fn default() -> Self {
        Self {
            floor: 0.25,
            ceiling: 1.5,
            slope: 2.0,
            outcomes: 200.0,
            conservative: Share::percent(50),
        }
    }
}

/// Forecast volatility of the portfolio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolatilityConfig {
    /// Highest forecast including the order, as a share of equity per year. Default `"20%"`.
    /// Range 1 % to 300 %.
    pub max: Share,
    /// Daily returns the forecast rests on. Default 90. Range 20 to 1,000.
    pub days: u32,
    /// Trading days in a year. Default 365. Range 200 to 366.
    pub days_per_year: u32,
    /// Volatility of a symbol with too few returns, in multiples of the largest known.
    /// Default 1.5. Range 1 to 10.
    pub unknown: f64,
}

impl Default for VolatilityConfig {
    fn default() -> Self {
        Self { max: Share::percent(20), days: 90, days_per_year: 365, unknown: 1.5 }
    }
}
