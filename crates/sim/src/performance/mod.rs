//! How well it went: [`measure`], pure functions over equity points and trades.

mod breakdown;
mod drawdown;
mod metrics;
mod points;
mod returns;

pub use breakdown::{Group, by_pattern, by_regime, by_symbol};
pub use drawdown::{Drawdown, DrawdownMeter};
pub use metrics::{Costs, Expectancy, Input, Metrics, PerformanceConfig, measure};
pub use points::{EquityPoint, ExitReason, TradeRecord};
pub use returns::{MonthlyReturn, daily_returns, monthly_returns};
