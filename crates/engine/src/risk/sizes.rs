//! The smallest order that can be left again.

use types::instrument::{FeeAsset, Instrument};
use types::market::Direction;
use types::num::{ONE_E8, Price, Qty};

use crate::config::OrderRules;

/// Returns the smallest order, in lots, whose exit at the stop stays sellable: notional x (1 - stop
/// distance) covers the venue's smallest notional with its cushion, and what a base fee leaves of it
/// still does, rounded down to the lot.
pub(crate) fn smallest(
    instrument: &Instrument,
    direction: Direction,
    worst: Price,
    distance: Price,
    rules: &OrderRules,
) -> Qty {
    let lot = instrument.lot.max(Qty::STEP);
    let exit_price = (worst - distance.max(Price::ZERO)).max(Price::STEP);
    let wanted = instrument.min_notional.scaled_down(rules.min_notional.get());
    let mut exit = wanted.qty_at(exit_price);
    if exit_price.notional(exit) < wanted {
        exit = exit.checked_add(Qty::STEP).unwrap_or(exit);
    }
    let exit = exit.max(instrument.min_qty).max(lot).ceil_to(lot);
    let shrinks = direction == Direction::Long && instrument.fee_asset == FeeAsset::Received;
    if shrinks { before_fee(exit, instrument).ceil_to(lot) } else { exit }
}

/// Returns the quantity of which the taker fee leaves at least so much.
fn before_fee(left: Qty, instrument: &Instrument) -> Qty {
    let keeps = i128::from(ONE_E8 - instrument.taker_fee.raw()).max(1);
    let raw = i128::from(left.raw()) * i128::from(ONE_E8);
    // Rounded up, and one step for the fee's own rounding.
    i64::try_from(raw.div_euclid(keeps) + 2).map_or(Qty::MAX, Qty::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::{Asset, Symbol};
    use types::instrument::Market;
    use types::num::{Money, Ratio};

    /// Coins that are traded in steps of this quantity, for 5 at the least.
    fn listed(lot: Qty) -> Instrument {
        Instrument {
            lot,
            min_qty: lot,
            min_notional: Money::from_units(5),
            taker_fee: Ratio::from_bps(10),
            ..Instrument::unknown(
                Symbol::new("BTCUSDT").unwrap(),
                Asset::new("BTC").unwrap(),
                Asset::new("USDT").unwrap(),
                Market::Spot,
            )
        }
    }

    #[test]
    fn the_exit_of_the_smallest_order_is_sellable_and_one_lot_less_is_not() {
        let rules = OrderRules::default();
        let base = listed("0.00001".parse().unwrap());
        for fee_asset in [FeeAsset::Quote, FeeAsset::Received] {
            for (worst, distance) in [("60000", "3000"), ("17321.55", "17.5"), ("9.87", "1.9")] {
                let instrument = Instrument { fee_asset, ..base.clone() };
                let (worst, distance): (Price, Price) =
                    (worst.parse().unwrap(), distance.parse().unwrap());
                let sellable = |qty: Qty| {
                    let fee = match fee_asset {
                        FeeAsset::Quote => Qty::ZERO,
                        FeeAsset::Received => qty.scaled_up(instrument.taker_fee),
                    };
                    let exit = (worst - distance).notional((qty - fee).floor_to(instrument.lot));
                    exit >= Money::from_units(5).scaled_down(Ratio::from_bps(12_500))
                };
                let qty = smallest(&instrument, Direction::Long, worst, distance, &rules);
                assert_eq!(qty, qty.floor_to(instrument.lot));
                assert!(sellable(qty), "{fee_asset:?} {worst} {qty}");
                assert!(!sellable(qty - instrument.lot), "{fee_asset:?} {worst} {qty}");
            }
        }
    }

    /// Where a lot is one step nothing hides a step too few.
    #[test]
    fn the_smallest_order_is_exact_to_the_step() {
        let rules = OrderRules::default();
        let base = listed(Qty::STEP);
        let of = |instrument: &Instrument, worst: &str, distance: &str| {
            let (worst, distance) = (worst.parse().unwrap(), distance.parse().unwrap());
            smallest(instrument, Direction::Long, worst, distance, &rules).to_string()
        };
        // 6.25 / 62.5, and 6.25 / 57 = 0.109649122807... rounded up.
        assert_eq!(of(&base, "72.5", "10"), "0.1");
        assert_eq!(of(&base, "60", "3"), "0.10964913");
        let coarse = Instrument { lot: "0.001".parse().unwrap(), ..base.clone() };
        assert_eq!(of(&coarse, "72.5", "10"), "0.1");
        // 0.1 / 0.999 = 0.1001001001..., rounded up, and a step for the rounding of the fee.
        let received = Instrument { fee_asset: FeeAsset::Received, ..base };
        assert_eq!(of(&received, "72.5", "10"), "0.10010012");
    }
}
