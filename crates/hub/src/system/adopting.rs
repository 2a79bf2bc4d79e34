//! What somebody else traded on our account is booked, once an operator has looked at it and agreed to just that.
//!
//! The venue is asked for its balances each time, the look and the word alike: what was agreed to a while ago may not be what is
//! there now. It is booked as what it is: coins that are gone leave the position at the mark, coins that came are not ours, and
//! the rest is a flow. Where several symbols differ, balances do not tell whose the money is: the operator says so, from the
//! venue's own list of trades, and the last symbol takes what is left.

use types::entry::{Adopted, Body, IncidentOver, Source};
use types::ids::{Seq, Symbol, SymbolId};
use types::market::TsNanos;
use types::num::Money;
use types::slot::Engine;
use types::venue::Balances;

use super::hub::Hub;
use super::operator::{AdoptionLine, Agreed, Confirmed, Reply, ReplyTicket};
use crate::gateway::OrderView;
use crate::reconcile::{Difference, Holdings};
use crate::units::symbol_ids;

/// A request that waits for the venue's balances.
#[derive(Debug)]
pub(super) struct Adopting {
    ticket: ReplyTicket,
    name: String,
    symbol: SymbolId,
    /// How much of the money belongs to it, in the operator's words.
    money: Option<Money>,
    /// What the operator has agreed to; `None`: he looks.
    agreed: Option<Agreed>,
    /// The venue was asked since.
    asked: bool,
    pub(super) deadline: TsNanos,
}

