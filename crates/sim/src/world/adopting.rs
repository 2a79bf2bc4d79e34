//! What somebody else trades on the account: an operator looks at the difference after a while, thinks about it, and has it booked as
//! it was shown.

use std::collections::BTreeMap;

use hub::system::{AdoptionLine, Agreed, IncidentLine, OperatorRequest};
use types::entry::IncidentKind;
use types::ids::{Seq, Symbol};
use types::market::TsNanos;
use types::num::{Money, Qty};

use super::dice::Dice;
use super::play::{Next, SECOND, World};

/// Nobody looks at a difference sooner or later than so long after it was found, nanoseconds.
const LOOKS_AFTER: (i64, i64) = (60 * SECOND, 30 * 60 * SECOND);
/// Nobody thinks about what he was shown for less or more time than that, nanoseconds: something may come in between.
const THINKS_FOR: (i64, i64) = (SECOND, 120 * SECOND);
/// The same once faults are over, nanoseconds.
const THINKS_WHEN_HEALING: i64 = SECOND / 2;

/// When an operator looks at which difference.
#[derive(Debug)]
pub(super) struct Differences {
    dice: Dice,
    due: BTreeMap<Seq, TsNanos>,
    /// Until when somebody thinks about what he was shown.
    thinks: TsNanos,
}

impl Differences {
    pub(super) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, "adopting", 0);
        Self { dice, due: BTreeMap::new(), thinks: TsNanos::from_nanos(0) }
    }

    /// Returns whether it is time to look at a difference that was found then.
    fn is_due(&mut self, incident: Seq, since: TsNanos, now: TsNanos) -> bool {
        let dice = &mut self.dice;
        let due = || since.plus(dice.magnitude(LOOKS_AFTER.0, LOOKS_AFTER.1));
        now >= *self.due.entry(incident).or_insert_with(due)
    }
}

/// Returns whether a difference is one that somebody else made, and not a rule but a person settles.
const fn is_difference(kind: IncidentKind) -> bool {
    matches!(kind, IncidentKind::PositionDiffers | IncidentKind::BalanceShort)
}

impl World {
    /// Somebody looks at what somebody else has traded: at one symbol after the other.
    pub(super) fn adopt(&mut self, open: &[IncidentLine]) {
        if self.now < self.differences.thinks {
            return;
        }
        for line in open.iter().filter(|line| is_difference(line.incident.kind)) {
            let Some(symbol) = line.symbol.clone() else { continue };
            if self.differences.is_due(line.seq, line.since, self.now) || self.healing {
                self.ask("ada", OperatorRequest::Adopt { symbol, money: None, agreed: None });
            }
        }
    }

    /// An operator is shown what somebody else has traded, and thinks about it.
    pub(super) fn shown_adoption(&mut self, shown: &AdoptionLine) {
        let (total, cash) = (shown.total, shown.beyond);
        let agreed = Agreed { reason: "a hand was in it".to_owned(), total, cash };
        let drawn = self.differences.dice.magnitude(THINKS_FOR.0, THINKS_FOR.1);
        let thinks = self.now.plus(if self.healing { THINKS_WHEN_HEALING } else { drawn });
        self.differences.thinks = thinks;
        // Where another symbol differs too, the money is what the coins are worth; the last one takes the rest.
        let moved = shown.total - shown.foreign - Money::of_qty(shown.owned);
        let moved = moved.raw() / Money::of_qty(Qty::from_raw(1)).raw();
        let moved = Qty::from_raw(i64::try_from(moved).unwrap_or(0));
        let money = (!shown.beside.is_empty()).then(|| -shown.price.notional(moved));
        self.agenda.at(thinks, Next::Agrees { symbol: shown.symbol.clone(), money, agreed });
    }

    /// He agrees to just that.
    pub(super) fn agrees(&mut self, symbol: Symbol, money: Option<Money>, agreed: Agreed) {
        self.ask("ada", OperatorRequest::Adopt { symbol, money, agreed: Some(agreed) });
    }
}
