//! [`Latch`]: until when SAFE_MODE holds, whatever an operator says.

use serde::{Deserialize, Serialize};
use types::entry::ModeCause;
use types::market::TsNanos;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// SAFE_MODE in force. It outlives a restart: only a release ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// Why, at first.
    pub cause: ModeCause,
    /// No release before this moment; `None` where no cause holds a latch.
    pub until: Option<TsNanos>,
}

/// Returns the end of the latch of a cause: so long after a drawdown, for a monthly one until the month's end as
/// well (spec: "SAFE_MODE"). Market time.
#[must_use]
pub fn latched_until(cause: ModeCause, at: TsNanos, cooldown: i64) -> Option<TsNanos> {
    let cooled = at.plus(cooldown);
    match cause {
        ModeCause::DailyDrawdown | ModeCause::PeakDrawdown => Some(cooled),
        ModeCause::MonthlyDrawdown => Some(cooled.max(next_month(at))),
        ModeCause::Started
        | ModeCause::Operator
        | ModeCause::ReconciliationDrift
        | ModeCause::CriticalIncident
        | ModeCause::DataLost
        | ModeCause::Overloaded
        | ModeCause::EmergencyRollback
        | ModeCause::Maintenance => None,
    }
}

/// Returns 00:00 UTC of the next 1st.
fn next_month(at: TsNanos) -> TsNanos {
    let mut day = at.start_of_day();
    while day.month() == at.month() {
        day = day.plus(DAY);
    }
    day
}
