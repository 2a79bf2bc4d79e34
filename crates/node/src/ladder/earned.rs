//! [`earned`]: whether a rung was earned on the one below (spec: "The way to live money").

use std::collections::BTreeMap;
use std::fmt;

use engine::config::units::Share;
use serde::Serialize;
use types::entry::{IncidentKind, Stage};
use types::market::TsNanos;
use types::num::Ratio;

use super::service::{Service, Slippage};
use super::{Proof, Rung};

/// Half spread and slippage of the cost model's defaults, whatever a configuration says.
const SLIPPAGE_MAX: Ratio = Ratio::from_bps(3);

const DAY: i64 = 24 * 3_600 * 1_000_000_000;

/// A state folder that is brought as evidence.
#[derive(Debug)]
pub(crate) struct Claim {
    /// The folder.
    pub(crate) state: String,
    /// What its journal shows, or why that does not count.
    pub(crate) service: Result<Service, String>,
    /// How it compares with a backtest of the same period.
    pub(crate) parity: ParityShown,
}

/// How a run compares with a backtest of the same period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParityShown {
    /// No backtest was named.
    Nothing,
    /// The backtest cannot be used.
    Unusable(String),
    /// They were compared.
    Compared {
        /// The backtest.
        backtest: String,
        /// First and last instant that both have; `None` where nothing was compared.
        period: Option<(TsNanos, TsNanos)>,
        /// Differences without a cause.
        unknown: usize,
    },
}

/// With what a rung was earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Earned {
    /// On which.
    pub(crate) rung: Rung,
    /// Days with the system running, whole ones.
    pub(crate) days: u64,
    /// Trades from their first fill to flat.
    pub(crate) round_trips: u64,
}

/// Why a rung was not earned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotEarned {
    /// There is nothing to look at.
    #[error(
        "STATE: saw no journal of a run on rung {0}, wanted its state folder: name it with --served"
    )]
    NoState(Rung),
    /// What was brought does not count.
    #[error("STATE: {state} does not count: {why}")]
    Unusable {
        /// The folder.
        state: String,
        /// Why.
        why: String,
    },
    /// It ran elsewhere.
    #[error("STAGE: {state} does not count: it ran in {saw}; wanted {wanted}, all the time")]
    OtherStage {
        /// The folder.
        state: String,
        /// Where.
        saw: Stage,
        /// Where it should have.
        wanted: Stage,
    },
    /// Two folders tell of the same time.
    #[error("STATE: {0} does not count: it tells of the same time as {1}")]
    Twice(String, String),
    /// Too few days.
    #[error("DAYS: saw {saw} with the system running on rung {rung}, wanted {wanted}")]
    Days {
        /// How long.
        saw: Days,
        /// On which rung.
        rung: Rung,
        /// How long it should have been.
        wanted: Days,
    },
    /// Too few round trips.
    #[error("ROUND_TRIPS: saw {saw} on rung {rung}, wanted {wanted}")]
    RoundTrips {
        /// How many.
        saw: u64,
        /// On which rung.
        rung: Rung,
        /// How many it should have been.
        wanted: u32,
    },
    /// Nobody has shown parity.
    #[error(
        "PARITY: not shown for {0}: name the journal of a backtest of the same period with --backtest, one for each --served"
    )]
    ParityNotShown(String),
    /// Parity cannot be judged, or does not hold.
    #[error("PARITY: {state}: {why}")]
    Parity {
        /// The folder.
        state: String,
        /// Why.
        why: String,
    },
    /// Something happened.
    #[error("INCIDENTS: saw {saw}, wanted none that is critical or was not over by itself")]
    Incidents {
        /// What, and how often.
        saw: String,
    },
    /// Fills were worse than the model says.
    #[error(
        "SLIPPAGE: saw {} bps on the mean of {fills} fills, wanted at most {} bps", Bps(*.mean), Bps(SLIPPAGE_MAX)
    )]
    Slippage {
        /// How much worse.
        mean: Ratio,
        /// Of how many.
        fills: u64,
    },
    /// There is nothing to judge fills by.
    #[error("SLIPPAGE: cannot be judged: {}", unjudged(*.blind, *.all))]
    SlippageUnknown {
        /// Fills without.
        blind: u64,
        /// All fills.
        all: u64,
    },
    /// The account fell too far.
    #[error("DRAWDOWN: saw {} from the peak, wanted at most {}", Share::of(*.saw), Share::of(*.wanted))]
    Drawdown {
        /// How far.
        saw: Ratio,
        /// How far it may.
        wanted: Ratio,
    },
}

