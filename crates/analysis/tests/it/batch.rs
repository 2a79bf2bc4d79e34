//! Streaming indicators against their definitions, worked out from scratch at every bar.

use analysis::indicators::{IndicatorSet, Indicators};
use analysis::{Bar, Params};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use types::market::Timeframe;

use crate::market::market;
use crate::support::at_least;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

/// The last `n` of the values, `None` until there are as many.
fn last<T>(values: &[T], n: usize) -> Option<&[T]> {
    values.len().checked_sub(n).map(|from| &values[from..])
}

fn ema(values: &[f64], n: usize) -> Option<f64> {
    let (seed, rest) = values.split_at_checked(n)?;
    let alpha = 2.0 / (f64::from(u32::try_from(n).unwrap()) + 1.0);
    Some(rest.iter().fold(mean(seed), |ema, value| alpha * value + (1.0 - alpha) * ema))
}

fn wilder(values: &[f64], n: usize) -> Option<f64> {
    let (seed, rest) = values.split_at_checked(n)?;
    let n = f64::from(u32::try_from(n).unwrap());
    Some(rest.iter().fold(mean(seed), |average, value| (average * (n - 1.0) + value) / n))
}

fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

fn changes(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn rsi(closes: &[f64]) -> Option<f64> {
    let part = |sign: f64| -> Vec<f64> {
        changes(closes).iter().map(|change| greater(sign * change, 0.0)).collect()
    };
    let (gain, loss) = (wilder(&part(1.0), 14)?, wilder(&part(-1.0), 14)?);
    Some(if gain + loss > 0.0 { 100.0 * gain / (gain + loss) } else { 0.0 })
}

fn macd_line(closes: &[f64]) -> Vec<f64> {
    (26..=closes.len())
        .map(|end| ema(&closes[14..end], 12).unwrap() - ema(&closes[..end], 26).unwrap())
        .collect()
}

fn true_ranges(bars: &[Bar]) -> Vec<f64> {
    bars.windows(2)
        .map(|pair| {
            let (up, down) = (pair[1].high - pair[0].close, pair[0].close - pair[1].low);
            greater(pair[1].high - pair[1].low, greater(up, down))
        })
        .collect()
}

fn raw_k(bars: &[Bar]) -> Option<f64> {
    let window = last(bars, 14)?;
    let high = window.iter().map(|bar| bar.high).fold(f64::MIN, greater);
    let low = -window.iter().map(|bar| -bar.low).fold(f64::MIN, greater);
    let close = window[13].close;
    Some(if high > low { 100.0 * (close - low) / (high - low) } else { 0.0 })
}

/// Simple means of the last three of a series that ends at each of the last bars.
fn smoothed(bars: &[Bar], of: fn(&[Bar]) -> Option<f64>) -> Option<f64> {
    let ends = (bars.len().checked_sub(2)?..=bars.len()).map(|end| of(&bars[..end]));
    Some(mean(&ends.collect::<Option<Vec<f64>>>()?))
}

fn slow_k(bars: &[Bar]) -> Option<f64> {
    smoothed(bars, raw_k)
}

fn cci(bars: &[Bar]) -> Option<f64> {
    let window: Vec<f64> =
        last(bars, 20)?.iter().map(|bar| (bar.high + bar.low + bar.close) / 3.0).collect();
    let middle = mean(&window);
    let deviation = mean(&window.iter().map(|x| (x - middle).abs()).collect::<Vec<f64>>());
    Some(if deviation > 1e-9 { (window[19] - middle) / (0.015 * deviation) } else { 0.0 })
}

fn mfi(bars: &[Bar]) -> Option<f64> {
    let (mut up, mut down) = (0.0, 0.0);
    for pair in last(bars, 15)?.windows(2) {
        let price = |bar: &Bar| (bar.high + bar.low + bar.close) / 3.0;
        let flow = price(&pair[1]) * pair[1].volume?;
        if price(&pair[1]) > price(&pair[0]) {
            up += flow;
        } else if price(&pair[1]) < price(&pair[0]) {
            down += flow;
        }
    }
    Some(if up + down > 0.0 { 100.0 * up / (up + down) } else { 0.0 })
}

fn obv(bars: &[Bar]) -> Option<f64> {
    let first = bars[0].volume?;
    bars.windows(2).try_fold(first, |sum, pair| {
        let change = pair[1].close - pair[0].close;
        let volume = pair[1].volume?;
        Some(
            sum + if change > 0.0 {
                volume
            } else if change < 0.0 {
                -volume
            } else {
                0.0
            },
        )
    })
}

fn vwap(bars: &[Bar]) -> Option<f64> {
    let today = bars.last()?.open_time.day();
    let (mut money, mut volume) = (0.0, 0.0);
    for bar in bars.iter().filter(|bar| bar.open_time.day() == today) {
        money += (bar.high + bar.low + bar.close) / 3.0 * bar.volume?;
        volume += bar.volume?;
    }
    (volume > 0.0).then(|| money / volume)
}

/// Wilder's sums of directional movement at each bar, from the 14th movement on.
fn directional(bars: &[Bar]) -> Vec<(f64, f64)> {
    let ranges = true_ranges(bars);
    let mut sums = [0.0; 3];
    let mut out = Vec::new();
    for (n, pair) in bars.windows(2).enumerate() {
        let (up, down) = (pair[1].high - pair[0].high, pair[0].low - pair[1].low);
        let plus = if up > down && up > 0.0 { up } else { 0.0 };
        let minus = if down > up && down > 0.0 { down } else { 0.0 };
        for (sum, new) in sums.iter_mut().zip([ranges[n], plus, minus]) {
            *sum += new - if n >= 13 { *sum / 14.0 } else { 0.0 };
        }
        if n >= 13 {
            let share = |part: f64| if sums[0] > 0.0 { 100.0 * part / sums[0] } else { 0.0 };
            out.push((share(sums[1]), share(sums[2])));
        }
    }
    out
}

fn adx(bars: &[Bar]) -> Option<f64> {
    let indices =
        directional(bars)
            .into_iter()
            .map(|(plus, minus)| {
                if plus + minus > 0.0 { 100.0 * (plus - minus).abs() / (plus + minus) } else { 0.0 }
            })
            .collect::<Vec<f64>>();
    wilder(&indices, 14)
}

fn from_scratch(bars: &[Bar]) -> Indicators {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let line = macd_line(&closes);
    let signal = ema(&line, 9);
    let window = last(&closes, 20);
    let sma = window.map(mean);
    let reach = window.zip(sma).map(|(window, sma)| {
        2.0 * mean(&window.iter().map(|x| (x - sma) * (x - sma)).collect::<Vec<f64>>()).sqrt()
    });
    let both = sma.zip(reach);
    let dmi = directional(bars).last().copied();
    Indicators {
        ema20: ema(&closes, 20),
        ema50: ema(&closes, 50),
        ema200: ema(&closes, 200),
        rsi14: rsi(&closes),
        macd: signal.and(line.last().copied()),
        macd_signal: signal,
        macd_hist: signal.zip(line.last()).map(|(signal, line)| line - signal),
        bb_upper: both.map(|(sma, reach)| sma + reach),
        bb_middle: sma,
        bb_lower: both.map(|(sma, reach)| sma - reach),
        atr14: wilder(&true_ranges(bars), 14),
        stoch_k: smoothed(bars, slow_k).and(slow_k(bars)),
        stoch_d: smoothed(bars, slow_k),
        cci20: cci(bars),
        mfi14: mfi(bars),
        sma20: sma,
        adx14: adx(bars),
        obv: obv(bars),
        vwap_day: vwap(bars),
        bb_percent_b: both
            .filter(|(_, reach)| *reach > 1e-9)
            .map(|(sma, reach)| (closes[closes.len() - 1] - (sma - reach)) / (2.0 * reach)),
        bb_width: both.map(|(sma, reach)| 2.0 * reach / sma),
        plus_di: dmi.map(|dmi| dmi.0),
        minus_di: dmi.map(|dmi| dmi.1),
    }
}

/// The definitions of CCI and bands lose digits where prices of five digits differ by a tick.
fn tolerance(column: &str) -> f64 {
    match column {
        "cci20" | "bb_percent_b" => 1e-6,
        _ => 1e-9,
    }
}

#[test]
fn streaming_equals_the_definition_at_every_length() {
    let params = Params::default();
    let config = at_least(10_000);
    let inputs = (any::<u64>(), 1_usize..240, 0_i32..14);
    let check = |(seed, length, power): (u64, usize, i32)| {
        let bars = market(seed, length, f64::from(16 << power), Timeframe::M15);
        let mut set = IndicatorSet::new(&params);
        let mut ours = Indicators::default();
        for bar in &bars {
            ours = *set.update(bar);
        }
        let wanted = from_scratch(&bars);
        for (name, (ours, wanted)) in
            Indicators::COLUMNS.iter().zip(ours.values().into_iter().zip(wanted.values()))
        {
            // The definition of the ADX has no value for a bar without movement; ours keeps the
            // last, as TA-Lib does.
            if *name == "adx14" && directional(&bars).iter().any(|(a, b)| a + b <= 0.0) {
                continue;
            }
            match (ours, wanted) {
                (Some(ours), Some(wanted)) => {
                    let size = greater(1.0, wanted.abs());
                    let most = tolerance(name) * size;
                    prop_assert!((ours - wanted).abs() <= most, "{name} {ours} {wanted}");
                }
                (ours, wanted) => prop_assert_eq!(ours, wanted, "{}", name),
            }
        }
        Ok(())
    };
    TestRunner::new(config).run(&inputs, check).unwrap();
}
