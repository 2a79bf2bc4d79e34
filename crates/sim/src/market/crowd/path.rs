//! The way through a bar: from the open by both extremes to the close, in trades.

use analysis::num;
use types::bar::Bar;
use types::market::{Timeframe, TsNanos};
use types::side::Side;

use super::config::{CrowdConfig, Grid};
use super::step::{Print, Step, StepKind};
use crate::market::draws::{Draws, Role};

/// Spread of a trade's size about the mean, as the deviation of its logarithm.
const SIZE_SD: f64 = 0.8;
/// How often a rising bar makes its low first: it is the shorter way.
const SHORT_WAY: f64 = 0.7;

/// The prices of a bar in ticks.
#[derive(Clone, Copy, Debug)]
struct Corners {
    open: i64,
    high: i64,
    low: i64,
    close: i64,
}

/// Returns the trades of a bar, in time order, all before its close; none if it has no volume.
/// `last` is the trade before: its price in ticks and who took.
pub(super) fn walk(
    symbol: &str,
    bar: &Bar,
    timeframe: Timeframe,
    spread: i64,
    last: Option<(i64, Side)>,
    (grid, config): (&Grid, &CrowdConfig),
) -> Vec<Step> {
    let owner = format!("{symbol}@{}", bar.open_time.as_nanos());
    let mut draws = Draws::new(config.seed, &owner, Role::Crowd);
    let corners = Corners {
        open: grid.ticks(bar.open),
        high: grid.ticks(bar.high),
        low: grid.ticks(bar.low),
        close: grid.ticks(bar.close),
    };
    let (minutes, volume) = (timeframe.minutes(), volume(bar, timeframe, grid));
    if volume == 0 {
        return Vec::new();
    }
    let anchors = anchors(corners, &mut draws);
    let wanted = wanted(config.trades_per_minute, minutes, &mut draws).min(volume);
    let count = wanted.max(signed(anchors.len()));
    let prices = prices(&anchors, count, corners, &mut draws);
    let sizes = sizes(prices.len(), volume.max(count), &mut draws);
    let pace = (volume / minutes).max(1);
    let coin = if draws.uniform() < 0.5 { Side::Buy } else { Side::Sell };
    let (mut before, mut last) = last.unwrap_or((prices[0], coin));
    let slot = timeframe.nanos() / count;
    let mut steps = Vec::with_capacity(prices.len());
    for (index, (&price, &lots)) in (0_i64..).zip(prices.iter().zip(&sizes)) {
        let taker = taker(before, price, last);
        (before, last) = (price, taker);
        let at = moment(bar.open_time, slot, index, &mut draws);
        let print = Print { price, lots, taker, spread, pace };
        steps.push(Step { at, kind: StepKind::Print(print) });
    }
    steps
}

/// Returns a moment in the slot of that number, in whole microseconds.
fn moment(open: TsNanos, slot: i64, index: i64, draws: &mut Draws) -> TsNanos {
    #[expect(clippy::cast_precision_loss, reason = "a slot is below 2^53 nanoseconds")]
    let within = slot as f64 * draws.uniform();
    #[expect(clippy::cast_possible_truncation, reason = "below the slot")]
    let within = within as i64;
    let at = open.plus(slot * index + within).as_nanos();
    // Never before the slot, so trades stay in order and inside the bar.
    TsNanos::from_nanos((at - at.rem_euclid(1_000)).max(open.plus(slot * index).as_nanos()))
}

/// Returns the bar's volume in lots. Where the source knows none, the volume of an ordinary
/// minute in the generator's market: quotes have moved, so somebody has traded.
fn volume(bar: &Bar, timeframe: Timeframe, grid: &Grid) -> i64 {
    match bar.volume {
        Some(volume) => {
            let lots = grid.lots_of_volume(volume);
            if volume > 0.0 { lots.max(1) } else { 0 }
        }
        None => {
            #[expect(clippy::cast_precision_loss, reason = "a volume is a float")]
            let (price, minutes) = (bar.close.raw() as f64 / 1e8, timeframe.minutes() as f64);
            grid.lots_of_volume(ORDINARY_TURNOVER * minutes / price).max(1)
        }
    }
}

/// Turnover of a minute where the source knows no volume, in quote currency: the generator's.
const ORDINARY_TURNOVER: f64 = 400_000.0;

