//! The last step of risk (spec: "Risk", "Errors, recovery, watchdog"): what is held is sold when a drawdown goes on. Opt-in.
//!
//! SAFE_MODE has stopped entries, and stops rest. A bad tick must not sell anything: two marks from fresh quotes, ten
//! seconds of wall time apart, have to show that the limit is passed still.

use types::entry::{Operator, OperatorAction, Source};
use types::market::TsNanos;
use types::num::{Money, Ratio};
use types::slot::Engine;

use super::hub::Hub;
use crate::gateway::EMERGENCY;

/// How far the two marks lie apart, nanoseconds of wall time (spec: "Risk").
const APART: i64 = 10_000_000_000;

/// What is known of a drawdown that goes on.
#[derive(Debug, Default)]
pub(super) struct Emergency {
    /// When the quotes were told that first showed it.
    first: Option<TsNanos>,
    /// Everything is being sold.
    ordered: bool,
}

/// Returns the equity at which a drawdown from the same peak is at its limit: both are shares of 1.
fn line_of(equity: Money, seen: Money, limit: Money) -> Option<Money> {
    let one = Money::from_units(1);
    let left = |share: Money| (one - share).share_of(one).filter(|left| left.raw() > 0);
    let peak = equity.raw() * i128::from(Ratio::ONE.raw()) / i128::from(left(seen)?.raw());
    Some(Money::from_raw(peak).scaled_down(left(limit)?))
}

impl<E: Engine> Hub<E> {
    /// Asks for everything to be sold once two marks agree that the drawdown goes on.
    pub(super) fn move_emergency(&mut self) {
        let latched = self.lockstep.modes().latch().is_some_and(|latch| latch.until.is_some());
        if self.config.gateway.flatten_on_emergency.is_none() || !latched {
            self.emergency = Emergency::default();
            return;
        }
        if self.emergency.ordered || self.starting.is_stopping() {
            return;
        }
        let gateway = self.lockstep.gateway();
        let line = gateway.tripped().zip(self.record.ledger.drawdown);
        let line = line.and_then(|(equity, (seen, limit))| line_of(equity, seen, limit));
        if self.symbols().all(|symbol| gateway.is_flat(symbol)) {
            return;
        }
        let (Some(line), Some((equity, told))) = (line, gateway.quoted_equity()) else {
            // Without fresh quotes nothing is known, and nothing is sold at whatever price.
            self.emergency.first = None;
            return;
        };
        if equity > line {
            self.emergency.first = None;
            return;
        }
        let first = *self.emergency.first.get_or_insert(told);
        if told.since(first) < self.config.speed.of(APART) {
            return;
        }
        self.emergency.ordered = true;
        let (name, action) = (EMERGENCY.to_owned(), OperatorAction::Flatten);
        let flatten = types::entry::Body::Operator(Operator { name, action, by: None });
        self.append(Source::Hub, flatten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_lies_where_the_limit_of_the_same_peak_is() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        // A peak of 1,000: 919 is 8.1 % below, the limit of 8 % is at 920.
        let line = line_of(money("919"), money("0.081"), money("0.08"));
        assert_eq!(line, Some(money("920")));
        assert_eq!(line_of(money("919"), money("1"), money("0.08")), None, "no peak");
    }
}
