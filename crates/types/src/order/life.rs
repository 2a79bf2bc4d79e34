//! An order with its state and history.

use serde::{Deserialize, Serialize};

use super::{OrderEvent, OrderRequest, OrderState, TransitionError};
use crate::ids::OrderId;
use crate::market::TsNanos;
use crate::num::Qty;

/// An order: what was asked, how far it got, by which steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its identity.
    pub id: OrderId,
    /// What was asked.
    pub request: OrderRequest,
    state: OrderState,
    filled: Qty,
    history: Vec<(TsNanos, OrderState)>,
}

impl Order {
    /// Returns a durable order that was not sent yet.
    #[must_use]
    pub fn new(id: OrderId, request: OrderRequest, at: TsNanos) -> Self {
        // Sent, accepted, ended: few orders have more.
        let mut history = Vec::with_capacity(4);
        history.push((at, OrderState::Intent));
        Self { id, request, state: OrderState::Intent, filled: Qty::ZERO, history }
    }

    /// Returns the state.
    #[must_use]
    pub const fn state(&self) -> OrderState {
        self.state
    }

    /// Returns the quantity that has traded.
    #[must_use]
    pub const fn filled(&self) -> Qty {
        self.filled
    }

    /// Returns the quantity that can still trade, zero once the order ended.
    #[must_use]
    pub fn open_qty(&self) -> Qty {
        if self.state.is_terminal() { Qty::ZERO } else { self.request.qty - self.filled }
    }

    /// Returns each state with the moment it was entered, oldest first.
    #[must_use]
    pub fn history(&self) -> &[(TsNanos, OrderState)] {
        &self.history
    }

    /// Takes an event other than a fill.
    ///
    /// # Errors
    /// `TransitionError` if it cannot happen in this state; the order is unchanged.
    pub fn on_event(&mut self, event: OrderEvent, at: TsNanos) -> Result<(), TransitionError> {
        let next = self.state.after(event, self.filled.is_positive())?;
        if next != self.state {
            self.state = next;
            self.history.push((at, next));
        }
        Ok(())
    }

    /// Takes a fill. More than was asked for counts too: what the venue did is what is true.
    ///
    /// # Errors
    /// `TransitionError` if the order cannot trade in this state; the order is unchanged.
    pub fn on_fill(&mut self, qty: Qty, at: TsNanos) -> Result<(), TransitionError> {
        let filled = self.filled + qty;
        let event =
            if filled < self.request.qty { OrderEvent::PartialFill } else { OrderEvent::Fill };
        self.on_event(event, at)?;
        self.filled = filled;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Leg, Seq, SymbolId};
    use crate::order::{OrderKind, TimeInForce};
    use crate::side::Side;

    fn order(qty: i64) -> Order {
        let request = OrderRequest {
            symbol: SymbolId(0),
            side: Side::Buy,
            kind: OrderKind::Market,
            qty: Qty::from_raw(qty),
            tif: TimeInForce::Ioc,
            reduce_only: false,
        };
        Order::new(OrderId::first(Seq(1), Leg::Main), request, TsNanos::EPOCH)
    }

    #[test]
    fn a_fill_after_cancel_still_counts() {
        let mut order = order(10);
        let at = TsNanos::EPOCH;
        for event in [OrderEvent::Submit, OrderEvent::Accept, OrderEvent::Cancel] {
            order.on_event(event, at).expect("the usual life");
        }
        order.on_fill(Qty::from_raw(4), at).expect("it was under way");
        assert_eq!((order.state(), order.filled().raw()), (OrderState::Cancelled, 4));
        assert_eq!(order.open_qty(), Qty::ZERO);
    }

    #[test]
    fn history_holds_each_state_once() {
        let mut order = order(10);
        order.on_event(OrderEvent::Submit, TsNanos::from_nanos(1)).expect("sent");
        order.on_fill(Qty::from_raw(4), TsNanos::from_nanos(2)).expect("part");
        order.on_fill(Qty::from_raw(4), TsNanos::from_nanos(3)).expect("part");
        order.on_fill(Qty::from_raw(2), TsNanos::from_nanos(4)).expect("rest");
        let states: Vec<_> = order.history().iter().map(|(at, s)| (at.as_nanos(), *s)).collect();
        use OrderState as S;
        let wanted = [(0, S::Intent), (1, S::Submitted), (2, S::PartiallyFilled), (4, S::Filled)];
        assert_eq!(states, wanted);
    }
}
