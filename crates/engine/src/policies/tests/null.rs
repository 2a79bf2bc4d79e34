//! The yardstick `null`: as many entries as it was told, at closes drawn by the seed.

use super::*;
use crate::config::{NullConfig, NullQuota, PolicyName};
use types::instrument::Market;
use types::market::Direction;

/// Four-hour bars, warm after fifteen: as many ranges as the average takes.
pub(super) fn walk(market: Market, entries: u32, closes: u32, seed: u64) -> Walk {
    let quota = NullQuota { symbol: testing::instrument().symbol, entries, closes };
    let mut config = EngineConfig {
        market,
        policy: PolicyName::Null,
        timeframes: Some(vec![Timeframe::H4]),
        null: NullConfig { quotas: vec![quota] },
        ..EngineConfig::default()
    };
    config.analysis.components.warm_up = analysis::Period::new(15).unwrap();
    let mut walk = Walk::new(&config, Timeframe::H4, seed);
    for _ in 1..15 {
        assert_eq!(walk.close("200"), nothing(ReasonCode::NotWarm));
    }
    walk
}

/// Entries decided over so many closes, none of which trades; by direction.
fn entered(walk: &mut Walk, closes: u32) -> (u32, u32) {
    let mut of = (0, 0);
    for _ in 0..closes {
        match walk.close("200") {
            (Action::Enter { direction: Direction::Long, .. }, ReasonCode::Enter) => of.0 += 1,
            (Action::Enter { direction: Direction::Short, .. }, ReasonCode::Enter) => of.1 += 1,
            (action, code) => assert_eq!((action, code), nothing(ReasonCode::NoSignal)),
        }
        // The order ends untraded: the gateway says that it goes no further.
        walk.end();
    }
    of
}

#[test]
fn the_number_of_entries_is_the_one_it_was_told_whatever_the_seed() {
    for seed in 0..20 {
        let mut walk = walk(Market::Spot, 3, 10, seed);
        assert_eq!(entered(&mut walk, 10), (3, 0), "seed {seed}");
        assert_eq!(entered(&mut walk, 5), (0, 0), "seed {seed}: the closes are over");
    }
}

#[test]
fn which_closes_they_are_is_the_seeds_choice() {
    let first = |seed| {
        let mut walk = walk(Market::Spot, 1, 10, seed);
        (0..10).find(|_| entered(&mut walk, 1) == (1, 0))
    };
    let drawn: std::collections::BTreeSet<_> = (0..40).map(first).collect();
    assert!(drawn.len() >= 8 && !drawn.contains(&None), "{drawn:?}");
}

#[test]
fn a_perpetual_is_sold_short_about_as_often_as_it_is_bought() {
    let mut sum = (0, 0);
    for seed in 0..20 {
        let (long, short) = entered(&mut walk(Market::Perp, 10, 10, seed), 10);
        assert_eq!(long + short, 10, "seed {seed}");
        sum = (sum.0 + long, sum.1 + short);
    }
    assert!(sum.0 > 70 && sum.1 > 70, "{sum:?}");
}

#[test]
fn an_order_that_works_is_waited_for() {
    let mut walk = walk(Market::Spot, 2, 2, 1);
    assert!(matches!(walk.close("200"), (Action::Enter { .. }, ReasonCode::Enter)));
    assert_eq!(walk.close("200"), nothing(ReasonCode::OrderWorking));
    assert_eq!(walk.instant(), nothing(ReasonCode::NoDecisionClose));
}
