//! Nothing that was decided or done depends on what came later, and look-ahead that is planted is
//! found. What can be planted only inside the driver is in `src/backtest/lookahead/tests.rs`.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use analysis::indicators::Sma;
use analysis::{Params, Period, Scanner, num};
use sim::backtest::{
    BacktestConfig, BacktestError, FaultKind, Inputs, LookaheadReport, Run, check_lookahead,
};
use sim::data::{Catalog, Feed, Row, RowSource};
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

use crate::support::{open, shared};
use crate::worlds::{QUICK, START, Series, config, inputs, made, options};

/// Cuts asked for.
const CUTS: usize = 100;

fn check(series: &[Series], config: &BacktestConfig) -> LookaheadReport {
    let run = Run { config: config.clone(), seed: 0 };
    let options = options(&inputs(series), config.engine.market);
    let open = |cut: Option<TsNanos>| Ok(Inputs::of_bars(inputs(series).feed.between(None, cut)));
    check_lookahead(&options, &run, open, CUTS, &mut ()).unwrap()
}

/// A configuration that is warm after 30 days and enters often.
fn quick() -> BacktestConfig {
    config(&format!("[entry]\nthreshold = 40.0\ncost_limit_r = 1.0\n{QUICK}"))
}

/// Asserts that cuts stand one native bar before, at and after closes of 4h and 1d.
fn check_cuts(report: &LookaheadReport, native: Timeframe) {
    assert!(report.cuts.len() >= CUTS, "{} cuts", report.cuts.len());
    for slow in [Timeframe::H4, Timeframe::D1] {
        for beside in [-1, 0, 1] {
            let near = |cut: &&TsNanos| slow.closes_at(cut.plus(-beside * native.nanos()));
            assert!(report.cuts.iter().filter(near).count() >= 5, "{slow} {beside}");
        }
    }
}

#[test]
fn minutes_of_a_made_up_market_show_no_lookahead() {
    let report = check(&made(&["BTCUSDT"], Timeframe::M1, 60), &quick());
    assert!(report.is_clean(), "{report}");
    check_cuts(&report, Timeframe::M1);
    assert!(report.decisions > 10_000 && report.fills_checked >= 2, "{report}");
}

#[test]
fn recorded_minutes_and_hours_show_no_lookahead() {
    let name = "recorded_minutes_and_hours_show_no_lookahead";
    let minutes = shared(name, "bitfinex-spot/1m/BTCUSD-1m-2019-01_2020-01.csv.gz");
    let Some(minutes) = minutes else { return };
    let Some(ada) = shared(name, "binance-spot/1h/ADAUSDT-1h-2018-01_2025-01.csv.gz") else {
        return;
    };
    let btc = shared(name, "binance-spot/1h/BTCUSDT-1h-2018-01_2025-01.csv.gz").unwrap();
    let day = Timeframe::D1.nanos();
    for (files, native, days) in
        [(vec![minutes], Timeframe::M1, 75), (vec![btc, ada], Timeframe::H1, 300)]
    {
        let catalog = Catalog::open(&files, None).unwrap();
        let (options, mut inputs) = open(&catalog, Market::Spot);
        let first = inputs.feed.next(&mut Vec::new()).unwrap().unwrap();
        let end = first.plus(days * day);
        let open = |cut: Option<TsNanos>| {
            let feed = catalog.feed()?.between(None, Some(cut.unwrap_or(end)));
            Ok::<_, BacktestError>(Inputs::of_bars(feed))
        };
        let run = Run { config: quick(), seed: 0 };
        let report = check_lookahead(&options, &run, open, CUTS, &mut ()).unwrap();
        assert!(report.is_clean(), "{report}");
        check_cuts(&report, native);
        assert!(report.decisions > 10_000 && report.fills_checked >= 5, "{report}");
    }
}

#[test]
fn a_fill_on_the_bar_of_its_decision_is_found() {
    let series = made(&["BTCUSDT"], Timeframe::H1, 60);
    let mut config = quick();
    config.engine.timeframes = Some(vec![Timeframe::H1, Timeframe::H4]);
    let honest = check(&series, &config);
    assert!(honest.is_clean() && honest.fills_checked >= 10, "{honest}");
    config.conventions.entry_fill = sim::exchange::EntryFill::SignalClose;
    let planted = check(&series, &config);
    assert!(planted.fault_count > 0 && planted.fault_count <= planted.fills_checked, "{planted}");
    assert!(planted.faults.iter().all(|fault| fault.kind == FaultKind::SameBar), "{planted}");
}

