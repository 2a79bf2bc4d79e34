//! Random stories with a venue that loses, delays, doubles and reorders, and with crashes that leave the journal alone.
//!
//! The venue knows the truth: what it accepted, what traded. Held against it are the invariants `intent once`, `load
//! line`, `protected` and `books agree`.

mod venue;
mod world;

use proptest::test_runner::Config;

use super::super::{Capabilities, CidUniqueness, EntryStyle, Settings};
use world::{Faults, World};

fn settings(seed: u64) -> Settings {
    let mut venue = Capabilities::binance_spot();
    venue.cid_uniqueness = match seed % 3 {
        0 | 1 => CidUniqueness::OpenOnly,
        _ => CidUniqueness::Forever,
    };
    venue.replace = !seed.is_multiple_of(5);
    venue.replace_lists = seed.is_multiple_of(7);
    let entry = if seed.is_multiple_of(2) { EntryStyle::Touch } else { EntryStyle::Bounded };
    Settings { entry, ..Settings::live("main", venue) }
}

#[test]
fn whatever_the_network_does_an_intent_is_carried_out_once_and_books_agree_after_it() {
    let mut seen = world::Seen::default();
    for seed in 0..u64::from(Config::default().cases.max(10_000)) {
        let mut world = World::new(seed, settings(seed), Faults::ALL);
        world.run(60);
        world.heal();
        seen.add(&world.seen);
    }
    // A campaign that met none of what it is about proves nothing.
    seen.assert_all();
}

#[test]
fn without_faults_a_position_is_never_without_its_stop_for_a_second() {
    for seed in 0..1_000 {
        let mut world = World::new(seed, settings(seed), Faults::NONE);
        world.run(120);
        world.heal();
        assert!(world.longest_unprotected() <= 1_000_000_000, "seed {seed}");
    }
}
