//! The latch of SAFE_MODE and the level of the account.

use serde::{Deserialize, Serialize};
use types::entry::ModeCause;
use types::market::TsNanos;

use super::LossReading;

/// How far protection has gone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Trading.
    #[default]
    Normal,
    /// The loss budget is spent: no new entries.
    Caution,
    /// Only what lowers exposure.
    SafeMode,
    /// An operator has all positions closed.
    Emergency,
}

/// SAFE_MODE in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// Since when.
    pub since: TsNanos,
    /// Why, at first.
    pub cause: ModeCause,
    /// No release before this moment; `None` where no cause holds a latch.
    pub until: Option<TsNanos>,
    /// Whether all positions are being closed.
    pub flatten: bool,
}

/// A release that came too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SAFE_MODE is latched until {until}, now is {now}: release it then")]
pub struct NotYet {
    /// Now.
    pub now: TsNanos,
    /// The earliest release.
    pub until: TsNanos,
}

/// SAFE_MODE: entered by an entry of the journal, left by an operator once the latch is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeMode {
    latch: Option<Latch>,
}

impl SafeMode {
    /// Folds the entry that puts SAFE_MODE in force, or a further cause while it is: the later end
    /// of the latches holds.
    pub fn on_enter(&mut self, at: TsNanos, cause: ModeCause, until: Option<TsNanos>) {
        match &mut self.latch {
            Some(latch) => latch.until = latch.until.max(until),
            None => self.latch = Some(Latch { since: at, cause, until, flatten: false }),
        }
    }

    /// Folds an operator's order to close all positions.
    pub fn on_flatten(&mut self, at: TsNanos) {
        self.on_enter(at, ModeCause::Operator, None);
        if let Some(latch) = &mut self.latch {
            latch.flatten = true;
        }
    }

    /// Folds an operator's release. Without SAFE_MODE nothing changes.
    ///
    /// # Errors
    /// `NotYet` while it is latched; SAFE_MODE stays.
    pub fn on_release(&mut self, at: TsNanos) -> Result<(), NotYet> {
        match self.latch.and_then(|latch| latch.until).filter(|until| at < *until) {
            Some(until) => Err(NotYet { now: at, until }),
            None => {
                self.latch = None;
                Ok(())
            }
        }
    }

    /// Returns SAFE_MODE in force.
    #[must_use]
    pub const fn latch(&self) -> Option<&Latch> {
        self.latch.as_ref()
    }

    /// Returns the level of the account.
    #[must_use]
    pub fn level(&self, loss: Option<&LossReading>) -> Level {
        match self.latch {
            Some(latch) if latch.flatten => Level::Emergency,
            Some(_) => Level::SafeMode,
            None if loss.is_some_and(LossReading::is_spent) => Level::Caution,
            None => Level::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::num::{Money, Ratio};

    const HOUR: i64 = 3_600_000_000_000;

    /// Hours after 2024-01-30T00:00 UTC.
    fn hour(h: i64) -> TsNanos {
        TsNanos::from_nanos(1_706_572_800_000_000_000 + h * HOUR)
    }

    fn entered(cause: ModeCause, at: TsNanos) -> SafeMode {
        let mut mode = SafeMode::default();
        mode.on_enter(at, cause, cause.latched_until(at, 24 * HOUR));
        mode
    }

    #[test]
    fn a_latch_needs_its_time_and_an_operator() {
        // (cause, entered at, hours after which a release is heard)
        for (cause, at, hours) in [
            (ModeCause::DailyDrawdown, 0, 24),
            (ModeCause::PeakDrawdown, 30, 24),
            // 2024-01-30: the month ends after 48 hours; on the 31st at noon after 24 anyway.
            (ModeCause::MonthlyDrawdown, 0, 48),
            (ModeCause::MonthlyDrawdown, 36, 24),
            (ModeCause::MonthlyDrawdown, 48, 29 * 24),
            (ModeCause::Operator, 0, 0),
        ] {
            let mut mode = entered(cause, hour(at));
            let end = hour(at + hours);
            if hours > 0 {
                let early = mode.on_release(end.plus(-1));
                assert_eq!(early, Err(NotYet { now: end.plus(-1), until: end }), "{cause:?}");
                assert_eq!(mode.level(None), Level::SafeMode);
            }
            // Time alone releases nothing.
            assert!(mode.latch().is_some());
            assert_eq!(mode.on_release(end), Ok(()), "{cause:?} at {at}");
            assert_eq!(mode.level(None), Level::Normal);
        }
    }

    #[test]
    fn a_second_cause_extends_the_latch_and_never_shortens_it() {
        let mut mode = entered(ModeCause::MonthlyDrawdown, hour(48));
        let daily = ModeCause::DailyDrawdown.latched_until(hour(50), 24 * HOUR);
        mode.on_enter(hour(50), ModeCause::DailyDrawdown, daily);
        mode.on_enter(hour(51), ModeCause::Operator, None);
        assert_eq!(mode.latch().and_then(|latch| latch.until), Some(hour(48 + 29 * 24)));
        assert_eq!(mode.latch().map(|latch| latch.cause), Some(ModeCause::MonthlyDrawdown));
    }

    #[test]
    fn levels_rise_in_order() {
        let spent = LossReading {
            loss: Money::from_units(3),
            budget: Money::from_units(3),
            factor: Ratio::ONE,
        };
        let mut mode = SafeMode::default();
        assert_eq!(mode.level(None), Level::Normal);
        assert_eq!(mode.level(Some(&spent)), Level::Caution);
        mode.on_enter(hour(0), ModeCause::Operator, None);
        assert_eq!(mode.level(Some(&spent)), Level::SafeMode);
        mode.on_flatten(hour(1));
        assert_eq!(mode.level(Some(&spent)), Level::Emergency);
        assert!(Level::Normal < Level::Caution && Level::SafeMode < Level::Emergency);
    }
}
