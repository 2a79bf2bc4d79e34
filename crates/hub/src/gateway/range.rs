//! [`Range`]: the average true range in whole prices, for distances that the gateway itself chooses.

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::num::Price;

/// Bars of the average.
const PERIOD: i64 = 14;

/// Average true range of 14 closed bars (Wilder's smoothing, seeded with the mean of the first 14), rounded
/// down. The engine's own is `f64` and decides; this one only widens limits and never becomes an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    close: Option<Price>,
    seen: i64,
    /// Sum of the true ranges while there are fewer than 14, then the average.
    value: i64,
}

impl Range {
    pub(super) fn on_bar(&mut self, bar: &Bar) {
        if let Some(close) = self.close.replace(bar.close) {
            let range = (bar.high.max(close) - bar.low.min(close)).raw();
            self.seen += 1;
            self.value = match self.seen {
                ..PERIOD => self.value.saturating_add(range),
                PERIOD => self.value.saturating_add(range) / PERIOD,
                _ => (self.value.saturating_mul(PERIOD - 1).saturating_add(range)) / PERIOD,
            };
        }
    }

    /// Returns the average; `None` before 15 bars.
    pub(super) fn get(&self) -> Option<Price> {
        (self.seen >= PERIOD).then(|| Price::from_raw(self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::market::TsNanos;

    fn bar(low: i64, high: i64, close: i64) -> Bar {
        let price = Price::from_raw;
        Bar {
            open_time: TsNanos::EPOCH,
            open: price(close),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: None,
        }
    }

    #[test]
    fn the_average_is_wilders() {
        let mut range = Range::default();
        range.on_bar(&bar(0, 1_000, 100));
        for _ in 0..13 {
            range.on_bar(&bar(95, 105, 100));
            assert_eq!(range.get(), None);
        }
        range.on_bar(&bar(95, 105, 100));
        assert_eq!(range.get(), Some(Price::from_raw(10)));
        // A gap counts from the last close: (13 x 10 + 38) / 14.
        range.on_bar(&bar(128, 138, 130));
        assert_eq!(range.get(), Some(Price::from_raw(12)));
        // (13 x 12 + 1,400) / 14 = 111.1, then (13 x 111 + 8) / 14 = 103.6.
        range.on_bar(&bar(130, 1_530, 1_530));
        range.on_bar(&bar(1_525, 1_533, 1_530));
        assert_eq!(range.get(), Some(Price::from_raw(103)));
    }
}
