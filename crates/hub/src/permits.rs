//! [`Permits`]: raised limits, live trading and the release of the kill switch, each with its delay or second person.
//!
//! Lowering needs none of this: it is instant. Anyone may stop what is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::entry::{Body, Permit, PermitKind, PermitStep};
use types::hard_limits::HardLimits;
use types::market::TsNanos;
use types::num::Money;

const HOUR: i64 = 3_600_000_000_000;

/// Who watches whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// One person: a second factor, a typed amount, and time to think again.
    Solo,
    /// Two persons.
    Team,
}

/// What an operator brings. The caller has checked the second factor; here it is only asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Whether a one-time code was right.
    pub totp: bool,
    /// The amount the operator typed.
    pub typed: Option<Money>,
}

/// Why a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermitRefusal {
    /// No one-time code, or a wrong one.
    #[error("{kind:?} wants a one-time code: enter it")]
    Totp {
        /// For what.
        kind: PermitKind,
    },
    /// The amount typed is not the amount meant.
    #[error("{typed:?} was typed, wanted {wanted}: type the amount that will be at stake")]
    Typed {
        /// What was typed.
        typed: Option<Money>,
        /// What was wanted.
        wanted: Money,
    },
    /// The same person twice.
    #[error("{name} asked for it: a second person has to confirm")]
    SamePerson {
        /// Who.
        name: String,
    },
    /// It is asked for already.
    #[error("{kind:?} is asked for already: wait, or cancel it")]
    Pending {
        /// For what.
        kind: PermitKind,
    },
    /// Nobody asked.
    #[error("{kind:?} is not asked for")]
    NotAsked {
        /// For what.
        kind: PermitKind,
    },
}

/// Something that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    by: String,
    at: TsNanos,
    confirmed: bool,
    limits: Option<HardLimits>,
}

/// What is asked for and not granted yet. Asking returns what is to be appended; folding takes it from the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    profile: Profile,
    pending: BTreeMap<PermitKind, Pending>,
}

impl Permits {
    /// Returns permissions of which none is asked for.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, pending: BTreeMap::new() }
    }

    /// Returns what a new set of limits leads to: what is lower holds at once; what is higher has to be asked for.
    ///
    /// # Errors
    /// As [`Permits::ask`]; what is lower holds nevertheless, and is in the error's place of the pair.
    pub fn limits(
        &self,
        new: &HardLimits,
        current: &HardLimits,
        name: &str,
        proof: Proof,
    ) -> (Option<Body>, Option<Result<Body, PermitRefusal>>) {
        let lower = new.lower_of(current);
        let changes = HardLimits { version: current.version, ..lower.clone() } != *current;
        let rises = !new.is_within(current);
        let ask = rises.then(|| {
            let stake = new.gross_exposure;
            self.ask(PermitKind::RaiseLimits, name, proof, stake, Some(new.clone()))
        });
        ((changes || !rises).then_some(Body::Limits(lower)), ask)
    }

    /// Returns the entry that asks for a permission. `stake` is the amount that the operator has to type.
    ///
    /// # Errors
    /// `PermitRefusal` if the proof is not enough or it is asked for already.
    pub fn ask(
        &self,
        kind: PermitKind,
        name: &str,
        proof: Proof,
        stake: Money,
        limits: Option<HardLimits>,
    ) -> Result<Body, PermitRefusal> {
        if self.pending.contains_key(&kind) {
            return Err(PermitRefusal::Pending { kind });
        }
        if !proof.totp {
            return Err(PermitRefusal::Totp { kind });
        }
        if self.profile == Profile::Solo && proof.typed != Some(stake) {
            return Err(PermitRefusal::Typed { typed: proof.typed, wanted: stake });
        }
        Ok(step(kind, PermitStep::Asked, name, limits))
    }

    /// Returns the entry by which a second person agrees.
    ///
    /// # Errors
    /// `PermitRefusal` if nobody asked, or the same person did, or the proof is not enough.
    pub fn confirm(
        &self,
        kind: PermitKind,
        name: &str,
        proof: Proof,
    ) -> Result<Body, PermitRefusal> {
        let pending = self.pending.get(&kind).ok_or(PermitRefusal::NotAsked { kind })?;
        if pending.by == name {
            return Err(PermitRefusal::SamePerson { name: name.to_owned() });
        }
        if !proof.totp {
            return Err(PermitRefusal::Totp { kind });
        }
        Ok(step(kind, PermitStep::Confirmed, name, None))
    }

    /// Returns the entry by which anyone stops it.
    ///
    /// # Errors
    /// `PermitRefusal::NotAsked` if nobody asked.
    pub fn cancel(&self, kind: PermitKind, name: &str) -> Result<Body, PermitRefusal> {
        match self.pending.get(&kind) {
            Some(_) => Ok(step(kind, PermitStep::Cancelled, name, None)),
            None => Err(PermitRefusal::NotAsked { kind }),
        }
    }

    /// Returns the grant that is due, if one is.
    #[must_use]
    pub fn due(&self, now: TsNanos) -> Option<Body> {
        let (kind, pending) = self.pending.iter().find(|(kind, pending)| match self.profile {
            Profile::Solo => now >= pending.at.plus(delay(**kind)),
            Profile::Team => pending.confirmed,
        })?;
        Some(step(*kind, PermitStep::Granted, &pending.by, pending.limits.clone()))
    }

    /// Returns when the next delay is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        let solo = self.profile == Profile::Solo;
        let ends = self.pending.iter().filter(|_| solo);
        ends.map(|(kind, pending)| pending.at.plus(delay(*kind))).min()
    }

    /// Folds a step.
    pub fn fold(&mut self, permit: &Permit, at: TsNanos) {
        match permit.step {
            PermitStep::Asked => {
                let (by, limits) = (permit.name.clone(), permit.limits.clone());
                self.pending.insert(permit.kind, Pending { by, at, confirmed: false, limits });
            }
            PermitStep::Confirmed => {
                if let Some(pending) = self.pending.get_mut(&permit.kind) {
                    pending.confirmed = true;
                }
            }
            PermitStep::Cancelled | PermitStep::Granted => {
                self.pending.remove(&permit.kind);
            }
        }
    }
}

