//! The same bars, configuration and seed give the same hashes, in every run, order of files and
//! profile; the smallest change of any of them gives another state.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sim::backtest::{BacktestConfig, Inputs, Run, RunResult, run};
use sim::data::{Catalog, DataError, Feed, Quality, Row, RowSource};
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Ratio};

use crate::support::{open, shared};
use crate::worlds::{QUICK, config, inputs, made, options};

/// A series with one tick taken from one low.
#[derive(Debug)]
struct Flipped {
    source: Box<dyn RowSource>,
    at: u32,
    tick: Price,
}

impl RowSource for Flipped {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        let mut row = self.source.next_row()?;
        if let (0, Some(row)) = (self.at, &mut row) {
            row.bar.low -= self.tick;
        }
        self.at = self.at.wrapping_sub(1);
        Ok(row)
    }

    fn quality(&self) -> &Quality {
        self.source.quality()
    }
}

/// Runs until the middle of 2019 over files in the order given; one tick of one low of the first
/// symbol is taken away if so told.
fn run_until_2019(paths: &[PathBuf], config: BacktestConfig, flipped: bool) -> RunResult {
    let catalog = Catalog::open(paths, None).unwrap();
    let (options, _) = open(&catalog, Market::Spot);
    let mut sources: Vec<Box<dyn RowSource>> =
        catalog.series().map(|series| series.open()).collect();
    if flipped {
        let tick = options.instruments[0].tick;
        let source = sources.remove(0);
        sources.insert(0, Box::new(Flipped { source, at: 3_000, tick }));
    }
    let end = TsNanos::from_millis(1_561_939_200_000).unwrap();
    let mut inputs = Inputs::of_bars(Feed::new(sources).unwrap().between(None, Some(end)));
    run(&options, &[Run { config, seed: 0 }], &mut inputs, &mut ()).unwrap().runs.remove(0)
}

/// Hashes and figures that have to be the same.
fn figures(result: &RunResult) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("decisions_hash", result.decisions_hash.to_string()),
        ("state_hash", result.state_hash.to_string()),
        ("books_hash", result.books_hash.to_string()),
        ("entries", result.entries.to_string()),
        ("decisions", result.decisions.to_string()),
        ("fills", result.fills.to_string()),
        ("final_equity", result.final_equity_exact.clone()),
    ] {
        writeln!(text, "{name} {value}").unwrap();
    }
    text
}

#[test]
fn recorded_bars_give_one_state_and_every_change_another() {
    let name = "recorded_bars_give_one_state_and_every_change_another";
    let Some(folder) = shared(name, "binance-spot/1h") else { return };
    let whole = [folder.clone()];
    let first = run_until_2019(&whole, BacktestConfig::default(), false);
    assert!(first.symbols.len() == 6 && first.trades.len() > 20, "{} trades", first.trades.len());

    let again = run_until_2019(&whole, BacktestConfig::default(), false);
    assert_eq!(figures(&again), figures(&first), "a second run");

    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files.reverse();
    files.swap(0, 3);
    let swapped = run_until_2019(&files, BacktestConfig::default(), false);
    assert_eq!(figures(&swapped), figures(&first), "another order of files");

    let tick = run_until_2019(&whole, BacktestConfig::default(), true);
    let mut dearer = BacktestConfig::default();
    dearer.costs.taker_fee = Some(Ratio::from_bps(11));
    let mut key = BacktestConfig::default();
    key.engine.exit.time_stop_bars = Some(21);
    let others = [tick, run_until_2019(&whole, dearer, false), run_until_2019(&whole, key, false)];
    for (other, what) in others.iter().zip(["a tick of one low", "a basis point of fee", "a key"]) {
        assert_ne!(other.state_hash, first.state_hash, "{what} changed nothing");
    }
}

/// Where the pinned figures are.
fn pinned() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/goldens/determinism.txt")
}

/// Debug and release builds of one commit agree when both agree with the pinned figures: run this
/// test in both profiles. The figures change with every change of a decision, of the encoding or of
/// the configuration's keys: `PLIMSOLL_RENEW=1 cargo test -p sim --test it pinned` writes them anew;
/// say in the commit why they had to change.
#[expect(clippy::disallowed_methods, reason = "asked for by a person, and changes no run")]
#[test]
fn a_made_up_market_gives_the_pinned_hashes_in_every_profile() {
    let series = made(&["BTCUSDT", "ETHUSDT", "XRPUSDT"], Timeframe::M15, 60);
    let mut text = String::new();
    for policy in ["confluence", "trend", "ema_cross"] {
        let config = config(&format!(
            "policy = \"{policy}\"\n[entry]\nthreshold = 40.0\ncost_limit_r = 1.0\n\
             [trend]\nlookback_days = [5, 10]\nvolatility_days = 10\n{QUICK}"
        ));
        let mut inputs = inputs(&series);
        let options = options(&inputs, Market::Spot);
        let outcome = run(&options, &[Run { config, seed: 1 }], &mut inputs, &mut ()).unwrap();
        assert!(outcome.runs[0].fills > 10, "{policy}: {} fills", outcome.runs[0].fills);
        write!(text, "# {policy}\n{}", figures(&outcome.runs[0])).unwrap();
    }
    if std::env::var_os("PLIMSOLL_RENEW").is_some() {
        std::fs::write(pinned(), &text).unwrap();
    }
    let wanted = std::fs::read_to_string(pinned()).unwrap();
    assert_eq!(text, wanted, "PLIMSOLL_RENEW=1 writes these figures anew");
}
