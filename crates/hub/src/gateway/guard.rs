//! [`Guard`]: what protects the position of one symbol (invariant 6), and the arithmetic of it.

use serde::{Deserialize, Serialize};
use types::decision::{Protection, Protective};
use types::ids::{OrderId, Seq};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Price, Qty};
use types::order::OrderRequest;

/// A placement that a look-up has proven never to have been accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) order: OrderId,
    pub(super) request: OrderRequest,
    /// When it was commanded: after an outage its wait is over.
    pub(super) at: TsNanos,
}

/// The protection of one symbol: what the journal says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guard {
    pub(super) protection: Option<Protection>,
    pub(super) direction: Option<Direction>,
    /// Where the stop belongs: the first one by the average fill, then only towards profit.
    pub(super) stop_at: Option<Price>,
    /// The entry that says: sell at once. A stop that the venue refuses, because the market is beyond it
    /// already, means that.
    pub(super) sell: Option<Seq>,
    /// An operator wants it closed: no further from the market than the price collar.
    pub(super) flattened: bool,
    /// What closes it was rejected: nothing is asked for again until something changes.
    pub(super) blocked: Option<TsNanos>,
    /// Sales that the venue has rejected since anything changed.
    pub(super) rejected: u8,
    /// The venue has rejected a stop since anything changed.
    pub(super) stop_rejected: bool,
    /// The place of the last command for a stop, and the stop: a target right behind it is of one list with it.
    pub(super) last_stop: Option<(Seq, OrderId)>,
    /// The place of the last command to cancel what protects: a placement right behind it is to take its stead.
    pub(super) last_cancel: Option<(Seq, OrderId)>,
    /// When a protective order last traded.
    pub(super) traded_at: Option<TsNanos>,
    /// The stop (or the stop and target) that was never accepted.
    pub(super) failed_stop: Option<Failed>,
    pub(super) failed_target: Option<Failed>,
    /// The sale that was never accepted.
    pub(super) failed_exit: Option<Failed>,
}

impl Guard {
    /// Something changed: what the venue has rejected may be accepted now.
    pub(super) const fn try_anew(&mut self) {
        self.blocked = None;
        self.rejected = 0;
        self.stop_rejected = false;
    }

    /// Moves the stop to where a new average puts it, never away from profit.
    pub(super) fn ratchet(&mut self, average: Price, tick: Price) {
        let (Some(protection), Some(direction)) = (self.protection, self.direction) else {
            return;
        };
        let first = protective_price(protection.stop, average, direction, tick, Towards::Loss);
        self.stop_at = Some(match self.stop_at {
            Some(at) if nearer_to_profit(direction, at, first) => at,
            Some(_) | None => first,
        });
    }

    /// Folds that the symbol is flat. `entering`: an entry is still under way.
    pub(super) fn stand_down(&mut self, entering: bool) {
        let kept = std::mem::take(self);
        if entering {
            (self.protection, self.direction) = (kept.protection, kept.direction);
        }
    }
}

/// Returns whether a stop at `at` keeps at least as much as one at `other`.
pub(super) fn nearer_to_profit(direction: Direction, at: Price, other: Price) -> bool {
    match direction {
        Direction::Long => at >= other,
        Direction::Short => at <= other,
    }
}

/// Which side of the average fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Towards {
    Loss,
    Profit,
}

/// Returns the price of a protective order, rounded away from profit.
pub(super) fn protective_price(
    protective: Protective,
    average: Price,
    direction: Direction,
    tick: Price,
    towards: Towards,
) -> Price {
    let below = match (direction, towards) {
        (Direction::Long, Towards::Loss) | (Direction::Short, Towards::Profit) => true,
        (Direction::Long, Towards::Profit) | (Direction::Short, Towards::Loss) => false,
    };
    let price = match protective {
        Protective::At(price) => price,
        Protective::Distance(distance) if below => average - distance,
        Protective::Distance(distance) => average + distance,
    };
    // A long's stop rounds down and its target up: neither is nearer to profit than asked.
    let rounded = if below { price.floor_to(tick) } else { price.ceil_to(tick) };
    rounded.max(tick.max(Price::STEP))
}

/// Returns whether a sale is below the venue's smallest order: it would be rejected.
pub(super) fn is_dust(instrument: &Instrument, qty: Qty, price: Price) -> bool {
    let small = match instrument.market {
        Market::Spot => price.notional(qty) < instrument.min_notional,
        // USD-M futures exempt orders that only reduce.
        Market::Perp => false,
    };
    small || qty < instrument.min_qty || !qty.is_positive()
}

#[cfg(test)]
mod tests {
    use super::super::tests::desk::{instrument, price, qty};
    use super::*;

    #[test]
    fn a_stop_at_the_same_price_keeps_as_much_and_one_a_tick_away_more_or_less() {
        for (direction, at, keeps) in [
            (Direction::Long, "99", false),
            (Direction::Long, "100", true),
            (Direction::Long, "101", true),
            (Direction::Short, "99", true),
            (Direction::Short, "100", true),
            (Direction::Short, "101", false),
        ] {
            let seen = nearer_to_profit(direction, price(at), price("100"));
            assert_eq!(seen, keeps, "{direction:?} {at}");
        }
    }

    #[test]
    fn protection_lies_on_its_side_of_the_average_and_rounds_away_from_profit() {
        let distance = Protective::Distance(price("9.5"));
        for (direction, towards, wanted) in [
            (Direction::Long, Towards::Loss, "90"),
            (Direction::Long, Towards::Profit, "110"),
            (Direction::Short, Towards::Loss, "110"),
            (Direction::Short, Towards::Profit, "90"),
        ] {
            let seen = protective_price(distance, price("100"), direction, price("1"), towards);
            assert_eq!(seen, price(wanted), "{direction:?} {towards:?}");
        }
        // Never at zero or below.
        let far = Protective::Distance(price("200"));
        let seen = protective_price(far, price("100"), Direction::Long, price("1"), Towards::Loss);
        assert_eq!(seen, price("1"));
    }

    #[test]
    fn dust_is_what_the_venue_would_reject() {
        let spot = instrument("0.01");
        let perp = Instrument { market: Market::Perp, ..spot.clone() };
        for (instrument, size, at, dust) in [
            // The least notional is 20, the least quantity 0.1.
            (&spot, "0.2", "100", false),
            (&spot, "0.2", "99.99", true),
            (&spot, "0.1", "200", false),
            (&spot, "0.09", "1000", true),
            (&spot, "0", "1000", true),
            (&perp, "0.1", "1", false),
            (&perp, "0.09", "1000", true),
        ] {
            assert_eq!(is_dust(instrument, qty(size), price(at)), dust, "{size} at {at}");
        }
        let any = Instrument { min_qty: Qty::ZERO, min_notional: types::num::Money::ZERO, ..spot };
        assert!(is_dust(&any, Qty::ZERO, price("100")));
        assert!(!is_dust(&any, Qty::STEP, price("100")));
    }

    #[test]
    fn a_flat_symbol_keeps_what_the_entry_under_way_decided_and_nothing_else() {
        let protection = Protection { stop: Protective::Distance(price("10")), target: None };
        let held = Guard {
            protection: Some(protection),
            direction: Some(Direction::Long),
            stop_at: Some(price("95")),
            flattened: true,
            ..Guard::default()
        };
        let mut guard = held.clone();
        guard.stand_down(false);
        assert_eq!(guard, Guard::default());
        let mut guard = held;
        guard.stand_down(true);
        let direction = Some(Direction::Long);
        assert_eq!(guard, Guard { protection: Some(protection), direction, ..Guard::default() });
    }
}