fn unjudged(blind: u64, all: u64) -> String {
    match all {
        0 => "saw no fills".to_owned(),
        all => format!("{blind} of {all} fills have no price at their decision in the journal"),
    }
}

/// A length of time, shown in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Days(pub(crate) i64);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded down: what is one tenth short is not shown as whole.
        let tenths = self.0 / (DAY / 10);
        match (tenths / 10, tenths % 10) {
            (1, 0) => f.write_str("1 day"),
            (days, 0) => write!(f, "{days} days"),
            (days, tenth) => write!(f, "{days}.{tenth} days"),
        }
    }
}

/// A share, shown in parts of ten thousand.
struct Bps(Ratio);

impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0.raw() / 100;
        let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.abs());
        write!(f, "{sign}{}.{:02}", size / 100, size % 100)
    }
}

/// Looks at everything that was brought for a step up from a rung, and says with what the step was earned, or every reason why it
/// was not. `wanted` is the stage that a run on that rung stands on.
///
/// # Errors
/// Every [`NotEarned`] that stands against it.
pub(crate) fn earned(
    rung: Rung,
    wanted: &Stage,
    claims: &[Claim],
) -> Result<Earned, Vec<NotEarned>> {
    let mut why = Vec::new();
    if claims.is_empty() {
        why.push(NotEarned::NoState(rung));
    }
    let counting = counting(wanted, claims, &mut why);
    let proof = rung.proof();
    let ran: i64 = counting.iter().map(|counted| counted.ran).sum();
    let wanted_days = Days(i64::from(proof.days) * DAY);
    if ran < wanted_days.0 {
        why.push(NotEarned::Days { saw: Days(ran), rung, wanted: wanted_days });
    }
    let round_trips = counting.iter().map(|counted| counted.service.round_trips()).sum();
    if round_trips < u64::from(proof.round_trips) {
        let wanted = proof.round_trips;
        why.push(NotEarned::RoundTrips { saw: round_trips, rung, wanted });
    }
    parity(&counting, Days(wanted_days.0.min(ran)), &mut why);
    conduct(&counting, &proof, &mut why);
    let days = u64::try_from(ran / DAY).unwrap_or(0);
    if why.is_empty() { Ok(Earned { rung, days, round_trips }) } else { Err(why) }
}

/// Evidence that counts.
struct Counted<'a> {
    state: &'a str,
    service: &'a Service,
    parity: &'a ParityShown,
    period: (TsNanos, TsNanos),
    ran: i64,
}

/// Returns what counts of all that was brought; the rest is named.
fn counting<'a>(wanted: &Stage, claims: &'a [Claim], why: &mut Vec<NotEarned>) -> Vec<Counted<'a>> {
    let mut counting: Vec<Counted<'a>> = Vec::new();
    for Claim { state, service, parity } in claims {
        let unusable =
            |why: &str| NotEarned::Unusable { state: state.clone(), why: why.to_owned() };
        let service = match service {
            Ok(service) if service.is_told() => service,
            Ok(_) => {
                why.push(unusable(
                    "its journal does not say of all of its time in which mode and on which rung it ran",
                ));
                continue;
            }
            Err(told) => {
                why.push(unusable(told));
                continue;
            }
        };
        if let Some(other) = service.stages().iter().find(|stage| *stage != wanted) {
            let (saw, wanted) = (other.clone(), wanted.clone());
            why.push(NotEarned::OtherStage { state: state.clone(), saw, wanted });
            continue;
        }
        let Some(period) = service.period() else {
            why.push(unusable("nothing was scanned in it when it was due"));
            continue;
        };
        let meets = |other: &&Counted<'_>| period.0 <= other.period.1 && other.period.0 <= period.1;
        if let Some(other) = counting.iter().find(meets) {
            why.push(NotEarned::Twice(state.clone(), other.state.to_owned()));
            continue;
        }
        let ran = service.ran_within(period);
        counting.push(Counted { state, service, parity, period, ran });
    }
    counting
}

