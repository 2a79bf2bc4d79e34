//! `indicators`: indicator columns, or a volume profile, of a file of bars.

use std::fmt::Write as _;

use analysis::indicators::{IndicatorSet, Indicators, volume_profile};
use analysis::{Bar, Params, Period};
use engine::border;
use serde_json::{Map, Value, json};
use sim::data::{Aggregator, Catalog, Row};
use types::market::Timeframe;

use crate::cli::IndicatorsArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::{Out, columns};
use crate::show;

/// Rows shown to people.
const SHOWN: usize = 10;

/// Prints indicators or a volume profile.
pub(crate) fn run(args: &IndicatorsArgs, out: Out) -> Outcome {
    let bars = read(args)?;
    if args.profile {
        return profile(args, &bars, out);
    }
    let mut set = IndicatorSet::new(&Params::default());
    let rows: Vec<(&Bar, Indicators)> = bars.iter().map(|bar| (bar, *set.update(bar))).collect();
    if args.csv {
        out.raw(csv(&rows))?;
    } else if out.is_json() {
        out.json(&rows.iter().map(machine_form).collect::<Vec<_>>())?;
    } else {
        newest(&rows, out)?;
    }
    Ok(Exit::Ok)
}

/// Reads the bars of the wanted timeframe.
fn read(args: &IndicatorsArgs) -> Result<Vec<Bar>, Failure> {
    let catalog = Catalog::open(std::slice::from_ref(&args.data), args.symbol.as_ref()).data()?;
    let mut series = catalog.series();
    let (Some(series), None) = (series.next(), series.next()) else {
        return Err(Failure::data(format_args!(
            "{}: more than one series, wanted a file of one symbol and timeframe",
            args.data.display()
        )));
    };
    let to = args.timeframe.unwrap_or(series.timeframe);
    let mut aggregator = Aggregator::new(series.timeframe, &[to]).data()?;
    let mut source = series.open();
    let mut bars = Vec::new();
    let mut closed: Vec<(Timeframe, types::bar::Bar)> = Vec::new();
    let mut place = 0;
    while let Some(Row { bar, .. }) = source.next_row().data()? {
        place += 1;
        if place <= args.skip {
            continue;
        }
        if args.rows.is_some_and(|rows| place > args.skip + rows) {
            break;
        }
        closed.clear();
        aggregator.push(&bar, &mut closed);
        bars.extend(closed.iter().map(|(_, bar)| border::bar(bar)));
    }
    let left_out = source.quality().quarantined.total;
    if left_out > 0 {
        Out::new(true)
            .note(format_args!("plimsoll: {left_out} rows cannot be bars and were left out"));
    }
    Ok(bars)
}

fn csv(rows: &[(&Bar, Indicators)]) -> String {
    let mut text = format!("open_time,{}\n", Indicators::COLUMNS.join(","));
    for (bar, indicators) in rows {
        write!(text, "{}", bar.open_time.as_millis()).expect("a string takes every text");
        for value in indicators.values() {
            text.push(',');
            if let Some(value) = value {
                // Rust's shortest text that reads back as the same number.
                write!(text, "{value}").expect("a string takes every text");
            }
        }
        text.push('\n');
    }
    text
}

fn machine_form((bar, indicators): &(&Bar, Indicators)) -> Value {
    let mut row = Map::new();
    row.insert("open_time".to_owned(), json!(bar.open_time.as_millis()));
    for (name, value) in Indicators::COLUMNS.iter().zip(indicators.values()) {
        row.insert((*name).to_owned(), json!(value));
    }
    Value::Object(row)
}

fn newest(rows: &[(&Bar, Indicators)], out: Out) -> std::io::Result<()> {
    let newest = &rows[rows.len().saturating_sub(SHOWN)..];
    let mut head = vec!["indicator".to_owned()];
    head.extend(newest.iter().map(|(bar, _)| show::minute(bar.open_time).split_off(5)));
    let cell = |value: Option<f64>| show::option(value, |value| format!("{value:.4}"));
    let lines: Vec<Vec<String>> = (0..Indicators::COLUMNS.len())
        .map(|column| {
            let mut line = vec![Indicators::COLUMNS[column].to_owned()];
            line.extend(newest.iter().map(|(_, indicators)| cell(indicators.values()[column])));
            line
        })
        .collect();
    for line in columns(&head.iter().map(String::as_str).collect::<Vec<_>>(), &lines) {
        out.line(line)?;
    }
    out.line(format_args!("{} bars; --csv or --json gives every row in full precision", rows.len()))
}

fn profile(args: &IndicatorsArgs, bars: &[Bar], out: Out) -> Outcome {
    let levels = Period::new(args.bins)
        .map_err(|error| Failure::usage(format_args!("--bins {}: {error}", args.bins)))?;
    let window = args.window.0.unwrap_or(bars.len());
    let newest = &bars[bars.len().saturating_sub(window)..];
    let share = Params::default().indicators.profile_value_area;
    let profile = volume_profile(newest, levels, share).ok_or_else(|| {
        Failure::data(format_args!("{}: no volume to profile", args.data.display()))
    })?;
    out.json(&profile)?;
    let peak = profile.volumes.iter().copied().fold(0.0, analysis::num::max);
    for (level, volume) in profile.volumes.iter().enumerate().rev() {
        let low = profile.low + analysis::num::count(level) * profile.bin_width;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 40 characters"
        )]
        let width = (volume / peak * 40.0) as usize;
        let mark = if level == profile.poc_bin { " point of control" } else { "" };
        let bar = "#".repeat(width);
        out.line(format_args!("{:>14}  {bar:<40} {volume:.4}{mark}", show::price(low)))?;
    }
    let (low, high) = (show::price(profile.value_area_low), show::price(profile.value_area_high));
    out.line(format_args!("value area {low} to {high}, {} bars", newest.len()))?;
    Ok(Exit::Ok)
}