/// A no: a stable word, and for people.
type No = (&'static str, String);

fn refused((code, message): No) -> Reply {
    Reply::Refused { code: code.to_owned(), message }
}

impl<E: Engine> Hub<E> {
    /// Asks the venue for what an operator wants to look at, or to book.
    pub(super) fn adopt(
        &mut self,
        ticket: ReplyTicket,
        name: &str,
        symbol: &Symbol,
        (money, agreed): (Option<Money>, Option<Agreed>),
    ) {
        let id = match self.is_adoptable(symbol) {
            Ok(id) => id,
            Err(no) => return self.reply(ticket, refused(no)),
        };
        let deadline = self.now.plus(self.times.operator);
        let name = name.to_owned();
        self.operating.adopting.push(Adopting {
            ticket,
            name,
            symbol: id,
            money,
            agreed,
            asked: false,
            deadline,
        });
        self.reconciling.want(self.now);
    }

    fn is_adoptable(&self, symbol: &Symbol) -> Result<SymbolId, No> {
        if self.config.custody.is_in_process() {
            let message = "the account is in this process: nobody else trades on it".to_owned();
            return Err(("NO_DIFFERENCE", message));
        }
        if self.record.is_dead() {
            let message = "the journal cannot be written: nothing is booked".to_owned();
            return Err(("NOT_DURABLE", message));
        }
        let table = &self.record.ledger.instruments;
        let listed = symbol_ids(table.len()).zip(table).find(|(_, of)| of.symbol == *symbol);
        let Some((id, _)) = listed else {
            let message = format!("{symbol} is not traded here");
            return Err(("SYMBOL", message));
        };
        if self.record.ledger.reconciler.drifts_of(id).next().is_none() {
            let message = format!(
                "no incident says that books and venue differ in {symbol}: there is nothing to adopt"
            );
            return Err(("NO_DIFFERENCE", message));
        }
        self.is_quiet(id).map(|()| id)
    }

    /// Says what is under way: what follows from it is not known yet, and is no difference.
    fn is_quiet(&self, symbol: SymbolId) -> Result<(), No> {
        let gateway = self.lockstep.gateway();
        let main = |order: &OrderView| {
            order.request.symbol == symbol && order.order.leg == types::ids::Leg::Main
        };
        let what = if gateway.orders().any(|order| main(&order)) {
            format!("an order on {} is open", self.record.ledger.name(symbol))
        } else if gateway.is_settled() {
            return Ok(());
        } else {
            "a request is under way, or an order is in doubt".to_owned()
        };
        Err(("UNDER_WAY", format!("{what}: ask again when it is over")))
    }

    /// The venue is asked: what is answered is as of now.
    pub(super) fn adoptions_asked(&mut self) {
        self.operating.adopting.iter_mut().for_each(|adopting| adopting.asked = true);
    }

    /// The venue has not answered.
    pub(super) fn adoptions_unanswered(&mut self) {
        let why = self.reconciling.trouble().unwrap_or_else(|| "it said nothing".to_owned());
        for adopting in self.answered_adoptions() {
            let message = format!("the venue cannot be asked for what it holds: {why}");
            self.reply(adopting.ticket, refused(("VENUE", message)));
        }
    }

    fn answered_adoptions(&mut self) -> Vec<Adopting> {
        let waiting = std::mem::take(&mut self.operating.adopting);
        let (answered, later) = waiting.into_iter().partition(|adopting| adopting.asked);
        self.operating.adopting = later;
        answered
    }

    /// The venue has answered, and what it said of orders is taken in. What was under way meanwhile makes its answer a guess: it is
    /// asked again then.
    pub(super) fn move_adoptions(&mut self) {
        let Some((balances, settled)) = self.operating.balances.take() else { return };
        for adopting in self.answered_adoptions() {
            if let Err(no) = self.is_quiet(adopting.symbol) {
                self.reply(adopting.ticket, refused(no));
            } else if settled {
                let reply = self.look_or_book(&adopting, &balances);
                self.reply(adopting.ticket, reply);
            } else {
                self.operating.adopting.push(Adopting { asked: false, ..adopting });
                self.reconciling.want(self.now.plus(self.times.reconcile_again));
            }
        }
    }

    /// Gives up what the venue has not answered in time.
    pub(super) fn drop_adoptions(&mut self) {
        let now = self.now;
        let waiting = std::mem::take(&mut self.operating.adopting);
        let (over, waiting) = waiting.into_iter().partition(|adopting| adopting.deadline <= now);
        self.operating.adopting = waiting;
        let over: Vec<Adopting> = over;
        for adopting in over {
            let message = "the venue did not say in time what it holds: nothing is booked";
            self.reply(adopting.ticket, refused(("VENUE", message.to_owned())));
        }
    }

    fn look_or_book(&mut self, adopting: &Adopting, balances: &Balances) -> Reply {
        let ledger = &self.record.ledger;
        let (symbol, gateway) = (adopting.symbol, self.lockstep.gateway());
        let name = ledger.name(symbol);
        let holdings = Holdings::of(gateway.books(), &ledger.instruments);
        let found = ledger.reconciler.difference(symbol, &holdings, balances);
        let incident = ledger.reconciler.drifts_of(symbol).next();
        let (Some(difference), Some(incident)) = (found.filter(|found| !found.is_none()), incident)
        else {
            let message = format!("books and venue agree in {name}: there is nothing to adopt");
            return refused(("NO_DIFFERENCE", message));
        };
        let Some(price) = gateway.position(symbol).mark else {
            let message = format!("{name} has no price yet: what is gone cannot be valued");
            return refused(("NO_PRICE", message));
        };
        let beside = self.differ_beside(symbol);
        if let Some(no) = adopting.money.and_then(|money| difference.is_no_price(money, price)) {
            return refused(("MONEY", no));
        }
        let alone = beside.is_empty();
        if adopting.agreed.is_some() && adopting.money.is_none() && !alone {
            let names: Vec<&str> = beside.iter().map(Symbol::as_str).collect();
            let message = format!(
                "{} differs too, and {} of money beyond our books is of all of them: say how much of it is {name}'s (--money)",
                names.join(", "),
                difference.cash
            );
            return refused(("SEVERAL", message));
        }
        let cash = adopting.money.unwrap_or(if alone { difference.cash } else { Money::ZERO });
        let line = |flow| {
            Box::new(AdoptionLine {
                symbol: name.clone(),
                asset: difference.asset.clone(),
                total: difference.total,
                foreign: difference.foreign,
                owned: difference.owned,
                change: difference.change(),
                foreign_after: difference.foreign_after(),
                beyond: difference.cash,
                beside: beside.clone(),
                cash,
                price,
                flow,
            })
        };
        let Some(agreed) = &adopting.agreed else {
            let flow = cash + price.notional(difference.change());
            let adoption = Some(line(flow));
            return Reply::Done(Confirmed { adoption, ..self.confirmed(None) });
        };
        if (agreed.total, agreed.cash) != (difference.total, difference.cash) {
            let message = format!(
                "the venue has {} {} and {} of money beyond our books, agreed to were {} and {}: look again",
                difference.total, difference.asset, difference.cash, agreed.total, agreed.cash
            );
            return refused(("CHANGED", message));
        }
        let adopted = Adopted {
            name: adopting.name.clone(),
            reason: agreed.reason.clone(),
            symbol,
            incident,
            qty: difference.change(),
            cash,
            price,
        };
        let adoption = Some(line(adopted.flow()));
        let rest = difference.cash - cash;
        let seq = self.book(adopted, &difference);
        let mut confirmed = Confirmed { adoption, ..self.confirmed(Some(seq)) };
        if alone && !rest.is_zero() {
            confirmed.notes.push(format!("{rest} of money is left: it is booked as a flow next"));
        }
        confirmed.notes.push(format!("entries on {name} wait until the system runs again"));
        Reply::Done(confirmed)
    }

    /// Returns the names of other symbols that differ.
    fn differ_beside(&self, symbol: SymbolId) -> Vec<Symbol> {
        let ledger = &self.record.ledger;
        let differs = |other: &SymbolId| {
            *other != symbol && ledger.reconciler.drifts_of(*other).next().is_some()
        };
        symbol_ids(ledger.instruments.len()).filter(differs).map(|id| ledger.name(id)).collect()
    }

    fn book(&mut self, adopted: Adopted, difference: &Difference) -> Seq {
        let seq = self.append(Source::Operator, Body::Adopted(adopted));
        let (asset, amount) = (difference.asset.clone(), difference.foreign_after());
        if amount != difference.foreign {
            self.append(Source::Operator, Body::Baseline { asset, amount });
        }
        let settled: Vec<Seq> =
            self.record.ledger.reconciler.drifts_of(difference.symbol).collect();
        for incident in settled {
            let over = IncidentOver { incident, by_itself: false };
            self.append(Source::Operator, Body::IncidentOver(over));
        }
        self.reconciling.want(self.now);
        seq
    }
}
