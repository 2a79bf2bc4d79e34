//! [`Kline`]: a bar as the API tells it, with who took what.

use sim::exchange::book::Trade;
use types::market::TsNanos;
use types::num::{Money, Price};

use super::super::interval::KlineInterval;

/// Prices and sums of a stretch of trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KlinePiece {
    /// When it began.
    pub at: TsNanos,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// What traded, in base.
    pub volume: Money,
    /// What traded, in quote.
    pub quote: Money,
    /// How often.
    pub trades: u64,
    /// What buyers took, in base.
    pub taker_volume: Money,
    /// What buyers took, in quote.
    pub taker_quote: Money,
    /// Numbers of its first and last trade, where they are known.
    pub ids: Option<(u64, u64)>,
}

impl KlinePiece {
    /// Returns the piece that is one trade.
    #[must_use]
    pub fn of(trade: &Trade) -> Self {
        let (volume, quote) = (Money::of_qty(trade.qty), trade.price.notional(trade.qty));
        let (taker_volume, taker_quote) =
            if trade.buyer_is_maker { (Money::ZERO, Money::ZERO) } else { (volume, quote) };
        Self {
            at: trade.at,
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            volume,
            quote,
            trades: 1,
            taker_volume,
            taker_quote,
            ids: Some((trade.id.0, trade.id.0)),
        }
    }

    /// Returns a piece without a trade at a price.
    #[must_use]
    pub const fn flat(at: TsNanos, price: Price) -> Self {
        Self {
            at,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Money::ZERO,
            quote: Money::ZERO,
            trades: 0,
            taker_volume: Money::ZERO,
            taker_quote: Money::ZERO,
            ids: None,
        }
    }

    /// Adds what came after it. Where nothing traded so far, the later prices count alone.
    pub fn extend(&mut self, later: &Self) {
        if later.trades == 0 {
            return;
        }
        if self.trades == 0 {
            let at = self.at;
            *self = *later;
            self.at = at;
            return;
        }
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume += later.volume;
        self.quote += later.quote;
        self.trades += later.trades;
        self.taker_volume += later.taker_volume;
        self.taker_quote += later.taker_quote;
        self.ids = match (self.ids, later.ids) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (known, None) | (None, known) => known,
        };
    }
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kline {
    /// How long.
    pub interval: KlineInterval,
    /// When it opened: `piece.at` is the same moment.
    pub open_time: TsNanos,
    /// When the next one opens.
    pub next_open: TsNanos,
    /// What happened in it.
    pub piece: KlinePiece,
}

impl Kline {
    /// Returns the bar that holds a piece, days cut `offset` nanoseconds east of UTC.
    #[must_use]
    pub(super) fn around(interval: KlineInterval, piece: &KlinePiece, offset: i64) -> Self {
        let open_time = interval.open(piece.at, offset);
        let next_open = interval.next_open(piece.at, offset);
        Self { interval, open_time, next_open, piece: KlinePiece { at: open_time, ..*piece } }
    }

    /// Returns the bar after it, in which nothing has traded.
    #[must_use]
    pub(super) fn flat_after(&self) -> Self {
        Self::around(self.interval, &KlinePiece::flat(self.next_open, self.piece.close), 0)
    }

    /// Returns its last millisecond, as the API tells the close.
    #[must_use]
    pub const fn close_millis(&self) -> i64 {
        self.next_open.as_millis() - 1
    }
}
