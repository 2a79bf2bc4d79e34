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
    /// Raised limits, and no limits.
    #[error(
        "which limits are to be raised is not said: write them into the signed file and have it read again"
    )]
    WithoutLimits,
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

/// What a new set of limits leads to, in the order in which it is to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLimits {
    /// The end of a rise that was asked for before.
    pub cancelled: Option<Body>,
    /// What is lower; it holds at once.
    pub lowered: Option<Body>,
    /// What is higher is asked for, or is not, and why; `None` if nothing is.
    pub asked: Option<Result<Body, PermitRefusal>>,
}

/// Something that is asked for, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermitLine {
    /// What is to be allowed.
    pub kind: PermitKind,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: TsNanos,
    /// Whether a second person agreed.
    pub confirmed: bool,
    /// When a single person's is granted; `None` where a second person has to confirm.
    pub due: Option<TsNanos>,
    /// The limits asked for.
    pub limits: Option<HardLimits>,
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

    /// Takes over who watches whom, which the configuration says and no entry does.
    pub const fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Returns what a new set of limits leads to: what is lower holds at once, whatever becomes of what is higher, which
    /// has to be asked for. A rise that was asked for before would undo what is lower now: it is cancelled.
    #[must_use]
    pub fn limits(
        &self,
        new: &HardLimits,
        current: &HardLimits,
        name: &str,
        proof: Proof,
    ) -> NewLimits {
        let kind = PermitKind::RaiseLimits;
        let lower = new.lower_of(current);
        let changes = !current.is_within(&lower);
        let rises = !new.is_within(current);
        let lowered = (changes || !rises).then_some(Body::Limits(lower));
        let cancelled = lowered.as_ref().and_then(|_| self.cancel(kind, name).ok());
        let asked = rises.then(|| {
            let (stake, limits) = (new.gross_exposure, Some(new.clone()));
            if cancelled.is_none() && self.pending.contains_key(&kind) {
                return Err(PermitRefusal::Pending { kind });
            }
            self.prove(kind, proof, stake).map(|()| step(kind, PermitStep::Asked, name, limits))
        });
        NewLimits { cancelled, lowered, asked }
    }

    /// Returns the entry that asks for a permission. `stake` is the amount that the operator has to type.
    ///
    /// # Errors
    /// `PermitRefusal` if the proof is not enough, it is asked for already, or it comes with its limits alone.
    pub fn ask(
        &self,
        kind: PermitKind,
        name: &str,
        proof: Proof,
        stake: Money,
    ) -> Result<Body, PermitRefusal> {
        if kind == PermitKind::RaiseLimits {
            return Err(PermitRefusal::WithoutLimits);
        }
        if self.pending.contains_key(&kind) {
            return Err(PermitRefusal::Pending { kind });
        }
        self.prove(kind, proof, stake)?;
        Ok(step(kind, PermitStep::Asked, name, None))
    }

    fn prove(&self, kind: PermitKind, proof: Proof, stake: Money) -> Result<(), PermitRefusal> {
        if !proof.totp {
            return Err(PermitRefusal::Totp { kind });
        }
        if self.profile == Profile::Solo && proof.typed != Some(stake) {
            return Err(PermitRefusal::Typed { typed: proof.typed, wanted: stake });
        }
        Ok(())
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
        if person(&pending.by) == person(name) {
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
        let (kind, pending) = self.pending.iter().find(|(kind, pending)| {
            self.alone_from(**kind, pending).map_or(pending.confirmed, |from| now >= from)
        })?;
        Some(step(*kind, PermitStep::Granted, &pending.by, pending.limits.clone()))
    }

    /// Returns when the next delay is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        self.pending.iter().filter_map(|(kind, pending)| self.alone_from(*kind, pending)).min()
    }

    /// Returns from when on one person is enough; `None` where it takes two.
    fn alone_from(&self, kind: PermitKind, pending: &Pending) -> Option<TsNanos> {
        match self.profile {
            Profile::Solo => Some(pending.at.plus(delay(kind))),
            Profile::Team => None,
        }
    }

    /// Returns what is asked for and not granted yet.
    pub fn asked(&self) -> impl Iterator<Item = PermitLine> {
        self.pending.iter().map(|(kind, pending)| PermitLine {
            kind: *kind,
            by: pending.by.clone(),
            at: pending.at,
            confirmed: pending.confirmed,
            due: self.alone_from(*kind, pending),
            limits: pending.limits.clone(),
        })
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

/// Returns who stands behind a name of the journal: `ada` of `ada (login root)`. One person at two logins is one person, for the
/// one-time code was that of the name.
fn person(name: &str) -> &str {
    name.split_once(" (login ").map_or(name, |(person, _)| person)
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
        for (kind, hours) in [(PermitKind::GoLive, 24), (PermitKind::ReleaseKill, 1)] {
            let mut permits = Permits::new(Profile::Solo);
            let stake = Money::from_units(900);
            let ask = |permits: &Permits, proof| permits.ask(kind, "ada", proof, stake);
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
        let body = permits.ask(kind, "ada", PROOF, Money::ZERO).unwrap();
        take(&mut permits, &body, at(0));
        assert_eq!(permits.due(at(1_000)), None, "time alone grants nothing");
        let same = PermitRefusal::SamePerson { name: "ada".to_owned() };
        assert_eq!(permits.confirm(kind, "ada", PROOF), Err(same));
        let same = PermitRefusal::SamePerson { name: "ada (login root)".to_owned() };
        assert_eq!(permits.confirm(kind, "ada (login root)", PROOF), Err(same), "another login");
        let line = permits.asked().next().expect("it is asked for");
        assert_eq!((line.kind, line.by.as_str(), line.due), (kind, "ada", None));
        let body = permits.confirm(kind, "bob", PROOF).unwrap();
        take(&mut permits, &body, at(1));
        assert!(permits.due(at(1)).is_some());
    }

    #[test]
    fn anyone_may_stop_it() {
        let mut permits = Permits::new(Profile::Solo);
        let kind = PermitKind::GoLive;
        let body = permits.ask(kind, "ada", PROOF, Money::from_units(900)).unwrap();
        take(&mut permits, &body, at(0));
        let body = permits.cancel(kind, "eve").unwrap();
        take(&mut permits, &body, at(1));
        assert_eq!(permits.due(at(100)), None);
        assert_eq!(permits.cancel(kind, "eve"), Err(PermitRefusal::NotAsked { kind }));
    }

    #[test]
    fn what_is_lower_holds_at_once_and_what_is_higher_waits_a_day() {
        let mut permits = Permits::new(Profile::Solo);
        let current = limits(500, 10);
        let kind = PermitKind::RaiseLimits;
        let asked = step(kind, PermitStep::Asked, "ada", Some(limits(900, 10)));
        let totp = PermitRefusal::Totp { kind };
        let lowered = |gross, orders| Some(Body::Limits(limits(gross, orders)));
        for (new, proof, lowered, asked) in [
            (limits(400, 10), Proof::default(), lowered(400, 10), None),
            (limits(900, 10), PROOF, None, Some(Ok(asked.clone()))),
            // The lower line holds although the rise is refused for want of a code.
            (limits(900, 5), Proof::default(), lowered(500, 5), Some(Err(totp))),
        ] {
            let got = permits.limits(&new, &current, "ada", proof);
            assert_eq!(got, NewLimits { cancelled: None, lowered, asked });
        }
        take(&mut permits, &asked, at(0));
        assert_eq!(permits.due(at(24).plus(-1)), None);
        let again = permits.limits(&limits(900, 10), &current, "ada", PROOF);
        assert_eq!(again.asked, Some(Err(PermitRefusal::Pending { kind })));
        let granted = permits.due(at(24)).expect("the delay is over");
        assert_eq!(granted, step(kind, PermitStep::Granted, "ada", Some(limits(900, 10))));
    }

    #[test]
    fn what_is_lowered_is_not_raised_by_what_was_asked_before() {
        let mut permits = Permits::new(Profile::Solo);
        let current = limits(500, 10);
        let asked = permits.limits(&limits(900, 10), &current, "ada", PROOF).asked;
        take(&mut permits, &asked.unwrap().unwrap(), at(0));
        // Something rises again beside what is lower: it is asked for anew, and its day begins now.
        for new in [limits(900, 5), limits(400, 10), current.clone()] {
            let got = permits.limits(&new, &current, "eve", PROOF);
            let cancelled = step(PermitKind::RaiseLimits, PermitStep::Cancelled, "eve", None);
            assert_eq!(got.cancelled, Some(cancelled), "{new:?}");
            assert_eq!(got.asked.is_some(), new.gross_exposure > current.gross_exposure);
            assert!(got.asked.is_none_or(|asked| asked.is_ok()));
        }
    }

    #[test]
    fn a_rise_without_its_limits_is_refused() {
        let permits = Permits::new(Profile::Solo);
        let ask = permits.ask(PermitKind::RaiseLimits, "ada", PROOF, Money::from_units(900));
        assert_eq!(ask, Err(PermitRefusal::WithoutLimits));
    }
}