#[test]
fn a_gap_filled_at_a_price_that_was_never_there_is_found() {
    let mut series = made(&["BTCUSDT"], Timeframe::H1, 60);
    fall_by_night(series[0].rows_mut());
    let mut config = quick();
    config.engine.timeframes = Some(vec![Timeframe::H1, Timeframe::H4]);
    let honest = check(&series, &config);
    assert!(honest.is_clean(), "{honest}");
    config.conventions.gap_fill = sim::exchange::GapFill::Trigger;
    let planted = check(&series, &config);
    assert!(planted.fault_count > 0, "{planted}");
    assert!(planted.faults.iter().all(|fault| fault.kind == FaultKind::PriceOffBar), "{planted}");
}

/// Lets every tenth day open a tenth lower, and stay there for that day.
fn fall_by_night(rows: &mut [Row]) {
    for row in rows {
        if row.bar.open_time.day() % 10 == 0 {
            let bar = &mut row.bar;
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price = Price::from_raw(price.raw() / 10 * 9).floor_to(Price::from_raw(1_000_000));
            }
        }
    }
}

/// Hours that tell the volume of the 4h bar they belong to, as far as the data goes.
fn telling(series: &[Series], cut: Option<TsNanos>) -> Vec<Series> {
    let leaks = |series: &Series| {
        let upto = |open: TsNanos| cut.is_none_or(|cut| open < cut);
        let mut rows: Vec<_> =
            series.rows().iter().filter(|row| upto(row.bar.open_time)).copied().collect();
        let of = |open: TsNanos| Timeframe::H4.open_of(open);
        let whole: Vec<f64> = rows
            .iter()
            .map(|row| {
                let same = rows.iter().filter(|r| of(r.bar.open_time) == of(row.bar.open_time));
                same.filter_map(|row| row.bar.volume).sum()
            })
            .collect();
        for (row, volume) in rows.iter_mut().zip(whole) {
            row.bar.volume = Some(volume);
        }
        let symbol = series.quality().symbol.to_string();
        Series::new(&symbol, Timeframe::H1, rows)
    };
    series.iter().map(leaks).collect()
}

#[test]
fn data_that_tells_of_the_hours_to_come_is_found() {
    let series = made(&["BTCUSDT"], Timeframe::H1, 60);
    let mut config = quick();
    config.engine.timeframes = Some(vec![Timeframe::H1, Timeframe::H4]);
    // Decided every hour, so that the leak reaches decisions at once.
    config.engine.entry.decision_timeframe = Timeframe::H1;
    let run = Run { config, seed: 0 };
    let options = options(&inputs(&series), Market::Spot);
    let open = |cut: Option<TsNanos>| {
        let boxed = |series: Series| Box::new(series) as Box<dyn RowSource>;
        let sources = telling(&series, cut).into_iter().map(boxed).collect();
        Ok(Inputs::of_bars(Feed::new(sources)?))
    };
    let report = check_lookahead(&options, &run, open, CUTS, &mut ()).unwrap();
    assert!(report.differing.len() > 10 && report.fault_count == 0, "{report}");
    let first = report.first.unwrap();
    let (whole, short) = (first.whole.unwrap(), first.short.unwrap());
    assert_eq!((whole.at, whole.symbol), (short.at, short.symbol));
    assert!(whole.at > START && whole.at <= first.cut);
}

/// Bars with the mean volume of 20 bars: those before each bar, or the bar itself among them.
fn volume_votes(series: &Series, own: bool) -> Vec<Option<f64>> {
    let mut mean = Sma::new(Period::new(20).unwrap());
    let (mut before, mut close, mut votes) = (None, None, Vec::new());
    for row in series.rows() {
        let volume = row.bar.volume.unwrap();
        mean.update(volume);
        let held = if own { mean.mean() } else { before };
        let now = engine::border::price(row.bar.close);
        votes.push(held.zip(close).map(|(mean, last): (f64, f64)| {
            let sign = if now > last { 1.0 } else { -f64::from(u8::from(now < last)) };
            sign * num::clip1(volume / mean - 1.0)
        }));
        (before, close) = (mean.mean(), Some(now));
    }
    votes
}

#[test]
fn an_average_that_includes_its_own_bar_is_found() {
    let series = made(&["BTCUSDT"], Timeframe::H1, 60).remove(0);
    let params = Params { ..quick().engine.analysis };
    let mut scanner = Scanner::new(Timeframe::H1, &params);
    let (before, own) = (volume_votes(&series, false), volume_votes(&series, true));
    let (mut compared, mut told_apart) = (0, 0);
    for (index, row) in series.rows().iter().enumerate() {
        let scan = scanner.on_bar(&engine::border::bar(&row.bar));
        let Some(seen) = scan.components.as_ref().and_then(|components| components.volume) else {
            continue;
        };
        let (before, own) = (before[index].unwrap(), own[index].unwrap());
        assert!((seen - before).abs() < 1e-9, "bar {index}: {seen}, by definition {before}");
        compared += 1;
        told_apart += u32::from((seen - own).abs() > 1e-6);
    }
    assert!(compared > 1_000 && told_apart > 500, "{told_apart} of {compared}");
}