/// Each run does what a backtest of the same period does, or the difference has a cause; and enough of its time is compared.
fn parity(counting: &[Counted<'_>], wanted: Days, why: &mut Vec<NotEarned>) {
    if counting.is_empty() {
        why.push(NotEarned::ParityNotShown("any run that counts".to_owned()));
        return;
    }
    let (mut compared, mut all_compared) = (0, true);
    for Counted { state, service, parity, .. } in counting {
        let state = || (*state).to_owned();
        let told = match parity {
            ParityShown::Nothing => Some(NotEarned::ParityNotShown(state())),
            ParityShown::Unusable(told) => {
                Some(NotEarned::Parity { state: state(), why: told.clone() })
            }
            ParityShown::Compared { backtest, period: None, .. } => {
                let why = format!("it has nothing in common with {backtest} that can be compared");
                Some(NotEarned::Parity { state: state(), why })
            }
            ParityShown::Compared { backtest, period: Some(_), unknown: unknown @ 1.. } => {
                let why = format!(
                    "{unknown} differences from {backtest} have no cause, wanted none: `plimsoll parity` shows them"
                );
                Some(NotEarned::Parity { state: state(), why })
            }
            ParityShown::Compared { period: Some(period), unknown: 0, .. } => {
                compared += service.ran_within(*period);
                None
            }
        };
        all_compared &= told.is_none();
        why.extend(told);
    }
    if all_compared && compared < wanted.0 {
        let states: Vec<&str> = counting.iter().map(|counted| counted.state).collect();
        why.push(NotEarned::Parity {
            state: states.join(", "),
            why: format!("compared with a backtest over {}, wanted {wanted}", Days(compared)),
        });
    }
}

/// What went wrong on the way.
fn conduct(counting: &[Counted<'_>], proof: &Proof, why: &mut Vec<NotEarned>) {
    let services = || counting.iter().map(|counted| counted.service);
    if proof.conduct {
        let mut kinds: BTreeMap<IncidentKind, usize> = BTreeMap::new();
        for kind in services().flat_map(Service::incidents) {
            *kinds.entry(kind).or_default() += 1;
        }
        if !kinds.is_empty() {
            let word =
                |kind: &IncidentKind| serde_json::to_value(kind).ok()?.as_str().map(str::to_owned);
            let told = kinds.iter().map(|(kind, count)| {
                format!("{count} x {}", word(kind).unwrap_or_else(|| format!("{kind:?}")))
            });
            why.push(NotEarned::Incidents { saw: told.collect::<Vec<_>>().join(", ") });
        }
        let mut slippage = Slippage::default();
        services().for_each(|service| slippage.add(service.slippage()));
        match slippage.mean() {
            Some(mean) if slippage.blind == 0 && mean <= SLIPPAGE_MAX => {}
            Some(mean) if slippage.blind == 0 => {
                why.push(NotEarned::Slippage { mean, fills: slippage.fills });
            }
            Some(_) | None => {
                let (blind, all) = (slippage.blind, slippage.blind + slippage.fills);
                why.push(NotEarned::SlippageUnknown { blind, all });
            }
        }
    }
    if let Some(wanted) = proof.drawdown_max {
        let saw = services().map(Service::drawdown).max().unwrap_or_default();
        if saw > wanted {
            why.push(NotEarned::Drawdown { saw, wanted });
        }
    }
}

#[cfg(test)]
mod tests;
