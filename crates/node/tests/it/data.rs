//! `data`: good files, bad files, and what is said about them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Folder, klines, plimsoll, shared};

#[test]
fn a_good_file_is_reported_and_converted() {
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", klines(30));
    let seen = plimsoll(&["data", "check", &file, "--json"]).ended(0).json();
    let series = &seen["series"][0];
    assert_eq!((series["bars"].as_u64(), series["gaps"].as_u64()), (Some(30), Some(0)));
    assert_eq!(series["first"], "2024-01-01T00:00:00Z");
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    plimsoll(&["data", "convert", &file, "--to", "4h", "--out", out]).ended(0);
    let converted = format!("{out}/BTCUSDT-4h.csv");
    let seen = plimsoll(&["data", "check", &converted, "--json"]).ended(0).json();
    // 30 hours hold 7 whole windows of 4.
    assert_eq!(seen["series"][0]["bars"], 7);
    plimsoll(&["data", "convert", &file, "--to", "4h", "--out", out])
        .ended(1)
        .complains(&["BTCUSDT-4h.csv", "exists"]);
    plimsoll(&["data", "convert", &file, "--to", "1m", "--out", out]).ended(65).complains(&[
        "1m",
        "finer than the data",
        "1h",
    ]);
}

#[test]
fn rows_that_cannot_be_bars_are_counted_and_shown() {
    let mut text = klines(40);
    text.push_str("1704211200000,100,90,80,85,1,1704214799999,,,,,\n");
    text.push_str("1704067200000,10,11,9,10,1,1704070799999,,,,,\n");
    let folder = Folder::new();
    let file = folder.write("BTCUSDT-1h-2024.csv", text);
    let said = plimsoll(&["data", "check", &file]).ended(2).complains(&["2 rows"]);
    assert!(said.out.contains(":41: left out, the prices or the volume"), "{}", said.out);
    assert!(said.out.contains(":42: left out, the time is before"), "{}", said.out);
}

#[test]
fn each_defect_is_named_with_file_and_line() {
    let folder = Folder::new();
    let good = klines(5);
    let with = |row: &str| format!("{good}{row}\n");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(klines(2_000).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let cases: [(&str, Vec<u8>, &[&str]); 6] = [
        (
            "AAUSDT-1h.csv",
            with("1704085200000,1,2,1,1").into(),
            &["AAUSDT-1h.csv:6", "5 columns", "wanted"],
        ),
        (
            "BBUSDT-1h.csv",
            with("1704085200000,1,x,1,1,1,1704088799999,,,,,").into(),
            &["BBUSDT-1h.csv:6", "column `high`", "`x` is not a decimal number"],
        ),
        ("CCUSDT-1h.csv", Vec::new(), &["CCUSDT-1h.csv", "no row"]),
        (
            "DDUSDT-1h.csv.gz",
            packed[..packed.len() / 2].to_vec(),
            &["DDUSDT-1h.csv.gz:", "truncated or damaged"],
        ),
        (
            "EEUSDT-1h.csv",
            with("soon,1,2,1,1,1,1704088799999,,,,,").into(),
            &["EEUSDT-1h.csv:6", "`soon`", "milliseconds or microseconds"],
        ),
        (
            "FFUSDT-1h.csv",
            b"open_time,open,high,low\n1,2,3,4\n".to_vec(),
            &["FFUSDT-1h.csv:1", "wanted"],
        ),
    ];
    for (name, content, parts) in cases {
        let file = folder.write(name, content);
        plimsoll(&["data", "check", &file]).ended(65).complains(parts);
    }
    plimsoll(&["data", "check", "nowhere/BTCUSDT-1h.csv"]).ended(65).complains(&["nowhere"]);
    let empty = Folder::new();
    plimsoll(&["data", "check", empty.path().to_str().unwrap()])
        .ended(65)
        .complains(&["no data file", "wanted kline files"]);
}

#[test]
fn recorded_bars_have_the_gaps_that_are_known() {
    let Some(file) = shared(
        "recorded_bars_have_the_gaps_that_are_known",
        "data/binance-spot/1h/BTCUSDT-1h-2018-01_2025-01.csv.gz",
    ) else {
        return;
    };
    let seen = plimsoll(&["data", "check", file.to_str().unwrap(), "--json"]).ended(0).json();
    let series = &seen["series"][0];
    for (key, wanted) in
        [("bars", 61_246), ("gaps", 27), ("missing_bars", 122), ("zero_volume", 3), ("flat", 3)]
    {
        assert_eq!(series[key], wanted, "{key}");
    }
    assert_eq!(series["longest_gap"]["missing"], 33);
}
