//! Whatever the network does, the delivered bars are the venue's: each once, in order, closed, none missing.

use hub::feed::{FeedConfig, NoEntry, Report};
use proptest::prelude::*;

use super::network::{Faults, World, config};
use super::venue::symbol;

fn faults() -> impl Strategy<Value = Faults> {
    let of_messages = (0_u64..30, 0_u64..30, 0_u64..10, 0_u64..4_000);
    let of_links = (0_u64..3, 0_u64..2, 0_u64..40, 0_u64..60);
    (of_messages, of_links).prop_map(|(messages, links)| Faults {
        drop: messages.0,
        double: messages.1,
        unreadable: messages.2,
        delay_ms: messages.3,
        hang_up: links.0,
        half_open: links.1,
        unanswered: links.2,
        refused: links.3,
    })
}

/// A bad network for a while, an outage, then a good one until all must be there.
fn world(seed: u64, faults: Faults, config: FeedConfig, outage: i64) -> World {
    let mut world = World::new(seed, config, 120);
    world.faults = faults;
    world.run(400);
    world.away = (0..4).map(types::feed::SourceId).collect();
    world.run(outage);
    world.away.clear();
    world.run(300);
    world.faults = Faults::default();
    // Longest: a question asked in vain many times (30 s), a silent stream (30 s), a wait before a reconnect (30 s),
    // a question nobody answers (none here).
    world.run(200);
    world
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Each is half an hour of a market.
        cases: ProptestConfig::default().cases.div_ceil(10),
        ..ProptestConfig::default()
    })]

    #[test]
    fn one_flaky_source_delivers_everything_once_and_in_order(
        seed in any::<u64>(), faults in faults(), outage in 0_i64..900,
    ) {
        let world = world(seed, faults, config(1), outage);
        world.check_bars();
        world.check_trades();
        prop_assert!(world.books_compared > 100, "{}", world.books_compared);
    }

    #[test]
    fn bars_go_on_over_every_change_of_source(
        seed in any::<u64>(), faults in faults(), outage in 0_i64..300,
    ) {
        let world = world(seed, faults, config(3), outage);
        world.check_bars();
    }
}

#[test]
fn a_good_network_lacks_nothing_and_lets_entries_through() {
    let mut world = World::new(1, config(1), 0);
    world.run(600);
    world.check_bars();
    world.check_trades();
    assert_eq!(world.feed.no_entries(&symbol()), []);
    let told = world.count(|report| matches!(report, Report::Gap { .. } | Report::Stale { .. }));
    assert_eq!(told, 0, "{:?}", world.reports);
    let counts = world.feed.counts(types::feed::SourceId(0), &symbol()).unwrap();
    assert_eq!((counts.failed, counts.duplicate, counts.gaps, counts.late), (0, 0, 0, 0));
    assert_eq!(counts.parsed, counts.received);
}

#[test]
fn an_outage_of_an_hour_is_replayed_completely_and_in_order() {
    let mut world = World::new(2, config(1), -80);
    world.run(120);
    let before = world.bars[&types::market::Timeframe::M1].len();
    world.away.insert(types::feed::SourceId(0));
    world.run(3_600);
    assert_eq!(world.bars[&types::market::Timeframe::M1].len(), before, "nothing is invented");
    let reasons = world.feed.no_entries(&symbol());
    assert!(reasons.iter().any(|reason| matches!(reason, NoEntry::NotFresh { .. })));
    assert!(reasons.iter().any(|reason| matches!(reason, NoEntry::BarOld { .. })));
    world.away.clear();
    world.run(90);
    world.check_bars();
    world.check_trades();
    assert!(world.bars[&types::market::Timeframe::M1].len() >= before + 60);
    assert_eq!(
        world.feed.no_entries(&symbol()),
        [],
        "what an outage took and was filled is forgiven"
    );
    let counts = world.feed.counts(types::feed::SourceId(0), &symbol()).unwrap();
    assert!(counts.gaps >= 60 + 12 && counts.gaps == counts.gaps_of_outages, "{counts:?}");
}
