//! A small deterministic market: [`market`]. Prices are multiples of 2^-8 around a power of two.

use analysis::Bar;
use types::market::{Timeframe, TsNanos};

/// Ticks per unit of price.
const TICKS: f64 = 256.0;

/// Steele, Lea and Flood's splitmix64: the same numbers on every machine.
#[derive(Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: i64) -> i64 {
        i64::try_from(self.next() >> 2).unwrap() % n.max(1)
    }

    fn around(&mut self, reach: i64) -> i64 {
        (self.below(2 * reach + 1) - reach + self.below(2 * reach + 1) - reach) / 2
    }
}

/// Returns bars of trends, ranges, noise, flat stretches, spikes and long wicks around `centre`.
pub(crate) fn market(seed: u64, bars: usize, centre: f64, timeframe: Timeframe) -> Vec<Bar> {
    let mut draw = Draw(seed);
    #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
    let middle = (centre * TICKS) as i64;
    let (floor, roof) = (middle / 8, 2 * middle - middle / 8);
    let known = draw.below(16) > 0;
    let size = 1 + draw.below((middle / 100).min(2_000));
    let mut close = middle + draw.around(middle / 4);
    let mut out = Vec::with_capacity(bars);
    let (mut left, mut kind, mut drift, mut home) = (0, 0, 0, close);
    for n in 0..bars {
        if left == 0 {
            left = 1 + draw.below(40);
            kind = draw.below(8);
            drift = draw.around(size);
            home = close;
        }
        left -= 1;
        let open = if draw.below(20) == 0 { close + draw.around(size) } else { close };
        let step = match kind {
            0 | 1 => drift + draw.around(size),
            2 => (home - open) / 2 + draw.around(size),
            3 => 0,
            4 => draw.around(3 * size),
            5 => draw.around(1),
            6 => drift,
            _ => draw.around(size) * if draw.below(10) == 0 { 8 } else { 1 },
        };
        let held = |ticks: i64| ticks.clamp(floor, roof);
        let open = if kind == 3 { held(close) } else { held(open) };
        close = held(open + step);
        let mut wick = |_: ()| if kind == 3 { 0 } else { draw.below(3) * draw.below(size) };
        let (up, down) = (wick(()), wick(()));
        let (high, low) = (held(open.max(close) + up), held(open.min(close) - down));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 ticks")]
        let price = |ticks: i64| ticks as f64 / TICKS;
        let surge = if draw.below(12) == 0 { 8 } else { 1 };
        let volume = if draw.below(25) == 0 { 0 } else { (1 + draw.below(10_000)) * surge };
        out.push(Bar {
            open_time: open_time(n, timeframe),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: known.then(|| price(volume) / 3.0),
        });
    }
    out
}

/// Returns the open time of the n-th bar.
pub(crate) fn open_time(n: usize, timeframe: Timeframe) -> TsNanos {
    TsNanos::from_nanos(i64::try_from(n).unwrap() * timeframe.nanos())
}

/// Returns the bar seen in a mirror at `centre`.
pub(crate) fn mirrored(bar: &Bar, centre: f64) -> Bar {
    let flip = |price: f64| 2.0 * centre - price;
    Bar {
        open: flip(bar.open),
        high: flip(bar.low),
        low: flip(bar.high),
        close: flip(bar.close),
        ..*bar
    }
}
