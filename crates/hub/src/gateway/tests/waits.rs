//! How long is waited between tries, and that it is the same whenever a run is played again.

use types::ids::{Leg, OrderId, Seq};

use super::super::retry::wait_after;

fn order(command: u64, leg: Leg, attempt: u8) -> OrderId {
    OrderId { command: Seq(command), leg, attempt }
}

/// The numbers are of the words in `retry`, written a second time in Python over the reference of splitmix64, whose first two
/// draws from 0 (e220a8397b1dcdaf, 6e789e6aa1b965f4) it gives.
#[test]
fn a_wait_is_drawn_from_the_seed_the_order_and_the_try() {
    for (tries, order, seed, pace, wait) in [
        (0, order(7, Leg::Main, 0), 1, 1, 110_375_000),
        (1, order(7, Leg::Main, 0), 1, 1, 211_050_000),
        (2, order(7, Leg::Stop, 0), 1, 1, 487_800_000),
        (0, order(7, Leg::Stop, 2), 1, 1, 108_075_000),
        (0, order(8, Leg::Target, 1), 5, 3, 310_950_000),
        (1, order(1_234_567, Leg::Stop, 1), 0xffff_ffff_ffff, 1, 202_850_000),
    ] {
        assert_eq!(wait_after(tries, order, seed, pace), wait, "{order:?} after {tries} tries");
    }
}

#[test]
fn orders_that_failed_together_are_not_tried_together() {
    let mut waits: Vec<i64> = [(7, Leg::Main, 0), (7, Leg::Stop, 0), (7, Leg::Target, 0)]
        .into_iter()
        .chain([(7, Leg::Stop, 1), (7, Leg::Stop, 2), (8, Leg::Stop, 0)])
        .map(|(command, leg, attempt)| wait_after(0, order(command, leg, attempt), 1, 1))
        .collect();
    waits.sort_unstable();
    waits.dedup();
    assert_eq!(waits.len(), 6, "{waits:?}");
}
