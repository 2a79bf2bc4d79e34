//! Operators: what the plan lets them do, and who looks after the system so that it trades again.

use hub::permits::Proof;
use hub::system::{Ask, OperatorRequest};
use types::entry::{PermitKind, SystemMode};
use types::hard_limits::HardLimits;
use types::market::TsNanos;
use types::num::Money;

use super::kind::Act;
use super::marks::Mark;
use super::play::{SECOND, World};

/// What only a person ends is ended after so long, nanoseconds: longer than from one close that can be decided on to the next.
const PATIENCE: i64 = 20 * 60 * SECOND;
/// A second person thinks about raised limits for so long, nanoseconds: something may come in between.
const SECOND_THOUGHT: i64 = 5 * 60 * SECOND;
/// Nobody asks for limits on money above this, whole units: ten times the capital.
const RAISED_TO: i64 = 100_000;

impl World {
    /// An operator does what the plan says.
    pub(super) fn operator_acts(&mut self, act: Act) {
        match act {
            Act::Pause => self.ask("ada", OperatorRequest::Pause),
            Act::SafeMode => self.ask("ada", OperatorRequest::SafeMode),
            Act::Kill => self.ask("ada", OperatorRequest::Kill),
            Act::Flatten => self.ask("ada", OperatorRequest::Flatten),
            Act::LowerLimits => self.lower_limits(),
            Act::LowerBelow => self.lower_below(),
            Act::RaiseLimits => self.raise_limits(),
            Act::Restart => self.ask("ada", OperatorRequest::Stop),
            Act::Maintenance => self.ask("ada", OperatorRequest::MaintenanceOn),
            Act::RotateKeys => self.ask("ada", OperatorRequest::RotateKeys),
        }
    }

    fn lower_limits(&mut self) {
        let Some(mut limits) = self.setting.hub.limits.clone() else { return };
        let floor = Money::from_units(500);
        limits.order_notional = half(limits.order_notional).max(floor);
        limits.gross_exposure = half(limits.gross_exposure).max(floor);
        self.bring_limits(limits);
    }

    fn lower_below(&mut self) {
        let Some(mut limits) = self.setting.hub.limits.clone() else { return };
        let Some(process) = &self.process else { return };
        let positions = process.hub.status().positions;
        let worth = positions.iter().filter_map(|held| Some(held.mark?.notional(held.qty.abs())));
        let exposure = worth.fold(Money::ZERO, |sum, worth| sum + worth);
        if exposure.is_positive() {
            limits.gross_exposure = limits.gross_exposure.min(half(exposure));
            self.bring_limits(limits);
        }
    }

    fn raise_limits(&mut self) {
        let Some(mut limits) = self.setting.hub.limits.clone() else { return };
        let most = Money::from_units(RAISED_TO);
        limits.order_notional = twice(limits.order_notional).min(most);
        limits.gross_exposure = twice(limits.gross_exposure).min(most);
        self.bring_limits(limits);
    }

    fn bring_limits(&mut self, mut limits: HardLimits) {
        limits.version += 1;
        // The file that the next life reads is the same.
        self.setting.hub.limits = Some(limits.clone());
        // What is lower needs no proof.
        let proof = Proof { totp: true, typed: Some(limits.gross_exposure) };
        self.ask("ada", OperatorRequest::Limits { limits, proof });
    }

    /// Somebody looks after the system: what only a person may end is ended.
    pub(super) fn attend(&mut self) {
        let Some(process) = &self.process else { return };
        let status = process.hub.status();
        let dust = status.positions.iter().any(|held| !held.dust.is_zero());
        self.marks.sometimes(Mark::Dust, dust);
        let coins = |symbol| self.marking.is_paid_in_coins(symbol);
        let of_fees =
            status.positions.iter().any(|held| !held.dust.is_zero() && coins(&held.symbol));
        self.marks.sometimes(Mark::FeeLeavesDust, of_fees);
        let (now, shown) = (self.now, self.shown());
        let begun = status.gates.iter().all(|gate| gate.took_nanos.is_some());
        if !begun {
            return;
        }
        let patient = |since: TsNanos| now.since(since) >= PATIENCE;
        let since =
            self.attending(status.mode != SystemMode::Running || status.paused || status.killed);
        let waited = self.healing || since.is_some_and(patient);
        let typed = status.limits.as_ref().map(|limits| limits.gross_exposure);
        let proof = Proof { totp: true, typed };
        let permit = |kind, step| OperatorRequest::Permit { kind, step, proof };
        let asked = |kind| status.permits.iter().find(|asked| asked.kind == kind);
        if status.killed && waited && asked(PermitKind::ReleaseKill).is_none() {
            self.ask("ada", permit(PermitKind::ReleaseKill, Ask::Ask));
            if !self.plan.solo {
                self.ask("bob", permit(PermitKind::ReleaseKill, Ask::Confirm));
            }
        }
        let raise = asked(PermitKind::RaiseLimits).filter(|asked| asked.due.is_none());
        if raise.is_some_and(|asked| shown.since(asked.at) >= SECOND_THOUGHT) {
            self.ask("bob", permit(PermitKind::RaiseLimits, Ask::Confirm));
        }
        if status.paused && waited {
            self.ask("ada", OperatorRequest::Resume);
        }
        if status.mode == SystemMode::Maintenance && waited {
            self.ask("ada", OperatorRequest::MaintenanceOff);
        }
        for line in &status.incidents {
            let by_hand = line.incident.kind.keeper() == types::entry::Keeper::Operator;
            if by_hand && (self.healing || patient(line.since)) {
                self.ask("ada", OperatorRequest::CloseIncident { incident: line.seq });
            }
        }
        self.adopt(&status.incidents);
        let latched = status.latched_until.is_some_and(|until| shown < until);
        if status.mode == SystemMode::SafeMode && waited && !latched {
            self.ask("ada", OperatorRequest::Release);
        }
    }

    /// Takes note of since when something keeps the system from trading.
    fn attending(&mut self, held: bool) -> Option<TsNanos> {
        self.held_since = held.then(|| self.held_since.unwrap_or(self.now));
        self.held_since
    }
}

const fn twice(money: Money) -> Money {
    Money::from_raw(money.raw().saturating_mul(2))
}

const fn half(money: Money) -> Money {
    Money::from_raw(money.raw() / 2)
}
