//! [`Marking`]: finds rare situations in the entries as they are appended.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use engine::State;
use hub::system::Hub;
use types::entry::{
    Body, CommandAction, Entry, IncidentKind, Mode, ModeCause, OperatorAction, Permit, PermitKind,
    PermitStep, ReportEvent, SystemMode,
};
use types::fill::{Fee, Fill};
use types::hard_limits::HardLimits;
use types::ids::{Leg, OrderId, Symbol, SymbolId};
use types::instrument::Instrument;
use types::market::Timeframe;
use types::num::Qty;

use super::marks::{Mark, Marks};

/// What is remembered of an order.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    qty: Qty,
    filled: Qty,
    leaving: bool,
}

/// Finds rare situations.
#[derive(Debug, Default)]
pub(super) struct Marking {
    orders: BTreeMap<OrderId, Order>,
    /// Orders about which an incident says that their outcome is unknown.
    unknown: BTreeSet<OrderId>,
    /// Commands that place and are not on disk.
    commands: VecDeque<u64>,
    safe: bool,
    /// Permissions that a second person has agreed to.
    confirmed: BTreeSet<PermitKind>,
    /// The hard limits in force.
    limits: Option<HardLimits>,
    /// What is traded, by number.
    instruments: Vec<Instrument>,
    /// Symbols of which a fee was taken in coins.
    coins: BTreeSet<SymbolId>,
    /// Symbols of which a bar of a quarter of an hour was entered.
    quarters: BTreeSet<SymbolId>,
}

impl Marking {
    /// A life begins, with everything folded.
    pub(super) fn begins(&mut self, hub: &Hub<State>, marks: &mut Marks) {
        if hub.last().0 == 0 {
            return;
        }
        let gateway = hub.gateway();
        marks.sometimes(Mark::RestartWithUnknown, !gateway.unknown().is_empty());
        marks.sometimes(Mark::RestartWithPosition, !hub.status().positions.is_empty());
        marks.sometimes(Mark::RestartInSafeMode, self.safe);
        let orders = hub.status().orders;
        let entry = orders.iter().any(|line| line.order.leg == Leg::Main && !line.reduce_only);
        marks.sometimes(Mark::RestartWithEntry, entry);
    }

    /// Returns how many symbols bars of a quarter of an hour were entered of.
    pub(super) fn symbols(&self) -> u64 {
        self.quarters.len() as u64
    }

    /// Returns whether a fee of a symbol was taken in coins.
    pub(super) fn is_paid_in_coins(&self, symbol: &Symbol) -> bool {
        let number = self.instruments.iter().position(|of| of.symbol == *symbol);
        let number = number.and_then(|number| u16::try_from(number).ok());
        number.is_some_and(|number| self.coins.contains(&SymbolId(number)))
    }

    /// An entry waits for the disk.
    pub(super) fn pending(&mut self, entry: &Entry) {
        if let Body::Command(command) = &entry.body
            && matches!(command.action, CommandAction::Place(_))
        {
            self.commands.push_back(entry.seq.0);
        }
    }

    /// All up to a place is on disk; returns whether a command to place is among what is new.
    pub(super) fn durable(&mut self, seq: u64) -> bool {
        let before = self.commands.len();
        while self.commands.front().is_some_and(|first| *first <= seq) {
            self.commands.pop_front();
        }
        self.commands.len() < before
    }

    /// The life ends; returns whether a command to place was not on disk.
    pub(super) fn dies(&mut self) -> bool {
        let unwritten = !self.commands.is_empty();
        self.commands.clear();
        unwritten
    }

    /// An entry is appended.
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that mark nothing")]
    pub(super) fn on_entry(&mut self, entry: &Entry, marks: &mut Marks) {
        match &entry.body {
            Body::Command(command) => self.on_command(command.order, &command.action, marks),
            Body::Report(report) => {
                if let Some(order) = report.order {
                    self.on_report(order, &report.event, marks);
                }
            }
            Body::Incident(incident) => {
                let mark = match incident.kind {
                    IncidentKind::OutcomeUnknown => {
                        self.unknown.extend(incident.order);
                        None
                    }
                    IncidentKind::BarLate => Some(Mark::BarLate),
                    IncidentKind::ForeignOrder => Some(Mark::ForeignOrder),
                    IncidentKind::BreakerOpen => Some(Mark::BreakerOpen),
                    IncidentKind::RateLimited => Some(Mark::RateLimited),
                    IncidentKind::AboveLimit => Some(Mark::LimitBelowExposure),
                    IncidentKind::ForeignBalance => Some(Mark::ForeignBalance),
                    IncidentKind::Delisted => Some(Mark::DelistedWithPosition),
                    IncidentKind::VenueDown => Some(Mark::VenueDown),
                    IncidentKind::DataLost => Some(Mark::DataLost),
                    IncidentKind::QueueOverloaded => Some(Mark::QueueOverloaded),
                    _ => None,
                };
                mark.into_iter().for_each(|mark| marks.sometimes(mark, true));
            }
            Body::Mode(mode) => self.on_mode(mode, marks),
            Body::Instruments(all) => self.instruments.clone_from(all),
            Body::Bar { symbol, timeframe: Timeframe::M15, .. } => {
                self.quarters.insert(*symbol);
            }
            Body::Operator(operator) => {
                marks.sometimes(Mark::Killed, operator.action == OperatorAction::Kill);
                marks.sometimes(Mark::Flattened, operator.action == OperatorAction::Flatten);
            }
            Body::Permit(permit) => self.on_permit(permit, marks),
            Body::Limits(limits) => {
                let before = self.limits.replace(limits.clone());
                let within = before.map(|before| limits.is_within(&before));
                marks.sometimes(Mark::LimitsLowered, within == Some(true));
                marks.sometimes(Mark::LimitsRaised, within == Some(false));
            }
            Body::Adopted(adopted) => {
                let sold = adopted.qty < Qty::ZERO;
                marks.sometimes(if sold { Mark::AdoptedSale } else { Mark::Adopted }, true);
            }
            Body::Refused(_) => marks.sometimes(Mark::Refused, true),
            _ => {}
        }
    }

