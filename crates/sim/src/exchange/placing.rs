//! What an errand does when it arrives: accept, reject, cancel, replace.

use types::entry::{Report, ReportEvent};
use types::ids::{OrderId, SymbolId};
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Price};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::Exchange;
use super::filters::{self, limit_of, trigger_of};
use super::rejection::Rejection;
use super::slot::Errand;
use super::venue::Happening;
use super::working::Working;

/// What the venue says to an errand.
struct Answers {
    at: TsNanos,
    symbol: SymbolId,
    said: Vec<Happening>,
}

impl Answers {
    fn say(&mut self, order: OrderId, event: ReportEvent) {
        let report = Report { order: Some(order), event };
        self.said.push(Happening::Report { at: self.at, symbol: self.symbol, report });
    }
}

impl Exchange {
    /// Carries an errand out and returns what the venue says to it.
    pub(super) fn act(
        &mut self,
        symbol: SymbolId,
        errand: Errand,
        undelayed: Option<Price>,
        at: TsNanos,
    ) -> Vec<Happening> {
        let mut answers = Answers { at, symbol, said: Vec::new() };
        self.carry_out(symbol, errand, undelayed, &mut answers);
        answers.said
    }

    fn carry_out(
        &mut self,
        symbol: SymbolId,
        errand: Errand,
        undelayed: Option<Price>,
        answers: &mut Answers,
    ) {
        match errand {
            Errand::Place(order, request) => {
                self.act_place(&[(order, request)], undelayed, answers);
            }
            Errand::List(legs) => self.act_place(&legs, undelayed, answers),
            Errand::Cancel(order) => {
                self.act_cancel(symbol, order, answers);
            }
            Errand::Replace { cancel, place } => {
                if self.act_cancel(symbol, cancel, answers) {
                    self.act_place(&place, undelayed, answers);
                } else {
                    for (order, _) in &place {
                        self.reject(*order, &Rejection::CancelFailed, answers);
                    }
                }
            }
        }
    }

    /// Places one order or a list of two, whole or not at all.
    fn act_place(
        &mut self,
        legs: &[(OrderId, OrderRequest)],
        undelayed: Option<Price>,
        answers: &mut Answers,
    ) {
        match self.check_legs(legs) {
            Err(rejection) => {
                for (order, _) in legs {
                    self.reject(*order, &rejection, answers);
                }
            }
            Ok(locked) => {
                for (place, (order, request)) in legs.iter().enumerate() {
                    // A list sets aside once: only one of its orders trades.
                    let locked = if place == 0 { locked } else { Money::ZERO };
                    let mut working = self.admit(*order, *request, locked);
                    working.undelayed = undelayed;
                    working.partner = match legs {
                        [first, second] => Some(if place == 0 { second.0 } else { first.0 }),
                        _ => None,
                    };
                    self.slots[request.symbol.index()].orders.push(working);
                    answers.say(*order, ReportEvent::Accepted);
                }
            }
        }
    }

    /// Returns the order as it enters the book.
    fn admit(&self, order: OrderId, request: OrderRequest, locked: Money) -> Working {
        let mut working = Working::new(order, request, locked);
        let slot = &self.slots[request.symbol.index()];
        if let (OrderKind::Limit { price }, Some(now), false) =
            (request.kind, slot.price(), working.is_immediate())
        {
            working.resting = match request.side {
                Side::Buy => now > price,
                Side::Sell => now < price,
            };
        }
        let opened_here = self.walk.is_on() && slot.lane.as_ref().is_some_and(|lane| lane.opened);
        working.next_bar = !self.conventions.stop_on_entry_bar && working.is_stop() && opened_here;
        working
    }

    /// Checks filters and funds of what is placed together; returns what has to be set aside.
    fn check_legs(&self, legs: &[(OrderId, OrderRequest)]) -> Result<Money, Rejection> {
        let mut locked = Money::ZERO;
        let Some((_, first)) = legs.first() else { return Ok(locked) };
        for (place, (order, request)) in legs.iter().enumerate() {
            if (request.symbol, request.side) != (first.symbol, first.side) || legs.len() > 2 {
                return Err(Rejection::List);
            }
            let slot = &self.slots[request.symbol.index()];
            let twice = legs.iter().filter(|(other, _)| other == order).count() > 1;
            if twice || self.slots.iter().any(|slot| slot.find(*order).is_some()) {
                return Err(Rejection::Duplicate);
            }
            filters::check(&slot.instrument, request, slot.price(), slot.orders.len() + place)?;
            locked = locked.max(self.check_funds(request)?);
        }
        Ok(locked)
    }

    /// Checks that the account can honour an order; returns the quote currency to set aside.
    pub(super) fn check_funds(&self, request: &OrderRequest) -> Result<Money, Rejection> {
        let (symbol, side, qty) = (request.symbol, request.side, request.qty);
        let slot = &self.slots[symbol.index()];
        let held = self.account.held(symbol);
        let market = self.account.market();
        let opening = self.account.opening(symbol, side, qty);
        if request.reduce_only && opening == qty {
            return Err(Rejection::ReduceOnly { qty, position: held });
        }
        if market == Market::Spot && side == Side::Sell {
            let free = held - slot.base_locked();
            return if qty > free {
                let (wanted, free) = (Money::of_qty(qty), Money::of_qty(free));
                Err(Rejection::Balance { wanted, free })
            } else {
                Ok(Money::ZERO)
            };
        }
        if self.conventions.allow_negative_cash && market == Market::Spot || request.reduce_only {
            return Ok(Money::ZERO);
        }
        let price = limit_of(request.kind).or(trigger_of(request.kind)).or(slot.price());
        let Some(price) = price else { return Ok(Money::ZERO) };
        let rate = self.costs.taker_rate(&slot.instrument);
        let wanted = self.account.cost(symbol, &slot.instrument, side, qty, price, rate);
        let free = self.free();
        match market {
            Market::Spot if wanted > free => Err(Rejection::Balance { wanted, free }),
            Market::Perp if wanted > free && !wanted.is_zero() => {
                Err(Rejection::Margin { wanted, free })
            }
            Market::Spot | Market::Perp => Ok(wanted),
        }
    }

    /// Cancels an order and its partner; returns whether it was working.
    fn act_cancel(&mut self, symbol: SymbolId, order: OrderId, answers: &mut Answers) -> bool {
        let slot = &mut self.slots[symbol.index()];
        let Some(index) = slot.find(order) else { return false };
        let ended = slot.orders.remove(index);
        let partner = ended.partner.and_then(|id| slot.find(id));
        answers.say(order, ReportEvent::Cancelled);
        if let Some(index) = partner {
            let other = slot.orders.remove(index);
            answers.say(other.id, ReportEvent::Cancelled);
        }
        if let Some(departed) = ended.departed {
            answers.say(departed, ReportEvent::Expired);
        }
        true
    }

    fn reject(&mut self, order: OrderId, rejection: &Rejection, answers: &mut Answers) {
        *self.stats.rejected.entry(rejection.name()).or_default() += 1;
        answers.say(order, ReportEvent::Rejected(rejection.to_string()));
    }
}
