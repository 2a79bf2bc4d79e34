//! The machine: its clock and its disk.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::check::Check;
use crate::run::FREE_WARN;
use crate::show;

/// 2026-01-01: no build of this program is older.
const NOT_BEFORE_SECONDS: u64 = 1_767_225_600;

/// 2200-01-01: times in nanoseconds end in 2262.
const NOT_AFTER_SECONDS: u64 = 7_258_118_400;

/// Free bytes below which it is: less than a segment of the journal and the store's working space.
const FREE_BAD: u64 = 128 * 1024 * 1024;

/// What marks a clock that time servers keep, by systemd and by chrony.
const SYNCHRONISED: [&str; 2] = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.sock"];

/// Looks whether the clock can be right.
#[expect(clippy::disallowed_methods, reason = "it is the clock that is looked at")]
pub(super) fn clock() -> Check {
    of_clock(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok())
}

fn of_clock(since: Option<Duration>) -> Check {
    let name = "clock";
    let remedy = "set the clock: signed requests carry its time, and a venue refuses wrong ones";
    match since.map(|since| since.as_secs()) {
        Some(seconds) if (NOT_BEFORE_SECONDS..NOT_AFTER_SECONDS).contains(&seconds) => {
            let nanos = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
            Check::fine(name, types::market::TsNanos::from_nanos(nanos).to_string())
        }
        Some(seconds) => Check::bad(name, format!("{seconds} s since 1970"), remedy),
        None => Check::bad(name, "before 1970", remedy),
    }
}

/// Looks whether somebody keeps the clock.
pub(super) fn synchronised() -> Check {
    let name = "clock kept";
    match SYNCHRONISED.iter().find(|mark| Path::new(mark).exists()) {
        Some(mark) => Check::fine(name, format!("by time servers ({mark})")),
        None => Check::unknown(
            name,
            "no mark of systemd-timesyncd or chrony; the hub compares its clock with the venue's",
        ),
    }
}

/// Looks how much room the disk of the state folder has.
pub(super) fn disk(state: &Path) -> Check {
    match rustix::fs::statvfs(state) {
        Ok(seen) => of_free(seen.f_bavail.saturating_mul(seen.f_frsize), seen.f_favail),
        Err(error) => Check::unknown("disk", format!("{}: {error}", state.display())),
    }
}

fn of_free(bytes: u64, files: u64) -> Check {
    let name = "disk";
    let seen = format!("{} MiB free, {} files", show::count(bytes >> 20), show::count(files));
    let remedy = "make room: without a durable journal nothing may raise exposure";
    // A file system without a fixed number of files says 0.
    if bytes < FREE_BAD || (1..64).contains(&files) {
        return Check::bad(name, seen, remedy);
    }
    if bytes < FREE_WARN { Check::warn(name, seen, remedy) } else { Check::fine(name, seen) }
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn a_clock_outside_of_its_years_is_bad() {
        for (seconds, verdict) in [
            (Some(0), Verdict::Bad),
            (Some(NOT_BEFORE_SECONDS - 1), Verdict::Bad),
            (Some(NOT_BEFORE_SECONDS), Verdict::Fine),
            (Some(NOT_AFTER_SECONDS), Verdict::Bad),
            (None, Verdict::Bad),
        ] {
            let check = of_clock(seconds.map(Duration::from_secs));
            assert_eq!(check.verdict, verdict, "{seconds:?}");
        }
    }

    #[test]
    fn a_disk_is_judged_by_bytes_and_by_files() {
        for (bytes, files, verdict) in [
            (FREE_WARN, 1_000, Verdict::Fine),
            (FREE_WARN, 0, Verdict::Fine),
            (FREE_WARN - 1, 1_000, Verdict::Warn),
            (FREE_BAD, 1_000, Verdict::Warn),
            (FREE_BAD - 1, 1_000, Verdict::Bad),
            (FREE_WARN, 63, Verdict::Bad),
        ] {
            assert_eq!(of_free(bytes, files).verdict, verdict, "{bytes} {files}");
        }
    }
}
