//! Executions: at which price, how much, for what fee, and what ends with them.

use types::entry::ReportEvent;
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{OrderId, SymbolId};
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::order::TimeInForce;
use types::side::Side;

use super::Exchange;
use super::working::Working;

/// How much of an order an execution may take.
struct Share {
    qty: Qty,
    /// Whether what is left has no money or no position behind it.
    ends: bool,
    cut_by_funds: bool,
}

impl Exchange {
    /// Executes an order that takes whatever price there is.
    pub(super) fn take(&mut self, symbol: SymbolId, index: usize, at: TsNanos) {
        let Some(price) = self.arrival_price(symbol, index) else { return };
        let order = &mut self.slots[symbol.index()].orders[index];
        (order.undelayed, order.forced) = (None, None);
        self.execute(symbol, index, price, Liquidity::Taker, at);
    }

    /// Executes an order with a worst price if the market with its costs is within it; else the
    /// order rests, or expires if it may not.
    pub(super) fn take_or_rest(&mut self, symbol: SymbolId, index: usize, at: TsNanos) {
        let slot = &self.slots[symbol.index()];
        let price = self.arrival_price(symbol, index);
        let order = &slot.orders[index];
        let within = match (price, order.bound(), order.request.side) {
            (Some(price), Some(bound), Side::Buy) => price <= bound,
            (Some(price), Some(bound), Side::Sell) => price >= bound,
            (Some(_), None, _) => true,
            (None, _, _) => false,
        };
        let (id, immediate) = (order.id, order.is_immediate());
        match price.filter(|_| within && slot.can_trade()) {
            Some(price) => {
                self.slots[symbol.index()].orders[index].undelayed = None;
                self.execute(symbol, index, price, Liquidity::Taker, at);
                // What was not filled of an order that may rest, rests.
                let slot = &mut self.slots[symbol.index()];
                if let Some(index) = slot.find(id) {
                    slot.orders[index].rest();
                }
            }
            None if immediate => self.expire(symbol, index, at),
            None => self.slots[symbol.index()].orders[index].rest(),
        }
    }

    /// Executes an order that rested, at its own price or the open that gapped beyond it.
    pub(super) fn make(&mut self, symbol: SymbolId, index: usize, price: Price, at: TsNanos) {
        self.execute(symbol, index, price, Liquidity::Maker, at);
    }

    /// Returns the price of an order that trades on arrival: never better than without latency.
    fn arrival_price(&self, symbol: SymbolId, index: usize) -> Option<Price> {
        let slot = &self.slots[symbol.index()];
        let order = &slot.orders[index];
        let now = order.forced.or(slot.price())?;
        let side = order.request.side;
        let reference = match (order.undelayed, side) {
            (Some(before), Side::Buy) => now.max(before),
            (Some(before), Side::Sell) => now.min(before),
            (None, _) => now,
        };
        let spread = slot.lane.as_ref().and_then(|lane| lane.half_spread);
        Some(self.costs.taker_price(slot.instrument.tick, side, reference, spread))
    }

    /// Executes what can be executed of an order at a price and reports it.
    fn execute(
        &mut self,
        symbol: SymbolId,
        index: usize,
        price: Price,
        liquidity: Liquidity,
        at: TsNanos,
    ) {
        let index = self.detach_partner(symbol, index);
        let slot = &self.slots[symbol.index()];
        let rate = match liquidity {
            Liquidity::Maker => self.costs.maker_rate(&slot.instrument),
            Liquidity::Taker => self.costs.taker_rate(&slot.instrument),
        };
        let order = &slot.orders[index];
        let (side, left) = (order.request.side, order.left);
        let share = self.share(symbol, order, price, rate);
        self.stats.cut_by_funds += u64::from(share.cut_by_funds);
        let whole_or_nothing = order.request.tif == TimeInForce::Fok;
        if share.qty.is_zero() || (whole_or_nothing && share.qty < left) {
            self.expire(symbol, index, at);
            return;
        }
        if self.breaks_margin(symbol, side, share.qty, price, rate) {
            self.liquidate(symbol, at);
            return;
        }
        let fee = self.account.fee(&slot.instrument, side, share.qty, price, rate);
        let id = order.id;
        let slot = &mut self.slots[symbol.index()];
        let trade_id = slot.next_trade();
        let order = Some(id);
        let fill = Fill { order, trade_id, symbol, side, qty: share.qty, price, fee, liquidity };
        self.fold(&fill, at);
        self.settle_order(symbol, index, &share, at);
    }

