//! Our columns against those of an independent implementation, over recorded bars.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use analysis::indicators::{IndicatorSet, Indicators, Profile, volume_profile};
use analysis::{Bar, Params, Period, Scanner};
use flate2::read::GzDecoder;
use serde_json::Value;
use types::market::{Direction, PatternKind, Timeframe, TsNanos};

/// A slice of recorded bars with the values expected for each.
struct Slice {
    name: String,
    bars: Vec<Bar>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    first_value_row: Value,
    profile: Value,
}

#[expect(clippy::disallowed_methods, reason = "a test may be pointed at another folder")]
fn shared() -> PathBuf {
    std::env::var_os("PLIMSOLL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    )
}

fn slices(test: &str) -> Vec<Slice> {
    let folder = shared().join("goldens");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.json")) else {
        println!("SKIPPED {test}: ../shared/goldens is not beside the project");
        return Vec::new();
    };
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["slices"].as_array().unwrap().iter().map(|slice| load(&folder, slice)).collect()
}

fn load(folder: &Path, slice: &Value) -> Slice {
    let name = slice["file"].as_str().unwrap().to_owned();
    let mut golden = csv::Reader::from_path(folder.join(&name)).unwrap();
    let columns = golden.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = golden
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect::<Vec<Vec<String>>>();
    let skip = usize::try_from(slice["first_row"].as_u64().unwrap()).unwrap();
    let source = File::open(shared().join("data").join(slice["data"].as_str().unwrap())).unwrap();
    let bars: Vec<Bar> = csv::Reader::from_reader(BufReader::new(GzDecoder::new(source)))
        .records()
        .skip(skip)
        .take(rows.len())
        .map(|record| bar(&record.unwrap()))
        .collect();
    assert_eq!(bars.len(), rows.len());
    let profile = folder.join(name.replace(".csv", ".volume-profile.json"));
    Slice {
        name,
        bars,
        columns,
        rows,
        first_value_row: slice["first_value_row"].clone(),
        profile: serde_json::from_str(&fs::read_to_string(profile).unwrap()).unwrap(),
    }
}

fn bar(record: &csv::StringRecord) -> Bar {
    let number = |place: usize| record[place].parse::<f64>().unwrap();
    Bar {
        open_time: TsNanos::from_millis(record[0].parse().unwrap()).unwrap(),
        open: number(1),
        high: number(2),
        low: number(3),
        close: number(4),
        volume: Some(number(5)),
    }
}

/// The tolerances of the goldens' README: two correct implementations add in different orders.
fn tolerance(column: &str, golden: f64) -> f64 {
    match column {
        "rsi14" | "stoch_k" | "stoch_d" | "mfi14" | "adx14" => 1e-7,
        "bb_upper" | "bb_middle" | "bb_lower" | "cci20" => 1e-6 * golden.abs(),
        _ => 1e-9 * if golden.abs() > 1.0 { golden.abs() } else { 1.0 },
    }
}

#[test]
fn golden_indicators() {
    for slice in slices("golden_indicators") {
        let mut set = IndicatorSet::new(&Params::default());
        let mut compared = 0;
        for (row, (bar, golden)) in slice.bars.iter().zip(&slice.rows).enumerate() {
            assert_eq!(bar.open_time.as_millis().to_string(), golden[0]);
            let ours = *set.update(bar);
            for (column, golden) in slice.columns.iter().zip(golden).skip(1) {
                if column.starts_with("cdl") {
                    continue;
                }
                let place = format!("{} row {row} {column}", slice.name);
                assert!(Indicators::COLUMNS.contains(&column.as_str()), "{place}");
                let ours = ours.column(column);
                let first = usize::try_from(slice.first_value_row[column].as_u64().unwrap());
                assert_eq!(ours.is_some(), row >= first.unwrap(), "{place}");
                assert_eq!(ours.is_some(), !golden.is_empty(), "{place}");
                if let Some(ours) = ours {
                    let golden: f64 = golden.parse().unwrap();
                    let off = (ours - golden).abs();
                    assert!(off <= tolerance(column, golden), "{place}: {ours} for {golden}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 37_000, "{}: only {compared} values compared", slice.name);
        println!("{}: {compared} values agree", slice.name);
    }
}

#[test]
fn golden_volume_profile() {
    for slice in slices("golden_volume_profile") {
        let ours = volume_profile(&slice.bars, Period::new(24).unwrap(), 0.7).unwrap();
        let golden: Profile = serde_json::from_value(slice.profile).unwrap();
        assert_eq!((ours.bins, ours.poc_bin), (golden.bins, golden.poc_bin), "{}", slice.name);
        let pairs = [
            (ours.low, golden.low),
            (ours.high, golden.high),
            (ours.bin_width, golden.bin_width),
            (ours.poc_price, golden.poc_price),
            (ours.value_area_low, golden.value_area_low),
            (ours.value_area_high, golden.value_area_high),
        ];
        let volumes = ours.volumes.iter().copied().zip(golden.volumes);
        for (ours, golden) in pairs.into_iter().chain(volumes) {
            assert!((ours - golden).abs() <= tolerance("", golden), "{ours} for {golden}");
        }
    }
}

/// Of the candle columns only `cdlengulfing` is meant to be the same, in its sign, where our two
/// further conditions hold: a body of at least 110 % of the one before, which is not 0.
///
/// The others measure otherwise. TA-Lib's doji, hammer and shooting star compare a bar with the
/// mean range of the ten bars before it; our doji and pin bar compare parts of one bar, whatever
/// came before. Stars, harami, soldiers, crows, piercing and dark cloud are no patterns of ours.
#[test]
fn golden_engulfing() {
    for slice in slices("golden_engulfing") {
        let column = slice.columns.iter().position(|name| name == "cdlengulfing").unwrap();
        let mut scanner = Scanner::new(Timeframe::H1, &Params::default());
        let (mut both, mut theirs_only) = (0, 0);
        for row in 0..slice.bars.len() {
            let scan = scanner.on_bar(&slice.bars[row]);
            let ours = scan
                .patterns
                .iter()
                .find(|pattern| pattern.id.kind == PatternKind::Engulfing && pattern.age_bars == 0);
            let ours = match ours.and_then(|pattern| pattern.id.direction) {
                Some(Direction::Long) => 1,
                Some(Direction::Short) => -1,
                None => 0,
            };
            // 80 where the bodies end at one price, 100 elsewhere.
            let theirs = slice.rows[row][column].parse::<i32>().unwrap().signum();
            if ours == 0 && theirs != 0 {
                let (bar, before) = (&slice.bars[row], &slice.bars[row - 1]);
                let larger = before.body() > 0.0 && bar.body() >= 1.1 * before.body();
                assert!(!larger, "{} row {row}", slice.name);
                theirs_only += 1;
            } else {
                assert_eq!(ours, theirs, "{} row {row}", slice.name);
                both += usize::from(ours != 0);
            }
        }
        assert!(both > 50, "{}: only {both} bars agree", slice.name);
        println!("{}: {both} engulfing bars agree, {theirs_only} too small", slice.name);
    }
}
