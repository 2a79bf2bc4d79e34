//! What fills cost: spread, slippage, fees, latency, a share of the volume.

use sim::exchange::{Conventions, CostModel};
use types::instrument::{FeeAsset, Market};
use types::num::Ratio;

use crate::exchange_story::{Told, instrument};

fn free() -> CostModel {
    CostModel::none()
}

#[test]
fn half_spread_and_slippage_are_paid_on_arrival_and_not_by_resting_orders() {
    let costs =
        CostModel { half_spread: Ratio::from_bps(1), slippage: Ratio::from_bps(2), ..free() };
    Told::costing(costs).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100.03 (open)"),
        ("sell 0.5 stop 95 oco sell 0.5 target 110", "2 accepted; 3 accepted"),
        ("sell 0.5 limit 120", "4 accepted"),
        // 110 less 3 bps is 109.967.
        ("bar 100 121 99 100", "3 sold 0.5 at 109.96 (2/3); 2 expired; 4 sold 0.5 at 120 (2/3)"),
        ("buy 1 market", "5 accepted"),
        // The bar's own spread stands for the configured one: 100 + 1 + 0.02.
        ("bar 100 101 99 100 spread 1", "5 bought 1 at 101.02 (open)"),
    ]);
}

#[test]
fn a_bound_is_kept_or_the_order_expires() {
    let costs = CostModel { slippage: Ratio::from_bps(100), ..free() };
    Told::costing(costs).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 101 ioc", "1 accepted"),
        ("bar 100 105 99 100", "1 bought 1 at 101 (open)"),
        ("buy 1 limit 100.99 ioc", "2 accepted"),
        ("bar 100 105 99 100", "2 expired"),
        // One that may rest does; the price has to come through it.
        ("buy 1 limit 100.5", "3 accepted"),
        ("bar 100 105 100 104", "3 bought 1 at 100.5 (1/3)"),
        ("buy 1 limit 103", "4 accepted"),
        ("bar 103 104 103 104", ""),
        ("bar 103.5 104 102.99 104", "4 bought 1 at 103 (1/3)"),
    ]);
}

#[test]
fn fees_are_charged_in_what_is_received_and_rounded_up() {
    let mut rules = instrument(Market::Spot);
    (rules.taker_fee, rules.maker_fee) = (Ratio::from_bps(10), Ratio::from_bps(10));
    let costs = CostModel { taker_fee: None, maker_fee: None, ..free() };
    Told::with(rules.clone(), costs.clone(), Conventions::default()).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100 fee 0.001 base (open)"),
        // The fee has made the holding smaller.
        ("sell 1 stop 95", "2 rejected INSUFFICIENT_BALANCE"),
        ("sell 0.999 market", "3 accepted"),
        ("bar 100.01 101 99 100", "3 sold 0.999 at 100.01 fee 0.09990999 (open)"),
    ]);
    rules.fee_asset = FeeAsset::Quote;
    Told::with(rules, costs, Conventions::default()).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 rejected INSUFFICIENT_BALANCE"),
        ("buy 9.99 market", "2 accepted"),
        ("bar 100 101 99 100", "2 bought 9.99 at 100 fee 0.999 (open)"),
    ]);
}

#[test]
fn a_share_of_the_volume_is_ours_and_the_rest_waits() {
    let costs = CostModel { participation: Some(Ratio::from_bps(1_000)), ..free() };
    let told = Told::costing(costs).hears(&[
        ("bar 100 100 100 100 v 10", ""),
        ("buy 2.5 market", "1 accepted"),
        ("bar 100 101 99 100 v 10", "1 bought 1 at 100 (open)"),
        ("bar 101 102 99 100 v 8", "1 bought 0.8 at 101 (open)"),
        ("bar 102 102 99 100 v 100", "1 bought 0.7 at 102 (open)"),
        ("sell 2.5 stop 95", "2 accepted"),
        ("bar 100 101 90 92 v 20", "2 sold 2 at 95 (1/3)"),
        ("bar 91 92 90 91 v 20", "2 sold 0.5 at 91 (open)"),
        ("buy 2 limit 100 ioc", "3 accepted"),
        ("bar 91 92 90 91 v 10", "3 bought 1 at 91 (open); 3 expired"),
        ("buy 2 limit 100 fok", "4 accepted"),
        ("bar 91 92 90 91 v 10", "4 expired"),
    ]);
    assert_eq!(told.exchange.statistics().partial_fills, 4);
}

#[test]
fn a_late_order_gets_the_worse_of_two_prices() {
    // A quarter of an hour: 3/4 of the way from the open to the first extreme.
    let costs = CostModel { latency_nanos: 900_000_000_000, ..free() };
    Told::costing(costs).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", ""),
        // Flat and buying: the high first; at 15 minutes the path is at 109.
        ("bar 100 112 90 100", "1 accepted; 1 bought 1 at 109 (1/3)"),
        ("sell 1 market", ""),
        // Long: the low first; at 15 minutes it is at 91.
        ("bar 100 110 88 100", "2 accepted; 2 sold 1 at 91 (1/3)"),
    ]);
}

#[test]
fn a_latency_longer_than_a_bar_waits_for_its_moment() {
    let costs = CostModel { latency_nanos: 5_400_000_000_000, ..free() };
    Told::costing(costs).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", ""),
        ("bar 100 130 90 100", ""),
        // Half-way from the high of 120 to the low of 70 it is at 95; worse is the open it missed.
        ("bar 99 120 70 110", "1 accepted; 1 bought 1 at 100 (2/3)"),
        ("sell 1 market", ""),
        ("bar 100 130 90 100", ""),
        // Long, so from the low of 70 to the high of 160 half-way is 115: no gain from being late.
        ("bar 99 160 70 110", "2 accepted; 2 sold 1 at 100 (2/3)"),
    ]);
}

#[test]
fn a_cancellation_is_as_late_as_an_order() {
    let costs = CostModel { latency_nanos: 900_000_000_000, ..free() };
    Told::costing(costs).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95", ""),
        ("bar 100 101 99 100", "1 accepted"),
        ("cancel 1", ""),
        ("bar 94 96 93 94", "1 bought 1 at 94 (open)"),
        ("sell 1 limit 120", ""),
        ("bar 94 96 93 94", "2 accepted"),
        ("cancel 2", ""),
        ("bar 94 96 93 94", "2 cancelled"),
    ]);
}
