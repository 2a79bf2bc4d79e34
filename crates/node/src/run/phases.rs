//! [`Phases`]: how fast the simulated market runs: a month as fast as it goes, then 900x until a trade has opened and
//! closed, then 60x.

use types::books::ClosedTrade;
use types::market::{Timeframe, TsNanos};

use super::speed::Speed;

/// The first days of a new journal, at full speed: there is something to look at soon.
const MONTH: i64 = 30 * Timeframe::D1.nanos();
/// A quarter of an hour of market time a second.
const FOLLOW: u32 = 900;
/// A minute of market time a second.
const STEADY: u32 = 60;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The first thirty days.
    Month,
    /// Until a trade has opened and closed.
    Follow,
    /// From then on.
    Steady,
    /// At the speed that was asked for.
    Asked,
}

impl Phase {
    /// Returns its name for machines.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Follow => "follow",
            Self::Steady => "steady",
            Self::Asked => "asked",
        }
    }
}

/// The phases of a run, a function of its journal: a restart finds the one it was in.
#[derive(Clone, Debug)]
pub(crate) struct Phases {
    asked: Option<Speed>,
    /// How long the first phase is, nanoseconds.
    first: i64,
    /// The first entry's time and that.
    month_ends: Option<TsNanos>,
    traded: bool,
}

impl Phases {
    /// Returns the phases of a journal without entries. `asked`: the one speed that is wanted.
    pub(crate) const fn new(asked: Option<Speed>) -> Self {
        Self { asked, first: MONTH, month_ends: None, traded: false }
    }

    /// The first phase is so many hours long, which is less than anybody but a test wants to see.
    #[cfg(debug_assertions)]
    pub(crate) fn with_first_hours(self, hours: u32) -> Self {
        Self { first: i64::from(hours) * Timeframe::H1.nanos(), ..self }
    }

    /// Returns the phases of the same run before its first entry.
    pub(crate) const fn anew(&self) -> Self {
        Self { asked: self.asked, first: self.first, month_ends: None, traded: false }
    }

    /// Returns what a snapshot holds of them.
    ///
    /// # Errors
    /// None that can happen: they are two small values.
    pub(crate) fn stored(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&(self.month_ends, self.traded))
    }

    /// Takes over what a snapshot holds.
    ///
    /// # Errors
    /// If it has another form.
    pub(crate) fn restore_stored(&mut self, bytes: &[u8]) -> Result<(), postcard::Error> {
        (self.month_ends, self.traded) = postcard::from_bytes(bytes)?;
        Ok(())
    }

    /// Takes note of an entry's time.
    pub(crate) fn on_entry(&mut self, at: TsNanos) {
        self.month_ends.get_or_insert(at.plus(self.first));
    }

    /// Takes note of a trade that has ended.
    pub(crate) fn on_trade(&mut self, trade: &ClosedTrade) {
        self.traded |= self.month_ends.is_some_and(|ends| trade.opened_at >= ends);
    }

    /// Returns the phase at a moment and its speed.
    pub(crate) fn at(&self, now: TsNanos) -> (Phase, Speed) {
        let times = |n| Speed::times(n).expect("within the range");
        match self.asked {
            Some(speed) => (Phase::Asked, speed),
            None if self.month_ends.is_none_or(|ends| now < ends) => (Phase::Month, Speed::Max),
            None if !self.traded => (Phase::Follow, times(FOLLOW)),
            None => (Phase::Steady, times(STEADY)),
        }
    }

    /// Returns when the first month is over.
    pub(crate) const fn month_ends(&self) -> Option<TsNanos> {
        self.month_ends
    }
}

#[cfg(test)]
mod tests {
    use types::ids::SymbolId;
    use types::market::Direction;
    use types::num::{Money, Price, Qty};

    use super::*;

    fn day(n: i64) -> TsNanos {
        TsNanos::EPOCH.plus(n * Timeframe::D1.nanos())
    }

    fn trade(opened: i64, closed: i64) -> ClosedTrade {
        ClosedTrade {
            symbol: SymbolId(0),
            direction: Direction::Long,
            opened_at: day(opened),
            closed_at: day(closed),
            qty: Qty::ONE,
            entry: Price::ONE,
            exit: Price::ONE,
            pnl: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
        }
    }

    #[test]
    fn a_month_then_a_trade_then_steady() {
        let mut phases = Phases::new(None);
        assert_eq!(phases.at(day(99)).0, Phase::Month, "nothing has begun");
        phases.on_entry(day(100));
        phases.on_entry(day(101));
        assert_eq!(phases.at(day(129)), (Phase::Month, Speed::Max));
        // One that was opened in the month is none that was followed.
        phases.on_trade(&trade(120, 131));
        assert_eq!(phases.at(day(131)), (Phase::Follow, Speed::times(900).unwrap()));
        phases.on_trade(&trade(131, 132));
        assert_eq!(phases.at(day(132)), (Phase::Steady, Speed::times(60).unwrap()));
        let asked = Phases::new(Some(Speed::REAL));
        assert_eq!(asked.at(day(0)), (Phase::Asked, Speed::REAL));
    }
}
