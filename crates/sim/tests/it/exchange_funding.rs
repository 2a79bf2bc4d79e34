//! Funding and mark of a real perpetual over the years, against plain arithmetic on the files.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use sim::exchange::{BarInput, Conventions, CostModel, Exchange, Happening};
use sim::instruments::Catalogue;
use types::bar::Bar;
use types::ids::{Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Price, Ratio, parse_e8};

use crate::exchange_story::request;

const HOUR_MS: i64 = 3_600_000;
const SYMBOL: SymbolId = SymbolId(0);

#[expect(clippy::disallowed_methods, reason = "a test may be pointed at another folder")]
fn shared() -> PathBuf {
    std::env::var_os("PLIMSOLL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    )
}

/// Reads rows of a gzip CSV with a header line; `None` if it is not there.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let bytes = std::fs::read(shared().join("data/binance-usdm").join(name)).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    Some(text.lines().skip(1).map(split).collect())
}

fn bars(name: &str) -> Option<BTreeMap<i64, Bar>> {
    let bar = |row: Vec<String>| {
        let millis: i64 = row[0].parse().unwrap();
        let price = |at: usize| row[at].parse::<Price>().unwrap();
        let (open, high, low, close) = (price(1), price(2), price(3), price(4));
        let open_time = TsNanos::from_millis(millis).unwrap();
        let volume = row[5].parse().ok();
        (millis, Bar { open_time, open, high, low, close, volume })
    };
    Some(rows(name)?.into_iter().map(bar).collect())
}

/// The rate at 1e-8, rounded against a long.
fn rate(text: &str) -> Ratio {
    let exact = parse_e8(text.as_bytes());
    exact.map_or_else(
        |_| {
            #[expect(clippy::cast_possible_truncation, reason = "a rate is far below one")]
            let raw = (text.parse::<f64>().unwrap() * 1e8).ceil() as i64;
            Ratio::from_raw(raw)
        },
        Ratio::from_raw,
    )
}

#[test]
fn funding_of_five_years_is_what_the_files_add_up_to() {
    let test = "funding_of_five_years_is_what_the_files_add_up_to";
    let files = (
        bars("1h/BTCUSDT-1h-2019-09_2025-01.csv.gz"),
        bars("1h-mark/BTCUSDT-1h-mark-2019-09_2025-01.csv.gz"),
        rows("funding/BTCUSDT-funding-2019-09_2025-01.csv.gz"),
    );
    let (Some(last), Some(mark), Some(funding)) = files else {
        println!("SKIPPED {test}: ../shared/data is not beside the project");
        return;
    };
    let rates: BTreeMap<i64, Ratio> = funding
        .iter()
        // Times are a few milliseconds after the full hour.
        .map(|row| (row[0].parse::<i64>().unwrap() / HOUR_MS * HOUR_MS, rate(&row[1])))
        .collect();

    let symbol = Symbol::new("BTCUSDT").unwrap();
    let rules = Catalogue::embedded().lookup(&symbol, Market::Perp).instrument;
    let cash = Money::from_units(1_000_000);
    let mut exchange =
        Exchange::new(Market::Perp, vec![rules], CostModel::none(), Conventions::default(), cash)
            .unwrap();
    let (mut orders, mut charged, mut wanted, mut count) = (0, Money::ZERO, Money::ZERO, 0);
    let mut previous: Option<Price> = None;
    for (hour, (millis, mark)) in mark.iter().enumerate() {
        let at = TsNanos::from_millis(*millis).unwrap();
        if let (Some(rate), Some(price)) = (rates.get(millis), previous)
            && let Some(Happening::Funding { amount, .. }) = exchange.fund(SYMBOL, *rate, at)
        {
            charged += amount;
            // One coin: price x rate in 1e-16, rounded against us only where it must be.
            let raw = i128::from(price.raw()) * i128::from(rate.raw());
            wanted -= Money::from_raw(raw);
            count += 1;
        }
        // Funding comes out of the margin: without a renewal each month it wore it down until the
        // fall of June 2022 liquidated the position.
        let deeds: &[&str] = match hour {
            0 => &["buy 1 market"],
            hour if hour % 720 == 0 => &["sell 1 market", "buy 1 market"],
            _ => &[],
        };
        for deed in deeds {
            orders += 1;
            exchange.place(OrderId::first(Seq(orders), Leg::Main), request(deed), at);
        }
        let Some(bar) = last.get(millis) else { continue };
        let input = BarInput { symbol: SYMBOL, bar: *bar, half_spread: None, mark: Some(*mark) };
        exchange.begin_bars(&[input], at, at.plus(HOUR_MS * 1_000_000));
        while exchange.next_happening().is_some() {
            exchange.check_invariants().unwrap();
        }
        previous = Some(mark.close);
    }
    exchange.check_invariants().unwrap();
    assert!(count > 5_000, "{count} fundings were charged");
    assert_eq!(charged, wanted);
    assert_eq!(exchange.books().position(SYMBOL).funding(), charged);
    assert!(charged.is_negative(), "longs have paid over these years: {charged}");
    assert_eq!(exchange.statistics().liquidations, 0);
}

/// 12 March 2020: a long at leverage 3 did not survive the day, at leverage 1 it did.
#[test]
fn the_crash_of_march_2020_liquidates_who_was_levered() {
    let test = "the_crash_of_march_2020_liquidates_who_was_levered";
    let files = (
        bars("1h/BTCUSDT-1h-2019-09_2025-01.csv.gz"),
        bars("1h-mark/BTCUSDT-1h-mark-2019-09_2025-01.csv.gz"),
    );
    let (Some(last), Some(mark)) = files else {
        println!("SKIPPED {test}: ../shared/data is not beside the project");
        return;
    };
    let from = 1_583_884_800_000; // 2020-03-11
    for (leverage, liquidations) in [(1, 0), (3, 1)] {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let rules = Catalogue::embedded().lookup(&symbol, Market::Perp).instrument;
        let cash = Money::from_units(10_000);
        let costs = CostModel::default();
        let mut exchange =
            Exchange::new(Market::Perp, vec![rules], costs, Conventions::default(), cash).unwrap();
        exchange.set_leverage(SYMBOL, leverage);
        let start = TsNanos::from_millis(from).unwrap();
        exchange.place(OrderId::first(Seq(1), Leg::Main), request("buy 1 market"), start);
        for (millis, bar) in last.range(from..from + 72 * HOUR_MS) {
            let at = TsNanos::from_millis(*millis).unwrap();
            let mark = mark.get(millis).copied();
            let input = BarInput { symbol: SYMBOL, bar: *bar, half_spread: None, mark };
            exchange.begin_bars(&[input], at, at.plus(HOUR_MS * 1_000_000));
            while exchange.next_happening().is_some() {
                exchange.check_invariants().unwrap();
            }
        }
        assert_eq!(exchange.statistics().liquidations, liquidations, "leverage {leverage}");
        assert!(exchange.books().wallet().is_positive());
    }
}
