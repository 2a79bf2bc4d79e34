//! [`Rung`]: one step of the ladder, and the table of what each may risk and asks for.

use std::fmt;

use engine::config::units::Share;
use serde::{Deserialize, Serialize};
use types::num::Ratio;

/// A step of the ladder, lowest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rung {
    /// Real prices, no money.
    Paper,
    /// The least that is worth an order.
    Minimal,
    /// A quarter of a percent a trade.
    Conservative,
    /// Half a percent a trade.
    Moderate,
    /// Three quarters of a percent a trade.
    Aggressive,
    /// One percent a trade.
    Maximum,
}

/// What a rung allows, and what it takes to leave it upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Largest loss of one trade at its stop, as a share of equity.
    pub(crate) risk_per_trade: Ratio,
    /// Largest notional of all positions and orders, as a share of the capital.
    pub(crate) exposure: Ratio,
    /// So many times the venue's smallest order may be exposed, where that is more.
    pub(crate) smallest_orders: u32,
    /// Days on it before the next.
    pub(crate) days: u32,
    /// Round trips on it before the next.
    pub(crate) round_trips: u32,
}

/// What a run on a rung has to have shown before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Days with the system running.
    pub(crate) days: u32,
    /// Round trips.
    pub(crate) round_trips: u32,
    /// Whether incidents and slippage are looked at: there is money.
    pub(crate) conduct: bool,
    /// The deepest fall from the highest equity that is let pass.
    pub(crate) drawdown_max: Option<Ratio>,
}

const fn allowance(
    risk_bps: i64,
    exposure_bps: i64,
    smallest_orders: u32,
    days: u32,
    round_trips: u32,
) -> Allowance {
    Allowance {
        risk_per_trade: Ratio::from_bps(risk_bps),
        exposure: Ratio::from_bps(exposure_bps),
        smallest_orders,
        days,
        round_trips,
    }
}

impl Rung {
    /// Returns what it allows: the table of the specification.
    pub(crate) const fn allowance(self) -> Allowance {
        match self {
            Self::Paper => allowance(50, 2_000, 0, 7, 10),
            Self::Minimal => allowance(10, 200, 3, 7, 20),
            Self::Conservative => allowance(25, 500, 0, 14, 25),
            Self::Moderate => allowance(50, 1_000, 0, 21, 40),
            Self::Aggressive => allowance(75, 1_500, 0, 30, 60),
            Self::Maximum => allowance(100, 2_000, 0, 45, 100),
        }
    }

    /// Returns what it takes to leave it upwards. That backtest and run do the same is wanted on every rung.
    pub(crate) const fn proof(self) -> Proof {
        let Allowance { days, round_trips, .. } = self.allowance();
        let (conduct, drawdown_max) = match self {
            Self::Paper => (false, None),
            Self::Minimal | Self::Conservative | Self::Moderate | Self::Maximum => (true, None),
            // The next one is the highest.
            Self::Aggressive => (true, Some(Ratio::from_bps(400))),
        };
        Proof { days, round_trips, conduct, drawdown_max }
    }

    /// Returns the rung below it.
    pub(crate) const fn below(self) -> Option<Self> {
        match self {
            Self::Paper => None,
            Self::Minimal => Some(Self::Paper),
            Self::Conservative => Some(Self::Minimal),
            Self::Moderate => Some(Self::Conservative),
            Self::Aggressive => Some(Self::Moderate),
            Self::Maximum => Some(Self::Aggressive),
        }
    }

    /// Returns its name in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Minimal => "minimal",
            Self::Conservative => "conservative",
            Self::Moderate => "moderate",
            Self::Aggressive => "aggressive",
            Self::Maximum => "maximum",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (risk, exposure) = (Share::of(self.risk_per_trade), Share::of(self.exposure));
        write!(f, "at most {risk} at risk a trade, {exposure} exposed")?;
        if self.smallest_orders > 0 {
            write!(f, " (or {} of the venue's smallest orders)", self.smallest_orders)?;
        }
        write!(f, "; {} days and {} round trips before the next", self.days, self.round_trips)
    }
}