    /// Folds an execution into account and counts, and reports it.
    fn fold(&mut self, fill: &Fill, at: TsNanos) {
        let flat = self.side_held(fill.symbol).is_none();
        let slot = &mut self.slots[fill.symbol.index()];
        self.account.fill(fill, slot.instrument.lot, at);
        self.stats.fills += 1;
        if let Some(lane) = &mut slot.lane {
            lane.volume_left = lane.volume_left.map(|left| left - fill.qty.min(left));
            self.stats.volume_unknown += u64::from(lane.bar.volume.is_none());
        }
        let borrowed = fill.side == Side::Buy
            && self.account.market() == Market::Spot
            && self.account.books().cash().is_negative();
        self.stats.cash_below_zero += u64::from(borrowed);
        let opened = flat && self.side_held(fill.symbol).is_some();
        if let Some(lane) = &mut self.slots[fill.symbol.index()].lane {
            lane.opened |= opened;
        }
        self.say(at, fill.symbol, fill.order, ReportEvent::Filled(*fill));
    }

    /// Ends or keeps an order after an execution, and what hangs on it.
    fn settle_order(&mut self, symbol: SymbolId, index: usize, share: &Share, at: TsNanos) {
        let order = &mut self.slots[symbol.index()].orders[index];
        order.take(share.qty);
        let (departed, done) = (order.departed.take(), order.left.is_zero());
        self.say_departed(symbol, departed, at);
        if done {
            self.slots[symbol.index()].orders.remove(index);
        } else {
            self.stats.partial_fills += 1;
            if share.ends || self.slots[symbol.index()].orders[index].is_immediate() {
                self.expire(symbol, index, at);
            } else {
                self.trim_lock(symbol, index);
            }
        }
        self.expire_reducers(symbol, at);
    }

    /// Holds what is set aside for an order within what is there.
    fn trim_lock(&mut self, symbol: SymbolId, index: usize) {
        let short = self.free();
        let order = &mut self.slots[symbol.index()].orders[index];
        if short.is_negative() {
            order.locked = (order.locked + short).max(Money::ZERO);
        }
    }

    /// Returns how much of an order the bar's volume, the position and the account allow.
    fn share(&self, symbol: SymbolId, order: &Working, price: Price, rate: Ratio) -> Share {
        let slot = &self.slots[symbol.index()];
        let lot = slot.instrument.lot;
        let volume = slot.lane.as_ref().and_then(|lane| lane.volume_left);
        let by_volume = volume.map_or(order.left, |left| left.floor_to(lot).min(order.left));
        let side = order.request.side;
        let by_position = if order.request.reduce_only {
            by_volume - self.account.opening(symbol, side, by_volume)
        } else {
            by_volume
        };
        let qty = self.affordable(symbol, order, by_position, price, rate);
        Share { qty, ends: qty < by_volume, cut_by_funds: qty < by_position }
    }

