//! The one table of system modes: which event leads where, and which is refused.

use serde::{Deserialize, Serialize};
use types::defects::{Defect, planted};
use types::entry::{Mode, ModeCause, SystemMode};
use types::market::TsNanos;

use super::latch::Latch;
use super::sustained::{Condition, Sustained};

/// What is asked of the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeEvent {
    /// A process begins.
    Begin,
    /// All gates of the start are passed.
    Started,
    /// A limit, a condition, or somebody puts SAFE_MODE in force.
    Enter(ModeCause),
    /// An operator releases SAFE_MODE.
    Release,
    /// Planned work begins.
    MaintenanceOn,
    /// Planned work is over.
    MaintenanceOff,
    /// The system ends, with its stops resting.
    Stop,
}

/// Why the mode stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModeRefusal {
    /// The table has no such edge.
    #[error("the system is {mode:?} and cannot take {event:?} there")]
    NoEdge {
        /// Where it is.
        mode: SystemMode,
        /// What was asked.
        event: ModeEvent,
    },
    /// The latch is not over.
    #[error("safe mode is latched until {until}, now is {now}: release it then")]
    Latched {
        /// Now.
        now: TsNanos,
        /// The earliest release.
        until: TsNanos,
    },
    /// What put it in force is still so.
    #[error("safe mode was entered by {cause:?}, which still holds: remove it first")]
    CauseHolds {
        /// Which.
        cause: ModeCause,
    },
}

/// The mode with its latch and the conditions that hold.
///
/// Asking changes nothing: the mode that [`Modes::ask`] returns is to be appended, and [`Modes::fold`] takes it
/// from the journal. So a restart has the same mode and the same latch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    mode: SystemMode,
    latch: Option<Latch>,
    /// Planned work goes on, also while a restart has not come back to it yet.
    maintenance: bool,
    /// Of this life: no entry tells of it.
    #[serde(skip)]
    conditions: Sustained,
    /// Length of the latch of a drawdown, nanoseconds: 24 h [1-72].
    cooldown: i64,
}

impl Modes {
    /// Returns the mode before the first entry.
    #[must_use]
    pub fn new(cooldown: i64) -> Self {
        let mode = SystemMode::Initializing;
        let conditions = Sustained::default();
        Self { mode, latch: None, maintenance: false, conditions, cooldown }
    }

    /// Returns the mode.
    #[must_use]
    pub const fn mode(&self) -> SystemMode {
        self.mode
    }

    /// Returns SAFE_MODE in force, also while a restart has not come back to it yet.
    #[must_use]
    pub const fn latch(&self) -> Option<&Latch> {
        self.latch.as_ref()
    }

    /// Takes over how fast the venue's time passes.
    pub const fn set_pace(&mut self, pace: i64) {
        self.conditions.set_pace(pace);
    }

    /// Takes over the length of the latch of a drawdown, nanoseconds: the configuration says it and no entry does.
    pub const fn set_cooldown(&mut self, cooldown: i64) {
        self.cooldown = cooldown;
    }

    /// Takes note that a condition holds or does not.
    pub fn observe(&mut self, condition: Condition, holds: bool, now: TsNanos) {
        self.conditions.set(condition, holds, now);
    }

    /// Returns how long a condition has held, and its patience, once it is past it; nanoseconds.
    #[must_use]
    pub fn held(&self, condition: Condition, now: TsNanos) -> Option<(i64, i64)> {
        self.conditions.held(condition, now)
    }

    /// Returns the mode entry that conditions ask for, if one does.
    #[must_use]
    pub fn due(&self, now: TsNanos) -> Option<Mode> {
        let known = |cause: &ModeCause| self.latch.is_some_and(|latch| latch.cause == *cause);
        let safe = self.mode == SystemMode::SafeMode;
        let cause = self.conditions.due(now).find(|cause| !(safe || known(cause)))?;
        self.ask(ModeEvent::Enter(cause), now).ok()
    }

