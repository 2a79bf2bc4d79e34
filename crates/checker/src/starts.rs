//! [`Starts`]: the times in which no hub was running, or the one that ran was not ready yet.

use std::collections::VecDeque;

use journal::disk::Disk;
use journal::format::SegmentName;
use types::entry::SystemMode;

/// Follows a journal and notes when hubs ended and the next ones were ready.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    /// Places at which later writers of the journal begin.
    firsts: VecDeque<u64>,
    /// The last time before a start that is not over yet.
    since: Option<i64>,
    /// Modes told in this start.
    modes: u32,
    down: Vec<(i64, i64)>,
}

impl Starts {
    /// Reads from the names of the segments where writers changed.
    pub(crate) fn of(disk: &dyn Disk) -> Self {
        let found = disk.list("segments").unwrap_or_default();
        let mut names: Vec<SegmentName> =
            found.iter().filter_map(|found| found.name.parse().ok()).collect();
        names.sort_unstable();
        let pairs = names.iter().zip(names.iter().skip(1));
        let firsts = pairs.filter(|(before, next)| before.term != next.term);
        Self { firsts: firsts.map(|(_, next)| next.first.0).collect(), ..Self::default() }
    }

    /// Returns the places at which later writers begin, before the first entry is come to.
    pub(crate) fn places(&self) -> Vec<u64> {
        self.firsts.iter().copied().collect()
    }

    /// Comes to an entry; `last` is the time of the one before it.
    pub(crate) fn at(&mut self, place: u64, last: i64) {
        while self.firsts.front().is_some_and(|first| *first <= place) {
            self.firsts.pop_front();
            self.begin(last);
        }
    }

    fn begin(&mut self, last: i64) {
        self.since.get_or_insert(last);
        self.modes = 0;
    }

    /// Comes to a change of mode at a time.
    pub(crate) fn on_mode(&mut self, mode: SystemMode, last: i64, ts: i64) {
        if mode == SystemMode::Initializing {
            if self.since.is_none() {
                self.begin(last);
            }
            self.modes += 1;
            return;
        }
        // A start inside SAFE_MODE says so at its beginning as well.
        let begins = mode == SystemMode::SafeMode && self.modes == 0;
        self.modes += 1;
        if !begins && let Some(since) = self.since.take() {
            self.down.push((since, ts));
        }
    }

    /// Returns the stretches; a start that was not over lasts for ever.
    pub(crate) fn down(mut self) -> Vec<(i64, i64)> {
        self.down.extend(self.since.map(|since| (since, i64::MAX)));
        self.down
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SystemMode as M;

    /// Writers begin at places 1, 5 and 9; each entry is as late as its place.
    fn down(modes: &[(u64, SystemMode)], end: u64) -> Vec<(i64, i64)> {
        let mut starts = Starts { firsts: [5, 9].into(), ..Starts::default() };
        for place in 1..=end {
            let ts = i64::try_from(place).expect("small");
            starts.at(place, ts - 1);
            for (_, mode) in modes.iter().filter(|(at, _)| *at == place) {
                starts.on_mode(*mode, ts - 1, ts);
            }
        }
        starts.down()
    }

    #[test]
    fn a_start_lasts_from_the_last_entry_before_it_to_the_mode_that_ends_it() {
        let first = [(1, M::Initializing), (2, M::Running)];
        let with = |more: &[(u64, SystemMode)]| [&first[..], more].concat();
        for (modes, end, wanted) in [
            (with(&[]), 4, vec![(0, 2)]),
            (with(&[(5, M::Initializing), (7, M::Running)]), 8, vec![(0, 2), (4, 7)]),
            (
                with(&[(3, M::SafeMode), (5, M::SafeMode), (6, M::SafeMode)]),
                8,
                vec![(0, 2), (4, 6)],
            ),
            (with(&[(5, M::Initializing), (6, M::SafeMode)]), 8, vec![(0, 2), (4, 6)]),
            (with(&[]), 6, vec![(0, 2), (4, i64::MAX)]),
            (with(&[(3, M::SafeMode), (4, M::Running)]), 4, vec![(0, 2)]),
        ] {
            assert_eq!(down(&modes, end), wanted, "{modes:?}");
        }
    }
}
