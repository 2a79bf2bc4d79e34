//! [`Clock`]: how long something lasted, without the times that do not count.

/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Stretches of time, each from a moment to a later one, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stretches(Vec<(i64, i64)>);

impl Stretches {
    /// Joins stretches that touch.
    pub(crate) fn of(stretches: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut all: Vec<(i64, i64)> = stretches.into_iter().filter(|(a, b)| b > a).collect();
        all.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, to) in all {
            match joined.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                Some(_) | None => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// Returns how much of the time between two moments lies in these stretches.
    pub(crate) fn within(&self, from: i64, to: i64) -> i64 {
        let overlap = |(a, b): &(i64, i64)| (*b).min(to).saturating_sub((*a).max(from)).max(0);
        self.0.iter().map(overlap).fold(0, i64::saturating_add)
    }
}

/// Returns nanoseconds as seconds with three decimals.
pub(crate) fn seconds(nanos: i64) -> String {
    let millis = nanos / 1_000_000;
    format!("{}.{:03} s", millis / 1_000, (millis % 1_000).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_overlap_count_once() {
        let stretches = Stretches::of([(10, 20), (15, 30), (40, 50), (60, 60), (5, 3)]);
        for (from, to, wanted) in
            [(0, 100, 30), (12, 18, 6), (25, 45, 10), (30, 40, 0), (50, 60, 0)]
        {
            assert_eq!(stretches.within(from, to), wanted, "{from} to {to}");
        }
        assert_eq!(seconds(1_234_567_890), "1.234 s");
    }
}
