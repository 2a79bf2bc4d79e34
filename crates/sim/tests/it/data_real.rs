//! The recorded files beside the project, against what their README says of them.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use sim::data::{Aggregator, Catalog, Quality, Row, Series, TimeUnit};
use types::bar::Bar;
use types::ids::{Symbol, SymbolId};
use types::market::{Timeframe, TsNanos};

/// Returns a place in the recorded data, or says that the test is skipped.
#[expect(clippy::print_stdout, reason = "the check counts the tests that say they are skipped")]
fn data(test: &str, place: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where the data lies is the machine's choice")]
    let shared = std::env::var_os("PLIMSOLL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("data").join(place);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED {test}: ../shared/data is not beside the project");
    None
}

fn read(series: &Series) -> (Vec<Row>, Quality) {
    let mut source = series.open();
    let mut rows = Vec::new();
    while let Some(row) = source.next_row().unwrap() {
        rows.push(row);
    }
    (rows, source.quality().clone())
}

fn only(path: PathBuf) -> (Vec<Row>, Quality) {
    let catalog = Catalog::open(&[path], None).unwrap();
    let series: Vec<&Series> = catalog.series().collect();
    assert_eq!(series.len(), 1);
    read(series[0])
}

/// Rows, gaps, missing bars, the longest gap, zero volume, flat, the largest move in percent.
#[test]
fn the_counts_are_those_of_the_readme() {
    for (place, wanted) in [
        ("binance-spot/1h/BTCUSDT-1h-2018-01_2025-01.csv.gz", "61246 27 122 33 3 3 18.21"),
        ("binance-spot/1h/TRXUSDT-1h-2018-01_2025-01.csv.gz", "57405 25 88 10 3 3 31.10"),
        ("binance-usdm/1h/BTCUSDT-1h-2019-09_2025-01.csv.gz", "46591 0 0 0 3 4 18.71"),
        (
            "bitfinex-spot/1m/ETHUSD-1m-2019-01_2019-07.csv.gz",
            "238857 15491 21783 257 0 40068 4.61",
        ),
        ("equity-usa/1h/AAPL-1h-1998-01_2022-01.csv.gz", "40831 5849 162911 161 0 7 85.70"),
    ] {
        let Some(path) = data("the_counts_are_those_of_the_readme", place) else { return };
        let (rows, quality) = only(path);
        assert_eq!(rows.len() as u64, quality.bars);
        assert_eq!((quality.quarantined.total, quality.time_unit), (0, TimeUnit::Milliseconds));
        let longest = quality.longest_gap.map_or(0, |gap| gap.missing);
        let seen = format!(
            "{} {} {} {longest} {} {} {:.2}",
            quality.rows,
            quality.gaps,
            quality.missing_bars,
            quality.zero_volume,
            quality.flat,
            quality.largest_move.unwrap().share.abs() * 100.0
        );
        assert_eq!(seen, wanted, "{place}");
    }
}

#[test]
fn the_archive_as_published_is_read() {
    let test = "the_archive_as_published_is_read";
    let Some(samples) = data(test, "samples") else { return };
    for (name, rows, first_open, low) in [
        ("binance-archive-ADABTC-1m-2021-11-27-noheader.csv", 10, "0.00002853", "0.00002851"),
        ("binance-archive-futures-um-klines-BTCUSDT-1h-2024-10-28.zip", 24, "67992.7", "67804.7"),
        ("binance-archive-spot-klines-BTCUSDT-1h-2024-10-28.zip", 24, "68021.69", "67839.9"),
    ] {
        let (bars, quality) = only(samples.join(name));
        assert_eq!((bars.len(), quality.is_clean()), (rows, true), "{name}");
        assert_eq!(bars[0].bar.open.to_string(), first_open);
        assert_eq!(bars[0].bar.low.to_string(), low);
    }
    let days = ["27", "28"]
        .map(|day| samples.join(format!("binance-archive-ADABTC-1m-2021-11-{day}-noheader.csv")));
    let catalog = Catalog::open(&days, None).unwrap();
    let (bars, _) = read(catalog.series().next().unwrap());
    assert_eq!(bars.len(), 21);
}

