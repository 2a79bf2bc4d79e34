//! [`Common`]: what all symbols share, minute by minute.

use types::market::Regime;

use super::config::{GeneratorConfig, Listing};
use super::draws::{Arrivals, Draws, Role};
use super::shock::{self, CRASH, Shock};

/// Crashes of all symbols in a year.
const CRASHES_PER_YEAR: f64 = 2.0;
/// Halts in a year: Binance spot had 27 outages in the seven years 2018 to 2024.
const HALTS_PER_YEAR: f64 = 4.0;
/// A halt's minutes, as those outages: from a quarter of an hour to 33 hours.
const HALT_MINUTES: (f64, f64) = (15.0, 33.0 * 60.0);
/// Minutes between steps of the slow volatility.
const SLOW_STEP: u64 = 60;
/// Half-life of the slow volatility in its steps: 7 days.
const SLOW_HALF_LIFE: f64 = 7.0 * 24.0;
/// How far volatility rises in a crash, as a factor; it falls by half every 12 hours after it.
const CRASH_VOLATILITY: f64 = 4.0;
const CRASH_HALF_LIFE: f64 = 720.0;

/// Logarithm that reverts to 0: x' = a x + b z, with a stationary standard deviation.
///
/// The logarithm of volatility as such a process is Taylor's (*Modelling Financial Time Series*,
/// 1986); a slow and a fast one together give the long memory of real volatility (Chernov, Gallant,
/// Ghysels, Tauchen, *Alternative models for stock price dynamics*, 2003).
#[derive(Clone, Debug)]
pub(super) struct Reverting {
    value: f64,
    keep: f64,
    noise: f64,
}

impl Reverting {
    /// A process with a half-life in steps and a stationary standard deviation.
    pub(super) fn new(half_life: f64, sd: f64) -> Self {
        let keep = libm::exp(-core::f64::consts::LN_2 / half_life);
        Self { value: 0.0, keep, noise: sd * (1.0 - keep * keep).sqrt() }
    }

    #[inline]
    pub(super) fn step(&mut self, draws: &mut Draws) {
        self.value = self.keep * self.value + self.noise * draws.normal();
    }

    pub(super) const fn value(&self) -> f64 {
        self.value
    }
}

/// What all symbols share in one minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The common part of the minute's step, of variance 1.
    pub(super) innovation: f64,
    /// Trend or range.
    pub(super) regime: Regime,
    /// The regime is new.
    pub(super) regime_began: bool,
    /// Logarithm of the common part of volatility, crash excluded.
    pub(super) log_volatility: f64,
    /// What a crash adds to volatility and volume, as a factor of 1 or more.
    pub(super) stress: f64,
    /// What a crash moves, in logarithms of price.
    pub(super) crash: f64,
    /// No trade on any symbol.
    pub(super) halted: bool,
}

/// What all symbols share, minute by minute. Each symbol holds its own copy, which draws the same.
#[derive(Clone, Debug)]
pub(super) struct Common {
    config: super::Features,
    innovation: Draws,
    volatility: Draws,
    slow: Reverting,
    slow_sd: f64,
    minute: u64,
    regime: Regime,
    regimes: Arrivals,
    crashes: Arrivals,
    crash: Option<Shock>,
    stress: f64,
    halts: Arrivals,
    halt_left: u32,
}

impl Common {
    pub(super) fn new(config: &GeneratorConfig, listing: &Listing) -> Self {
        let draws = |role| Draws::new(config.seed, "", role);
        let own = |role| Draws::new(config.seed, listing.symbol.as_str(), role);
        let character = listing.trends.character();
        let regimes = if character.own_regimes { own(Role::Regime) } else { draws(Role::Regime) };
        let volatility = if character.own_volatility {
            own(Role::SlowVolatility)
        } else {
            draws(Role::Volatility)
        };
        let year = config.calendar.minutes_per_year();
        Self {
            config: config.features,
            innovation: draws(Role::Innovation),
            volatility,
            slow: Reverting::new(SLOW_HALF_LIFE, character.slow_sd),
            slow_sd: character.slow_sd,
            minute: 0,
            regime: Regime::Sideways,
            regimes: Arrivals::new(regimes, character.regime_minutes),
            crashes: Arrivals::new(draws(Role::Crash), year / CRASHES_PER_YEAR),
            crash: None,
            stress: 0.0,
            halts: Arrivals::new(draws(Role::Halt), year / HALTS_PER_YEAR),
            halt_left: 0,
        }
    }

    /// Passes a minute.
    pub(super) fn step(&mut self) -> Moment {
        if self.minute.is_multiple_of(SLOW_STEP) {
            self.slow.step(&mut self.volatility);
        }
        self.minute += 1;
        let innovation = if self.config.fat_tails {
            self.innovation.student()
        } else {
            self.innovation.normal()
        };
        let regime_began = self.step_regime();
        let crash = self.step_crash();
        let log_volatility = if self.config.volatility_clusters {
            // Less the variance, so that the mean of the squares is 1.
            self.slow.value() - self.slow_sd * self.slow_sd
        } else {
            0.0
        };
        let (regime, stress) = (self.regime, 1.0 + self.stress);
        let halted = self.step_halt();
        Moment { innovation, regime, regime_began, log_volatility, stress, crash, halted }
    }

    /// Switches between trends and ranges as a Markov chain (Hamilton, *A new approach to the
    /// economic analysis of nonstationary time series*, 1989): each of the other two equally likely.
    fn step_regime(&mut self) -> bool {
        if !self.config.regimes {
            return false;
        }
        let Some(draws) = self.regimes.tick() else { return false };
        let first = draws.uniform() < 0.5;
        self.regime = match (self.regime, first) {
            (Regime::Sideways, true) | (Regime::Bear, false) => Regime::Bull,
            (Regime::Sideways, false) | (Regime::Bull, false) => Regime::Bear,
            (Regime::Bull, true) | (Regime::Bear, true) => Regime::Sideways,
        };
        true
    }

    /// Steps the crash and what it leaves in the volatility.
    fn step_crash(&mut self) -> f64 {
        if !self.config.correlated_crashes {
            return 0.0;
        }
        if let Some(draws) = self.crashes.tick()
            && self.crash.is_none()
        {
            self.crash = Some(Shock::draw(&CRASH, draws));
        }
        let moved = shock::step(&mut self.crash);
        if moved.is_some_and(|moved| moved < 0.0) {
            self.stress = CRASH_VOLATILITY - 1.0;
        } else if self.stress > 0.0 {
            self.stress *= 1.0 - core::f64::consts::LN_2 / CRASH_HALF_LIFE;
        }
        moved.unwrap_or(0.0)
    }

    fn step_halt(&mut self) -> bool {
        if !self.config.halts {
            return false;
        }
        if let Some(draws) = self.halts.tick() {
            self.halt_left = draws.minutes(HALT_MINUTES.0, HALT_MINUTES.1);
        }
        self.halt_left = self.halt_left.saturating_sub(1);
        self.halt_left > 0
    }
}