/// Returns the prices that have to be visited, in order; equal neighbours are one.
fn anchors(corners: Corners, draws: &mut Draws) -> Vec<i64> {
    let rising = corners.close >= corners.open;
    let short_way = draws.uniform() < SHORT_WAY;
    let (first, second) =
        if rising == short_way { (corners.low, corners.high) } else { (corners.high, corners.low) };
    let mut anchors = vec![corners.open, first, second, corners.close];
    anchors.dedup();
    anchors
}

/// Returns how many trades the bar has, if its volume allows.
fn wanted(per_minute: u32, minutes: i64, draws: &mut Draws) -> i64 {
    let mean = i64::from(per_minute) * minutes;
    #[expect(clippy::cast_precision_loss, reason = "at most 6000 trades in 1440 minutes")]
    let scattered = mean as f64 * draws.between(0.5, 1.5);
    #[expect(clippy::cast_possible_truncation, reason = "the mean is below 2^53")]
    let scattered = scattered.round() as i64;
    scattered.max(1)
}

/// Returns `count` prices: the anchors, and between them a walk that is drawn to the next anchor
/// and stays inside the bar.
fn prices(anchors: &[i64], count: i64, corners: Corners, draws: &mut Draws) -> Vec<i64> {
    let legs = anchors.len() - 1;
    let total = usize::try_from(count).expect("a count of trades fits");
    let mut prices = Vec::with_capacity(total);
    prices.push(anchors[0]);
    let mut left = total - anchors.len();
    for leg in 0..legs {
        let share = if leg + 1 == legs {
            left
        } else {
            let mean = num::max(0.0, to_float(left) / to_float(legs - leg));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
            let drawn = (mean * draws.between(0.5, 1.5)) as usize;
            drawn.min(left)
        };
        left -= share;
        between(&mut prices, anchors[leg + 1], share, corners, draws);
        prices.push(anchors[leg + 1]);
    }
    // A bar at one price has no leg.
    prices.resize(total, anchors[legs]);
    prices
}

/// Adds `count` prices on the way from the last one to an anchor.
fn between(prices: &mut Vec<i64>, to: i64, count: usize, corners: Corners, draws: &mut Draws) {
    let range = to_float_i64(corners.high - corners.low);
    let sd = 0.5 * range / num::sqrt(to_float(count) + 1.0);
    let mut now = to_float_i64(*prices.last().expect("the open is there"));
    let to = to_float_i64(to);
    for index in 0..count {
        now += (to - now) / to_float(count - index + 1) + sd * draws.normal();
        now = num::clip(now, to_float_i64(corners.low), to_float_i64(corners.high));
        #[expect(clippy::cast_possible_truncation, reason = "inside the bar")]
        prices.push(now.round() as i64);
    }
}

/// Splits the volume over the trades, at least one lot each, exactly.
fn sizes(count: usize, volume: i64, draws: &mut Draws) -> Vec<i64> {
    let weights: Vec<f64> = (0..count).map(|_| num::exp(SIZE_SD * draws.normal())).collect();
    let (total, spare) = (num::sum(&weights), volume - signed(count));
    let (mut sum, mut given) = (0.0, 0);
    let mut sizes: Vec<i64> = weights
        .iter()
        .map(|weight| {
            sum += weight;
            #[expect(clippy::cast_possible_truncation, reason = "a share of the volume")]
            let until = (to_float_i64(spare) * (sum / total)) as i64;
            let share = until.min(spare) - given;
            given += share;
            1 + share
        })
        .collect();
    if let Some(last) = sizes.last_mut() {
        *last += spare - given;
    }
    sizes
}

/// Returns who takes: buyers where the price rises, sellers where it falls, the same as before
/// where it stays: another taker at the same price would mean that the touch has moved.
const fn taker(before: i64, price: i64, last: Side) -> Side {
    if price > before {
        Side::Buy
    } else if price < before {
        Side::Sell
    } else {
        last
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("a count of trades fits")
}

#[expect(clippy::cast_precision_loss, reason = "counts of trades are below 2^53")]
fn to_float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "prices in ticks and volumes in lots are drawn here"
)]
fn to_float_i64(value: i64) -> f64 {
    value as f64
}
