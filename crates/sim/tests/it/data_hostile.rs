//! Hostile bytes: an error or a count, never a panic, and the books of the reader balance.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::io::Write;

use proptest::prelude::*;
use sim::data::{Catalog, read_funding};
use tempfile::TempDir;

/// Text that is nearly a kline file.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        8 => (1_i64..40).prop_map(|n| n.to_string()),
        2 => Just(String::new()),
        1 => "[-+0-9.eE]{0,12}",
        1 => "[a-zA-Z\" ;\t]{0,6}",
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_map(|n| n.to_string()),
    ];
    let time = prop_oneof![
        40 => Just("NEXT".to_owned()),
        4 => (0_i64..60).prop_map(|n| (1_704_067_200_000 + n * 60_000).to_string()),
        1 => (0_i64..60).prop_map(|n| (1_735_689_600_000_000 + n * 60_000_000).to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
    ];
    let plain =
        (time, 1_i64..30, 0_i64..9, 0_i64..9, -1_i64..9).prop_map(|(time, low, a, b, wick)| {
            let (open, close) = (low + a, low + b);
            format!("{time},{open},{},{low},{close},1,,,,,,", open.max(close) + wick)
        });
    let width = prop_oneof![8 => Just(12_usize), 2 => Just(9), 1 => 0_usize..16];
    let odd = width
        .prop_flat_map(move |width| prop::collection::vec(field.clone(), width))
        .prop_map(|fields| fields.join(","));
    let line = prop_oneof![40 => plain, 1 => odd];
    let header = prop_oneof![
        8 => Just(String::new()),
        8 => Just("open_time,open,high,low,close,volume,close_time,a,b,c,d,e\n".to_owned()),
        1 => Just("open_time,bid_open\n".to_owned()),
    ];
    (header, prop::collection::vec(line, 0..30), prop::bool::ANY).prop_map(
        |(header, lines, end)| {
            let mut minute = 0;
            let lines: Vec<String> = lines
                .iter()
                .map(|line| {
                    minute += 1;
                    let next = 1_704_067_200_000_i64 + minute * 60_000;
                    line.replace("NEXT", &next.to_string())
                })
                .collect();
            (header + &lines.join("\n") + if end { "\n" } else { "" }).into_bytes()
        },
    )
}

/// Nearly a file, then packed, then with bytes changed and the end cut off.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let body = prop_oneof![4 => nearly(), 1 => prop::collection::vec(any::<u8>(), 0..300)];
    let byte = (any::<prop::sample::Index>(), any::<u8>());
    let damage = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(byte, 1..4)];
    let cut = prop::option::weighted(0.2, any::<prop::sample::Index>());
    (body, 0_u8..6, damage, cut).prop_map(|(body, packing, damage, cut)| {
        let mut bytes = pack(&body, packing);
        for (place, byte) in damage {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes
    })
}

fn pack(body: &[u8], packing: u8) -> Vec<u8> {
    match packing {
        0 => {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        1 => zstd::stream::encode_all(body, 1).unwrap(),
        2 => {
            let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            archive.start_file("a.csv", zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(body).unwrap();
            archive.finish().unwrap().into_inner()
        }
        _ => body.to_vec(),
    }
}

/// Reads a file to its end or error; returns whether it was usable.
fn read(bytes: &[u8], room: &TempDir) -> Result<bool, TestCaseError> {
    let path = room.path().join("BTCUSDT-1m.csv");
    fs::write(&path, bytes).unwrap();
    let _ = read_funding(std::slice::from_ref(&path));
    let Ok(catalog) = Catalog::open(&[path], None) else { return Ok(false) };
    for series in catalog.series() {
        let mut source = series.open();
        let mut last = None;
        let mut bars = 0;
        loop {
            match source.next_row() {
                Ok(Some(row)) => {
                    prop_assert!(row.bar.check().is_ok() && last < Some(row.bar.open_time));
                    last = Some(row.bar.open_time);
                    bars += 1;
                }
                Ok(None) => break,
                Err(error) => {
                    prop_assert!(!error.to_string().is_empty());
                    prop_assert!(source.next_row().unwrap().is_none());
                    return Ok(false);
                }
            }
        }
        let quality = source.quality();
        prop_assert_eq!(quality.bars, bars);
        prop_assert_eq!(quality.rows, bars + quality.quarantined.total);
        let by_reason: u64 = quality.quarantined.by_reason.values().sum();
        prop_assert_eq!(by_reason, quality.quarantined.total);
    }
    Ok(true)
}

#[test]
fn hostile_bytes_give_an_error_or_a_count() {
    let room = TempDir::new().unwrap();
    let usable = std::cell::Cell::new(0_u32);
    let mut runner = proptest::test_runner::TestRunner::new(crate::support::at_least(12_000));
    runner
        .run(&hostile(), |bytes| {
            usable.set(usable.get() + u32::from(read(&bytes, &room)?));
            Ok(())
        })
        .unwrap();
    // Both outcomes must occur, or the bytes were not nearly right.
    assert!((1_000..11_000).contains(&usable.get()), "{} usable", usable.get());
}