    /// Returns when a condition will have held long enough.
    #[must_use]
    pub fn next_deadline(&self, now: TsNanos) -> Option<TsNanos> {
        self.conditions.next_deadline(now)
    }

    /// Returns the mode entry that follows from an event. One line an edge.
    ///
    /// # Errors
    /// `ModeRefusal` if the table has no such edge, or SAFE_MODE may not be released yet.
    pub fn ask(&self, event: ModeEvent, now: TsNanos) -> Result<Mode, ModeRefusal> {
        use ModeEvent as E;
        use SystemMode as M;
        let cause = match event {
            E::Begin | E::Started => ModeCause::Started,
            E::Enter(cause) => cause,
            E::MaintenanceOn | E::MaintenanceOff => ModeCause::Maintenance,
            E::Release | E::Stop => ModeCause::Operator,
        };
        let to = |mode| Ok(Mode { mode, cause, latched_until: None });
        match (self.mode, event) {
            // A process that begins goes through the start, whatever the last one was doing. SAFE_MODE is not
            // left for it: the start happens inside.
            (M::Initializing | M::Running | M::Maintenance | M::Shutdown, E::Begin) => {
                to(M::Initializing)
            }
            (M::SafeMode, E::Begin) => Ok(self.safe_mode(cause, None)),

            (M::Initializing | M::SafeMode, E::Started) if planted(Defect::SafeModeForgotten) => {
                to(M::Running)
            }

            // The latch outlives the restart, and so does planned work, which often is one.
            (M::Initializing, E::Started) => match self.latch {
                Some(latch) => Ok(self.safe_mode(latch.cause, latch.until)),
                None if self.maintenance => to(M::Maintenance),
                None => to(M::Running),
            },
            (M::SafeMode, E::Started) => Ok(self.safe_mode(cause, None)),

            (M::Initializing | M::Running | M::SafeMode | M::Maintenance, E::Enter(cause)) => {
                Ok(self.safe_mode(cause, cause.latched_until(now, self.cooldown)))
            }

            (M::SafeMode, E::Release) => self.release(now).and_then(|()| to(M::Running)),

            // Planned work is for a healthy system; SAFE_MODE forbids more already.
            (M::Running, E::MaintenanceOn) => to(M::Maintenance),
            (M::Maintenance, E::MaintenanceOff) => to(M::Running),

            (M::Initializing | M::Running | M::SafeMode | M::Maintenance, E::Stop) => {
                to(M::Shutdown)
            }

            (mode, event) => Err(ModeRefusal::NoEdge { mode, event }),
        }
    }

    /// Returns SAFE_MODE with the first cause and the later end of the latches.
    fn safe_mode(&self, cause: ModeCause, until: Option<TsNanos>) -> Mode {
        let held = self.latch.unwrap_or(Latch { cause, until });
        let forgets = cause == ModeCause::Started && planted(Defect::LatchForgotten);
        let latched_until = if forgets { None } else { held.until.max(until) };
        Mode { mode: SystemMode::SafeMode, cause: held.cause, latched_until }
    }

    fn release(&self, now: TsNanos) -> Result<(), ModeRefusal> {
        let Some(latch) = self.latch else { return Ok(()) };
        if let Some(until) = latch.until.filter(|until| now < *until) {
            return Err(ModeRefusal::Latched { now, until });
        }
        if self.conditions.holds(latch.cause) {
            return Err(ModeRefusal::CauseHolds { cause: latch.cause });
        }
        match self.conditions.due(now).next() {
            Some(cause) => Err(ModeRefusal::CauseHolds { cause }),
            None => Ok(()),
        }
    }

