//! [`Row`]: a bar as the files give it, with the spread where quotes tell it.

use types::bar::Bar;
use types::num::Price;

/// A bar as the files give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The bar; of quotes, the mid prices.
    pub bar: Bar,
    /// Half of the spread, in quote currency; known for quotes only.
    pub half_spread: Option<Price>,
}

/// Why a row is left out. The order is the one of the checks: a row is counted once.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The prices or the volume cannot be those of a bar.
    NotABar,
    /// Open, high, low and close of the bid are all above the ask's.
    Crossed,
    /// The time is not on the timeframe's grid.
    OffGrid,
    /// The time was there already.
    Duplicate,
    /// The time is before the one of an earlier row.
    Unsorted,
    /// The other side's file has no row at this time.
    Unpaired,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::NotABar,
        Self::Crossed,
        Self::OffGrid,
        Self::Duplicate,
        Self::Unsorted,
        Self::Unpaired,
    ];
}

impl Row {
    /// Returns a row of traded prices.
    #[must_use]
    pub const fn of_bar(bar: Bar) -> Self {
        Self { bar, half_spread: None }
    }

    /// Joins the two sides of a quote bar, both of which have passed [`Bar::check`].
    ///
    /// Mid prices are rounded down at 1e-8 and the half spread is rounded up: mid + half spread is
    /// never below the ask and mid - half spread never above the bid, so the half step that 1e-8
    /// cannot hold is paid by us. The half spread is the widest of open, high, low and close: the
    /// bar does not say when within it which spread stood, so the pessimistic one is taken. The
    /// volumes of quotes are not volumes of trades and are dropped.
    ///
    /// Quotes of dealers cross for moments (FXCM's GBPUSD of February 2012 in 4 minutes of 100, by
    /// 0.2 pips in the median), which is kept and counted; sides that cross in all four prices are
    /// mistaken for each other.
    ///
    /// # Errors
    /// `Crossed` if each bid is above its ask.
    pub fn of_quotes(bid: &Bar, ask: &Bar) -> Result<Self, Reason> {
        if Self::crossings(bid, ask) == 4 {
            return Err(Reason::Crossed);
        }
        let mut widest = 0;
        let mut mid = |bid: Price, ask: Price| {
            // Both are above zero, so the difference fits where they do.
            let spread = ask.raw() - bid.raw();
            widest = widest.max(spread);
            Price::from_raw(bid.raw() + spread.div_euclid(2))
        };
        let bar = Bar {
            open_time: bid.open_time,
            open: mid(bid.open, ask.open),
            high: mid(bid.high, ask.high),
            low: mid(bid.low, ask.low),
            close: mid(bid.close, ask.close),
            volume: None,
        };
        let half = widest / 2 + widest % 2;
        Ok(Self { bar, half_spread: Some(Price::from_raw(half)) })
    }

    /// Returns how many of the four bids are above their ask.
    pub(super) fn crossings(bid: &Bar, ask: &Bar) -> usize {
        let prices = |bar: &Bar| [bar.open, bar.high, bar.low, bar.close];
        prices(bid).iter().zip(&prices(ask)).filter(|(bid, ask)| bid > ask).count()
    }
}

#[cfg(test)]
mod tests {
    use types::market::TsNanos;

    use super::*;

    fn bar(o: i64, h: i64, l: i64, c: i64) -> Bar {
        let [open, high, low, close] = [o, h, l, c].map(Price::from_raw);
        Bar { open_time: TsNanos::EPOCH, open, high, low, close, volume: None }
    }

    #[test]
    fn the_half_step_is_paid_by_us() {
        let row = Row::of_quotes(&bar(10, 12, 8, 11), &bar(11, 15, 8, 12)).unwrap();
        assert_eq!(row.bar, bar(10, 13, 8, 11));
        assert_eq!(row.half_spread, Some(Price::from_raw(2)));
        assert!(row.bar.check().is_ok());
    }

    #[test]
    fn a_moment_of_crossed_quotes_is_kept_and_swapped_sides_are_not() {
        let (bid, ask) = (bar(10, 12, 8, 11), bar(11, 13, 9, 10));
        let row = Row::of_quotes(&bid, &ask).unwrap();
        assert_eq!((row.bar, Row::crossings(&bid, &ask)), (bar(10, 12, 8, 10), 1));
        assert_eq!(row.half_spread, Some(Price::from_raw(1)));
        let ask = bar(11, 13, 9, 12);
        assert_eq!(Row::of_quotes(&ask, &bid), Err(Reason::Crossed));
        let locked = Row::of_quotes(&bid, &bid).unwrap();
        assert_eq!((locked.bar, locked.half_spread), (bid, Some(Price::ZERO)));
    }
}
