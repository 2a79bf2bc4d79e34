//! Operators: each request an entry under its name, each answer what the venue confirmed.

use std::collections::BTreeSet;

use types::entry::{
    Body, IncidentOver, Keeper, Operator, OperatorAction, Permit, PermitKind, PermitStep, Source,
};
use types::ids::{OrderId, Seq, SymbolId};
use types::market::TsNanos;
use types::num::Money;
use types::slot::Engine;

use super::confirming::{Until, Waiting};
use super::hub::Hub;
use super::operator::{Ask, OperatorRequest, Reply, ReplyTicket};
use crate::gateway::OrderView;
use crate::modes::ModeEvent;
use crate::permits::{NewLimits, PermitLine, Proof};

impl<E: Engine> Hub<E> {
    /// Enters what an operator did.
    pub(super) fn operator_entry(
        &mut self,
        name: &str,
        action: OperatorAction,
        by: Option<TsNanos>,
    ) -> Seq {
        let operator = Operator { name: name.to_owned(), action, by };
        self.append(Source::Operator, Body::Operator(operator))
    }

    pub(super) fn on_operator(
        &mut self,
        ticket: ReplyTicket,
        name: &str,
        request: OperatorRequest,
    ) {
        // Entries are told apart by symbol: before the venue's rules are known there are none to hold. What closes the
        // system works with everything else down.
        let closes = matches!(request, OperatorRequest::Kill | OperatorRequest::Stop);
        let known = !self.record.ledger.instruments.is_empty();
        if !self.starting.has_begun() || !known && !closes {
            let message = "the system has not begun: ask again in a moment".to_owned();
            self.reply(ticket, Reply::Refused { code: "NOT_BEGUN".to_owned(), message });
            return;
        }
        match request {
            OperatorRequest::Pause => {
                self.act(ticket, name, OperatorAction::Pause, Until::NoEntries);
            }
            OperatorRequest::Resume => self.act_now(ticket, name, OperatorAction::Resume),
            OperatorRequest::SafeMode => {
                let event = ModeEvent::Enter(types::entry::ModeCause::Operator);
                self.change_mode(ticket, name, OperatorAction::SafeMode, event);
            }
            OperatorRequest::Release => {
                self.change_mode(ticket, name, OperatorAction::Release, ModeEvent::Release);
            }
            OperatorRequest::MaintenanceOn => {
                let action = OperatorAction::MaintenanceOn;
                self.change_mode(ticket, name, action, ModeEvent::MaintenanceOn);
            }
            OperatorRequest::MaintenanceOff => {
                let action = OperatorAction::MaintenanceOff;
                self.change_mode(ticket, name, action, ModeEvent::MaintenanceOff);
            }
            OperatorRequest::Flatten => {
                self.act(ticket, name, OperatorAction::Flatten, Until::Flat);
            }
            OperatorRequest::WindDown { by } => self.wind_down(ticket, name, by),
            OperatorRequest::Kill => {
                self.act(ticket, name, OperatorAction::Kill, Until::NoEntries);
            }
            OperatorRequest::Permit { kind, step, proof } => {
                self.permit(ticket, name, kind, (step, proof));
            }
            OperatorRequest::Limits { limits, proof } => {
                self.limits(ticket, name, &limits, proof);
            }
            OperatorRequest::CloseIncident { incident } => {
                self.close_by_hand(ticket, name, incident);
            }
            OperatorRequest::Adopt { symbol, money, agreed } => {
                self.adopt(ticket, name, &symbol, (money, agreed));
            }
            OperatorRequest::RotateKeys => self.act_now(ticket, name, OperatorAction::RotateKeys),
            OperatorRequest::Stop => {
                self.act(ticket, name, OperatorAction::Stop, Until::Stopped);
                self.begin_stop();
            }
        }
    }