/// Returns how long a single person has to wait: a day, an hour for the kill switch (spec: "Hard limits").
const fn delay(kind: PermitKind) -> i64 {
    match kind {
        PermitKind::RaiseLimits | PermitKind::GoLive => 24 * HOUR,
        PermitKind::ReleaseKill => HOUR,
    }
}

fn step(kind: PermitKind, step: PermitStep, name: &str, limits: Option<HardLimits>) -> Body {
    Body::Permit(Permit { kind, step, name: name.to_owned(), limits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::Symbol;
    use types::num::Ratio;

    const PROOF: Proof = Proof { totp: true, typed: Some(Money::from_units(900)) };

    fn at(hours: i64) -> TsNanos {
        TsNanos::from_nanos(hours * HOUR)
    }

    fn limits(gross: i64, open_orders: u32) -> HardLimits {
        HardLimits {
            version: 1,
            order_notional: Money::from_units(500),
            gross_exposure: Money::from_units(gross),
            open_orders,
            orders_per_second: 5,
            price_collar: Ratio::from_bps(200),
            daily_loss: Ratio::from_bps(1_000),
            symbols: vec![Symbol::new("BTCUSDT").unwrap()],
        }
    }

    fn take(permits: &mut Permits, body: &Body, now: TsNanos) -> PermitStep {
        let Body::Permit(permit) = body else { panic!("no permit: {body:?}") };
        permits.fold(permit, now);
        permit.step
    }

    #[test]
    fn a_single_person_waits_after_a_code_and_a_typed_amount() {
        for (kind, hours) in
            [(PermitKind::RaiseLimits, 24), (PermitKind::GoLive, 24), (PermitKind::ReleaseKill, 1)]
        {
            let mut permits = Permits::new(Profile::Solo);
            let stake = Money::from_units(900);
            let ask = |permits: &Permits, proof| permits.ask(kind, "ada", proof, stake, None);
            let no_code = Proof { totp: false, ..PROOF };
            assert_eq!(ask(&permits, no_code), Err(PermitRefusal::Totp { kind }));
            let typed = Some(Money::from_units(90));
            let wrong = Proof { typed, ..PROOF };
            assert_eq!(ask(&permits, wrong), Err(PermitRefusal::Typed { typed, wanted: stake }));
            let body = ask(&permits, PROOF).unwrap();
            take(&mut permits, &body, at(0));
            assert_eq!(ask(&permits, PROOF), Err(PermitRefusal::Pending { kind }));
            assert_eq!(permits.due(at(hours).plus(-1)), None);
            assert_eq!(permits.next_deadline(), Some(at(hours)));
            let body = permits.due(at(hours)).expect("the delay is over");
            assert_eq!(take(&mut permits, &body, at(hours)), PermitStep::Granted);
            assert_eq!(permits.due(at(hours)), None, "once");
        }
    }

    #[test]
    fn a_team_needs_two_persons_and_no_delay() {
        let mut permits = Permits::new(Profile::Team);
        let kind = PermitKind::ReleaseKill;
        assert_eq!(permits.confirm(kind, "bob", PROOF), Err(PermitRefusal::NotAsked { kind }));
        let body = permits.ask(kind, "ada", PROOF, Money::ZERO, None).unwrap();
        take(&mut permits, &body, at(0));
        assert_eq!(permits.due(at(1_000)), None, "time alone grants nothing");
        let same = PermitRefusal::SamePerson { name: "ada".to_owned() };
        assert_eq!(permits.confirm(kind, "ada", PROOF), Err(same));
        let body = permits.confirm(kind, "bob", PROOF).unwrap();
        take(&mut permits, &body, at(1));
        assert!(permits.due(at(1)).is_some());
    }

    #[test]
    fn anyone_may_stop_it() {
        let mut permits = Permits::new(Profile::Solo);
        let kind = PermitKind::GoLive;
        let body = permits.ask(kind, "ada", PROOF, Money::from_units(900), None).unwrap();
        take(&mut permits, &body, at(0));
        let body = permits.cancel(kind, "eve").unwrap();
        take(&mut permits, &body, at(1));
        assert_eq!(permits.due(at(100)), None);
        assert_eq!(permits.cancel(kind, "eve"), Err(PermitRefusal::NotAsked { kind }));
    }

    #[test]
    fn what_is_lower_holds_at_once_and_what_is_higher_waits() {
        let permits = Permits::new(Profile::Solo);
        let current = limits(500, 10);
        // Lower: at once, nothing asked.
        let (now, asked) = permits.limits(&limits(400, 10), &current, "ada", Proof::default());
        assert_eq!((now, asked), (Some(Body::Limits(limits(400, 10))), None));
        // Higher: nothing at once.
        let (now, asked) = permits.limits(&limits(900, 10), &current, "ada", PROOF);
        assert_eq!(now, None);
        let wanted = step(PermitKind::RaiseLimits, PermitStep::Asked, "ada", Some(limits(900, 10)));
        assert_eq!(asked, Some(Ok(wanted)));
        // Both: the lower line holds although the rise is refused for want of a code.
        let (now, asked) = permits.limits(&limits(900, 5), &current, "ada", Proof::default());
        assert_eq!(now, Some(Body::Limits(limits(500, 5))));
        assert!(matches!(asked, Some(Err(PermitRefusal::Totp { .. }))));
    }
}
