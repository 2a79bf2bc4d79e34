//! [`IncidentStats`]: how often something went wrong, how it ended, and what of the error budget is left.

use serde::Serialize;
use types::entry::IncidentClass;

use crate::projections::word;
use crate::store::{Store, StoreError};
use crate::views::{self, IncidentRow, Which};

/// Share of scan cycles that may be lost (spec: "Errors, recovery, watchdog").
const LOST_SHARE_MAX: f64 = 0.005;

/// Incidents by class, those that are open, and the error budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentStats {
    /// The entry up to which the journal was followed.
    pub as_of_seq: u64,
    /// One for each class, whether it had incidents or not.
    pub classes: Vec<ClassStats>,
    /// All classes together.
    pub all: ClassStats,
    /// Those that are not over.
    pub open: Vec<IncidentRow>,
    /// Scan cycles.
    pub budget: Budget,
}

/// Incidents of one class.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClassStats {
    /// Which class; `all` for all of them.
    pub class: String,
    /// All of them.
    pub count: usize,
    /// Over as they were seen.
    pub noted: usize,
    /// Not over.
    pub open: usize,
    /// Over.
    pub over: usize,
    /// Of those that are over: without a person.
    pub self_healed: usize,
    /// How long those took that are over; absent if there are none.
    pub seconds_to_recover: Option<Spread>,
}

/// Where values lie. Percentiles are by nearest rank, so each is one of the values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them are not above it.
    pub p50: f64,
    /// Of twenty, nineteen are not above it.
    pub p95: f64,
    /// The largest.
    pub max: f64,
}

/// What of the error budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// Scan cycles that were due: a symbol at an instant.
    pub scans: u64,
    /// Those of them that did not happen, and were not caught up on.
    pub lost: u64,
    /// Their share; absent without scans.
    pub lost_share: Option<f64>,
    /// The share that is allowed.
    pub lost_share_max: f64,
    /// Whether it is kept; absent without scans: no data is no pass.
    pub kept: Option<bool>,
}

impl IncidentStats {
    /// Reads them from a store.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let incidents = views::incidents(store, Which::Newest(u32::MAX))?;
        let class = |class: &IncidentClass| {
            let name = word(class);
            ClassStats::of(&name, incidents.iter().filter(|incident| incident.class == name))
        };
        Ok(Self {
            as_of_seq: store.seq()?.0,
            classes: IncidentClass::ALL.iter().map(class).collect(),
            all: ClassStats::of("all", incidents.iter()),
            open: views::incidents(store, Which::Open)?,
            budget: Budget::of(store)?,
        })
    }
}

impl ClassStats {
    fn of<'a>(class: &str, incidents: impl Iterator<Item = &'a IncidentRow>) -> Self {
        let mut stats = Self { class: class.to_owned(), ..Self::default() };
        let mut seconds = Vec::new();
        for incident in incidents {
            stats.count += 1;
            match incident.state.as_str() {
                "open" => stats.open += 1,
                "over" => stats.over += 1,
                _ => stats.noted += 1,
            }
            stats.self_healed += usize::from(incident.by_itself == Some(true));
            seconds.extend(incident.seconds_to_recover);
        }
        seconds.sort_unstable_by(f64::total_cmp);
        stats.seconds_to_recover = Spread::of(&seconds);
        stats
    }
}

impl Spread {
    /// Returns it of values from small to large; `None` if there are none.
    fn of(sorted: &[f64]) -> Option<Self> {
        let rank = |percent: usize| {
            let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
            sorted.get(index).copied()
        };
        Some(Self { p50: rank(50)?, p95: rank(95)?, max: *sorted.last()? })
    }
}

impl Budget {
    #[expect(clippy::cast_precision_loss, reason = "a share of counts")]
    fn of(store: &Store) -> Result<Self, StoreError> {
        let query = "SELECT coalesce(sum(scans), 0), coalesce(sum(scans_lost), 0) FROM days";
        let (scans, lost) = store.connection.query_row(query, [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        let lost_share = (scans > 0).then(|| lost as f64 / scans as f64);
        let kept = lost_share.map(|share| share <= LOST_SHARE_MAX);
        Ok(Self { scans, lost, lost_share, lost_share_max: LOST_SHARE_MAX, kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[3.0]), Some(Spread { p50: 3.0, p95: 3.0, max: 3.0 }));
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(Spread::of(&twenty), Some(Spread { p50: 10.0, p95: 19.0, max: 20.0 }));
    }
}