    /// Returns the largest part of a quantity, in lots, that the account can pay for.
    fn affordable(
        &self,
        symbol: SymbolId,
        order: &Working,
        qty: Qty,
        price: Price,
        rate: Ratio,
    ) -> Qty {
        let market = self.account.market();
        if market == Market::Spot && self.conventions.allow_negative_cash {
            return qty;
        }
        let slot = &self.slots[symbol.index()];
        let side = order.request.side;
        let cost = |qty| self.account.cost(symbol, &slot.instrument, side, qty, price, rate);
        let wanted = cost(qty);
        let funds = self.free() + order.locked;
        if wanted <= funds || wanted.is_zero() {
            return qty;
        }
        // Cost grows with the opening part alone; what closes is free.
        let opening = self.account.opening(symbol, side, qty);
        let closing = qty - opening;
        let share = funds.max(Money::ZERO).share_of(wanted).unwrap_or(Ratio::ZERO);
        let lot = slot.instrument.lot;
        let mut part = closing + opening.scaled_down(share).floor_to(lot);
        // Rounding of fee and margin can cost a lot more.
        while part > closing && cost(part) > funds {
            part -= lot;
        }
        part.max(closing)
    }

    /// Returns whether a closing execution would cost more than the part of the margin it frees:
    /// beyond the bankruptcy price, the venue takes the position over instead.
    fn breaks_margin(
        &self,
        symbol: SymbolId,
        side: Side,
        qty: Qty,
        price: Price,
        rate: Ratio,
    ) -> bool {
        let Some(position) = self.account.isolated(symbol) else { return false };
        let closing = qty - self.account.opening(symbol, side, qty);
        let freed = position.balance(price).portion(closing, position.qty.abs());
        closing.is_positive() && freed < price.notional(closing).fee(rate)
    }

    /// Closes a position by the venue and cancels the symbol's orders.
    pub(super) fn liquidate(&mut self, symbol: SymbolId, at: TsNanos) {
        let Some(position) = self.account.isolated(symbol) else { return };
        let slot = &mut self.slots[symbol.index()];
        let (tick, rate) = (slot.instrument.tick, slot.instrument.liquidation_fee);
        let end = position.takeover(tick, rate);
        let fill = Fill {
            order: None,
            trade_id: slot.next_trade(),
            symbol,
            side: end.side,
            qty: position.qty.abs(),
            price: end.price,
            fee: Fee::Quote(end.fee),
            liquidity: Liquidity::Taker,
        };
        self.fold(&fill, at);
        self.stats.liquidations += 1;
        let orders = std::mem::take(&mut self.slots[symbol.index()].orders);
        for order in orders {
            self.say(at, symbol, Some(order.id), ReportEvent::Cancelled);
            self.say_departed(symbol, order.departed, at);
        }
    }

    /// Ends the other order of a list: only one of the two trades. What was set aside for the list
    /// stays with this one. Returns the order's place afterwards.
    pub(super) fn detach_partner(&mut self, symbol: SymbolId, index: usize) -> usize {
        let slot = &mut self.slots[symbol.index()];
        let partner = slot.orders[index].partner.take().and_then(|id| slot.find(id));
        let Some(place) = partner else { return index };
        let other = slot.orders.remove(place);
        let index = if place < index { index - 1 } else { index };
        let order = &mut slot.orders[index];
        order.locked += other.locked;
        order.departed = Some(other.id);
        index
    }

    /// Ends an order, and its partner, by the venue's rules.
    pub(super) fn expire(&mut self, symbol: SymbolId, index: usize, at: TsNanos) {
        let index = self.detach_partner(symbol, index);
        let order = self.slots[symbol.index()].orders.remove(index);
        self.stats.expired += 1;
        self.say(at, symbol, Some(order.id), ReportEvent::Expired);
        self.say_departed(symbol, order.departed, at);
    }

    fn say_departed(&mut self, symbol: SymbolId, departed: Option<OrderId>, at: TsNanos) {
        if let Some(id) = departed {
            self.stats.expired += 1;
            self.say(at, symbol, Some(id), ReportEvent::Expired);
        }
    }

    /// Ends reduce-only orders of a position that is no more.
    fn expire_reducers(&mut self, symbol: SymbolId, at: TsNanos) {
        if self.account.market() == Market::Spot || !self.account.held(symbol).is_zero() {
            return;
        }
        let reducer = |this: &Self| {
            this.slots[symbol.index()].orders.iter().position(|o| o.request.reduce_only)
        };
        while let Some(index) = reducer(self) {
            self.expire(symbol, index, at);
        }
    }
}
