//! [`Ticker`]: statistics of a window that ends now.

use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};

use super::kline::{Kline, KlinePiece};
use super::series::Klines;
use super::tape::PublicTrade;
use crate::venue::interval::KlineInterval;

/// Windows longer than what is kept of minutes are made of these.
const COARSE: KlineInterval = KlineInterval::M15;

/// Statistics of the trades between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticker {
    /// When the window opened.
    pub open_time: TsNanos,
    /// When it ends: the moment it was asked for.
    pub close_time: TsNanos,
    /// Prices and sums, without a trade if there was none.
    pub piece: KlinePiece,
    /// The last price before the window.
    pub previous_close: Price,
    /// The last trade's quantity.
    pub last_qty: Qty,
}

impl Ticker {
    /// Returns the statistics since a moment. A window that does not open with a minute (with a quarter of an hour, where it
    /// is longer than the minutes that are kept) opens with the one that holds its start.
    #[must_use]
    pub(super) fn of(
        klines: &Klines,
        last: Option<&PublicTrade>,
        since: TsNanos,
        now: TsNanos,
    ) -> Self {
        let minutes = klines.of(KlineInterval::M1);
        let reaches = minutes.front().is_some_and(|first| first.open_time <= since);
        let coarse = klines.of(COARSE);
        let interval = if reaches || coarse.is_empty() { KlineInterval::M1 } else { COARSE };
        let series = klines.of(interval);
        let open_time = interval.open(since, 0);
        let start = series.partition_point(|kline| kline.open_time < open_time);
        let before = start.checked_sub(1).map(|index| &series[index]);
        let first = before.or_else(|| series.get(start));
        let opening = match before {
            Some(before) => before.piece.close,
            None => series.get(start).map_or(Price::ZERO, |first| first.piece.open),
        };
        let mut piece = KlinePiece::flat(open_time, opening);
        for kline in series.range(start..) {
            piece.extend(&kline.piece);
        }
        let previous = |kline: &Kline| kline.piece.close;
        Self {
            open_time,
            close_time: now,
            piece,
            previous_close: before.or(first).map_or(Price::ZERO, previous),
            last_qty: last.map_or(Qty::ZERO, |trade| trade.qty),
        }
    }

    /// Returns last price less first price.
    #[must_use]
    pub fn change(&self) -> Price {
        self.piece.close - self.piece.open
    }

    /// Returns the change in thousandths of a percent of the first price, rounded to the nearest.
    #[must_use]
    pub fn change_millipercent(&self) -> i64 {
        let open = i128::from(self.piece.open.raw());
        if open == 0 {
            return 0;
        }
        let scaled = i128::from(self.change().raw()) * 100_000;
        let half = open / 2;
        let rounded = if scaled < 0 { -((-scaled + half) / open) } else { (scaled + half) / open };
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }

    /// Returns the change in percent with three decimals: `-95.960`.
    #[must_use]
    pub fn change_percent(&self) -> String {
        let thousandths = self.change_millipercent();
        let (sign, magnitude) =
            (if thousandths < 0 { "-" } else { "" }, thousandths.unsigned_abs());
        format!("{sign}{}.{:03}", magnitude / 1_000, magnitude % 1_000)
    }

    /// Returns quote volume / volume, zero without a trade.
    #[must_use]
    pub fn weighted_average(&self) -> Price {
        let volume = self.piece.volume.raw();
        if volume == 0 {
            return Price::ZERO;
        }
        let one = i128::from(Ratio::ONE.raw());
        // 1e-16 / 1e-16 back to 1e-8.
        let whole = self.piece.quote.raw().div_euclid(volume);
        let rest = self.piece.quote.raw().rem_euclid(volume);
        let raw = whole * one + rest * one / volume;
        Price::from_raw(i64::try_from(raw).unwrap_or(i64::MAX))
    }

    /// Returns whether nothing traded in it.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.piece.trades == 0
    }

    /// Returns the quote volume.
    #[must_use]
    pub const fn quote(&self) -> Money {
        self.piece.quote
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::trade;
    use super::super::{MarketData, tests_support::SYMBOL};
    use super::*;

    #[test]
    fn the_window_leaves_out_what_is_before_it() {
        let mut data = MarketData::new(1);
        // Number, millisecond, price, quantity, taker order.
        for row in [
            (1, 30_000, 99, 5, 1),
            (2, 65_000, 100, 1, 2),
            (3, 70_000, 110, 2, 3),
            (4, 130_000, 104, 1, 4),
        ] {
            data.on_trade(&trade(row));
        }
        let at = |millis| TsNanos::from_millis(millis).unwrap();
        let ticker = data.ticker_since(SYMBOL, at(60_000), at(131_000));
        assert_eq!(
            (ticker.piece.open.to_string(), ticker.piece.close.to_string()),
            ("100".to_owned(), "104".to_owned())
        );
        assert_eq!(
            (ticker.piece.high.to_string(), ticker.piece.low.to_string()),
            ("110".to_owned(), "100".to_owned())
        );
        assert_eq!((ticker.piece.trades, ticker.piece.ids), (3, Some((2, 4))));
        assert_eq!(
            (ticker.change().to_string(), ticker.change_millipercent()),
            ("4".to_owned(), 4_000)
        );
        assert_eq!(ticker.weighted_average().to_string(), "106");
        assert_eq!(ticker.previous_close.to_string(), "99");
        let silent = data.ticker_since(SYMBOL, at(180_000), at(181_000));
        assert!(silent.is_silent());
        assert_eq!(silent.weighted_average(), Price::ZERO);
        assert_eq!(silent.piece.close.to_string(), "104");
        let whole = data.ticker_24h(SYMBOL, at(131_000));
        assert_eq!((whole.piece.trades, whole.piece.open.to_string()), (4, "99".to_owned()));
        let empty = MarketData::new(1).ticker_24h(SYMBOL, at(131_000));
        assert_eq!((empty.piece.close, empty.change_millipercent()), (Price::ZERO, 0));
    }
}
