//! What reading, aggregating and generating a bar costs. Rows of a generated market, in the form of
//! the kline archive (all twelve columns filled) and of copies (the last five empty).

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use sim::data::{Aggregator, Catalog};
use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing};
use tempfile::TempDir;
use types::bar::Bar;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, parse_e8};

/// Half a year of minutes.
const DAYS: u32 = 180;

fn main() {
    divan::main();
}

fn generator(symbols: usize, days: u32) -> Generator {
    let name = |index: usize| Symbol::new(&format!("SYM{index:02}USDT")).expect("a name");
    Generator::new(GeneratorConfig {
        seed: 1,
        listings: (0..symbols).map(|index| Listing::of(name(index))).collect(),
        start: TsNanos::from_millis(1_704_067_200_000).expect("2024"),
        days,
        timeframe: Timeframe::M1,
        calendar: Calendar::Always,
        features: Features::ALL,
    })
    .expect("a market")
}

static BARS: LazyLock<Vec<Bar>> = LazyLock::new(|| {
    let mut source = generator(1, DAYS).sources().remove(0);
    let mut bars = Vec::new();
    while let Some(row) = source.next_row().expect("a generator cannot fail") {
        bars.push(row.bar);
    }
    bars
});

static ROOM: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a folder"));

/// The rows as the archive publishes them.
static ARCHIVE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut text = Vec::new();
    for bar in BARS.iter() {
        let at = bar.open_time.as_millis();
        let volume = bar.volume.expect("generated");
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| price.raw());
        write!(text, "{at},").expect("memory");
        for raw in prices {
            write!(text, "{}.{:08},", raw / 100_000_000, raw % 100_000_000).expect("memory");
        }
        let quote = volume * 100.0;
        writeln!(
            text,
            "{volume:.8},{},{quote:.8},1452,{:.8},{:.8},0",
            at + 59_999,
            volume / 2.0,
            quote / 2.0
        )
        .expect("memory");
    }
    text
});

/// The rows with the last five columns empty and numbers in their shortest form.
static SHORT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut text = Vec::new();
    for bar in BARS.iter() {
        let at = bar.open_time.as_millis();
        let Bar { open, high, low, close, .. } = bar;
        let volume = bar.volume.expect("generated");
        writeln!(text, "{at},{open},{high},{low},{close},{volume},{},,,,,", at + 59_999)
            .expect("memory");
    }
    text
});

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = ROOM.path().join(name);
    if !path.exists() {
        fs::write(&path, bytes).expect("a file");
    }
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn read(bencher: Bencher<'_, '_>, path: PathBuf, text: &[u8]) {
    let catalog = Catalog::open(&[path], None).expect("a file");
    let series = catalog.series().next().expect("a series");
    bencher.counter(ItemsCount::new(BARS.len())).counter(BytesCount::of_slice(text)).bench(|| {
        let mut source = series.open();
        let mut last = None;
        while let Some(row) = source.next_row().expect("a good file") {
            last = Some(row);
        }
        last
    });
}

#[divan::bench(sample_count = 10)]
fn read_archive_plain(bencher: Bencher<'_, '_>) {
    read(bencher, file("SYMUSDT-1m-archive.csv", &ARCHIVE), &ARCHIVE);
}

#[divan::bench(sample_count = 10)]
fn read_archive_gz(bencher: Bencher<'_, '_>) {
    read(bencher, file("SYMUSDT-1m-archive.csv.gz", &gzip(&ARCHIVE)), &ARCHIVE);
}

#[divan::bench(sample_count = 10)]
fn read_archive_zst(bencher: Bencher<'_, '_>) {
    let packed = zstd::stream::encode_all(ARCHIVE.as_slice(), 3).expect("memory");
    read(bencher, file("SYMUSDT-1m-archive.csv.zst", &packed), &ARCHIVE);
}

#[divan::bench(sample_count = 10)]
fn read_short_plain(bencher: Bencher<'_, '_>) {
    read(bencher, file("SYMUSDT-1m-short.csv", &SHORT), &SHORT);
}

#[divan::bench(sample_count = 10)]
fn read_short_gz(bencher: Bencher<'_, '_>) {
    read(bencher, file("SYMUSDT-1m-short.csv.gz", &gzip(&SHORT)), &SHORT);
}

