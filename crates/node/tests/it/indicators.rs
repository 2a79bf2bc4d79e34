//! `indicators` against golden values, and its other forms.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, klines, plimsoll, shared};

/// The tolerances of the goldens' README: two correct implementations add in different orders.
fn tolerance(column: &str, golden: f64) -> f64 {
    match column {
        "rsi14" | "stoch_k" | "stoch_d" | "mfi14" | "adx14" => 1e-7,
        "bb_upper" | "bb_middle" | "bb_lower" | "cci20" => 1e-6 * golden.abs(),
        _ => 1e-9 * if golden.abs() > 1.0 { golden.abs() } else { 1.0 },
    }
}

fn table(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = text.lines();
    let head = lines.next().unwrap().split(',').collect();
    (head, lines.map(|line| line.split(',').collect()).collect())
}

#[test]
fn csv_agrees_with_the_goldens() {
    let Some(folder) = shared("csv_agrees_with_the_goldens", "goldens") else { return };
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("MANIFEST.json")).unwrap()).unwrap();
    for slice in manifest["slices"].as_array().unwrap() {
        let golden = fs::read_to_string(folder.join(slice["file"].as_str().unwrap())).unwrap();
        let (columns, rows) = table(&golden);
        let data = folder.join("../data").join(slice["data"].as_str().unwrap());
        let (skip, count) = (slice["first_row"].to_string(), rows.len().to_string());
        let said = plimsoll(&[
            "indicators",
            "--data",
            data.to_str().unwrap(),
            "--csv",
            "--skip",
            &skip,
            "--rows",
            &count,
        ])
        .ended(0);
        let (ours_columns, ours) = table(&said.out);
        assert_eq!(ours.len(), rows.len());
        let mut compared = 0;
        for (place, name) in columns.iter().enumerate() {
            // Candle columns are another library's patterns.
            if name.starts_with("cdl") {
                continue;
            }
            let at = ours_columns.iter().position(|ours| ours == name).expect("the same names");
            for (ours, golden) in ours.iter().zip(&rows) {
                let (ours, golden) = (ours[at], golden[place]);
                assert_eq!(ours.is_empty(), golden.is_empty(), "{name}");
                if !golden.is_empty() {
                    let (x, y): (f64, f64) = (ours.parse().unwrap(), golden.parse().unwrap());
                    assert!((x - y).abs() <= tolerance(name, y), "{name}: {x} for {y}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 37_000, "only {compared} values compared");
    }
}

#[test]
fn the_volume_profile_agrees_with_the_goldens() {
    let Some(folder) = shared("the_volume_profile_agrees_with_the_goldens", "goldens") else {
        return;
    };
    let name = "btc-1h-2020-crash";
    let read = |file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap()
    };
    let manifest = read("MANIFEST.json");
    let slices = manifest["slices"].as_array().unwrap();
    let slice = slices.iter().find(|s| s["file"] == format!("{name}.csv")).unwrap();
    let golden = read(&format!("{name}.volume-profile.json"));
    let data = folder.join("../data").join(slice["data"].as_str().unwrap());
    let skip = slice["first_row"].to_string();
    let ours = plimsoll(&[
        "indicators",
        "--data",
        data.to_str().unwrap(),
        "--profile",
        "--bins",
        "24",
        "--window",
        "all",
        "--json",
        "--skip",
        &skip,
        "--rows",
        "2000",
    ])
    .ended(0)
    .json();
    assert_eq!(ours["poc_bin"], golden["poc_bin"]);
    for key in ["low", "high", "poc_price", "value_area_low", "value_area_high"] {
        let (x, y) = (ours[key].as_f64().unwrap(), golden[key].as_f64().unwrap());
        assert!((x - y).abs() <= 1e-9 * y, "{key}: {x} for {y}");
    }
}

#[test]
fn coarser_bars_and_other_forms() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(100));
    let csv = plimsoll(&["indicators", "--data", &file, "--timeframe", "4h", "--csv"]).ended(0);
    let (columns, rows) = table(&csv.out);
    assert_eq!((columns[0], columns[1], rows.len()), ("open_time", "ema20", 25));
    assert!(rows[18][1].is_empty() && !rows[19][1].is_empty(), "cold until the 20th bar");
    let json = plimsoll(&["indicators", "--data", &file, "--json"]).ended(0).json();
    assert_eq!(json.as_array().unwrap().len(), 100);
    assert_eq!(json[0]["ema20"], Value::Null);
    let text = plimsoll(&["indicators", "--data", &file]).ended(0).out;
    assert!(text.contains("rsi14") && text.contains("100 bars"), "{text}");
    plimsoll(&["indicators", "--data", &file, "--timeframe", "15m"])
        .ended(65)
        .complains(&["15m", "finer than the data"]);
    plimsoll(&["indicators", "--data", &file, "--window", "0", "--profile"])
        .ended(64)
        .complains(&["wanted a number above 0, or `all`"]);
}