    /// Enters an action whose effect the venue has to confirm.
    fn act(&mut self, ticket: ReplyTicket, name: &str, action: OperatorAction, until: Until) {
        let gateway = self.lockstep.gateway();
        let entries: Vec<OrderId> =
            gateway.orders().filter(OrderView::is_entry).map(|order| order.order).collect();
        let held = |symbol: SymbolId| {
            let position = gateway.books().position(symbol);
            (symbol, position.qty(), position.realised())
        };
        let held = self.symbols().map(held).filter(|(_, qty, _)| !qty.is_zero()).collect();
        let seq = self.operator_entry(name, action, None);
        self.operating.waiting.push(Waiting {
            ticket,
            seq,
            until,
            deadline: self.now.plus(self.times.operator),
            entries,
            held,
            told: BTreeSet::new(),
        });
    }

    /// Enters an action that is done once it is entered.
    fn act_now(&mut self, ticket: ReplyTicket, name: &str, action: OperatorAction) {
        let seq = self.operator_entry(name, action, None);
        let confirmed = self.confirmed(Some(seq));
        self.reply(ticket, Reply::Done(confirmed));
    }

    /// Asks the table first: what it refuses is not entered.
    fn change_mode(
        &mut self,
        ticket: ReplyTicket,
        name: &str,
        action: OperatorAction,
        event: ModeEvent,
    ) {
        // What opens the system waits for the gates: they end in the mode that the start began in.
        let opens = matches!(event, ModeEvent::Release | ModeEvent::MaintenanceOff);
        if opens && !self.starting.is_done() {
            let message = "the start is under way: ask again when its gates are passed".to_owned();
            self.reply(ticket, Reply::Refused { code: "NOT_BEGUN".to_owned(), message });
            return;
        }
        if let Err(refusal) = self.lockstep.modes().ask(event, self.stamp()) {
            let (code, message) = ("MODE".to_owned(), refusal.to_string());
            self.reply(ticket, Reply::Refused { code, message });
            return;
        }
        let until = match event {
            ModeEvent::Enter(_) | ModeEvent::MaintenanceOn => Some(Until::NoEntries),
            ModeEvent::Begin
            | ModeEvent::Started
            | ModeEvent::Release
            | ModeEvent::MaintenanceOff
            | ModeEvent::Stop => None,
        };
        match until {
            Some(until) => self.act(ticket, name, action, until),
            None => {
                self.operator_entry(name, action, None);
            }
        }
        let entered = self.lockstep.ask_mode(event, self.stamp(), &mut self.record);
        debug_assert!(entered.is_ok(), "it was asked a moment ago");
        if until.is_none() {
            let seq = self.lockstep.last();
            let confirmed = self.confirmed(Some(seq));
            self.reply(ticket, Reply::Done(confirmed));
        }
    }

    fn wind_down(&mut self, ticket: ReplyTicket, name: &str, by: TsNanos) {
        if by <= self.now {
            let message = format!("{by} is over, now is {}: name a later moment", self.now);
            self.reply(ticket, Reply::Refused { code: "DATE".to_owned(), message });
            return;
        }
        let seq = self.operator_entry(name, OperatorAction::WindDown, Some(by));
        let mut confirmed = self.confirmed(Some(seq));
        confirmed
            .notes
            .push(format!("no entries from here on; what is open at {by} is closed then"));
        self.reply(ticket, Reply::Done(confirmed));
    }

    fn permit(
        &mut self,
        ticket: ReplyTicket,
        name: &str,
        kind: PermitKind,
        (step, proof): (Ask, Proof),
    ) {
        let permits = &self.record.ledger.permits;
        // What is at stake: everything that may be held.
        let stake = self.record.ledger.limits.as_ref().map_or(Money::ZERO, |l| l.gross_exposure);
        let body = match step {
            Ask::Ask => permits.ask(kind, name, proof, stake),
            Ask::Confirm => permits.confirm(kind, name, proof),
            Ask::Cancel => permits.cancel(kind, name),
        };
        match body {
            Ok(body) => {
                let seq = self.append(Source::Operator, body);
                while let Some(granted) = self.record.ledger.permits.due(self.now) {
                    self.on_granted(granted);
                }
                let mut confirmed = self.confirmed(Some(seq));
                let asked = self.record.ledger.permits.asked().find(|asked| asked.kind == kind);
                confirmed.notes.extend(asked.as_ref().map(waits));
                self.reply(ticket, Reply::Done(confirmed));
            }
            Err(refusal) => {
                let (code, message) = ("PERMIT".to_owned(), refusal.to_string());
                self.reply(ticket, Reply::Refused { code, message });
            }
        }
    }

