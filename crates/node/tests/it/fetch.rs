//! `data fetch`: against a loopback server with the archive's layout.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use zip::write::SimpleFileOptions;

use crate::archive_server::{ArchiveServer, Fault};
use crate::support::{Folder, Said, plimsoll};

/// 2024-01-01T00:00:00Z in milliseconds.
const NEW_YEAR: i64 = 1_704_067_200_000;
const HOUR: i64 = 3_600_000;

/// Days of 2024 before each month.
const BEFORE: [i64; 4] = [0, 31, 60, 91];

/// A zip with hourly rows of some days of 2024.
fn archive(name: &str, first_day: i64, days: i64) -> Vec<u8> {
    let mut rows = String::new();
    for hour in first_day * 24..(first_day + days) * 24 {
        let open = NEW_YEAR + hour * HOUR;
        let close = open + HOUR - 1;
        let price = 100 + hour % 7;
        rows.push_str(&format!(
            "{open},{price},{},{},{price},1.5,{close},0,0,0,0,0\n",
            price + 1,
            price - 1
        ));
    }
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name.replace(".zip", ".csv"), SimpleFileOptions::default()).unwrap();
    zip.write_all(rows.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn monthly(symbol: &str, month: usize) -> (String, Vec<u8>) {
    let name = format!("{symbol}-1h-2024-{month:02}.zip");
    let (first, next) = (BEFORE[month - 1], BEFORE[month]);
    (format!("data/spot/monthly/klines/{symbol}/1h/{name}"), archive(&name, first, next - first))
}

fn daily(symbol: &str, month: usize, day: i64) -> (String, Vec<u8>) {
    let name = format!("{symbol}-1h-2024-{month:02}-{day:02}.zip");
    let path = format!("data/spot/daily/klines/{symbol}/1h/{name}");
    (path, archive(&name, BEFORE[month - 1] + day - 1, 1))
}

fn serving(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> ArchiveServer {
    let server = ArchiveServer::start();
    for (path, body) in files {
        server.add(&path, body);
    }
    server
}

fn fetch(server: &ArchiveServer, out: &Path, more: &[&str]) -> Said {
    let base = server.base();
    let mut args = vec!["data", "fetch", "--base-url", &base, "--out", out.to_str().unwrap()];
    args.extend(more);
    plimsoll(&args)
}

const BTC: [&str; 2] = ["--symbols", "BTCUSDT"];

#[test]
fn two_months_of_two_symbols_are_fetched_read_and_backtested() {
    let files = ["BTCUSDT", "ETHUSDT"].map(|symbol| [monthly(symbol, 1), monthly(symbol, 2)]);
    let server = serving(files.into_iter().flatten());
    let folder = Folder::new();
    let args = ["--symbols", "BTCUSDT,ETHUSDT", "--from", "2024-01", "--to", "2024-02", "--json"];
    let seen = fetch(&server, folder.path(), &args).ended(0).json();
    assert_eq!(seen["files"].as_array().unwrap().len(), 4);
    assert!(seen["files"].as_array().unwrap().iter().all(|file| file["outcome"] == "downloaded"));
    for series in seen["series"].as_array().unwrap() {
        assert_eq!((series["bars"].as_i64(), series["gaps"].as_i64()), (Some(60 * 24), Some(0)));
    }
    server.asked();
    let again = fetch(&server, folder.path(), &args).ended(0).json();
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["outcome"] == "had"));
    assert!(server.asked().iter().all(|asked| asked.path.ends_with(".CHECKSUM")));
    let data = folder.path().join("1h");
    plimsoll(&["backtest", "--policy", "trend", "--data", data.to_str().unwrap()]).ended(0);
}

#[test]
fn a_month_that_is_not_there_is_named_and_shows_as_a_gap() {
    let server = serving([monthly("BTCUSDT", 1), monthly("BTCUSDT", 3)]);
    let folder = Folder::new();
    let args = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-03"];
    let said = fetch(&server, folder.path(), &args).ended(2).complains(&["no file for 1"]);
    let wanted = "not in the archive: data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip";
    assert!(said.out.contains(wanted), "{}", said.out);
    assert!(said.out.contains("longest gap 696 bars"), "29 days of 24 hours: {}", said.out);
}

