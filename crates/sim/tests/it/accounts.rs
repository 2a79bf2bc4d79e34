//! Small accounts on the venue's real filters: they trade, nothing is rejected, nothing is stuck.

use sim::backtest::{Inputs, Options, Run, RunResult, run};
use sim::data::Catalog;
use types::instrument::Market;
use types::market::Timeframe;

use crate::support::{open, shared};
use crate::worlds::{QUICK, config, inputs, made, options};

/// Starting cash in USDT.
const CAPITALS: [&str; 3] = ["200", "500", "1000"];
const SYMBOLS: [&str; 6] = ["ADAUSDT", "BTCUSDT", "ETHUSDT", "LTCUSDT", "TRXUSDT", "XRPUSDT"];

fn run_accounts(options: &Options, inputs: &mut Inputs, settings: &str) -> Vec<RunResult> {
    let account = |capital: &&str| {
        let text = format!("[backtest]\ncapital = \"{capital}\"\n{settings}");
        Run { config: config(&text), seed: 0 }
    };
    let runs: Vec<Run> = CAPITALS.iter().map(account).collect();
    run(options, &runs, inputs, &mut ()).expect("the run ends").runs
}

#[expect(clippy::print_stdout, reason = "what each account did")]
fn check(options: &Options, result: &RunResult) {
    let name = format!("an account of {}", result.capital);
    println!(
        "{name}: {} trades, {} fills, {} -> {:.2}",
        result.trades.len(),
        result.fills,
        result.capital,
        result.final_equity
    );
    assert!(result.fills > 0, "{name} places no order");
    assert_eq!(result.rejections, 0, "{name}: {:?}", result.rejected);
    for (symbol, instrument) in result.symbols.iter().zip(&options.instruments) {
        let lot = engine::border::qty(instrument.lot);
        assert!(symbol.dust < lot, "{name} is left with {} of {}", symbol.dust, symbol.symbol);
    }
    // Everything was sold at the end: what is left of equity beside cash is dust.
    let last = result.equity.last().expect("a curve");
    assert!(last.exposure < 0.01, "{name} ends with {} of it held", last.exposure);
}

#[test]
fn small_accounts_trade_on_a_made_up_market() {
    let series = made(&SYMBOLS, Timeframe::H1, 150);
    let mut inputs = inputs(&series);
    let options = options(&inputs, Market::Spot);
    assert!(options.known.iter().all(|known| *known), "real filters");
    for result in run_accounts(&options, &mut inputs, QUICK) {
        check(&options, &result);
    }
}

#[test]
fn small_accounts_trade_on_recorded_bars() {
    let name = "small_accounts_trade_on_recorded_bars";
    let Some(folder) = shared(name, "binance-spot/1h") else { return };
    let catalog = Catalog::open(&[folder], None).expect("the files are there");
    let (options, mut inputs) = open(&catalog, Market::Spot);
    let end = types::market::TsNanos::from_millis(1_577_836_800_000).expect("2020");
    inputs.feed = inputs.feed.between(None, Some(end));
    for result in run_accounts(&options, &mut inputs, "") {
        check(&options, &result);
    }
}