    /// Enters a grant and what it allows.
    pub(super) fn on_granted(&mut self, body: Body) {
        let granted = if let Body::Permit(permit) = &body { Some(permit.clone()) } else { None };
        self.append(Source::Hub, body);
        match granted {
            Some(Permit {
                kind: PermitKind::ReleaseKill, step: PermitStep::Granted, name, ..
            }) => {
                self.operator_entry(&name, OperatorAction::ReleaseKill, None);
            }
            Some(Permit { kind: PermitKind::RaiseLimits, limits: Some(limits), .. }) => {
                self.append(Source::Hub, Body::Limits(limits));
            }
            // Going live is the runtime's: it reads the grant from the journal.
            Some(_) | None => {}
        }
    }

    fn limits(
        &mut self,
        ticket: ReplyTicket,
        name: &str,
        new: &types::hard_limits::HardLimits,
        proof: Proof,
    ) {
        let Some(current) = self.record.ledger.limits.clone() else {
            let seq = self.operator_entry(name, OperatorAction::ReloadConfig, None);
            self.append(Source::Hub, Body::Limits(new.clone()));
            let confirmed = self.confirmed(Some(seq));
            self.reply(ticket, Reply::Done(confirmed));
            return;
        };
        let NewLimits { cancelled, lowered, asked } =
            self.record.ledger.permits.limits(new, &current, name, proof);
        // What changes nothing is a no: it is not entered.
        if let (None, Some(Err(refusal))) = (&lowered, &asked) {
            let (code, message) = ("PERMIT".to_owned(), refusal.to_string());
            self.reply(ticket, Reply::Refused { code, message });
            return;
        }
        let seq = self.operator_entry(name, OperatorAction::ReloadConfig, None);
        let mut confirmed = self.confirmed(Some(seq));
        if let Some(cancelled) = cancelled {
            self.append(Source::Operator, cancelled);
            confirmed.notes.push("what was asked for before is cancelled".to_owned());
        }
        if let Some(lowered) = lowered {
            self.append(Source::Hub, lowered);
            confirmed.notes.push("what is lower is in force".to_owned());
        }
        match asked {
            None => {}
            Some(Ok(body)) => {
                self.append(Source::Operator, body);
                let mut asked = self.record.ledger.permits.asked();
                let asked = asked.find(|asked| asked.kind == PermitKind::RaiseLimits);
                confirmed.notes.extend(asked.as_ref().map(waits));
            }
            Some(Err(refusal)) => {
                confirmed.notes.push(format!("what is higher is not asked for: {refusal}"));
            }
        }
        self.reply(ticket, Reply::Done(confirmed));
    }

    fn close_by_hand(&mut self, ticket: ReplyTicket, name: &str, incident: Seq) {
        let Some((open, _)) = self.record.ledger.incidents.get(&incident).copied() else {
            let message = format!("no incident {} is open", incident.0);
            self.reply(ticket, Reply::Refused { code: "INCIDENT".to_owned(), message });
            return;
        };
        // What was seen to begin is seen to end; nobody's word makes it work again.
        if open.kind.keeper() != Keeper::Operator {
            let message = format!("{:?} is over when its cause is, and not before", open.kind);
            self.reply(ticket, Reply::Refused { code: "INCIDENT".to_owned(), message });
            return;
        }
        let over = IncidentOver { incident, by_itself: false };
        let seq = self.append(Source::Operator, Body::IncidentOver(over));
        let mut confirmed = self.confirmed(Some(seq));
        confirmed.notes.push(format!("{:?} closed by {name}", open.kind));
        self.reply(ticket, Reply::Done(confirmed));
    }
}

/// Says what something that is asked for waits for.
fn waits(asked: &PermitLine) -> String {
    match asked.due {
        Some(at) => format!("it is asked for, and granted at {at} unless somebody cancels it"),
        None => "it is asked for, and waits for a second person to confirm it".to_owned(),
    }
}
