//! The main job on real bars: six symbols, seven years, one portfolio.

use sim::backtest::{BacktestConfig, Gate, Run, run_observed};
use sim::data::Catalog;
use types::decision::ReasonCode;
use types::instrument::Market;

use crate::support::{open, shared};
use crate::worlds::Watchman;

#[test]
fn confluence_trades_six_symbols_for_seven_years_within_every_rule() {
    let name = "confluence_trades_six_symbols_for_seven_years_within_every_rule";
    let Some(folder) = shared(name, "binance-spot/1h") else { return };
    let catalog = Catalog::open(&[folder], None).expect("the files are there");
    let (options, mut inputs) = open(&catalog, Market::Spot);
    let run = Run { config: BacktestConfig::default(), seed: 0 };
    let mut watchman = Watchman::default();
    let outcome = run_observed(&options, &run, &mut inputs, &mut (), &mut watchman);
    let result = outcome.expect("the run ends").runs.remove(0);
    assert_eq!(watchman.broken(), None);

    assert_eq!((result.bars, result.symbols.len()), (358_195, 6));
    assert!(result.symbols.iter().all(|symbol| symbol.entries > 0), "{:?}", result.symbols);
    assert_eq!(result.rejections, 0, "{:?}", result.rejected);
    assert_eq!(result.exchange.cash_below_zero, 0);
    assert!(result.trades.len() > 100 && watchman.counts.stops_moved > 100);
    assert_eq!(watchman.counts.trades, result.trades.len() as u64);
    // No gate refuses everything.
    let mut passed: Vec<u64> = Gate::ALL.iter().map(|gate| result.gates[gate]).collect();
    assert!(passed.is_sorted_by(|before, after| before >= after), "{:?}", result.gates);
    passed.dedup();
    assert!(passed.len() > 8 && passed.last() > Some(&0), "{:?}", result.gates);
    assert_eq!(result.reasons[&ReasonCode::Enter], result.gates[&Gate::Risk]);
    // Trades account for what became of the money, dust aside.
    let made: f64 = result.trades.iter().map(|trade| trade.pnl).sum();
    let gained = result.final_equity - result.capital;
    assert!((made - gained).abs() < 1.0, "trades made {made}, the account gained {gained}");
}
