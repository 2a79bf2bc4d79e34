//! The reference rule that every engine can run, against figures computed elsewhere: a plain loop in
//! f64 and another in exact integers over the same 512,727 bars.

use engine::config::{PolicyName, StopFrom};
use sim::backtest::{BacktestConfig, Run, RunResult};
use sim::exchange::{EntryFill, GapFill};
use types::instrument::Market;

use crate::support::{run_files, shared};

const FILE: &str = "bitfinex-spot/1m/BTCUSD-1m-2019-01_2020-01.csv.gz";

fn run_rule(test: &str, change: impl Fn(&mut BacktestConfig)) -> Option<RunResult> {
    let file = shared(test, FILE)?;
    let mut config = BacktestConfig::named(PolicyName::EmaCross);
    change(&mut config);
    let runs = [Run { config, seed: 0 }];
    Some(run_files(&[file], Market::Spot, &runs).runs.remove(0))
}

fn check(result: &RunResult, equity: f64) {
    let off = (result.final_equity - equity).abs();
    assert!(off <= 0.01, "final equity {}, wanted {equity}", result.final_equity);
}

#[test]
fn the_reference_rule_gives_the_known_trades_and_equity() {
    let name = "the_reference_rule_gives_the_known_trades_and_equity";
    let Some(result) = run_rule(name, |_| {}) else { return };
    assert_eq!(result.bars, 512_727);
    assert_eq!(result.trades.len(), 5_066);
    check(&result, 331_691.18);
    assert_eq!(result.exchange.cash_below_zero, 1_528);
}

#[test]
fn other_conventions_give_their_known_figures() {
    let name = "other_conventions_give_their_known_figures";
    type Change = fn(&mut BacktestConfig);
    let figures: [(f64, Change); 4] = [
        (354_904.03, |config| config.engine.ema_cross.stop_from = StopFrom::SignalClose),
        (321_805.00, |config| config.conventions.stop_on_entry_bar = false),
        (345_613.35, |config| config.conventions.gap_fill = GapFill::Trigger),
        (344_324.64, |config| {
            config.conventions.entry_fill = EntryFill::SignalClose;
            config.conventions.gap_fill = GapFill::Trigger;
        }),
    ];
    for (equity, change) in figures {
        let Some(result) = run_rule(name, change) else { return };
        check(&result, equity);
    }
}