    fn on_permit(&mut self, permit: &Permit, marks: &mut Marks) {
        match permit.step {
            PermitStep::Asked | PermitStep::Cancelled => {
                self.confirmed.remove(&permit.kind);
            }
            PermitStep::Confirmed => {
                self.confirmed.insert(permit.kind);
            }
            PermitStep::Granted => {
                let alone = !self.confirmed.remove(&permit.kind);
                marks.sometimes(Mark::GrantedAlone, alone);
                marks.sometimes(Mark::KillReleased, permit.kind == PermitKind::ReleaseKill);
            }
        }
    }

    fn on_mode(&mut self, mode: &Mode, marks: &mut Marks) {
        let safe = mode.mode == SystemMode::SafeMode;
        let begins = safe && !self.safe;
        let drawdown = match mode.cause {
            ModeCause::DailyDrawdown | ModeCause::MonthlyDrawdown | ModeCause::PeakDrawdown => true,
            ModeCause::Started
            | ModeCause::Operator
            | ModeCause::ReconciliationDrift
            | ModeCause::CriticalIncident
            | ModeCause::DataLost
            | ModeCause::Overloaded
            | ModeCause::EmergencyRollback
            | ModeCause::Maintenance => false,
        };
        marks.sometimes(Mark::SafeMode, begins);
        marks.sometimes(Mark::Drawdown, begins && drawdown);
        marks.sometimes(Mark::SafeModeReleased, self.safe && mode.mode == SystemMode::Running);
        self.safe = safe || self.safe && mode.mode != SystemMode::Running;
    }

    fn on_command(&mut self, id: OrderId, action: &CommandAction, marks: &mut Marks) {
        match action {
            CommandAction::Place(request) => {
                marks.sometimes(Mark::FurtherAttempt, id.attempt > 0);
                let order = Order { qty: request.qty, ..Order::default() };
                self.orders.insert(id, order);
            }
            CommandAction::Cancel => {
                marks.sometimes(Mark::StopReplaced, id.leg == Leg::Stop);
                self.orders.entry(id).or_default().leaving = true;
            }
        }
    }

    fn on_report(&mut self, id: OrderId, event: &ReportEvent, marks: &mut Marks) {
        let doubtful = self.unknown.contains(&id);
        let order = self.orders.entry(id).or_default();
        match event {
            ReportEvent::Accepted => marks.sometimes(Mark::UnknownAccepted, doubtful),
            ReportEvent::NeverAccepted => marks.sometimes(Mark::UnknownNeverAccepted, doubtful),
            ReportEvent::Filled(fill) => {
                let first = order.filled.is_zero();
                order.filled += fill.qty;
                let part = order.filled < order.qty && id.leg == Leg::Main;
                marks.sometimes(Mark::PartialFill, part);
                marks.sometimes(Mark::FillAfterCancel, order.leaving);
                marks.sometimes(Mark::StopFilled, id.leg == Leg::Stop);
                marks.sometimes(Mark::TargetFilled, id.leg == Leg::Target);
                let small = first && part && self.is_below_minimum(fill);
                marks.sometimes(Mark::FirstPartBelowMinimum, small);
                if matches!(fill.fee, Fee::Base(fee) if !fee.is_zero()) {
                    self.coins.insert(fill.symbol);
                }
            }
            ReportEvent::CancelRejected => {
                marks.sometimes(Mark::CancelRejected, true);
                order.leaving = false;
            }
            ReportEvent::Rejected(_) | ReportEvent::Cancelled | ReportEvent::Expired => {}
        }
    }

    fn is_below_minimum(&self, fill: &Fill) -> bool {
        let of = self.instruments.get(usize::from(fill.symbol.0));
        of.is_some_and(|of| fill.qty < of.min_qty || fill.notional() < of.min_notional)
    }
}
