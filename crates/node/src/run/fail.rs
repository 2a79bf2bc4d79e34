//! [`FailPoints`]: named places at which a test lets this process end as by `kill -9`, and a machine that is too slow.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The places there are.
pub(crate) const NAMES: [&str; 12] = [
    "before_append",
    "after_append",
    "after_durable",
    "after_kept",
    "before_send",
    "after_send",
    "after_answer",
    "after_report",
    "in_snapshot",
    "in_start",
    "in_reconcile",
    "in_stop",
];

/// The name before the file that says how slow this process is.
const SLOW: &str = "slow_while";

/// What goes wrong in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FailPoint {
    /// It ends itself.
    Ends {
        /// At this place.
        at: &'static str,
        /// At which passing, from 1.
        nth: u32,
    },
    /// Each input takes so many milliseconds as this file says, while it is there.
    SlowWhile(PathBuf),
}

impl FromStr for FailPoint {
    type Err = String;

    /// Reads `NAME`, `NAME:N` or `slow_while:FILE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, nth) = match text.split_once(':') {
            Some((SLOW, file)) if !file.is_empty() => return Ok(Self::SlowWhile(file.into())),
            Some(parts) => parts,
            None => (text, "1"),
        };
        let known = NAMES.into_iter().find(|known| *known == name);
        let at = known
            .ok_or_else(|| format!("`{name}`, wanted one of {}, {SLOW}:FILE", NAMES.join(", ")))?;
        let nth = nth.parse().ok().filter(|nth| *nth > 0);
        let nth = nth.ok_or_else(|| format!("`{text}`, wanted NAME or NAME:N with N from 1"))?;
        Ok(Self::Ends { at, nth })
    }
}

/// The fail point in force, if there is one, and how often it was passed. A clone counts with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FailPoints(Option<Arc<(FailPoint, AtomicU32)>>);

impl FailPoints {
    /// Returns the fail point of the command line.
    pub(crate) fn new(point: Option<FailPoint>) -> Self {
        Self(point.map(|point| Arc::new((point, AtomicU32::new(0)))))
    }

    /// Passes a place: ends the process there if that was asked for.
    pub(crate) fn pass(&self, name: &'static str) {
        debug_assert!(NAMES.contains(&name), "{name} is no fail point");
        let Some(armed) = &self.0 else { return };
        let (FailPoint::Ends { at, nth }, passed) = &**armed else { return };
        if *at == name && passed.fetch_add(1, Ordering::Relaxed) + 1 == *nth {
            let own = rustix::process::getpid();
            // Nothing is flushed, closed or answered: as if the power of this process had gone.
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        }
    }

    /// Takes its time, if it is to be slow now.
    #[expect(clippy::disallowed_methods, reason = "a machine that is too slow is played")]
    pub(crate) fn drag(&self) {
        let Some(armed) = &self.0 else { return };
        let FailPoint::SlowWhile(file) = &armed.0 else { return };
        let said = std::fs::read_to_string(file).ok();
        if let Some(millis) = said.and_then(|text| text.trim().parse().ok()) {
            std::thread::sleep(Duration::from_millis(millis));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name_and_a_number() {
        assert_eq!("before_send:3".parse(), Ok(FailPoint::Ends { at: "before_send", nth: 3 }));
        assert_eq!("in_stop".parse(), Ok(FailPoint::Ends { at: "in_stop", nth: 1 }));
        assert_eq!("slow_while:a/b:c".parse(), Ok(FailPoint::SlowWhile("a/b:c".into())));
        for bad in ["", "somewhere", "in_stop:0", "in_stop:x", "slow_while", "slow_while:"] {
            assert!(bad.parse::<FailPoint>().is_err(), "{bad}");
        }
        // Not armed, or armed elsewhere: life goes on.
        FailPoints::default().pass("in_stop");
        FailPoints::new("in_start".parse().ok()).pass("in_stop");
    }
}
