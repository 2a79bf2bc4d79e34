//! Later moves of a stop: only ever towards profit, on closed bars, in steps worth making.

use types::instrument::Instrument;
use types::market::{Direction, TsNanos};
use types::num::Price;

use crate::border;
use crate::config::StopRules;

/// A move of a stop that a policy wants.
#[derive(Clone, Copy, Debug)]
pub struct StopMove<'a> {
    /// The symbol's rules at the venue.
    pub instrument: &'a Instrument,
    /// Direction of the position.
    pub direction: Direction,
    /// Where the stop lies.
    pub current: Price,
    /// Where it should lie.
    pub wanted: Price,
    /// The market.
    pub mark: Option<Price>,
    /// ATR of the shortest timeframe in use, in quote per unit of base.
    pub atr_shortest: Option<f64>,
    /// ATR of the decision timeframe, same unit.
    pub atr_decision: Option<f64>,
    /// When it was moved last; `None` if it lies where it was born.
    pub moved_at: Option<TsNanos>,
    /// Open of the decision-timeframe bar that is on.
    pub bar: TsNanos,
}

/// Why a stop stays where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kept {
    /// The market has passed the wanted place: no stop can lie there.
    BeyondMarket {
        /// Where it should lie.
        wanted: Price,
        /// The market.
        mark: Price,
    },
    /// It would give profit away.
    AwayFromProfit {
        /// Where it should lie.
        wanted: Price,
        /// Where it lies.
        current: Price,
    },
    /// It was moved within this bar.
    MovedThisBar {
        /// When.
        at: TsNanos,
    },
    /// The step, after keeping the distance from the market, is too small.
    SmallStep {
        /// In ATR of the decision timeframe; negative if the nearest allowed place lies behind.
        step: f64,
        /// The smallest step.
        limit: f64,
    },
    /// Something is not known: mark or ATR.
    Missing,
}

/// Returns the new trigger, on a tick, or why the stop stays.
///
/// Where the wanted place is too near to the market, the nearest allowed one is taken: 1 ATR of the
/// shortest timeframe and 3 ticks from it by default.
///
/// # Errors
/// `Kept` with the numbers.
pub fn check_stop_move(rules: &StopRules, wish: &StopMove<'_>) -> Result<Price, Kept> {
    let (Some(mark), Some(near), Some(slow)) =
        (wish.mark, positive(wish.atr_shortest), positive(wish.atr_decision))
    else {
        return Err(Kept::Missing);
    };
    if ahead(wish.direction, mark, wish.wanted).raw() <= 0 {
        return Err(Kept::BeyondMarket { wanted: wish.wanted, mark });
    }
    if ahead(wish.direction, wish.wanted, wish.current).raw() <= 0 {
        return Err(Kept::AwayFromProfit { wanted: wish.wanted, current: wish.current });
    }
    if let Some(at) = wish.moved_at.filter(|at| *at >= wish.bar) {
        return Err(Kept::MovedThisBar { at });
    }
    let tick = wish.instrument.tick.max(Price::STEP);
    let distance = border::price_up(near * rules.market_atr).ok_or(Kept::Missing)?;
    let ticks = Price::from_raw(tick.raw().saturating_mul(rules.market_ticks.into()));
    let distance = distance.max(ticks);
    let trigger = match wish.direction {
        Direction::Long => wish.wanted.min(mark - distance).floor_to(tick),
        Direction::Short => wish.wanted.max(mark + distance).ceil_to(tick),
    };
    let step = border::price(ahead(wish.direction, trigger, wish.current)) / slow;
    let forward = ahead(wish.direction, trigger, wish.current).is_positive();
    if forward && step >= rules.step_atr {
        Ok(trigger)
    } else {
        Err(Kept::SmallStep { step, limit: rules.step_atr })
    }
}

/// Distance from `to` to `from` in the direction of profit.
fn ahead(direction: Direction, from: Price, to: Price) -> Price {
    match direction {
        Direction::Long => from - to,
        Direction::Short => to - from,
    }
}

