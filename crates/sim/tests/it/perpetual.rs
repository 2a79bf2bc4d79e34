//! Perpetuals on recorded bars, mark prices and funding.

use engine::config::EngineConfig;
use sim::backtest::{BacktestConfig, Run};
use types::instrument::Market;
use types::market::Direction;

use crate::support::{run_files, shared};

#[test]
fn a_perpetual_account_trades_both_ways_and_pays_funding() {
    let name = "a_perpetual_account_trades_both_ways_and_pays_funding";
    let Some(folder) = shared(name, "binance-usdm/1h") else { return };
    let engine = EngineConfig { market: Market::Perp, ..EngineConfig::default() };
    let runs = [Run { config: BacktestConfig { engine, ..BacktestConfig::default() }, seed: 0 }];
    let outcome = run_files(&[folder], Market::Perp, &runs);
    let result = &outcome.runs[0];
    let has = |direction| result.trades.iter().any(|trade| trade.direction == direction);
    assert!(has(Direction::Long) && has(Direction::Short));
    assert!(result.trades.iter().any(|trade| trade.funding != 0.0));
    assert_eq!(result.rejections, 0, "{:?}", result.rejected);
    assert_eq!(result.exchange.liquidations, 0);
}