    /// Folds a mode entry.
    pub fn fold(&mut self, mode: Mode) {
        match mode.mode {
            SystemMode::SafeMode => {
                let held = self.latch.unwrap_or(Latch { cause: mode.cause, until: None });
                let forgets = planted(Defect::LatchForgotten);
                let until =
                    if forgets { mode.latched_until } else { held.until.max(mode.latched_until) };
                self.latch = Some(Latch { until, ..held });
                // Who releases it wants to trade.
                self.maintenance = false;
            }
            // From SAFE_MODE only a release leads here, from planned work only its end.
            SystemMode::Running => (self.latch, self.maintenance) = (None, false),
            SystemMode::Maintenance => self.maintenance = true,
            SystemMode::Initializing | SystemMode::Shutdown => {}
        }
        self.mode = mode.mode;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ModeEvent as E;
    use SystemMode as M;

    const HOUR: i64 = 3_600_000_000_000;
    const ALL: [M; 5] = [M::Initializing, M::Running, M::SafeMode, M::Maintenance, M::Shutdown];

    /// Hours after 2024-01-30T00:00 UTC.
    fn hour(h: i64) -> TsNanos {
        TsNanos::from_nanos(1_706_572_800_000_000_000 + h * HOUR)
    }

    fn modes(mode: M) -> Modes {
        let mut modes = Modes::new(24 * HOUR);
        modes.fold(Mode { mode, cause: ModeCause::Operator, latched_until: None });
        modes
    }

    /// Takes an edge as the hub does: asks, appends, folds.
    fn take(modes: &mut Modes, event: E, now: TsNanos) -> Result<M, ModeRefusal> {
        let mode = modes.ask(event, now)?;
        modes.fold(mode);
        Ok(modes.mode())
    }

    #[test]
    fn every_edge_and_no_other() {
        let enter = E::Enter(ModeCause::Operator);
        for (event, ends) in [
            // From initializing, running, safe mode, maintenance, shutdown.
            (
                E::Begin,
                [
                    Some(M::Initializing),
                    Some(M::Initializing),
                    Some(M::SafeMode),
                    Some(M::Initializing),
                    Some(M::Initializing),
                ],
            ),
            (E::Started, [Some(M::Running), None, Some(M::SafeMode), None, None]),
            (
                enter,
                [Some(M::SafeMode), Some(M::SafeMode), Some(M::SafeMode), Some(M::SafeMode), None],
            ),
            (E::Release, [None, None, Some(M::Running), None, None]),
            (E::MaintenanceOn, [None, Some(M::Maintenance), None, None, None]),
            (E::MaintenanceOff, [None, None, None, Some(M::Running), None]),
            (
                E::Stop,
                [Some(M::Shutdown), Some(M::Shutdown), Some(M::Shutdown), Some(M::Shutdown), None],
            ),
        ] {
            for (from, wanted) in ALL.into_iter().zip(ends) {
                let seen = take(&mut modes(from), event, hour(0));
                let refused = ModeRefusal::NoEdge { mode: from, event };
                assert_eq!(seen, wanted.ok_or(refused), "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_drawdown_needs_its_time_and_an_operator() {
        for (cause, at, hours) in [
            (ModeCause::DailyDrawdown, 0, 24),
            (ModeCause::PeakDrawdown, 30, 24),
            // The month ends after 48 hours; on the 31st at noon after 24 anyway.
            (ModeCause::MonthlyDrawdown, 0, 48),
            (ModeCause::MonthlyDrawdown, 36, 24),
            (ModeCause::Operator, 0, 0),
        ] {
            let mut modes = modes(M::Running);
            take(&mut modes, E::Enter(cause), hour(at)).unwrap();
            let end = hour(at + hours);
            if hours > 0 {
                let early = take(&mut modes, E::Release, end.plus(-1));
                assert_eq!(early, Err(ModeRefusal::Latched { now: end.plus(-1), until: end }));
            }
            assert_eq!(take(&mut modes, E::Release, end), Ok(M::Running), "{cause:?}");
            assert_eq!(modes.latch(), None);
        }
    }

    #[test]
    fn a_latch_outlives_a_crash_and_a_clean_stop() {
        for stop in [false, true] {
            let mut modes = modes(M::Running);
            take(&mut modes, E::Enter(ModeCause::DailyDrawdown), hour(0)).unwrap();
            if stop {
                take(&mut modes, E::Stop, hour(1)).unwrap();
            }
            // A new process folds the same entries and begins.
            take(&mut modes, E::Begin, hour(2)).unwrap();
            assert_eq!(take(&mut modes, E::Started, hour(2)), Ok(M::SafeMode), "stopped: {stop}");
            let until = hour(24);
            assert_eq!(
                modes.latch(),
                Some(&Latch { cause: ModeCause::DailyDrawdown, until: Some(until) })
            );
            let early = take(&mut modes, E::Release, hour(23));
            assert_eq!(early, Err(ModeRefusal::Latched { now: hour(23), until }));
        }
    }

    #[test]
    fn planned_work_outlives_a_crash_and_a_clean_stop() {
        for stop in [false, true] {
            let mut modes = modes(M::Running);
            take(&mut modes, E::MaintenanceOn, hour(0)).unwrap();
            if stop {
                take(&mut modes, E::Stop, hour(1)).unwrap();
            }
            take(&mut modes, E::Begin, hour(2)).unwrap();
            assert_eq!(
                take(&mut modes, E::Started, hour(2)),
                Ok(M::Maintenance),
                "stopped: {stop}"
            );
            // SAFE_MODE is above it, and its release is the end of both.
            take(&mut modes, E::Enter(ModeCause::Operator), hour(3)).unwrap();
            take(&mut modes, E::Begin, hour(4)).unwrap();
            assert_eq!(take(&mut modes, E::Started, hour(4)), Ok(M::SafeMode));
            assert_eq!(take(&mut modes, E::Release, hour(5)), Ok(M::Running));
            take(&mut modes, E::Begin, hour(6)).unwrap();
            assert_eq!(take(&mut modes, E::Started, hour(6)), Ok(M::Running));
        }
    }

    #[test]
    fn a_second_cause_extends_the_latch_and_never_shortens_it() {
        let mut modes = modes(M::Running);
        take(&mut modes, E::Enter(ModeCause::Operator), hour(0)).unwrap();
        take(&mut modes, E::Enter(ModeCause::DailyDrawdown), hour(5)).unwrap();
        take(&mut modes, E::Enter(ModeCause::ReconciliationDrift), hour(6)).unwrap();
        let latch = Latch { cause: ModeCause::Operator, until: Some(hour(29)) };
        assert_eq!(modes.latch(), Some(&latch));
    }

    #[test]
    fn conditions_enter_after_their_patience_and_hold_the_release() {
        let second = 1_000_000_000;
        for (condition, patience) in [
            (Condition::Drift, 0),
            (Condition::CriticalIncident, 0),
            (Condition::Overloaded, 10 * second),
            (Condition::DataLost, HOUR),
        ] {
            let mut modes = modes(M::Running);
            modes.observe(condition, true, hour(0));
            // Told again and again it began once.
            modes.observe(condition, true, hour(0).plus(patience / 2));
            if patience > 0 {
                assert_eq!(modes.due(hour(0).plus(patience - 1)), None);
                assert_eq!(modes.next_deadline(hour(0)), Some(hour(0).plus(patience)));
            }
            let at = hour(0).plus(patience);
            let mode = modes.due(at).expect("it has held long enough");
            assert_eq!((mode.mode, mode.cause), (M::SafeMode, condition.cause()));
            modes.fold(mode);
            assert_eq!(modes.due(at), None, "once");
            let cause = condition.cause();
            let refused = take(&mut modes, E::Release, hour(9));
            assert_eq!(refused, Err(ModeRefusal::CauseHolds { cause }));
            modes.observe(condition, false, hour(9));
            assert_eq!(modes.mode(), M::SafeMode, "it does not end by itself");
            assert_eq!(take(&mut modes, E::Release, hour(9)), Ok(M::Running));
        }
        // One that is over before its patience is forgotten.
        let mut modes = modes(M::Running);
        modes.observe(Condition::Overloaded, true, hour(0));
        modes.observe(Condition::Overloaded, false, hour(0).plus(9 * second));
        modes.observe(Condition::Overloaded, true, hour(0).plus(9 * second));
        assert_eq!(modes.due(hour(0).plus(18 * second)), None);
    }
}