#[test]
fn a_last_month_that_is_not_over_is_taken_by_its_days() {
    let days = [1, 2].map(|day| daily("BTCUSDT", 2, day));
    let server = serving(days.into_iter().chain([monthly("BTCUSDT", 1)]));
    let folder = Folder::new();
    let args = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-02", "--json"];
    let seen = fetch(&server, folder.path(), &args).ended(2).json();
    assert_eq!(seen["files"].as_array().unwrap().len(), 3);
    assert_eq!(seen["missing"].as_array().unwrap().len(), 27, "the days that have not come yet");
    assert_eq!(seen["series"][0]["bars"], 33 * 24);
    let args = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-02-02", "--json"];
    let seen = fetch(&server, folder.path(), &args).ended(0).json();
    assert_eq!(
        (&seen["series"][0]["gaps"], &seen["files"][2]["outcome"]),
        (&0.into(), &"had".into())
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "another process is waited for, a minute at most")]
fn a_run_that_is_killed_in_the_middle_is_gone_on_with() {
    let (path, body) = monthly("BTCUSDT", 1);
    let (half, whole) = (body.len() / 2, body.len());
    let server = serving([(path.clone(), body)]);
    server.fail(&path, [Fault::Stall(half)]);
    let folder = Folder::new();
    let (base, out) = (server.base(), folder.path().to_str().unwrap().to_owned());
    let args = ["--from", "2024-01", "--to", "2024-01", "--json"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["data", "fetch", "--base-url", &base, "--out", &out])
        .args(BTC)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = folder.path().join("1h/.BTCUSDT-1h-2024-01.zip.part");
    let begin = Instant::now();
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < half as u64 {
        assert!(begin.elapsed() < Duration::from_secs(60), "half of it never came");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let file = folder.path().join("1h/BTCUSDT-1h-2024-01.zip");
    assert!(!file.exists(), "no half file under its name");
    server.asked();
    let more: Vec<&str> = BTC.into_iter().chain(args).collect();
    let seen = fetch(&server, folder.path(), &more).ended(0).json();
    assert_eq!(seen["files"][0]["outcome"], "resumed");
    assert_eq!(seen["files"][0]["resumed_from"], half);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), whole as u64);
    assert_eq!(server.asked().last().unwrap().from, Some(half));
    assert!(!part.exists());
}

#[test]
fn an_archive_that_does_not_come_right_is_not_kept() {
    let (path, body) = monthly("BTCUSDT", 1);
    let server = serving([(path.clone(), body)]);
    let folder = Folder::new();
    let args = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-01", "--tries", "1"];
    server.fail(&path, [Fault::Cut(100)]);
    fetch(&server, folder.path(), &args).ended(1).complains(&[&path, "tried 1 times", "kept"]);
    server.fail(&path, [Fault::Status(403, None)]);
    fetch(&server, folder.path(), &args).ended(1).complains(&[&path, "answers 403"]);
    server.fail(&path, [const { Fault::Corrupt }; 5]);
    fetch(&server, folder.path(), &args).ended(1).complains(&[&path, "checksum"]);
    assert!(!folder.path().join("1h/BTCUSDT-1h-2024-01.zip").exists());
}

#[test]
fn an_archive_that_is_no_zip_is_named() {
    let (path, _) = monthly("BTCUSDT", 1);
    let server = serving([(path, b"<html>sorry</html>".to_vec())]);
    let folder = Folder::new();
    let args = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-01"];
    fetch(&server, folder.path(), &args).ended(65).complains(&["BTCUSDT-1h-2024-01.zip"]);
}

#[test]
fn a_command_line_that_cannot_be_followed_says_why() {
    let server = ArchiveServer::start();
    let folder = Folder::new();
    for (args, wanted) in [
        (&["--from", "2024", "--to", "2024-01"][..], "UTC month such as 2024-01"),
        (&["--from", "2024-02", "--to", "2024-01"], "--to 2024-01 lies before --from 2024-02"),
        (&["--from", "2024-01", "--to", "2024-01", "--timeframes", "2h"], "1m, 5m"),
        (&["--from", "2024-01", "--to", "2024-01", "--tries", "0"], "1..=100"),
    ] {
        let more: Vec<&str> = BTC.iter().chain(args).copied().collect();
        fetch(&server, folder.path(), &more).ended(64).complains(&[wanted]);
    }
    let out = folder.path().to_str().unwrap();
    let plain = ["data", "fetch", "--base-url", "http://data.example", "--out", out];
    let more = ["--symbols", "BTCUSDT", "--from", "2024-01", "--to", "2024-01"];
    plimsoll(&[&plain[..], &more[..]].concat()).ended(64).complains(&["use https"]);
}
