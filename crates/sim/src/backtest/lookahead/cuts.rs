//! Where data is cut.

use types::market::{Timeframe, TsNanos};

/// Where a cut stands beside the close it is near to, in native bars.
const BESIDE: [i64; 3] = [-1, 0, 1];

/// Returns at least `count` moments between `first` and `last`, ascending, or all there are: a
/// third spread evenly over the grid of native bars, a third one native bar before, at and after
/// closes of 4h, a third those of 1d.
pub(super) fn cuts(first: TsNanos, last: TsNanos, native: Timeframe, count: usize) -> Vec<TsNanos> {
    let bars = last.since(first) / native.nanos();
    let mut cuts = Vec::new();
    let mut places = i64::try_from(count.div_ceil(BESIDE.len() * 3)).unwrap_or(bars);
    loop {
        cuts.clear();
        for place in 0..places {
            // In the middle of equal parts: neither end of the data is a cut.
            let near = first.plus((2 * place + 1) * bars / (2 * places) * native.nanos());
            for (beside, step) in BESIDE.into_iter().zip(0_i64..) {
                let even = (6 * place + 2 * step + 1) * bars / (6 * places);
                cuts.push(first.plus(even * native.nanos()));
                for slow in [Timeframe::H4, Timeframe::D1] {
                    cuts.push(slow.open_of(near).plus(beside * native.nanos()));
                }
            }
        }
        cuts.retain(|cut| *cut > first && *cut < last);
        cuts.sort_unstable();
        cuts.dedup();
        if cuts.len() >= count || places >= bars {
            return cuts;
        }
        places += 1 + places / 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> TsNanos {
        TsNanos::EPOCH.plus(minute * Timeframe::M1.nanos())
    }

    #[test]
    fn a_hundred_cuts_stand_beside_4h_and_1d_closes_of_minutes() {
        let cuts = cuts(at(17), at(17 + 90 * 1_440), Timeframe::M1, 100);
        assert!(cuts.len() >= 100 && cuts.len() < 130, "{}", cuts.len());
        assert!(cuts.is_sorted() && cuts[0] > at(17) && cuts[0] < at(3 * 1_440));
        assert!(cuts.last().is_some_and(|last| *last > at(87 * 1_440)));
        for timeframe in [Timeframe::H4, Timeframe::D1] {
            for beside in BESIDE {
                let near = cuts
                    .iter()
                    .filter(|cut| timeframe.closes_at(cut.plus(-beside * Timeframe::M1.nanos())));
                assert!(near.count() >= 10, "{timeframe} {beside}");
            }
        }
    }

    #[test]
    fn short_data_is_cut_at_every_bar() {
        let cuts = cuts(at(0), at(10), Timeframe::M1, 100);
        assert_eq!(cuts, (1..10).map(at).collect::<Vec<_>>());
    }
}
