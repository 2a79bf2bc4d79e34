//! The main job on real bars: six symbols, seven years, one portfolio.

use sim::backtest::{BacktestConfig, Run, RunResult};
use types::instrument::Market;

use crate::support::{run_files, shared};

#[test]
fn confluence_over_six_symbols() {
    let Some(folder) = shared("confluence_over_six_symbols", "binance-spot/1h") else { return };
    let runs = [Run { config: BacktestConfig::default(), seed: 0 }];
    let outcome = run_files(&[folder], Market::Spot, &runs);
    let result: &RunResult = &outcome.runs[0];
    println!("{:?}", result.reasons);
    println!("{:#?}", result.rules);
    println!("{:?}", result.gates);
    println!(
        "{} trades, {} fills, {} rejections {:?}",
        result.trades.len(),
        result.fills,
        result.rejections,
        result.rejected
    );
    println!("{} -> {} {:?}", result.capital, result.final_equity, result.drawdown);
    println!("{:?}", result.safe_mode);
    println!("{:?}", result.exchange);
    println!("{:?}", result.symbols);
    println!("{:?}", result.calibration.as_ref().map(|c| (c.method, c.outcomes)));
    for t in result.trades.iter().take(12) {
        println!("{t:?}");
    }
    println!("hold {:?}", outcome.hold.last());
}
