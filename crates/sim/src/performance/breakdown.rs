//! Trades in groups: by pattern, by regime, by symbol.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::{Expectancy, mean_r};
use super::points::TradeRecord;

/// What the trades of one group came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// How many.
    pub trades: u64,
    /// Those with a P&L above 0.
    pub wins: u64,
    /// Wins as a share of the trades, 0 to 1.
    pub win_rate: f64,
    /// Mean R with the number of trades it rests on; `None` where none has an R.
    pub expectancy: Option<Expectancy>,
    /// Sum of P&L in quote currency, after fees and funding.
    pub pnl: f64,
}

/// Groups trades by each pattern seen at entry. A trade counts in each of its patterns, so sums
/// over the groups exceed the whole.
#[must_use]
pub fn by_pattern(trades: &[TradeRecord]) -> Vec<Group> {
    group(trades, |trade| trade.patterns.iter().map(ToString::to_string).collect())
}

/// Groups trades by the regime at entry.
#[must_use]
pub fn by_regime(trades: &[TradeRecord]) -> Vec<Group> {
    group(trades, |trade| trade.regime.iter().map(|regime| regime.name().to_owned()).collect())
}

/// Groups trades by symbol.
#[must_use]
pub fn by_symbol(trades: &[TradeRecord]) -> Vec<Group> {
    group(trades, |trade| vec![trade.symbol.to_string()])
}

fn group(trades: &[TradeRecord], names: impl Fn(&TradeRecord) -> Vec<String>) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<&TradeRecord>> = BTreeMap::new();
    for trade in trades {
        for name in names(trade) {
            groups.entry(name).or_default().push(trade);
        }
    }
    groups.into_iter().map(|(name, trades)| sum_up(name, &trades)).collect()
}

fn sum_up(name: String, trades: &[&TradeRecord]) -> Group {
    let wins = trades.iter().filter(|trade| trade.pnl > 0.0).count();
    Group {
        name,
        trades: trades.len() as u64,
        wins: wins as u64,
        win_rate: analysis::num::count(wins) / analysis::num::count(trades.len()),
        expectancy: mean_r(trades.iter().copied()),
        pnl: trades.iter().map(|trade| trade.pnl).sum(),
    }
}

#[cfg(test)]
mod tests {
    use types::market::{Direction, PatternId, PatternKind, Regime, Timeframe};

    use super::*;
    use crate::performance::metrics::tests::trade;

    #[test]
    fn a_trade_counts_in_each_of_its_patterns() {
        let pattern =
            |kind| PatternId { kind, direction: Some(Direction::Long), timeframe: Timeframe::H4 };
        let mut won = trade(10.0, Some(2.0));
        won.patterns = vec![pattern(PatternKind::PinBar), pattern(PatternKind::Breakout)];
        won.regime = Some(Regime::Bull);
        let mut lost = trade(-4.0, None);
        lost.patterns = vec![pattern(PatternKind::PinBar)];
        let trades = [won, lost];
        let groups = by_pattern(&trades);
        let shown: Vec<_> =
            groups.iter().map(|g| (g.name.as_str(), g.trades, g.wins, g.pnl)).collect();
        assert_eq!(shown, [("breakout/bullish/4h", 1, 1, 10.0), ("pin_bar/bullish/4h", 2, 1, 6.0)]);
        assert_eq!((groups[1].win_rate, groups[1].expectancy.unwrap().n), (0.5, 1));
        assert_eq!(by_regime(&trades).len(), 1);
        assert_eq!(by_symbol(&trades)[0].trades, 2);
    }
}
