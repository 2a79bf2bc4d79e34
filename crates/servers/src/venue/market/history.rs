//! [`History`]: bars from before the start, coarser the older they are.

use sim::data::{Aggregator, DataError, Row};
use types::bar::Bar;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price};

use crate::venue::data::KlinePiece;
use crate::venue::interval::KlineInterval;

const DAY: i64 = 86_400_000_000_000;

/// How many days back bars of a timeframe are told; older ones are told by the next longer. At least 300 bars of 1m, 5m,
/// 15m, 1h, 4h and 1d come of it.
const TIERS: [(Timeframe, i64); 6] = [
    (Timeframe::M1, 2),
    (Timeframe::M5, 5),
    (Timeframe::M15, 16),
    (Timeframe::H1, 63),
    (Timeframe::H4, 250),
    (Timeframe::D1, i64::MAX / DAY),
];

/// Bars from before the start, coarser the older they are.
#[derive(Debug)]
pub(super) struct History {
    aggregator: Aggregator,
    native: Timeframe,
    /// The venue's start, at the source's time.
    start: TsNanos,
    shift: i64,
    ready: Vec<(Timeframe, Bar)>,
    pieces: Vec<(KlineInterval, KlinePiece)>,
    last: Option<Price>,
}

impl History {
    pub(super) fn new(native: Timeframe, start: TsNanos, shift: i64) -> Result<Self, DataError> {
        let coarser: Vec<Timeframe> =
            Timeframe::ALL.into_iter().filter(|timeframe| *timeframe >= native).collect();
        let aggregator = Aggregator::new(native, &coarser)?;
        let (ready, pieces) = (Vec::new(), Vec::new());
        Ok(Self { aggregator, native, start, shift, ready, pieces, last: None })
    }

    /// Adds a native bar that has closed before the start.
    pub(super) fn add(&mut self, row: &Row) {
        self.last = Some(row.bar.close);
        self.aggregator.push(&row.bar, &mut self.ready);
        for (timeframe, bar) in self.ready.drain(..) {
            if told_by(self.native, self.start, bar.open_time) == timeframe {
                self.pieces.push((interval(timeframe), piece(&bar, self.shift)));
            }
        }
    }

    /// Adds what a part of a bar before the start has told.
    pub(super) fn add_piece(&mut self, piece: KlinePiece) {
        self.last = Some(piece.close);
        self.pieces.push((KlineInterval::S1, piece));
    }

    /// Returns the pieces, oldest first, and the last price.
    pub(super) fn finish(mut self) -> (Vec<(KlineInterval, KlinePiece)>, Option<Price>) {
        self.pieces.sort_by_key(|(_, piece)| piece.at);
        (self.pieces, self.last)
    }
}

/// Returns the timeframe that tells about a moment. All borders are midnights, which every timeframe closes at.
fn told_by(native: Timeframe, start: TsNanos, at: TsNanos) -> Timeframe {
    let days = start.day() - at.day();
    let tier = TIERS.iter().find(|(timeframe, back)| *timeframe >= native && days < *back);
    tier.map_or(Timeframe::D1, |(timeframe, _)| *timeframe)
}

const fn interval(timeframe: Timeframe) -> KlineInterval {
    match timeframe {
        Timeframe::M1 => KlineInterval::M1,
        Timeframe::M5 => KlineInterval::M5,
        Timeframe::M15 => KlineInterval::M15,
        Timeframe::H1 => KlineInterval::H1,
        Timeframe::H4 => KlineInterval::H4,
        Timeframe::D1 => KlineInterval::D1,
    }
}

/// Returns the bar as a piece. What a bar does not tell is estimated: what was paid, at the mean of the four prices; half of
/// it taken by buyers; one trade where there was volume.
fn piece(bar: &Bar, shift: i64) -> KlinePiece {
    let at = bar.open_time.plus(shift);
    #[expect(clippy::cast_possible_truncation, reason = "a cast holds it within 64 bits")]
    let steps = (bar.volume.unwrap_or(0.0) * 1e8).round() as i64;
    let volume = types::num::Qty::from_raw(steps);
    let mean = [bar.open, bar.high, bar.low, bar.close].map(|price| i128::from(price.raw()));
    let mean = i64::try_from(mean.iter().sum::<i128>() / 4).unwrap_or(i64::MAX);
    let quote = Price::from_raw(mean).notional(volume);
    let base = Money::of_qty(volume);
    let half = |money: Money| Money::from_raw(money.raw() / 2);
    KlinePiece {
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: base,
        quote,
        trades: 1,
        taker_volume: half(base),
        taker_quote: half(quote),
        ..KlinePiece::flat(at, bar.open)
    }
}
