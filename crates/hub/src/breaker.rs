//! [`Breaker`]: an outside service that fails again and again is left alone for a while (spec: "Execution").

use types::market::TsNanos;

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything passes.
    Closed,
    /// Nothing passes before the moment.
    Open {
        /// Which.
        until: TsNanos,
    },
    /// One call may show whether the service works again.
    HalfOpen,
}

/// Opens after so many failures in a row, for so long; then lets one probe pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    failures_max: u32,
    open_nanos: i64,
    failures: u32,
    open_until: Option<TsNanos>,
    probing: bool,
    answered: Option<TsNanos>,
}

impl Breaker {
    /// Returns a closed breaker: 5 failures open it for `open_nanos`.
    #[must_use]
    pub const fn new(open_nanos: i64) -> Self {
        Self {
            failures_max: 5,
            open_nanos,
            failures: 0,
            open_until: None,
            probing: false,
            answered: None,
        }
    }

    /// Takes over how long it opens for.
    pub const fn set_wait(&mut self, open_nanos: i64) {
        self.open_nanos = open_nanos;
    }

    /// Lets the next call be the probe: something shows that the service may work again.
    pub fn half_open(&mut self, now: TsNanos) {
        self.open_until = self.open_until.map(|until| until.min(now));
    }

    /// Returns how many calls in a row were not answered, and how many open it.
    #[must_use]
    pub const fn failures(&self) -> (u32, u32) {
        (self.failures, self.failures_max)
    }

    /// Returns how it stands.
    #[must_use]
    pub fn state(&self, now: TsNanos) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open { until },
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Returns whether a call may pass; half open, the first that asks is the probe.
    pub fn allows(&mut self, now: TsNanos) -> bool {
        match self.state(now) {
            BreakerState::Closed => true,
            BreakerState::Open { .. } => false,
            BreakerState::HalfOpen => !std::mem::replace(&mut self.probing, true),
        }
    }

    /// Takes note that the probe did not leave: the next call is one.
    pub const fn withdrawn(&mut self) {
        self.probing = false;
    }

    /// Takes note that a call was answered, whatever the answer. Returns whether that closed it.
    pub fn succeeded(&mut self, now: TsNanos) -> bool {
        self.failures = 0;
        self.answered = Some(now);
        self.probing = false;
        self.open_until.take().is_some()
    }

    /// Returns whether an answer has come since a call left: what became of that call says nothing of the service now.
    #[must_use]
    pub fn is_outdated(&self, left: TsNanos) -> bool {
        self.answered.is_some_and(|answered| left < answered)
    }

    /// Takes note that a call was not answered. Returns whether that opened it.
    pub fn failed(&mut self, now: TsNanos) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_closed = self.open_until.is_none();
        let probed = std::mem::replace(&mut self.probing, false);
        if probed || (was_closed && self.failures >= self.failures_max) {
            self.open_until = Some(now.plus(self.open_nanos));
        }
        was_closed && self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_open_it_and_one_probe_decides() {
        let at = |seconds: i64| TsNanos::from_nanos(seconds * 1_000_000_000);
        let mut breaker = Breaker::new(60_000_000_000);
        for _ in 0..4 {
            assert!(!breaker.failed(at(0)));
        }
        breaker.succeeded(at(0));
        for n in 0..5 {
            assert!(breaker.allows(at(1)));
            assert_eq!(breaker.failed(at(1)), n == 4, "the fifth in a row opens it");
        }
        assert_eq!(breaker.state(at(1)), BreakerState::Open { until: at(61) });
        assert!(!breaker.allows(at(60)));
        // What was under way when it opened changes nothing.
        assert!(!breaker.failed(at(2)));
        assert!(breaker.allows(at(61)) && !breaker.allows(at(61)), "one probe");
        assert!(!breaker.failed(at(62)), "it was open");
        assert_eq!(breaker.state(at(62)), BreakerState::Open { until: at(122) });
        assert!(breaker.allows(at(122)) && !breaker.allows(at(122)));
        breaker.withdrawn();
        assert!(breaker.allows(at(122)), "a probe that did not leave is no probe");
        assert!(breaker.succeeded(at(122)) && breaker.allows(at(122)));
        assert!(breaker.is_outdated(at(121)) && !breaker.is_outdated(at(122)));
        for _ in 0..5 {
            breaker.failed(at(130));
        }
        assert_eq!(breaker.failures(), (5, 5));
        assert!(!breaker.allows(at(131)));
        breaker.half_open(at(131));
        assert!(breaker.allows(at(131)) && !breaker.allows(at(131)), "the probe, earlier");
        assert!(breaker.succeeded(at(131)));
        breaker.half_open(at(131));
        assert_eq!(breaker.state(at(131)), BreakerState::Closed);
        assert!(!breaker.succeeded(at(131)), "once");
    }
}
