//! Files as they are published, and files as they should not be: what is read, what is said.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use sim::data::{
    Catalog, DataError, Files, Quality, Reason, Row, TimeUnit, TimeframeFrom, convert,
};
use tempfile::TempDir;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,trades,\
                      taker_buy_base,taker_buy_quote,ignore\n";
/// 2024-01-01T00:00:00Z in milliseconds.
const START: i64 = 1_704_067_200_000;
const MINUTE: i64 = 60_000;

/// A one-minute row.
fn row(minute: i64, prices: &str) -> String {
    let open = START + minute * MINUTE;
    format!("{open},{prices},5,{},,,,,\n", open + MINUTE - 1)
}

/// Rows of quiet minutes.
fn rows(minutes: impl IntoIterator<Item = i64>) -> String {
    minutes.into_iter().map(|minute| row(minute, "10,12,9,11")).collect()
}

struct Room(TempDir);

impl Room {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

type Read = Result<(Vec<Row>, Quality), DataError>;

fn read_series(series: &sim::data::Series) -> Read {
    let mut source = series.open();
    let mut rows = Vec::new();
    while let Some(row) = source.next_row()? {
        rows.push(row);
    }
    assert!(source.next_row().unwrap().is_none(), "the end stays the end");
    Ok((rows, source.quality().clone()))
}

fn read(path: &Path) -> Read {
    let catalog = Catalog::open(&[path.to_owned()], None)?;
    let series: Vec<_> = catalog.series().collect();
    assert_eq!(series.len(), 1);
    read_series(series[0])
}

/// Reads bytes under the name of a one-minute file and returns what is said, without the folder.
fn complaint(bytes: impl AsRef<[u8]>) -> String {
    let room = Room::new();
    let path = room.file("BTCUSDT-1m.csv", bytes);
    let error = read(&path).expect_err("a file that is wrong");
    error.to_string().replace(&format!("{}/", room.0.path().display()), "")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn every_packing_gives_the_same_bars() {
    let room = Room::new();
    let text = format!("{HEADER}{}", rows(0..1_000));
    let wanted = read(&room.file("BTCUSDT-1m-a.csv", &text)).unwrap().0;
    assert_eq!(wanted.len(), 1_000);
    let (first, second) = text.as_bytes().split_at(20_000);
    let members = [gzip(first), gzip(second)].concat();
    let zipped = archive(&[("README.txt", b"about"), ("x.csv", text.as_bytes())]);
    for (name, bytes) in [
        ("BTCUSDT-1m.csv.gz", gzip(text.as_bytes())),
        ("BTCUSDT-1m-members.csv.gz", members),
        ("BTCUSDT-1m.zip", zipped),
        ("BTCUSDT-1m.csv.zst", zstd::stream::encode_all(text.as_bytes(), 3).unwrap()),
        ("BTCUSDT-1m-crlf.csv", text.replace('\n', "\r\n").into_bytes()),
        ("BTCUSDT-1m-noheader.csv", text.as_bytes()[HEADER.len()..].to_vec()),
        ("BTCUSDT-1m-no-last-end.csv", text.trim_end().as_bytes().to_vec()),
        // The bytes decide, not the name.
        ("BTCUSDT-1m-misnamed.csv", gzip(text.as_bytes())),
    ] {
        let (bars, quality) = read(&room.file(name, bytes)).unwrap();
        assert_eq!(bars, wanted, "{name}");
        assert!(quality.is_clean() && quality.bars == 1_000, "{name}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_header() {
    let room = Room::new();
    let text = [b"\xef\xbb\xbf", HEADER.as_bytes(), rows(0..3).as_bytes()].concat();
    assert_eq!(read(&room.file("BTCUSDT-1m.csv", text)).unwrap().0.len(), 3);
    let bare = [b"\xef\xbb\xbf", rows(0..3).as_bytes()].concat();
    assert_eq!(read(&room.file("BTCUSDT-1m.csv", bare)).unwrap().0.len(), 3);
}

#[test]
fn milliseconds_and_microseconds_in_one_file() {
    let room = Room::new();
    let micros = |minute: i64| {
        let open = (START + minute * MINUTE) * 1_000;
        format!("{open},10,12,9,11,,{},,,,,\n", open + MINUTE * 1_000 - 1)
    };
    let mixed = format!("{}{}{}", rows(0..3), micros(3), micros(4));
    let (bars, quality) = read(&room.file("BTCUSDT-1m.csv", mixed)).unwrap();
    assert_eq!(bars.len(), 5);
    assert_eq!(quality.time_unit, TimeUnit::Mixed);
    assert_eq!((quality.gaps, quality.unknown_volume), (0, 2));
    assert_eq!(bars[4].bar.volume, None);
    let (_, quality) = read(&room.file("BTCUSDT-1m.csv", micros(0) + &micros(1))).unwrap();
    assert_eq!(quality.time_unit, TimeUnit::Microseconds);
}

#[test]
fn the_timeframe_is_told_by_name_or_close_time_or_step() {
    let room = Room::new();
    let text = rows(0..70);
    let check = |name: &str, text: &str| {
        let (_, quality) = read(&room.file(name, text)).unwrap();
        fs::remove_file(room.0.path().join(name)).unwrap();
        (quality.timeframe, quality.timeframe_from)
    };
    assert_eq!(check("BTCUSDT-1m-x.csv", &text), (Timeframe::M1, TimeframeFrom::Name));
    assert_eq!(check("BTCUSDT.csv", &text), (Timeframe::M1, TimeframeFrom::CloseTime));
    let quotes: String = (0..70)
        .filter(|minute| minute % 10 != 3)
        .map(|minute| format!("{},1,2,1,2,1,2,1,2\n", START + minute * MINUTE))
        .collect();
    assert_eq!(check("EURUSD.csv", &quotes), (Timeframe::M1, TimeframeFrom::Step));
    let refuse = |name: &str, text: &str| {
        let error = read(&room.file(name, text)).expect_err(name).to_string();
        error.rsplit_once("/").unwrap().1.to_owned()
    };
    assert!(refuse("BTCUSDT-1h.csv", &text).contains("the name says 1h, the rows are 1m bars"));
    assert!(refuse("BTCUSDT-30m.csv", &text).contains("timeframe is 30m, wanted one of 1m"));
    assert!(refuse("EURUSD.csv", &quotes[..40]).contains("neither name nor rows tell"));
    assert!(refuse("my-data.csv", &text).contains("pass --symbol"));
    let named = Symbol::new("BTCUSDT").unwrap();
    let path = [room.0.path().join("my-data.csv")];
    assert_eq!(Catalog::open(&path, Some(&named)).unwrap().series().count(), 1);
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_file_line_seen_and_wanted() {
    let good = rows(0..3);
    let line = |text: &str| format!("{HEADER}{good}{text}\n");
    for (bytes, wanted) in [
        (String::new(), "BTCUSDT-1m.csv: the file holds no row, wanted at least one"),
        (HEADER.to_owned(), "BTCUSDT-1m.csv: the file holds no row"),
        ("\n\n".to_owned(), "BTCUSDT-1m.csv: the file holds no row"),
        (
            HEADER.replace(",close,", ","),
            "BTCUSDT-1m.csv:1: saw 11 columns, wanted 12 (klines) or 9 (bid and ask): `close` missing",
        ),
        (HEADER.replace("open,high", "high,open"), "column 2 is `high`, wanted `open`"),
        ("time,price\n1,2\n".to_owned(), "column 1 is `time`, wanted `open_time`"),
        (line("1704067380000,1,2,1,1,5"), "BTCUSDT-1m.csv:5: saw 6 columns, wanted 12"),
        (line("1704067380000,1,2,1,1,5,6,,,,,,"), "BTCUSDT-1m.csv:5: saw 13 columns"),
        (line("1704067380000,1,2,1,x,5,6,,,,,"), "5: column `close`: `x` is not a decimal number"),
        (line("1704067380000,1,2,1,,5,6,,,,,"), "column `close`: `` is not a decimal number"),
        (line("1704067380000,1,2,1,NaN,5,6,,,,,"), "column `close`: `NaN` is not"),
        (line("1704067380000,1,2,1,1,many,6,,,,,"), "column `volume`: `many` is not"),
        (line("1704067380000,1,2,1,1.123456789,5,6,,,,,"), "has more than 8 decimals"),
        (line("1704067380000,1,2,1,1e30,5,6,,,,,"), "does not fit"),
        (
            line("2024-01-01,1,2,1,1,5,6,,,,,"),
            "5: column `open_time` is `2024-01-01`, wanted milli",
        ),
        (line("1704067380000000000,1,2,1,1,5,6,,,,,"), "wanted milliseconds or microseconds"),
        (line(&"9".repeat(5_000)), "5: the line is longer than 4096 bytes"),
    ] {
        let said = complaint(&bytes);
        assert!(said.contains(wanted), "said `{said}`, wanted `{wanted}`");
    }
}

#[test]
fn a_truncated_file_is_an_error_wherever_it_is_cut() {
    let text = format!("{HEADER}{}", rows(0..200));
    let packed = gzip(text.as_bytes());
    for cut in [3, 5, 12, packed.len() / 2, packed.len() - 9, packed.len() - 1] {
        let said = complaint(&packed[..cut]);
        let known = said.contains("truncated or damaged") || said.contains("BTCUSDT-1m.csv:1: ");
        assert!(known, "cut at {cut}: {said}");
    }
    let mut flipped = packed;
    let middle = flipped.len() - 6;
    flipped[middle] ^= 1;
    assert!(complaint(&flipped).contains("truncated or damaged"));
    let packed = zstd::stream::encode_all(text.as_bytes(), 3).unwrap();
    assert!(complaint(&packed[..packed.len() - 5]).contains("truncated or damaged"));
    assert!(complaint(&text.as_bytes()[..text.len() - 10]).contains("saw"));
}

#[test]
fn an_archive_holds_exactly_one_csv() {
    let text = rows(0..3);
    let two = archive(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())]);
    assert!(complaint(two).contains("holds `a.csv` and `b.csv`, wanted exactly one .csv file"));
    assert!(complaint(archive(&[("a.txt", b"x")])).contains("holds no .csv file"));
    let whole = archive(&[("a.csv", text.as_bytes())]);
    assert!(complaint(&whole[..whole.len() / 2]).contains("archive"));
    let mut flipped = whole.clone();
    // The checksum of the directory's entry.
    let directory = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    flipped[directory + 16] ^= 1;
    assert!(complaint(&flipped).contains("checksum differs"));
}

#[test]
fn what_cannot_be_a_bar_is_quarantined_and_kept_verbatim() {
    let room = Room::new();
    let text = [
        rows(0..30),
        row(30, "10,9,8,9"),
        row(31, "-1,12,-2,11"),
        row(29, "10,12,9,11"),
        row(28, "10,12,9,11"),
        row(32, "10,12,9,11").replace("20000,", "20001,"),
        row(33, "10,12,11,10"),
        row(34, "10,12,9,11").replace(",5,", ",-5,"),
        rows(35..40),
    ]
    .concat();
    let (bars, quality) = read(&room.file("BTCUSDT-1m.csv", text)).unwrap();
    assert_eq!((bars.len(), quality.rows, quality.bars), (35, 42, 35));
    let seen: Vec<(u64, Reason)> =
        quality.quarantined.first.iter().map(|row| (row.line, row.reason)).collect();
    let wanted = [
        (31, Reason::NotABar),
        (32, Reason::NotABar),
        (33, Reason::Duplicate),
        (34, Reason::Unsorted),
        (35, Reason::OffGrid),
        (36, Reason::NotABar),
        (37, Reason::NotABar),
    ];
    assert_eq!(seen, wanted);
    assert_eq!(quality.quarantined.first[0].text, row(30, "10,9,8,9").trim_end());
    assert_eq!(quality.quarantined.total, 7);
    assert_eq!(quality.quarantined.by_reason[&Reason::NotABar], 4);
    let gap = quality.longest_gap.unwrap();
    assert_eq!((quality.gaps, quality.missing_bars, gap.missing), (1, 5, 5));
    assert_eq!(gap.after, TsNanos::from_millis(START + 29 * MINUTE).unwrap());
}

#[test]
fn more_than_a_hundredth_of_quarantined_rows_is_an_error() {
    let bad: String = (0..101).map(|_| row(0, "10,9,8,9")).collect();
    let check = |good: i64| read(&Room::new().file("BTCUSDT-1m.csv", rows(0..good) + &bad));
    assert!(matches!(
        check(9_000),
        Err(DataError::TooManyQuarantined { quarantined: 101, rows: 9_101, .. })
    ));
    assert_eq!(check(9_999).unwrap().1.quarantined.total, 101);
    let few = |good: i64, bad: i64| {
        let text = rows(0..good) + &rows((0..bad).map(|_| 0));
        read(&Room::new().file("BTCUSDT-1m.csv", text))
    };
    assert!(few(50, 50).is_ok());
    assert!(matches!(few(49, 50), Err(DataError::TooManyQuarantined { .. })));
    let said = complaint(row(0, "10,9,8,9"));
    assert!(said.contains("none of 1 rows is a usable bar, the first: "), "{said}");
}

#[test]
fn files_of_one_symbol_follow_each_other_whatever_their_order() {
    let room = Room::new();
    let later = room.file("BTCUSDT-1m-a.csv", rows(50..80));
    let earlier = room.file("BTCUSDT-1m-b.csv", rows(0..45));
    let read = |paths: &[PathBuf]| {
        let catalog = Catalog::open(paths, None).unwrap();
        let series: Vec<_> = catalog.series().collect();
        assert_eq!(series.len(), 1);
        read_series(series[0])
    };
    let forwards = read(&[earlier.clone(), later.clone()]).unwrap();
    assert_eq!(forwards, read(&[later.clone(), earlier.clone()]).unwrap());
    assert_eq!(forwards, read(&[room.0.path().to_owned()]).unwrap());
    assert_eq!(forwards, read(&[earlier.clone(), later.clone(), earlier]).unwrap());
    assert_eq!((forwards.1.bars, forwards.1.missing_bars), (75, 5));
    let overlapping = room.file("BTCUSDT-1m-c.csv", rows(79..90));
    let error = read(&[overlapping.clone(), later.clone()]).unwrap_err();
    let DataError::Overlap { first, second, at } = error else { panic!("{error}") };
    assert_eq!((first, second), (later, overlapping));
    assert_eq!(at.to_string(), "2024-01-01T01:19:00Z");
}

#[test]
fn a_folder_is_looked_through() {
    let room = Room::new();
    let folder = || [room.0.path().to_owned()];
    let said = Catalog::open(&folder(), None).unwrap_err().to_string();
    assert!(said.contains("no data file, wanted kline files"), "{said}");
    fs::create_dir(room.0.path().join("1h")).unwrap();
    let said = Catalog::open(&folder(), None).unwrap_err().to_string();
    assert!(said.ends_with("name one of its folders: 1h"), "{said}");
    room.file("README.md", "about");
    room.file("BTCUSDT-trades.csv", "timestamp,side\n1,2\n");
    let said = Catalog::open(&folder(), None).unwrap_err().to_string();
    assert!(said.contains("1 other files, the first:") && said.contains("`timestamp`"), "{said}");
    room.file("ETHUSDT-1m.csv", rows(0..3));
    room.file("BTCUSDT-1m.csv", rows(0..3));
    let catalog = Catalog::open(&folder(), None).unwrap();
    let names: Vec<&str> = catalog.series().map(|series| series.symbol.as_str()).collect();
    assert_eq!(names, ["BTCUSDT", "ETHUSDT"]);
    assert_eq!(catalog.skipped().len(), 1);
    // A kline file that is broken is no other file.
    room.file("ADAUSDT-1m.csv", "1704067200000,1,2,3\n");
    assert!(matches!(Catalog::open(&folder(), None), Err(DataError::Columns { seen: 4, .. })));
}

#[test]
fn a_run_has_one_timeframe() {
    let room = Room::new();
    let hours: String = (0..3)
        .map(|hour| row(hour * 60, "1,2,1,1").replace("59999,", "xx").replace("xx", "59999,"))
        .map(|row| row.split(',').take(6).chain([""; 6]).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    room.file("BTCUSDT-1h.csv", hours);
    room.file("ETHUSDT-1m.csv", rows(0..3));
    let catalog = Catalog::open(&[room.0.path().to_owned()], None).unwrap();
    let said = catalog.feed().unwrap_err().to_string();
    assert!(said.contains("BTCUSDT has 1h bars, ETHUSDT has 1m bars, wanted one"), "{said}");
}

#[test]
fn bid_and_ask_files_are_joined_by_time() {
    let room = Room::new();
    let bid = room.file("GBPUSD-1m-bid.csv", rows([0, 1, 2, 4, 5]));
    let ask: String = [0, 1, 3, 4, 5].map(|minute| row(minute, "10.2,12.3,9.2,11.2")).concat();
    room.file("GBPUSD-1m-ask.csv", ask);
    let catalog = Catalog::open(&[room.0.path().to_owned()], None).unwrap();
    let series: Vec<_> = catalog.series().collect();
    assert!(matches!(series[0].files, Files::Sides { .. }));
    let (bars, quality) = read_series(series[0]).unwrap();
    assert_eq!((bars.len(), quality.rows), (4, 6));
    assert_eq!(quality.quarantined.by_reason[&Reason::Unpaired], 2);
    assert_eq!(bars[0].bar.open.to_string(), "10.1");
    assert_eq!(bars[0].half_spread.unwrap().to_string(), "0.15");
    let said = Catalog::open(&[bid], None).unwrap_err().to_string();
    assert!(said.contains("GBPUSD: 1 -bid- files, 0 -ask- files, 0 others"), "{said}");
}

#[test]
fn a_copy_holds_the_same_bars() {
    let room = Room::new();
    let source = room.file("BTCUSDT-1m.csv", rows(0..130));
    let wanted = read(&source).unwrap().0;
    for ending in ["csv", "csv.gz", "csv.zst"] {
        let catalog = Catalog::open(std::slice::from_ref(&source), None).unwrap();
        let copy = room.0.path().join(format!("BTCUSDT-1m-copy.{ending}"));
        let mut series = catalog.series().next().unwrap().open();
        assert_eq!(convert(series.as_mut(), None, &copy).unwrap(), 130);
        assert_eq!(read(&copy).unwrap().0, wanted, "{ending}");
        let hours = room.0.path().join(format!("BTCUSDT-1h-copy.{ending}"));
        let mut series = catalog.series().next().unwrap().open();
        assert_eq!(convert(series.as_mut(), Some(Timeframe::H1), &hours).unwrap(), 2);
        assert_eq!(read(&hours).unwrap().0[1].bar.volume, Some(300.0));
    }
    let left: Vec<_> = fs::read_dir(room.0.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let room = Room::new();
    let source = room.file("BTCUSDT-1m.csv", rows(0..130) + "x\n");
    let catalog = Catalog::open(&[source], None).unwrap();
    let mut series = catalog.series().next().unwrap().open();
    let copy = room.0.path().join("BTCUSDT-1m-copy.csv");
    assert!(matches!(
        convert(series.as_mut(), None, &copy),
        Err(DataError::Columns { seen: 1, .. })
    ));
    assert_eq!(fs::read_dir(room.0.path()).unwrap().count(), 1);
    let mut series = catalog.series().next().unwrap().open();
    assert!(matches!(
        convert(series.as_mut(), None, &copy.with_extension("zip")),
        Err(DataError::Ending(_))
    ));
}

#[test]
fn marks_and_funding_are_found_beside_the_folder() {
    let room = Room::new();
    for folder in ["1m", "1m-mark", "funding"] {
        fs::create_dir(room.0.path().join(folder)).unwrap();
    }
    room.file("1m/BTCUSDT-1m.csv", rows(0..10));
    room.file("1m/ETHUSDT-1m.csv", rows(0..10));
    room.file("1m-mark/BTCUSDT-1m-mark.csv", rows([2, 3, 7]).replace(",5,", ",,"));
    let funding = "funding_time,funding_rate\n1704067200000,0.0001\n1704096000000,-1e-05\n";
    room.file("funding/BTCUSDT-funding.csv", funding);
    let mut catalog = Catalog::open(&[room.0.path().join("1m")], None).unwrap();
    let [btc, eth] = ["BTCUSDT", "ETHUSDT"].map(|name| Symbol::new(name).unwrap());
    assert!(catalog.marks(&btc).is_none() && catalog.funding(&btc).unwrap().is_none());
    catalog.add_siblings().unwrap();
    assert!(catalog.marks(&eth).is_none() && catalog.funding(&eth).unwrap().is_none());
    let rates = catalog.funding(&btc).unwrap().unwrap();
    assert_eq!(rates.iter().map(|rate| rate.rate.raw()).collect::<Vec<_>>(), [10_000, -1_000]);
    let mut marks = catalog.marks(&btc).unwrap();
    let mut found = Vec::new();
    for minute in 0..10 {
        let at = TsNanos::from_millis(START + minute * MINUTE).unwrap();
        if let Some(mark) = marks.at(at).unwrap() {
            assert_eq!(mark.open_time, at);
            found.push(minute);
        }
    }
    assert_eq!(found, [2, 3, 7]);
}

#[test]
fn funding_that_is_wrong_is_refused_with_its_line() {
    let room = Room::new();
    for (text, wanted) in [
        ("", "holds no row"),
        ("funding_time\n", ":1: the header's column 2 is ``, wanted `funding_rate`"),
        ("1,2,3\n", ":1: saw 3 columns, wanted 2 (funding)"),
        ("1704067200000,x\n", ":1: column `funding_rate`: `x` is not"),
        ("1704067200000,0.000000001\n", "more than 8 decimals"),
        ("1704067200000,0\n1704067200000,0\n", ":2: column `funding_time` is"),
    ] {
        let path = room.file("BTCUSDT-funding.csv", text);
        let said = sim::data::read_funding(&[path]).expect_err(text).to_string();
        assert!(said.contains(wanted), "said `{said}`, wanted `{wanted}`");
    }
}
