//! [`Terms`]: what the venue takes for a symbol, and what our orders become there.

use types::decision::{Refusal, RefusalCode};
use types::num::{Price, Ratio};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;
use types::venue::{Listing, ListingStatus, OrderKindName};

use super::settings::Capabilities;

/// Whether a symbol trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trading {
    On,
    Halted,
    Delisted,
}

/// What the venue takes for a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) kinds: Vec<OrderKindName>,
    pub(super) oco: bool,
    pub(super) replace: bool,
    pub(super) trading: Trading,
}

impl Terms {
    pub(super) fn of_venue(venue: &Capabilities) -> Self {
        let kinds = venue.kinds.clone();
        Self { kinds, oco: venue.oco, replace: venue.replace, trading: Trading::On }
    }

    pub(super) fn of_listing(listing: &Listing) -> Self {
        Self {
            kinds: listing.kinds.clone(),
            oco: listing.oco,
            replace: listing.cancel_replace,
            trading: match listing.status {
                ListingStatus::Trading => Trading::On,
                ListingStatus::Halted | ListingStatus::Closed => Trading::Halted,
            },
        }
    }

    pub(super) fn delisted() -> Self {
        Self { kinds: Vec::new(), oco: false, replace: false, trading: Trading::Delisted }
    }

    fn takes(&self, kind: OrderKind) -> bool {
        self.kinds.contains(&OrderKindName::of(kind))
    }

    /// Returns the order as the venue takes it, or refuses before anything is sent.
    ///
    /// A stop-market that the symbol does not have becomes a stop-limit whose limit lies so far behind its
    /// trigger that it trades in all but a gap, which is chased. A post-only order becomes an ordinary limit.
    pub(super) fn map(
        &self,
        request: OrderRequest,
        offset: Price,
        tick: Price,
    ) -> Result<OrderRequest, Refusal> {
        let fallback = match request.kind {
            OrderKind::StopMarket { trigger } => {
                let price = match request.side {
                    Side::Sell => (trigger - offset).floor_to(tick).max(tick),
                    Side::Buy => (trigger + offset).ceil_to(tick),
                };
                Some(OrderKind::StopLimit { trigger, price })
            }
            OrderKind::LimitMaker { price } => Some(OrderKind::Limit { price }),
            OrderKind::Market
            | OrderKind::Limit { .. }
            | OrderKind::StopLimit { .. }
            | OrderKind::TakeProfit { .. } => None,
        };
        let kinds = [Some(request.kind), fallback].into_iter().flatten();
        match kinds.into_iter().find(|kind| self.takes(*kind)) {
            Some(kind) => Ok(OrderRequest { kind, ..request }),
            None => Err(Refusal::word(RefusalCode::OrderType)),
        }
    }
}

/// Returns the distance of a stop-limit's limit from its trigger: max(1 %, 0.5 ATR) (spec: "Execution").
pub(super) fn stop_limit_offset(trigger: Price, share: Ratio, range: Option<Price>) -> Price {
    let half = range.map_or(Price::ZERO, |range| Price::from_raw(range.raw() / 2));
    trigger.scaled_up(share).max(half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::SymbolId;
    use types::num::Qty;
    use types::order::TimeInForce;

    fn price(raw: i64) -> Price {
        Price::from_raw(raw)
    }

    fn order(side: Side, kind: OrderKind) -> OrderRequest {
        let qty = Qty::from_raw(5);
        OrderRequest {
            symbol: SymbolId(0),
            side,
            kind,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: true,
        }
    }

    #[test]
    fn a_kind_that_the_symbol_lacks_is_replaced_or_refused() {
        use OrderKindName as K;
        let stop = OrderKind::StopMarket { trigger: price(1_000) };
        let maker = OrderKind::LimitMaker { price: price(900) };
        for (kinds, side, kind, wanted) in [
            (vec![K::StopMarket], Side::Sell, stop, Some(stop)),
            (
                vec![K::StopLimit],
                Side::Sell,
                stop,
                Some(OrderKind::StopLimit { trigger: price(1_000), price: price(980) }),
            ),
            (
                vec![K::StopLimit],
                Side::Buy,
                stop,
                Some(OrderKind::StopLimit { trigger: price(1_000), price: price(1_015) }),
            ),
            (vec![K::Limit], Side::Buy, maker, Some(OrderKind::Limit { price: price(900) })),
            (vec![K::Limit], Side::Sell, stop, None),
            (vec![], Side::Sell, OrderKind::Market, None),
        ] {
            let terms = Terms { kinds, oco: false, replace: false, trading: Trading::On };
            let seen = terms.map(order(side, kind), price(15), price(10));
            let seen = seen.map(|order| order.kind).ok();
            let wanted = match wanted {
                Some(OrderKind::StopLimit { trigger, price: p }) if side == Side::Buy => {
                    // 1,015 rounds up to the next tick, away from refusal.
                    Some(OrderKind::StopLimit { trigger, price: p.ceil_to(price(10)) })
                }
                other => other,
            };
            assert_eq!(seen, wanted, "{kind:?}");
        }
    }

    #[test]
    fn the_offset_is_the_larger_of_a_share_and_half_a_range() {
        let one = Ratio::from_bps(100);
        assert_eq!(stop_limit_offset(price(1_000), one, None), price(10));
        assert_eq!(stop_limit_offset(price(1_000), one, Some(price(18))), price(10));
        assert_eq!(stop_limit_offset(price(1_000), one, Some(price(24))), price(12));
    }
}