#[test]
fn quotes_become_mids_with_their_spread() {
    let test = "quotes_become_mids_with_their_spread";
    let Some(oanda) = data(test, "fx-oanda/1h") else { return };
    let (rows, quality) = only(oanda);
    assert_eq!((quality.bars, quality.gaps, quality.missing_bars), (74_439, 641, 30_730));
    // 1.31927 and 1.32027.
    assert_eq!(rows[0].bar.open.to_string(), "1.31977");
    assert_eq!(rows[0].half_spread.unwrap().to_string(), "0.0005");
    let Some(fxcm) = data(test, "fx-fxcm/1m") else { return };
    let (rows, quality) = only(fxcm);
    assert_eq!(quality.bars + quality.quarantined.total, quality.rows);
    assert!(rows.iter().all(|row| row.half_spread.is_some() && row.bar.check().is_ok()));
    // Counted from the two files by a script: 1,203 minutes cross, 1 of them in all four prices.
    assert_eq!((rows.len(), quality.crossed, quality.quarantined.total), (30_116, 1_202, 1));
}

#[test]
fn marks_and_funding_lie_beside_the_perpetuals() {
    let test = "marks_and_funding_lie_beside_the_perpetuals";
    let Some(folder) = data(test, "binance-usdm/1h") else { return };
    let mut catalog = Catalog::open(&[folder], None).unwrap();
    catalog.add_siblings().unwrap();
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let rates = catalog.funding(&symbol).unwrap().unwrap();
    assert_eq!(rates.len(), 5_819);
    let mut marks = catalog.marks(&symbol).unwrap();
    let series = catalog.series().find(|series| series.symbol == symbol).unwrap();
    let with_mark =
        read(series).0.iter().filter(|row| marks.at(row.bar.open_time).unwrap().is_some()).count();
    assert_eq!(with_mark, 44_053);
}

/// Five-minute bars aggregate to the recorded hours: prices exactly, the volume to the rounding of
/// twelve sums.
#[test]
fn five_minutes_aggregate_to_the_recorded_hours() {
    let test = "five_minutes_aggregate_to_the_recorded_hours";
    let fine = "binance-spot/5m/BTCUSDT-5m-2024-01_2024-12.csv.gz";
    let coarse = "binance-spot/1h/BTCUSDT-1h-2018-01_2025-01.csv.gz";
    let (Some(fine), Some(coarse)) = (data(test, fine), data(test, coarse)) else { return };
    let hours: BTreeMap<TsNanos, Bar> =
        only(coarse).0.into_iter().map(|row| (row.bar.open_time, row.bar)).collect();
    let mut aggregator = Aggregator::new(Timeframe::M5, &[Timeframe::H1]).unwrap();
    let mut closed = Vec::new();
    for row in only(fine).0 {
        aggregator.push(&row.bar, &mut closed);
    }
    assert_eq!(closed.len(), 8_040);
    for (_, bar) in closed {
        let recorded = hours[&bar.open_time];
        let (seen, wanted) = (bar.volume.unwrap(), recorded.volume.unwrap());
        assert!((seen - wanted).abs() <= 1e-12 * wanted, "{seen} {wanted}");
        assert_eq!(Bar { volume: None, ..bar }, Bar { volume: None, ..recorded });
    }
}

#[test]
fn six_symbols_share_one_clock_whatever_the_order_of_the_files() {
    let test = "six_symbols_share_one_clock_whatever_the_order_of_the_files";
    let Some(folder) = data(test, "binance-spot/1h") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let instants = |files: &[PathBuf]| {
        let mut feed = Catalog::open(files, None).unwrap().feed().unwrap();
        assert_eq!(feed.symbols().first().map(Symbol::as_str), Some("ADAUSDT"));
        let (mut rows, mut all) = (Vec::new(), Vec::new());
        let mut last = None;
        while let Some(at) = feed.next(&mut rows).unwrap() {
            assert!(last < Some(at), "instants ascend");
            assert!(!rows.is_empty() && rows.windows(2).all(|two| two[0].0 < two[1].0));
            assert!(rows.iter().all(|(_, row)| row.bar.close_time(Timeframe::H1) == at));
            all.extend(rows.iter().map(|(id, row)| (at, *id, row.bar)));
            last = Some(at);
        }
        assert!(feed.quality().all(|quality| quality.bars > 57_000));
        all
    };
    let forwards = instants(&files);
    files.reverse();
    let backwards = instants(&files);
    assert!(forwards == backwards && forwards == instants(&[folder]));
    assert_eq!(forwards.len(), 61_246 * 3 + 58_320 + 58_732 + 57_405);
    assert!(forwards.iter().any(|(_, id, _)| *id == SymbolId(5)));
}