/// The same columns by the `csv` crate, one reused record, nothing checked but the bar.
fn read_by_csv(bencher: Bencher<'_, '_>, path: &Path, text: &[u8]) {
    bencher.counter(ItemsCount::new(BARS.len())).counter(BytesCount::of_slice(text)).bench(|| {
        let file = File::open(path).expect("a file");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .buffer_capacity(64 * 1024)
            .from_reader(file);
        let mut record = csv::ByteRecord::new();
        let mut last = None;
        while reader.read_byte_record(&mut record).expect("a good file") {
            let price = |at: usize| Price::from_raw(parse_e8(&record[at]).expect("a price"));
            let millis = str::from_utf8(&record[0]).expect("a time").parse().expect("a time");
            let bar = Bar {
                open_time: TsNanos::from_millis(millis).expect("a time"),
                open: price(1),
                high: price(2),
                low: price(3),
                close: price(4),
                volume: fast_float2::parse(&record[5]).ok(),
            };
            bar.check().expect("a bar");
            last = Some(bar);
        }
        last
    });
}

#[divan::bench(sample_count = 10)]
fn csv_crate_archive_plain(bencher: Bencher<'_, '_>) {
    read_by_csv(bencher, &file("SYMUSDT-1m-archive.csv", &ARCHIVE), &ARCHIVE);
}

#[divan::bench(sample_count = 10)]
fn csv_crate_short_plain(bencher: Bencher<'_, '_>) {
    read_by_csv(bencher, &file("SYMUSDT-1m-short.csv", &SHORT), &SHORT);
}

fn volumes() -> Vec<String> {
    BARS.iter().map(|bar| format!("{:.8}", bar.volume.expect("generated"))).collect()
}

#[divan::bench(sample_count = 10)]
fn volume_by_fast_float(bencher: Bencher<'_, '_>) {
    let texts = volumes();
    bencher.counter(ItemsCount::new(texts.len())).bench(|| {
        for text in &texts {
            black_box(fast_float2::parse::<f64, _>(text.as_bytes()).expect("a number"));
        }
    });
}

#[divan::bench(sample_count = 10)]
fn volume_by_std(bencher: Bencher<'_, '_>) {
    let texts = volumes();
    bencher.counter(ItemsCount::new(texts.len())).bench(|| {
        for text in &texts {
            black_box(text.parse::<f64>().expect("a number"));
        }
    });
}

/// One-minute bars to all five coarser timeframes.
#[divan::bench(sample_count = 10)]
fn aggregate(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(BARS.len())).bench(|| {
        let mut aggregator = Aggregator::new(Timeframe::M1, &Timeframe::ALL[1..]).expect("coarser");
        let mut closed = Vec::new();
        let mut count = 0;
        for bar in BARS.iter() {
            closed.clear();
            aggregator.push(bar, &mut closed);
            count += closed.len();
        }
        count
    });
}

#[divan::bench(sample_count = 10)]
fn generate(bencher: Bencher<'_, '_>) {
    let generator = generator(1, DAYS);
    bencher.counter(ItemsCount::new(BARS.len())).bench(|| {
        let mut source = generator.sources().remove(0);
        let mut last = None;
        while let Some(row) = source.next_row().expect("a generator cannot fail") {
            last = Some(row);
        }
        last
    });
}

/// Twenty plain files on one clock.
#[divan::bench(sample_count = 5)]
fn feed_of_20_files(bencher: Bencher<'_, '_>) {
    let folder = ROOM.path().join("twenty");
    fs::create_dir_all(&folder).expect("a folder");
    let text = &SHORT[..SHORT.len() / 10];
    let end = text.iter().rposition(|byte| *byte == b'\n').expect("lines") + 1;
    let rows = bytecount(&text[..end]);
    for index in 0..20 {
        fs::write(folder.join(format!("SYM{index:02}USDT-1m.csv")), &text[..end]).expect("a file");
    }
    let catalog = Catalog::open(&[folder], None).expect("files");
    bencher.counter(ItemsCount::new(20 * rows)).bench(|| {
        let mut feed = catalog.feed().expect("a feed");
        let mut rows = Vec::new();
        let mut count = 0;
        while feed.next(&mut rows).expect("good files").is_some() {
            count += rows.len();
        }
        count
    });
}

fn bytecount(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}
