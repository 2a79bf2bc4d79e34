//! The venue: whether it answers, whether our clock agrees with its, what its key may do.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use adapters::venues::binance::BinanceSpot;
use adapters::{Environment, SKEW_NANOS_MAX, Stamp, Venue, VenueError};
use types::feed::{Answer, Query};
use types::limits::Used;
use types::market::TsNanos;

use super::check::Check;
use crate::run_config::{Mode, RunConfig};

/// How long a signed question stays good.
const RECV_WINDOW: Duration = Duration::from_secs(2);

/// What was wrong at the venue is worth looking at there.
const REMEDY: &str = "see docs/venues.md";

/// Looks at the venue of a configuration.
pub(super) fn all(config: Option<&Path>) -> Vec<Check> {
    let name = "venue";
    let config = match config.map(RunConfig::open) {
        None => return vec![Check::unknown(name, "no --config was given")],
        // The configuration's own check says what is wrong with it.
        Some(Err(_)) => return vec![Check::unknown(name, "the configuration cannot be used")],
        Some(Ok(config)) => config,
    };
    let Some(reached) = config.binance() else {
        return vec![Check::unknown(name, "the hub starts a simulated venue of its own")];
    };
    let wants_key = match config.run.mode {
        Mode::Paper => false,
        Mode::Simulated | Mode::Testnet | Mode::Live => true,
    };
    let keys = if wants_key { config.key.credentials().map(Some) } else { Ok(None) };
    let (keys, mut checks) = match keys {
        Ok(keys) => (keys, Vec::new()),
        Err(error) => {
            let remedy = "put the key where [key] says, readable by this user alone";
            (None, vec![Check::bad("venue key", error.to_string(), remedy)])
        }
    };
    let signs = keys.is_some();
    match BinanceSpot::new(reached, keys) {
        Err(error) => checks.push(Check::bad(name, error.to_string(), "change [venue]")),
        Ok(venue) => checks.extend(ask(&venue, signs)),
    }
    checks
}

/// Asks the venue for its time, and what the key may do.
#[expect(clippy::disallowed_methods, reason = "it is our clock that is compared")]
fn ask(venue: &dyn Venue, signs: bool) -> Vec<Check> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return vec![Check::unknown("venue", error.to_string())],
    };
    let (sent, ours) = (Instant::now(), SystemTime::now());
    let told = runtime.block_on(venue.ask(&Query::Time));
    let took = sent.elapsed();
    let status = venue.status();
    let time = match told {
        Ok(Answer::Time(time)) => time,
        Ok(_) => return vec![Check::bad("venue", "it answered another question", REMEDY)],
        Err(error) => return vec![unreachable(&error)],
    };
    let seen = format!("{status} answers in {} ms", took.as_millis());
    let mut checks = vec![Check::fine("venue", seen), limits(venue)];
    let real = match status.environment {
        Environment::Live | Environment::Testnet => true,
        Environment::Simulated => false,
    };
    if real && let Ok(since) = ours.duration_since(SystemTime::UNIX_EPOCH) {
        let ours = TsNanos::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX));
        checks.push(of_skew(ours, took, time));
    }
    if signs {
        let stamp = Stamp::new(time, RECV_WINDOW, venue.capabilities());
        let rights = match stamp {
            Err(refused) => Err(refused.to_string()),
            Ok(stamp) => {
                runtime.block_on(venue.key_rights(stamp)).map_err(|error| error.to_string())
            }
        };
        checks.extend(match rights {
            Err(why) => vec![Check::bad("venue key", why, REMEDY)],
            Ok(rights) => {
                let problems = rights.problems(status.environment);
                let bad = |problem| Check::bad("venue key", format!("{problem}"), REMEDY);
                let fine =
                    Check::fine("venue key", "it may read and trade, and no more than it should");
                if problems.is_empty() {
                    vec![fine]
                } else {
                    problems.into_iter().map(bad).collect()
                }
            }
        });
    }
    checks
}

/// What the venue lets be asked, and what of it is used up.
fn limits(venue: &dyn Venue) -> Check {
    let name = "venue limits";
    let used = venue.usage();
    let seconds = |nanos: i64| nanos / 1_000_000_000;
    let limits = venue.capabilities().limits.iter().map(|limit| {
        let same =
            |used: &&Used| used.kind == limit.kind && used.interval_nanos == limit.interval_nanos;
        let count = used.iter().find(same).map(|used| used.count);
        (limit, count)
    });
    let limits: Vec<_> = limits.collect();
    let words = limits.iter().map(|(limit, count)| {
        let used = count.map(|count| format!("{count} of ")).unwrap_or_default();
        let every = seconds(limit.interval_nanos);
        format!("{:?} {used}{} in {every} s", limit.kind, limit.max)
    });
    let seen = words.collect::<Vec<_>>().join(", ");
    let near = limits.iter().any(|(limit, count)| {
        count.is_some_and(|count| u64::from(count) * 10 > u64::from(limit.max) * 8)
    });
    if near {
        let remedy = "something else uses this address or key: the hub waits for room, exits first";
        return Check::warn(name, seen, remedy);
    }
    Check::fine(name, seen)
}

fn unreachable(error: &VenueError) -> Check {
    Check::bad(
        "venue",
        error.to_string(),
        "look at the network and at [venue]; stops that rest there stay",
    )
}

/// Judges our clock by the venue's, which was read at some moment of the question.
fn of_skew(ours: TsNanos, took: Duration, venue: TsNanos) -> Check {
    let half = i64::try_from(took.as_nanos() / 2).unwrap_or(i64::MAX);
    let skew = ours.plus(half).since(venue);
    let name = "clock and venue";
    let seen = format!("ours is {} ms ahead, within {} ms", skew / 1_000_000, half / 1_000_000);
    if skew.abs() - half > SKEW_NANOS_MAX {
        let remedy = "let time servers keep the clock: signed requests carry its time";
        return Check::bad(name, seen, remedy);
    }
    Check::fine(name, seen)
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_bad_whichever_way() {
        let second = 1_000_000_000;
        let at = |nanos: i64| TsNanos::from_nanos(1_700_000_000 * second + nanos);
        let took = Duration::from_millis(100);
        for (ours, verdict) in [
            (0, Verdict::Fine),
            (SKEW_NANOS_MAX, Verdict::Fine),
            (SKEW_NANOS_MAX + 1, Verdict::Bad),
            (-SKEW_NANOS_MAX - 100_000_000, Verdict::Fine),
            (-SKEW_NANOS_MAX - 100_000_001, Verdict::Bad),
        ] {
            assert_eq!(of_skew(at(ours), took, at(0)).verdict, verdict, "{ours}");
        }
    }
}
