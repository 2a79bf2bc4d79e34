//! [`Tape`]: the last trades of a symbol, one by one and by taker order and price.

use std::collections::VecDeque;

use sim::exchange::book::{Trade, VenueOrderId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

/// Trades kept of each symbol: a thousand full answers of `historicalTrades` would be more than anybody reads.
pub const TRADES_KEPT: usize = 50_000;

/// A trade as everybody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicTrade {
    /// Its number, rising within the symbol.
    pub id: u64,
    /// When.
    pub at: TsNanos,
    /// At what price.
    pub price: Price,
    /// How much, in base.
    pub qty: Qty,
    /// Whether the buyer's order rested.
    pub buyer_is_maker: bool,
}

impl PublicTrade {
    /// Returns price x quantity.
    #[must_use]
    pub fn quote(&self) -> Money {
        self.price.notional(self.qty)
    }
}

/// All that one taker order traded at one price at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggTrade {
    /// Its number, rising within the symbol.
    pub id: u64,
    /// When.
    pub at: TsNanos,
    /// At what price.
    pub price: Price,
    /// How much, in base.
    pub qty: Qty,
    /// Number of its first trade.
    pub first: u64,
    /// Number of its last trade.
    pub last: u64,
    /// Whether the buyer's order rested.
    pub buyer_is_maker: bool,
    taker: VenueOrderId,
}

/// The last trades of a symbol.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    trades: VecDeque<PublicTrade>,
    aggregates: VecDeque<AggTrade>,
    next_aggregate: u64,
}

impl Tape {
    /// Adds a trade.
    pub(super) fn push(&mut self, trade: &Trade) {
        let &Trade { id, at, price, qty, buyer_is_maker, .. } = trade;
        let taker = if buyer_is_maker { trade.seller_order } else { trade.buyer_order };
        keep(&mut self.trades, PublicTrade { id: id.0, at, price, qty, buyer_is_maker });
        if let Some(last) = self.aggregates.back_mut()
            && (last.taker, last.price, last.at) == (taker, price, at)
        {
            last.qty += qty;
            last.last = id.0;
            return;
        }
        self.next_aggregate += 1;
        let (first, last) = (id.0, id.0);
        let aggregate = self.next_aggregate;
        let entry = AggTrade { id: aggregate, at, price, qty, first, last, buyer_is_maker, taker };
        keep(&mut self.aggregates, entry);
    }

    /// Returns the last trade.
    #[must_use]
    pub fn last(&self) -> Option<&PublicTrade> {
        self.trades.back()
    }

    /// Returns the last trades, oldest first.
    #[must_use]
    pub fn latest(&self, limit: usize) -> Vec<PublicTrade> {
        tail(&self.trades, limit)
    }

    /// Returns trades from a number on, oldest first.
    #[must_use]
    pub fn from(&self, id: u64, limit: usize) -> Vec<PublicTrade> {
        let start = self.trades.partition_point(|trade| trade.id < id);
        self.trades.range(start..).take(limit).copied().collect()
    }

    /// Returns the last aggregate.
    #[must_use]
    pub fn last_aggregate(&self) -> Option<&AggTrade> {
        self.aggregates.back()
    }

    /// Returns the last aggregates, oldest first.
    #[must_use]
    pub fn latest_aggregates(&self, limit: usize) -> Vec<AggTrade> {
        tail(&self.aggregates, limit)
    }

    /// Returns aggregates from a number on, oldest first.
    #[must_use]
    pub fn aggregates_from(&self, id: u64, limit: usize) -> Vec<AggTrade> {
        let start = self.aggregates.partition_point(|entry| entry.id < id);
        self.aggregates.range(start..).take(limit).copied().collect()
    }

    /// Returns aggregates between two moments, both included: the oldest from `since` on if it is given, else the newest.
    #[must_use]
    pub fn aggregates_between(
        &self,
        since: Option<TsNanos>,
        until: Option<TsNanos>,
        limit: usize,
    ) -> Vec<AggTrade> {
        let start = since.map_or(0, |at| self.aggregates.partition_point(|e| e.at < at));
        let end = until
            .map_or(self.aggregates.len(), |at| self.aggregates.partition_point(|e| e.at <= at));
        let span = end.saturating_sub(start).min(limit);
        let start = if since.is_some() { start } else { end.saturating_sub(span) };
        self.aggregates.range(start..start + span).copied().collect()
    }
}

fn keep<T>(rows: &mut VecDeque<T>, row: T) {
    if rows.len() == TRADES_KEPT {
        rows.pop_front();
    }
    rows.push_back(row);
}

fn tail<T: Copy>(rows: &VecDeque<T>, limit: usize) -> Vec<T> {
    rows.range(rows.len().saturating_sub(limit)..).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::trade;
    use super::*;

    #[test]
    fn one_taker_at_one_price_is_one_aggregate() {
        let mut tape = Tape::default();
        // Number, millisecond, price, quantity, taker order.
        for row in [
            (1, 5, 100, 1, 9),
            (2, 5, 100, 2, 9),
            (3, 5, 101, 1, 9),
            (4, 5, 101, 1, 10),
            (5, 6, 101, 1, 10),
        ] {
            tape.push(&trade(row));
        }
        let seen: Vec<_> = tape
            .latest_aggregates(10)
            .iter()
            .map(|entry| (entry.id, entry.first, entry.last, entry.qty.to_string()))
            .collect();
        let own = |id, first, last, qty: &str| (id, first, last, qty.to_owned());
        assert_eq!(
            seen,
            [own(1, 1, 2, "3"), own(2, 3, 3, "1"), own(3, 4, 4, "1"), own(4, 5, 5, "1")]
        );
        let at = |millis| Some(TsNanos::from_millis(millis).unwrap());
        let ids = |since, until, limit| -> Vec<u64> {
            tape.aggregates_between(since, until, limit).iter().map(|entry| entry.id).collect()
        };
        assert_eq!(ids(at(5), at(5), 2), [1, 2]);
        assert_eq!(ids(None, at(5), 2), [2, 3]);
        assert_eq!(ids(at(6), None, 2), [4]);
        assert_eq!(ids(at(7), at(6), 2), [0_u64; 0]);
        assert_eq!(tape.from(4, 9).len(), 2);
        assert_eq!(tape.aggregates_from(3, 1)[0].id, 3);
    }
}