fn positive(atr: Option<f64>) -> Option<f64> {
    atr.filter(|atr| *atr > 0.0 && atr.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::testing;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn wish<'a>(instrument: &'a Instrument, direction: Direction) -> StopMove<'a> {
        let long = direction == Direction::Long;
        StopMove {
            instrument,
            direction,
            current: price(if long { "90" } else { "110" }),
            wanted: price(if long { "95" } else { "105" }),
            mark: Some(price("100")),
            atr_shortest: Some(1.0),
            atr_decision: Some(4.0),
            moved_at: None,
            bar: TsNanos::from_nanos(1_000),
        }
    }

    fn check(change: impl Fn(&mut StopMove<'_>), wanted: Result<&str, Kept>) {
        let instrument = testing::instrument();
        let mut wish = wish(&instrument, Direction::Long);
        change(&mut wish);
        assert_eq!(check_stop_move(&StopRules::default(), &wish), wanted.map(price));
    }

    #[test]
    fn a_stop_moves_towards_profit_only() {
        check(|_| {}, Ok("95"));
        let away = |wanted| Kept::AwayFromProfit { wanted: price(wanted), current: price("90") };
        check(|w| w.wanted = price("90"), Err(away("90")));
        check(|w| w.wanted = price("89.99"), Err(away("89.99")));
        // 0.25 x 4 = 1.
        check(|w| w.wanted = price("91"), Ok("91"));
        check(
            |w| w.wanted = price("90.99"),
            Err(Kept::SmallStep { step: 0.99 / 4.0, limit: 0.25 }),
        );
        let instrument = testing::instrument();
        let short = wish(&instrument, Direction::Short);
        assert_eq!(check_stop_move(&StopRules::default(), &short), Ok(price("105")));
        let away = StopMove { wanted: price("111"), ..short };
        assert!(matches!(
            check_stop_move(&StopRules::default(), &away),
            Err(Kept::AwayFromProfit { .. })
        ));
    }

    #[test]
    fn a_losers_stop_is_never_moved_above_the_market() {
        check(
            |w| w.mark = Some(price("94")),
            Err(Kept::BeyondMarket { wanted: price("95"), mark: price("94") }),
        );
        check(
            |w| w.mark = Some(price("95")),
            Err(Kept::BeyondMarket { wanted: price("95"), mark: price("95") }),
        );
    }

    #[test]
    fn a_stop_keeps_its_distance_from_the_market() {
        check(|w| w.wanted = price("99"), Ok("99"));
        check(|w| w.wanted = price("99.01"), Ok("99"));
        // Three ticks of 0.01 where the ATR is less.
        check(|w| (w.wanted, w.atr_shortest) = (price("99.99"), Some(0.001)), Ok("99.97"));
        // The nearest allowed place lies behind the stop.
        check(|w| w.atr_shortest = Some(11.0), Err(Kept::SmallStep { step: -0.25, limit: 0.25 }));
    }

    #[test]
    fn a_stop_keeps_as_many_ranges_from_the_market_as_the_rules_say() {
        let (instrument, rules) = (testing::instrument(), StopRules::default());
        let double = StopRules { market_atr: 2.0, ..StopRules::default() };
        let long = StopMove { wanted: price("99"), ..wish(&instrument, Direction::Long) };
        assert_eq!(check_stop_move(&rules, &long), Ok(price("99")));
        assert_eq!(check_stop_move(&double, &long), Ok(price("98")));
        let short = StopMove { wanted: price("100.5"), ..wish(&instrument, Direction::Short) };
        assert_eq!(check_stop_move(&rules, &short), Ok(price("101")));
        assert_eq!(check_stop_move(&double, &short), Ok(price("102")));
    }

    #[test]
    fn a_stop_moves_once_a_bar() {
        let bar = TsNanos::from_nanos(1_000);
        check(|w| w.moved_at = Some(bar), Err(Kept::MovedThisBar { at: bar }));
        check(|w| w.moved_at = Some(bar.plus(-1)), Ok("95"));
    }

    #[test]
    fn what_is_not_known_moves_nothing() {
        check(|w| w.mark = None, Err(Kept::Missing));
        check(|w| w.atr_shortest = None, Err(Kept::Missing));
        check(|w| w.atr_decision = Some(f64::NAN), Err(Kept::Missing));
        check(|w| w.atr_shortest = Some(0.0), Err(Kept::Missing));
        check(|w| w.atr_shortest = Some(f64::INFINITY), Err(Kept::Missing));
    }
}
